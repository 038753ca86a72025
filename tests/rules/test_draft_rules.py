"""What can be asked in each kind of survey, and which field is named by what cannot."""

from typing import Any

import msgspec
import pytest

from turnout.interactions.survey.draft_rules import places_of_pictures
from turnout.interactions.survey.question_rules import CHOICE_TYPES, OPTION_TYPES
from turnout.interactions.survey.rules import (
    QuestionDraft,
    QuestionType,
    SurveyDraft,
    SurveyKind,
    check_draft,
    is_by_hand,
)
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import PictureId

LETTERS = [chr(ord("A") + place) for place in range(limits.MAX_OPTIONS)]
T = QuestionType
EXAM = SurveyKind.EXAM


def ask(type: QuestionType = T.CHOICE, **settings: Any) -> QuestionDraft:  # noqa: A002
    """A question that can be asked, but for what the settings say."""
    if type in OPTION_TYPES and type is not T.TRUE_FALSE:
        settings.setdefault("options", ["A", "B"])
    if type is T.PICTURE_CHOICE:
        settings.setdefault("option_pictures", [PictureId(1), PictureId(2)])
    return QuestionDraft(**{"title": "Which?", "type": type, **settings})


def draft(*questions: QuestionDraft, **changes: Any) -> SurveyDraft:
    return SurveyDraft(**{"title": "Survey", "questions": list(questions) or [ask()], **changes})


FULL = draft(
    ask(required=True, picture=PictureId(5), multiple=True, least=1, most=2, right_options=[1, 0], score=1),
    ask(T.TRUE_FALSE, right_options=[1], score=1),
    ask(T.PICTURE_CHOICE, right_options=[0], score=1),
    ask(T.COMBINED, score=5),
    ask(T.COMBINED, right_options=[0], score=5, option_pictures=[None, PictureId(9)]),
    ask(T.FREE_FORM, score=5),
    ask(T.FILL_IN, accepted=["x", " y "], score=5),
    ask(T.FILL_IN, score=5),
    ask(T.RATING, scale=10),
    ask(T.NAME),
    ask(T.MOBILE, verify=False),
    ask(T.MAIL),
    kind=EXAM,
    cover=PictureId(7),
)


@pytest.mark.parametrize(
    "survey",
    [
        draft(),
        draft(ask(title="", right_options=[1])),
        draft(title="x" * limits.MAX_TITLE_LENGTH),
        draft(ask(title="x" * limits.MAX_QUESTION_LENGTH, options=["x" * limits.MAX_OPTION_LENGTH, "B"])),
        draft(ask(options=LETTERS, right_options=list(range(26)), multiple=True)),
        draft(ask(title="多行\n\t题目", options=["一", "二"])),
        draft(
            ask(score=limits.MAX_SCORE, right_options=[0]), time_limit_s=limits.MAX_TIME_LIMIT_S, publish_on_close=False, changeable=True
        ),
        draft(time_limit_s=1, shuffle_questions=True, shuffle_options=True),
        draft(ask(T.TRUE_FALSE), ask(T.NAME), ask(T.COMBINED), kind=SurveyKind.QUESTIONNAIRE, anonymous=True),
        draft(*[ask(T.RATING)] * 20, kind=SurveyKind.VOTE, anonymous=True),
        draft(anonymous=True),
        draft(*[ask(T.FREE_FORM)] * limits.MAX_QUESTIONS, kind=EXAM),
        FULL,
    ],
)
def test_surveys_that_can_be_asked(survey: SurveyDraft) -> None:
    """Kept as they are, and checking again changes nothing; the original is not changed."""
    before = msgspec.json.encode(survey)
    checked = check_draft(survey)

    assert check_draft(checked) == checked
    assert msgspec.json.encode(survey) == before
    assert (checked.kind, checked.title, len(checked.questions)) == (survey.kind, survey.title, len(survey.questions))


def test_blanks_and_order() -> None:
    """Blanks around texts go, lists of options are put in order, and what a type has no use for is not kept."""
    checked = check_draft(
        draft(
            ask(title=" Which? ", options=[" A", "B "], multiple=True, right_options=[1, 0], scale=9, verify=False),
            ask(T.TRUE_FALSE),
            ask(T.TRUE_FALSE, options=["对", "错"]),
            ask(T.FILL_IN, accepted=[" x "], score=1),
            ask(option_pictures=[None, None]),
            title=" Card ",
            kind=EXAM,
        )
    )

    assert checked.title == "Card"
    assert checked.questions[0] == ask(multiple=True, right_options=[0, 1])
    assert [question.options for question in checked.questions[1:3]] == [["True", "False"], ["对", "错"]]
    assert checked.questions[3].accepted == ["x"]
    assert checked.questions[4].option_pictures == []


def test_a_full_exam() -> None:
    """Which of its questions a host marks, and every picture in it."""
    checked = check_draft(FULL)

    assert [is_by_hand(EXAM, question) for question in checked.questions] == [
        *(False, False, False, True, False, True, False, True),
        *(False, False, False, False),
    ]
    assert set(places_of_pictures(checked).values()) == {1, 2, 5, 7, 9}
    assert places_of_pictures(draft()) == {}
    assert not any(is_by_hand(SurveyKind.QUESTIONNAIRE, question) for question in checked.questions)


def exam(*questions: QuestionDraft, **changes: Any) -> SurveyDraft:
    return draft(*questions, kind=EXAM, **changes)


VOTE, FORM = SurveyKind.VOTE, SurveyKind.QUESTIONNAIRE


@pytest.mark.parametrize(
    ("survey", "field"),
    [
        (draft(title=""), "title"),
        (draft(title="  "), "title"),
        (draft(title="x" * (limits.MAX_TITLE_LENGTH + 1)), "title"),
        (draft(title="a\x00"), "title"),
        (draft(time_limit_s=0), "time_limit_s"),
        (draft(time_limit_s=limits.MAX_TIME_LIMIT_S + 1), "time_limit_s"),
        (draft(anonymous=True, changeable=True), "changeable"),
        (exam(anonymous=True), "anonymous"),
        (draft(kind=VOTE, anonymous=True, changeable=True), "changeable"),
        *((msgspec.structs.replace(draft(kind=kind), questions=[]), "questions") for kind in SurveyKind),
        (draft(ask(), ask()), "questions"),
        (draft(*[ask()] * 21, kind=VOTE), "questions"),
        (draft(*[ask()] * (limits.MAX_QUESTIONS + 1), kind=FORM), "questions"),
        (exam(*[ask()] * (limits.MAX_QUESTIONS + 1)), "questions"),
        *((draft(ask(type)), "questions[0].type") for type in QuestionType if type not in CHOICE_TYPES),  # noqa: A001
        *(
            (draft(ask(), ask(type), kind=VOTE), "questions[1].type")
            for type in QuestionType  # noqa: A001
            if type not in (T.CHOICE, T.PICTURE_CHOICE, T.RATING)
        ),
        (draft(ask(right_options=[0]), kind=VOTE), "questions[0].right_options"),
        (draft(ask(T.FILL_IN, accepted=["x"]), kind=FORM), "questions[0].accepted"),
        (draft(ask(score=1), kind=VOTE), "questions[0].score"),
        (draft(ask(T.FREE_FORM, score=1), kind=FORM), "questions[0].score"),
        (draft(ask(score=-1)), "questions[0].score"),
        (draft(ask(score=limits.MAX_SCORE + 1)), "questions[0].score"),
        (exam(ask(T.RATING, score=1)), "questions[0].score"),
        (exam(ask(T.MAIL, score=1)), "questions[0].score"),
        (exam(ask(), ask(score=1)), "questions[1].right_options"),
        (draft(ask(title="x" * (limits.MAX_QUESTION_LENGTH + 1))), "questions[0].title"),
        (draft(ask(title="\x00")), "questions[0].title"),
        (draft(ask(options=[])), "questions[0].options"),
        (draft(ask(options=["A"])), "questions[0].options"),
        (draft(ask(options=[*LETTERS, "one more"])), "questions[0].options"),
        (draft(ask(T.TRUE_FALSE, options=["A", "B", "C"])), "questions[0].options"),
        (exam(ask(), ask(), ask(options=["A", " "])), "questions[2].options[1]"),
        (draft(ask(options=["x" * (limits.MAX_OPTION_LENGTH + 1), "B"])), "questions[0].options[0]"),
        (draft(ask(options=["A", "B\x00"])), "questions[0].options[1]"),
        (draft(ask(option_pictures=[PictureId(1)])), "questions[0].option_pictures"),
        (draft(ask(T.PICTURE_CHOICE, option_pictures=[])), "questions[0].option_pictures"),
        (draft(ask(T.PICTURE_CHOICE, option_pictures=[PictureId(1), None])), "questions[0].option_pictures[1]"),
        (draft(ask(right_options=[2])), "questions[0].right_options[0]"),
        (draft(ask(right_options=[-1])), "questions[0].right_options[0]"),
        (draft(ask(right_options=[0, 2], multiple=True)), "questions[0].right_options[1]"),
        (draft(ask(right_options=[0, 0], multiple=True)), "questions[0].right_options"),
        (draft(ask(right_options=[0, 1])), "questions[0].right_options"),
        (draft(ask(right_options=[0], multiple=True, least=2)), "questions[0].right_options"),
        (draft(ask(right_options=[0, 1], multiple=True, most=1)), "questions[0].right_options"),
        (draft(ask(least=1)), "questions[0].least"),
        (draft(ask(most=1)), "questions[0].most"),
        (draft(ask(multiple=True, least=0)), "questions[0].least"),
        (draft(ask(multiple=True, most=3)), "questions[0].most"),
        (draft(ask(multiple=True, least=2, most=1)), "questions[0].most"),
        (draft(ask(T.TRUE_FALSE, multiple=True)), "questions[0].multiple"),
        (exam(ask(accepted=["x"])), "questions[0].accepted"),
        (exam(ask(T.FREE_FORM, accepted=["x"])), "questions[0].accepted"),
        (exam(ask(T.FILL_IN, accepted=["x"] * 21)), "questions[0].accepted"),
        (exam(ask(T.FILL_IN, accepted=["x", " "])), "questions[0].accepted[1]"),
        (exam(ask(T.FILL_IN, accepted=["x" * 201])), "questions[0].accepted[0]"),
        (exam(ask(T.RATING, scale=1)), "questions[0].scale"),
        (exam(ask(T.RATING, scale=11)), "questions[0].scale"),
        (exam(ask(T.FREE_FORM, options=["A", "B"])), "questions[0].options"),
        (exam(ask(T.RATING, option_pictures=[None])), "questions[0].option_pictures"),
        (exam(ask(T.NAME, right_options=[0])), "questions[0].right_options"),
        (exam(ask(T.FILL_IN, multiple=True)), "questions[0].multiple"),
        (exam(ask(T.MAIL, least=1)), "questions[0].least"),
        (exam(ask(T.MAIL, most=1)), "questions[0].most"),
    ],
)
def test_surveys_that_cannot(survey: SurveyDraft, field: str) -> None:
    """Refused, naming the field."""
    with pytest.raises(InvalidInput) as refused:
        check_draft(survey)
    assert refused.value.field == field
