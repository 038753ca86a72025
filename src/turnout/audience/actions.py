"""Entering and leaving: hot actions, a fixed number of statements per batch."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from turnout.audience import store
from turnout.audience.desk import Desk, Taken
from turnout.audience.rules import Knock, Seat, Viewer
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession, Room
from turnout.storage.group_commit import Action
from turnout.storage.processes import claim_dead_processes
from turnout.storage.transaction import Tx


class Enter(msgspec.Struct, frozen=True):
    """A connection enters a room's running live session.

    process_id: whose heartbeat vouches for the visit. viewer_id: from a token whose proof held, with the room it was made for; else a first
    entry under entry_id and name; knock.signed goes before both. address, user_agent: of the client. extra: of its link. held: the seat the
    connection has already. refusal: why what was shown is not believed; told once the live session runs.
    """

    code: str
    process_id: int
    received_at: Instant
    entry_id: str
    name: str | None = None
    viewer_id: ViewerId | None = None
    knock: Knock = Knock()
    address: str = ""
    user_agent: str = ""
    extra: str = ""
    held: Seat | None = None
    refusal: TurnoutError | None = None


class Entered(msgspec.Struct, frozen=True):
    """The seat taken. fresh: the viewer was made just now, so has answered nothing."""

    seat: Seat
    viewer: Viewer
    fresh: bool


class Waits(msgspec.Struct, frozen=True):
    """The room has no running live session; nothing was written."""

    room: Room


class Leave(msgspec.Struct, frozen=True):
    """A connection is gone."""

    live_session_id: LiveSessionId
    viewer_id: ViewerId
    visit_id: int
    at: Instant


class EndVisitsOfDead(msgspec.Struct, frozen=True):
    """Ends the visits of processes without a heartbeat since silent_since."""

    silent_since: Instant


class Entrant(NamedTuple):
    """A viewer who has entered, first or again. external_id: in the customer's own login, None for a nickname."""

    live_session_id: LiveSessionId
    viewer_id: ViewerId
    external_id: str | None


FollowsEntries = Callable[[Tx, Sequence[Entrant]], None]
_followers: list[FollowsEntries] = []


def follows_entries(follower: FollowsEntries) -> FollowsEntries:
    """Registers what a kind of interaction does in the transaction in which viewers enter, for a whole batch of them: a fixed number of
    statements. A decorator.

    The audience knows nothing of interactions; this is how those count whoever is there. The live sessions are held against their end.
    """
    _followers.append(follower)
    return follower


DEAD_VISITS_PER_COMMIT = 5_000


def enter(tx: Tx, commands: Sequence[Enter]) -> Sequence[Entered | Waits | TurnoutError]:
    """Takes a seat for each command: the viewer of its pass or token, or of a repeated first entry, or a new one. Every entry is a visit.

    Refused: NoSuchRoom; in a running live session also AlreadyEntered, the command's own refusal, InvalidToken, InvalidPass, NameRequired,
    InvalidInput for a guessable entry id, what rules.decide_welcome raises, and RoomFull. Of what is refused only a wrong passcode is
    written down.
    """
    places = rooms.find_running_by_code(tx.connection, sorted({command.code for command in commands}), for_entry=True)
    desk = Desk(tx, commands, places)
    found: list[Taken | Waits | TurnoutError] = []
    for command in commands:
        try:
            room, live_session = desk.place(command)
            found.append(Waits(room) if live_session is None else desk.seat(command, room, live_session))
        except TurnoutError as refusal:
            found.append(refusal)
    desk.write()
    outcomes: list[Entered | Waits | TurnoutError] = []
    rows: list[store.VisitRow] = []
    entrants: list[Entrant] = []
    for command, taken in zip(commands, found, strict=True):
        if not isinstance(taken, Taken):
            outcomes.append(taken)
            continue
        try:
            viewer, fresh = desk.viewer_of(taken)
        except TurnoutError as refusal:
            outcomes.append(refusal)
            continue
        live_session_id = taken.live_session.id
        visit_id = tx.new_id()
        client = (command.address, command.user_agent, command.extra)
        rows.append((live_session_id, viewer.id, visit_id, command.process_id, command.received_at, *client))
        entrants.append(Entrant(live_session_id, viewer.id, viewer.external_id))
        seat = Seat(
            account_id=taken.room.account_id,
            room_id=taken.room.id,
            live_session_id=live_session_id,
            viewer_id=viewer.id,
            visit_id=visit_id,
            entered_at=command.received_at,
        )
        outcomes.append(Entered(seat=seat, viewer=viewer, fresh=fresh))
        tx.nudge("online", live_session_id)
    if rows:
        store.insert_visits(tx, rows)
        for follower in _followers:
            follower(tx, entrants)
    return outcomes


def leave(tx: Tx, commands: Sequence[Leave]) -> Sequence[None]:
    """Ends the visits; a visit that has ended keeps its end."""
    store.end_visits(tx, [(command.live_session_id, command.viewer_id, command.visit_id, command.at) for command in commands])
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
        claim_dead_processes(tx, command.silent_since)  # so that one of them that still lives learns that it was taken for dead
        rows = store.list_visits_of_ended(tx, DEAD_VISITS_PER_COMMIT)
        store.end_visits(tx, rows)
        for live_session_id in {row[0] for row in rows}:
            tx.nudge("online", live_session_id)
        counts.append(len(rows))
    return counts


ENTER: Action[Enter, Entered | Waits] = Action("enter", enter)
LEAVE: Action[Leave, None] = Action("leave", leave)
END_VISITS_OF_DEAD: Action[EndVisitsOfDead, int] = Action("end_visits_of_dead", end_visits_of_dead)
