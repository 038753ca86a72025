"""Reading surveys."""

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.interactions.survey import answer_store, store
from turnout.interactions.survey.answer_store import AnswerRow
from turnout.interactions.survey.rules import NoSuchSurvey, SurveyFacts, SurveyKind, TooManyAnswers, options_of
from turnout.interactions.survey.store import QuestionRow, SurveyRow
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, RoomId, SurveyId, ViewerId
from turnout.rooms.queries import access_live_session, access_room, list_live_session_ids

SNAPSHOT_SURVEYS = 50
"""Newest surveys of a live session that a snapshot shows."""


class AnswerGiven(msgspec.Struct, frozen=True):
    """An answer with who gave it."""

    viewer_id: ViewerId
    viewer_name: str
    question_id: QuestionId
    choices: list[int]
    answered_at: Instant


class AnswerCardRecord(msgspec.Struct, frozen=True):
    """An answer card that was opened, with its answers as (viewer, options, answered at). right_options: None until it is published."""

    live_session_id: LiveSessionId
    survey_id: SurveyId
    host_id: HostId
    multiple: bool
    option_count: int
    opened_at: Instant
    right_options: list[int] | None
    answers: list[tuple[ViewerId, list[int], Instant]]


def access_survey(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, survey_id: SurveyId) -> SurveyFacts:
    """The account's survey; raises NoSuchLiveSession, NoSuchSurvey."""
    access_live_session(connection, account_id, live_session_id)
    row = store.load_survey(connection, live_session_id, survey_id)
    if row is None:
        raise NoSuchSurvey
    return _complete(connection, live_session_id, [row])[0]


def access_anywhere(connection: sa.Connection, account_id: AccountId, thing: SurveyId | QuestionId, *, question: bool) -> None:
    """Raises NotFound unless the account has this survey, or this question, in some live session. Looks into each of them: not for a hot
    path."""
    if not store.find_owned(connection, list_live_session_ids(connection, account_id), thing, question=question):
        raise NotFound


def list_surveys(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId) -> list[SurveyFacts]:
    """The newest surveys of the account's live session, drafts included; raises NoSuchLiveSession."""
    access_live_session(connection, account_id, live_session_id)
    return _complete(connection, live_session_id, store.list_surveys(connection, live_session_id, limits.MAX_PAGE_LENGTH, drafts=True))


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, *, drafts: bool) -> list[SurveyFacts]:
    """The newest surveys of a live session, for a snapshot of it."""
    return _complete(connection, live_session_id, store.list_surveys(connection, live_session_id, SNAPSHOT_SURVEYS, drafts=drafts))


def list_changed_heads(
    connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]
) -> list[tuple[SurveyId, int, int]]:
    """(survey, version, answered) of the tallies whose version is not the known one."""
    return [head for head in answer_store.load_tally_heads(connection, live_session_id) if known.get(head[0]) != head[1]]


def list_changed(connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]) -> list[SurveyFacts]:
    """The surveys whose tally has another version than the known one, with all counts."""
    changed = [survey_id for survey_id, _, _ in list_changed_heads(connection, live_session_id, known)]
    return _complete(connection, live_session_id, store.load_surveys(connection, live_session_id, changed)) if changed else []


def list_mine(connection: sa.Connection, live_session_id: LiveSessionId, viewer_id: ViewerId) -> list[AnswerRow]:
    """A viewer's own answers to the questions a snapshot shows."""
    rows = store.list_surveys(connection, live_session_id, SNAPSHOT_SURVEYS, drafts=False)
    by_survey = store.load_questions(connection, live_session_id, [row.id for row in rows])
    question_ids = [question.id for survey_questions in by_survey.values() for question in survey_questions]
    return answer_store.list_answers_of_viewer(connection, live_session_id, question_ids, viewer_id) if question_ids else []


def list_answers(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    survey_id: SurveyId,
    after: ViewerId | None,
    limit: int,
) -> list[AnswerGiven]:
    """One page of a survey's answers by viewer; after: the last viewer of the page before. Raises NoSuchLiveSession, NoSuchSurvey."""
    survey = access_survey(connection, account_id, live_session_id, survey_id)
    question_ids = [question.question_id for question in survey.questions]
    rows = answer_store.list_answers(connection, live_session_id, question_ids, after, limit)
    names = audience.names_of(connection, survey.room_id, [row.viewer_id for row in rows])
    return [
        AnswerGiven(
            viewer_id=row.viewer_id,
            viewer_name=names.get(row.viewer_id, ""),
            question_id=row.question_id,
            choices=options_of(row.choices),
            answered_at=row.answered_at,
        )
        for row in rows
    ]


def list_answer_cards(
    connection: sa.Connection, account_id: AccountId, room_id: RoomId, live_session_id: LiveSessionId | None, offset: int, limit: int
) -> tuple[int, list[AnswerCardRecord]]:
    """How many answer cards were opened in the account's room (or in one live session of it), and one page, last opened first.

    Raises NoSuchRoom, NoSuchLiveSession, and TooManyAnswers when the page holds more than limits.MAX_ANSWERS_PER_REPLY. The cards of one
    live session cost three statements together.
    """
    access_room(connection, account_id, room_id)
    if live_session_id is not None:
        access_live_session(connection, account_id, live_session_id)
    total, rows = store.list_of_room(connection, room_id, live_session_id, SurveyKind.ANSWER_CARD, offset, limit)
    by_live_session: dict[LiveSessionId, list[SurveyId]] = {}
    for row in rows:
        by_live_session.setdefault(row.live_session_id, []).append(row.id)
    answered = sum(answer_store.count_answered(connection, key, survey_ids) for key, survey_ids in by_live_session.items())
    if answered > limits.MAX_ANSWERS_PER_REPLY:
        raise TooManyAnswers
    questions: dict[SurveyId, QuestionRow] = {}
    answers: dict[QuestionId, list[tuple[ViewerId, list[int], Instant]]] = {}
    for key, survey_ids in by_live_session.items():
        questions |= {survey_id: found[0] for survey_id, found in store.load_questions(connection, key, survey_ids).items()}
        question_ids = [questions[survey_id].id for survey_id in survey_ids]
        for given in answer_store.list_answers(connection, key, question_ids, None, answered + 1):
            answers.setdefault(given.question_id, []).append((given.viewer_id, options_of(given.choices), given.answered_at))
    return total, [_card_record(row, questions[row.id], answers.get(questions[row.id].id, [])) for row in rows]


def _card_record(row: SurveyRow, question: QuestionRow, answers: list[tuple[ViewerId, list[int], Instant]]) -> AnswerCardRecord:
    published = row.published_at is not None and question.right_mask != 0
    return AnswerCardRecord(
        live_session_id=row.live_session_id,
        survey_id=row.id,
        host_id=row.host_id,
        multiple=question.multiple,
        option_count=len(question.options),
        opened_at=row.opened_at or row.created_at,
        right_options=options_of(question.right_mask) if published else None,
        answers=answers,
    )


def _complete(connection: sa.Connection, live_session_id: LiveSessionId, rows: Sequence[SurveyRow]) -> list[SurveyFacts]:
    survey_ids = [row.id for row in rows]
    by_survey = store.load_questions(connection, live_session_id, survey_ids)
    tallies = answer_store.load_tallies(connection, live_session_id, survey_ids)
    return [store.facts_of(row, by_survey[row.id], tallies[row.id]) for row in rows]


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open survey's time is over; None when none has a limit."""
    return store.next_due(connection)


def list_due(connection: sa.Connection, now: Instant) -> list[tuple[LiveSessionId, SurveyId]]:
    """Open surveys whose time is over, longest overdue first."""
    return store.list_due(connection, now, limits.MAX_PAGE_LENGTH)
