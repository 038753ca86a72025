"""CC's query interface as an ASGI application: /collect/… and /openapi/collect/… (contract sections 1 to 4).

Order of checks: the request can be read, parameters present, account, signature, time, rate, values, room and live. A business failure
is HTTP 200 with result FAIL; 404, 405, 413 and 500 are JSON too. Nothing is redirected: that would lose a POST's body.
One read transaction answers one request, so that a page and its count come from one snapshot.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from turnout.accounts.queries import dialect_key_of
from turnout.accounts.secrets import open_dialect_key
from turnout.dialects.csslcloud import proof
from turnout.dialects.csslcloud.endpoints import ENDPOINTS
from turnout.dialects.csslcloud.parameters import Refused, read_query
from turnout.dialects.csslcloud.replies import Failure
from turnout.dialects.csslcloud.scope import Endpoint, Scope
from turnout.kernel import limits
from turnout.kernel.errors import NotFound, Overloaded
from turnout.kernel.ids import AccountId, Kind
from turnout.kernel.rate import TokenBuckets
from turnout.storage.runtime import Runtime

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIXES = ("/collect", "/openapi/collect")

_METHODS = ("GET", "POST")
_ACCOUNT_KEY = "turnout.account_id"  # server/asgi.py: where the log line of a request looks for the account of a proven caller
_log = structlog.get_logger()


def collapse(path: str) -> str:
    """A path with repeated slashes made one and without a trailing one: //collect/x/ is /collect/x."""
    return "/" + "/".join(part for part in path.split("/") if part)


class CsslcloudRoutes:
    """Everything under /collect and /openapi/collect."""

    def __init__(self, runtime: Runtime, window_s: int, requests_per_second: int = limits.DIALECT_REQUESTS_PER_SECOND) -> None:
        """window_s: how far `time` may be from now, 0 for any (thqs_window_s). requests_per_second: of one account, in this process."""
        self._runtime = runtime
        self._window_s = window_s
        self._buckets = TokenBuckets(requests_per_second, burst=requests_per_second)
        self._buckets_lock = Lock()  # requests are answered on several database threads

    def serves(self, path: str) -> bool:
        """Whether a request for this path, as received, belongs here."""
        plain = collapse(path)
        return any(plain == prefix or plain.startswith(prefix + "/") for prefix in PREFIXES)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        endpoint = ENDPOINTS.get(collapse(scope["path"]))
        if endpoint is None:
            await _reply(send, 404, Failure("FAIL", {}, "not found"))
            return
        if scope["method"] not in _METHODS:
            refusal = endpoint.refuse(Refused("method not allowed"), {})
            await _reply(send, 405, refusal, (b"allow", ", ".join(_METHODS).encode()))
            return
        body = b""
        if scope["method"] == "POST":
            received = await _read_body(receive)
            if received is None:
                return
            if len(received) > limits.MAX_BODY_BYTES:
                # the rest of the body is not read, so the connection cannot carry another request
                await _reply(send, 413, endpoint.refuse(Refused("body is too large"), {}), (b"connection", b"close"))
                return
            body = received
        status, reply = await self._answer(scope, endpoint, body)
        await _reply(send, status, reply)

    async def _answer(self, scope: AsgiScope, endpoint: Endpoint, body: bytes) -> tuple[int, msgspec.Struct | bytes]:
        try:
            signed = read_query(scope["query_string"], body, _header(scope, b"content-type"))
        except Refused as refused:
            return 200, endpoint.refuse(refused, {})
        try:
            _check_present(endpoint, signed)
            return 200, await self._runtime.database.read_long(lambda connection: self._read(connection, scope, endpoint, signed))
        except Refused as refused:
            return 200, endpoint.refuse(refused, signed.values)
        except Overloaded:
            return 200, endpoint.refuse(Refused("too many requests"), signed.values)
        except Exception:  # noqa: BLE001 - the last line: the caller gets the contract's shape, we get the trace
            _log.exception("csslcloud.request_failed")
            return 500, endpoint.refuse(Refused("internal error"), signed.values)

    def _read(self, connection: sa.Connection, scope: AsgiScope, endpoint: Endpoint, signed: proof.Signed) -> bytes:
        """The encoded reply to a request that may be answered; raises Refused. On a database thread."""
        account_id = scope[_ACCOUNT_KEY] = self._prove(connection, signed, endpoint.required[0])
        self._take_rate(account_id)
        return msgspec.json.encode(endpoint.read(Scope(connection, self._runtime.ids, account_id, signed.values)))

    def _prove(self, connection: sa.Connection, signed: proof.Signed, name: str) -> AccountId:
        """The account that sent the request. name: of the parameter that says which. Raises Refused."""
        try:
            account_id = AccountId(self._runtime.ids.parse_hex16(Kind.ACCOUNT, signed.values[name]))
        except NotFound:
            raise Refused(f"{name} not found") from None
        sealed = dialect_key_of(connection, account_id, proof.DIALECT)
        if sealed is None:
            raise Refused(f"{name} not found")
        if not proof.is_proven(signed, open_dialect_key(self._runtime.keyring, proof.DIALECT, sealed).encode()):
            raise Refused("invalid encrypt", proof=True)
        if not proof.is_instant_text(signed.time):
            raise Refused("time is invalid")
        if not proof.is_current(signed.time, self._runtime.clock.now(), self._window_s):
            raise Refused("time expired", proof=True)
        return account_id

    def _take_rate(self, account_id: AccountId) -> None:
        """Counts a proven request; a stranger cannot use up an account's rate. Raises Refused."""
        with self._buckets_lock:
            allowed = self._buckets.take(account_id, self._runtime.clock.now())
        if not allowed:
            raise Refused("too many requests")


def _check_present(endpoint: Endpoint, signed: proof.Signed) -> None:
    for name in endpoint.required:
        if not signed.values.get(name):
            raise Refused(f"{name} is required")
    if not signed.time:
        raise Refused("time is required")
    if not signed.hash:
        raise Refused("hash is required")


async def _read_body(receive: Receive) -> bytes | None:
    """The body, cut shortly after the limit; None when the client left."""
    parts: list[bytes] = []
    size = 0
    while size <= limits.MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _header(scope: AsgiScope, name: bytes) -> str:
    for header, value in scope["headers"]:
        if header == name:
            return bytes(value).decode("latin-1")
    return ""


async def _reply(send: Send, status: int, reply: msgspec.Struct | bytes, *headers: tuple[bytes, bytes]) -> None:
    body = reply if isinstance(reply, bytes) else msgspec.json.encode(reply)
    common = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*common, *headers]})
    await send({"type": "http.response.body", "body": body})
