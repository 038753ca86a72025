"""Surveys: answer cards so far. States, limits, what an answer must look like, and the facts an event freezes. Pure.

Options are numbered from 0 and a choice is kept as a bit mask: bit 2 set means option 2 was chosen. A mask is also the exact
combination that was chosen, and answers are counted by it.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from turnout.interactions.lifecycle import Move, State, decide_state
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, RoomId, SurveyId
from turnout.kernel.text import check_text


class SurveyKind(StrEnum):
    """The form of a survey."""

    ANSWER_CARD = "answer_card"


class ClosedBy(StrEnum):
    """What closed an interaction."""

    HOST = "host"
    TIME_LIMIT = "time_limit"
    LIVE_SESSION_END = "live_session_end"


class SurveyNotOpen(Conflict):
    """This card takes no answers now."""

    code = "survey_not_open"


class TooLate(Conflict):
    """The time for this card is over."""

    code = "too_late"


class AlreadyAnswered(Conflict):
    """You have answered this question already."""

    code = "already_answered"


class InvalidChoice(InvalidInput):
    """These are not options of the question."""

    code = "invalid_choice"


class NoSuchSurvey(NotFound):
    """There is no such card."""


class NoSuchQuestion(NotFound):
    """There is no such question in this live session."""


class NotPublishable(Conflict):
    """Results can be published once the card is closed."""

    code = "not_publishable"


class TooManyAnswers(InvalidInput):
    """More answers than one reply may hold; ask for fewer cards."""

    code = "too_many_answers"


class LiveSessionOver(Conflict):
    """The live session has ended."""

    code = "live_session_ended"


class QuestionDraft(msgspec.Struct, frozen=True):
    """A choice question as a host writes it. right_options: numbers from 0, empty when there is no right answer. score: points."""

    title: str
    options: list[str]
    right_options: list[int] = []
    multiple: bool = False
    score: int = 0


class SurveyDraft(msgspec.Struct, frozen=True):
    """An answer card as a host writes it. time_limit_s: seconds from opening to the automatic close, none when absent.
    publish_on_close: show viewers the right options and the counts as soon as it closes."""

    title: str
    question: QuestionDraft
    time_limit_s: int | None = None
    publish_on_close: bool = True


class CombinationCount(msgspec.Struct, frozen=True):
    """How many people chose exactly these options (numbers from 0, ascending)."""

    options: list[int]
    count: int


class QuestionFacts(msgspec.Struct, frozen=True):
    """A question and its counts at the moment of an event."""

    question_id: QuestionId
    type: str
    title: str
    multiple: bool
    required: bool
    score: int
    created_at: Instant
    options: list[str]
    right_options: list[int]
    answered: int
    right: int
    combinations: list[CombinationCount]


class SurveyFacts(msgspec.Struct, frozen=True):
    """A survey and its counts at the moment of an event, complete enough that nobody who reads the event must look at a live row.

    expected: people who could answer. answered, right: people who answered, and who answered everything right.
    version: of the counts; grows with every commit that counts something. answering_us: sum over the answers of answering moment minus
    opening moment, in microseconds.
    """

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    survey_id: SurveyId
    kind: SurveyKind
    title: str
    state: State
    published: bool
    host_id: HostId
    host_name: str
    host_role: str
    created_at: Instant
    opened_at: Instant
    closes_at: Instant | None
    closed_at: Instant | None
    closed_by: ClosedBy | None
    expected: int
    answered: int
    right: int
    answering_us: int
    version: int
    questions: list[QuestionFacts]
    time_limit_s: int | None = None
    publish_on_close: bool = True


class OpenQuestion(msgspec.Struct, frozen=True):
    """What the answering rule must know of a question and its survey."""

    survey_id: SurveyId
    state: State
    opened_at: Instant
    closes_at: Instant | None
    multiple: bool
    option_count: int
    right_mask: int


def check_draft(draft: SurveyDraft) -> SurveyDraft:
    """The card without blanks around its texts; raises InvalidInput, naming the field, for one that cannot be asked."""
    title = check_text(draft.title, "title", limits.MAX_TITLE_LENGTH)
    if draft.time_limit_s is not None and not 1 <= draft.time_limit_s <= limits.MAX_TIME_LIMIT_S:
        raise InvalidInput(f"from 1 to {limits.MAX_TIME_LIMIT_S} seconds", field="time_limit_s")
    return msgspec.structs.replace(draft, title=title, question=_check_question(draft.question))


def _check_question(question: QuestionDraft) -> QuestionDraft:
    title = check_text(question.title, "question.title", limits.MAX_QUESTION_LENGTH, may_be_empty=True)
    if not limits.MIN_OPTIONS <= len(question.options) <= limits.MAX_OPTIONS:
        raise InvalidInput(f"from {limits.MIN_OPTIONS} to {limits.MAX_OPTIONS} options", field="question.options")
    options = [check_text(label, f"question.options[{index}]", limits.MAX_OPTION_LENGTH) for index, label in enumerate(question.options)]
    if len(set(question.right_options)) != len(question.right_options):
        raise InvalidInput("an option is named twice", field="question.right_options")
    for position, index in enumerate(question.right_options):
        if not 0 <= index < len(options):
            raise InvalidInput("there is no such option", field=f"question.right_options[{position}]")
    if not question.multiple and len(question.right_options) > 1:
        raise InvalidInput("a single choice has at most one right option", field="question.right_options")
    if not 0 <= question.score <= limits.MAX_SCORE:
        raise InvalidInput(f"from 0 to {limits.MAX_SCORE} points", field="question.score")
    return msgspec.structs.replace(question, title=title, options=options)


def mask_of(choices: Iterable[int]) -> int:
    """The bit mask of option numbers."""
    mask = 0
    for choice in choices:
        mask |= 1 << choice
    return mask


def options_of(mask: int) -> list[int]:
    """The option numbers of a bit mask, ascending."""
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def decide_answer(question: OpenQuestion, choices: Sequence[int], received_at: Instant) -> int:
    """The mask of a valid answer to an open question. Late means received at or after closes_at (design 3.1).

    Raises SurveyNotOpen, TooLate, InvalidChoice.
    """
    if question.state is not State.OPEN:
        # who was too late learns just that; who never could answer learns that it is not open
        raise SurveyNotOpen if question.state is State.DRAFT else TooLate
    if question.closes_at is not None and received_at >= question.closes_at:
        raise TooLate
    if not choices:
        raise InvalidChoice("choose at least one option", field="choices")
    if len(choices) > 1 and not question.multiple:
        raise InvalidChoice("choose one option only", field="choices")
    mask = 0
    for choice in choices:
        if not 0 <= choice < question.option_count:
            raise InvalidChoice(field="choices")
        bit = 1 << choice
        if mask & bit:
            raise InvalidChoice("an option is chosen twice", field="choices")
        mask |= bit
    return mask


def is_right(mask: int, right_mask: int) -> bool:
    """Whether exactly the right options were chosen; never where no option is right."""
    return right_mask != 0 and mask == right_mask


def decide_open(state: State, now: Instant, time_limit_s: int | None) -> Instant | None:
    """closes_at of a card opened now, None without a time limit; raises WrongState."""
    decide_state(state, Move.OPEN)
    return None if time_limit_s is None else now + time_limit_s * SECOND


def decide_closed_at(state: State, now: Instant, closes_at: Instant | None) -> Instant:
    """The moment a card closed now stopped taking answers: its time limit when that has passed, also when the server was down then.

    Raises WrongState.
    """
    decide_state(state, Move.CLOSE)
    return now if closes_at is None else min(now, closes_at)
