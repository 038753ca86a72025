"""What settings of endpoints mean on this server: checked and sealed on their way in, opened for those who look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from turnout.callbacks import endpoint_rules
from turnout.callbacks.actions import CERTIFICATE_PURPOSE, HEADERS_PURPOSE, SECRET_PURPOSE
from turnout.callbacks.certificates import check_certificate, read_certificate
from turnout.callbacks.endpoint_rules import EndpointChanges
from turnout.callbacks.endpoint_wire import ChangeEndpointRequest, CreateEndpointRequest, EndpointExtras
from turnout.callbacks.rules import Endpoint, EndpointHealth, Ordering
from turnout.dialects.contract import CallbackDialect, OptionValue
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import AccountId, Kind, RoomId
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime

_SETTINGS = frozenset(CreateEndpointRequest.__struct_fields__) - {"url", "dialect", "secret", "options"}

_AS_NEW: dict[str, Any] = {
    "name": "",
    "kinds": (),
    "options": {},
    "headers": {},
    "native_tail": False,
    "concurrency": limits.ATTEMPTS_PER_ENDPOINT,
    "ordering": Ordering.DIALECT,
    "notify": "",
}
"""What an endpoint has where nothing is said; None for what is not here."""


@dataclass(frozen=True, slots=True)
class EndpointTerms:
    """What compose hands in. dialects: those with callbacks, by name. require_room: raises NotFound unless the account has the room.
    may_be_private: whether addresses of the operator's own network may be called. has_mail: whether this server sends mail."""

    dialects: Mapping[str, CallbackDialect]
    require_room: Callable[[sa.Connection, AccountId, RoomId], object]
    may_be_private: bool
    has_mail: bool


class Sealing:
    """Checks and seals what a request asks of an endpoint in this dialect. secret: the one it signs with, or will. is_feed: nothing is sent
    to it, so nothing is signed."""

    def __init__(
        self, terms: EndpointTerms, runtime: Runtime, dialect: CallbackDialect, secret: str | None, *, is_feed: bool = False
    ) -> None:
        self._terms = terms
        self._runtime = runtime
        self._dialect = dialect
        self._secret = secret
        self._is_feed = is_feed

    def url(self, url: str | None) -> str:
        """The URL; "" for a feed."""
        if url is None:
            endpoint_rules.check_feed(self._dialect)
            return ""
        endpoint_rules.check_url(url, may_be_private=self._terms.may_be_private)
        return url

    def secret(self) -> bytes | None:
        """The secret, sealed. None for none, where the dialect goes unsigned, and for a feed."""
        if self._is_feed:
            endpoint_rules.check_unsigned(self._secret)
            return None
        if self._secret is None:
            if self._dialect.new_secret() is not None:
                raise InvalidInput(f"the dialect {self._dialect.name} always signs: rotate the secret instead", field="secret")
            return None
        endpoint_rules.check_secret(self._dialect, self._secret)
        return self._runtime.keyring.seal(self._secret.encode(), SECRET_PURPOSE)

    def options(self, options: dict[str, OptionValue]) -> dict[str, OptionValue]:
        """The options, if the dialect has them."""
        endpoint_rules.check_options(self._dialect, options)
        return options

    def settings(self, request: CreateEndpointRequest) -> EndpointChanges:
        """All of a new endpoint but its URL, dialect, secret and options."""
        asked = msgspec.structs.asdict(request)
        return EndpointChanges(**self._checked({name: asked[name] for name in asked if name in _SETTINGS}))

    def changes(self, request: ChangeEndpointRequest) -> EndpointChanges:
        """What a request changes; null stands for what a new endpoint has."""
        return EndpointChanges(
            **self._checked({name: value for name, value in msgspec.structs.asdict(request).items() if value is not UNSET})
        )

    def _checked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        checks: dict[str, Callable[[Any], object]] = {
            "url": self.url,
            "secret": lambda _: self.secret(),
            "options": self.options,
            "name": endpoint_rules.check_name,
            "room": self._room,
            "kinds": partial(endpoint_rules.check_kinds, self._dialect),
            "headers": self._headers,
            "client_certificate": _unless_none(self._certificate),
            "timeout_s": _unless_none(endpoint_rules.check_timeout),
            "waits_s": _unless_none(endpoint_rules.check_waits),
            "native_tail": bool,
            "calls_per_minute": _unless_none(endpoint_rules.check_rate),
            "concurrency": endpoint_rules.check_concurrency,
            "ordering": Ordering,
            "notify": partial(endpoint_rules.check_notify, has_mail=self._terms.has_mail),
        }
        given = {name: _AS_NEW.get(name) if value is None else value for name, value in asked.items()}
        if self._is_feed:
            endpoint_rules.check_feed_settings({name: value for name, value in given.items() if value != _AS_NEW.get(name)})
        return {"room_id" if name == "room" else name: checks[name](value) for name, value in given.items()}

    def _room(self, room: str | None) -> RoomId | None:
        if room is None:
            return None
        try:
            return RoomId(self._runtime.ids.parse_text(Kind.ROOM, room))
        except NotFound:
            raise NotFound("there is no such room", field="room") from None

    def _headers(self, headers: dict[str, str]) -> bytes | None:
        checked = endpoint_rules.check_headers(headers, endpoint_rules.header_names(self._dialect, self._secret))
        return self._runtime.keyring.seal(msgspec.json.encode(checked), HEADERS_PURPOSE) if checked else None

    def _certificate(self, pem: str) -> bytes:
        check_certificate(pem, self._runtime.clock.now())
        return self._runtime.keyring.seal(pem.encode(), CERTIFICATE_PURPOSE)


def open_secret(keyring: Keyring, endpoint: Endpoint) -> str | None:
    """The secret an endpoint signs with."""
    return None if endpoint.secret is None else keyring.open(endpoint.secret, SECRET_PURPOSE).decode()


def extras_of(runtime: Runtime, endpoint: Endpoint, health: EndpointHealth | None) -> EndpointExtras:
    """What may be shown of an endpoint's sealed settings, and its health."""
    names: list[str] = []
    if endpoint.headers is not None:
        names = list(msgspec.json.decode(runtime.keyring.open(endpoint.headers, HEADERS_PURPOSE), type=dict[str, str]))
    certificate = None
    if endpoint.client_certificate is not None:
        certificate = read_certificate(runtime.keyring.open(endpoint.client_certificate, CERTIFICATE_PURPOSE))
    return EndpointExtras(runtime.clock.now(), names, certificate, health or EndpointHealth())


def _unless_none(check: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: None if value is None else check(value)
