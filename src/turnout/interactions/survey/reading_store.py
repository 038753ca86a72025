"""Statements that only queries need: lists of surveys, for hosts, snapshots and records. The tables stand in store.py."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.question_store import questions
from turnout.interactions.survey.rules import QuestionType, SurveyKind
from turnout.interactions.survey.store import SURVEY_COLUMNS, SurveyRow, survey_of, surveys
from turnout.kernel.ids import LiveSessionId, RoomId, SurveyId

_HOW_FAR = sa.case((surveys.c.state == State.OPEN, 0), (surveys.c.state == State.SETTLED, 2), else_=1)


def load_surveys(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Iterable[SurveyId]) -> list[SurveyRow]:
    """These surveys of a live session, by id."""
    statement = (
        sa.select(*SURVEY_COLUMNS).where(surveys.c.live_session_id == live_session_id, surveys.c.id.in_(survey_ids)).order_by(surveys.c.id)
    )
    return [survey_of(row) for row in connection.execute(statement)]


def list_surveys(connection: sa.Connection, live_session_id: LiveSessionId, before: SurveyId | None, limit: int) -> list[SurveyRow]:
    """A live session's surveys, newest first. before: the last survey of the page before."""
    statement = sa.select(*SURVEY_COLUMNS).where(surveys.c.live_session_id == live_session_id).order_by(surveys.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(surveys.c.id < before)
    return [survey_of(row) for row in connection.execute(statement)]


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, limit: int, *, drafts: bool) -> list[SurveyRow]:
    """A live session's surveys that were not withdrawn, the newest first: by when they were made with drafts, by when they were opened
    without. Where there are more than `limit`, what is open is never left out for what is over, nor is what is not settled yet."""
    newest = surveys.c.id if drafts else surveys.c.opened_at
    statement = (
        sa.select(*SURVEY_COLUMNS)
        .where(surveys.c.live_session_id == live_session_id, surveys.c.state != State.WITHDRAWN)
        .order_by(_HOW_FAR, newest.desc(), surveys.c.id.desc())
        .limit(limit)
    )
    if not drafts:
        statement = statement.where(surveys.c.opened_at.is_not(None))
    found = [survey_of(row) for row in connection.execute(statement)]
    return sorted(found, key=lambda row: (0 if drafts else row.opened_at or 0, row.id), reverse=True)


def list_questions_of_room(
    connection: sa.Connection,
    room_id: RoomId,
    live_session_id: LiveSessionId | None,
    kind: SurveyKind,
    types: Collection[QuestionType],
    offset: int,
    limit: int,
) -> tuple[int, list[tuple[SurveyRow, int]]]:
    """How many questions of these types there are in the surveys of a kind that were opened in a room (or in one of its live sessions) and
    not withdrawn, and one page of them, of the survey opened last first; each with its survey and its place in it."""
    conditions = [*_opened_in_room(room_id, live_session_id, kind), questions.c.type.in_([type_.value for type_ in types])]
    joined = sa.join(
        surveys, questions, sa.and_(questions.c.live_session_id == surveys.c.live_session_id, questions.c.survey_id == surveys.c.id)
    )
    total = connection.execute(sa.select(sa.func.count()).select_from(joined).where(*conditions)).scalar_one()
    statement = (
        sa.select(*SURVEY_COLUMNS, questions.c.position)
        .select_from(joined)
        .where(*conditions)
        .order_by(surveys.c.opened_at.desc(), surveys.c.id.desc(), questions.c.position)
        .offset(offset)
        .limit(limit)
    )
    return total, [(survey_of(row[:-1]), row[-1]) for row in connection.execute(statement)]


def _opened_in_room(room_id: RoomId, live_session_id: LiveSessionId | None, kind: SurveyKind) -> list[sa.ColumnElement[bool]]:
    conditions = [
        surveys.c.room_id == room_id,
        surveys.c.kind == kind,
        surveys.c.opened_at.is_not(None),
        surveys.c.state != State.WITHDRAWN,
    ]
    if live_session_id is not None:
        conditions.append(surveys.c.live_session_id == live_session_id)
    return conditions
