"""Statements that follow who is there through a live session, exactly: every enter and leave of every visit, no samples.

A viewer is there as long as any of his visits lasts. Visits are half-open, so one that begins where another ends goes on with it, and
whoever comes in the moment in which somebody else leaves makes no peak.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from turnout.audience.attendance_rules import StepChange
from turnout.audience.store import named, visits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import LiveSessionId, RoomId

_NEVER = sa.literal(2**62, sa.BigInteger)  # when a visit ends that lasts
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NONE: sa.ColumnElement[int] = sa.literal_column("0")


def _moments(live_session_ids: Sequence[LiveSessionId], since: Instant | None = None, until: Instant | None = None) -> sa.CTE:
    """Each moment in which viewers came or went: live session, at, came, went, and how many are there from then on. since, until: what lies
    outside, by another server's clock, counts at the edge."""
    visit = visits.c
    ends = sa.func.coalesce(visit.exited_at, _NEVER)
    # when the latest of the visits before this one ends
    before = sa.func.max(ends).over(
        partition_by=(visit.live_session_id, visit.viewer_id), order_by=(visit.entered_at, visit.id), rows=(None, -1)
    )
    stays = (
        sa.select(visit.live_session_id, visit.viewer_id, visit.id, visit.entered_at, ends.label("ends"), before.label("before"))
        .where(visit.live_session_id.in_(live_session_ids))
        .cte("stays")
    )
    begins = sa.case((stays.c.before.is_(None), 1), (stays.c.entered_at > stays.c.before, 1), else_=0)
    number = sa.func.sum(begins).over(
        partition_by=(stays.c.live_session_id, stays.c.viewer_id), order_by=(stays.c.entered_at, stays.c.id), rows=(None, 0)
    )
    numbered = sa.select(stays.c.live_session_id, stays.c.viewer_id, stays.c.entered_at, stays.c.ends, number.label("presence")).cte(
        "numbered"
    )
    presences = (
        sa.select(numbered.c.live_session_id, sa.func.min(numbered.c.entered_at).label("came"), sa.func.max(numbered.c.ends).label("went"))
        .group_by(numbered.c.live_session_id, numbered.c.viewer_id, numbered.c.presence)
        .cte("presences")
    )
    changes = sa.union_all(
        sa.select(
            presences.c.live_session_id, _within(presences.c.came, since, until).label("at"), _ONE.label("came"), _NONE.label("went")
        ),
        sa.select(presences.c.live_session_id, _within(presences.c.went, since, until), _NONE, _ONE).where(presences.c.went < _NEVER),
    ).cte("changes")
    moments = (
        sa.select(
            changes.c.live_session_id, changes.c.at, sa.func.sum(changes.c.came).label("came"), sa.func.sum(changes.c.went).label("went")
        )
        .group_by(changes.c.live_session_id, changes.c.at)
        .cte("moments")
    )
    online = sa.func.sum(moments.c.came - moments.c.went).over(
        partition_by=moments.c.live_session_id, order_by=moments.c.at, rows=(None, 0)
    )
    return sa.select(moments, online.label("online")).cte("followed")


def _within(at: sa.ColumnElement[int], since: Instant | None, until: Instant | None) -> sa.ColumnElement[int]:
    if since is None or until is None:
        return at
    return sa.case((at < since, sa.literal(since, sa.BigInteger)), (at > until, sa.literal(until, sa.BigInteger)), else_=at)


def list_changes(
    connection: sa.Connection, live_session_id: LiveSessionId, since: Instant, until: Instant, step_s: int
) -> list[StepChange]:
    """The steps in which somebody came or went, by number."""
    moments = _moments([live_session_id], since, until).c
    number = ((moments.at - since) // sa.literal(step_s * SECOND, sa.BigInteger)).label("number")
    statement = (
        sa.select(number, sa.func.max(moments.online), sa.func.sum(moments.came), sa.func.sum(moments.went))
        .group_by(number)
        .order_by(number)
    )
    return [StepChange(*map(int, row)) for row in connection.execute(statement)]


def list_peaks(
    connection: sa.Connection, live_session_ids: Sequence[LiveSessionId], since: Instant | None = None, until: Instant | None = None
) -> dict[LiveSessionId, tuple[int, Instant]]:
    """The most viewers who were there at once, and the first moment of that, by live session; none where nobody ever stayed. since, until:
    as in list_changes."""
    moments = _moments(live_session_ids, since, until).c
    place = sa.func.row_number().over(partition_by=moments.live_session_id, order_by=(moments.online.desc(), moments.at))
    ranked = sa.select(moments.live_session_id, moments.online, moments.at, place.label("place")).subquery()
    statement = sa.select(ranked.c.live_session_id, ranked.c.online, ranked.c.at).where(ranked.c.place == 1, ranked.c.online > 0)
    return {LiveSessionId(row[0]): (int(row[1]), row[2]) for row in connection.execute(statement)}


def count_viewers_in(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]) -> dict[LiveSessionId, int]:
    """Different viewers over each whole live session; one without any is left out."""
    visit = visits.c
    statement = (
        sa.select(visit.live_session_id, sa.func.count(sa.distinct(visit.viewer_id)))
        .where(visit.live_session_id.in_(live_session_ids))
        .group_by(visit.live_session_id)
    )
    return {LiveSessionId(row[0]): int(row[1]) for row in connection.execute(statement)}


def present_between(live_session_id: LiveSessionId, room_id: RoomId, opened_at: Instant, closed_at: Instant, search: str) -> sa.Select[Any]:
    """The ids of different viewers who were there at any moment of the half-open time, or at its beginning, in their order: for the
    statement of an interaction that looks for who was there and did nothing. search: part of the name or of the customer's own id."""
    visit = visits.c
    statement = (
        sa.select(visit.viewer_id)
        .distinct()
        .where(
            visit.live_session_id == live_session_id,
            sa.or_(visit.entered_at < closed_at, visit.entered_at <= opened_at),
            sa.or_(visit.exited_at.is_(None), visit.exited_at > opened_at),
        )
        .order_by(visit.viewer_id)
    )
    return statement.where(named(visit.viewer_id, room_id, search)) if search else statement
