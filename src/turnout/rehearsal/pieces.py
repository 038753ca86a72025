"""What a rehearsal asks: surveys of all four kinds, with every type of question, in Chinese and English."""

from typing import Any, Literal

import msgspec

Language = Literal["zh", "en"]


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question as the API takes it. right_options: option numbers from 0; accepted: forms of the right answer to a fill-in. pictures: how
    many of the options get a picture drawn for them: all or none."""

    title: str
    type: str = "choice"
    options: list[str] = []
    right_options: list[int] = []
    accepted: list[str] = []
    multiple: bool = False
    least: int | None = None
    most: int | None = None
    required: bool = False
    score: int = 0
    scale: int = 5


class Piece(msgspec.Struct, frozen=True):
    """One survey to play. settings: further members of the API's request."""

    kind: str
    title: str
    questions: list[Question]
    settings: dict[str, Any] = {}

    @property
    def is_quick(self) -> bool:
        """Whether it is answered with one touch."""
        return len(self.questions) == 1


def _zh() -> list[Piece]:
    return [
        Piece(
            "answer_card",
            "热身题",
            [Question("HTTPS 默认使用哪个端口？", options=["21", "80", "443", "8080"], right_options=[2], score=10)],
        ),
        Piece(
            "answer_card",
            "多选题",
            [Question("下面哪些是质数？", options=["2", "9", "11", "15", "17"], right_options=[0, 2, 4], multiple=True, score=10)],
        ),
        Piece("vote", "小投票", [Question("你更喜欢哪种上课时间？", options=["上午", "下午", "晚上"])], {"changeable": True}),
        Piece(
            "vote",
            "选班徽",
            [
                Question("选出你喜欢的班徽（最多两个）", type="picture_choice", options=["圆形", "方形", "三角形"], multiple=True, most=2),
                Question("给这次活动打分", type="rating", scale=5),
            ],
            {"anonymous": True},
        ),
        Piece(
            "questionnaire",
            "课后问卷",
            [
                Question("你从哪里知道这门课？", options=["同事", "公众号", "搜索"], required=True),
                Question("讲师讲得清楚吗？", type="rating", scale=10, required=True),
                Question("还想听什么？", type="free_form"),
                Question("哪些内容有用？也可以补充", type="combined", options=["演示", "答疑", "练习"], multiple=True),
                Question("称呼", type="name", required=True),
                Question("手机号", type="mobile"),
                Question("邮箱", type="mail"),
            ],
        ),
        Piece(
            "exam",
            "小测验",
            [
                Question(
                    "水在标准大气压下的沸点是多少摄氏度？", options=["90", "95", "100", "105"], right_options=[2], required=True, score=20
                ),
                Question("地球绕太阳转。", type="true_false", options=["对", "错"], right_options=[0], score=10),
                Question("哪些是偶数？", options=["1", "2", "3", "4"], right_options=[1, 3], multiple=True, least=1, score=20),
                Question("哪一个是圆？", type="picture_choice", options=["圆", "方", "三角"], right_options=[0], score=10),
                Question("中国的首都是____。", type="fill_in", accepted=["北京", "北京市", "Beijing"], score=20),
                Question("选出正确的说法，并说明理由", type="combined", options=["光比声快", "声比光快"], right_options=[0], score=10),
                Question("用一句话说明什么是直播互动。", type="free_form", score=10),
            ],
            {"shuffle_questions": True, "shuffle_options": True},
        ),
        Piece(
            "answer_card",
            "随堂判断",
            [Question("一分钟有六十秒。", type="true_false", options=["对", "错"], right_options=[0], score=5)],
            {"anonymous": True},
        ),
    ]


def _en() -> list[Piece]:
    return [
        Piece(
            "answer_card",
            "Warm-up",
            [Question("Which port does HTTPS use by default?", options=["21", "80", "443", "8080"], right_options=[2], score=10)],
        ),
        Piece(
            "answer_card",
            "Several answers",
            [
                Question(
                    "Which of these are prime numbers?",
                    options=["2", "9", "11", "15", "17"],
                    right_options=[0, 2, 4],
                    multiple=True,
                    score=10,
                )
            ],
        ),
        Piece(
            "vote",
            "Quick poll",
            [Question("When would you rather have this class?", options=["Morning", "Afternoon", "Evening"])],
            {"changeable": True},
        ),
        Piece(
            "vote",
            "Our badge",
            [
                Question("Choose up to two badges", type="picture_choice", options=["Circle", "Square", "Triangle"], multiple=True, most=2),
                Question("How did you like today?", type="rating", scale=5),
            ],
            {"anonymous": True},
        ),
        Piece(
            "questionnaire",
            "Feedback",
            [
                Question("How did you hear of this course?", options=["A colleague", "A newsletter", "Searching"], required=True),
                Question("How clear was the teacher?", type="rating", scale=10, required=True),
                Question("What else would you like to hear?", type="free_form"),
                Question(
                    "What was useful? Add your own, too",
                    type="combined",
                    options=["The demo", "The answers", "The exercises"],
                    multiple=True,
                ),
                Question("Your name", type="name", required=True),
                Question("Mobile number", type="mobile"),
                Question("Mail address", type="mail"),
            ],
        ),
        Piece(
            "exam",
            "Quick quiz",
            [
                Question(
                    "At what temperature does water boil at sea level, in °C?",
                    options=["90", "95", "100", "105"],
                    right_options=[2],
                    required=True,
                    score=20,
                ),
                Question("The earth goes round the sun.", type="true_false", options=["True", "False"], right_options=[0], score=10),
                Question("Which are even?", options=["1", "2", "3", "4"], right_options=[1, 3], multiple=True, least=1, score=20),
                Question(
                    "Which one is the circle?", type="picture_choice", options=["Circle", "Square", "Triangle"], right_options=[0], score=10
                ),
                Question("The capital of France is ____.", type="fill_in", accepted=["Paris", "paris, france"], score=20),
                Question(
                    "Choose what is true, and say why",
                    type="combined",
                    options=["Light is faster than sound", "Sound is faster than light"],
                    right_options=[0],
                    score=10,
                ),
                Question("Say in one sentence what live interaction is.", type="free_form", score=10),
            ],
            {"shuffle_questions": True, "shuffle_options": True},
        ),
        Piece(
            "answer_card",
            "True or false",
            [Question("A minute has sixty seconds.", type="true_false", options=["True", "False"], right_options=[0], score=5)],
            {"anonymous": True},
        ),
    ]


PIECES: dict[Language, list[Piece]] = {"zh": _zh(), "en": _en()}

ROOM_TITLE: dict[Language, str] = {"zh": "产品培训直播间", "en": "Product training"}
LIVE_SESSION_TITLE: dict[Language, str] = {"zh": "第一讲：认识 Turnout", "en": "Lesson 1: meet Turnout"}
ACCOUNT_NAME: dict[Language, str] = {"zh": "Turnout 演示", "en": "Turnout demo"}
ANNOUNCEMENT: dict[Language, str] = {
    "zh": "欢迎！题目会自动出现在这里。",
    "en": "Welcome! Questions appear on this page by themselves.",
}
CHECKIN_TITLE: dict[Language, str] = {"zh": "签到", "en": "Are you there?"}
DRAW_TITLE: dict[Language, str] = {"zh": "幸运抽奖", "en": "Lucky draw"}
PRIZE_NAMES: dict[Language, tuple[str, str, str]] = {
    "zh": ("一等奖：耳机", "二等奖：500 积分", "参与奖：优惠券"),
    "en": ("First prize: a headset", "Second prize: 500 points", "A voucher"),
}
HOST_NAME: dict[Language, str] = {"zh": "林老师", "en": "Host Lin"}
