"""What is asked of deliveries: which ones, what each is doing, how many there are, how far a feed and a redelivery have got. Pure."""

from collections.abc import Collection, Iterable
from enum import StrEnum

import msgspec

from turnout.callbacks.breaker_rules import allowed_at
from turnout.callbacks.rules import Delivery, DeliveryState, EndpointState, Outcome
from turnout.dialects.contract import DISABLED, TESTED, CallbackDialect
from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.kernel.instants import instant_of


class Shown(StrEnum):
    """What a delivery is doing, as people see it: the state, and of a due one more."""

    WAITING = "waiting"  # for its first attempt, or to be read
    RETRYING = "retrying"  # for another one
    SENDING = "sending"  # an attempt is under way
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WaitsFor(StrEnum):
    """What a due delivery that is not being sent waits for."""

    REMOVAL = "removal"  # its endpoint was removed: it is being cancelled
    READING = "reading"  # its receiver asks for it
    PAUSED = "paused"  # its endpoint is
    DISABLED = "disabled"
    ORDER = "order"  # an earlier message goes first
    BREAKER = "breaker"
    RATE = "rate"
    RETRY = "retry"  # the time of its next attempt after one that failed
    TURN = "turn"  # the sender


_HELD = {EndpointState.PAUSED: WaitsFor.PAUSED, EndpointState.DISABLED: WaitsFor.DISABLED}
_NO_RESULT = (Outcome.ABANDONED, Outcome.POSTPONED)  # after these a delivery is due without having failed


class Asked(StrEnum):
    """Deliveries of which kind are asked for. DUE: those waiting, retrying and sending."""

    DUE = "due"
    WAITING = "waiting"
    RETRYING = "retrying"
    SENDING = "sending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Only deliveries of this account for which all of this holds; None asks nothing. stream_ids: for events of these. kind: of the event.
    from_at, to_at: when the delivery was made, the second not included."""

    account_id: AccountId
    endpoint_id: EndpointId | None = None
    stream_ids: tuple[int, ...] | None = None
    state: Asked | None = None
    kind: str | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None

    def of_streams(self, stream_ids: Collection[int] | None) -> "Filter":
        """The same, for events of these streams only; None: of any."""
        return self if stream_ids is None else msgspec.structs.replace(self, stream_ids=tuple(stream_ids))


class Counts(msgspec.Struct, frozen=True):
    """How many deliveries of an endpoint stand where. oldest_due_at: when the one that has waited longest became due."""

    waiting: int
    retrying: int
    sending: int
    succeeded: int
    failed: int
    cancelled: int
    oldest_due_at: Instant | None


class FeedMessage(msgspec.Struct, frozen=True):
    """One delivery as it is read from a feed. body: JSON."""

    delivery_id: DeliveryId
    number: int
    kind: str
    at: Instant
    body: bytes


class FeedPosition(msgspec.Struct, frozen=True):
    """How far a feed has got. acknowledged: this number and all before it. last: the newest there is."""

    acknowledged: int
    last: int


class Redelivery(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants sent again of an endpoint. missing: the deliveries it should have and does not; else those that have one of these
    states. from_at, to_at: when the events were recorded, or the deliveries made; the second not included. kinds: of events, all where none
    is named. done: everything up to here, (created at, delivery, 0) or (at, stream, number)."""

    id: int
    account_id: AccountId
    endpoint_id: EndpointId
    missing: bool
    from_at: Instant
    to_at: Instant
    states: tuple[DeliveryState, ...]
    kinds: tuple[str, ...]
    done: tuple[int, int, int]


class Sizes(msgspec.Struct, frozen=True):
    """How much is kept. oldest_event_at, oldest_attempt_at: None where there is none."""

    events: int
    deliveries: int
    attempts: int
    due: int
    oldest_event_at: Instant | None


def shown_of(delivery: Delivery) -> Shown:
    """What a delivery is doing."""
    if delivery.state is not DeliveryState.DUE:
        return Shown(delivery.state.value)
    if delivery.in_flight:
        return Shown.SENDING
    return Shown.RETRYING if delivery.attempts_made else Shown.WAITING


def waits_for(delivery: Delivery, now: Instant) -> WaitsFor | None:
    """What a delivery waits for; None for one that has ended or is being sent."""
    if delivery.state is not DeliveryState.DUE or delivery.in_flight:
        return None
    if delivery.endpoint_removed:
        return WaitsFor.REMOVAL
    if delivery.feed_number is not None:
        return WaitsFor.READING
    if delivery.endpoint_state in _HELD:
        return _HELD[delivery.endpoint_state]
    if delivery.is_behind:
        return WaitsFor.ORDER
    if delivery.failures == 0 and delivery.breaker_until is not None:
        return WaitsFor.BREAKER
    if delivery.failures == 0 and _rate_until(delivery) > now:
        return WaitsFor.RATE
    return WaitsFor.TURN if delivery.attempts_made == 0 or is_redelivered(delivery) else WaitsFor.RETRY


def next_attempt_at(delivery: Delivery, now: Instant) -> Instant | None:
    """When it may be sent next, as far as is known now; None where it waits for something else than a time, or is not sent at all."""
    if waits_for(delivery, now) not in (WaitsFor.BREAKER, WaitsFor.RATE, WaitsFor.RETRY, WaitsFor.TURN):
        return None
    return max(delivery.due_at, held_until(delivery, now)) if delivery.failures == 0 else delivery.due_at


def held_until(delivery: Delivery, now: Instant) -> Instant:
    """Until when breaker and rate hold a first attempt back; 0 where they do not, or not for a time."""
    until = max(delivery.breaker_until or 0, _rate_until(delivery))
    return until if until > now else 0


def _rate_until(delivery: Delivery) -> Instant:
    return allowed_at(delivery.calls_per_minute, delivery.rate_from) if delivery.calls_per_minute else 0


def is_redelivered(delivery: Delivery) -> bool:
    """Whether it had ended before and somebody has sent it again since, with no failure yet."""
    return delivery.failures == 0 and delivery.attempts_made > 0 and delivery.last_outcome not in _NO_RESULT


def known_kinds(dialects: Iterable[CallbackDialect]) -> frozenset[str]:
    """The kinds of events of which any of these dialects ever tells."""
    return frozenset((TESTED, DISABLED, *(kind for dialect in dialects for kind in dialect.kinds)))


def check_kind(kind: str, known: Collection[str], field: str) -> str:
    """The kind; raises InvalidInput, naming the field, for one that is not known: it would find nothing for ever."""
    if kind not in known:
        raise InvalidInput(f"there is no kind of event {kind[:100]!r}", field=field)
    return kind


def span_of(from_: str, to: str) -> tuple[Instant, Instant]:
    """The instants between which something is asked for; raises InvalidInput where the second is not after the first."""
    from_at, to_at = instant_of(from_, "from"), instant_of(to, "to")
    if to_at <= from_at:
        raise InvalidInput("must be after `from`", field="to")
    return from_at, to_at
