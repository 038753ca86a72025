"""Questions: what answers each type, what is refused and by which name, and how answers are judged and counted."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.survey.answer_rules import (
    AnsweredTwice,
    AnswerRequired,
    AnswerTooLong,
    InvalidAnswer,
    InvalidChoice,
    InvalidMail,
    InvalidMobile,
    InvalidName,
    InvalidRating,
    InvalidText,
    NoSuchQuestion,
    TooFewChoices,
    TooManyChoices,
    WrongAnswerType,
    normal_form,
)
from turnout.interactions.survey.question_rules import (
    CHOICE_TYPES,
    AnswerEntry,
    AnswerValue,
    AskedQuestion,
    QuestionDraft,
    QuestionType,
    Sheet,
    SurveyKind,
    asked_question,
    decide_draft,
    decide_submission,
    decode_values,
    encode_values,
    judge,
    mask_of,
    options_of,
    sheet_of,
)
from turnout.kernel import limits
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import QuestionId

T = QuestionType
ABC = ["A", "B", "C"]
LONG = limits.MAX_TEXT_ANSWER
LONGEST_MAIL = "x" * (limits.MAX_MAIL_LENGTH - len("@mail.example.cn")) + "@mail.example.cn"


def asked(type: QuestionType = T.CHOICE, *, id: int = 1, by_hand: bool = False, **settings: Any) -> AskedQuestion:  # noqa: A002
    """A question; with three options where its type has some."""
    if type in (*CHOICE_TYPES, T.COMBINED):
        settings.setdefault("options", ABC)
    return asked_question(QuestionId(id), QuestionDraft(type=type, **settings), by_hand=by_hand)


def sheet(*questions: AskedQuestion) -> Sheet:
    return sheet_of(SurveyKind.EXAM, questions)


def entry(id: int = 1, **given: Any) -> AnswerEntry:  # noqa: A002
    return AnswerEntry(QuestionId(id), **given)


MULTIPLE: dict[str, Any] = {"multiple": True, "least": 2, "most": 2}

GOOD: list[tuple[AskedQuestion, dict[str, Any], AnswerValue, bool | None]] = [
    (asked(), {"choices": [0]}, 1, None),
    (asked(right_options=[1]), {"choices": [1]}, 2, True),
    (asked(right_options=[1]), {"choices": [2]}, 4, False),
    (asked(multiple=True, right_options=[0, 2]), {"choices": [2, 0]}, 5, True),
    (asked(multiple=True, right_options=[0, 2]), {"choices": [0]}, 1, False),
    (asked(**MULTIPLE), {"choices": [1, 2]}, 6, None),
    (asked(T.TRUE_FALSE, options=["True", "False"], right_options=[0]), {"choices": [0]}, 1, True),
    (asked(T.PICTURE_CHOICE, right_options=[2]), {"choices": [2]}, 4, True),
    (asked(T.COMBINED), {"choices": [1], "text": " because "}, (2, "because"), None),
    (asked(T.COMBINED), {"text": "because"}, (0, "because"), None),
    (asked(T.COMBINED, **MULTIPLE), {"text": "because"}, (0, "because"), None),
    (asked(T.COMBINED, right_options=[1]), {"choices": [1]}, (2, ""), True),
    (asked(T.COMBINED, right_options=[1]), {"text": "B"}, (0, "B"), False),
    (asked(T.COMBINED, right_options=[1]), {"choices": [0], "text": "B"}, (1, "B"), False),
    (asked(T.COMBINED, by_hand=True), {"choices": [0], "text": "B"}, (1, "B"), None),
    (asked(T.FILL_IN), {"text": "anything"}, "anything", None),
    (asked(T.FILL_IN, accepted=["New York", "NYC"]), {"text": " new   YORK\n"}, "new   YORK", True),
    (asked(T.FILL_IN, accepted=["New York", "NYC"]), {"text": "ｎｙｃ"}, "ｎｙｃ", True),
    (asked(T.FILL_IN, accepted=["Straße"]), {"text": "STRASSE"}, "STRASSE", True),
    (asked(T.FILL_IN, accepted=["New York"]), {"text": "newyork"}, "newyork", False),
    (asked(T.FREE_FORM), {"text": "two\r\nlines\tand a tab"}, "two\nlines\tand a tab", None),
    (asked(T.FREE_FORM), {"text": "x" * LONG}, "x" * LONG, None),
    (asked(T.FREE_FORM, by_hand=True), {"text": "an essay"}, "an essay", None),
    (asked(T.RATING), {"rating": 1}, 2, None),
    (asked(T.RATING, scale=10), {"rating": 10}, 1024, None),
    (asked(T.NAME), {"text": "张伟"}, "张伟", None),
    (asked(T.NAME), {"text": "x" * 64}, "x" * 64, None),
    (asked(T.NAME, verify=False), {"text": "x" * 65}, "x" * 65, None),
    (asked(T.MOBILE), {"text": "138-0013 8000"}, "13800138000", None),
    (asked(T.MOBILE), {"text": "１３８００１３８０００"}, "13800138000", None),
    (asked(T.MOBILE), {"text": "+44 20 7946 0958"}, "+442079460958", None),
    (asked(T.MOBILE, verify=False), {"text": "extension 12"}, "extension 12", None),
    (asked(T.MAIL), {"text": "zhang.wei@mail.example.cn"}, "zhang.wei@mail.example.cn", None),
    (asked(T.MAIL), {"text": LONGEST_MAIL}, LONGEST_MAIL, None),
    (asked(T.MAIL, verify=False), {"text": "ask me"}, "ask me", None),
]

CHOICES_BAD: list[tuple[dict[str, Any], dict[str, Any], type[TurnoutError], str]] = [
    ({}, {"choices": [3]}, InvalidChoice, "choices"),
    ({}, {"choices": [-1]}, InvalidChoice, "choices"),
    ({}, {"choices": [10**30]}, InvalidChoice, "choices"),
    ({"multiple": True}, {"choices": [0, 0]}, InvalidChoice, "choices"),
    ({}, {"choices": [0, 1]}, InvalidChoice, "choices"),
    (MULTIPLE, {"choices": [0]}, TooFewChoices, "choices"),
    (MULTIPLE, {"choices": [0, 1, 2]}, TooManyChoices, "choices"),
]
TEXT_TYPES = (T.FREE_FORM, T.FILL_IN, T.NAME, T.MOBILE, T.MAIL)
MOBILES_BAD = [
    *("1380013800", "138001380001", "23800138000", "+86", "+12345", "+0123456789", "+1234567890123456", "13800138ooo"),
    "\u0661" * 11 + "x",
]
MAILS_BAD = ["a", "a@b", "@b.c", "a@.c", "a@b.", "a@b..c", "a b@c.d", "a@b@c.d"]
BAD: list[tuple[AskedQuestion, dict[str, Any], type[TurnoutError], str]] = [
    *(
        (asked(kind, **settings), given, error, field)
        for kind in (T.CHOICE, T.PICTURE_CHOICE, T.COMBINED)
        for settings, given, error, field in CHOICES_BAD
    ),
    (asked(T.TRUE_FALSE, options=["True", "False"]), {"choices": [2]}, InvalidChoice, "choices"),
    (asked(T.TRUE_FALSE, options=["True", "False"]), {"choices": [0, 1]}, InvalidChoice, "choices"),
    *((asked(kind), {"text": "A"}, WrongAnswerType, "text") for kind in CHOICE_TYPES),
    *((asked(kind), {"choices": [0], "text": "A"}, WrongAnswerType, "text") for kind in CHOICE_TYPES),
    *((asked(kind), {"rating": 1}, WrongAnswerType, "rating") for kind in (*CHOICE_TYPES, *TEXT_TYPES, T.COMBINED)),
    (asked(T.COMBINED), {"choices": [0], "text": "x" * 501}, AnswerTooLong, "text"),
    (asked(T.COMBINED), {"choices": [0], "text": "\x00"}, InvalidText, "text"),
    *((asked(kind), {"choices": [0]}, WrongAnswerType, "choices") for kind in (*TEXT_TYPES, T.RATING)),
    *((asked(kind), {"text": "a\x00b"}, InvalidText, "text") for kind in TEXT_TYPES),
    (asked(T.FREE_FORM), {"text": "a\ud800b"}, InvalidText, "text"),
    (asked(T.FREE_FORM), {"text": "x" * (LONG + 1)}, AnswerTooLong, "text"),
    *((asked(kind), {"text": "x" * 201}, AnswerTooLong, "text") for kind in TEXT_TYPES[1:-1]),
    *((asked(T.MAIL, verify=verify), {"text": f"x{LONGEST_MAIL}"}, AnswerTooLong, "text") for verify in (True, False)),
    (asked(T.RATING), {"text": "5"}, WrongAnswerType, "text"),
    *((asked(T.RATING), {"rating": rating}, InvalidRating, "rating") for rating in (0, 6, -1, 10**9)),
    (asked(T.NAME), {"text": "x" * 65}, InvalidName, "text"),
    (asked(T.NAME), {"text": "Zhang\nWei"}, InvalidName, "text"),
    *((asked(T.MOBILE), {"text": text}, InvalidMobile, "text") for text in MOBILES_BAD),
    *((asked(T.MAIL), {"text": text}, InvalidMail, "text") for text in MAILS_BAD),
]


@pytest.mark.parametrize(("question", "given_", "value", "right"), GOOD)
def test_good_answers(question: AskedQuestion, given_: dict[str, Any], value: AnswerValue, right: bool | None) -> None:
    """Kept as they are meant, and right where something is."""
    judged = decide_submission(sheet(question), [entry(**given_)])

    assert (judged.values, judged.rights) == ([value], [right])
    assert judged.number_right == (right is True)
    assert judged.to_mark == question.by_hand
    assert decide_draft(sheet(question), [entry(**given_)])[0] is not None


@pytest.mark.parametrize(("question", "given_", "error", "field"), BAD)
def test_bad_answers(question: AskedQuestion, given_: dict[str, Any], error: type[TurnoutError], field: str) -> None:
    """Each by its own name and field, also when it is not the first answer of a submission."""
    other = asked(id=2)
    with pytest.raises(TurnoutError) as alone:
        decide_submission(sheet(question), [entry(**given_)])
    with pytest.raises(TurnoutError) as second:
        decide_submission(sheet(other, question), [entry(2, choices=[0]), entry(**given_)])

    assert (alone.type, alone.value.field) == (error, f"answers[0].{field}")
    assert (second.type, second.value.field) == (error, f"answers[1].{field}")


def test_every_type_has_good_and_bad_answers() -> None:
    """The control of the two tests above."""
    assert {question.type for question, *_ in GOOD} == set(QuestionType)
    assert {question.type for question, *_ in BAD} == set(QuestionType)


ERRORS = {
    InvalidChoice: "invalid_choice",
    TooFewChoices: "too_few_choices",
    TooManyChoices: "too_many_choices",
    AnswerTooLong: "answer_too_long",
    AnswerRequired: "answer_required",
    WrongAnswerType: "wrong_answer_type",
    InvalidText: "invalid_text",
    InvalidRating: "invalid_rating",
    InvalidName: "invalid_name",
    InvalidMobile: "invalid_mobile",
    InvalidMail: "invalid_mail",
    AnsweredTwice: "answered_twice",
}


def test_codes() -> None:
    """What clients are told by; no two faults share a code."""
    assert {error.code for error in InvalidAnswer.__subclasses__()} == set(ERRORS.values())
    assert {error: error.code for error in ERRORS} == ERRORS
    assert {error.status for error in ERRORS} == {400}


def test_a_question_of_another_survey() -> None:
    """There is no such question here."""
    with pytest.raises(NoSuchQuestion) as refused:
        decide_submission(sheet(asked()), [entry(2, choices=[0])])

    assert refused.value.field == "answers[0].question"


@pytest.mark.parametrize("first", [{"choices": [0]}, {"choices": []}, {}])
def test_one_question_twice(first: dict[str, Any]) -> None:
    """Which of the two would count? Neither."""
    with pytest.raises(AnsweredTwice) as refused:
        decide_submission(sheet(asked(), asked(id=2)), [entry(**first), entry(2, choices=[0]), entry(choices=[1])])

    assert refused.value.field == "answers[2].question"


EMPTY: dict[QuestionType, list[dict[str, Any]]] = {
    **{kind: [{"choices": []}] for kind in CHOICE_TYPES},
    **{kind: [{"text": ""}, {"text": " \n"}] for kind in TEXT_TYPES},
    T.COMBINED: [{"choices": [], "text": " "}, {"text": ""}],
    T.RATING: [],
}


@pytest.mark.parametrize(("kind", "given_"), [(kind, given_) for kind, empty in EMPTY.items() for given_ in [None, {}, *empty]])
def test_required_and_left_out(kind: QuestionType, given_: dict[str, Any] | None) -> None:
    """Not there, or there and empty: it is not answered, and says which question that is."""
    first = asked(id=2)
    entries = [entry(2, choices=[0])] + ([] if given_ is None else [entry(**given_)])
    with pytest.raises(AnswerRequired) as refused:
        decide_submission(sheet(first, asked(kind, required=True)), entries)

    assert refused.value.field == "questions[1]"
    optional = decide_submission(sheet(first, asked(kind)), entries)
    assert (optional.values, optional.rights) == ([1, None], [None, None])


@pytest.mark.parametrize("entries", [[], [entry()], [entry(choices=[])], [entry(2, text=" ")]])
def test_nothing_answered(entries: list[AnswerEntry]) -> None:
    """An empty submission is none, also where no question is required."""
    with pytest.raises(AnswerRequired) as refused:
        decide_submission(sheet(asked(), asked(T.FREE_FORM, id=2)), entries)

    assert refused.value.field == "answers"


def test_drafts_may_be_unfinished() -> None:
    """What is missing or half typed is kept as it is; what can never be right is refused."""
    paper = sheet(asked(**MULTIPLE, required=True), asked(T.MOBILE, id=2), asked(T.FREE_FORM, id=3, required=True))

    assert decide_draft(paper, [entry(choices=[0]), entry(2, text="138")]) == [1, "138", None]
    assert decide_draft(paper, []) == [None, None, None]
    for entries in ([entry(choices=[3])], [entry(choices=[0, 1, 2])], [entry(3, text="x" * (LONG + 1))], [entry(2, rating=1)]):
        with pytest.raises(InvalidAnswer):
            decide_draft(paper, entries)


def test_points() -> None:
    """Right answers give their points, wrong and left out ones none."""
    paper = sheet(
        asked(right_options=[0], score=5),
        asked(id=2, right_options=[0], score=3),
        asked(T.FILL_IN, id=3, accepted=["x"], score=2),
        asked(T.FREE_FORM, id=4, score=10, by_hand=True),
        asked(id=5, right_options=[0], score=7),
        asked(T.RATING, id=6),
    )
    judged = decide_submission(
        paper, [entry(6, rating=2), entry(4, text="essay"), entry(1, choices=[0]), entry(2, choices=[1]), entry(3, text="X")]
    )

    assert judged.rights == [True, False, True, None, None, None]
    assert (judged.number_right, judged.points, judged.to_mark) == (2, 7, 1)
    assert paper.rightable == 5


def test_marks() -> None:
    """Points by hand stand in place of the automatic judgement; an answer is right with all its points."""
    paper = sheet(
        asked(T.FREE_FORM, score=10, by_hand=True),
        asked(T.FILL_IN, id=2, accepted=["x"], score=2),
        asked(T.COMBINED, id=3, right_options=[0], score=4),
    )
    values: list[AnswerValue] = ["essay", "y", (1, "")]
    before = judge(paper, values, {})
    partly = judge(paper, values, {QuestionId(1): 9, QuestionId(2): 2})
    wholly = judge(paper, values, {QuestionId(1): 10, QuestionId(3): 0})

    assert (before.rights, before.points, before.to_mark) == ([None, False, True], 4, 1)
    assert (partly.rights, partly.points, partly.to_mark) == ([False, True, True], 15, 0)
    assert (wholly.rights, wholly.points, wholly.to_mark) == ([True, False, False], 10, 0)
    assert judge(paper, [None, None, None], {QuestionId(1): 10}).points == 0


written = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
values = st.lists(st.none() | st.integers(1, 2**26) | written | st.tuples(st.integers(0, 2**26), written), max_size=50)


@given(values)
def test_values_are_kept_whole(answered: list[AnswerValue]) -> None:
    """Written and read back they are the same."""
    assert decode_values(encode_values(answered)) == answered


def test_the_form_in_which_values_are_kept() -> None:
    """Rows of earlier versions stay readable."""
    assert encode_values([5, "text", (3, "because"), None]) == '[5,"text",[3,"because"],null]'
    assert decode_values('[5,"text",[3,"because"],null]') == [5, "text", (3, "because"), None]


@given(st.text())
def test_normal_form(text: str) -> None:
    """It is its own normal form; case, width and outer blanks make no difference."""
    form = normal_form(text)

    assert normal_form(form) == form
    assert normal_form(f"  {text}\t") == form
    assert normal_form(unicodedata.normalize("NFD", text)) == form
    if text.isascii():
        assert normal_form(text.upper()) == form


@given(
    st.integers(2, limits.MAX_OPTIONS),
    st.booleans(),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sets(st.integers(0, 5), max_size=2),
    st.lists(st.integers(-2, 27), max_size=5),
)
def test_the_short_way_for_cards_is_the_long_way(
    count: int, multiple: bool, least: int, more: int, right: set[int], choices: list[int]
) -> None:
    """One mask or one refusal, the same that the rules in words give; also beside a second question, where the general way is taken."""
    bounds: dict[str, Any] = {"least": min(least, count), "most": min(least + more, count)} if multiple else {}
    options = [str(number) for number in range(count)]
    card = asked(options=options, multiple=multiple, right_options=sorted(right & set(range(count))), score=2, **bounds)
    refusal: type[TurnoutError] | None = None
    if not choices:
        refusal = AnswerRequired
    elif not set(choices) <= set(range(count)) or len(set(choices)) < len(choices) or (len(choices) > 1 and not multiple):
        refusal = InvalidChoice
    elif not card.least <= len(choices) <= card.most:
        refusal = TooFewChoices if len(choices) < card.least else TooManyChoices
    for paper in (sheet(card), sheet(card, asked(id=2))):
        if refusal is not None:
            with pytest.raises(refusal) as refused:
                decide_submission(paper, [entry(choices=choices)])
            assert refused.type is refusal
            continue
        judged = decide_submission(paper, [entry(choices=choices)])
        is_right = set(options_of(judged.values[0])) == right & set(range(count))  # type: ignore[arg-type]
        assert judged.values[0] == mask_of(choices)
        assert judged.rights[0] is (is_right if card.right_mask else None)
        assert judged.points == (2 if card.right_mask and is_right else 0)
