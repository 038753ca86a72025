"""Where a batch of entries is decided: reads what they need by set, seats one after the other in memory, writes by set.

For the action of entering alone (actions.enter). The number of statements is fixed, whatever the number of entries: two for the rooms; one
each for viewers by token and by first entry; where a room has a limit, a third for the rooms and two for who is present; where a passcode
was typed, one for the wrong ones before it. Then one for new viewers, one for changed ones, one for wrong passcodes that are forgiven, two
for others, one for the visits.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from turnout.audience import store
from turnout.audience.rules import (
    AlreadyEntered,
    Blocked,
    InvalidPass,
    InvalidToken,
    Kicked,
    Knock,
    RoomFull,
    Seat,
    Viewer,
    WrongPasscode,
    check_entry_id,
    check_name,
    decide_welcome,
    entry_key_of,
    is_passcode,
    let_in,
    opens,
)
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, RoomId, ViewerId
from turnout.rooms.rules import Entry, LiveSession, NoSuchRoom, Room
from turnout.storage.transaction import Tx

Place = tuple[Room, LiveSession | None]
Key = tuple[RoomId, ViewerId | str]
"""How a viewer is looked for: in a room, by the id of a token, or by what stands for a first entry."""


class Entering(Protocol):
    """An entry, as actions.Enter is one."""

    @property
    def code(self) -> str: ...
    @property
    def received_at(self) -> Instant: ...
    @property
    def entry_id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def viewer_id(self) -> ViewerId | None: ...
    @property
    def knock(self) -> Knock: ...
    @property
    def held(self) -> Seat | None: ...
    @property
    def refusal(self) -> TurnoutError | None: ...


class Taken(NamedTuple):
    """A seat that an entry takes once everything is written. key: under which its viewer is found then."""

    room: Room
    live_session: LiveSession
    key: Key


class Desk:
    """One batch. `place` and `seat` for each entry in turn, then `write`, then `viewer_of`."""

    def __init__(self, tx: Tx, commands: Sequence[Entering], places: Mapping[str, Place]) -> None:
        self._tx = tx
        self._places = places
        self._viewers = self._known(commands)
        self._failures = self._earlier_failures(commands)
        self._present, self._free = self._room_left(commands)
        self._made: dict[tuple[RoomId, str], Instant] = {}
        self._changed: dict[ViewerId, Viewer] = {}
        self._wrong: list[tuple[RoomId, str]] = []
        self._forgiven: set[tuple[RoomId, str]] = set()

    def place(self, command: Entering) -> Place:
        """Room and running live session. Raises NoSuchRoom, and AlreadyEntered where the connection sits in a live session that runs, or in
        another room."""
        place = self._places.get(command.code)
        if place is None:
            raise NoSuchRoom(field="room")
        room, live_session = place
        held = command.held
        if held is not None and (held.room_id != room.id or (live_session is not None and held.live_session_id == live_session.id)):
            raise AlreadyEntered
        return place

    def seat(self, command: Entering, room: Room, live_session: LiveSession) -> Taken:
        """Decides one entry; raises its refusal."""
        if command.refusal is not None:
            raise command.refusal
        knock = command.knock
        signed = knock.signed
        if signed is not None and not opens(signed, room):
            raise InvalidPass(field="pass.room")
        key = (room.id, self._name_of(command))
        viewer = self._viewers.get(key)
        if viewer is None and signed is None and command.viewer_id is not None:
            raise InvalidToken(field="token")
        failures = self._failures.get((room.id, knock.subject), ())
        try:
            decide_welcome(room, live_session, viewer, knock, failures, self._tx.now)
        except WrongPasscode:
            self._wrong.append((room.id, knock.subject))
            self._failures.setdefault((room.id, knock.subject), []).append(self._tx.now)
            raise
        if failures and is_passcode(room, knock):
            self._forgive(room.id, knock.subject)
        if viewer is None:
            name = check_name(command.name if signed is None else signed.name)
            self._take_place(room, live_session, None)
            viewer = Viewer(id=ViewerId(self._tx.new_id()), room_id=room.id, name=name, entry_version=room.entry_version)
            self._present.add(viewer.id)
            self._made[room.id, str(key[1])] = command.received_at
            self._remember(key, let_in(viewer, room, live_session, signed))
        else:
            self._take_place(room, live_session, viewer.id)
            after = let_in(viewer, room, live_session, signed)
            if after is not viewer and after != viewer:
                self._changed[after.id] = after
                self._remember(key, after)
        return Taken(room, live_session, key)

    def write(self) -> None:
        """Writes what the entries make and change, but for the visits."""
        if self._made:
            self._insert_viewers()
        # a viewer that another writer made just now may be among the changed, so they come second
        made = {self._viewers[key].id for key in self._made}
        changed = [viewer for viewer in self._changed.values() if viewer.id not in made]
        if changed:
            store.save_viewers(self._tx, changed)
        if self._forgiven:
            store.delete_wrong_passcodes(self._tx, self._forgiven)
        if self._wrong:
            store.insert_wrong_passcodes(self._tx, self._wrong)

    def viewer_of(self, taken: Taken) -> tuple[Viewer, bool]:
        """Who sits there, and whether the viewer was made just now. Raises Blocked and Kicked for one that another writer made, and that a
        host has removed since."""
        viewer = self._viewers[taken.key]
        if viewer.blocked_at is not None:
            raise Blocked
        if viewer.kicked_from == taken.live_session.id:
            raise Kicked
        return viewer, (taken.key[0], str(taken.key[1])) in self._made

    def _name_of(self, command: Entering) -> ViewerId | str:
        """What stands for the viewer of an entry within its room."""
        if command.knock.signed is not None:
            return entry_key_of(command.knock.signed)
        return check_entry_id(command.entry_id) if command.viewer_id is None else command.viewer_id

    def _forgive(self, room_id: RoomId, subject: str) -> None:
        """Wrong passcodes before a right one were slips, of which a hall behind one address makes many."""
        self._forgiven.add((room_id, subject))
        self._failures.pop((room_id, subject))
        self._wrong = [one for one in self._wrong if one != (room_id, subject)]

    def _remember(self, key: Key, viewer: Viewer) -> None:
        """The newest of a viewer, under either of its keys: later entries of the batch may come by the other one."""
        self._viewers[key] = viewer
        self._viewers[viewer.room_id, viewer.id] = viewer

    def _take_place(self, room: Room, live_session: LiveSession, viewer_id: ViewerId | None) -> None:
        if room.viewer_limit is None or viewer_id in self._present:
            return
        if self._free[live_session.id] <= 0:
            raise RoomFull
        self._free[live_session.id] -= 1
        if viewer_id is not None:
            self._present.add(viewer_id)

    def _insert_viewers(self) -> None:
        """Inserts new viewers; one whose first entry another writer committed between our look-up and our insert is the viewer he made."""
        keys = sorted(self._made)  # two writers that insert the same ones meet in one order
        inserted = store.insert_viewers(self._tx, [(self._viewers[key], key[1], self._made[key]) for key in keys])
        lost = [key for key in keys if self._viewers[key].id not in inserted]
        for key, found in store.load_viewers_by_entry(self._tx.connection, lost).items() if lost else ():
            ours = self._viewers[key]
            name = found.name if ours.external_id is None else ours.name
            viewer = msgspec.structs.replace(ours, id=found.id, name=name, kicked_from=found.kicked_from, blocked_at=found.blocked_at)
            del self._made[key]
            self._changed.pop(ours.id, None)
            if viewer != found:
                self._changed[viewer.id] = viewer
            self._viewers[key] = viewer

    def _known(self, commands: Sequence[Entering]) -> dict[Key, Viewer]:
        by_id: list[tuple[RoomId, ViewerId]] = []
        by_entry: list[tuple[RoomId, str]] = []
        for command in commands:
            place = self._places.get(command.code)
            if place is None or place[1] is None:
                continue
            signed = command.knock.signed
            if signed is not None:
                by_entry.append((place[0].id, entry_key_of(signed)))
            elif command.viewer_id is not None:
                by_id.append((place[0].id, command.viewer_id))
            else:
                by_entry.append((place[0].id, command.entry_id))
        known: dict[Key, Viewer] = {}
        if by_id:
            known.update(store.load_viewers(self._tx.connection, by_id).items())
        if by_entry:
            known.update(store.load_viewers_by_entry(self._tx.connection, by_entry).items())
        return known

    def _earlier_failures(self, commands: Sequence[Entering]) -> dict[tuple[RoomId, str], list[Instant]]:
        keys = set()
        for command in commands:
            place = self._places.get(command.code)
            typed = command.knock.passcode_proof is not None
            if typed and place is not None and place[1] is not None and place[0].entry is Entry.PASSCODE:
                keys.add((place[0].id, command.knock.subject))
        return store.list_wrong_passcodes(self._tx.connection, keys) if keys else {}

    def _room_left(self, commands: Sequence[Entering]) -> tuple[set[ViewerId], dict[LiveSessionId, int]]:
        """Who of the known is present, and how many more may come, in the live sessions of rooms with a limit."""
        limited = {
            live_session.id: room
            for room, live_session in self._places.values()
            if live_session is not None and room.viewer_limit is not None
        }
        if not limited:
            return set(), {}
        online = store.count_online_in(self._tx.connection, sorted(limited))
        free = {live_session_id: (room.viewer_limit or 0) - online.get(live_session_id, 0) for live_session_id, room in limited.items()}
        rooms = {room.id for room in limited.values()}
        asked = {viewer.id for viewer in self._viewers.values() if viewer.room_id in rooms}
        return (store.list_present(self._tx.connection, limited, asked) if asked else set()), free
