"""One account with a room, entered and left through actions alone, on a database and a clock of the test's."""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.fake_clock import FakeClock
from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.caller import Caller
from turnout.accounts.secrets import new_account
from turnout.audience import queries
from turnout.audience.actions import ENTER, LEAVE, Enter, Entered, Leave, Waits
from turnout.audience.removal_actions import BLOCK, KICK, UNBLOCK, ChangeBlock, Kick
from turnout.audience.rules import Knock, Seat, Signed, Viewer
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import LiveSessionId, ViewerId
from turnout.rooms.actions import (
    CHANGE_ROOM,
    CREATE_ROOM,
    END_LIVE_SESSION,
    START_LIVE_SESSION,
    ChangeRoom,
    CreateRoom,
    EndLiveSession,
    StartLiveSession,
)
from turnout.rooms.codes import new_code
from turnout.rooms.passcodes import prove_passcode, seal_passcode
from turnout.rooms.rules import Entry, LiveSession, Room, RoomChanges
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.database import Database
from turnout.storage.event_log import read_events
from turnout.storage.keyring import Keyring

KEYRING = Keyring(bytes(32))
PROCESS = 1
"""Whose heartbeat vouches for the visits, unless a test has processes of its own."""

Command = tuple[Action[Any, Any], Any]

_serial = itertools.count(1)


def fresh_entry_id() -> str:
    """The id of a first entry that no other test uses."""
    return f"first-entry-{next(_serial):012}"


def code_of(outcome: object) -> str:
    """The code of a refusal, "waiting", or "accepted"; raises what is none of them."""
    if isinstance(outcome, TurnoutError):
        return outcome.code
    if isinstance(outcome, BaseException):
        raise outcome
    return "waiting" if isinstance(outcome, Waits) else "accepted"


class Stage:
    """A room with a running live session. writer: carries out what the test says; a test with several writers makes more."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.writer = BatchWriter(database, 0, clock)
        command, _ = new_account(KEYRING, [], name="Acme", host_login=f"host{next(_serial)}", host_name="Host Lin", host_password="x" * 10)
        created = self.do(CREATE_ACCOUNT, command)
        self.caller = Caller(created.account_id, created.host_id, "Host Lin", None, "operator")
        self.room: Room = self.do(CREATE_ROOM, CreateRoom(self.caller, "Room", new_code()))
        self.live: LiveSession
        self.start()

    def close(self) -> None:
        """Closes the writer's connection."""
        self.writer.close()

    def batch(self, commands: Sequence[Command]) -> list[Any]:
        """Carries out the commands in one transaction, as group commit would; outcomes and refusals in order."""
        return write(self.writer, commands)

    def do(self, action: Action[Any, Any], command: Any) -> Any:
        """One command in a transaction of its own; raises its refusal."""
        outcome = self.batch([(action, command)])[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def start(self) -> None:
        """The room's next live session."""
        self.live = self.do(START_LIVE_SESSION, StartLiveSession(self.caller, self.room.id, ""))

    def end(self) -> None:
        """Ends it."""
        self.do(END_LIVE_SESSION, EndLiveSession(self.caller, self.live.id))

    def settings(self, *, passcode: str | None = "unset", **changes: Any) -> None:
        """Changes the room's settings, as the handler does."""
        if passcode != "unset":
            changes["passcode_proof"] = None if passcode is None else prove_passcode(KEYRING, self.room.code, passcode)
            changes["sealed_passcode"] = None if passcode is None else seal_passcode(KEYRING, passcode)
        if "entry" in changes:
            changes["entry"] = Entry(changes["entry"])
        self.room = self.do(CHANGE_ROOM, ChangeRoom(self.caller, self.room.id, RoomChanges(**changes)))

    def entry(
        self,
        entry_id: str | None = None,
        *,
        name: str | None = "Vera",
        viewer: ViewerId | None = None,
        signed: Signed | None = None,
        passcode: str | None = None,
        subject: str = "address:192.0.2.1",
        **more: Any,
    ) -> Command:
        """An entry at this moment."""
        proof = None if passcode is None else prove_passcode(KEYRING, self.room.code, passcode)
        knock = Knock(signed=signed, passcode_proof=proof, subject=subject)
        command = Enter(self.room.code, PROCESS, self.clock.now(), entry_id or fresh_entry_id(), name, viewer, knock)
        return ENTER, msgspec.structs.replace(command, **more)

    def enter(self, **how: Any) -> Entered:
        """One entry; raises its refusal."""
        action, command = self.entry(**how)
        entered = self.do(action, command)
        assert isinstance(entered, Entered)
        return entered

    def try_to_enter(self, **how: Any) -> str:
        """One entry: "accepted", "waiting" or the refusal's code."""
        return code_of(self.batch([self.entry(**how)])[0])

    def signed(self, external_id: str = "u-1", **claims: Any) -> Signed:
        """A pass of this account that was believed."""
        return Signed(self.caller.account_id, external_id, claims.pop("name", "Wang Wei"), **claims)

    def leave(self, seat: Seat) -> None:
        """A connection goes."""
        self.do(LEAVE, Leave(seat.live_session_id, seat.viewer_id, seat.visit_id, self.clock.now()))

    def kick(self, viewer_id: ViewerId) -> Viewer:
        """Out of the running live session."""
        kicked: Viewer = self.do(KICK, Kick(self.caller, self.live.id, viewer_id))
        return kicked

    def block(self, viewer_id: ViewerId) -> None:
        """Out of the room."""
        self.do(BLOCK, ChangeBlock(self.caller, self.room.id, viewer_id))

    def unblock(self, viewer_id: ViewerId) -> None:
        """May come back."""
        self.do(UNBLOCK, ChangeBlock(self.caller, self.room.id, viewer_id))

    @property
    def online(self) -> int:
        """Different viewers who are present."""
        with self.database.reading() as connection:
            return queries.count_online(connection, self.live.id)

    def people(self, **how: Any) -> queries.People:
        """A page of people."""
        with self.database.reading() as connection:
            return queries.list_people(connection, self.caller.account_id, how.pop("live_session_id", self.live.id), **how)

    def events(self, stream_id: int | None = None) -> list[Event]:
        """What was recorded on the running live session's stream, or another one."""
        with self.database.reading() as connection:
            return read_events(connection, self.live.id if stream_id is None else stream_id, 0, 1000)


def write(writer: BatchWriter, commands: Sequence[Command]) -> list[Any]:
    """One transaction of this writer."""
    return list(writer.write([(action, command, _ignore, *lane_of(command)) for action, command in commands])[0])


def lane_of(command: Any) -> tuple[int, int]:
    """Lane and order as the handlers choose them."""
    lane = getattr(command, "live_session_id", None) or getattr(command, "room_id", None) or 0
    return LiveSessionId(lane), 0


def _ignore(_outcome: object) -> None:
    return None
