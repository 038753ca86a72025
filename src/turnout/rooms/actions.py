"""What changes rooms and live sessions. Hosts' commands: batches of one."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from turnout.accounts import audit, idempotency
from turnout.accounts import queries as accounts
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import Kind, LiveSessionId, RoomId
from turnout.rooms import queries, store
from turnout.rooms.rules import (
    AlreadyRunning,
    LiveSession,
    LiveSessionOver,
    LiveSessionState,
    NoSuchRoom,
    Room,
    RoomChanges,
    check_title,
    decide_settings,
    facts_of,
    room_facts,
)
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx


class CreateRoom(msgspec.Struct, frozen=True):
    """code: a fresh random join code. shown: of the stream, the sites that may frame the page and the next live session. once: the
    idempotency key of the call, if it had one."""

    caller: Caller
    title: str
    code: str
    shown: RoomChanges = RoomChanges()
    once: idempotency.Once | None = None


class ChangeRoom(msgspec.Struct, frozen=True):
    """New settings of a room."""

    caller: Caller
    room_id: RoomId
    changes: RoomChanges


class StartLiveSession(msgspec.Struct, frozen=True):
    """title: the room's when empty."""

    caller: Caller
    room_id: RoomId
    title: str
    once: idempotency.Once | None = None


class EndLiveSession(msgspec.Struct, frozen=True):
    """Ends a running live session; what is still open in it closes in the same commit."""

    caller: Caller
    live_session_id: LiveSessionId


class SetScreenKey(msgspec.Struct, frozen=True):
    """The key of a room's screen link, hashed; None ends the link."""

    caller: Caller
    room_id: RoomId
    key_hash: str | None


ClosesWithLiveSession = Callable[[Tx, LiveSession], None]
_closers: list[ClosesWithLiveSession] = []


def closes_with_live_session(closer: ClosesWithLiveSession) -> ClosesWithLiveSession:
    """Registers what a kind of interaction, or the audience, does in the transaction that ends a live session. A decorator.

    Rooms know nothing of interactions; this is how those close no later than what they belong to.
    """
    _closers.append(closer)
    return closer


def create_room(tx: Tx, commands: Sequence[CreateRoom]) -> Sequence[Room | TurnoutError]:
    """A new room of the caller's account."""
    return [idempotency.once(tx, command.caller.account_id, command.once, Room, partial(_create_room, tx, command)) for command in commands]


def _create_room(tx: Tx, command: CreateRoom) -> Room:
    room = Room(
        id=RoomId(tx.new_id()),
        account_id=command.caller.account_id,
        code=command.code,
        title=check_title(command.title),
        created_at=tx.now,
    )
    room = decide_settings(room, command.shown, tx.now)
    store.insert_room(tx, room)
    audit.note(tx, command.caller, "room.created", Thing(Kind.ROOM, room.id, room.title))
    return room


def change_room(tx: Tx, commands: Sequence[ChangeRoom]) -> Sequence[Room]:
    """Changes settings of the caller's room; who is in stays in, and sees what is new. Raises NoSuchRoom, and InvalidInput naming the
    field."""
    changed: list[Room] = []
    for command in commands:
        queries.access_room(tx.connection, command.caller.account_id, command.room_id)
        locked = store.load_room(tx.connection, command.room_id, lock=True)
        if locked is None:
            raise NoSuchRoom
        room = decide_settings(locked, command.changes, tx.now)
        store.save_room(tx, room)
        if room != locked:
            audit.note(
                tx, command.caller, "room.changed", Thing(Kind.ROOM, room.id, room.title), settings=", ".join(_changed(command.changes))
            )
        facts = room_facts(room)
        running = _hold_running(tx, room.id) if facts != room_facts(locked) else None
        if running is not None:
            tx.record(stream_id=running.id, account_id=room.account_id, kind="room.changed", facts=facts, at=tx.now)
        tx.nudge("shown", room.id)
        changed.append(room)
    return changed


def _hold_running(tx: Tx, room_id: RoomId) -> LiveSession | None:
    """The room's running live session, whose end nobody tells before the commit. With the room's lock no other is started either."""
    seen = store.load_running(tx.connection, room_id)
    if seen is None:
        return None
    tx.lock_streams([seen.id])
    return store.load_running(tx.connection, room_id)  # or it has ended while we waited


def set_screen_key(tx: Tx, commands: Sequence[SetScreenKey]) -> Sequence[Room]:
    """The link before works no more, and who watches by it is put out. Raises NoSuchRoom."""
    changed: list[Room] = []
    for command in commands:
        room = queries.access_room(tx.connection, command.caller.account_id, command.room_id)
        store.save_screen_key(tx, room.id, command.key_hash)
        tx.nudge("screens", room.id)
        thing = Thing(Kind.ROOM, room.id, room.title)
        if command.key_hash is not None:
            audit.note(tx, command.caller, "screen_link.made", thing)
        elif room.screen_key_hash is not None:
            audit.note(tx, command.caller, "screen_link.ended", thing)
        link_at = None if command.key_hash is None else tx.now
        changed.append(msgspec.structs.replace(room, screen_key_hash=command.key_hash, screen_link_at=link_at))
    return changed


def _changed(changes: RoomChanges) -> list[str]:
    """Which settings were given; what they are now may be a secret."""
    given = [name for name in changes.__struct_fields__ if getattr(changes, name) is not msgspec.UNSET]
    return ["passcode" if name == "sealed_passcode" else name for name in given if name != "passcode_proof"]


def start_live_session(tx: Tx, commands: Sequence[StartLiveSession]) -> Sequence[LiveSession | TurnoutError]:
    """A room's next live session, which is no longer planned; refused with AlreadyRunning while one runs."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, LiveSession, partial(_start_live_session, tx, command))
        for command in commands
    ]


def _start_live_session(tx: Tx, command: StartLiveSession) -> LiveSession:
    caller = command.caller
    queries.access_room(tx.connection, caller.account_id, command.room_id)
    # against a change of what viewers see, which would be told to nobody if it came between its first snapshot and this start
    room = store.load_room(tx.connection, command.room_id, lock=True)
    if room is None:
        raise NoSuchRoom
    if store.load_running(tx.connection, room.id) is not None:
        raise AlreadyRunning
    host_id, host_name = accounts.host_of(tx.connection, caller)
    live_session = LiveSession(
        id=LiveSessionId(tx.new_id()),
        room_id=room.id,
        account_id=room.account_id,
        host_id=host_id,
        host_name=host_name,
        title=check_title(command.title or room.next_title or room.title),
        state=LiveSessionState.RUNNING,
        started_at=tx.now,
        ended_at=None,
    )
    tx.lock_streams([live_session.id])
    if not store.claim_live_session(tx, live_session):
        raise AlreadyRunning  # another writer's start came between our look and our insert
    if room.next_start_at is not None or room.next_title:
        store.save_room(tx, msgspec.structs.replace(room, next_start_at=None, next_title=""))
        tx.nudge("shown", room.id)
    _record(tx, "live_session.started", live_session)
    tx.nudge("started", room.id)
    audit.note(tx, caller, "live_session.started", Thing(Kind.LIVE_SESSION, live_session.id, live_session.title))
    return live_session


def end_live_session(tx: Tx, commands: Sequence[EndLiveSession]) -> Sequence[LiveSession | TurnoutError]:
    """Ends it, and closes in the same commit whatever was still open in it."""
    ended: list[LiveSession | TurnoutError] = []
    for command in commands:
        live_session = queries.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)
        tx.lock_streams([live_session.id])
        locked = store.load_live_session(tx.connection, live_session.id, lock=True)
        if locked is None or locked.state is not LiveSessionState.RUNNING:
            raise LiveSessionOver
        for closer in _closers:
            closer(tx, locked)
        store.save_end(tx, locked.id, tx.now)
        after = msgspec.structs.replace(locked, state=LiveSessionState.ENDED, ended_at=tx.now)
        _record(tx, "live_session.ended", after)
        audit.note(tx, command.caller, "live_session.ended", Thing(Kind.LIVE_SESSION, after.id, after.title))
        ended.append(after)
    return ended


def _record(tx: Tx, kind: str, live_session: LiveSession) -> None:
    tx.record(stream_id=live_session.id, account_id=live_session.account_id, kind=kind, facts=facts_of(live_session), at=tx.now)


CREATE_ROOM = Action("create_room", create_room, barrier=True)
CHANGE_ROOM = Action("change_room", change_room, barrier=True)
SET_SCREEN_KEY = Action("set_screen_key", set_screen_key, barrier=True)
START_LIVE_SESSION = Action("start_live_session", start_live_session, barrier=True)
END_LIVE_SESSION = Action("end_live_session", end_live_session, barrier=True)
