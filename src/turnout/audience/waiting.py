"""Connections that wait for their room's next live session, and others that stand outside of it.

Purpose: who comes early stays connected and is told when it begins; everybody outside is told how the room looks (looks.py). Concurrency:
one loop (storage/poller.py) on the event loop. Start: `start`. Stop: `stop`. A nudge ("started") makes it look at once; a start on another
process is seen within POLL_S. Invariant: whoever waits while a live session of the room runs is told, whichever of the two came first. May
import: audience, rooms, storage, kernel.
"""

from collections.abc import Collection

import msgspec

from turnout.audience.looks import Looks
from turnout.audience.rules import ScreenProof, WaitingSeat
from turnout.audience.telling import tell
from turnout.audience.wire import StartedMessage
from turnout.kernel.connection import Connection
from turnout.kernel.ids import RoomId
from turnout.rooms.queries import list_rooms_with_running
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

POLL_S = 0.5
"""Seconds between looks while somebody waits."""

_STARTED = msgspec.json.encode(StartedMessage())


class Waiting:
    """One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._poller = Poller("waiting", ("started",), self._look, POLL_S)
        self._rooms: dict[RoomId, set[Connection]] = {}
        self._looks = Looks(runtime)

    async def start(self) -> None:
        """Starts looking."""
        await self._poller.start()
        await self._looks.start()

    async def stop(self) -> None:
        """Ends at once."""
        await self._looks.stop()
        await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if self._rooms:
            self._poller.on_nudges(nudges)
        self._looks.on_nudges(nudges)

    def add(self, connection: Connection, room_id: RoomId, screen: ScreenProof | None = None) -> None:
        """The connection waits from now on; it holds a WaitingSeat."""
        connection.seat = WaitingSeat(room_id, screen)
        self._rooms.setdefault(room_id, set()).add(connection)

    def show(self, connection: Connection, code: str) -> None:
        """The connection, waiting or not, stands outside the room of this join code: it is told how that looks."""
        self._looks.add(connection, code)

    def remove(self, connection: Connection) -> None:
        """The connection waits no more: it enters, or is gone. No effect when it did not wait."""
        self._looks.remove(connection)
        seat = connection.seat
        if isinstance(seat, WaitingSeat):
            connection.seat = None
            waiting = self._rooms.get(seat.room_id)
            if waiting is not None:
                waiting.discard(connection)
                if not waiting:
                    del self._rooms[seat.room_id]

    async def _look(self) -> float:
        if self._rooms:
            rooms = sorted(self._rooms)
            running = await self._runtime.database.read(lambda connection: list_rooms_with_running(connection, rooms))
            for room_id in running:
                # told once: who finds it ended again when entering waits again
                await tell(list(self._rooms.pop(room_id, ())), _STARTED, _leave_seat)
        return POLL_S


def _leave_seat(connection: Connection) -> bool:
    """Whether it waited until now, and has not entered by itself meanwhile, nor gone."""
    if not isinstance(connection.seat, WaitingSeat):
        return False
    connection.seat = None
    return True
