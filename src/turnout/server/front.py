"""What every HTTP request passes: the client's address and scheme behind proxies, the limit of its body, the choice of who answers, the
headers every reply carries, and one log line.

One plain ASGI application, since each layer of a framework's middleware costs a polled route a few per cent.
"""

import time
from collections.abc import Mapping, Sequence

import structlog

from turnout.kernel import limits
from turnout.kernel.ids import IdForms, Kind
from turnout.server.asgi import (
    ACCOUNT_KEY,
    RATE_KEY,
    UNLOGGED_KEY,
    Application,
    Header,
    Message,
    Mount,
    Receive,
    Scope,
    Send,
    all_headers,
    header,
    reply,
)
from turnout.server.auth import refuse_foreign_origin
from turnout.server.errors import as_turnout_error, body_too_large, encode_error
from turnout.server.origins import Origins
from turnout.server.proxies import Proxies

log = structlog.get_logger("turnout.server")

_EVERYWHERE: list[Header] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_PAGE_HEADERS = [*_EVERYWHERE, (b"cross-origin-opener-policy", b"same-origin")]  # their policy is each page's own: static.py
_API_HEADERS = [
    *_EVERYWHERE,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
_HEALTH = frozenset({"/healthz", "/readyz"})
_LONGEST_ROUTE = 200


class Front:
    """The server's ASGI application. api: answers /api/…, /healthz and /readyz, and the lifespan; mounts: the dialects, and pictures;
    pages: the rest. body_limits: bytes a body of the API may have, by path, where that is not limits.MAX_BODY_BYTES."""

    def __init__(
        self,
        api: Application,
        mounts: Sequence[Mount],
        pages: Application,
        *,
        proxies: Proxies,
        origins: Origins,
        ids: IdForms,
        body_limits: Mapping[str, int],
    ) -> None:
        self._api = api
        self._mounts = mounts
        self._pages = pages
        self._proxies = proxies
        self._origins = origins
        self._ids = ids
        self._body_limits = body_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or runs the lifespan."""
        if scope["type"] == "lifespan":
            await self._api(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            raise RuntimeError("sockets are taken by server/sockets.py before they get here")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        self._see_through_proxies(scope)
        path: str = scope["path"]
        mount = self._mount_of(path)
        is_api = mount is None and (path.startswith("/api/") or path in _HEALTH)
        always = _EVERYWHERE if mount is not None else _API_HEADERS if is_api else _PAGE_HEADERS
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *always, *scope.get(RATE_KEY, ())]
            await send(message)

        try:
            if mount is not None:
                await mount(scope, receive, send_with_headers)
            elif is_api:
                refuse_foreign_origin(self._origins, scope)
                longest = self._body_limits.get(path, limits.MAX_BODY_BYTES)
                await self._api(scope, _limited(scope, receive, longest), send_with_headers)
            else:
                await self._pages(scope, receive, send_with_headers)
        except Exception as error:  # the last place that can still answer
            refusal = as_turnout_error(error)
            if status == 0:
                await reply(send_with_headers, *encode_error(refusal))
            else:
                raise
        finally:
            self._log(scope, status, time.perf_counter() - began, is_page=mount is None and not is_api)

    def _mount_of(self, path: str) -> Mount | None:
        for mount in self._mounts:
            if mount.serves(path):
                return mount
        return None

    def _see_through_proxies(self, scope: Scope) -> None:
        """Puts the client's own address and scheme into the scope, where everybody behind us looks for them."""
        client = scope.get("client")
        if client is None:
            return
        peer = client[0]
        address = self._proxies.client_address(peer, all_headers(scope, b"x-forwarded-for"))
        if address != peer:
            scope["client"] = (address, 0)
        scope["scheme"] = self._proxies.scheme(peer, scope["scheme"], all_headers(scope, b"x-forwarded-proto"))

    def _log(self, scope: Scope, status: int, took_s: float, *, is_page: bool) -> None:
        if scope.get(UNLOGGED_KEY):
            return
        path: str = scope["path"]
        account_id = scope.get(ACCOUNT_KEY)
        write = log.debug if path in _HEALTH else log.info
        write(
            "request",
            method=scope["method"],
            # the template says which handler it was, and has no ids; a page's path may be anything a stranger typed
            route=scope.get("path_template") or ("pages" if is_page else path[:_LONGEST_ROUTE]),
            status=status,  # 0: the client went away before there was a reply
            duration_ms=round(took_s * 1000, 2),
            account=None if account_id is None else self._ids.text(Kind.ACCOUNT, account_id),
            address=scope["client"][0] if scope.get("client") else None,
        )


def _limited(scope: Scope, receive: Receive, longest: int) -> Receive:
    """The same stream of body parts, ending with BodyTooLarge past the limit; an announced length is looked at before a byte is read."""
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdecimal() and int(announced) > longest:
        raise body_too_large(longest)
    left = longest

    async def receive_limited() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise body_too_large(longest)
        return message

    return receive_limited
