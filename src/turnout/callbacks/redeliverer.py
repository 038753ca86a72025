"""Carries out what people want sent again, page by page.

Purpose: a redelivery of any length keeps neither its request nor the writer waiting. Ordering: oldest first; within one, as the deliveries
were made or the events recorded. Concurrency: one task on the event loop; of several processes each does the pages of another redelivery.
Start and stop: on the event loop, after group commit; it wakes at the nudge `redeliveries` and every POLL_S anyway. Stop loses nothing.
Invariant: a page and how far it got are one transaction. May import: dialects.contract, storage, kernel.
"""

from collections.abc import Collection, Mapping

from turnout.callbacks import lease_store, queries
from turnout.callbacks.lease_store import LeaseClock
from turnout.callbacks.redelivery_actions import REDELIVERED_AT_ONCE, RedeliverPage
from turnout.dialects.contract import CallbackDialect
from turnout.storage.action import Action
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

POLL_S = 5.0
"""Seconds between looks at the table when no nudge comes."""

LANE = 2
"""Its lane in the group commit."""


class Redeliverer:
    """Redelivers until stopped. One per process."""

    def __init__(
        self,
        runtime: Runtime,
        dialects: Mapping[str, CallbackDialect],
        *,
        poll_s: float = POLL_S,
        at_once: int = REDELIVERED_AT_ONCE,
        lease_clock: LeaseClock = lease_store.database_now,
    ) -> None:
        self._runtime = runtime
        self._poll_s = poll_s
        self._poller = Poller("callback redeliverer", ("redeliveries",), self._look)
        self.page: Action[None, bool] = Action("redeliver_page", RedeliverPage(dialects, lease_clock, at_once))

    async def start(self) -> None:
        """Starts; what was not done before is done first."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends at once; a page that is running is finished, the rest is done after the next start."""
        await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread."""
        self._poller.on_nudges(nudges)

    async def _look(self) -> float:
        while await self._runtime.database.read(queries.has_redelivery):
            if not await self._runtime.commit.run(self.page, None, lane=LANE):
                break  # another process is at it
        return self._poll_s
