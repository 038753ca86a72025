"""Vouches for this process's visits, and ends those of processes that died.

Purpose: presence stays exact through crashes (design 3.4): one heartbeat row per process, not one per connection; a dead process's visits
end at the later of their entry and its last heartbeat. Concurrency: one task on the event loop. Start: `start`, after group commit and
before the first connection. Stop: `stop`, after the last connection. A process taken for dead (it slept longer than DEAD_AFTER_S) learns
it at its next beat, drops its connections, whose visits were ended, and goes on as a new process. May import: audience, storage, kernel.
"""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from turnout.audience.actions import DEAD_VISITS_PER_COMMIT, END_VISITS_OF_DEAD, EndVisitsOfDead
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import TurnoutError
from turnout.storage.processes import (
    BEAT,
    DEAD_AFTER_S,
    END_PROCESS,
    HEARTBEAT_INTERVAL_S,
    START_PROCESS,
    Beat,
    EndProcess,
    StartProcess,
)
from turnout.storage.runtime import Runtime

log = structlog.get_logger()

_LANE = 0
_ALWAYS: Instant = 2**63 - 1  # later than any heartbeat, also one of a clock that has been set back since


class Heartbeat:
    """One per process. on_taken_for_dead: ends every connection of this process."""

    def __init__(self, runtime: Runtime, on_taken_for_dead: Callable[[], None]) -> None:
        self._runtime = runtime
        self._on_taken_for_dead = on_taken_for_dead
        self._process_id = 0
        self._task: asyncio.Task[None] | None = None

    def process_id(self) -> int:
        """The process that vouches for visits made now."""
        return self._process_id

    async def start(self, *, alone: bool) -> None:
        """Registers this process. alone: no other process uses this database, so every earlier one is dead, however lately it beat."""
        if alone:
            await self._sweep(_ALWAYS)
        self._process_id = await self._runtime.commit.run(START_PROCESS, StartProcess(), lane=_LANE)
        self._task = asyncio.create_task(self._run(), name="heartbeat")

    async def stop(self) -> None:
        """Says that this process ends in order."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            with contextlib.suppress(TurnoutError):  # a database that is away: the visits end with the last heartbeat
                await self._runtime.commit.run(END_PROCESS, EndProcess(self._process_id), lane=_LANE)

    async def _run(self) -> None:
        while True:
            try:
                # never later than the heartbeat that follows, however long the machine stands still between this one and the sweep
                before = self._runtime.clock.now()
                if not await self._runtime.commit.run(BEAT, Beat(self._process_id), lane=_LANE):
                    log.warning("taken_for_dead", process_id=self._process_id)
                    self._process_id = await self._runtime.commit.run(START_PROCESS, StartProcess(), lane=_LANE)
                    self._on_taken_for_dead()
                await self._sweep(before - DEAD_AFTER_S * SECOND)
            except Exception:
                log.exception("heartbeat_failed")
            await asyncio.sleep(HEARTBEAT_INTERVAL_S)

    async def _sweep(self, silent_since: Instant) -> None:
        while True:
            ended = await self._runtime.commit.run(END_VISITS_OF_DEAD, EndVisitsOfDead(silent_since=silent_since), lane=_LANE)
            if ended < DEAD_VISITS_PER_COMMIT:
                return
