"""What the native API answers about callback endpoints and notices, as its clients read it. Fields they do not know are passed over."""

from typing import Any, Literal

import msgspec


class ClientCertificate(msgspec.Struct, frozen=True):
    """A client certificate, without its key."""

    subject: str
    not_after: str


class EndpointHealth(msgspec.Struct, frozen=True):
    """How an endpoint has been doing. failing_since: None after a success. breaker_until: first attempts wait until then."""

    failing_since: str | None = None
    failures_in_row: int = 0
    breaker_until: str | None = None
    succeeded_at: str | None = None
    failed_at: str | None = None
    last_explanation: str = ""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A callback endpoint. url: None for a feed. secret: only in the reply that made it, and only if the server did. headers: names."""

    id: str
    url: str | None
    dialect: str
    name: str = ""
    room: str | None = None
    kinds: list[str] = []
    state: Literal["active", "paused", "disabled", "feed"] = "active"
    disabled_because: str = ""
    has_secret: bool = False
    old_secret_until: str | None = None
    options: dict[str, Any] = {}
    headers: list[str] = []
    timeout_s: float | None = None
    waits_s: list[float] | None = None
    native_tail: bool = False
    calls_per_minute: int | None = None
    concurrency: int = 0
    ordering: Literal["dialect", "live_session", "free"] = "dialect"
    notify: str = ""
    client_certificate: ClientCertificate | None = None
    created_at: str = ""
    paused_at: str | None = None
    disabled_at: str | None = None
    health: EndpointHealth = EndpointHealth()
    secret: str | None = None


class EndpointHour(msgspec.Struct, frozen=True):
    """The attempts that ended in one hour. hour: its first instant. mean_ms: how long they took."""

    hour: str
    accepted: int
    failed: int
    mean_ms: int


class EndpointHours(msgspec.Struct, frozen=True):
    """How an endpoint has been doing, hour by hour, oldest first; hours without an attempt are left out."""

    health: EndpointHealth
    hours: list[EndpointHour]


class TestCall(msgspec.Struct, frozen=True):
    """A test call that is under way. stream, number: of its event. deliveries: where to look for its delivery."""

    stream: str
    number: int
    deliveries: str


class NoticeEndpoint(msgspec.Struct, frozen=True):
    """The endpoint a notice is about, as it was then."""

    id: str
    url: str | None
    dialect: str
    name: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something the people of the account shall see until one of them dismisses it."""

    id: str
    kind: str
    at: str
    endpoint: NoticeEndpoint
    because: str
    failing_since: str | None = None
    last_explanation: str = ""
    mail_to: str = ""
    mail: str = "none"
