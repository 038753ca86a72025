"""The columns of a sheet of templates (docs/import.md), and the words that stand in them, in English and Chinese."""

from turnout.interactions.spreadsheets import Language
from turnout.interactions.survey.rules import QuestionType, SurveyKind
from turnout.kernel import limits

LETTERS = [chr(ord("A") + place) for place in range(limits.MAX_OPTIONS)]

SURVEY_COLUMNS: dict[str, str] = {
    "title": "标题",
    "name": "模板名称",
    "tags": "标签",
    "kind": "类型",
    "time_limit_s": "限时（秒）",
    "publish_on_close": "结束后公布结果",
    "anonymous": "匿名",
    "changeable": "允许修改答案",
    "shuffle_questions": "题目乱序",
    "shuffle_options": "选项乱序",
    "cover": "封面图片",
}
"""Columns of a survey, with their Chinese names; filled in on its first row alone."""

QUESTION_COLUMNS: dict[str, str] = {
    "type": "题型",
    "question": "题目",
    "picture": "题目图片",
    "multiple": "多选",
    "least": "最少选择",
    "most": "最多选择",
    "required": "必答",
    "score": "分值",
    "right": "正确选项",
    "accepted": "正确答案",
    "scale": "最高评分",
    "verify": "校验格式",
}
"""Columns of a question."""

OPTION_COLUMNS: dict[str, str] = {f"option_{letter.lower()}": f"选项{letter}" for letter in LETTERS}
PICTURE_COLUMNS: dict[str, str] = {f"picture_{letter.lower()}": f"选项{letter}图片" for letter in LETTERS}

COLUMNS = SURVEY_COLUMNS | QUESTION_COLUMNS | OPTION_COLUMNS | PICTURE_COLUMNS
"""Every column there can be, in the order in which sheets are written."""


def _folded(text: str) -> str:
    # blanks, width, brackets and letter case of a column's name make no difference
    return "".join(letter for letter in text.casefold() if letter.isalnum())


_BY_NAME = {_folded(name): key for key, chinese in COLUMNS.items() for name in (key, chinese)}
_BY_NAME |= {_folded(name): key for name, key in {"限时": "time_limit_s", "time limit": "time_limit_s", "template": "name"}.items()}


def column_of(name: str) -> str | None:
    """The column that a sheet's head names; None for one that we do not know."""
    return _BY_NAME.get(_folded(name))


KIND_WORDS = {
    SurveyKind.ANSWER_CARD: "答题卡",
    SurveyKind.VOTE: "投票",
    SurveyKind.QUESTIONNAIRE: "问卷",
    SurveyKind.EXAM: "考试",
}
TYPE_WORDS = {
    QuestionType.CHOICE: "选择题",
    QuestionType.TRUE_FALSE: "判断题",
    QuestionType.FREE_FORM: "问答题",
    QuestionType.COMBINED: "混合题",
    QuestionType.PICTURE_CHOICE: "图片选择题",
    QuestionType.FILL_IN: "填空题",
    QuestionType.RATING: "评分题",
    QuestionType.NAME: "姓名",
    QuestionType.MOBILE: "手机号",
    QuestionType.MAIL: "邮箱",
}

_OTHER_KINDS = {"选择": SurveyKind.ANSWER_CARD, "测验": SurveyKind.EXAM, "试卷": SurveyKind.EXAM, "调查": SurveyKind.QUESTIONNAIRE}
_OTHER_TYPES = {
    "选择": QuestionType.CHOICE,
    "单选题": QuestionType.CHOICE,
    "判断": QuestionType.TRUE_FALSE,
    "问答": QuestionType.FREE_FORM,
    "简答题": QuestionType.FREE_FORM,
    "填空": QuestionType.FILL_IN,
    "评分": QuestionType.RATING,
    "打分题": QuestionType.RATING,
    "手机": QuestionType.MOBILE,
    "email": QuestionType.MAIL,
}
KINDS = {_folded(word): kind for kind, chinese in KIND_WORDS.items() for word in (kind.value, chinese)} | {
    _folded(word): kind for word, kind in _OTHER_KINDS.items()
}
TYPES = {_folded(word): kind for kind, chinese in TYPE_WORDS.items() for word in (kind.value, chinese)} | {
    _folded(word): kind for word, kind in _OTHER_TYPES.items()
}

YES_NO = {Language.EN: ("no", "yes"), Language.ZH: ("否", "是")}
_YES = {"yes", "y", "true", "t", "1", "是", "对", "√", "✓"}
_NO = {"no", "n", "false", "f", "0", "否", "错", "×", "✗"}


def folded(word: str) -> str:
    """A word of a cell as KINDS and TYPES have it."""
    return _folded(word)


def yes_or_no(word: str) -> bool | None:
    """What a cell says; None when it says neither."""
    word = word.strip().casefold()
    return True if word in _YES else False if word in _NO else None
