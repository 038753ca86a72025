"""Kicking, blocking and unblocking viewers: hosts' commands, batches of one."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from turnout.accounts import audit
from turnout.accounts import queries as accounts
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.audience import store
from turnout.audience.rules import NoSuchViewer, Viewer, ViewerFacts
from turnout.kernel.ids import Kind, LiveSessionId, RoomId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.rules import LiveSession, LiveSessionOver, Room
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx

Removal = Literal["viewer.kicked", "viewer.blocked", "viewer.unblocked"]


class Kick(msgspec.Struct, frozen=True):
    """Out of this live session until it ends."""

    caller: Caller
    live_session_id: LiveSessionId
    viewer_id: ViewerId


class ChangeBlock(msgspec.Struct, frozen=True):
    """Out of the room until unblocked; or back again."""

    caller: Caller
    room_id: RoomId
    viewer_id: ViewerId


def kick(tx: Tx, commands: Sequence[Kick]) -> Sequence[Viewer]:
    """Ends the viewer's visits and lets him in no more while this live session runs; what he has answered stays. Kicking again changes
    nothing. Raises NoSuchLiveSession, NoSuchViewer, LiveSessionOver."""
    kicked: list[Viewer] = []
    for command in commands:
        live_session = rooms.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)
        room, running = _hold(tx, command.caller, live_session.room_id)
        if running is None or running.id != live_session.id:
            raise LiveSessionOver
        viewer = _viewer(tx, room.id, command.viewer_id)
        if viewer.kicked_from != running.id:
            store.save_kick(tx, viewer, running.id)
            _remove(tx, viewer, running)
            _record(tx, "viewer.kicked", command.caller, room, running, viewer)
        kicked.append(msgspec.structs.replace(viewer, kicked_from=running.id))
    return kicked


def block(tx: Tx, commands: Sequence[ChangeBlock]) -> Sequence[Viewer]:
    """Ends the viewer's visits and lets him into the room no more until unblocked. Blocking again changes nothing. Raises NoSuchRoom,
    NoSuchViewer."""
    blocked: list[Viewer] = []
    for command in commands:
        room, running = _hold(tx, command.caller, command.room_id)
        viewer = _viewer(tx, room.id, command.viewer_id)
        if viewer.blocked_at is None:
            store.save_block(tx, viewer, accounts.host_of(tx.connection, command.caller)[0])
            _remove(tx, viewer, running)
            _record(tx, "viewer.blocked", command.caller, room, running, viewer)
        blocked.append(msgspec.structs.replace(viewer, blocked_at=viewer.blocked_at or tx.now))
    return blocked


def unblock(tx: Tx, commands: Sequence[ChangeBlock]) -> Sequence[Viewer]:
    """Lets the viewer into the room again; out of a live session he was kicked from he stays. Unblocking again changes nothing. Raises
    NoSuchRoom, NoSuchViewer."""
    unblocked: list[Viewer] = []
    for command in commands:
        room, running = _hold(tx, command.caller, command.room_id)
        viewer = _viewer(tx, room.id, command.viewer_id)
        if viewer.blocked_at is not None:
            store.save_unblock(tx, viewer)
            _record(tx, "viewer.unblocked", command.caller, room, running, viewer)
        unblocked.append(msgspec.structs.replace(viewer, blocked_at=None))
    return unblocked


def _hold(tx: Tx, caller: Caller, room_id: RoomId) -> tuple[Room, LiveSession | None]:
    """The caller's room and its running live session, which until the commit nobody enters and nobody ends. An entry that had begun is
    committed: its visit is there to be ended."""
    room = rooms.access_room(tx.connection, caller.account_id, room_id)
    seen = rooms.find_running(tx.connection, room.id)
    tx.lock_streams([room.account_id if seen is None else seen.id])  # before the live session, as its end does
    return room, rooms.hold_running(tx.connection, room.id)


def _viewer(tx: Tx, room_id: RoomId, viewer_id: ViewerId) -> Viewer:
    viewer = store.load_viewers(tx.connection, [(room_id, viewer_id)]).get((room_id, viewer_id))
    if viewer is None:
        raise NoSuchViewer
    return viewer


def _remove(tx: Tx, viewer: Viewer, running: LiveSession | None) -> None:
    if running is not None:
        store.end_visits_of_viewer(tx, running.id, viewer.id, tx.now)
        tx.nudge("online", running.id)
    tx.nudge("removed", viewer.id)


def _record(tx: Tx, kind: Removal, caller: Caller, room: Room, running: LiveSession | None, viewer: Viewer) -> None:
    """On the running live session's stream, on the account's where none runs."""
    host_id, host_name = accounts.host_of(tx.connection, caller)
    facts = ViewerFacts(
        account_id=room.account_id,
        room_id=room.id,
        live_session_id=None if running is None else running.id,
        viewer_id=viewer.id,
        name=viewer.name,
        external_id=viewer.external_id,
        host_id=host_id,
        host_name=host_name,
        at=tx.now,
    )
    stream_id = room.account_id if running is None else running.id
    tx.record(stream_id=stream_id, account_id=room.account_id, kind=kind, facts=facts, at=tx.now)
    audit.note(tx, caller, kind, Thing(Kind.VIEWER, viewer.id, viewer.name), room=room.title)


KICK: Action[Kick, Viewer] = Action("kick", kick, barrier=True)
BLOCK: Action[ChangeBlock, Viewer] = Action("block", block, barrier=True)
UNBLOCK: Action[ChangeBlock, Viewer] = Action("unblock", unblock, barrier=True)
