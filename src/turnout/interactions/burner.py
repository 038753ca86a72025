"""Burns the seals of anonymous interactions that have ended.

Purpose: after the close no trace of a seal is left in the database's files, so that no copy of them tells who voted what. The close has
deleted the seal's row; what is left are bytes in pages and logs, which `Database.erase` takes out. That it has been done is kept in the
database, so what a stopped or killed process left undone is done after the next start. Ordering: what is listed as unburned, then the
erasure, then the note: whatever the note names was deleted before the erasure began. Concurrency: one task on the event loop; of two
processes that burn the same seals the second finds nothing left. Start: `start`, after group commit. Stop: `stop`. A nudge ("burn") only
wakes it; a lost one costs at most POLL_S. May import: storage and kernel.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from turnout.kernel.errors import TurnoutError
from turnout.storage.database import Table
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

POLL_S = 5.0
"""Seconds between looks when no nudge comes."""

RETRY_S = 0.25
"""Seconds until the next try when somebody was in the way."""


@dataclass(frozen=True, slots=True)
class Burning:
    """What one kind of interaction tells the burner.

    table: where the seals are; small. list_unburned: (lane, command) of those that have ended and may have left traces; at most a few
    hundred. action: keeps that they have none any more.
    """

    table: Table
    list_unburned: Callable[[sa.Connection], Sequence[tuple[int, Any]]]
    action: Action[Any, Any]


class Burner:
    """Runs until stopped. One per process."""

    def __init__(self, runtime: Runtime, kinds: Sequence[Burning], *, poll_s: float = POLL_S, retry_s: float = RETRY_S) -> None:
        self._runtime = runtime
        self._kinds = kinds
        self._poll_s = poll_s
        self._retry_s = retry_s
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts burning; what was left undone is done first."""
        self._task = asyncio.create_task(self._run(), name="burner")

    async def stop(self) -> None:
        """Ends as soon as an erasure that has begun is done; what was not burned is burned after the next start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if any(nudge.topic == "burn" for nudge in nudges):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                done = all([await self._burn(kind) for kind in self._kinds])
                wait_s = self._poll_s if done else self._retry_s
            except TurnoutError as error:
                log.warning("burner_delayed", code=error.code)
                wait_s = self._poll_s
            except Exception:
                log.exception("burner_failed")
                wait_s = self._poll_s
            await self._pause(wait_s)

    async def _burn(self, kind: Burning) -> bool:
        """Whether nothing is left to burn."""
        unburned = await self._runtime.database.read(kind.list_unburned)
        if not unburned:
            return True
        if not await asyncio.to_thread(self._runtime.database.erase, kind.table):
            log.info("seals_not_yet_burned", count=len(unburned))
            return False
        await asyncio.gather(*(self._runtime.commit.run(kind.action, command, lane=lane) for lane, command in unburned))
        log.info("seals_burned", count=len(unburned))
        return True

    async def _pause(self, seconds: float) -> None:
        handle = asyncio.get_running_loop().call_later(seconds, self._wake.set)
        await self._wake.wait()
        handle.cancel()
