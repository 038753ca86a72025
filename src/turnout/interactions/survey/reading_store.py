"""Statements that only queries need: lists of surveys, for hosts, snapshots and records. The tables stand in store.py."""

from collections.abc import Collection

import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.question_store import questions
from turnout.interactions.survey.rules import QuestionType, SurveyKind
from turnout.interactions.survey.store import SURVEYS, SurveyRow, surveys
from turnout.kernel.ids import LiveSessionId, RoomId

load_surveys, list_surveys, list_for_snapshot = SURVEYS.load_some, SURVEYS.list_page, SURVEYS.list_for_snapshot
list_under_way = SURVEYS.list_under_way


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
        sa.select(*SURVEYS.columns, questions.c.position)
        .select_from(joined)
        .where(*conditions)
        .order_by(surveys.c.opened_at.desc(), surveys.c.id.desc(), questions.c.position)
        .offset(offset)
        .limit(limit)
    )
    return total, [(SURVEYS.read(row[:-1]), row[-1]) for row in connection.execute(statement)]


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
