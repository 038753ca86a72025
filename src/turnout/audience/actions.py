"""Entering and leaving: hot actions, a fixed number of statements per batch."""

from collections.abc import Sequence

import msgspec

from turnout.audience import store
from turnout.audience.rules import InvalidToken, Seat, Viewer, check_entry_id, check_name
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, RoomId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession, NoLiveSession, NoSuchRoom, Room
from turnout.storage.group_commit import Action
from turnout.storage.processes import claim_dead_processes
from turnout.storage.transaction import Tx


class Enter(msgspec.Struct, frozen=True):
    """A connection enters a room's running live session.

    viewer_id: from a token whose proof held, with the room it was made for; else a first entry under entry_id and name.
    process_id: whose heartbeat vouches for the visit.
    """

    code: str
    process_id: int
    received_at: Instant
    entry_id: str
    name: str | None = None
    viewer_id: ViewerId | None = None


class Entered(msgspec.Struct, frozen=True):
    """The seat taken. fresh: the viewer was made just now, so has answered nothing."""

    seat: Seat
    viewer: Viewer
    fresh: bool


class Leave(msgspec.Struct, frozen=True):
    """A connection is gone."""

    live_session_id: LiveSessionId
    visit_id: int
    at: Instant


class EndVisitsOfDead(msgspec.Struct, frozen=True):
    """Ends the visits of processes without a heartbeat since silent_since."""

    silent_since: Instant


DEAD_VISITS_PER_COMMIT = 5_000


def enter(tx: Tx, commands: Sequence[Enter]) -> Sequence[Entered | TurnoutError]:
    """Takes a seat for each command: the viewer of its token, or of a repeated first entry, or a new one. Every entry is a new visit.

    Refused: NoSuchRoom, NoLiveSession, InvalidToken, NameRequired, InvalidInput for a guessable entry id.
    """
    places = rooms.find_running_by_code(tx.connection, sorted({command.code for command in commands}), share=True)
    known = _known_viewers(tx, commands, places)
    refusals: dict[int, TurnoutError] = {}
    seats: list[tuple[int, Room, LiveSession, Viewer]] = []
    made: dict[tuple[RoomId, str], Viewer] = {}
    new_rows: list[tuple[RoomId, ViewerId, str, str, Instant]] = []
    for place, command in enumerate(commands):
        try:
            room, live_session = _place(places, command.code)
            if command.viewer_id is not None:
                viewer = known.get((room.id, command.viewer_id))
                if viewer is None:
                    raise InvalidToken
            else:
                key = (room.id, check_entry_id(command.entry_id))
                found = known.get(key) or made.get(key)
                if found is None:
                    found = Viewer(id=ViewerId(tx.new_id()), room_id=room.id, name=check_name(command.name))
                    made[key] = found
                    new_rows.append((room.id, found.id, found.name, command.entry_id, command.received_at))
                viewer = found
        except TurnoutError as refusal:
            refusals[place] = refusal
            continue
        seats.append((place, room, live_session, viewer))
    elsewhere = _insert_viewers(tx, new_rows) if new_rows else {}
    entered: dict[int, Entered] = {}
    visit_rows: list[tuple[LiveSessionId, int, ViewerId, int, Instant]] = []
    for place, room, live_session, viewer in seats:
        command = commands[place]
        key = (room.id, command.entry_id)
        if command.viewer_id is None:
            viewer = elsewhere.get(key, viewer)
        visit_id = tx.new_id()
        visit_rows.append((live_session.id, visit_id, viewer.id, command.process_id, command.received_at))
        seat = Seat(
            account_id=room.account_id,
            room_id=room.id,
            live_session_id=live_session.id,
            viewer_id=viewer.id,
            visit_id=visit_id,
            entered_at=command.received_at,
        )
        entered[place] = Entered(seat=seat, viewer=viewer, fresh=command.viewer_id is None and key in made and key not in elsewhere)
        tx.nudge("online", live_session.id)
    if visit_rows:
        store.insert_visits(tx, visit_rows)
    return [entered.get(place) or refusals[place] for place in range(len(commands))]


def _insert_viewers(tx: Tx, rows: list[tuple[RoomId, ViewerId, str, str, Instant]]) -> dict[tuple[RoomId, str], Viewer]:
    """Inserts new viewers; returns those whose first entry another writer committed between our look-up and our insert, as it made them."""
    inserted = store.insert_viewers(tx, rows)
    lost = [(row[0], row[3]) for row in rows if row[1] not in inserted]
    return store.load_viewers_by_entry(tx.connection, lost) if lost else {}


def _known_viewers(
    tx: Tx, commands: Sequence[Enter], places: dict[str, tuple[Room, LiveSession | None]]
) -> dict[tuple[RoomId, ViewerId | str], Viewer]:
    by_id: list[tuple[RoomId, ViewerId]] = []
    by_entry: list[tuple[RoomId, str]] = []
    for command in commands:
        place = places.get(command.code)
        if place is None:
            continue
        if command.viewer_id is not None:
            by_id.append((place[0].id, command.viewer_id))
        else:
            by_entry.append((place[0].id, command.entry_id))
    known: dict[tuple[RoomId, ViewerId | str], Viewer] = {}
    if by_id:
        known |= {(room_id, viewer_id): viewer for (room_id, viewer_id), viewer in store.load_viewers(tx.connection, by_id).items()}
    if by_entry:
        known |= {(room_id, key): viewer for (room_id, key), viewer in store.load_viewers_by_entry(tx.connection, by_entry).items()}
    return known


def _place(places: dict[str, tuple[Room, LiveSession | None]], code: str) -> tuple[Room, LiveSession]:
    place = places.get(code)
    if place is None:
        raise NoSuchRoom
    room, live_session = place
    if live_session is None:
        raise NoLiveSession
    return room, live_session


def leave(tx: Tx, commands: Sequence[Leave]) -> Sequence[None]:
    """Ends the visits; a visit that has ended keeps its end."""
    store.end_visits(tx, [(command.live_session_id, command.visit_id, command.at) for command in commands])
    for command in commands:
        tx.nudge("online", command.live_session_id)
    return [None] * len(commands)


@closes_with_live_session
def end_visits_of_live_session(tx: Tx, live_session: LiveSession) -> None:
    """Whoever is present leaves when the live session ends."""
    store.end_visits_of_live_session(tx, live_session.id, tx.now)


def end_visits_of_dead(tx: Tx, commands: Sequence[EndVisitsOfDead]) -> Sequence[int]:
    """Ends visits of dead processes at the later of their entry and the last heartbeat (design 3.4); says how many, so that the caller
    repeats while it is the most one commit takes."""
    counts: list[int] = []
    for command in commands:
        claim_dead_processes(tx)  # so that one of them that still lives learns that it was taken for dead
        rows = store.list_visits_of_dead(tx, command.silent_since, DEAD_VISITS_PER_COMMIT)
        store.end_visits(tx, rows)
        for live_session_id in {row[0] for row in rows}:
            tx.nudge("online", live_session_id)
        counts.append(len(rows))
    return counts


ENTER: Action[Enter, Entered] = Action("enter", enter)
LEAVE: Action[Leave, None] = Action("leave", leave)
END_VISITS_OF_DEAD: Action[EndVisitsOfDead, int] = Action("end_visits_of_dead", end_visits_of_dead)
