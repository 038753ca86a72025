"""Tables and statements of rooms and live sessions."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.rooms.rules import Entry, LiveSession, LiveSessionState, Room
from turnout.storage import by_set
from turnout.storage.database import Id, metadata
from turnout.storage.event_log import events
from turnout.storage.transaction import Tx

rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("entry", sa.Text, nullable=False, server_default="open"),
    sa.Column("passcode_proof", sa.Text),
    sa.Column("sealed_passcode", sa.LargeBinary),
    sa.Column("viewer_limit", sa.BigInteger),
    sa.Column("entry_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("screen_key_hash", sa.Text),
    sa.Column("screen_link_at", sa.BigInteger),
    sa.Column("stream_url", sa.Text),
    sa.Column("stream_origins", sa.Text, nullable=False, server_default=""),  # with blanks between them, like the next
    sa.Column("embed_origins", sa.Text, nullable=False, server_default=""),
    sa.Column("next_start_at", sa.BigInteger),
    sa.Column("next_title", sa.Text, nullable=False, server_default=""),
    sa.Index("rooms_of_account", "account_id", "id"),
)

live_sessions = sa.Table(
    "live_sessions",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Index("live_sessions_of_room", "room_id", "started_at", "id"),
    sa.Index("live_sessions_of_account", "account_id", "started_at", "id"),
    sa.Index(
        "running_live_sessions",
        "account_id",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
    # the database referees two hosts who start at once
    sa.Index(
        "one_running_live_session_per_room",
        "room_id",
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
)


_RUNNING: sa.ColumnElement[str] = sa.literal_column("'running'")
"""Written into statements: with a parameter in its place neither engine would use the partial indexes."""

_LAST_FIRST = (live_sessions.c.started_at.desc(), live_sessions.c.id.desc())
"""Ids tell no times: every writer hands them out from a block of its own."""


# Every batch of entries begins with these; building a statement costs as much as running it, so they are built once.
_ROOMS_BY_CODE = sa.select(rooms).where(rooms.c.code.in_(sa.bindparam("codes", expanding=True)))
_RUNNING_ONES = (
    sa.select(live_sessions)
    .where(live_sessions.c.room_id.in_(sa.bindparam("room_ids", expanding=True)), live_sessions.c.state == _RUNNING)
    .order_by(live_sessions.c.id)
)
_RUNNING_IN = {
    None: _RUNNING_ONES,
    "share": _RUNNING_ONES.with_for_update(read=True),
    "update": _RUNNING_ONES.with_for_update(),
}


def insert_room(tx: Tx, room: Room) -> None:
    """A new room."""
    tx.connection.execute(
        rooms.insert().values(
            id=room.id,
            account_id=room.account_id,
            code=room.code,
            title=room.title,
            created_at=room.created_at,
            stream_url=room.stream_url,
            stream_origins=" ".join(room.stream_origins),
            embed_origins=" ".join(room.embed_origins),
            next_start_at=room.next_start_at,
            next_title=room.next_title,
        )
    )


def load_room(connection: sa.Connection, room_id: RoomId, *, lock: bool = False) -> Room | None:
    """The room, whoever owns it. lock: FOR UPDATE, against another change of its settings and the start of a live session."""
    statement = sa.select(rooms).where(rooms.c.id == room_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return None if row is None else _room(row)


def save_room(tx: Tx, room: Room) -> None:
    """The room's settings as they are now."""
    tx.connection.execute(
        rooms.update()
        .where(rooms.c.id == room.id)
        .values(
            title=room.title,
            entry=room.entry.value,
            passcode_proof=room.passcode_proof,
            sealed_passcode=room.sealed_passcode,
            viewer_limit=room.viewer_limit,
            entry_version=room.entry_version,
            stream_url=room.stream_url,
            stream_origins=" ".join(room.stream_origins),
            embed_origins=" ".join(room.embed_origins),
            next_start_at=room.next_start_at,
            next_title=room.next_title,
        )
    )


def save_screen_key(tx: Tx, room_id: RoomId, key_hash: str | None) -> None:
    """The key of the room's screen link from now on, hashed; None for no link."""
    made_at = None if key_hash is None else tx.now
    tx.connection.execute(rooms.update().where(rooms.c.id == room_id).values(screen_key_hash=key_hash, screen_link_at=made_at))


def load_newest_live_session(connection: sa.Connection, room_id: RoomId) -> LiveSession | None:
    """The room's live session that was started last, running or ended."""
    newest = list_live_sessions(connection, room_id, None, 1)
    return newest[0] if newest else None


def list_rooms(connection: sa.Connection, account_id: AccountId, before: RoomId | None, limit: int) -> list[Room]:
    """An account's rooms, newest first, from `before` on."""
    statement = sa.select(rooms).where(rooms.c.account_id == account_id).order_by(rooms.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(rooms.c.id < before)
    return [_room(row) for row in connection.execute(statement)]


def list_planned(connection: sa.Connection, account_id: AccountId, since: Instant, limit: int) -> list[Room]:
    """An account's rooms whose next live session is planned for this instant or later, soonest first."""
    statement = (
        sa.select(rooms)
        .where(rooms.c.account_id == account_id, rooms.c.next_start_at >= since)
        .order_by(rooms.c.next_start_at, rooms.c.id)
        .limit(limit)
    )
    return [_room(row) for row in connection.execute(statement)]


def list_rooms_by_code(connection: sa.Connection, codes: Sequence[str]) -> list[Room]:
    """The rooms of these join codes, where they exist."""
    return [_room(row) for row in connection.execute(_ROOMS_BY_CODE, {"codes": codes})]


def list_running_in(
    connection: sa.Connection, room_ids: Sequence[RoomId], lock: Literal["share", "update"] | None = None
) -> dict[RoomId, LiveSession]:
    """The running live sessions of these rooms. lock: share holds them against an end until the commit, update against each other's
    entries too; locks are taken in order of the ids."""
    found = (_live_session(row) for row in connection.execute(_RUNNING_IN[lock], {"room_ids": room_ids}))
    return {live_session.room_id: live_session for live_session in found}


def claim_live_session(tx: Tx, live_session: LiveSession) -> bool:
    """A new live session, unless its room has a running one; says whether it is there. Another start under way is waited for."""
    values = msgspec.structs.asdict(live_session)
    values["state"] = live_session.state.value
    return bool(by_set.insert_new(tx, live_sessions, tuple(values), [tuple(values.values())], ("id",)))


def load_live_session(connection: sa.Connection, live_session_id: LiveSessionId, *, lock: bool = False) -> LiveSession | None:
    """The live session, whoever owns it. lock: FOR UPDATE, against entries and against another end."""
    statement = sa.select(live_sessions).where(live_sessions.c.id == live_session_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return None if row is None else _live_session(row)


def load_running(connection: sa.Connection, room_id: RoomId) -> LiveSession | None:
    """The running live session of a room."""
    statement = sa.select(live_sessions).where(live_sessions.c.room_id == room_id, live_sessions.c.state == _RUNNING)
    row = connection.execute(statement).first()
    return None if row is None else _live_session(row)


def list_live_sessions(connection: sa.Connection, room_id: RoomId, before: LiveSessionId | None, limit: int) -> list[LiveSession]:
    """A room's live sessions, the one started last first, from `before` on."""
    statement = sa.select(live_sessions).where(live_sessions.c.room_id == room_id).order_by(*_LAST_FIRST).limit(limit)
    if before is not None:
        statement = statement.where(_started_before(before))
    return [_live_session(row) for row in connection.execute(statement)]


def list_of_account(
    connection: sa.Connection, account_id: AccountId, state: LiveSessionState | None, before: LiveSessionId | None, limit: int
) -> list[tuple[LiveSession, str]]:
    """An account's live sessions with the titles of their rooms, the one started last first, from `before` on."""
    statement = (
        sa.select(live_sessions, rooms.c.title.label("room_title"))
        .join(rooms, rooms.c.id == live_sessions.c.room_id)
        .where(live_sessions.c.account_id == account_id)
        .order_by(*_LAST_FIRST)
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(live_sessions.c.state == (_RUNNING if state is LiveSessionState.RUNNING else state))
    if before is not None:
        statement = statement.where(_started_before(before))
    return [(_live_session(row), row.room_title) for row in connection.execute(statement)]


def _started_before(before: LiveSessionId) -> sa.ColumnElement[bool]:
    """Where a page in the order of _LAST_FIRST goes on; nowhere for the id of none."""
    one = live_sessions.alias("one")
    started_at = sa.select(one.c.started_at).where(one.c.id == before).scalar_subquery()
    return sa.tuple_(live_sessions.c.started_at, live_sessions.c.id) < sa.tuple_(started_at, sa.literal(before, sa.BigInteger))


def list_room_ids(connection: sa.Connection, account_id: AccountId) -> list[RoomId]:
    """The ids of all rooms of an account."""
    return [RoomId(row[0]) for row in connection.execute(sa.select(rooms.c.id).where(rooms.c.account_id == account_id))]


def lock_rooms(connection: sa.Connection, account_id: AccountId) -> None:
    """Takes the locks of load_room on all rooms of an account, in order of their ids."""
    connection.execute(sa.select(rooms.c.id).where(rooms.c.account_id == account_id).order_by(rooms.c.id).with_for_update())


def list_live_session_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of all live sessions of an account, found by its rooms."""
    statement = sa.select(live_sessions.c.id).join(rooms, rooms.c.id == live_sessions.c.room_id).where(rooms.c.account_id == account_id)
    return [LiveSessionId(row[0]) for row in connection.execute(statement)]


def list_live_session_ids_of_room(connection: sa.Connection, room_id: RoomId) -> list[LiveSessionId]:
    """The ids of all live sessions of a room."""
    statement = sa.select(live_sessions.c.id).where(live_sessions.c.room_id == room_id)
    return [LiveSessionId(row[0]) for row in connection.execute(statement)]


def list_ended_with_events(connection: sa.Connection, before: Instant, after: int, limit: int) -> list[LiveSessionId]:
    """Live sessions that ended before this instant and of which events are kept, with ids above `after`, in their order."""
    an_event = sa.select(events.c.number).where(events.c.stream_id == live_sessions.c.id).limit(1).correlate(live_sessions)
    statement = (
        sa.select(live_sessions.c.id)
        .where(live_sessions.c.id > after, live_sessions.c.ended_at < before, an_event.scalar_subquery().is_not(None))
        .order_by(live_sessions.c.id)
        .limit(limit)
    )
    return [LiveSessionId(row[0]) for row in connection.execute(statement)]


def list_running(connection: sa.Connection, account_id: AccountId) -> dict[RoomId, LiveSession]:
    """An account's running live sessions by room."""
    statement = sa.select(live_sessions).where(live_sessions.c.account_id == account_id, live_sessions.c.state == _RUNNING)
    return {RoomId(row.room_id): _live_session(row) for row in connection.execute(statement)}


def list_running_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of an account's running live sessions, in their order."""
    statement = sa.select(live_sessions.c.id).where(live_sessions.c.account_id == account_id, live_sessions.c.state == _RUNNING)
    return [LiveSessionId(row.id) for row in connection.execute(statement.order_by(live_sessions.c.id))]


def save_end(tx: Tx, live_session_id: LiveSessionId, ended_at: Instant) -> None:
    """The live session has ended."""
    tx.connection.execute(
        live_sessions.update().where(live_sessions.c.id == live_session_id).values(state=LiveSessionState.ENDED, ended_at=ended_at)
    )


def _room(row: sa.Row[tuple[object, ...]]) -> Room:
    return Room(
        id=RoomId(row.id),
        account_id=AccountId(row.account_id),
        code=row.code,
        title=row.title,
        created_at=row.created_at,
        entry=Entry(row.entry),
        passcode_proof=row.passcode_proof,
        sealed_passcode=row.sealed_passcode,
        viewer_limit=row.viewer_limit,
        entry_version=row.entry_version,
        screen_key_hash=row.screen_key_hash,
        screen_link_at=row.screen_link_at,
        stream_url=row.stream_url,
        stream_origins=tuple(row.stream_origins.split()),
        embed_origins=tuple(row.embed_origins.split()),
        next_start_at=row.next_start_at,
        next_title=row.next_title,
    )


def _live_session(row: sa.Row[tuple[object, ...]]) -> LiveSession:
    return LiveSession(
        id=LiveSessionId(row.id),
        room_id=RoomId(row.room_id),
        account_id=AccountId(row.account_id),
        host_id=HostId(row.host_id),
        host_name=row.host_name,
        title=row.title,
        state=LiveSessionState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
