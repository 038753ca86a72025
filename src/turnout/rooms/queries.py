"""Reading rooms and live sessions. What belongs to another account is not found, exactly like what does not exist."""

import hmac
from collections.abc import Sequence

import sqlalchemy as sa

from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, LiveSessionId, RoomId
from turnout.rooms import store
from turnout.rooms.rules import (
    InvalidScreenKey,
    LiveSession,
    LiveSessionOver,
    LiveSessionState,
    NoSuchLiveSession,
    NoSuchRoom,
    Room,
    planned_since,
)


def access_room(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> Room:
    """The account's room; raises NoSuchRoom."""
    room = store.load_room(connection, room_id)
    if room is None or room.account_id != account_id:
        raise NoSuchRoom
    return room


def access_live_session(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId) -> LiveSession:
    """The account's live session; raises NoSuchLiveSession."""
    live_session = store.load_live_session(connection, live_session_id)
    if live_session is None or live_session.account_id != account_id:
        raise NoSuchLiveSession
    return live_session


def access_running(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId) -> LiveSession:
    """The account's live session, which runs; raises NoSuchLiveSession, LiveSessionOver."""
    live_session = access_live_session(connection, account_id, live_session_id)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    return live_session


def access_screen(connection: sa.Connection, room_id: RoomId, key_hash: str) -> Room:
    """The room whose screen link has this key; raises InvalidScreenKey, also where there is no such room."""
    room = store.load_room(connection, room_id)
    if room is None or not hmac.compare_digest(room.screen_key_hash or "", key_hash):
        raise InvalidScreenKey(field="key")
    return room


def find_newest_live_session(connection: sa.Connection, room_id: RoomId) -> LiveSession | None:
    """The room's live session that was started last, running or ended, whoever asks."""
    return store.load_newest_live_session(connection, room_id)


def list_rooms(
    connection: sa.Connection, account_id: AccountId, before: RoomId | None = None, limit: int = limits.MAX_PAGE_LENGTH
) -> list[tuple[Room, LiveSession | None]]:
    """A page of the account's rooms, newest first, each with its running live session."""
    running = store.list_running(connection, account_id)
    return [(room, running.get(room.id)) for room in store.list_rooms(connection, account_id, before, limit)]


def find_room(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> tuple[Room, LiveSession | None]:
    """The account's room with its running live session; raises NoSuchRoom."""
    room = access_room(connection, account_id, room_id)
    return room, store.load_running(connection, room.id)


def list_live_sessions(
    connection: sa.Connection,
    account_id: AccountId,
    room_id: RoomId,
    before: LiveSessionId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[LiveSession]:
    """A page of the live sessions of the account's room, the one started last first; raises NoSuchRoom."""
    access_room(connection, account_id, room_id)
    return store.list_live_sessions(connection, room_id, before, limit)


def list_of_account(
    connection: sa.Connection, account_id: AccountId, state: LiveSessionState | None, before: LiveSessionId | None, limit: int
) -> list[tuple[LiveSession, str]]:
    """A page of the live sessions in all rooms of the account with their rooms' titles, the one started last first. state: None for
    both."""
    return store.list_of_account(connection, account_id, state, before, limit)


def list_planned(connection: sa.Connection, account_id: AccountId, now: Instant, limit: int) -> list[Room]:
    """The account's rooms whose next live session has a time, soonest first; none that should have begun long ago."""
    return store.list_planned(connection, account_id, planned_since(now), limit)


def list_room_ids(connection: sa.Connection, account_id: AccountId) -> list[RoomId]:
    """The ids of all rooms of the account: where a thing may be that is known by its own id alone."""
    return store.list_room_ids(connection, account_id)


def list_live_session_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of all live sessions of the account: where a thing may be that is known by its own id alone."""
    return store.list_live_session_ids(connection, account_id)


def list_live_session_ids_of_room(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> list[LiveSessionId]:
    """The ids of all live sessions of the account's room; raises NoSuchRoom."""
    access_room(connection, account_id, room_id)
    return store.list_live_session_ids_of_room(connection, room_id)


def list_ended_with_events(connection: sa.Connection, before: Instant, after: int, limit: int) -> list[LiveSessionId]:
    """Live sessions of all accounts that ended before this instant and of which events are kept, with ids above `after`, in their order."""
    return store.list_ended_with_events(connection, before, after, limit)


def find_running_by_code(
    connection: sa.Connection, codes: Sequence[str], *, for_entry: bool = False
) -> dict[str, tuple[Room, LiveSession | None]]:
    """Room and running live session of each join code that exists, for anybody who knows the code.

    for_entry: until the commit none of the live sessions ends, and nobody else enters one whose room has a limit of viewers.
    """
    rooms = store.list_rooms_by_code(connection, codes)
    running: dict[RoomId, LiveSession] = {}
    limited = [room.id for room in rooms if for_entry and room.viewer_limit is not None]
    if limited:
        running |= store.list_running_in(connection, limited, "update")
    others = [room.id for room in rooms if not for_entry or room.viewer_limit is None]
    if others:
        running |= store.list_running_in(connection, others, "share" if for_entry else None)
    return {room.code: (room, running.get(room.id)) for room in rooms}


def find_running(connection: sa.Connection, room_id: RoomId) -> LiveSession | None:
    """The running live session of a room, whoever asks."""
    return store.load_running(connection, room_id)


def hold_running(connection: sa.Connection, room_id: RoomId) -> LiveSession | None:
    """The same, which nobody enters and nobody ends until the commit. Waits for entries under way."""
    return store.list_running_in(connection, [room_id], "update").get(room_id)


def list_rooms_with_running(connection: sa.Connection, room_ids: Sequence[RoomId]) -> set[RoomId]:
    """Those of these rooms in which a live session runs."""
    return set(store.list_running_in(connection, room_ids))


def find_by_code(connection: sa.Connection, code: str) -> Room | None:
    """The room of a join code, for anybody who knows it."""
    return next(iter(store.list_rooms_by_code(connection, [code])), None)


def list_by_code(connection: sa.Connection, codes: Sequence[str]) -> list[Room]:
    """The rooms of these join codes, where they exist."""
    return store.list_rooms_by_code(connection, codes)


def hold_running_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of the account's running live sessions, in their order; no other is started until the commit."""
    store.lock_rooms(connection, account_id)
    return store.list_running_ids(connection, account_id)


def find_place(connection: sa.Connection, live_session_id: LiveSessionId) -> tuple[Room, LiveSession]:
    """A live session with its room, for who sits in it; raises NoSuchLiveSession."""
    live_session = store.load_live_session(connection, live_session_id)
    room = None if live_session is None else store.load_room(connection, live_session.room_id)
    if live_session is None or room is None:
        raise NoSuchLiveSession
    return room, live_session
