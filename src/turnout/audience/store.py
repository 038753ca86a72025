"""Tables and statements of viewers and visits."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from turnout.audience.rules import FAILURE_WINDOW, RemovedViewer, Stay, Viewer, ViewerRole, Visit
from turnout.kernel.clock import Instant
from turnout.kernel.ids import HostId, LiveSessionId, RoomId, ViewerId
from turnout.rooms.rules import LiveSession
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
    # the id of the command that first entered: a repeat of it, also after a restart, finds this viewer; of the customer's own viewers
    # rules.entry_key_of, so that one external id is one viewer
    sa.Column("entry_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("role", sa.Text, nullable=False, server_default="attendee"),
    sa.Column("external_id", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("group_name", sa.Text),
    sa.Column("extra", sa.Text),  # JSON
    sa.Column("entry_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("signed_for", sa.BigInteger),  # a live session
    sa.Column("kicked_from", sa.BigInteger),  # a live session
    sa.Column("blocked_at", sa.BigInteger),
    sa.Column("blocked_by", sa.BigInteger),  # a host
    sa.Column("removed_at", sa.BigInteger),  # when last kicked or blocked: where other processes look for connections to end
    sa.Index("one_viewer_per_entry", "room_id", "entry_id", unique=True),
    sa.Index(
        "blocked_viewers",
        "room_id",
        "id",
        sqlite_where=sa.text("blocked_at IS NOT NULL"),
        postgresql_where=sa.text("blocked_at IS NOT NULL"),
    ),
    sa.Index(
        "removed_viewers",
        "removed_at",
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("process_id", sa.BigInteger, nullable=False),
    sa.Column("entered_at", sa.BigInteger, nullable=False),
    sa.Column("exited_at", sa.BigInteger),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("user_agent", sa.Text, nullable=False, server_default=""),
    sa.Column("extra", sa.Text, nullable=False, server_default=""),  # of the link
    # exited_at is null in all of it, and stands there because SQLite would otherwise read the whole live session to be sure of that
    sa.Index(
        "open_visits",
        "live_session_id",
        "exited_at",
        "viewer_id",
        "process_id",
        sqlite_where=sa.text("exited_at IS NULL"),
        postgresql_where=sa.text("exited_at IS NULL"),
    ),
    sqlite_with_rowid=False,
)

wrong_passcodes = sa.Table(
    "wrong_passcodes",
    metadata,
    sa.Column("room_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

_LISTED_AT_ONCE = 10_000  # ids in one statement
_VISIT_KEY = ("live_session_id", "viewer_id", "id")
_NEW_VISIT = (*_VISIT_KEY, "process_id", "entered_at", "address", "user_agent", "extra")
_ONLINE = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(
    visits.c.live_session_id == sa.bindparam("live_session_id"), visits.c.exited_at.is_(None)
)
_ONLINE_IN = (
    sa.select(visits.c.live_session_id, sa.func.count(sa.distinct(visits.c.viewer_id)))
    .where(visits.c.live_session_id.in_(sa.bindparam("live_session_ids", expanding=True)), visits.c.exited_at.is_(None))
    .group_by(visits.c.live_session_id)
)
_PRESENT = (
    sa.select(visits.c.viewer_id)
    .distinct()
    .where(
        visits.c.live_session_id.in_(sa.bindparam("live_session_ids", expanding=True)),
        visits.c.viewer_id.in_(sa.bindparam("viewer_ids", expanding=True)),
        visits.c.exited_at.is_(None),
    )
)
# The columns of Viewer, in its order; id and room_id are the key.
_TOLD = ("name", "role", "external_id", "phone", "email", "group_name", "extra")
_VIEWER = ("id", "room_id", *_TOLD, "entry_version", "signed_for", "kicked_from", "blocked_at")
_NEW = ("room_id", "id", "entry_id", "created_at", *_TOLD, "entry_version", "signed_for")
_CHANGING = (*_TOLD, "entry_version", "signed_for")
_ROLES = {role.value: role for role in ViewerRole}
_VIEWER_COLUMNS = tuple(viewers.c[name] for name in _VIEWER)


def _viewer(row: Sequence[Any]) -> Viewer:
    return Viewer(row[0], row[1], row[2], _ROLES[row[3]], *row[4:])


def insert_viewers(tx: Tx, rows: Sequence[tuple[Viewer, str, Instant]]) -> set[ViewerId]:
    """New viewers with their entry ids and when they were made; those whose entry id is known already are left out of the answer."""
    values = [(viewer.room_id, viewer.id, entry_id, at, *_changing(viewer)) for viewer, entry_id, at in rows]
    inserted = by_set.insert_new(tx, viewers, _NEW, values, ("id",), mostly_new=True)
    return {ViewerId(row[0]) for row in inserted}


def save_viewers(tx: Tx, changed: Iterable[Viewer]) -> None:
    """What a pass said of them, and how they were let in."""
    by_set.update_by_keys(tx, viewers, ("room_id", "id"), _CHANGING, [(one.room_id, one.id, *_changing(one)) for one in changed])


def _changing(viewer: Viewer) -> tuple[Any, ...]:
    return (
        viewer.name,
        viewer.role.value,
        viewer.external_id,
        viewer.phone,
        viewer.email,
        viewer.group,
        viewer.extra,
        viewer.entry_version,
        viewer.signed_for,
    )


def load_viewers_by_entry(connection: sa.Connection, keys: Sequence[tuple[RoomId, str]]) -> dict[tuple[RoomId, str], Viewer]:
    """The viewers who first entered under these ids."""
    rows = by_set.select_by_keys(connection, viewers, ("room_id", "entry_id"), keys, ("entry_id", *_VIEWER))
    return {(RoomId(row[2]), row[0]): _viewer(row[1:]) for row in rows}


def load_viewers(connection: sa.Connection, keys: Sequence[tuple[RoomId, ViewerId]]) -> dict[tuple[RoomId, ViewerId], Viewer]:
    """These viewers, where they exist in these rooms."""
    rows = by_set.select_by_keys(connection, viewers, ("room_id", "id"), keys, _VIEWER)
    return {(RoomId(row[1]), ViewerId(row[0])): _viewer(row) for row in rows}


def list_external_ids(connection: sa.Connection, room_id: RoomId) -> dict[str, ViewerId]:
    """All who ever came to this room from the customer's own login, by their ids there."""
    statement = sa.select(viewers.c.external_id, viewers.c.id).where(viewers.c.room_id == room_id, viewers.c.external_id.is_not(None))
    return {row[0]: ViewerId(row[1]) for row in connection.execute(statement)}


def save_kick(tx: Tx, viewer: Viewer, live_session_id: LiveSessionId) -> None:
    """Out of this live session."""
    tx.connection.execute(_one(viewer).values(kicked_from=live_session_id, removed_at=tx.now))


def save_block(tx: Tx, viewer: Viewer, host_id: HostId) -> None:
    """Out of the room until unblocked."""
    tx.connection.execute(_one(viewer).values(blocked_at=tx.now, blocked_by=host_id, removed_at=tx.now))


def save_unblock(tx: Tx, viewer: Viewer) -> None:
    """May come back."""
    tx.connection.execute(_one(viewer).values(blocked_at=None, blocked_by=None))


def _one(viewer: Viewer) -> sa.Update:
    return viewers.update().where(viewers.c.room_id == viewer.room_id, viewers.c.id == viewer.id)


def list_blocked(
    connection: sa.Connection, room_id: RoomId, after: ViewerId | None, limit: int
) -> list[tuple[Viewer, Instant, HostId | None]]:
    """Who is blocked from a room, since when and by whom, in order of their ids."""
    statement = (
        sa.select(*_VIEWER_COLUMNS, viewers.c.blocked_by)
        .where(viewers.c.room_id == room_id, viewers.c.blocked_at.is_not(None))
        .order_by(viewers.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(viewers.c.id > after)
    return [(_viewer(row[:-1]), row.blocked_at, row.blocked_by) for row in connection.execute(statement)]


def list_removed(connection: sa.Connection, since: Instant) -> list[RemovedViewer]:
    """Who was kicked or blocked since then, as it stands now."""
    columns = (viewers.c.id, viewers.c.kicked_from, viewers.c.blocked_at)
    rows = connection.execute(sa.select(*columns).where(viewers.c.removed_at > since))
    return [RemovedViewer(viewer_id=row.id, kicked_from=row.kicked_from, blocked=row.blocked_at is not None) for row in rows]


# ---- wrong passcodes


def list_wrong_passcodes(connection: sa.Connection, keys: Iterable[tuple[RoomId, str]]) -> dict[tuple[RoomId, str], list[Instant]]:
    """When wrong passcodes came, by room and subject."""
    found: dict[tuple[RoomId, str], list[Instant]] = {}
    for room_id, subject, at in by_set.select_by_keys(
        connection, wrong_passcodes, ("room_id", "subject"), keys, ("room_id", "subject", "at")
    ):
        found.setdefault((room_id, subject), []).append(at)
    return found


def insert_wrong_passcodes(tx: Tx, keys: Sequence[tuple[RoomId, str]]) -> None:
    """Counts wrong passcodes, now; forgets those that no longer count."""
    rows = [(room_id, subject, tx.new_id(), tx.now) for room_id, subject in keys]
    by_set.insert_rows(tx.connection, wrong_passcodes, ("room_id", "subject", "id", "at"), rows)
    tx.connection.execute(wrong_passcodes.delete().where(wrong_passcodes.c.at <= tx.now - FAILURE_WINDOW))


def delete_wrong_passcodes(tx: Tx, keys: Iterable[tuple[RoomId, str]]) -> None:
    """Forgets those of these subjects to these rooms."""
    by_set.delete_by_keys(tx, wrong_passcodes, ("room_id", "subject"), keys)


# ---- visits


VisitRow = tuple[LiveSessionId, ViewerId, int, int, Instant, str, str, str]
"""live session, viewer, id, process, entered at, address, user agent, extra of the link"""

VisitEnd = tuple[LiveSessionId, ViewerId, int, Instant]
"""live session, viewer, id, exited at"""


def insert_visits(tx: Tx, rows: Sequence[VisitRow]) -> None:
    """New open visits."""
    by_set.insert_rows(tx.connection, visits, _NEW_VISIT, rows)


def end_visits(tx: Tx, rows: Sequence[VisitEnd]) -> None:
    """Ends visits; one that has ended keeps its end."""
    by_set.update_by_keys(tx, visits, _VISIT_KEY, ("exited_at",), rows, where_null="exited_at")


def end_visits_of_live_session(tx: Tx, live_session_id: LiveSessionId, at: Instant) -> None:
    """Ends every open visit of a live session, none before it was entered."""
    tx.connection.execute(
        visits.update()
        .where(visits.c.live_session_id == live_session_id, visits.c.exited_at.is_(None))
        .values(exited_at=sa.case((visits.c.entered_at > at, visits.c.entered_at), else_=at))
    )


def end_visits_of_viewer(tx: Tx, live_session_id: LiveSessionId, viewer_id: ViewerId, at: Instant) -> None:
    """Ends the open visits of one viewer, none before it was entered."""
    tx.connection.execute(
        visits.update()
        .where(visits.c.live_session_id == live_session_id, visits.c.viewer_id == viewer_id, visits.c.exited_at.is_(None))
        .values(exited_at=sa.case((visits.c.entered_at > at, visits.c.entered_at), else_=at))
    )


def list_visits_of_ended(tx: Tx, limit: int) -> list[VisitEnd]:
    """Open visits of processes that have ended, each with the later of its entry and the last heartbeat."""
    ends = sa.select(processes.c.id, processes.c.heartbeat_at).where(processes.c.ended_at.is_not(None)).subquery()
    statement = (
        sa.select(visits.c.live_session_id, visits.c.viewer_id, visits.c.id, visits.c.entered_at, ends.c.heartbeat_at)
        .join(ends, ends.c.id == visits.c.process_id)
        .where(visits.c.exited_at.is_(None))
        .limit(limit)
    )
    return [(LiveSessionId(row[0]), ViewerId(row[1]), row[2], max(row[3], row[4])) for row in tx.connection.execute(statement)]


def count_viewers(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers over the whole live session."""
    statement = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(visits.c.live_session_id == live_session_id)
    return int(connection.execute(statement).scalar_one())


def count_online(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers with an open visit."""
    return int(connection.execute(_ONLINE, {"live_session_id": live_session_id}).scalar_one())


def list_online_ids(connection: sa.Connection, live_session_id: LiveSessionId) -> list[ViewerId]:
    """Different viewers with an open visit, by id."""
    statement = (
        sa.select(visits.c.viewer_id)
        .distinct()
        .where(visits.c.live_session_id == live_session_id, visits.c.exited_at.is_(None))
        .order_by(visits.c.viewer_id)
    )
    return [ViewerId(row[0]) for row in connection.execute(statement)]


def count_present_between(connection: sa.Connection, live_session_id: LiveSessionId, opened_at: Instant, closed_at: Instant) -> int:
    """Different viewers whose visits touch the half-open interval [opened_at, closed_at), or who are there at opened_at itself."""
    statement = sa.select(sa.func.count(sa.distinct(visits.c.viewer_id))).where(
        visits.c.live_session_id == live_session_id,
        sa.or_(visits.c.entered_at < closed_at, visits.c.entered_at <= opened_at),
        sa.or_(visits.c.exited_at.is_(None), visits.c.exited_at > opened_at),
    )
    return int(connection.execute(statement).scalar_one())


def count_online_in(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]) -> dict[LiveSessionId, int]:
    """Different viewers with an open visit, by live session; one without any is left out."""
    return {LiveSessionId(row[0]): int(row[1]) for row in connection.execute(_ONLINE_IN, {"live_session_ids": live_session_ids})}


def list_present(connection: sa.Connection, live_session_ids: Iterable[LiveSessionId], viewer_ids: Iterable[ViewerId]) -> set[ViewerId]:
    """Those of these viewers who have an open visit in one of these live sessions."""
    asked = {"live_session_ids": sorted(live_session_ids), "viewer_ids": sorted(viewer_ids)}
    return {ViewerId(row[0]) for row in connection.execute(_PRESENT, asked)}


def list_people(
    connection: sa.Connection, live_session: LiveSession, *, online: bool, after: ViewerId | None, search: str, limit: int
) -> list[Viewer]:
    """A page of the viewers who are present, or of those who were and are gone, in the order in which they first entered the room.
    search: part of the name or of the customer's own id, in whatever letter case the database knows."""
    statement = (
        sa.select(visits.c.viewer_id)
        .distinct()
        .where(visits.c.live_session_id == live_session.id)
        .order_by(visits.c.viewer_id)
        .limit(limit)
    )
    if online:
        statement = statement.where(visits.c.exited_at.is_(None))
    else:
        other = visits.alias()
        same = (other.c.live_session_id == live_session.id, other.c.viewer_id == visits.c.viewer_id)
        statement = statement.where(~sa.exists().where(*same, other.c.exited_at.is_(None)))
    if after is not None:
        statement = statement.where(visits.c.viewer_id > after)
    if search:
        statement = statement.where(named(visits.c.viewer_id, live_session.room_id, search))
    ids = [ViewerId(row[0]) for row in connection.execute(statement)]
    known = load_viewers(connection, [(live_session.room_id, viewer_id) for viewer_id in ids])
    return [known[live_session.room_id, viewer_id] for viewer_id in ids]


def named(viewer_id: sa.ColumnElement[int], room_id: RoomId, search: str) -> sa.ColumnElement[bool]:
    """Whether this viewer of a room has the text in the name or in the customer's own id, in whatever letter case the database knows."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = sa.func.lower(f"%{escaped}%")
    found = (sa.func.lower(column).like(pattern, escape="\\") for column in (viewers.c.name, viewers.c.external_id))
    return sa.exists().where(viewers.c.room_id == room_id, viewers.c.id == viewer_id, sa.or_(*found))


def list_stays(connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Sequence[ViewerId]) -> dict[ViewerId, Stay]:
    """Of those of these viewers who have visits to the live session."""
    theirs = (visits.c.live_session_id == live_session_id, visits.c.viewer_id.in_(viewer_ids))
    columns = (visits.c.viewer_id, visits.c.entered_at, visits.c.address, visits.c.user_agent)
    lasting = sa.select(*columns).where(*theirs, visits.c.exited_at.is_(None)).order_by(visits.c.entered_at, visits.c.id)
    connections: dict[ViewerId, list[Visit]] = {}
    for viewer_id, entered_at, address, user_agent in connection.execute(lasting):
        connections.setdefault(viewer_id, []).append(Visit(entered_at, address, user_agent))
    ends = sa.select(visits.c.viewer_id, sa.func.min(visits.c.entered_at), sa.func.max(visits.c.exited_at))
    found: dict[ViewerId, Stay] = {}
    for viewer_id, entered_at, exited_at in connection.execute(ends.where(*theirs).group_by(visits.c.viewer_id)):
        here = connections.get(viewer_id, [])
        found[viewer_id] = Stay(entered_at, None if here else exited_at, here)
    return found


class CameBy(NamedTuple):
    """How a viewer came to a live session: the newest entry, and the extra of the newest link that had one."""

    address: str
    user_agent: str
    extra: str


def list_came_by(connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Sequence[ViewerId]) -> dict[ViewerId, CameBy]:
    """Of those of these viewers who have visits to the live session."""
    columns = (visits.c.viewer_id, visits.c.address, visits.c.user_agent, visits.c.extra)
    theirs = sa.select(*columns).where(visits.c.live_session_id == live_session_id)
    found: dict[ViewerId, CameBy] = {}
    for start in range(0, len(viewer_ids), _LISTED_AT_ONCE):
        some = theirs.where(visits.c.viewer_id.in_(viewer_ids[start : start + _LISTED_AT_ONCE]))
        for viewer_id, address, user_agent, extra in connection.execute(some.order_by(visits.c.entered_at, visits.c.id)):
            earlier = found.get(viewer_id)
            found[viewer_id] = CameBy(address, user_agent, extra or (earlier.extra if earlier else ""))
    return found
