"""What people write in the pictures, in both languages."""

from turnout.rehearsal.pieces import Language

ROOMS: dict[Language, list[str]] = {"zh": ["客户答疑", "新员工入职培训"], "en": ["Customer questions", "Onboarding"]}
VIEWER: dict[Language, str] = {"zh": "小雨", "en": "Robin"}
DESK_VIEWER: dict[Language, str] = {"zh": "阿哲", "en": "Casey"}
DESK_VIEWER_WHOLE: dict[Language, str] = {"zh": "李明哲", "en": "Casey Reed"}
NEWCOMERS: dict[Language, list[str]] = {
    "zh": ["晓彤", "子涵", "一诺", "浩然", "若曦", "景行", "知夏", "云帆", "安然", "思远"],
    "en": ["Avery", "Jordan", "Quinn", "Rowan", "Sasha", "Emery", "Skyler", "Finley", "Harper", "Marlow"],
}
PASSCODE = "rain2468"
NEXT_LESSON: dict[Language, str] = {"zh": "第二讲：问答专场", "en": "Your questions, answered"}
LAST_LESSON: dict[Language, str] = {"zh": "设备测试", "en": "Sound check"}

OPINIONS: dict[Language, dict[str, list[str]]] = {
    "zh": {
        "questionnaire": ["多讲几个真实的案例", "可以再慢一点", "想看怎么导入题库", "讲得很清楚，谢谢！", "希望有回放"],
        "exam": [
            "主持人提问，观众在手机上作答，结果马上显示。",
            "观众边看直播边参与。",
            "就是大家一起答题。",
            "直播的时候，观众不只是看，还能回答问题、投票，主持人当场看到结果。",
            "打雷的时候，先看到闪电，后听到雷声。",
        ],
    },
    "en": {
        "questionnaire": [
            "More examples from real events",
            "A bit slower, please",
            "How to import questions",
            "Very clear, thank you!",
            "A recording would help",
        ],
        "exam": [
            "The host asks, viewers answer on their phones, and the result shows at once.",
            "A question that viewers answer while they watch.",
            "Everybody answers together.",
            "Viewers do not only watch: they answer and vote, and the host sees the result on the spot.",
            "In a thunderstorm the flash comes first.",
        ],
    },
}
"""What the crowd writes where it may write anything, by kind of survey."""

OWN_TEXTS: dict[Language, dict[str, str]] = {
    "zh": {"fill_in": "北京", "name": "王小雨", "mobile": "13800138000", "mail": "xiaoyu@example.com"},
    "en": {"fill_in": "Paris", "name": "Robin Park", "mobile": "+44 7700 900123", "mail": "robin@example.com"},
}
"""What the viewer whose phone we look at writes, by type of question; to the others the crowd's first and last opinions."""

BROKEN_SHEET: dict[Language, str] = {
    "zh": (
        "标题,类型,题型,题目,正确选项,分值,限时（秒）,选项A,选项B,选项C\n"
        "安全考试,考试,选择题,听到火警时先做什么？,A,10,半小时,离开房间,打开窗户,等通知\n"
        ",,选择题,灭火器在哪里？,D,10,,走廊,楼梯间,门口\n"
        ",,判断题,火灾时可以乘电梯。,错,十分,,对,错,\n"
        "课后投票,投票,排序题,下次讲什么？,,,,案例,工具,\n"
    ),
    "en": (
        "title,kind,type,question,right,score,time_limit_s,option_a,option_b,option_c\n"
        "Fire drill,exam,choice,What comes first when the alarm rings?,A,10,half an hour,Leave the room,Open a window,Wait\n"
        ",,choice,Where are the extinguishers?,D,10,,Corridor,Stairs,Door\n"
        ",,true_false,Lifts are safe in a fire.,False,ten,,True,False,\n"
        "Next time,vote,ranking,What comes next?,,,,Examples,Tools,\n"
    ),
}

CHECK_IN: dict[Language, str] = {"zh": "第一讲点名", "en": "Morning roll call"}
LISTED: dict[Language, str] = {
    "zh": "1001,林晓\n1002,王伟\n1003,陈思思\n1004",
    "en": "1001,Ada Miller\n1002,Lin Xiao\n1003,Grace Kim\n1004",
}

DRAW: dict[Language, str] = {"zh": "开工抽奖", "en": "Spring raffle"}
PRIZES: dict[Language, list[dict[str, object]]] = {
    "zh": [
        {"name": "折叠自行车", "count": 3, "type": "physical", "asks": ["name", "phone", "address"]},
        {"name": "咖啡券", "count": 5, "type": "voucher"},
        {"name": "会员积分", "count": 8, "type": "custom", "custom": "points", "batch": "2026-春", "points": 500},
    ],
    "en": [
        {"name": "Folding bicycle", "count": 3, "type": "physical", "asks": ["name", "phone", "address"]},
        {"name": "Coffee voucher", "count": 5, "type": "voucher"},
        {"name": "Member points", "count": 8, "type": "custom", "custom": "points", "batch": "2026-spring", "points": 500},
    ],
}
SECOND_DRAW: dict[Language, str] = {"zh": "听众福利", "en": "A word for a mug"}
WORD: dict[Language, str] = {"zh": "开工大吉", "en": "full house"}
MUG: dict[Language, str] = {"zh": "马克杯", "en": "Mug"}
CALLED_OFF: dict[Language, str] = {"zh": "加时抽奖", "en": "Bonus draw"}
REASON: dict[Language, str] = {"zh": "奖品没有送到，改日再抽。", "en": "The prize has not arrived; we will draw another day."}
ADDRESS: dict[Language, str] = {"zh": "杭州市西湖区文三路 1 号", "en": "1 Rose Lane, Leeds"}
DESK_ADDRESS: dict[Language, str] = {"zh": "南京市玄武区北京东路 8 号", "en": "24 Mill Street, York"}
DESK_MOBILE: dict[Language, str] = {"zh": "13900139000", "en": "+44 7700 900456"}

GUIDED: dict[Language, str] = {"zh": "第一个房间", "en": "First room"}
TEAM: dict[Language, str] = {"zh": "培训部", "en": "Training team"}
JOINS: dict[Language, dict[str, str]] = {"zh": {"robin": "王小雨", "sam": "陈思思"}, "en": {"robin": "Robin Park", "sam": "Sam Kim"}}
ENDPOINT: dict[Language, str] = {"zh": "学习平台", "en": "Learning platform"}
ANNOUNCED: dict[Language, str] = {"zh": "休息一下，十分钟后继续。", "en": "Ten-minute break. Back soon."}
EXAMPLE_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        'lang="en"': 'lang="zh-CN"',
        "Product training": "产品培训",
        "Take part right here:": "在这里参与互动：",
        "Questions afterwards? Write to training@example.com.": "会后有问题？请写信到 training@example.com。",
    },
    "en": {},
}
"""The example page of docs/embedding.md, in the host's language."""
