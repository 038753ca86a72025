"""Tells those who are not inside how their room looks, and what is planned in it.

Purpose: who stands at the form, waits for a start or is a big screen of a room where nothing runs sees a new theme at once, as those inside
do by `theme.changed`, and a new plan. Concurrency: one loop (storage/poller.py) on the event loop. Start: `start`. Stop: `stop`. A nudge
("shown") makes it look at once; a change on another process is seen within LOOK_S. Invariant: everybody who stands here has been told what
was read last. May import: audience, themes, rooms, storage, kernel.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

import msgspec
import sqlalchemy as sa

from turnout.audience.telling import tell
from turnout.audience.wire import ThemeMessage
from turnout.kernel.clock import Instant
from turnout.kernel.connection import Connection
from turnout.kernel.ids import IdForms
from turnout.rooms.queries import list_by_code
from turnout.rooms.wire import public_next
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge
from turnout.themes.queries import find_themes
from turnout.themes.wire import theme_view

LOOK_S = 2.0
"""Seconds between looks while somebody stands outside."""


class Looks:
    """One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._poller = Poller("looks", ("shown",), self._look, LOOK_S)
        self._codes: dict[Connection, str] = {}
        self._outside: dict[str, set[Connection]] = {}
        self._told: dict[str, bytes] = {}
        self._new: set[Connection] = set()

    async def start(self) -> None:
        """Starts looking."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends at once."""
        await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if self._outside:
            self._poller.on_nudges(nudges)

    def add(self, connection: Connection, code: str) -> None:
        """The connection stands outside the room of this join code from now on, and is told how that looks: by a look that begins after
        this, since what was told to others may be older than what this one has just read."""
        self.remove(connection)
        self._codes[connection] = code
        self._outside.setdefault(code, set()).add(connection)
        self._new.add(connection)
        self._poller.wake()

    def remove(self, connection: Connection) -> None:
        """The connection is told no more: it enters, or is gone. No effect when it did not stand outside."""
        code = self._codes.pop(connection, None)
        if code is None:
            return
        self._new.discard(connection)
        outside = self._outside[code]
        outside.discard(connection)
        if not outside:
            del self._outside[code]
            self._told.pop(code, None)

    async def _look(self) -> float:
        if self._outside:
            codes, ids, now = sorted(self._outside), self._runtime.ids, self._runtime.clock.now()
            new, self._new = self._new, set()
            try:
                messages = await self._runtime.database.read(lambda connection: _messages(connection, ids, codes, now))
            except BaseException:
                self._new |= new
                raise
            for code, message in messages.items():
                outside = self._outside.get(code, set())
                due = outside & new if self._told.get(code) == message else outside
                if due:
                    self._told[code] = message
                    await tell(list(due), message, partial(self._is_due, code))
        return LOOK_S

    def _is_due(self, code: str, connection: Connection) -> bool:
        """Who came here since the look began is told by the next one."""
        return self._codes.get(connection) == code and connection not in self._new


def _messages(connection: sa.Connection, ids: IdForms, codes: Sequence[str], now: Instant) -> Mapping[str, bytes]:
    """What the rooms of these join codes look like, as it is told."""
    rooms = list_by_code(connection, codes)
    themes = find_themes(connection, {room.account_id for room in rooms})
    return {
        room.code: msgspec.json.encode(ThemeMessage(theme_view(ids, themes[room.account_id]), public_next(room, now))) for room in rooms
    }
