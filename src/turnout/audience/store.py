"""Tables and statements of viewers and visits."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.audience.rules import Presence, Viewer
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, RoomId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.processes import processes
from turnout.storage.transaction import Tx

viewers = sa.Table(
    "viewers",
    metadata,
    sa.Column("room_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    # the id of the command that first entered: a repeat of it, also after a restart, finds this viewer
    sa.Column("entry_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("one_viewer_per_entry", "room_id", "entry_id", unique=True),
    sqlite_with_rowid=False,
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, nullable=False),
    sa.Column("process_id", sa.BigInteger, nullable=False),
    sa.Column("entered_at", sa.BigInteger, nullable=False),
    sa.Column("exited_at", sa.BigInteger),
    sa.Index("visits_of_viewer", "live_session_id", "viewer_id"),
    sa.Index(
        "open_visits",
        "live_session_id",
        "viewer_id",
        "process_id",
        sqlite_where=sa.text("exited_at IS NULL"),
        postgresql_where=sa.text("exited_at IS NULL"),
    ),
    sqlite_with_rowid=False,
)


def insert_viewers(tx: Tx, rows: Sequence[tuple[RoomId, ViewerId, str, str, Instant]]) -> set[ViewerId]:
    """New viewers as (room, id, name, entry id, created at); those whose entry id is known already are left out of the answer."""
    inserted = by_set.insert_new(tx, viewers, ("room_id", "id", "name", "entry_id", "created_at"), rows, ("id",))
    return {ViewerId(row[0]) for row in inserted}


def load_viewers_by_entry(connection: sa.Connection, keys: Sequence[tuple[RoomId, str]]) -> dict[tuple[RoomId, str], Viewer]:
    """The viewers who first entered under these ids."""
    rows = by_set.select_by_keys(connection, viewers, ("room_id", "entry_id"), keys, ("room_id", "entry_id", "id", "name"))
    return {(RoomId(row[0]), row[1]): Viewer(id=ViewerId(row[2]), room_id=RoomId(row[0]), name=row[3]) for row in rows}


def load_viewers(connection: sa.Connection, keys: Sequence[tuple[RoomId, ViewerId]]) -> dict[tuple[RoomId, ViewerId], Viewer]:
    """These viewers, where they exist in these rooms."""
    rows = by_set.select_by_keys(connection, viewers, ("room_id", "id"), keys, ("room_id", "id", "name"))
    return {(RoomId(row[0]), ViewerId(row[1])): Viewer(id=ViewerId(row[1]), room_id=RoomId(row[0]), name=row[2]) for row in rows}


def insert_visits(tx: Tx, rows: Sequence[tuple[LiveSessionId, int, ViewerId, int, Instant]]) -> None:
    """New open visits as (live session, id, viewer, process, entered at)."""
    by_set.insert_new(tx, visits, ("live_session_id", "id", "viewer_id", "process_id", "entered_at"), rows, ("id",))


def end_visits(tx: Tx, rows: Sequence[tuple[LiveSessionId, int, Instant]]) -> None:
    """Ends visits as (live session, id, exited at); one that has ended keeps its end."""
    by_set.update_by_keys(tx, visits, ("live_session_id", "id"), ("exited_at",), rows, where_null="exited_at")


def end_visits_of_live_session(tx: Tx, live_session_id: LiveSessionId, at: Instant) -> None:
    """Ends every open visit of a live session, none before it was entered."""
    tx.connection.execute(
        visits.update()
        .where(visits.c.live_session_id == live_session_id, visits.c.exited_at.is_(None))
        .values(exited_at=sa.case((visits.c.entered_at > at, visits.c.entered_at), else_=at))
    )


def list_visits_of_dead(tx: Tx, silent_since: Instant, limit: int) -> list[tuple[LiveSessionId, int, Instant]]:
    """Open visits of processes that ended or have not beaten since, as (live session, id, the later of entry and last heartbeat)."""
    dead = sa.select(processes.c.id, processes.c.heartbeat_at).where(
        sa.or_(processes.c.ended_at.is_not(None), processes.c.heartbeat_at < silent_since)
    )
    ends = dead.subquery()
    statement = (
        sa.select(visits.c.live_session_id, visits.c.id, visits.c.entered_at, ends.c.heartbeat_at)
        .join(ends, ends.c.id == visits.c.process_id)
        .where(visits.c.exited_at.is_(None))
        .limit(limit)
    )
    return [(LiveSessionId(row[0]), row[1], max(row[2], row[3])) for row in tx.connection.execute(statement)]


def count_viewers(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers over the whole live session."""
    statement = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(visits.c.live_session_id == live_session_id)
    return int(connection.execute(statement).scalar_one())


def count_online(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers with an open visit."""
    statement = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(
        visits.c.live_session_id == live_session_id, visits.c.exited_at.is_(None)
    )
    return int(connection.execute(statement).scalar_one())


def count_present_between(connection: sa.Connection, live_session_id: LiveSessionId, opened_at: Instant, closed_at: Instant) -> int:
    """Different viewers whose visits touch the half-open interval [opened_at, closed_at), or who are there at opened_at itself."""
    statement = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(
        visits.c.live_session_id == live_session_id,
        sa.or_(visits.c.entered_at < closed_at, visits.c.entered_at <= opened_at),
        sa.or_(visits.c.exited_at.is_(None), visits.c.exited_at > opened_at),
    )
    return int(connection.execute(statement).scalar_one())


def list_presences(connection: sa.Connection, room_id: RoomId, live_session_id: LiveSessionId, limit: int) -> list[Presence]:
    """Who is or was in a live session, the present first, then by name."""
    open_visits = sa.func.sum(sa.case((visits.c.exited_at.is_(None), 1), else_=0))
    statement = (
        sa.select(
            visits.c.viewer_id,
            viewers.c.name,
            open_visits.label("open_visits"),
            sa.func.min(visits.c.entered_at).label("entered_at"),
            sa.func.max(visits.c.exited_at).label("exited_at"),
        )
        .join(viewers, sa.and_(viewers.c.room_id == room_id, viewers.c.id == visits.c.viewer_id))
        .where(visits.c.live_session_id == live_session_id)
        .group_by(visits.c.viewer_id, viewers.c.name)
        .order_by(sa.case((open_visits > 0, 0), else_=1), viewers.c.name, visits.c.viewer_id)
        .limit(limit)
    )
    return [
        Presence(
            viewer_id=ViewerId(row.viewer_id),
            name=row.name,
            connections=int(row.open_visits),
            entered_at=row.entered_at,
            exited_at=None if row.open_visits else row.exited_at,
        )
        for row in connection.execute(statement)
    ]
