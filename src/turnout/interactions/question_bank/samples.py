"""Samples of templates, one survey of each kind with a question of each type that needs no picture: what a host begins a sheet from."""

from turnout.interactions.question_bank.rules import TemplateDraft, check_template
from turnout.interactions.spreadsheets import Language
from turnout.interactions.survey.rules import QuestionDraft, QuestionType, SurveyDraft, SurveyKind

_EN = [
    TemplateDraft(
        name="Warm-up",
        tags=["sample"],
        survey=SurveyDraft(
            title="Warm-up question",
            kind=SurveyKind.ANSWER_CARD,
            time_limit_s=30,
            questions=[
                QuestionDraft(title="Which port does HTTPS use?", options=["80", "443", "8080"], right_options=[1], score=10),
            ],
        ),
    ),
    TemplateDraft(
        name="Next topic",
        tags=["sample"],
        survey=SurveyDraft(
            title="What comes next?",
            kind=SurveyKind.VOTE,
            anonymous=True,
            questions=[
                QuestionDraft(title="Choose up to two", options=["Charts", "Exports", "Integrations"], multiple=True, least=1, most=2),
            ],
        ),
    ),
    TemplateDraft(
        name="Feedback",
        tags=["sample", "after the event"],
        survey=SurveyDraft(
            title="Your feedback",
            kind=SurveyKind.QUESTIONNAIRE,
            changeable=True,
            questions=[
                QuestionDraft(title="How was it?", type=QuestionType.RATING, required=True),
                QuestionDraft(title="What did you like, and why?", type=QuestionType.COMBINED, options=["Content", "Speaker", "Pace"]),
                QuestionDraft(title="What shall we do better?", type=QuestionType.FREE_FORM),
                QuestionDraft(title="Your name", type=QuestionType.NAME),
                QuestionDraft(title="Your mobile number", type=QuestionType.MOBILE),
                QuestionDraft(title="Your mail address", type=QuestionType.MAIL),
            ],
        ),
    ),
    TemplateDraft(
        name="Final exam",
        tags=["sample"],
        survey=SurveyDraft(
            title="Final exam",
            kind=SurveyKind.EXAM,
            time_limit_s=600,
            publish_on_close=False,
            shuffle_questions=True,
            questions=[
                QuestionDraft(
                    title="Which are web protocols?", options=["HTTP", "WebSocket", "PNG"], multiple=True, right_options=[0, 1], score=20
                ),
                QuestionDraft(
                    title="TCP keeps the order of bytes.",
                    type=QuestionType.TRUE_FALSE,
                    options=["True", "False"],
                    right_options=[0],
                    score=20,
                ),
                QuestionDraft(
                    title="The capital of China is ____.", type=QuestionType.FILL_IN, accepted=["Beijing", "Peking", "北京"], score=20
                ),
                QuestionDraft(title="Explain back-pressure.", type=QuestionType.FREE_FORM, score=40),
            ],
        ),
    ),
]

_ZH = [
    TemplateDraft(
        name="热身",
        tags=["示例"],
        survey=SurveyDraft(
            title="热身题",
            kind=SurveyKind.ANSWER_CARD,
            time_limit_s=30,
            questions=[QuestionDraft(title="HTTPS 使用哪个端口？", options=["80", "443", "8080"], right_options=[1], score=10)],
        ),
    ),
    TemplateDraft(
        name="下一个话题",
        tags=["示例"],
        survey=SurveyDraft(
            title="接下来讲什么？",
            kind=SurveyKind.VOTE,
            anonymous=True,
            questions=[QuestionDraft(title="最多选两项", options=["图表", "导出", "集成"], multiple=True, least=1, most=2)],
        ),
    ),
    TemplateDraft(
        name="满意度",
        tags=["示例", "会后"],
        survey=SurveyDraft(
            title="您的反馈",
            kind=SurveyKind.QUESTIONNAIRE,
            changeable=True,
            questions=[
                QuestionDraft(title="您对本场直播的评分", type=QuestionType.RATING, required=True),
                QuestionDraft(title="您喜欢什么？为什么？", type=QuestionType.COMBINED, options=["内容", "讲师", "节奏"]),
                QuestionDraft(title="我们哪里可以做得更好？", type=QuestionType.FREE_FORM),
                QuestionDraft(title="您的姓名", type=QuestionType.NAME),
                QuestionDraft(title="您的手机号", type=QuestionType.MOBILE),
                QuestionDraft(title="您的邮箱", type=QuestionType.MAIL),
            ],
        ),
    ),
    TemplateDraft(
        name="结业考试",
        tags=["示例"],
        survey=SurveyDraft(
            title="结业考试",
            kind=SurveyKind.EXAM,
            time_limit_s=600,
            publish_on_close=False,
            shuffle_questions=True,
            questions=[
                QuestionDraft(
                    title="下列哪些是网络协议？", options=["HTTP", "WebSocket", "PNG"], multiple=True, right_options=[0, 1], score=20
                ),
                QuestionDraft(
                    title="TCP 保证字节的顺序。", type=QuestionType.TRUE_FALSE, options=["对", "错"], right_options=[0], score=20
                ),
                QuestionDraft(title="中国的首都是____。", type=QuestionType.FILL_IN, accepted=["北京", "北京市", "Beijing"], score=20),
                QuestionDraft(title="请解释什么是背压。", type=QuestionType.FREE_FORM, score=40),
            ],
        ),
    ),
]


def sample(language: Language) -> list[TemplateDraft]:
    """The sample in this language, as it would be kept."""
    return [check_template(draft) for draft in (_ZH if language is Language.ZH else _EN)]
