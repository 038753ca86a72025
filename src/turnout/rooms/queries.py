"""Reading rooms and live sessions. What belongs to another account is not found, exactly like what does not exist."""

import sqlalchemy as sa

from turnout.kernel import limits
from turnout.kernel.ids import AccountId, LiveSessionId, RoomId
from turnout.rooms import store
from turnout.rooms.rules import LiveSession, NoSuchLiveSession, NoSuchRoom, Room


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


def list_rooms(connection: sa.Connection, account_id: AccountId) -> list[tuple[Room, LiveSession | None]]:
    """The account's newest rooms, each with its running live session."""
    running = store.list_running(connection, account_id)
    return [(room, running.get(room.id)) for room in store.list_rooms(connection, account_id, limits.MAX_PAGE_LENGTH)]


def find_room(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> tuple[Room, LiveSession | None]:
    """The account's room with its running live session; raises NoSuchRoom."""
    room = access_room(connection, account_id, room_id)
    return room, store.load_running(connection, room.id)


def list_live_sessions(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> list[LiveSession]:
    """The newest live sessions of the account's room; raises NoSuchRoom."""
    access_room(connection, account_id, room_id)
    return store.list_live_sessions(connection, room_id, limits.MAX_PAGE_LENGTH)


def list_room_ids(connection: sa.Connection, account_id: AccountId) -> list[RoomId]:
    """The ids of all rooms of the account: where a thing may be that is known by its own id alone."""
    return store.list_room_ids(connection, account_id)


def list_live_session_ids(connection: sa.Connection, account_id: AccountId) -> list[LiveSessionId]:
    """The ids of all live sessions of the account: where a thing may be that is known by its own id alone."""
    return store.list_live_session_ids(connection, account_id)


def find_running_by_code(connection: sa.Connection, codes: list[str], *, share: bool) -> dict[str, tuple[Room, LiveSession | None]]:
    """Room and running live session of each join code that exists, for anybody who knows the code. share: hold the live sessions against
    an end until the commit."""
    return store.list_running_by_code(connection, codes, share=share)


def find_place(connection: sa.Connection, live_session_id: LiveSessionId) -> tuple[Room, LiveSession]:
    """A live session with its room, for who sits in it; raises NoSuchLiveSession."""
    live_session = store.load_live_session(connection, live_session_id)
    room = None if live_session is None else store.load_room(connection, live_session.room_id)
    if live_session is None or room is None:
        raise NoSuchLiveSession
    return room, live_session
