"""What our own API says about endpoints. A secret leaves once, when this server made it; headers are shown by name. Times are RFC 3339 in
UTC."""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.callbacks.certificates import ClientCertificate
from turnout.callbacks.rules import Endpoint, EndpointHealth, EndpointHour, EndpointState, Ordering
from turnout.dialects.contract import OptionValue
from turnout.kernel import limits
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.ids import AccountId, EndpointId, IdForms, Kind


class CreateEndpointRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new callback endpoint; null is the same as left out.

    url: http or https; left out for a feed, which its receiver reads (only in a dialect that has feeds). dialect: the name of one that
    calls back. name: for people. room: only what happens in this room, its id, rm_…. kinds: of events, of those the dialect has a form for;
    none named means all. secret: 8 to 256 characters, callbacks are signed with it; left out, the dialect makes one, if it has a form for
    secrets; a feed has none. options: what the dialect offers. headers: sent with every call, at most 20. timeout_s: 1 to 60 seconds for an
    answer; waits_s: up to 20 waits of 1 second to 7 days after failed attempts; both left out, the dialect's. native_tail: after these
    waits those of the native dialect follow. calls_per_minute: first attempts, 1 to 60,000; left out, as many as there are. concurrency:
    attempts under way at once, 1 to 64. ordering: `dialect`: as its contract has it; `live_session`: all of one live session one after the
    other; `free`. notify: mail address that is told when this server disables the endpoint. client_certificate: PEM of certificate, chain
    and key.
    """

    dialect: str
    url: str | None = None
    name: str | None = None
    room: str | None = None
    kinds: list[str] | None = None
    secret: str | None = None
    options: dict[str, OptionValue] | None = None
    headers: dict[str, str] | None = None
    timeout_s: float | None = None
    waits_s: list[float] | None = None
    native_tail: bool | None = None
    calls_per_minute: int | None = None
    concurrency: int | None = None
    ordering: Ordering | None = None
    notify: str | None = None
    client_certificate: str | None = None


class ChangeEndpointRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change about an endpoint; what is left out stays, null means what a new one has when it is left out. secret: at once, without
    an overlap; null for calls without a signature, where the dialect has those. headers, options, kinds: all of them, in place of those
    before. The dialect stays, and a feed stays a feed."""

    url: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    room: str | UnsetType | None = UNSET
    kinds: list[str] | UnsetType | None = UNSET
    secret: str | UnsetType | None = UNSET
    options: dict[str, OptionValue] | UnsetType | None = UNSET
    headers: dict[str, str] | UnsetType | None = UNSET
    timeout_s: float | UnsetType | None = UNSET
    waits_s: list[float] | UnsetType | None = UNSET
    native_tail: bool | UnsetType | None = UNSET
    calls_per_minute: int | UnsetType | None = UNSET
    concurrency: int | UnsetType | None = UNSET
    ordering: Ordering | UnsetType | None = UNSET
    notify: str | UnsetType | None = UNSET
    client_certificate: str | UnsetType | None = UNSET


class RotateSecretRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new secret. secret: left out, the dialect makes one. overlap_s: seconds for which the one before signs too, 0 to 30 days."""

    secret: str | None = None
    overlap_s: int = limits.OLD_SECRET_S


class ClientCertificateView(msgspec.Struct, frozen=True):
    """A client certificate, without its key."""

    subject: str
    not_after: str


class EndpointHealthView(msgspec.Struct, frozen=True):
    """How an endpoint has been doing. failing_since: the first of its failures in a row, null after a success. breaker_until: first
    attempts wait until then, because the last ones failed. last_explanation: of the last failed attempt, for a person."""

    failing_since: str | None
    failures_in_row: int
    breaker_until: str | None
    succeeded_at: str | None
    failed_at: str | None
    last_explanation: str


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """A callback endpoint, without its secret. url: null for a feed. headers: their names; the values are not shown again.
    old_secret_until: the secret before the present one signs too until then. disabled_because: for a person, empty unless it is."""

    id: str
    url: str | None
    dialect: str
    name: str
    room: str | None
    kinds: list[str]
    state: EndpointState
    disabled_because: str
    has_secret: bool
    old_secret_until: str | None
    options: dict[str, OptionValue]
    headers: list[str]
    timeout_s: float | None
    waits_s: list[float] | None
    native_tail: bool
    calls_per_minute: int | None
    concurrency: int
    ordering: Ordering
    notify: str
    client_certificate: ClientCertificateView | None
    created_at: str
    paused_at: str | None
    disabled_at: str | None
    health: EndpointHealthView


class NewEndpointView(EndpointView, frozen=True, kw_only=True):
    """The same, with the secret that this server made; null when it made none. It is shown this once."""

    secret: str | None


class EndpointsReply(msgspec.Struct, frozen=True):
    """A page of an account's callback endpoints, oldest first. next: what to send as `after` for the next page, null on the last."""

    endpoints: list[EndpointView]
    next: str | None


class EndpointHourView(msgspec.Struct, frozen=True):
    """The attempts that ended in one hour. hour: its first instant. mean_ms: how long they took."""

    hour: str
    accepted: int
    failed: int
    mean_ms: int


class EndpointHoursReply(msgspec.Struct, frozen=True):
    """How an endpoint has been doing, now and hour by hour, oldest first; hours without an attempt are left out."""

    health: EndpointHealthView
    hours: list[EndpointHourView]


class TestedView(msgspec.Struct, frozen=True):
    """A test call that is under way: the delivery comes in a moment. stream, number: of the event. deliveries: where to look for it."""

    stream: str
    number: int
    deliveries: str


class EndpointExtras(msgspec.Struct, frozen=True):
    """What a view shows of an endpoint's sealed settings, and of its health, now."""

    now: Instant
    header_names: list[str]
    certificate: ClientCertificate | None
    health: EndpointHealth


def endpoint_view(ids: IdForms, endpoint: Endpoint, extras: EndpointExtras) -> EndpointView:
    """An endpoint as its account sees it."""
    certificate, old_until = extras.certificate, endpoint.old_secret_until
    return EndpointView(
        id=ids.text(Kind.ENDPOINT, endpoint.id),
        url=endpoint.url or None,
        dialect=endpoint.dialect,
        name=endpoint.name,
        room=None if endpoint.room_id is None else ids.text(Kind.ROOM, endpoint.room_id),
        kinds=list(endpoint.kinds),
        state=endpoint.state,
        disabled_because=endpoint.disabled_because,
        has_secret=endpoint.secret is not None,
        old_secret_until=None if old_until is None or old_until <= extras.now else rfc3339(old_until),
        options=dict(endpoint.options),
        headers=extras.header_names,
        timeout_s=endpoint.timeout_s,
        waits_s=None if endpoint.waits_s is None else list(endpoint.waits_s),
        native_tail=endpoint.native_tail,
        calls_per_minute=endpoint.calls_per_minute,
        concurrency=endpoint.concurrency,
        ordering=endpoint.ordering,
        notify=endpoint.notify,
        client_certificate=None if certificate is None else ClientCertificateView(certificate.subject, rfc3339(certificate.not_after)),
        created_at=rfc3339(endpoint.created_at),
        paused_at=_time(endpoint.paused_at),
        disabled_at=_time(endpoint.disabled_at),
        health=health_view(extras.health),
    )


def new_endpoint_view(ids: IdForms, endpoint: Endpoint, extras: EndpointExtras, secret: str | None) -> NewEndpointView:
    """An endpoint as whoever made it, or its new secret, sees it."""
    return NewEndpointView(**msgspec.structs.asdict(endpoint_view(ids, endpoint, extras)), secret=secret)


def endpoints_reply(views: list[EndpointView], limit: int) -> EndpointsReply:
    """A page of endpoints; a full one says where the next begins."""
    return EndpointsReply(endpoints=views, next=views[-1].id if len(views) == limit else None)


def health_view(health: EndpointHealth) -> EndpointHealthView:
    """How an endpoint has been doing."""
    return EndpointHealthView(
        failing_since=_time(health.failing_since),
        failures_in_row=health.failures_in_row,
        breaker_until=_time(health.breaker_until),
        succeeded_at=_time(health.succeeded_at),
        failed_at=_time(health.failed_at),
        last_explanation=health.last_explanation,
    )


def hours_reply(health: EndpointHealth, hours: list[EndpointHour]) -> EndpointHoursReply:
    """The same, hour by hour."""
    return EndpointHoursReply(
        health_view(health),
        [
            EndpointHourView(rfc3339(one.hour), one.accepted, one.failed, round(one.duration_ms / max(1, one.accepted + one.failed)))
            for one in hours
        ],
    )


def tested_view(ids: IdForms, account_id: AccountId, endpoint_id: EndpointId, number: int) -> TestedView:
    """A test call that was asked for."""
    return TestedView(
        stream=ids.text(Kind.ACCOUNT, account_id),
        number=number,
        deliveries=f"/api/v1/callbacks/deliveries?endpoint={ids.text(Kind.ENDPOINT, endpoint_id)}",
    )


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
