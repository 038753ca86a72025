"""Who waits for the next message of a feed.

Purpose: a receiver behind a firewall asks, and its question is answered as soon as there is something. Ordering: none; who is woken reads
the table. Concurrency: the event loop's thread only; a question waits and holds nothing in the database. Start: when built. Stop: `stop`
answers everyone at once, so it comes before the port is closed. Invariant: a nudge only wakes; one that is lost, or another process's,
costs at most POLL_S. May import: dialects.contract, storage, kernel.
"""

import asyncio
from collections.abc import Collection

from turnout.callbacks import queries
from turnout.callbacks.delivery_rules import FeedMessage, FeedPosition
from turnout.kernel import limits
from turnout.kernel.errors import TooManyRequests
from turnout.kernel.ids import AccountId, EndpointId
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

POLL_S = 1.0
"""Seconds between looks at the table when no nudge comes."""


class Feeds:
    """The questions that wait in this process."""

    def __init__(self, runtime: Runtime, *, poll_s: float = POLL_S) -> None:
        self._runtime = runtime
        self._poll_s = poll_s
        self._waiting: dict[EndpointId, set[asyncio.Event]] = {}
        self._stopped = False

    async def read(
        self, account_id: AccountId, endpoint_id: EndpointId, after: int | None, limit: int, wait_s: float
    ) -> tuple[list[FeedMessage], int, FeedPosition]:
        """queries.read_feed; where there is no message yet, when one comes or wait_s has passed. Raises TooManyRequests when too many wait
        for one feed already."""
        give_up_at = asyncio.get_running_loop().time() + wait_s
        woken = asyncio.Event()
        waiting = self._waiting.setdefault(endpoint_id, set())
        if wait_s and len(waiting) >= limits.MAX_FEED_WAITS:
            raise TooManyRequests(f"at most {limits.MAX_FEED_WAITS} requests wait for one feed", retry_after_s=1)
        waiting.add(woken)  # before the look: what is committed after it sets the event
        try:
            while True:
                woken.clear()
                found = await self._runtime.database.read(
                    lambda connection: queries.read_feed(connection, account_id, endpoint_id, after, limit)
                )
                left_s = give_up_at - asyncio.get_running_loop().time()
                if found[0] or left_s <= 0 or self._stopped:
                    return found
                await self._wait(woken, min(left_s, self._poll_s))
        finally:
            waiting.discard(woken)
            if not waiting:
                self._waiting.pop(endpoint_id, None)

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread."""
        for nudge in nudges:
            if nudge.topic == "deliveries":
                for key in nudge.keys or (nudge.key,):
                    self._wake(self._waiting.get(EndpointId(key), ()))

    async def stop(self) -> None:
        """Whoever waits is answered with what there is, and nobody waits any more."""
        self._stopped = True
        for waiting in self._waiting.values():
            self._wake(waiting)

    def _wake(self, waiting: Collection[asyncio.Event]) -> None:
        for woken in waiting:
            woken.set()

    async def _wait(self, woken: asyncio.Event, seconds: float) -> None:
        handle = asyncio.get_running_loop().call_later(seconds, woken.set)
        await woken.wait()
        handle.cancel()
