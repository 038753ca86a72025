"""Lets go of what has been kept for long enough: attempts first, later events with their deliveries.

Promise: an event is kept while its live session runs, while a delivery for it is unfinished, and for config.events_kept_days; attempts for
config.attempts_kept_days after their delivery has finished; and what finishes late, or fails here, can be seen for as long as attempts. Of
either, 0 days are for ever.
What has waited for longer than events are kept, at an endpoint that is held or in a feed that nobody reads, fails with words that say so.
Ordering: of one stream, events go from the first on, so those left are without gaps. Concurrency: one task on the event loop, small batches
one after the other; of several processes each looks for itself, and finds what is left. Start and stop: on the event loop, after group
commit; it looks every LOOK_S. Stop ends after the running batch. Invariant: a stream keeps its next number and its epoch, so a page that
comes back from before is given a snapshot. May import: config, storage, kernel.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
import structlog

from turnout.callbacks import queries
from turnout.callbacks.retention_actions import (
    DELETE_ATTEMPTS,
    DELETE_BEGINNING,
    DELETE_OLD_NEWS,
    FAIL_FORGOTTEN,
    DeleteAttempts,
    DeleteBeginning,
    DeleteOldNews,
    FailForgotten,
)
from turnout.config import Config
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import DeliveryId
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime

log = structlog.get_logger()

LOOK_S = 3600.0
"""Seconds between looks."""

BATCH = 200
"""Deliveries let go of in one transaction."""

EVENTS_BATCH = 50
"""Events deleted in one transaction, each with all its deliveries and attempts."""

LANE = 3
"""Its lane in the group commit."""

DAY: Instant = 86_400 * SECOND

EndedStreams = Callable[[sa.Connection, Instant, int, int], Sequence[int]]
"""Live sessions that ended before an instant and of which events are kept, with ids above one, in order, at most so many."""


class Retention:
    """Lets go until stopped. One per process."""

    def __init__(self, runtime: Runtime, config: Config, ended_streams: EndedStreams, *, look_s: float = LOOK_S) -> None:
        self._runtime = runtime
        self._attempts_days = config.attempts_kept_days
        self._events_days = config.events_kept_days
        self._ended_streams = ended_streams
        self._look_s = look_s
        self._without_attempts: tuple[Instant, DeliveryId] = (0, DeliveryId(0))  # up to here this process has deleted them
        self._poller = Poller("callback retention", (), self._look)

    async def start(self) -> None:
        """Starts with a look."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends after the batch that is running."""
        await self._poller.stop()

    async def let_go(self) -> None:
        """All that has been kept for long enough at this moment."""
        now = self._runtime.clock.now()
        attempts_before = now - self._attempts_days * DAY if self._attempts_days else 0
        if attempts_before and (attempts := await self._delete_attempts(attempts_before)):
            log.info("attempts_deleted", deliveries=attempts)
        if self._events_days:
            events_before = now - self._events_days * DAY
            failed = await self._fail_forgotten(events_before)
            events = await self._delete_events(events_before, attempts_before)
            await self._runtime.commit.run(DELETE_OLD_NEWS, DeleteOldNews(events_before), lane=LANE)
            if failed or events:
                log.info("events_deleted", events=events, forgotten_deliveries=failed)

    async def _look(self) -> float:
        await self.let_go()
        return self._look_s

    async def _fail_forgotten(self, before: Instant) -> int:
        failed = 0
        while found := await self._runtime.database.read_long(lambda connection: queries.list_forgotten(connection, before, BATCH)):
            count = await self._runtime.commit.run(FAIL_FORGOTTEN, FailForgotten(tuple(found), before, self._events_days), lane=LANE)
            failed += count
            if not count:
                break  # another process is at them
        return failed

    async def _delete_attempts(self, before: Instant) -> int:
        deleted = 0
        while found := await self._finished(before):
            command = DeleteAttempts(tuple(delivery_id for _, delivery_id in found), before)
            deleted += await self._runtime.commit.run(DELETE_ATTEMPTS, command, lane=LANE)
            self._without_attempts = found[-1]
        self._without_attempts = (before, DeliveryId(0))
        return deleted

    async def _finished(self, before: Instant) -> Sequence[tuple[Instant, DeliveryId]]:
        after = self._without_attempts
        # long: after a start it comes by all that lost its attempts before
        return await self._runtime.database.read_long(lambda connection: queries.list_finished(connection, after, before, BATCH))

    async def _delete_events(self, events_before: Instant, finished_before: Instant) -> int:
        streams: Sequence[int] = await self._runtime.database.read_long(
            lambda connection: queries.list_account_streams(connection, events_before)
        )
        deleted = await self._delete_streams(streams, events_before, finished_before)
        last = 0
        while streams := await self._ended(events_before, last):
            deleted += await self._delete_streams(streams, events_before, finished_before)
            last = streams[-1]
        return deleted

    async def _ended(self, before: Instant, after: int) -> Sequence[int]:
        return await self._runtime.database.read_long(lambda connection: self._ended_streams(connection, before, after, BATCH))

    async def _delete_streams(self, stream_ids: Sequence[int], events_before: Instant, finished_before: Instant) -> int:
        deleted = 0
        for stream_id in stream_ids:
            deleted += await self._delete_stream(stream_id, events_before, finished_before)
        return deleted

    async def _delete_stream(self, stream_id: int, events_before: Instant, finished_before: Instant) -> int:
        deleted = 0
        while True:
            command = DeleteBeginning(stream_id, events_before, finished_before, EVENTS_BATCH)
            count = await self._runtime.commit.run(DELETE_BEGINNING, command, lane=stream_id)
            deleted += count
            if count < EVENTS_BATCH:
                return deleted
