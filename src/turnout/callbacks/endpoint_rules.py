"""What an endpoint may be: what is checked when one is made or changed, and what a change makes of it. Pure.

Every check raises InvalidInput, naming the field.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from turnout.callbacks.addresses import why_host_blocked
from turnout.callbacks.rules import Endpoint, EndpointHealth, IsFeed, Ordering
from turnout.dialects.contract import CallbackDialect, EndpointFacts, Options, Sending
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import RoomId
from turnout.kernel.text import check_text

_FORBIDDEN_HEADERS = frozenset(
    {
        "connection", "content-length", "content-type", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
_OF_CALLS = frozenset(
    {
        "headers", "client_certificate", "timeout_s", "waits_s", "native_tail", "calls_per_minute", "concurrency", "ordering", "notify",
    }
)  # fmt: skip
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+")  # what browsers take for one


class EndpointChanges(msgspec.Struct, frozen=True, kw_only=True):
    """New settings of an endpoint, checked; what is UNSET stays. Fields as in rules.Endpoint."""

    url: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    room_id: RoomId | UnsetType | None = UNSET
    kinds: tuple[str, ...] | UnsetType = UNSET
    secret: bytes | UnsetType | None = UNSET
    options: dict[str, bool | int | str] | UnsetType = UNSET
    headers: bytes | UnsetType | None = UNSET
    client_certificate: bytes | UnsetType | None = UNSET
    timeout_s: float | UnsetType | None = UNSET
    waits_s: tuple[float, ...] | UnsetType | None = UNSET
    calls_per_minute: int | UnsetType | None = UNSET
    concurrency: int | UnsetType = UNSET
    ordering: Ordering | UnsetType = UNSET
    native_tail: bool | UnsetType = UNSET
    notify: str | UnsetType = UNSET


def change(endpoint: Endpoint, changes: EndpointChanges) -> Endpoint:
    """The endpoint with these changes. A feed stays a feed, and what is called stays called: what is due could not follow.

    A secret that is replaced here signs no more; an earlier one neither.
    """
    changed = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    if "url" in changed and bool(changed["url"]) == endpoint.is_feed:
        raise InvalidInput("a feed cannot become an endpoint that is called, nor the other way round: make another one", field="url")
    if "secret" in changed:
        changed |= {"old_secret": None, "old_secret_until": None}
    return msgspec.structs.replace(endpoint, **changed)


def rotate(endpoint: Endpoint, secret: bytes, until: Instant, now: Instant) -> Endpoint:
    """The endpoint with a new secret, sealed; the one it had signs too until then. One that is older still signs no more."""
    overlaps = endpoint.secret is not None and until > now
    return msgspec.structs.replace(
        endpoint,
        secret=secret,
        old_secret=endpoint.secret if overlaps else None,
        old_secret_until=until if overlaps else None,
    )


def pause(endpoint: Endpoint, now: Instant) -> Endpoint:
    """The endpoint, paused; raises IsFeed. One that is paused already stays paused since then."""
    if endpoint.is_feed:
        raise IsFeed
    return endpoint if endpoint.paused_at is not None else msgspec.structs.replace(endpoint, paused_at=now)


def resume(endpoint: Endpoint) -> Endpoint:
    """The endpoint, neither paused nor disabled."""
    return msgspec.structs.replace(endpoint, paused_at=None, disabled_at=None, disabled_because="")


def disable(endpoint: Endpoint, because: str, now: Instant) -> Endpoint:
    """The endpoint, disabled by this server."""
    return msgspec.structs.replace(endpoint, disabled_at=now, disabled_because=because)


def facts_of(endpoint: Endpoint, health: EndpointHealth) -> EndpointFacts:
    """What the events about an endpoint tell."""
    return EndpointFacts(
        endpoint_id=endpoint.id,
        account_id=endpoint.account_id,
        url=endpoint.url,
        dialect=endpoint.dialect,
        name=endpoint.name,
        because=endpoint.disabled_because,
        failing_since=health.failing_since,
        last_explanation=health.last_explanation,
    )


def check_url(url: str, *, may_be_private: bool = True) -> None:
    """For a URL that callbacks cannot be sent to. Whether the addresses of a name may be called is checked when connecting;
    not may_be_private: a URL whose host is a blocked address itself is refused here already."""
    if len(url) > limits.MAX_CALLBACK_URL_LENGTH:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_URL_LENGTH} characters", field="url")
    if any(letter.isspace() or not letter.isprintable() for letter in url) or "\\" in url:
        raise InvalidInput("no blanks, control characters or backslashes", field="url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("this is not a URL", field="url") from None
    if parts.scheme not in ("http", "https"):
        raise InvalidInput("must begin with http:// or https://", field="url")
    if not parts.hostname:
        raise InvalidInput("names no host", field="url")
    if "@" in parts.netloc:
        raise InvalidInput("must not hold a user name or a password; use a secret or a header instead", field="url")
    if port == 0:
        raise InvalidInput("port 0 cannot be called", field="url")
    if parts.fragment:
        raise InvalidInput("must not have a fragment", field="url")
    reason = None if may_be_private else why_host_blocked(parts.hostname)
    if reason is not None:
        raise InvalidInput(
            f"{parts.hostname} is {reason}: callbacks go to public addresses, unless this server's operator allows others", field="url"
        )


def check_dialect(name: str, options: Options, dialects: Mapping[str, CallbackDialect]) -> CallbackDialect:
    """The dialect of this name, for options that it has."""
    dialect = dialects.get(name)
    if dialect is None:
        raise InvalidInput(f"one of: {', '.join(sorted(dialects))}", field="dialect")
    check_options(dialect, options)
    return dialect


def check_options(dialect: CallbackDialect, options: Options) -> None:
    """For options the dialect does not have."""
    if len(options) > limits.MAX_CALLBACK_OPTIONS:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_OPTIONS} options", field="options")
    dialect.check_options(options)


def check_feed(dialect: CallbackDialect) -> None:
    """For a feed in a dialect whose receivers only know calls."""
    if not dialect.heeds_replies:
        raise InvalidInput(f"is needed: the dialect {dialect.name} only calls, it has no feed", field="url")


def check_feed_settings(names: Iterable[str]) -> None:
    """For settings of a feed that only say how an endpoint is called. names: of those that are not as in a new one."""
    for name in names:
        if name in _OF_CALLS:
            raise InvalidInput("means nothing for a feed, to which nothing is sent: its receiver asks", field=name)


def check_secret(dialect: CallbackDialect, secret: str) -> None:
    """For a secret nobody should sign with, or this dialect cannot."""
    if not limits.MIN_CALLBACK_SECRET_LENGTH <= len(secret) <= limits.MAX_CALLBACK_SECRET_LENGTH:
        raise InvalidInput(f"from {limits.MIN_CALLBACK_SECRET_LENGTH} to {limits.MAX_CALLBACK_SECRET_LENGTH} characters", field="secret")
    dialect.check_secret(secret)


def check_unsigned(secret: str | None) -> None:
    """For a secret of a feed."""
    if secret is not None:
        raise InvalidInput("a feed has none: its receiver asks with an API key, and nothing is signed", field="secret")


def check_name(name: str) -> str:
    """The name without blanks around it."""
    name = check_text(name, "name", limits.MAX_ENDPOINT_NAME_LENGTH, may_be_empty=True)
    if "\n" in name or "\t" in name:
        raise InvalidInput("one line", field="name")
    return name


def check_kinds(dialect: CallbackDialect, kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds, each once, in the dialect's order."""
    for place, kind in enumerate(kinds):
        if kind not in dialect.kinds:
            raise InvalidInput(f"the dialect {dialect.name} has no form for {kind[:100]!r}", field=f"kinds[{place}]")
    return tuple(kind for kind in dialect.kinds if kind in kinds)


def header_names(dialect: CallbackDialect, secret: str | None) -> frozenset[str]:
    """The headers that the dialect itself sends with this secret, in lower case; without one, those it would send with one given later."""
    signing = secret or dialect.new_secret() or "any secret"
    made = dialect.headers(b"{}", [signing.encode()], Sending(message_id="dl_0000000000000", at=SECOND))
    return frozenset(name.lower() for name in made)


def check_headers(headers: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """The headers. taken: names that the dialect uses itself, in lower case."""
    if len(headers) > limits.MAX_CALLBACK_HEADERS:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_HEADERS} headers", field="headers")
    seen: set[str] = set()
    for name, value in headers.items():
        field = f"headers.{name[: limits.MAX_CALLBACK_HEADER_NAME_LENGTH]}"
        if len(name) > limits.MAX_CALLBACK_HEADER_NAME_LENGTH or not _HEADER_NAME.fullmatch(name):
            raise InvalidInput("this is not the name of a header", field=field)
        lower = name.lower()
        if lower in _FORBIDDEN_HEADERS or lower in taken:
            raise InvalidInput("this server sends this header itself", field=field)
        if lower in seen:
            raise InvalidInput("twice the same header", field=field)
        seen.add(lower)
        if len(value) > limits.MAX_CALLBACK_HEADER_LENGTH:
            raise InvalidInput(f"at most {limits.MAX_CALLBACK_HEADER_LENGTH} characters", field=field)
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise InvalidInput("only visible ASCII characters, and blanks between them", field=field)
    return dict(headers)


def check_timeout(timeout_s: float) -> float:
    """The seconds an answer may take."""
    if not 1 <= timeout_s <= limits.MAX_CALLBACK_TIMEOUT_S:
        raise InvalidInput(f"from 1 to {limits.MAX_CALLBACK_TIMEOUT_S} seconds", field="timeout_s")
    return timeout_s


def check_waits(waits_s: Sequence[float]) -> tuple[float, ...]:
    """The seconds between attempts."""
    if len(waits_s) > limits.MAX_CALLBACK_WAITS:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_WAITS} waits", field="waits_s")
    for place, wait_s in enumerate(waits_s):
        if not 1 <= wait_s <= limits.MAX_CALLBACK_WAIT_S:
            raise InvalidInput(f"from 1 to {limits.MAX_CALLBACK_WAIT_S} seconds", field=f"waits_s[{place}]")
    return tuple(waits_s)


def check_rate(calls_per_minute: int) -> int:
    """The first attempts a minute."""
    if not 1 <= calls_per_minute <= limits.MAX_CALLS_PER_MINUTE:
        raise InvalidInput(f"from 1 to {limits.MAX_CALLS_PER_MINUTE}", field="calls_per_minute")
    return calls_per_minute


def check_concurrency(concurrency: int) -> int:
    """The attempts under way at once."""
    if not 1 <= concurrency <= limits.MAX_ATTEMPTS_PER_ENDPOINT:
        raise InvalidInput(f"from 1 to {limits.MAX_ATTEMPTS_PER_ENDPOINT}", field="concurrency")
    return concurrency


def check_overlap(overlap_s: int) -> int:
    """The seconds for which an old secret signs beside a new one."""
    if not 0 <= overlap_s <= limits.MAX_OLD_SECRET_S:
        raise InvalidInput(f"from 0 to {limits.MAX_OLD_SECRET_S} seconds", field="overlap_s")
    return overlap_s


def check_notify(address: str, *, has_mail: bool) -> str:
    """The mail address, or "" for none."""
    address = address.strip()
    if not address:
        return ""
    if not has_mail:
        raise InvalidInput("this server sends no mail: its operator sets smtp_host for that", field="notify")
    if len(address) > limits.MAX_MAIL_ADDRESS_LENGTH or not _MAIL_ADDRESS.fullmatch(address):
        raise InvalidInput("one mail address, like ops@example.com", field="notify")
    return address
