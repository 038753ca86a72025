"""What is asked of deliveries: which ones, what each is doing, how many there are, how far a feed and a redelivery have got. Pure."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from turnout.callbacks.rules import Delivery, DeliveryState
from turnout.dialects.contract import DISABLED, TESTED, CallbackDialect
from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Shown(StrEnum):
    """What a delivery is doing, as people see it: the state, and of a due one more."""

    WAITING = "waiting"  # for its first attempt, or to be read
    RETRYING = "retrying"  # for another one
    SENDING = "sending"  # an attempt is under way
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


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


def known_kinds(dialects: Iterable[CallbackDialect]) -> frozenset[str]:
    """The kinds of events of which any of these dialects ever tells."""
    return frozenset((TESTED, DISABLED, *(kind for dialect in dialects for kind in dialect.kinds)))


def check_kind(kind: str, known: Collection[str], field: str) -> str:
    """The kind; raises InvalidInput, naming the field, for one that is not known: it would find nothing for ever."""
    if kind not in known:
        raise InvalidInput(f"there is no kind of event {kind[:100]!r}", field=field)
    return kind


def instant_of(text: str, field: str) -> Instant:
    """The instant of an RFC 3339 time; raises InvalidInput for another text, and for one without its offset from UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("a time like 2026-01-05T08:00:00Z", field=field) from None
    if at.tzinfo is None:
        raise InvalidInput("a time with its offset from UTC, like 2026-01-05T08:00:00Z", field=field)
    return (at - _EPOCH) // timedelta(microseconds=1)


def span_of(from_: str, to: str) -> tuple[Instant, Instant]:
    """The instants between which something is asked for; raises InvalidInput where the second is not after the first."""
    from_at, to_at = instant_of(from_, "from"), instant_of(to, "to")
    if to_at <= from_at:
        raise InvalidInput("must be after `from`", field="to")
    return from_at, to_at
