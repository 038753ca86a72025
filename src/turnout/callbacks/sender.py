"""Sends what is due: claim, prepare, post, judge, record.

Promise: every delivery ends as succeeded, visibly failed or cancelled, whatever process dies at whatever instant. A body is encoded once,
from the event's frozen facts, and stored by the claim of the first attempt before anything is sent; every attempt sends those bytes. Only a
signature within the body is made anew when somebody redelivers it.
Leases: a claim holds for longer than its attempt's hard deadline, on the database's clock; an attempt that could outlive its lease is not
begun, and a result is written only under the current lease. A dead sender's deliveries are claimed again when its leases run out; what
nobody claims again is ended at the start of any sender and every TIDY_S. Where only one process may send, it ends at its start whatever
leases it finds.
Order: see dialects.contract. Concurrency: one task per attempt; each endpoint has so many attempts under way and no more, and what
accounts share, the threads that look names up, no single one can use up (post.py). Nothing is held open in the database during a call.
Where to look: at the endpoints that had news, namely new deliveries, an attempt's end, or the end of a wait; and at all of them every
POLL_S, since news may be lost or come from another process. An endpoint without news costs nothing, however much waits for it.
Start and stop: on the event loop, after the group commit. Stop claims nothing more and waits for the attempts under way, which end within
their deadline, and for their results.
May import: dialects.contract, storage, kernel.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection, Mapping

import sqlalchemy as sa
import structlog

from turnout.callbacks import due_store, lease_store
from turnout.callbacks.attempt_actions import Record, end_leases, record_results, tidy_up
from turnout.callbacks.attempt_rules import POSTPONED_AGAIN_EXPLANATION, Verdict, judge, not_sendable
from turnout.callbacks.claim_actions import Claim, ClaimAction, Claimed, Claims
from turnout.callbacks.due_store import LeaseClock, database_now
from turnout.callbacks.lease_store import Lease
from turnout.callbacks.patience_rules import decide_next, lease_s
from turnout.callbacks.post import Post
from turnout.callbacks.prepare import Prepare
from turnout.callbacks.rules import Attempt, Outcome
from turnout.dialects.contract import CallbackDialect
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Overloaded, TurnoutError
from turnout.kernel.ids import EndpointId
from turnout.storage.action import Action
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

POLL_S = 1.0
"""Seconds between looks at every endpoint."""

TIDY_S = 30.0
"""Seconds between looks for what nobody comes back to."""

ENDPOINTS_AT_ONCE = 500
"""Endpoints looked at by one claim; the next claim follows at once."""

TIMED_WAIT_S = 60.0
"""Waits up to this many seconds end on time; longer ones at the next poll after it."""

LANE = 1
"""The lane of claims in the group commit; results go by their endpoint."""

CLAIM_EVERY_S = 0.004
"""Seconds between the beginnings of two claims while attempts are under way: each looks at every endpoint that has something due, so what
becomes due meanwhile goes together."""

RECORD_AGAIN_S = 0.2
"""Seconds before a result that the writer refused is handed to it again."""


class Sender:
    """Sends deliveries until stopped. One per process.

    attempts_per_endpoint: the most it may have under way to one endpoint, whatever the endpoint says. proxy: URL through which every call
    goes, "" for none. alone: no other process sends from this database, so a lease that it finds at its start is a dead one's.
    """

    def __init__(
        self,
        runtime: Runtime,
        dialects: Mapping[str, CallbackDialect],
        *,
        dangerous_allow_private_callbacks: bool = False,
        attempts_per_endpoint: int = limits.MAX_ATTEMPTS_PER_ENDPOINT,
        poll_s: float = POLL_S,
        lease_clock: LeaseClock = database_now,
        proxy: str = "",
        alone: bool = False,
    ) -> None:
        self._runtime = runtime
        self._inherits = alone
        self._dialects = dialects
        self._poll_s = poll_s
        self._lease_clock = lease_clock
        self._attempts_per_endpoint = attempts_per_endpoint
        self._post = Post(dangerous_allow_private_callbacks=dangerous_allow_private_callbacks, proxy=proxy)
        self._prepare = Prepare(runtime)
        self._wake = asyncio.Event()
        self._stopping = False
        self._loop_task: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._busy: Counter[EndpointId] = Counter()
        self._news: set[EndpointId] = set()  # where to look
        self._look_everywhere = False
        self._looking: frozenset[EndpointId] = frozenset()  # where the claim looks that is being written
        self._unfinished: set[EndpointId] = set()  # where the end of an attempt is a reason to look again
        self._timers: set[asyncio.TimerHandle] = set()
        self._held: dict[EndpointId, float] = {}  # when a breaker or a rate lets go, on the monotonic clock: one timer for each such end
        self.claim: Action[Claim, Claims] = Action("claim_deliveries", ClaimAction(dialects, lease_clock, self._prepare.finish))
        self.record: Action[Record, bool] = Action("record_attempts", record_results(lease_clock))
        self.tidy: Action[None, int] = Action("tidy_deliveries", tidy_up(lease_clock))
        self.end_leases: Action[tuple[Lease, ...], None] = Action("end_leases", end_leases(lease_clock))
        self._chance = random.Random().random  # noqa: S311 - spreads attempts, hides nothing
        self._log = log.bind()  # once: for each line it would cost as much as judging the attempt
        self._tidy_at = 0.0  # on the monotonic clock
        self._poll_at = 0.0
        self._claimed_at = 0.0

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
        """Look everywhere soon. On the event loop's thread."""
        self._look_everywhere = True
        self._wake.set()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread. Key 0 without keys: look everywhere."""
        for nudge in nudges:
            if nudge.topic == "deliveries":
                self._news.update(map(EndpointId, nudge.keys or (nudge.key,)))
                self._look_everywhere |= not (nudge.keys or nudge.key)
                self._wake.set()
            elif nudge.topic == "removals":
                self._tidy_soon()

    # ---- claiming

    async def _run(self) -> None:
        self.wake()
        while not self._stopping:
            try:
                await self._inherit()
                await self._tidy_up()
                await self._woken()
                await self._claim_all()
            except TurnoutError as error:
                log.warning("sending_delayed", code=error.code)
                await self._pause()
            except Exception:
                # what is due stays due and is tried again: a sender that dies would hold back every callback silently
                log.exception("sending_failed")
                await self._pause()

    async def _inherit(self) -> None:
        """Before the first claim of a sender that is alone: what its dead predecessor had in hand is due now, not when those leases end."""
        if not self._inherits:
            return
        self._inherits = False  # first: without it they end by themselves
        leases = await self._runtime.database.read_long(lease_store.list_leases)
        for at in range(0, len(leases), lease_store.ENDED_AT_ONCE):
            await self._runtime.commit.run(self.end_leases, tuple(leases[at : at + lease_store.ENDED_AT_ONCE]), lane=LANE)

    async def _tidy_up(self) -> None:
        if time.monotonic() < self._tidy_at:
            return

        def look(connection: sa.Connection) -> bool:
            return lease_store.has_left_behind(connection, self._lease_clock(connection, self._runtime.clock.now()))

        self._tidy_at = time.monotonic() + TIDY_S  # first: what cannot be tidied up must not hold back what can be sent
        tidied = await self._runtime.commit.run(self.tidy, None, lane=LANE) if await self._runtime.database.read(look) else 0
        if tidied >= lease_store.CANCELLED_AT_ONCE:
            self._tidy_soon()  # after what can be sent meanwhile

    def _tidy_soon(self) -> None:
        self._tidy_at = 0.0
        self._wake.set()

    async def _claim_all(self) -> None:
        while not self._stopping:
            if self._look_everywhere or time.monotonic() >= self._poll_at:
                await self._look()
            self._news.discard(EndpointId(0))
            if not self._news:
                return
            if self._under_way and (early_s := self._claimed_at + CLAIM_EVERY_S - time.monotonic()) > 0:
                await asyncio.sleep(early_s)
            await self._claim()

    async def _look(self) -> None:
        """Finds out which endpoints have something due."""

        def look(connection: sa.Connection) -> list[EndpointId]:
            now = self._lease_clock(connection, self._runtime.clock.now())
            return due_store.list_calling(connection, now, self._dialects)

        self._look_everywhere = False
        self._news.update(await self._runtime.database.read(look))
        self._poll_at = time.monotonic() + self._poll_s

    async def _claim(self) -> None:
        places = tuple(self._news) if len(self._news) <= ENDPOINTS_AT_ONCE else tuple(self._news)[:ENDPOINTS_AT_ONCE]
        self._news.difference_update(places)
        self._looking = frozenset(places)
        asked_at = self._claimed_at = time.monotonic()
        try:
            busy = {place: self._busy[place] for place in places if place in self._busy}
            claims = await self._runtime.commit.run(self.claim, Claim(busy, self._attempts_per_endpoint, places), lane=LANE)
        except BaseException:
            self._look_everywhere = True
            raise
        finally:
            self._looking = frozenset()
        self._unfinished.difference_update(places)
        self._unfinished.update(claims.unfinished)
        self._news.update(claims.cut_short)
        for endpoint_id, wait in claims.waits.items():
            if self._held.get(endpoint_id, 0.0) <= time.monotonic():
                self._held[endpoint_id] = time.monotonic() + wait / SECOND
                self._look_in(endpoint_id, wait)
        for one in claims.claimed:
            self._begin(one, asked_at)

    def _begin(self, claimed: Claimed, asked_at: float) -> None:
        # the lease began after we asked for it, so by our own clock it holds at least until then
        self._busy[claimed.endpoint.id] += 1
        lease_until = asked_at + lease_s(claimed.schedule.timeout_s)
        task = asyncio.create_task(self._send(claimed, self._dialects[claimed.endpoint.dialect], lease_until))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _woken(self) -> None:
        """Waits for a wake-up, or for the time to look everywhere."""
        if not self._wake.is_set():
            try:
                async with asyncio.timeout(max(0.0, self._poll_at - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                return
        self._wake.clear()

    async def _pause(self) -> None:
        self._wake.clear()
        self._poll_at = time.monotonic() + self._poll_s
        if not self._stopping:
            await self._woken()
            self.wake()

    # ---- one attempt

    async def _send(self, claimed: Claimed, dialect: CallbackDialect, lease_until: float) -> None:
        """One attempt from its claim to its record. lease_until: on the monotonic clock."""
        endpoint_id = claimed.endpoint.id
        try:
            result = await self._attempt(claimed, dialect, lease_until)
        finally:
            self._busy[endpoint_id] -= 1
            if not self._busy[endpoint_id]:
                del self._busy[endpoint_id]
        self._attempt_ended(endpoint_id)  # the next one need not wait for this one's record
        if result is not None:
            await self._record(claimed, result, lease_until)
            self._attempt_ended(endpoint_id)  # what waited for it in order may go

    def _attempt_ended(self, endpoint_id: EndpointId) -> None:
        if endpoint_id in self._unfinished or endpoint_id in self._looking:
            self._news.add(endpoint_id)
            self._wake.set()

    async def _attempt(self, claimed: Claimed, dialect: CallbackDialect, lease_until: float) -> Record | None:
        timeout_s = claimed.schedule.timeout_s
        started = time.monotonic()
        if started + timeout_s >= lease_until:
            log.warning("lease_too_short", delivery_id=claimed.delivery_id)  # the writer is far behind; somebody claims it again
            return None
        started_at = self._runtime.clock.now()
        headers: dict[str, str] = {}
        try:
            made = self._prepare.headers(claimed, dialect, started_at)
            headers = made.shown
            endpoint = claimed.endpoint
            tls = await self._prepare.certificate(endpoint)
            answer = await self._post.post(endpoint.url, claimed.body, made.sent, timeout_s, endpoint.account_id, tls)
            verdict = judge(dialect, answer, timeout_s, self._runtime.clock.now(), endpoint.options)
        except Exception as error:
            # our own fault, such as a secret sealed under another key: recorded like any failure, so that somebody sees it
            log.exception("attempt_not_sendable", delivery_id=claimed.delivery_id)
            verdict = not_sendable(type(error).__name__)
        return self._judged(claimed, verdict, headers, started_at, round((time.monotonic() - started) * 1000))

    def _judged(self, claimed: Claimed, verdict: Verdict, headers: dict[str, str], started_at: Instant, duration_ms: int) -> Record:
        follows = decide_next(
            claimed.schedule,
            claimed.failures,
            verdict.outcome,
            chance=self._chance(),
            asked_s=verdict.wait_s,
            gone=verdict.gone,
            free=claimed.number - 1 - claimed.failures,
        )
        counts = verdict.outcome is Outcome.POSTPONED and follows.failures > claimed.failures
        self._log.info(
            "callback_attempt",
            delivery_id=claimed.delivery_id,
            endpoint_id=claimed.endpoint.id,
            attempt=claimed.number,
            outcome=verdict.outcome.value,
            status=verdict.status,
            duration_ms=duration_ms,
            state=follows.state.value,
        )
        attempt = Attempt(
            number=claimed.number,
            url=claimed.endpoint.url,
            started_at=started_at,
            duration_ms=duration_ms,
            outcome=verdict.outcome,
            status=verdict.status,
            reply=verdict.reply[: limits.MAX_REPLY_BYTES_KEPT],
            reply_headers=dict(verdict.reply_headers),
            headers=headers,
            explanation=POSTPONED_AGAIN_EXPLANATION if counts else verdict.explanation,
        )
        return Record(claimed.delivery_id, claimed.endpoint.id, claimed.lease_token, follows, attempt, claimed.probe, verdict.gone)

    async def _record(self, claimed: Claimed, result: Record, lease_until: float) -> None:
        """Writes the result; when the writer refuses it goes on until the lease ends. Then the delivery is claimed again, which is safe."""
        while True:
            try:
                written = await self._runtime.commit.run(self.record, result, lane=claimed.endpoint.id)
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
            self._look_in(claimed.endpoint.id, result.follows.wait)
        elif result.follows.failures > claimed.failures:
            self._news.add(claimed.endpoint.id)  # due again at once
            self._wake.set()

    def _look_in(self, endpoint_id: EndpointId, wait: Instant) -> None:
        """The next attempt on time rather than at the next poll."""
        seconds = wait / SECOND
        if seconds > TIMED_WAIT_S:
            return

        def ring() -> None:
            self._timers.discard(timer)
            self._news.add(endpoint_id)
            self._wake.set()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)
