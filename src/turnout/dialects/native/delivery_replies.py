"""What the native API answers about deliveries, attempts and feeds, as the client reads it. Fields it does not know are left out."""

from typing import Any, Literal

import msgspec


class DeliveryEndpoint(msgspec.Struct, frozen=True):
    """Where a delivery goes. url: None for a feed."""

    id: str
    url: str | None
    dialect: str
    name: str = ""


class DeliveryEvent(msgspec.Struct, frozen=True):
    """What a delivery tells. number: within its live session, or within the account's own events. title: what its interaction, room or live
    session was called then, "" where it is about none."""

    kind: str
    number: int
    at: str = ""
    title: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP call owed to one endpoint. shown: what it is doing, more exactly than `state`. live_session: None for an event of the
    account's own. feed_number: in the feed it is read from. summary: one line for a person."""

    id: str
    endpoint: DeliveryEndpoint
    live_session: str | None = None
    event: DeliveryEvent
    part: int = 0
    state: Literal["due", "succeeded", "failed", "cancelled"]
    shown: Literal["waiting", "retrying", "sending", "succeeded", "failed", "cancelled"] | None = None
    waits_for: str | None = None
    attempts: int = 0
    next_attempt_at: str | None = None
    created_at: str = ""
    finished_at: str | None = None
    feed_number: int | None = None
    summary: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. headers: those sent; reply, reply_headers: the first of the answer. explanation: what happened, for a person. body: what was
    sent, where it is not the delivery's."""

    number: int
    url: str = ""
    started_at: str
    duration_ms: int | None
    outcome: str
    status: int | None
    headers: dict[str, str] = {}
    reply: str = ""
    reply_headers: dict[str, str] = {}
    explanation: str = ""
    body: str | None = None


class DeliveryInspection(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its body (None before the first attempt) and the attempts that are kept, first one first."""

    id: str
    endpoint: DeliveryEndpoint
    live_session: str | None = None
    event: DeliveryEvent
    part: int = 0
    state: Literal["due", "succeeded", "failed", "cancelled"]
    shown: Literal["waiting", "retrying", "sending", "succeeded", "failed", "cancelled"] | None = None
    waits_for: str | None = None
    attempts_made: int = 0
    next_attempt_at: str | None = None
    created_at: str = ""
    finished_at: str | None = None
    feed_number: int | None = None
    summary: str = ""
    body: str | None = None
    attempts: list[Attempt] = []


class DeliveryCounts(msgspec.Struct, frozen=True):
    """How many deliveries of an endpoint stand where. due: those waiting, retrying and sending. oldest_due_at: since when the one that has
    waited longest was due."""

    due: int
    waiting: int
    retrying: int
    sending: int
    succeeded: int
    failed: int
    cancelled: int
    oldest_due_at: str | None = None


class FeedMessage(msgspec.Struct, frozen=True):
    """One message of a feed: what a call would have posted. id: the same however often it is read. number: ascends without gaps."""

    id: str
    number: int
    kind: str
    at: str
    body: Any


class FeedPage(msgspec.Struct, frozen=True):
    """Messages of a feed in order. next: to ask for what follows. last: the number of the newest message there is."""

    messages: list[FeedMessage]
    next: int
    last: int


class FeedPosition(msgspec.Struct, frozen=True):
    """How far a feed's receiver has got. last: the number of the newest message there is."""

    acknowledged: int
    last: int


class RedeliveryCount(msgspec.Struct, frozen=True):
    """How many deliveries, or events, a redelivery is about."""

    count: int
