"""Which deliveries an event needs, and how they are inserted: for the planner, and for whoever plans again what is missing.

A feed's delivery gets its number and its body here, under the lock of its endpoint's health: numbers are without gaps and commit in order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from turnout.callbacks import health_store, lease_store
from turnout.callbacks.attempt_rules import not_sendable
from turnout.callbacks.due_store import Due
from turnout.callbacks.lease_store import Planned
from turnout.callbacks.rules import Endpoint, Ordering
from turnout.dialects.contract import DISABLED, TESTED, CallbackDialect, Part
from turnout.kernel.clock import Instant
from turnout.kernel.events import Event
from turnout.storage.transaction import Tx

log = structlog.get_logger()

LIVE_SESSION_KEY = "live"
"""The ordering key of all deliveries to an endpoint with Ordering.LIVE_SESSION: keys hold within one stream."""


class Whereabouts(msgspec.Struct, frozen=True):
    """What the facts of every kind say where they are about these at all."""

    room_id: int | None = None
    endpoint_id: int | None = None


_whereabouts = msgspec.json.Decoder(Whereabouts)


def parts_for(event: Event, endpoint: Endpoint, dialects: Mapping[str, CallbackDialect]) -> Sequence[Part]:
    """The deliveries an endpoint is owed for an event of its account: of its kinds and of its room; of TESTED only its own, of DISABLED
    only others'."""
    dialect = dialects.get(endpoint.dialect)
    if dialect is None:
        # stored by a version that knew more dialects; whether it wants this event, nobody here can say
        log.warning("unknown_dialect", dialect=endpoint.dialect, endpoint_id=endpoint.id, kind=event.kind)
        return ()
    try:
        parts = dialect.plan(event, endpoint.options) if _wants(endpoint, event) else ()
    except Exception:
        # one event that cannot be planned must not hold back all others: it becomes a delivery whose encoding will say what is wrong
        log.exception("plan_failed", dialect=endpoint.dialect, kind=event.kind, stream_id=event.stream_id, number=event.number)
        return (Part(f"event:{event.number}"),)
    return parts if endpoint.ordering is Ordering.DIALECT else [_reordered(part, endpoint.ordering, event) for part in parts]


def insert_planned(
    tx: Tx, planned: Sequence[tuple[Event, Endpoint, Part]], dialects: Mapping[str, CallbackDialect], due_at: Instant
) -> int:
    """Inserts deliveries, those of an endpoint in the order given, and tells who sends them; one that exists is left as it is. How many are
    new. The endpoints are held against removal."""
    if not planned:
        return 0
    to_call = [Planned(event, to.id, part.ordering_key, part.part) for event, to, part in planned if not to.is_feed]
    inserted = len(lease_store.insert_deliveries(tx, to_call, due_at))
    to_read = [one for one in planned if one[1].is_feed]
    if to_read:
        inserted += _insert_into_feeds(tx, to_read, dialects, due_at)
    tried = {to.id for event, to, _ in planned if event.kind == TESTED and not to.is_feed}
    if tried:
        health_store.let_one_through(tx, tried)
    tx.nudge_each("deliveries", sorted({to.id for _, to, _ in planned}))
    return inserted


def _insert_into_feeds(
    tx: Tx, planned: Sequence[tuple[Event, Endpoint, Part]], dialects: Mapping[str, CallbackDialect], due_at: Instant
) -> int:
    # the lock first, then what is there: whoever planned the same event before has committed
    health_store.load_health(tx, {to.id for _, to, _ in planned}, lock=True)
    there = lease_store.list_planned(tx, [(to.id, event) for event, to, _ in planned])
    new = [one for one in planned if (one[1].id, one[0].stream_id, one[0].number, one[2].part) not in there]
    bodies = [_encode(event, to, part, dialects) for event, to, part in new]
    counts = Counter(to.id for (_, to, _), body in zip(new, bodies, strict=True) if isinstance(body, bytes))
    last = health_store.take_feed_numbers(tx, counts)
    rows: list[Planned] = []
    for (event, to, part), body in zip(new, bodies, strict=True):
        if isinstance(body, bytes):
            last[to.id] += 1
            rows.append(Planned(event, to.id, part.ordering_key, part.part, body, last[to.id]))
        else:
            _insert_failed(tx, Planned(event, to.id, part.ordering_key, part.part), body, due_at)
    return len(lease_store.insert_deliveries(tx, rows, due_at))


def _encode(event: Event, endpoint: Endpoint, part: Part, dialects: Mapping[str, CallbackDialect]) -> bytes | str:
    """The body, or what went wrong."""
    try:
        return dialects[endpoint.dialect].encode(event, part, endpoint.options)
    except Exception as error:
        log.exception("encode_failed", stream_id=event.stream_id, number=event.number, dialect=endpoint.dialect)
        return type(error).__name__


def _insert_failed(tx: Tx, planned: Planned, reason: str, due_at: Instant) -> None:
    event = planned.event
    for delivery_id in lease_store.insert_deliveries(tx, [planned], due_at):
        due = Due(
            id=delivery_id,
            endpoint_id=planned.endpoint_id,
            stream_id=event.stream_id,
            event_number=event.number,
            part=planned.part,
            ordering_key=planned.ordering_key,
            body=None,
            attempts_made=0,
            failures=0,
            lease_token=None,
        )
        lease_store.fail_unsent(tx, due, not_sendable(reason).explanation)


def _wants(endpoint: Endpoint, event: Event) -> bool:
    if event.kind == TESTED:
        return _whereabouts.decode(event.facts).endpoint_id == endpoint.id
    if endpoint.kinds and event.kind not in endpoint.kinds:
        return False
    if event.kind == DISABLED and _whereabouts.decode(event.facts).endpoint_id == endpoint.id:
        return False  # it would wait for its endpoint to be resumed, and tell it then that it is disabled
    return endpoint.room_id is None or _whereabouts.decode(event.facts).room_id == endpoint.room_id


def _reordered(part: Part, ordering: Ordering, event: Event) -> Part:
    key = LIVE_SESSION_KEY if ordering is Ordering.LIVE_SESSION else f"{event.number}.{part.part}"
    return Part(key, part.part)
