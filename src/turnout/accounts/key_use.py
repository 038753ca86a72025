"""When API keys were last used.

Purpose: an operator sees which keys nothing calls with any more. Kept in memory by each request, and written at most once every WRITE_S for
each key, since every request of the API would write otherwise: a key's first use for a while at once, later ones when their time has come,
and what is left when the process stops. A process that dies takes with it at most the last WRITE_S. Concurrency: the event loop; one loop
(storage/poller.py). Start: `start`, after group commit. Stop: `stop`, after the last request. May import: accounts, storage, kernel.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from turnout.accounts import store
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import ApiKeyId
from turnout.storage.action import Action
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Tx

WRITE_S = 300.0
"""Seconds between two writes of one key's last use."""

LANE = 5
"""Its lane in the group commit: not one in which people enter, whose transactions would wait for each other's keys."""


class NoteKeyUse(msgspec.Struct, frozen=True):
    """uses: when each key was used last, as far as this process knows."""

    uses: tuple[tuple[ApiKeyId, Instant], ...]


def note_key_use(tx: Tx, commands: Sequence[NoteKeyUse]) -> Sequence[None]:
    """Keeps the latest, whichever process saw it."""
    for command in commands:
        store.update_last_uses(tx.connection, sorted(command.uses))
    return [None] * len(commands)


NOTE_KEY_USE: Action[NoteKeyUse, None] = Action("note_key_use", note_key_use)


class KeyUse:
    """One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._poller = Poller("key use", (), self._look)
        self._unwritten: dict[ApiKeyId, Instant] = {}
        self._written_s: dict[ApiKeyId, float] = {}

    async def start(self) -> None:
        """From now on uses are written."""
        await self._poller.start()

    async def stop(self) -> None:
        """Writes what is left."""
        await self._poller.stop()
        with contextlib.suppress(TurnoutError):  # a database that is away: what is left is lost
            await self._write(dict(self._unwritten))

    def note(self, api_key_id: ApiKeyId) -> None:
        """A key that works was used at this moment."""
        is_first = api_key_id not in self._unwritten
        self._unwritten[api_key_id] = self._runtime.clock.now()
        if is_first and api_key_id not in self._written_s:  # else it waits, also for a database that is away
            self._poller.wake()

    async def _look(self) -> float:
        now_s = asyncio.get_running_loop().time()
        self._written_s = {key: at_s for key, at_s in self._written_s.items() if now_s < at_s + WRITE_S}
        await self._write({key: at for key, at in self._unwritten.items() if key not in self._written_s})
        return min(self._written_s.values(), default=now_s) + WRITE_S - now_s

    async def _write(self, uses: dict[ApiKeyId, Instant]) -> None:
        if not uses:
            return
        now_s = asyncio.get_running_loop().time()
        await self._runtime.commit.run(NOTE_KEY_USE, NoteKeyUse(tuple(uses.items())), lane=LANE)
        for key, at in uses.items():
            self._written_s[key] = now_s
            if self._unwritten[key] == at:  # else it was used meanwhile
                del self._unwritten[key]
