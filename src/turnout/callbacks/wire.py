"""What our own API says about endpoints, deliveries and attempts. A secret never leaves; times are RFC 3339 in UTC."""

import msgspec

from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Endpoint, Outcome, summarize
from turnout.dialects.contract import OptionValue
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind


class CreateEndpointRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new callback endpoint. url: http or https. dialect: the name of one that calls back. secret: 8 to 256 characters, callbacks
    are signed with it. options: what the dialect offers."""

    url: str
    dialect: str
    secret: str | None = None
    options: dict[str, OptionValue] = {}


class EndpointView(msgspec.Struct, frozen=True):
    """A callback endpoint, without its secret."""

    id: str
    url: str
    dialect: str
    has_secret: bool
    options: dict[str, OptionValue]
    created_at: str


class EndpointsReply(msgspec.Struct, frozen=True):
    """A page of an account's callback endpoints, oldest first. next: what to send as `after` for the next page, null on the last."""

    endpoints: list[EndpointView]
    next: str | None


class DeliveryEndpointView(msgspec.Struct, frozen=True):
    """Where a delivery goes."""

    id: str
    url: str
    dialect: str


class DeliveryEventView(msgspec.Struct, frozen=True):
    """What a delivery tells: kind, number within its live session, and when it happened."""

    kind: str
    number: int
    at: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP call owed to one endpoint. attempts: tries so far, the one under way included. next_attempt_at: None unless it waits.
    summary: one line for a person."""

    id: str
    endpoint: DeliveryEndpointView
    event: DeliveryEventView
    part: int
    state: DeliveryState
    attempts: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    summary: str


class DeliveriesReply(msgspec.Struct, frozen=True):
    """Deliveries of a live session, newest event first. next: what to send as `after` for the next page, null on the last."""

    deliveries: list[DeliveryView]
    next: str | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try. reply: the first bytes of the answer as text. headers: those sent. explanation: what happened, for a person."""

    number: int
    started_at: str
    duration_ms: int | None
    outcome: Outcome
    status: int | None
    reply: str
    headers: dict[str, str]
    explanation: str


class DeliveryInspection(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its body (None before the first attempt) and all its attempts, first one first."""

    id: str
    endpoint: DeliveryEndpointView
    event: DeliveryEventView
    part: int
    state: DeliveryState
    attempts_made: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    summary: str
    body: str | None
    attempts: list[AttemptView]


def endpoint_view(ids: IdForms, endpoint: Endpoint) -> EndpointView:
    """An endpoint as its account sees it."""
    return EndpointView(
        id=ids.text(Kind.ENDPOINT, endpoint.id),
        url=endpoint.url,
        dialect=endpoint.dialect,
        has_secret=endpoint.secret is not None,
        options=dict(endpoint.options),
        created_at=rfc3339(endpoint.created_at),
    )


def endpoints_reply(ids: IdForms, found: list[Endpoint], limit: int) -> EndpointsReply:
    """A page of endpoints; a full one says where the next begins."""
    views = [endpoint_view(ids, endpoint) for endpoint in found]
    return EndpointsReply(endpoints=views, next=views[-1].id if len(views) == limit else None)


def delivery_view(ids: IdForms, delivery: Delivery) -> DeliveryView:
    """A delivery in a list."""
    waits = delivery.state is DeliveryState.DUE and not delivery.in_flight
    return DeliveryView(
        id=ids.text(Kind.DELIVERY, delivery.id),
        endpoint=DeliveryEndpointView(ids.text(Kind.ENDPOINT, delivery.endpoint_id), delivery.endpoint_url, delivery.dialect),
        event=DeliveryEventView(delivery.event_kind, delivery.event_number, rfc3339(delivery.event_at)),
        part=delivery.part,
        state=delivery.state,
        attempts=delivery.attempts_made,
        next_attempt_at=rfc3339(delivery.due_at) if waits else None,
        created_at=rfc3339(delivery.created_at),
        finished_at=None if delivery.finished_at is None else rfc3339(delivery.finished_at),
        summary=summarize(delivery),
    )


def deliveries_reply(ids: IdForms, found: list[Delivery], limit: int) -> DeliveriesReply:
    """A page of deliveries; a full one says where the next begins."""
    following = ids.text(Kind.DELIVERY, found[-1].id) if len(found) == limit else None
    return DeliveriesReply(deliveries=[delivery_view(ids, delivery) for delivery in found], next=following)


def delivery_inspection(ids: IdForms, delivery: Delivery, body: bytes | None, made: list[Attempt]) -> DeliveryInspection:
    """A delivery in full."""
    view = delivery_view(ids, delivery)
    return DeliveryInspection(
        id=view.id,
        endpoint=view.endpoint,
        event=view.event,
        part=view.part,
        state=view.state,
        attempts_made=view.attempts,
        next_attempt_at=view.next_attempt_at,
        created_at=view.created_at,
        finished_at=view.finished_at,
        summary=view.summary,
        body=None if body is None else _text(body),
        attempts=[
            AttemptView(
                number=attempt.number,
                started_at=rfc3339(attempt.started_at),
                duration_ms=attempt.duration_ms,
                outcome=attempt.outcome,
                status=attempt.status,
                reply=_text(attempt.reply),
                headers=attempt.headers,
                explanation=attempt.explanation,
            )
            for attempt in made
        ],
    )


def _text(raw: bytes) -> str:
    # a receiver may answer anything; what is not UTF-8 is shown as replacement characters
    return raw.decode("utf-8", "replace")
