"""A loop that looks, waits, and looks again.

Purpose: what is due or has changed is found by looking at the database; a nudge only makes one look at once. Concurrency: one task on the
event loop. Start: `start`, after group commit. Stop: `stop`, at any time, also in the middle of a look. Invariant: a look that fails is
logged, and the next one comes all the same. May import: kernel and storage.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import structlog

from turnout.kernel.errors import TurnoutError
from turnout.storage.transaction import Nudge

log = structlog.get_logger()


class Poller:
    """One such loop. name: of the task, and in the log. topics: nudges that wake it. look: returns the seconds until the next look, when no
    nudge comes before. failed_s: seconds until the next one after a look that failed."""

    def __init__(self, name: str, topics: Collection[str], look: Callable[[], Awaitable[float]], failed_s: float = 1.0) -> None:
        self._name = name
        self._topics = frozenset(topics)
        self._look = look
        self._failed_s = failed_s
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts with a look."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Ends at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def wake(self) -> None:
        """Makes it look at once."""
        self._wake.set()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if any(nudge.topic in self._topics for nudge in nudges):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()  # before the look: what is nudged during it is looked at again
            try:
                wait_s = await self._look()
            except TurnoutError as error:
                log.warning("look_delayed", loop=self._name, code=error.code)
                wait_s = self._failed_s
            except Exception:
                log.exception("look_failed", loop=self._name)
                wait_s = self._failed_s
            handle = asyncio.get_running_loop().call_later(wait_s, self._wake.set)
            await self._wake.wait()
            handle.cancel()
