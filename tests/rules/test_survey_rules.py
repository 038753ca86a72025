"""Surveys: what can be asked in each kind, when they take answers, what is marked by hand, and what an event's facts keep."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.lifecycle import NotADraft, State, WrongState
from turnout.interactions.survey.question_rules import OPTION_TYPES, asked_question
from turnout.interactions.survey.rules import (
    AlreadyAnswered,
    AnonymousOpen,
    AnswerValue,
    DraftsNotKept,
    LiveSessionOver,
    NoLongerKnown,
    NoSuchQuestion,
    NoSuchSurvey,
    NotMarkable,
    NotPublishable,
    QuestionDraft,
    QuestionFacts,
    QuestionType,
    SurveyFacts,
    SurveyKind,
    SurveyNotOpen,
    TooLate,
    decide_closed_at,
    decide_edit,
    decide_mark,
    decide_open,
    decide_open_for_answers,
    is_by_hand,
    mask_of,
    may_settle,
    options_of,
)
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import PictureId, QuestionId

NOW = 1_000 * SECOND
LETTERS = [chr(ord("A") + place) for place in range(limits.MAX_OPTIONS)]
T = QuestionType
EXAM = SurveyKind.EXAM

masks = st.integers(0, 2**limits.MAX_OPTIONS - 1)
option_sets = st.sets(st.integers(0, limits.MAX_OPTIONS - 1))


def ask(type: QuestionType = T.CHOICE, **settings: Any) -> QuestionDraft:  # noqa: A002
    """A question that can be asked, but for what the settings say."""
    if type in OPTION_TYPES and type is not T.TRUE_FALSE:
        settings.setdefault("options", ["A", "B"])
    if type is T.PICTURE_CHOICE:
        settings.setdefault("option_pictures", [PictureId(1), PictureId(2)])
    return QuestionDraft(**{"title": "Which?", "type": type, **settings})


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


@pytest.mark.parametrize(("state", "limit"), list(itertools.product(State, [None, 0, 1, 2])))
def test_when_answers_are_taken(state: State, limit: int | None) -> None:
    """While it is open and its time is not over; late means received at or after the time limit, to the microsecond."""
    closes_at = None if limit is None else NOW + limit
    refusal: type[TurnoutError] | None = None
    if state in (State.DRAFT, State.WITHDRAWN):
        refusal = SurveyNotOpen
    elif state is not State.OPEN or limit in (0, 1):
        refusal = TooLate
    if refusal is None:
        decide_open_for_answers(state, closes_at, NOW + 1)
    else:
        with pytest.raises(refusal):
            decide_open_for_answers(state, closes_at, NOW + 1)


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
    """A survey stopped taking answers at its time limit, however long nobody was there to notice."""
    assert decide_closed_at(State.OPEN, NOW, closes_at) == closed_at


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_only_open_cards_close(state: State) -> None:
    """Closing anything else is refused."""
    with pytest.raises(WrongState):
        decide_closed_at(state, NOW, None)


@pytest.mark.parametrize("state", list(State))
def test_what_may_be_edited(state: State) -> None:
    """Drafts only: what was opened once stays as it was asked."""
    if state is State.DRAFT:
        decide_edit(state)
    else:
        with pytest.raises(NotADraft):
            decide_edit(state)


@pytest.mark.parametrize(("state", "to_mark"), list(itertools.product(State, [0, 1])))
def test_what_settles_by_itself(state: State, to_mark: int) -> None:
    """A closed survey with nothing left to mark."""
    assert may_settle(state, to_mark) == (state is State.CLOSED and to_mark == 0)


def mark(
    asks: QuestionType, value: AnswerValue, points: int, state: State = State.CLOSED, kind: SurveyKind = EXAM, **settings: Any
) -> bool:
    """Marks an answer to a question of ten points."""
    question = ask(asks, **{"score": 10, **settings})
    asked = asked_question(QuestionId(1), question, by_hand=is_by_hand(kind, question))
    return decide_mark(kind, state, asked, value, points)


@pytest.mark.parametrize(
    ("type", "value", "settings"),
    [
        (T.FREE_FORM, "essay", {}),
        (T.FILL_IN, "x", {}),
        (T.FILL_IN, "x", {"accepted": ["y"]}),
        (T.COMBINED, (1, "because"), {}),
        (T.COMBINED, (0, "because"), {"right_options": [1]}),
    ],
)
def test_marks(type: QuestionType, value: AnswerValue, settings: dict[str, Any]) -> None:  # noqa: A002
    """From none to all points, and right with all; also over the automatic judgement. Nothing is marked once it is settled."""
    assert [mark(type, value, points, **settings) for points in (0, 9, 10)] == [False, False, True]
    for points in (-1, 11):
        with pytest.raises(InvalidInput) as refused:
            mark(type, value, points, **settings)
        assert refused.value.field == "points"
    for state in State:
        if state is not State.CLOSED:
            with pytest.raises(WrongState):
                mark(type, value, 1, state, **settings)


@pytest.mark.parametrize(
    ("type", "value", "settings"),
    [
        (T.FREE_FORM, None, {}),
        (T.FREE_FORM, "x", {"score": 0}),
        (T.FREE_FORM, "x", {"kind": SurveyKind.QUESTIONNAIRE}),
        (T.CHOICE, 1, {"right_options": [0]}),
        (T.RATING, 4, {}),
        (T.MAIL, "a@b.c", {}),
    ],
)
def test_what_is_not_marked(type: QuestionType, value: AnswerValue, settings: dict[str, Any]) -> None:  # noqa: A002
    """What was not answered, what has no points, and what is judged without anybody's opinion."""
    with pytest.raises(NotMarkable):
        mark(type, value, 1, **settings)


def test_facts_of_earlier_versions() -> None:
    """An event that was recorded when there were only answer cards still says what it said."""
    old = b"""{"account_id":2,"room_id":3,"live_session_id":4,"survey_id":5,"kind":"answer_card","title":"Warm-up","state":"settled",
    "published":true,"host_id":6,"host_name":"Lin","host_role":"host","created_at":1,"opened_at":2,"closes_at":null,"closed_at":3,
    "closed_by":"host","expected":4,"answered":1,"right":1,"answering_us":1,"version":1,"questions":[{"question_id":9,"type":"choice",
    "title":"","multiple":false,"required":false,"score":10,"created_at":1,"options":["A","B"],"right_options":[1],"answered":1,"right":1,
    "combinations":[{"options":[1],"count":1}]}],"time_limit_s":null,"publish_on_close":true}"""
    facts = msgspec.json.decode(old, type=SurveyFacts)

    assert (facts.kind, facts.answered, facts.anonymous, facts.right_numbers, facts.settled_by) == ("answer_card", 1, False, [], None)
    assert facts.questions[0].rightable
    assert facts.questions[0].accepted == []
    assert msgspec.json.decode(msgspec.json.encode(facts), type=SurveyFacts) == facts


@pytest.mark.parametrize(
    ("changes", "rightable"), [({}, False), ({"right_options": [0]}, True), ({"accepted": ["x"]}, True), ({"by_hand": True}, True)]
)
def test_what_can_be_right(changes: dict[str, Any], rightable: bool) -> None:
    """A question with right options, accepted forms or a host who marks it."""
    facts = QuestionFacts(
        question_id=QuestionId(1),
        type="choice",
        title="",
        multiple=False,
        required=False,
        score=0,
        created_at=0,
        options=[],
        right_options=[],
        answered=0,
        right=0,
        combinations=[],
    )
    assert msgspec.structs.replace(facts, **changes).rightable is rightable


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (SurveyNotOpen, "survey_not_open", 409),
        (TooLate, "too_late", 409),
        (AlreadyAnswered, "already_answered", 409),
        (NoLongerKnown, "no_longer_known", 409),
        (DraftsNotKept, "drafts_not_kept", 409),
        (AnonymousOpen, "anonymous_open", 409),
        (NotADraft, "not_a_draft", 409),
        (NotMarkable, "not_markable", 409),
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
