"""Answer cards: what can be asked, what counts as an answer, and when."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.lifecycle import State, WrongState
from turnout.interactions.survey.rules import (
    AlreadyAnswered,
    InvalidChoice,
    LiveSessionOver,
    NoSuchQuestion,
    NoSuchSurvey,
    NotPublishable,
    OpenQuestion,
    QuestionDraft,
    SurveyDraft,
    SurveyNotOpen,
    TooLate,
    check_draft,
    decide_answer,
    decide_closed_at,
    decide_open,
    is_right,
    mask_of,
    options_of,
)
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import SurveyId

NOW = 1_000 * SECOND
LETTERS = [chr(ord("A") + place) for place in range(limits.MAX_OPTIONS)]

masks = st.integers(0, 2**limits.MAX_OPTIONS - 1)
option_sets = st.sets(st.integers(0, limits.MAX_OPTIONS - 1))


def question(**changes: Any) -> OpenQuestion:
    made = OpenQuestion(
        survey_id=SurveyId(1), state=State.OPEN, opened_at=NOW, closes_at=None, multiple=False, option_count=3, right_mask=0b010
    )
    return msgspec.structs.replace(made, **changes)


def draft(**changes: Any) -> SurveyDraft:
    of_question = {name: changes.pop(name) for name in list(changes) if name in QuestionDraft.__struct_fields__ and name != "title"}
    of_question.setdefault("options", ["A", "B"])
    return SurveyDraft(**{"title": "Card", "question": QuestionDraft(title=changes.pop("text", "Which?"), **of_question), **changes})


@given(masks)
def test_masks_and_options(mask: int) -> None:
    """A mask and its options say the same."""
    options = options_of(mask)
    assert options == sorted(set(options))
    assert mask_of(options) == mask
    assert mask == sum(2**option for option in options)


@given(option_sets)
def test_options_and_masks(options: set[int]) -> None:
    """Whatever the order in which they were chosen."""
    assert options_of(mask_of(options)) == sorted(options)
    assert mask_of(sorted(options, reverse=True)) == mask_of(options)


@given(masks, masks)
def test_right(mask: int, right_mask: int) -> None:
    """Right means exactly the right options; where none is right nobody is."""
    assert is_right(mask, right_mask) == (bool(right_mask) and options_of(mask) == options_of(right_mask))
    assert is_right(right_mask, right_mask) == (right_mask != 0)


@given(
    st.sampled_from(State),
    st.booleans(),
    st.integers(2, limits.MAX_OPTIONS),
    st.none() | st.integers(-3, 3),
    st.lists(st.integers(-2, 27), max_size=4),
)
def test_decide_answer(state: State, multiple: bool, option_count: int, limit: int | None, choices: list[int]) -> None:
    """One mask or one refusal, the same that the rules in words give."""
    asked = question(state=state, multiple=multiple, option_count=option_count, closes_at=None if limit is None else NOW + limit)
    refusal: type[TurnoutError] | None = None
    if state is State.DRAFT:
        refusal = SurveyNotOpen
    elif state is not State.OPEN or (limit is not None and limit <= 0):
        refusal = TooLate
    else:
        one_of_each = 0 < len(choices) == len(set(choices)) and (multiple or len(choices) == 1)
        if not one_of_each or not set(choices) <= set(range(option_count)):
            refusal = InvalidChoice
    if refusal is None:
        assert options_of(decide_answer(asked, choices, NOW)) == sorted(choices)
    else:
        with pytest.raises(refusal) as refused:
            decide_answer(asked, choices, NOW)
        assert refused.type is refusal
        assert refused.value.field == ("choices" if refusal is InvalidChoice else None)


@pytest.mark.parametrize(("received_at", "in_time"), [(NOW - 1, True), (NOW, True), (NOW + 9, True), (NOW + 10, False), (NOW + 11, False)])
def test_late_to_the_microsecond(received_at: int, in_time: bool) -> None:
    """Late means received at or after the time limit; received before the opening, by another machine's clock, still counts."""
    asked = question(closes_at=NOW + 10)
    if in_time:
        assert decide_answer(asked, [1], received_at) == 0b010
    else:
        with pytest.raises(TooLate):
            decide_answer(asked, [1], received_at)


@pytest.mark.parametrize(
    "card",
    [
        draft(),
        draft(text=""),
        draft(options=LETTERS, multiple=True, right_options=list(range(limits.MAX_OPTIONS))),
        draft(options=["A", "A"]),
        draft(right_options=[1]),
        draft(score=limits.MAX_SCORE),
        draft(time_limit_s=1),
        draft(time_limit_s=limits.MAX_TIME_LIMIT_S),
        draft(title="x" * limits.MAX_TITLE_LENGTH, text="x" * limits.MAX_QUESTION_LENGTH, options=["x" * limits.MAX_OPTION_LENGTH, "y"]),
    ],
)
def test_cards_that_can_be_asked(card: SurveyDraft) -> None:
    """Up to every limit, and that one included."""
    assert check_draft(card) == card


def test_blanks_around_texts_go() -> None:
    """In the title, the question and the options."""
    checked = check_draft(draft(title=" Card ", text="\nWhich? ", options=[" A", "B "]))
    assert (checked.title, checked.question.title, checked.question.options) == ("Card", "Which?", ["A", "B"])


@pytest.mark.parametrize(
    ("card", "field"),
    [
        (draft(title=""), "title"),
        (draft(title=" \n"), "title"),
        (draft(title="x" * (limits.MAX_TITLE_LENGTH + 1)), "title"),
        (draft(title="a\x00"), "title"),
        (draft(text="x" * (limits.MAX_QUESTION_LENGTH + 1)), "question.title"),
        (draft(text="\x00"), "question.title"),
        (draft(options=[]), "question.options"),
        (draft(options=["A"]), "question.options"),
        (draft(options=[*LETTERS, "one more"]), "question.options"),
        (draft(options=["A", " "]), "question.options[1]"),
        (draft(options=["x" * (limits.MAX_OPTION_LENGTH + 1), "B"]), "question.options[0]"),
        (draft(options=["A", "B\x00"]), "question.options[1]"),
        (draft(right_options=[2]), "question.right_options[0]"),
        (draft(right_options=[-1]), "question.right_options[0]"),
        (draft(right_options=[0, 2], multiple=True), "question.right_options[1]"),
        (draft(right_options=[0, 0], multiple=True), "question.right_options"),
        (draft(right_options=[0, 1]), "question.right_options"),
        (draft(score=-1), "question.score"),
        (draft(score=limits.MAX_SCORE + 1), "question.score"),
        (draft(time_limit_s=0), "time_limit_s"),
        (draft(time_limit_s=-5), "time_limit_s"),
        (draft(time_limit_s=limits.MAX_TIME_LIMIT_S + 1), "time_limit_s"),
    ],
)
def test_cards_that_cannot(card: SurveyDraft, field: str) -> None:
    """Refused, naming the field."""
    with pytest.raises(InvalidInput) as refused:
        check_draft(card)
    assert refused.value.field == field


@pytest.mark.parametrize(("state", "limit_s"), list(itertools.product(State, [None, 1, 90])))
def test_decide_open(state: State, limit_s: int | None) -> None:
    """A draft opens, and closes by itself so many seconds later; nothing else opens."""
    if state is State.DRAFT:
        assert decide_open(state, NOW, limit_s) == (None if limit_s is None else NOW + limit_s * SECOND)
    else:
        with pytest.raises(WrongState):
            decide_open(state, NOW, limit_s)


@pytest.mark.parametrize(
    ("closes_at", "closed_at"), [(None, NOW), (NOW - 3600 * SECOND, NOW - 3600 * SECOND), (NOW, NOW), (NOW + 1, NOW), (NOW - 1, NOW - 1)]
)
def test_decide_closed_at(closes_at: int | None, closed_at: int) -> None:
    """A card stopped taking answers at its time limit, however long nobody was there to notice."""
    assert decide_closed_at(State.OPEN, NOW, closes_at) == closed_at


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_only_open_cards_close(state: State) -> None:
    """Closing anything else is refused."""
    with pytest.raises(WrongState):
        decide_closed_at(state, NOW, None)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (SurveyNotOpen, "survey_not_open", 409),
        (TooLate, "too_late", 409),
        (AlreadyAnswered, "already_answered", 409),
        (InvalidChoice, "invalid_choice", 400),
        (NoSuchSurvey, "not_found", 404),
        (NoSuchQuestion, "not_found", 404),
        (NotPublishable, "not_publishable", 409),
        (LiveSessionOver, "live_session_ended", 409),
    ],
)
def test_refusals(error: type[TurnoutError], code: str, status: int) -> None:
    """The codes that clients are told by."""
    assert (error.code, error.status) == (code, status)
    assert error().message
