"""Lets go of records of the audit log that have been kept for limits.AUDIT_DAYS.

Purpose: the log is bounded. Concurrency: one task on the event loop, small batches one after the other; of several processes each looks for
itself. Start and stop: on the event loop, after group commit; it looks every LOOK_S, and stop ends after the running batch.
May import: accounts, storage, kernel.
"""

from collections.abc import Sequence

import msgspec
import structlog

from turnout.accounts import audit_store
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.storage.action import Action
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Tx

log = structlog.get_logger()

LOOK_S = 3600.0
"""Seconds between looks."""

BATCH = 500
"""Records let go of in one transaction."""

LANE = 4
"""Its lane in the group commit."""

KEPT: Instant = limits.AUDIT_DAYS * 86_400 * SECOND
"""How long a record is kept, in microseconds."""


class DeleteRecords(msgspec.Struct, frozen=True):
    """The oldest records of before this instant, BATCH at the most."""

    before: Instant


def delete_records(tx: Tx, commands: Sequence[DeleteRecords]) -> Sequence[int]:
    """How many are gone."""
    return [audit_store.delete_before(tx.connection, command.before, BATCH) for command in commands]


DELETE_RECORDS: Action[DeleteRecords, int] = Action("delete_audit_records", delete_records)


class AuditRetention:
    """Lets go until stopped. One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._poller = Poller("audit retention", (), self._look)

    async def start(self) -> None:
        """Starts with a look."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends after the batch that is running."""
        await self._poller.stop()

    async def let_go(self) -> int:
        """All that has been kept for long enough at this moment; how many records."""
        before = self._runtime.clock.now() - KEPT
        deleted = 0
        while count := await self._runtime.commit.run(DELETE_RECORDS, DeleteRecords(before), lane=LANE):
            deleted += count
        if deleted:
            log.info("audit_records_deleted", records=deleted)
        return deleted

    async def _look(self) -> float:
        await self.let_go()
        return LOOK_S
