"""What endpoints, deliveries and attempts are, and what may become of them. Pure.

due ──accepted──▶ succeeded          due ──failed, waits left──▶ due later          due ──waits spent──▶ failed
due ──postponed──▶ due later         due ──endpoint removed──▶ cancelled        failed ──somebody redelivers──▶ due
succeeded ──somebody redelivers──▶ due     due ──receiver of a feed acknowledges──▶ succeeded     due ──held for too long──▶ failed
"""

from enum import StrEnum

import msgspec

from turnout.dialects.contract import EndpointFacts as EndpointFacts
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, NotFound
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId, RoomId


class DeliveryState(StrEnum):
    """Where a delivery stands. Only `due` is ever sent."""

    DUE = "due"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What came of an attempt; of all but the first two and the last two it is a kind of failure."""

    SENDING = "sending"  # claimed, no result yet
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # an answer that does not acknowledge
    REDIRECTED = "redirected"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"  # nothing listens there
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"  # the name has no address
    BLOCKED = "blocked"  # an address we do not call
    INSECURE = "insecure"  # TLS failed
    BROKEN = "broken"  # the connection ended before an answer
    NOT_HTTP = "not_http"
    NOT_SENDABLE = "not_sendable"  # we could not make the body or the headers
    POSTPONED = "postponed"  # nothing was sent: the look-up of the name did not get its turn
    ABANDONED = "abandoned"  # the sender died before it knew; the lease ran out
    EXPIRED = "expired"  # nothing was sent: the endpoint was held, or nobody asked its feed, for as long as events are kept


class NoSuchEndpoint(NotFound):
    """There is no such callback endpoint."""


class NoSuchDelivery(NotFound):
    """There is no such delivery."""


class NoSuchStream(NotFound):
    """There is no such live session, or nothing of it is kept any more."""


class NotRedeliverable(Conflict):
    """Only a delivery that has succeeded or failed can be redelivered."""

    code = "not_redeliverable"


class EndpointRemoved(Conflict):
    """The endpoint of this delivery has been removed."""

    code = "endpoint_removed"


class NotAFeed(Conflict):
    """This endpoint is called: only a feed, which has no URL, is read."""

    code = "not_a_feed"


class IsFeed(Conflict):
    """This endpoint is a feed: nothing is sent to it, its receiver asks when it likes."""

    code = "is_feed"


class TooManyRedeliveries(Conflict):
    """Much of what was asked to be sent to this endpoint again is not through yet."""

    code = "too_many_redeliveries"


class NoSuchNotice(NotFound):
    """There is no such notice."""


class TooManyEndpoints(Conflict):
    """This account has as many callback endpoints as it may have."""

    code = "too_many_endpoints"


class Ordering(StrEnum):
    """Which deliveries to an endpoint wait for each other."""

    DIALECT = "dialect"  # as the dialect's contract has it
    LIVE_SESSION = "live_session"  # all of one live session, one after the other
    FREE = "free"  # none


class EndpointState(StrEnum):
    """What an endpoint does with what is due to it."""

    ACTIVE = "active"
    PAUSED = "paused"  # by its owner: all waits
    DISABLED = "disabled"  # by this server, after days of failures: all waits
    FEED = "feed"  # its owner asks


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer is told, and how.

    url: "" for a feed, which the customer reads instead. room_id: only events of this room, None for all of the account. kinds: of events;
    none named means all the dialect has a form for. secret, old_secret: sealed; the old one signs too until old_secret_until. headers:
    sealed JSON object of what is sent with each call, None for none. client_certificate: sealed PEM of certificate and key.
    timeout_s, waits_s: in place of the dialect's. calls_per_minute: of first attempts, None for as many as there are. concurrency:
    attempts under way at once. native_tail: after the dialect's patience the native one's begins. notify: mail address, may be "".
    paused_at: by its owner; disabled_at: by this server, for disabled_because.
    """

    id: EndpointId
    account_id: AccountId
    url: str
    dialect: str
    name: str = ""
    room_id: RoomId | None = None
    kinds: tuple[str, ...] = ()
    secret: bytes | None = None
    old_secret: bytes | None = None
    old_secret_until: Instant | None = None
    options: dict[str, bool | int | str] = {}
    headers: bytes | None = None
    client_certificate: bytes | None = None
    timeout_s: float | None = None
    waits_s: tuple[float, ...] | None = None
    calls_per_minute: int | None = None
    concurrency: int = limits.ATTEMPTS_PER_ENDPOINT
    ordering: Ordering = Ordering.DIALECT
    native_tail: bool = False
    notify: str = ""
    created_at: Instant
    paused_at: Instant | None = None
    disabled_at: Instant | None = None
    disabled_because: str = ""
    removed_at: Instant | None = None

    @property
    def is_feed(self) -> bool:
        """Whether its customer asks for what is due, instead of being called."""
        return not self.url

    @property
    def is_held(self) -> bool:
        """Whether what is due to it waits."""
        return self.paused_at is not None or self.disabled_at is not None

    @property
    def state(self) -> EndpointState:
        """As its owner sees it."""
        if self.disabled_at is not None:
            return EndpointState.DISABLED
        if self.paused_at is not None:
            return EndpointState.PAUSED
        return EndpointState.FEED if self.is_feed else EndpointState.ACTIVE


class EndpointHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint has been doing. failing_since: the first of its failures in a row. breaker_until: first attempts wait until then."""

    failing_since: Instant | None = None
    failures_in_row: int = 0
    breaker_until: Instant | None = None
    succeeded_at: Instant | None = None
    failed_at: Instant | None = None
    last_explanation: str = ""


class EndpointHour(msgspec.Struct, frozen=True):
    """The attempts at an endpoint that ended in one hour. hour: its first instant. duration_ms: of all of them together."""

    hour: Instant
    accepted: int
    failed: int
    duration_ms: int


class Attempt(msgspec.Struct, frozen=True):
    """One HTTP try. url: where it went. headers: those sent, secrets left out. duration_ms and what follows it is empty while it is being
    sent. reply_headers: of the answer, the first of them. body: what was sent, None where it is the delivery's."""

    number: int
    url: str
    started_at: Instant
    duration_ms: int | None
    outcome: Outcome
    status: int | None
    reply: bytes
    reply_headers: dict[str, str]
    headers: dict[str, str]
    explanation: str
    body: bytes | None = None


class Delivery(msgspec.Struct, frozen=True):
    """One HTTP call owed to one endpoint for one event. due_at: the next attempt, or the end of the lease while in_flight. failures: since
    it last became due. feed_number: its place in the feed it is read from; None where it is sent. Why it may be waiting: endpoint_state;
    is_behind: an earlier one under its ordering key has not finished; of a first attempt breaker_until, calls_per_minute and rate_from, as
    the endpoint has them. event_title: what the event's interaction or live session was called, "" where it has no title."""

    id: DeliveryId
    account_id: AccountId
    stream_id: int
    event_number: int
    event_kind: str
    event_at: Instant
    endpoint_id: EndpointId
    endpoint_url: str
    dialect: str
    part: int
    state: DeliveryState
    attempts_made: int
    due_at: Instant
    in_flight: bool
    created_at: Instant
    finished_at: Instant | None
    last_explanation: str
    endpoint_name: str = ""
    endpoint_state: EndpointState = EndpointState.ACTIVE
    feed_number: int | None = None
    failures: int = 0
    last_outcome: Outcome | None = None
    endpoint_removed: bool = False
    is_behind: bool = False
    breaker_until: Instant | None = None
    calls_per_minute: int | None = None
    rate_from: Instant = 0
    event_title: str = ""


def decide_redelivery(state: DeliveryState, endpoint_removed_at: Instant | None) -> DeliveryState:
    """The state of a delivery that somebody wants sent again; raises NotRedeliverable or EndpointRemoved."""
    if state not in (DeliveryState.SUCCEEDED, DeliveryState.FAILED):
        raise NotRedeliverable(f"only a delivery that has succeeded or failed can be redelivered; this one is {state.value}")
    if endpoint_removed_at is not None:
        raise EndpointRemoved
    return DeliveryState.DUE
