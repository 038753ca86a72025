"""Statements that pick submissions of one survey. They read all of that survey: an index for each order would cost every answer."""

from typing import Any

import sqlalchemy as sa

from turnout.audience.attendance_store import present_between
from turnout.audience.store import named
from turnout.interactions.survey.answer_store import SubmissionRow, submissions
from turnout.interactions.survey.filter_rules import Place, Result, Sort, SubmissionFilter
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, RoomId, SurveyId, ViewerId

_COLUMNS = [submissions.c[name] for name in SubmissionRow.__struct_fields__]
_ORDERS = {Sort.ANSWERED_AT: submissions.c.answered_at, Sort.POINTS: submissions.c.points, Sort.RIGHT: submissions.c.number_right}

# What is held of one question: a mask, which for a rating has its bit alone, or a text, or both, or null.
_MASKS = {
    "sqlite": "CASE json_type(answers, '$[' || :place || ']') WHEN 'integer' THEN json_extract(answers, '$[' || :place || ']')"
    " WHEN 'array' THEN json_extract(answers, '$[' || :place || '][0]') END & :mask != 0",
    "postgresql": "CASE jsonb_typeof(answers::jsonb -> :place) WHEN 'number' THEN (answers::jsonb ->> :place)::bigint"
    " WHEN 'array' THEN (answers::jsonb -> :place ->> 0)::bigint END & :mask != 0",
}
_ANSWERED = {
    "sqlite": "json_type(answers, '$[' || :place || ']') != 'null'",
    "postgresql": "jsonb_typeof(answers::jsonb -> :place) != 'null'",
}


def list_filtered(
    connection: sa.Connection,
    key: tuple[LiveSessionId, SurveyId, RoomId],
    wanted: SubmissionFilter,
    *,
    place: int | None,
    rightable: int,
    after: Place | None,
    limit: int,
) -> list[SubmissionRow]:
    """A page of what is wanted. key: live session, survey, and the room they are in. place: of the question that is asked for, from 0.
    rightable: how many questions can be right."""
    live_session_id, survey_id, room_id = key
    given = submissions.c
    order = _ORDERS.get(wanted.sort)
    turn = sa.desc if wanted.descending else sa.asc
    orders = [given.viewer_id] if order is None else [order, given.viewer_id]
    statement = (
        sa.select(*_COLUMNS)
        .where(given.live_session_id == live_session_id, given.survey_id == survey_id)
        .order_by(*(turn(column) for column in orders))
        .limit(limit)
    )
    if wanted.search:
        statement = statement.where(named(given.viewer_id, room_id, wanted.search))
    if wanted.result is not None:
        statement = statement.where(given.number_right == rightable if wanted.result is Result.RIGHT else given.number_right < rightable)
    if wanted.points_from is not None:
        statement = statement.where(given.points >= wanted.points_from)
    if wanted.points_to is not None:
        statement = statement.where(given.points <= wanted.points_to)
    if place is not None:
        statement = statement.where(_answered(connection, place, wanted.choice))
    if after is not None:
        held = (after.id,) if order is None else (after.value, after.id)
        columns = sa.tuple_(*orders)
        statement = statement.where(columns < sa.tuple_(*held) if wanted.descending else columns > sa.tuple_(*held))
    return [SubmissionRow(*row) for row in connection.execute(statement)]


def _answered(connection: sa.Connection, place: int, choice: int | None) -> sa.TextClause:
    texts = _ANSWERED if choice is None else _MASKS
    clause = sa.text(texts[connection.dialect.name]).bindparams(sa.bindparam("place", place, sa.Integer))
    return clause if choice is None else clause.bindparams(sa.bindparam("mask", 1 << choice, sa.BigInteger))


def list_unanswered(
    connection: sa.Connection,
    key: tuple[LiveSessionId, SurveyId, RoomId],
    opened_at: Instant,
    until: Instant,
    *,
    search: str,
    after: ViewerId | None,
    limit: int,
) -> list[ViewerId]:
    """A page of the viewers who were there between these instants and have submitted nothing, in order of their ids."""
    live_session_id, survey_id, room_id = key
    present: sa.Select[Any] = present_between(live_session_id, room_id, opened_at, until, search)
    there = present.selected_columns.viewer_id
    given = submissions.c
    submitted = sa.exists().where(given.live_session_id == live_session_id, given.survey_id == survey_id, given.viewer_id == there)
    statement = present.where(~submitted).limit(limit)
    if after is not None:
        statement = statement.where(there > after)
    return [ViewerId(row[0]) for row in connection.execute(statement)]
