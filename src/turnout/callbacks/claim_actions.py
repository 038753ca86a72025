"""What the sender writes before an attempt: which deliveries go now, under which lease, with which bytes. By set.

Held back are: what is not due, what order holds back, first attempts that a breaker or a rate holds back, and whatever exceeds the attempts
an endpoint may have under way. Health is locked before deliveries, here and where results are written, so that neither waits crosswise.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import structlog

from turnout.callbacks import due_store, health_store, lease_store
from turnout.callbacks.attempt_rules import not_sendable
from turnout.callbacks.breaker_rules import Gate, Health, allowed_at, charge, count_allowed, gate, probing
from turnout.callbacks.due_store import Due, LeaseClock, Seen, Wanted
from turnout.callbacks.lease_store import ClaimRow
from turnout.callbacks.patience_rules import Schedule, lease_s, schedule_of
from turnout.callbacks.rules import Endpoint
from turnout.dialects.contract import BodySigner, CallbackDialect, EncodedBody, Part
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import DeliveryId, EndpointId
from turnout.storage.event_log import load_events
from turnout.storage.portions import Portions
from turnout.storage.transaction import Tx

log = structlog.get_logger()

CLAIMS_AT_ONCE = 500
"""Deliveries taken by one claim."""

BYTES_AT_ONCE = 16_777_216
"""Bytes of bodies after which a claim takes no more: long ones, such as pages of winners, are not all in memory at once."""

LOOK_FURTHER = 100
"""Due deliveries of an endpoint looked at beyond those that may go, when order holds back all that a first look found."""


_Encoded = dict[tuple[object, ...], bytes]

Finish = Callable[[Endpoint, BodySigner, DeliveryId, EncodedBody, Instant], EncodedBody]
"""Called with (endpoint, its dialect, delivery, body, now): the body with its signature."""


class Claim(msgspec.Struct, frozen=True):
    """Asks for what may be sent now. busy: attempts this sender has under way, by endpoint; per_endpoint: the most it may have, whatever
    the endpoint says. endpoint_ids: where to look; None for everywhere."""

    busy: Mapping[EndpointId, int]
    per_endpoint: int
    endpoint_ids: tuple[EndpointId, ...] | None = None


class Claimed(msgspec.Struct, frozen=True):
    """A delivery under a lease, with all its attempt needs. failures: before this attempt. probe: a half-open breaker let it through."""

    delivery_id: DeliveryId
    endpoint: Endpoint
    schedule: Schedule
    body: bytes
    lease_token: int
    number: int
    failures: int
    probe: bool


class Claims(msgspec.Struct, frozen=True):
    """claimed: under leases. unfinished: endpoints that have more due than was taken, for which an attempt's end is a reason to look again.
    cut_short: those that have more which could go at once. waits: microseconds until a breaker or a rate lets first attempts go again."""

    claimed: Sequence[Claimed]
    unfinished: frozenset[EndpointId] = frozenset()
    cut_short: frozenset[EndpointId] = frozenset()
    waits: Mapping[EndpointId, Instant] = {}


class _Served(msgspec.Struct):
    """One endpoint within a claim. free: attempts it may begin. first: how many of them may be first ones. held: by breaker or rate."""

    endpoint: Endpoint
    health: Health
    free: int
    first: int
    held: bool
    chosen: list[Seen]
    waiting: list[Seen]
    seen_all: bool = True


class ClaimAction:
    """Claims due deliveries: locks them, encodes bodies that do not exist yet, stores those, the leases and the beginning attempts.

    A body that cannot be made fails its delivery here, with an attempt that says so: it would not succeed a second time.
    """

    def __init__(self, dialects: Mapping[str, CallbackDialect], lease_clock: LeaseClock, finish: Finish) -> None:
        self._dialects = dialects
        # found once: asking a structural type costs 14 us a time
        self._signers = {name: dialect for name, dialect in dialects.items() if isinstance(dialect, BodySigner)}
        self._lease_clock = lease_clock
        self._finish = finish

    def __call__(self, tx: Tx, commands: Sequence[Claim]) -> Sequence[Claims | TurnoutError]:
        return [self._claim(tx, command) for command in commands]

    def _claim(self, tx: Tx, command: Claim) -> Claims:
        now = self._lease_clock(tx.connection, tx.now)
        ids = command.endpoint_ids
        if ids is None:
            ids = tuple(due_store.list_calling(tx.connection, now, self._dialects))
        served, full = self._served(tx, command, ids, now)
        _choose(tx, served.values(), now)
        cut_short = set(_cut(served.values()))
        chosen = [seen for one in served.values() for seen in one.chosen]
        claimed: list[Claimed] = []
        encoded: _Encoded = {}  # endpoints that differ in their URL alone get one encoding
        portions = Portions(chosen)
        for some in portions:
            if portions.bytes_seen >= BYTES_AT_ONCE:
                cut_short |= {seen.endpoint_id for seen in some}
                continue
            claimed += self._lease(tx, served, due_store.take(tx, [seen.id for seen in some], now), encoded, now)
            portions.bytes_seen = sum(len(one.body) for one in claimed)
        waits = _save_health(tx, served.values(), claimed, now)
        unfinished = {one.endpoint.id for one in served.values() if not one.seen_all or one.waiting}
        return Claims(claimed, frozenset(unfinished | full), frozenset(cut_short), waits)

    # ---- what each endpoint may send

    def _served(self, tx: Tx, command: Claim, ids: Iterable[EndpointId], now: Instant) -> tuple[dict[EndpointId, _Served], set[EndpointId]]:
        """The endpoints that may send something, and those that have all under way they may have."""
        endpoints = {
            one.id: one
            for one in due_store.load_endpoints(tx, ids)
            if one.dialect in self._dialects and one.removed_at is None and not one.is_held and not one.is_feed
        }
        free = {one.id: min(one.concurrency, command.per_endpoint) - command.busy.get(one.id, 0) for one in endpoints.values()}
        full = {endpoint_id for endpoint_id, count in free.items() if count <= 0}
        healths = health_store.load_health(tx, endpoints.keys() - full)
        counted = [key for key, health in healths.items() if endpoints[key].calls_per_minute or gate(health, now) is Gate.ONE]
        if counted:
            healths |= health_store.load_health(tx, counted, lock=True)
        return {key: _serve(endpoints[key], health, free[key], now) for key, health in healths.items()}, full

    # ---- leases and bodies

    def _lease(self, tx: Tx, served: Mapping[EndpointId, _Served], found: Sequence[Due], encoded: _Encoded, now: Instant) -> list[Claimed]:
        unencoded = [(due.stream_id, due.event_number) for due in found if due.body is None]
        events = load_events(tx.connection, unencoded) if unencoded else {}
        schedules: dict[EndpointId, Schedule] = {}
        tokens = iter(tx.new_ids(len(found)))
        rows: list[ClaimRow] = []
        claimed: list[Claimed] = []
        for due in found:
            one = served[due.endpoint_id]
            endpoint = one.endpoint
            body = self._body(tx, endpoint, due, events, encoded)
            if body is None:
                continue
            schedule = schedules.get(endpoint.id)
            if schedule is None:
                schedule = schedules[endpoint.id] = schedule_of(endpoint, self._dialects[endpoint.dialect].patience)
            lease_until = now + round(lease_s(schedule.timeout_s) * SECOND)
            row = ClaimRow(due, next(tokens), lease_until, endpoint.url, None if body == due.body else body)
            rows.append(row)
            claimed.append(
                Claimed(
                    delivery_id=due.id,
                    endpoint=endpoint,
                    schedule=schedule,
                    body=body,
                    lease_token=row.lease_token,
                    number=due.attempts_made + 1,
                    failures=due.failures,
                    probe=due.failures == 0 and one.health.breaker_until is not None,
                )
            )
        lease_store.save_claims(tx, rows)
        return claimed

    def _body(
        self,
        tx: Tx,
        endpoint: Endpoint,
        due: Due,
        events: Mapping[tuple[int, int], Event],
        encoded: _Encoded,
    ) -> bytes | None:
        """What is sent; None where it cannot be made, and the delivery has failed."""
        try:
            body = self._encode(endpoint, due, events, encoded) if due.body is None else bytes(due.body)
            signer = self._signers.get(endpoint.dialect)
            # since it became due, nothing has been sent: neither has an attempt failed, nor has one been abandoned
            if signer is not None and due.failures == 0 and due.lease_token is None:
                body = self._finish(endpoint, signer, due.id, body, tx.now)
        except Exception as error:
            log.exception("encode_failed", delivery_id=due.id, dialect=endpoint.dialect)
            lease_store.fail_unsent(tx, due, not_sendable(type(error).__name__).explanation)
            tx.nudge("deliveries", endpoint.id)  # what waited for this one under its ordering key may go
            return None
        return body

    def _encode(self, endpoint: Endpoint, due: Due, events: Mapping[tuple[int, int], Event], encoded: _Encoded) -> bytes:
        key = (endpoint.dialect, tuple(sorted(endpoint.options.items())), due.stream_id, due.event_number, due.ordering_key, due.part)
        if key not in encoded:
            event = events[due.stream_id, due.event_number]
            encoded[key] = self._dialects[endpoint.dialect].encode(event, Part(due.ordering_key, due.part), endpoint.options)
        return encoded[key]


def _serve(endpoint: Endpoint, health: Health, free: int, now: Instant) -> _Served:
    passes = gate(health, now)
    first = free if passes is Gate.ALL else 1 if passes is Gate.ONE else 0
    if endpoint.calls_per_minute:
        first = min(first, count_allowed(endpoint.calls_per_minute, health.rate_from, now))
    return _Served(endpoint, health, free, first, held=first < free, chosen=[], waiting=[])


def _choose(tx: Tx, served: Iterable[_Served], now: Instant) -> None:
    """Looks at as many due deliveries as may go; further where order held some of them back, and what is still held back is set aside."""
    blocked = _look(tx, list(served), now, 0)
    blocked = _look(tx, blocked, now, LOOK_FURTHER) if blocked else []
    waiting = [(seen.id, seen.waits_for) for one in blocked for seen in one.waiting if seen.is_first and seen.waits_for is not None]
    if waiting:
        due_store.set_aside(tx, waiting)
        tx.nudge_each("deliveries", [one.endpoint.id for one in blocked])  # what comes behind them can be seen now


def _look(tx: Tx, served: Sequence[_Served], now: Instant, further: int) -> list[_Served]:
    """Fills in what is chosen and what waits; returns the endpoints that saw all they asked for and could send more."""
    wanted = [Wanted(one.endpoint.id, one.free + further, one.first + further if one.first else 0) for one in served]
    by_endpoint: dict[EndpointId, list[Seen]] = {}
    for seen in due_store.look(tx, wanted, now):
        by_endpoint.setdefault(seen.endpoint_id, []).append(seen)
    blocked = []
    for one, (endpoint_id, later, first) in zip(served, wanted, strict=True):
        found = by_endpoint.get(endpoint_id, [])
        ready = [seen for seen in found if seen.waits_for is None]
        firsts = [seen for seen in ready if seen.is_first][: one.first]
        one.chosen = ([seen for seen in ready if not seen.is_first] + firsts)[: one.free]
        one.waiting = [seen for seen in found if seen.waits_for is not None]
        laters = sum(not seen.is_first for seen in found)
        filled = 0 < later <= laters or 0 < first <= len(found) - laters
        one.seen_all = not filled
        if filled and one.waiting and len(one.chosen) < one.free and len(firsts) < one.first:
            blocked.append(one)
    return blocked


def _cut(served: Iterable[_Served]) -> frozenset[EndpointId]:
    """Leaves what is more than CLAIMS_AT_ONCE for the next claim; where it left something."""
    left, cut = CLAIMS_AT_ONCE, set()
    for one in served:
        if len(one.chosen) > left:
            one.chosen = one.chosen[:left]
            cut.add(one.endpoint.id)
        left -= len(one.chosen)
    return frozenset(cut)


def _save_health(tx: Tx, served: Iterable[_Served], claimed: Sequence[Claimed], now: Instant) -> dict[EndpointId, Instant]:
    """Counts the first attempts that begin and notes the probes; returns when those that are held back may go."""
    begun: dict[EndpointId, list[Claimed]] = {}
    for claim in claimed:
        if claim.failures == 0:
            begun.setdefault(claim.endpoint.id, []).append(claim)
    changed: dict[EndpointId, Health] = {}
    waits: dict[EndpointId, Instant] = {}
    for one in served:
        endpoint, health, firsts = one.endpoint, one.health, begun.get(one.endpoint.id, [])
        if firsts and endpoint.calls_per_minute:
            rate_from = charge(endpoint.calls_per_minute, health.rate_from, now, len(firsts))
            health = msgspec.structs.replace(health, rate_from=rate_from)
        if firsts and health.breaker_until is not None:
            health = probing(health, now + round(lease_s(firsts[0].schedule.timeout_s) * SECOND))
        if health is not one.health:
            changed[endpoint.id] = health
        if one.held:
            until = health.breaker_until or now
            if endpoint.calls_per_minute:
                until = max(until, allowed_at(endpoint.calls_per_minute, health.rate_from))
            if until > now:
                waits[endpoint.id] = until - now
    health_store.save_claims(tx, changed)
    return waits
