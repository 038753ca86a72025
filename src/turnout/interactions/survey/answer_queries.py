"""Reading what viewers gave: their own to each of them, everybody's to hosts and to the customer's systems."""

from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter

import msgspec
import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.audience.rules import Viewer
from turnout.interactions.lifecycle import State
from turnout.interactions.survey import anonymous_store, answer_store, filter_store, question_store, reading_store, store, tally_store
from turnout.interactions.survey.answer_store import SubmissionRow
from turnout.interactions.survey.ballot_actions import voter_mark
from turnout.interactions.survey.facts import load_facts
from turnout.interactions.survey.filter_rules import EVERYBODY, Place, Sort, SubmissionFilter
from turnout.interactions.survey.question_rules import decode_values
from turnout.interactions.survey.rules import (
    AnonymousOpen,
    AnswerValue,
    NoSuchQuestion,
    NoSuchSurvey,
    QuestionType,
    SurveyFacts,
    SurveyKind,
    TooManyAnswers,
)
from turnout.interactions.survey.store import SurveyRow
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, LiveSessionId, QuestionId, RoomId, SurveyId, ViewerId
from turnout.rooms.queries import access_live_session, access_room


class OwnResult(msgspec.Struct, frozen=True, gc=False):
    """How a viewer did. to_mark: answers nobody has marked yet. marks: question → points given by hand."""

    number_right: int
    points: int
    to_mark: int
    marks: dict[QuestionId, int]


class OwnSubmission(msgspec.Struct, frozen=True, gc=False):
    """What is held of one viewer's answers to one survey. values: one for each question; those saved where nothing is submitted; none at
    all for an anonymous survey, where it is only known that a ballot was cast, and only while it is open. result: once it is published,
    where an answer can be right."""

    survey_id: SurveyId
    submitted: bool
    values: list[AnswerValue]
    answered_at: Instant | None
    result: OwnResult | None


class SubmissionGiven(msgspec.Struct, frozen=True):
    """A submission as its host reads it. place: `after` for the page that begins behind it. viewer_id, answered_at: None for a ballot of an
    anonymous survey. values: one for each question."""

    place: Place
    viewer_id: ViewerId | None
    viewer_name: str
    values: list[AnswerValue]
    answered_at: Instant | None
    number_right: int
    points: int
    to_mark: int
    marks: dict[QuestionId, int]


class RecordedSubmission(msgspec.Struct, frozen=True, gc=False):
    """A submission in a record. viewer_id, answered_at: None, and no name, for a ballot."""

    viewer_id: ViewerId | None
    viewer_name: str
    values: list[AnswerValue]
    answered_at: Instant | None


class SurveyRecord(msgspec.Struct, frozen=True):
    """A survey that was opened, with everything that was submitted; nothing while it is anonymous and open."""

    facts: SurveyFacts
    submissions: list[RecordedSubmission]


class QuestionRecord(msgspec.Struct, frozen=True):
    """One question of a survey that was opened. place: its number in the survey, from 0, which is also that of its values."""

    survey: SurveyRecord
    place: int


def list_own(
    connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Iterable[ViewerId]
) -> dict[ViewerId, list[OwnSubmission]]:
    """What is held of each of these viewers' answers to the surveys that a snapshot shows, by survey; viewers without any are left out.

    A fixed number of statements, however many viewers: thousands come back at once after a restart.
    """
    wanted = list(viewer_ids)
    rows = reading_store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_SURVEYS, drafts=False)
    if not rows or not wanted:
        return {}
    answered = tally_store.count_answered(connection, live_session_id, [row.id for row in rows])
    found: list[tuple[SurveyId, ViewerId, OwnSubmission]] = []
    named = [row for row in rows if row.id in answered and not row.anonymous]
    if named:
        found += _own_submissions(connection, live_session_id, named, wanted)
    open_ids = [row.id for row in rows if row.state is State.OPEN and not row.anonymous]
    if open_ids:
        submitted = {(survey_id, viewer_id) for survey_id, viewer_id, _ in found}
        for survey_id, viewer_id, answers in answer_store.list_drafts(connection, live_session_id, open_ids, wanted):
            if (survey_id, viewer_id) not in submitted:
                found.append((survey_id, viewer_id, OwnSubmission(survey_id, False, decode_values(answers), None, None)))
    secret = [row.id for row in rows if row.id in answered and row.anonymous and row.state is State.OPEN]
    if secret:
        found += _own_ballots(connection, live_session_id, secret, wanted)
    own: dict[ViewerId, list[OwnSubmission]] = {}
    for _, viewer_id, one in sorted(found, key=itemgetter(0)):
        own.setdefault(viewer_id, []).append(one)
    return own


def _own_submissions(
    connection: sa.Connection, live_session_id: LiveSessionId, rows: Sequence[SurveyRow], viewer_ids: list[ViewerId]
) -> list[tuple[SurveyId, ViewerId, OwnSubmission]]:
    given = answer_store.list_given(connection, live_session_id, [row.id for row in rows], viewer_ids)
    published = [row.id for row in rows if row.published_at is not None]
    shown = question_store.find_rightable(connection, live_session_id, published) if given and published else set()
    exams = [row.id for row in rows if row.kind is SurveyKind.EXAM and row.id in shown]
    marks = answer_store.list_marks(connection, live_session_id, exams, viewer_ids) if exams else {}
    decoded: dict[str, list[AnswerValue]] = {}  # few are different where questions are few
    found: list[tuple[SurveyId, ViewerId, OwnSubmission]] = []
    for survey_id, viewer_id, answers, answered_at, number_right, points, to_mark in given:
        values = decoded.get(answers)
        if values is None:
            values = decoded[answers] = decode_values(answers)
        result = OwnResult(number_right, points, to_mark, marks.get((survey_id, viewer_id), {})) if survey_id in shown else None
        found.append((survey_id, viewer_id, OwnSubmission(survey_id, True, values, answered_at, result)))
    return found


def _own_ballots(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: list[SurveyId], viewer_ids: list[ViewerId]
) -> list[tuple[SurveyId, ViewerId, OwnSubmission]]:
    """Who of these has voted where nobody may know what."""
    seals = anonymous_store.load_seals(connection, [(live_session_id, survey_id) for survey_id in survey_ids])
    keys = {(*key, voter_mark(seal, viewer_id)): (key[1], viewer_id) for key, seal in seals.items() for viewer_id in viewer_ids}
    cast = [keys[key] for key in anonymous_store.load_voters(connection, keys)]
    return [(survey_id, viewer_id, OwnSubmission(survey_id, True, [], None, None)) for survey_id, viewer_id in cast]


def list_answered(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_id: SurveyId, *, all_right: bool = False
) -> list[ViewerId]:
    """Who has submitted to a survey, by id; nobody of a withdrawn or an anonymous one. all_right: only those who answered everything right
    that can be right; nobody where nothing can."""
    survey = store.load_survey(connection, live_session_id, survey_id)
    if survey is None or survey.state is State.WITHDRAWN or survey.anonymous:
        return []
    if not all_right:
        return answer_store.list_viewer_ids(connection, live_session_id, survey_id)
    rows = question_store.load_questions(connection, live_session_id, [survey_id])
    rightable = sum(row.rightable for row in rows.get(survey_id, []))
    return answer_store.list_viewer_ids(connection, live_session_id, survey_id, rightable) if rightable else []


def list_submissions(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    survey_id: SurveyId,
    after: Place | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
    wanted: SubmissionFilter = EVERYBODY,
) -> list[SubmissionGiven]:
    """One page of what was submitted to a survey, by viewer unless another order is wanted; nothing of a withdrawn one. after: the place of
    the last of the page before.

    Raises NoSuchLiveSession, NoSuchSurvey, NoSuchQuestion, AnonymousOpen while an anonymous survey is open, and InvalidInput for a filter
    of an anonymous one.
    """
    access_live_session(connection, account_id, live_session_id)
    survey = store.load_survey(connection, live_session_id, survey_id)
    if survey is None:
        raise NoSuchSurvey
    if survey.anonymous and not wanted.is_plain:
        raise InvalidInput("the ballots of an anonymous survey come as they are", field="survey")
    if survey.state is State.WITHDRAWN:
        return []
    if survey.anonymous:
        if survey.state is State.OPEN:
            raise AnonymousOpen
        ballots = anonymous_store.list_ballots(connection, live_session_id, [survey_id], None if after is None else after.id, limit)
        return [
            SubmissionGiven(Place(None, cursor), None, "", decode_values(ballot.answers), None, ballot.number_right, ballot.points, 0, {})
            for _, cursor, ballot in ballots
        ]
    questions = question_store.load_questions(connection, live_session_id, [survey_id]).get(survey_id, [])
    place = next((number for number, question in enumerate(questions) if question.id == wanted.question), None)
    if wanted.question is not None and place is None:
        raise NoSuchQuestion(field="question")
    rows = filter_store.list_filtered(
        connection,
        (live_session_id, survey_id, survey.room_id),
        wanted,
        place=place,
        rightable=sum(question.rightable for question in questions),
        after=after,
        limit=limit,
    )
    viewer_ids = [row.viewer_id for row in rows]
    names = audience.names_of(connection, survey.room_id, viewer_ids)
    marks = answer_store.list_marks(connection, live_session_id, [survey_id], viewer_ids) if survey.kind is SurveyKind.EXAM else {}
    return [
        SubmissionGiven(
            place=Place(_ordered_by(row, wanted.sort), row.viewer_id),
            viewer_id=row.viewer_id,
            viewer_name=names.get(row.viewer_id, ""),
            values=decode_values(row.answers),
            answered_at=row.answered_at,
            number_right=row.number_right,
            points=row.points,
            to_mark=row.to_mark,
            marks=marks.get((survey_id, row.viewer_id), {}),
        )
        for row in rows
    ]


def _ordered_by(row: SubmissionRow, sort: Sort) -> int | None:
    match sort:
        case Sort.VIEWER:
            return None
        case Sort.ANSWERED_AT:
            return row.answered_at
        case Sort.POINTS:
            return row.points
        case Sort.RIGHT:
            return row.number_right


def list_unanswered(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    survey_id: SurveyId,
    now: Instant,
    *,
    search: str = "",
    after: ViewerId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[Viewer]:
    """A page of who was there while the survey was open and has submitted nothing, in the order of first entries; nobody of a draft or a
    withdrawn one. Raises NoSuchLiveSession, NoSuchSurvey, and InvalidInput for an anonymous one."""
    access_live_session(connection, account_id, live_session_id)
    survey = store.load_survey(connection, live_session_id, survey_id)
    if survey is None:
        raise NoSuchSurvey
    if survey.anonymous:
        raise InvalidInput("nobody knows who has not answered an anonymous survey", field="survey")
    if survey.opened_at is None or survey.state is State.WITHDRAWN:
        return []
    until = now if survey.closed_at is None else survey.closed_at
    key = (live_session_id, survey_id, survey.room_id)
    found = filter_store.list_unanswered(connection, key, survey.opened_at, until, search=search, after=after, limit=limit)
    viewers = audience.viewers_of(connection, survey.room_id, found)
    return [viewers[viewer_id] for viewer_id in found]


def list_records(
    connection: sa.Connection,
    account_id: AccountId,
    room_id: RoomId,
    live_session_id: LiveSessionId | None,
    kind: SurveyKind,
    types: Collection[QuestionType],
    offset: int,
    limit: int,
) -> tuple[int, list[QuestionRecord]]:
    """How many questions of these types there are in the surveys of a kind that were opened in the account's room (or in one live session
    of it), and one page of them: of the survey opened last first, those of one survey in their order. None of a withdrawn survey.

    Raises NoSuchRoom, NoSuchLiveSession, and TooManyAnswers when the page holds more than limits.MAX_ANSWERS_PER_REPLY. The surveys of one
    live session cost a fixed number of statements together.
    """
    access_room(connection, account_id, room_id)
    if live_session_id is not None:
        access_live_session(connection, account_id, live_session_id)
    total, found = reading_store.list_questions_of_room(connection, room_id, live_session_id, kind, types, offset, limit)
    rows = list({row.id: row for row, _ in found}.values())
    facts = _facts_by_id(connection, rows)
    told = sum(facts[row.id].questions[place].answered for row, place in found)
    if max(told, sum(one.answered for one in facts.values())) > limits.MAX_ANSWERS_PER_REPLY:
        raise TooManyAnswers
    submissions = _submissions_by_id(connection, room_id, rows)
    records = {row.id: SurveyRecord(facts[row.id], submissions.get(row.id, [])) for row in rows}
    return total, [QuestionRecord(records[row.id], place) for row, place in found]


def _by_live_session(rows: Sequence[SurveyRow]) -> dict[LiveSessionId, list[SurveyRow]]:
    found: dict[LiveSessionId, list[SurveyRow]] = {}
    for row in rows:
        found.setdefault(row.live_session_id, []).append(row)
    return found


def _facts_by_id(connection: sa.Connection, rows: Sequence[SurveyRow]) -> dict[SurveyId, SurveyFacts]:
    return {one.survey_id: one for key, some in _by_live_session(rows).items() for one in load_facts(connection, key, some)}


def _submissions_by_id(connection: sa.Connection, room_id: RoomId, rows: Sequence[SurveyRow]) -> dict[SurveyId, list[RecordedSubmission]]:
    found: dict[SurveyId, list[RecordedSubmission]] = {}
    for key, some in _by_live_session(rows).items():
        found |= _recorded(connection, key, room_id, some)
    return found


def _recorded(
    connection: sa.Connection, live_session_id: LiveSessionId, room_id: RoomId, rows: Sequence[SurveyRow]
) -> dict[SurveyId, list[RecordedSubmission]]:
    found: dict[SurveyId, list[RecordedSubmission]] = {}
    named = [row.id for row in rows if not row.anonymous]
    given = answer_store.list_submissions(connection, live_session_id, named, None, limits.MAX_ANSWERS_PER_REPLY) if named else []
    names = audience.names_of(connection, room_id, [row.viewer_id for _, row in given])
    for survey_id, row in given:
        name = names.get(row.viewer_id, "")
        found.setdefault(survey_id, []).append(RecordedSubmission(row.viewer_id, name, decode_values(row.answers), row.answered_at))
    secret = [row.id for row in rows if row.anonymous and row.state is not State.OPEN]
    if secret:
        for survey_id, _, ballot in anonymous_store.list_ballots(connection, live_session_id, secret, None, limits.MAX_ANSWERS_PER_REPLY):
            found.setdefault(survey_id, []).append(RecordedSubmission(None, "", decode_values(ballot.answers), None))
    return found
