"""Reads new events and makes the deliveries owed for them.

Promise: the deliveries of an event are inserted in the transaction that deletes its `unplanned` row, so each event is planned exactly
once, whatever dies when. Which deliveries an event needs, plan_actions says; those of an endpoint that is held are planned and wait.
Order: of one stream, events are planned in order (storage.event_log.take_unplanned), so a later delivery is never visible without the
earlier ones; several planners in several processes work beside each other.
Memory: of events with many facts, such as the winners of a draw, a few are in hand at a time, however many there are.
Start and stop: on the event loop; it wakes at the nudge `unplanned` and every POLL_S anyway. Stop loses nothing.
May import: dialects.contract, storage, kernel.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from turnout.callbacks import lease_store
from turnout.callbacks.due_store import LeaseClock, database_now
from turnout.callbacks.plan_actions import insert_planned, parts_for
from turnout.callbacks.rules import Endpoint
from turnout.dialects.contract import CallbackDialect
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId
from turnout.storage.action import Action
from turnout.storage.event_log import load_events, take_unplanned
from turnout.storage.portions import Portions
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge, Tx

log = structlog.get_logger()

POLL_S = 1.0
"""Seconds between looks at the table when no nudge comes."""

EVENTS_AT_ONCE = 500
"""Events planned in one transaction."""

LANE = 0
"""The planner's lane in the group commit."""


class Planner:
    """Plans deliveries until stopped. One per process."""

    def __init__(
        self,
        runtime: Runtime,
        dialects: Mapping[str, CallbackDialect],
        *,
        poll_s: float = POLL_S,
        lease_clock: LeaseClock = database_now,
    ) -> None:
        self._runtime = runtime
        self._dialects = dialects
        self._poll_s = poll_s
        self._lease_clock = lease_clock
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self.plan: Action[int, int] = Action("plan_deliveries", self._plan)

    async def start(self) -> None:
        """Starts planning; what was left over from before is planned first."""
        self._task = asyncio.create_task(self._run(), name="callback planner")

    async def stop(self) -> None:
        """Ends after the transaction that is running, if any."""
        self._stopping = True
        self._wake.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    def wake(self) -> None:
        """Look at the table soon. On the event loop's thread."""
        self._wake.set()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread."""
        if any(nudge.topic == "unplanned" for nudge in nudges):
            self._wake.set()

    async def _run(self) -> None:
        self._wake.set()
        while not self._stopping:
            try:
                if await self._woken() or await self._runtime.database.read(lease_store.has_unplanned):
                    await self._plan_all()
            except TurnoutError as error:
                log.warning("planning_delayed", code=error.code)
                await self._pause()
            except Exception:
                # the events stay unplanned and are tried again: a planner that dies would lose callbacks silently
                log.exception("planning_failed")
                await self._pause()

    async def _plan_all(self) -> None:
        while not self._stopping:
            taken = await self._runtime.commit.run(self.plan, EVENTS_AT_ONCE, lane=LANE)
            if taken < EVENTS_AT_ONCE:
                return

    async def _woken(self) -> bool:
        """Waits for a wake-up; False when the poll interval passed without one."""
        try:
            async with asyncio.timeout(self._poll_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _pause(self) -> None:
        self._wake.clear()
        if not self._stopping:
            await self._woken()
            self._wake.set()

    def _plan(self, tx: Tx, commands: Sequence[int]) -> Sequence[int | TurnoutError]:
        """Each command is a largest number of events to take; its outcome is how many were taken."""
        return [self._plan_once(tx, limit) for limit in commands]

    def _plan_once(self, tx: Tx, limit: int) -> int:
        taken = take_unplanned(tx, limit)
        due_at = self._lease_clock(tx.connection, tx.now) if taken else 0
        portions = Portions(taken)
        for keys in portions:
            found = load_events(tx.connection, keys)
            portions.bytes_seen += sum(len(event.facts) for event in found.values())
            self._insert(tx, [found[key] for key in keys if key in found], due_at)
        return len(taken)

    def _insert(self, tx: Tx, events: Sequence[Event], due_at: Instant) -> None:
        by_account: dict[AccountId, list[Endpoint]] = {}
        for endpoint in lease_store.list_endpoints_of_accounts(tx, (event.account_id for event in events)):
            by_account.setdefault(endpoint.account_id, []).append(endpoint)
        planned = [
            (event, endpoint, part)
            for event in events
            for endpoint in by_account.get(event.account_id, ())
            for part in parts_for(event, endpoint, self._dialects)
        ]
        insert_planned(tx, planned, self._dialects, due_at)
