"""Tables and statements of rooms and live sessions."""

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.rooms.rules import LiveSession, LiveSessionState, Room
from turnout.storage import by_set
from turnout.storage.database import Id, metadata
from turnout.storage.transaction import Tx

rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
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
    sa.Index("live_sessions_of_room", "room_id", "id"),
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


def insert_room(tx: Tx, room: Room) -> None:
    """A new room."""
    tx.connection.execute(
        rooms.insert().values(id=room.id, account_id=room.account_id, code=room.code, title=room.title, created_at=room.created_at)
    )


def load_room(connection: sa.Connection, room_id: RoomId) -> Room | None:
    """The room, whoever owns it."""
    row = connection.execute(sa.select(rooms).where(rooms.c.id == room_id)).first()
    return None if row is None else _room(row)


def list_rooms(connection: sa.Connection, account_id: AccountId, limit: int) -> list[Room]:
    """An account's rooms, newest first."""
    statement = sa.select(rooms).where(rooms.c.account_id == account_id).order_by(rooms.c.id.desc()).limit(limit)
    return [_room(row) for row in connection.execute(statement)]


def list_running_by_code(connection: sa.Connection, codes: list[str], *, share: bool) -> dict[str, tuple[Room, LiveSession | None]]:
    """Room and running live session of each join code that exists. share: hold the live sessions against an end until the commit."""
    found: dict[str, tuple[Room, LiveSession | None]] = {}
    for row in connection.execute(sa.select(rooms).where(rooms.c.code.in_(codes))):
        room = _room(row)
        found[room.code] = (room, None)
    by_id = {room.id: room for room, _ in found.values()}
    statement = (
        sa.select(live_sessions)
        .where(live_sessions.c.room_id.in_(list(by_id)), live_sessions.c.state == _RUNNING)
        .order_by(live_sessions.c.id)
    )
    if share:
        statement = statement.with_for_update(read=True)
    for row in connection.execute(statement):
        live_session = _live_session(row)
        room = by_id[live_session.room_id]
        found[room.code] = (room, live_session)
    return found


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


def list_live_sessions(connection: sa.Connection, room_id: RoomId, limit: int) -> list[LiveSession]:
    """A room's live sessions, newest first."""
    statement = sa.select(live_sessions).where(live_sessions.c.room_id == room_id).order_by(live_sessions.c.id.desc()).limit(limit)
    return [_live_session(row) for row in connection.execute(statement)]


def list_room_ids(connection: sa.Connection, account_id: AccountId) -> list[RoomId]:
    """The ids of all rooms of an account."""
    return [RoomId(row[0]) for row in connection.execute(sa.select(rooms.c.id).where(rooms.c.account_id == account_id))]


def list_live_session_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of all live sessions of an account, found by its rooms."""
    statement = sa.select(live_sessions.c.id).join(rooms, rooms.c.id == live_sessions.c.room_id).where(rooms.c.account_id == account_id)
    return [LiveSessionId(row[0]) for row in connection.execute(statement)]


def list_running(connection: sa.Connection, account_id: AccountId) -> dict[RoomId, LiveSession]:
    """An account's running live sessions by room."""
    statement = sa.select(live_sessions).where(live_sessions.c.account_id == account_id, live_sessions.c.state == _RUNNING)
    return {RoomId(row.room_id): _live_session(row) for row in connection.execute(statement)}


def save_end(tx: Tx, live_session_id: LiveSessionId, ended_at: Instant) -> None:
    """The live session has ended."""
    tx.connection.execute(
        live_sessions.update().where(live_sessions.c.id == live_session_id).values(state=LiveSessionState.ENDED, ended_at=ended_at)
    )


def _room(row: sa.Row[tuple[object, ...]]) -> Room:
    return Room(id=RoomId(row.id), account_id=AccountId(row.account_id), code=row.code, title=row.title, created_at=row.created_at)


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
