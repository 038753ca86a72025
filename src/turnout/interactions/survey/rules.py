"""Surveys: when they take answers, what is marked by hand, what settles them, and the facts an event freezes. Pure.

What can be asked stands in draft_rules, what one question is and what answers it in question_rules; their commonest names are here too.
"""

from enum import StrEnum

import msgspec

from turnout.interactions.lifecycle import Move, NotADraft, State, decide_state
from turnout.interactions.survey.answer_rules import NoSuchQuestion as NoSuchQuestion
from turnout.interactions.survey.draft_rules import SurveyDraft as SurveyDraft
from turnout.interactions.survey.draft_rules import check_draft as check_draft
from turnout.interactions.survey.draft_rules import is_by_hand as is_by_hand
from turnout.interactions.survey.question_rules import AnswerEntry as AnswerEntry
from turnout.interactions.survey.question_rules import AnswerValue as AnswerValue
from turnout.interactions.survey.question_rules import AskedQuestion
from turnout.interactions.survey.question_rules import QuestionDraft as QuestionDraft
from turnout.interactions.survey.question_rules import QuestionType as QuestionType
from turnout.interactions.survey.question_rules import SurveyKind as SurveyKind
from turnout.interactions.survey.question_rules import mask_of as mask_of
from turnout.interactions.survey.question_rules import options_of as options_of
from turnout.interactions.survey.tally_rules import counts_of as counts_of
from turnout.interactions.survey.tally_rules import tally_mask as tally_mask
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, PictureId, QuestionId, RoomId, SurveyId, TemplateId
from turnout.rooms.rules import LiveSessionOver as LiveSessionOver


class ClosedBy(StrEnum):
    """What closed an interaction."""

    HOST = "host"
    TIME_LIMIT = "time_limit"
    LIVE_SESSION_END = "live_session_end"
    INTERRUPTED = "interrupted"  # the seal of an anonymous survey was lost with the database's unlogged tables


class SettledBy(StrEnum):
    """What settled a survey: its close, when nothing was to mark; the last mark; or the host, who left the rest at no points."""

    CLOSE = "close"
    MARKING = "marking"
    HOST = "host"


class SurveyNotOpen(Conflict):
    """This survey takes no answers now."""

    code = "survey_not_open"


class TooLate(Conflict):
    """The time for this survey is over."""

    code = "too_late"


class AlreadyAnswered(Conflict):
    """You have answered this survey already."""

    code = "already_answered"


class NoLongerKnown(Conflict):
    """An anonymous survey that is closed no longer knows who answered it."""

    code = "no_longer_known"


class DraftsNotKept(Conflict):
    """Nothing is kept of an anonymous survey before it is submitted."""

    code = "drafts_not_kept"


class AnonymousOpen(Conflict):
    """The answers of an anonymous survey are listed once it is closed."""

    code = "anonymous_open"


class NoSuchSurvey(NotFound):
    """There is no such survey."""


class NotPublishable(Conflict):
    """Results can be published once the survey is closed."""

    code = "not_publishable"


class NotMarkable(Conflict):
    """This answer takes no marks."""

    code = "not_markable"


class TooManyAnswers(InvalidInput):
    """More answers than one reply may hold; ask for fewer surveys."""

    code = "too_many_answers"


class CombinationCount(msgspec.Struct, frozen=True):
    """How many people chose exactly these options (numbers from 0, ascending); for a rating the one number is the rating."""

    options: list[int]
    count: int


class RightNumber(msgspec.Struct, frozen=True):
    """How many people answered exactly so many questions right."""

    number: int
    count: int


class QuestionFacts(msgspec.Struct, frozen=True):
    """A question and its counts at the moment of an event.

    accepted: the right forms of a blank to fill in. by_hand: a host marks its answers; to_mark: those still without marks. combinations:
    empty for types of text.
    """

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
    picture: PictureId | None = None
    option_pictures: list[PictureId | None] = []
    least: int | None = None
    most: int | None = None
    verify: bool = True
    scale: int = 5
    accepted: list[str] = []
    by_hand: bool = False
    to_mark: int = 0

    @property
    def rightable(self) -> bool:
        """Whether an answer can be right."""
        return bool(self.right_options or self.accepted or self.by_hand)


class SurveyFacts(msgspec.Struct, frozen=True):
    """A survey and its counts at the moment of an event, complete enough that nobody who reads the event must look at a live row.

    expected: people who could answer. answered, right: people who answered, and who answered everything right (that can be right).
    version: of the counts; grows with every commit that counts something. answering_us: sum over the submissions of answering moment minus
    opening moment, in microseconds. points: sum over the submissions; to_mark: answers still without marks. right_numbers: ascending, adds
    up to answered; empty where nothing can be right. revision: grows with each edit of a draft.
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
    anonymous: bool = False
    changeable: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    cover: PictureId | None = None
    template_id: TemplateId | None = None
    to_mark: int = 0
    points: int = 0
    right_numbers: list[RightNumber] = []
    settled_by: SettledBy | None = None
    revision: int = 0
    withdrawn_from: State | None = None  # what it was when it was withdrawn


def decide_edit(state: State) -> None:
    """Raises NotADraft for what has been opened or withdrawn."""
    if state is not State.DRAFT:
        raise NotADraft


def decide_open(state: State, now: Instant, time_limit_s: int | None) -> Instant | None:
    """closes_at of a survey opened now, None without a time limit; raises WrongState."""
    decide_state(state, Move.OPEN)
    return None if time_limit_s is None else now + time_limit_s * SECOND


def decide_open_for_answers(state: State, closes_at: Instant | None, received_at: Instant) -> None:
    """Raises SurveyNotOpen, TooLate. Late means received at or after closes_at (design 3.1)."""
    if state is not State.OPEN:
        # who was too late learns just that; who never could answer, or no longer should, learns that it is not open
        raise SurveyNotOpen if state in (State.DRAFT, State.WITHDRAWN) else TooLate
    if closes_at is not None and received_at >= closes_at:
        raise TooLate


def decide_closed_at(state: State, now: Instant, closes_at: Instant | None) -> Instant:
    """The moment a survey closed now stopped taking answers: its time limit when that has passed, also when the server was down then.

    Raises WrongState.
    """
    decide_state(state, Move.CLOSE)
    return now if closes_at is None else min(now, closes_at)


def may_settle(state: State, to_mark: int) -> bool:
    """Whether a survey in this state settles by itself: closed, and nothing left to mark."""
    return state is State.CLOSED and to_mark == 0


def decide_mark(kind: SurveyKind, state: State, question: AskedQuestion, value: AnswerValue, points: int) -> bool:
    """Whether an answer with these points by hand counts as right: it does with all of its question's points.

    Raises WrongState unless the survey is closed and not settled, NotMarkable for an answer that was not given, for another type
    than free-form, fill-in and combined, or a question without points, and InvalidInput for more points than the question's.
    """
    if state is not State.CLOSED:
        decide_state(state, Move.SETTLE)  # marks fix the result: they are allowed when it may be fixed
    markable = question.type in (QuestionType.FREE_FORM, QuestionType.FILL_IN, QuestionType.COMBINED)
    if kind is not SurveyKind.EXAM or not markable or not question.score or value is None:
        raise NotMarkable
    if not 0 <= points <= question.score:
        raise InvalidInput(f"from 0 to {question.score} points", field="points")
    return points == question.score
