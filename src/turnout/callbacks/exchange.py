"""One call over a connection of the HTTP client's pool, without the client's own request and response.

Making those two, anew for every call, costs more than the rest of the call: 145 µs with them, 65 µs without (one of two cores, Python 3.11,
a body of 1 KB to loopback; benchmarks/limits/deliveries.py is the former). The pool, the look-ups behind it, TLS, the parser with its
limits, and every error are the client's as ever.

Belongs to post.py, which says what is promised about a call. May import: the HTTP client.
"""

import re
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Protocol

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from aiohttp.streams import StreamReader
from typing_extensions import override

TARGETS_KEPT = 2_000
"""Addresses a process keeps made ready."""

_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None)  # whoever calls has a limit around all of it
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Answer(Protocol):
    """An answer whose head has been read."""

    @property
    def status(self) -> int:
        """Its number."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """All of them."""
        ...

    @property
    def content(self) -> StreamReader:
        """The body, as it comes."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


class _Target(NamedTuple):
    """Whom to connect to. request: for the pool, never sent. head: the first lines of every call."""

    request: aiohttp.ClientRequest
    head: str


class Exchanges:
    """Makes calls over the connections of a session. On the event loop."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._target = lru_cache(maxsize=TARGETS_KEPT)(self._make_target)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], tls: ssl.SSLContext | None
    ) -> AbstractAsyncContextManager["_Exchange"]:
        """A POST that is sent on entering, which gives the Answer. Raises what the client's own does: aiohttp.ClientError, OSError, and
        ValueError for a URL or for headers that cannot be sent. On leaving the connection goes back, or is closed when more was coming."""
        connector = self._session.connector
        if connector is None:
            raise RuntimeError("the session is closed")
        target = self._target(url, tls)
        text = "".join([*headers, *headers.values()])
        if not text.isprintable() and _CONTROL.search(text):
            raise ValueError("a header has a line break or another control character in it")
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"{target.head}Content-Length: {len(body)}\r\n{lines}\r\n"
        return _Exchange(connector, target.request, head.encode(), body)

    def _make_target(self, url: str, tls: ssl.SSLContext | None) -> _Target:
        loop = self._session._loop
        request = aiohttp.ClientRequest(
            "POST", self._session._build_url(url), loop=loop, session=self._session, ssl=True if tls is None else tls
        )
        return _Target(request, f"POST {request.url.raw_path_qs} HTTP/1.1\r\nHost: {request.headers['Host']}\r\nAccept: */*\r\n")


class _Exchange(AbstractAsyncContextManager["_Exchange"]):
    """See Exchanges.post; on entering an Answer."""

    __slots__ = ("_body", "_connection", "_connector", "_head", "_request", "content", "headers", "status")

    status: int
    headers: Mapping[str, str]
    content: StreamReader

    def __init__(self, connector: aiohttp.BaseConnector, request: aiohttp.ClientRequest, head: bytes, body: bytes) -> None:
        self._connector, self._request, self._head, self._body = connector, request, head, body
        self._connection: Connection | None = None

    @override
    async def __aenter__(self) -> "_Exchange":
        connection = self._connection = await self._connector.connect(self._request, [], _NO_TIMEOUT)
        try:
            protocol = connection.protocol
            if protocol is None or protocol.transport is None:
                raise aiohttp.ServerDisconnectedError
            protocol.set_response_params(read_until_eof=True, auto_decompress=False)
            protocol.transport.writelines((self._head, self._body))
            message, payload = await protocol.read()
            while 100 <= message.code < 200 and message.code != 101:
                message, payload = await protocol.read()
        except HttpProcessingError as error:
            self.close()
            raise aiohttp.ClientResponseError(self._request.request_info, (), status=error.code, message=error.message) from error
        except BaseException:
            self.close()
            raise
        self.status, self.headers, self.content = message.code, message.headers, payload
        return self

    @override
    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.close()
        elif self._connection is not None:
            self._connection.release()  # closes it when the answer has not ended, or asks for it

    def close(self) -> None:
        """Hangs up."""
        if self._connection is not None:
            self._connection.close()
