"""What people write in the pictures, in both languages."""

from turnout.rehearsal.pieces import Language

ROOMS: dict[Language, list[str]] = {"zh": ["客户答疑", "新员工入职培训"], "en": ["Customer questions", "Onboarding"]}
VIEWER: dict[Language, str] = {"zh": "小雨", "en": "Robin"}
PASSCODE = "rain2468"
LAST_LESSON: dict[Language, str] = {"zh": "上周回顾", "en": "Last week"}

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
