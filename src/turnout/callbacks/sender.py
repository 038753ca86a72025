"""Sends what is due: claim, prepare, post, judge, record.

Promise: every delivery ends as succeeded, visibly failed or cancelled, whatever process dies at whatever instant. A body is encoded once,
from the event's frozen facts, and stored by the claim of the first attempt before anything is sent; every attempt sends those bytes.
Leases: a claim holds for longer than its attempt's hard deadline, on the database's clock; an attempt that could outlive its lease is not
begun, and a result is written only under the current lease. A dead sender's deliveries are claimed again when its leases run out; those
cancelled meanwhile are ended at the start of any sender and every ABANDON_S.
Order: see dialects.contract. Concurrency: one task per attempt; each endpoint has so many attempts under way and no more, and what
accounts share, the threads that look names up, no single one can use up (post.py). Nothing is held open in the database during a call.
Start and stop: on the event loop, after the group commit; it wakes at the nudge `deliveries` and every POLL_S anyway. Stop claims nothing
more and waits for the attempts under way, which end within their deadline, and for their results.
May import: dialects.contract, storage, kernel.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
import structlog

from turnout.callbacks import lease_store
from turnout.callbacks.actions import SECRET_PURPOSE
from turnout.callbacks.attempt_actions import Claim, ClaimAction, Claimed, Record, abandon_cancelled, record_results
from turnout.callbacks.lease_store import LeaseClock
from turnout.callbacks.post import Post, user_agent
from turnout.callbacks.rules import Attempt, Verdict, decide_next, judge, lease_s, not_sendable
from turnout.dialects.contract import CallbackDialect
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Overloaded, TurnoutError
from turnout.kernel.ids import EndpointId
from turnout.storage.action import Action
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

POLL_S = 1.0
"""Seconds between looks at the table when no nudge comes."""

ABANDON_S = 30.0
"""Seconds between looks for attempts to removed endpoints that outlived their lease."""

LANE = 1
"""The lane of claims in the group commit; results go by their endpoint."""

RECORD_AGAIN_S = 0.2
"""Seconds before a result that the writer refused is handed to it again."""


class Sender:
    """Sends deliveries until stopped. One per process."""

    def __init__(
        self,
        runtime: Runtime,
        dialects: Mapping[str, CallbackDialect],
        *,
        dangerous_allow_private_callbacks: bool = False,
        attempts_per_endpoint: int = limits.ATTEMPTS_PER_ENDPOINT,
        poll_s: float = POLL_S,
        lease_clock: LeaseClock = lease_store.database_now,
    ) -> None:
        self._runtime = runtime
        self._dialects = dialects
        self._poll_s = poll_s
        self._lease_clock = lease_clock
        self._attempts_per_endpoint = attempts_per_endpoint
        self._post = Post(dangerous_allow_private_callbacks=dangerous_allow_private_callbacks)
        self._wake = asyncio.Event()
        self._stopping = False
        self._loop_task: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._busy: Counter[EndpointId] = Counter()
        self._timers: set[asyncio.TimerHandle] = set()
        self.claim: Action[Claim, Sequence[Claimed]] = Action("claim_deliveries", ClaimAction(dialects, lease_clock))
        self.record: Action[Record, bool] = Action("record_attempts", record_results(lease_clock))
        self.abandon: Action[None, int] = Action("abandon_cancelled", abandon_cancelled(lease_clock))
        self._abandon_at = 0.0  # on the monotonic clock

    async def start(self) -> None:
        """Starts sending; what is due from before is sent first."""
        await self._post.start()
        self._loop_task = asyncio.create_task(self._run(), name="callback sender")

    async def stop(self) -> None:
        """Claims nothing more, waits for the attempts under way and their results, and closes every connection."""
        self._stopping = True
        self._wake.set()
        task, self._loop_task = self._loop_task, None
        if task is not None:
            await task
        if self._under_way:
            await asyncio.gather(*self._under_way)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await self._post.stop()

    def wake(self) -> None:
        """Look at the table soon. On the event loop's thread."""
        self._wake.set()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread."""
        if any(nudge.topic == "deliveries" for nudge in nudges):
            self._wake.set()

    # ---- claiming

    async def _run(self) -> None:
        self._wake.set()
        while not self._stopping:
            try:
                await self._abandon_cancelled()
                if await self._woken() or await self._has_due():
                    await self._claim_all()
            except TurnoutError as error:
                log.warning("sending_delayed", code=error.code)
                await self._pause()
            except Exception:
                # what is due stays due and is tried again: a sender that dies would hold back every callback silently
                log.exception("sending_failed")
                await self._pause()

    async def _abandon_cancelled(self) -> None:
        if time.monotonic() < self._abandon_at:
            return

        def look(connection: sa.Connection) -> bool:
            return lease_store.has_cancelled_to_abandon(connection, self._lease_clock(connection, self._runtime.clock.now()))

        if await self._runtime.database.read(look):
            await self._runtime.commit.run(self.abandon, None, lane=LANE)
        self._abandon_at = time.monotonic() + ABANDON_S

    async def _claim_all(self) -> None:
        while not self._stopping:
            asked_at = time.monotonic()
            claim = Claim(dict(self._busy), self._attempts_per_endpoint)
            claimed = await self._runtime.commit.run(self.claim, claim, lane=LANE)
            for one in claimed:
                self._begin(one, asked_at)
            if not claimed:
                return

    def _begin(self, claimed: Claimed, asked_at: float) -> None:
        # the lease began after we asked for it, so by our own clock it holds at least until then
        dialect = self._dialects[claimed.dialect]
        self._busy[claimed.endpoint_id] += 1
        task = asyncio.create_task(self._send(claimed, dialect, asked_at + lease_s(dialect.patience)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _has_due(self) -> bool:
        full = [endpoint_id for endpoint_id, count in self._busy.items() if count >= self._attempts_per_endpoint]

        def look(connection: sa.Connection) -> bool:
            now = self._lease_clock(connection, self._runtime.clock.now())
            return bool(lease_store.list_endpoints_with_due(connection, now, self._dialects, full, 1))

        return await self._runtime.database.read(look)

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

    # ---- one attempt

    async def _send(self, claimed: Claimed, dialect: CallbackDialect, lease_until: float) -> None:
        """One attempt from its claim to its record. lease_until: on the monotonic clock."""
        try:
            result = await self._attempt(claimed, dialect, lease_until)
        finally:
            self._busy[claimed.endpoint_id] -= 1
            if not self._busy[claimed.endpoint_id]:
                del self._busy[claimed.endpoint_id]
        if result is not None:
            await self._record(claimed, result, lease_until)
        self._wake.set()

    async def _attempt(self, claimed: Claimed, dialect: CallbackDialect, lease_until: float) -> Record | None:
        timeout_s = dialect.patience.timeout_s
        started = time.monotonic()
        if started + timeout_s >= lease_until:
            log.warning("lease_too_short", delivery_id=claimed.delivery_id)  # the writer is far behind; somebody claims it again
            return None
        started_at = self._runtime.clock.now()
        headers: dict[str, str] = {}
        try:
            headers = self._headers(claimed, dialect, started_at)
            answer = await self._post.post(claimed.url, claimed.body, headers, timeout_s, claimed.account_id)
            verdict = judge(dialect, answer)
        except Exception as error:
            # our own fault, such as a secret sealed under another key: recorded like any failure, so that somebody sees it
            log.exception("attempt_not_sendable", delivery_id=claimed.delivery_id)
            verdict = not_sendable(type(error).__name__)
        return self._judged(claimed, dialect, verdict, headers, started_at, round((time.monotonic() - started) * 1000))

    def _headers(self, claimed: Claimed, dialect: CallbackDialect, at: Instant) -> dict[str, str]:
        secret = None if claimed.secret is None else self._runtime.keyring.open(claimed.secret, SECRET_PURPOSE)
        return {"User-Agent": user_agent(), **dialect.headers(claimed.body, secret, at)}

    def _judged(
        self, claimed: Claimed, dialect: CallbackDialect, verdict: Verdict, headers: dict[str, str], started_at: Instant, duration_ms: int
    ) -> Record:
        follows = decide_next(dialect.patience, claimed.failures, verdict.outcome)
        log.info(
            "callback_attempt",
            delivery_id=claimed.delivery_id,
            endpoint_id=claimed.endpoint_id,
            attempt=claimed.number,
            outcome=verdict.outcome.value,
            status=verdict.status,
            duration_ms=duration_ms,
            state=follows.state.value,
        )
        attempt = Attempt(
            number=claimed.number,
            started_at=started_at,
            duration_ms=duration_ms,
            outcome=verdict.outcome,
            status=verdict.status,
            reply=verdict.reply[: limits.MAX_REPLY_BYTES_KEPT],
            headers=headers,
            explanation=verdict.explanation,
        )
        return Record(claimed.delivery_id, claimed.lease_token, follows, attempt)

    async def _record(self, claimed: Claimed, result: Record, lease_until: float) -> None:
        """Writes the result; when the writer refuses it goes on until the lease ends. Then the delivery is claimed again, which is safe."""
        while True:
            try:
                written = await self._runtime.commit.run(self.record, result, lane=claimed.endpoint_id)
            except Overloaded:
                if time.monotonic() + RECORD_AGAIN_S < lease_until and not self._stopping:
                    await asyncio.sleep(RECORD_AGAIN_S)
                    continue
                log.warning("result_not_recorded", delivery_id=claimed.delivery_id)
                return
            except Exception:
                log.exception("result_not_recorded", delivery_id=claimed.delivery_id)
                return
            break
        if not written:
            log.warning("lease_lost", delivery_id=claimed.delivery_id)
        elif result.follows.wait:
            self._wake_in(result.follows.wait / 1_000_000)

    def _wake_in(self, seconds: float) -> None:
        """The next attempt on time rather than at the next poll."""

        def ring() -> None:
            self._timers.discard(timer)
            self._wake.set()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)
