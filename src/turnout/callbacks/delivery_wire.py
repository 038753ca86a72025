"""What our own API says about deliveries, attempts and redelivery. Times are RFC 3339 in UTC; ids are outside text only."""

from typing import Literal

import msgspec

from turnout.callbacks.delivery_rules import Counts, Shown, WaitsFor, next_attempt_at, shown_of, waits_for
from turnout.callbacks.delivery_words import summarize
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Outcome
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.ids import IdForms, Kind


class DeliveryEndpointView(msgspec.Struct, frozen=True):
    """Where a delivery goes. url: null for a feed."""

    id: str
    url: str | None
    dialect: str
    name: str


class DeliveryEventView(msgspec.Struct, frozen=True):
    """What a delivery tells: kind, number within its live session, and when it happened. title: what its interaction, room or live session
    was called then, "" where it is about none."""

    kind: str
    number: int
    at: str
    title: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP call owed to one endpoint for one event. live_session: null for an event of the account's own. shown: what it is doing.
    waits_for: null for one that has ended or is being sent. attempts: tries so far, the one under way included. next_attempt_at: not
    before then; null unless it waits for a time. feed_number: in the feed it is read from. summary: one line for a person."""

    id: str
    endpoint: DeliveryEndpointView
    live_session: str | None
    event: DeliveryEventView
    part: int
    state: DeliveryState
    shown: Shown
    waits_for: WaitsFor | None
    attempts: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    feed_number: int | None
    summary: str


class DeliveriesReply(msgspec.Struct, frozen=True):
    """A page of deliveries, newest first. next: what to send as `after` for the next page, null on the last."""

    deliveries: list[DeliveryView]
    next: str | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try. url: where it went. headers: those sent, secrets left out. reply: the first bytes of the answer as text; reply_headers: the
    first of its headers. explanation: what happened, for a person. body: what was sent, where it is not the delivery's: before a redelivery
    that signed it anew."""

    number: int
    url: str
    started_at: str
    duration_ms: int | None
    outcome: Outcome
    status: int | None
    headers: dict[str, str]
    reply: str
    reply_headers: dict[str, str]
    explanation: str
    body: str | None


class DeliveryInspection(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its body (null before the first attempt) and those of its attempts that are kept, first one first."""

    id: str
    endpoint: DeliveryEndpointView
    live_session: str | None
    event: DeliveryEventView
    part: int
    state: DeliveryState
    shown: Shown
    waits_for: WaitsFor | None
    attempts_made: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    feed_number: int | None
    summary: str
    body: str | None
    attempts: list[AttemptView]


class DeliveryCountsView(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries of an endpoint stand where. due: those waiting, retrying and sending. oldest_due_at: when the one that has waited
    longest became due."""

    due: int
    waiting: int
    retrying: int
    sending: int
    succeeded: int
    failed: int
    cancelled: int
    oldest_due_at: str | None


class RedeliverRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Deliveries made from `from` on and before `to`, both RFC 3339. states: which of them. kinds: of events, all where none is named."""

    from_: str = msgspec.field(name="from")
    to: str
    states: list[Literal["failed", "succeeded"]] = msgspec.field(default_factory=lambda: ["failed"])
    kinds: list[str] = []


class RedeliverMissingRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events recorded from `from` on and before `to`, both RFC 3339."""

    from_: str = msgspec.field(name="from")
    to: str


class RedeliveryReply(msgspec.Struct, frozen=True):
    """count: deliveries that become due again one after the other; of missing ones, events of which the endpoint has none."""

    count: int


def delivery_view(ids: IdForms, delivery: Delivery, now: Instant) -> DeliveryView:
    """A delivery in a list."""
    next_at = next_attempt_at(delivery, now)
    return DeliveryView(
        id=ids.text(Kind.DELIVERY, delivery.id),
        endpoint=DeliveryEndpointView(
            ids.text(Kind.ENDPOINT, delivery.endpoint_id), delivery.endpoint_url or None, delivery.dialect, delivery.endpoint_name
        ),
        live_session=None if delivery.stream_id == delivery.account_id else ids.text(Kind.LIVE_SESSION, delivery.stream_id),
        event=DeliveryEventView(delivery.event_kind, delivery.event_number, rfc3339(delivery.event_at), delivery.event_title),
        part=delivery.part,
        state=delivery.state,
        shown=shown_of(delivery),
        waits_for=waits_for(delivery, now),
        attempts=delivery.attempts_made,
        next_attempt_at=None if next_at is None else rfc3339(next_at),
        created_at=rfc3339(delivery.created_at),
        finished_at=None if delivery.finished_at is None else rfc3339(delivery.finished_at),
        feed_number=delivery.feed_number,
        summary=summarize(delivery, now),
    )


def deliveries_reply(ids: IdForms, found: list[Delivery], limit: int, now: Instant) -> DeliveriesReply:
    """A page of deliveries; a full one says where the next begins."""
    following = ids.text(Kind.DELIVERY, found[-1].id) if len(found) == limit else None
    return DeliveriesReply(deliveries=[delivery_view(ids, delivery, now) for delivery in found], next=following)


def delivery_inspection(ids: IdForms, delivery: Delivery, body: bytes | None, made: list[Attempt], now: Instant) -> DeliveryInspection:
    """A delivery in full."""
    view = msgspec.structs.asdict(delivery_view(ids, delivery, now))
    return DeliveryInspection(
        **view | {"attempts_made": view.pop("attempts")},
        body=None if body is None else _text(body),
        attempts=[
            AttemptView(
                number=attempt.number,
                url=attempt.url,
                started_at=rfc3339(attempt.started_at),
                duration_ms=attempt.duration_ms,
                outcome=attempt.outcome,
                status=attempt.status,
                headers=attempt.headers,
                reply=_text(attempt.reply),
                reply_headers=attempt.reply_headers,
                explanation=attempt.explanation,
                body=None if attempt.body is None else _text(attempt.body),
            )
            for attempt in made
        ],
    )


def delivery_counts_view(counts: Counts) -> DeliveryCountsView:
    """The counts of an endpoint."""
    return DeliveryCountsView(
        due=counts.waiting + counts.retrying + counts.sending,
        waiting=counts.waiting,
        retrying=counts.retrying,
        sending=counts.sending,
        succeeded=counts.succeeded,
        failed=counts.failed,
        cancelled=counts.cancelled,
        oldest_due_at=None if counts.oldest_due_at is None else rfc3339(counts.oldest_due_at),
    )


def _text(raw: bytes) -> str:
    # a receiver may answer anything; what is not UTF-8 is shown as replacement characters
    return raw.decode("utf-8", "replace")
