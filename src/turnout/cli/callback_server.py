"""A small HTTP/1.1 server for somebody's callbacks, which answers as it is told, and misbehaves when it is told to.

Ordering: the requests of one connection are answered one after the other; connections are independent.
Concurrency: everything runs on the loop that started it.
Start and stop: `CallbackServer.start` listens, `stop` hangs up on everyone. A request whose caller hangs up is given up, wherever it
stands. An unexpected error of the one who decides is raised by `failed_or`.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

import httptools
import msgspec
from typing_extensions import override

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Longest request body; a longer one is answered 413. Far more than any callback has."""

MAX_HEAD_BYTES = 64 * 1024
"""Longest request line with all its headers."""

_MAX_WAITING = 16
"""Requests read ahead on one connection."""

_ABORTIVE = struct.pack("ii", 1, 0)
"""SO_LINGER of a connection that ends with a reset."""


class Call(msgspec.Struct, frozen=True):
    """One request. headers: names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """What is answered."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


class Reset:
    """In place of an answer: the connection is reset."""


RESET = Reset()
"""The one there is."""

Answering = Callable[[Call], Awaitable[Answer | Reset]]
"""Decides about one request; may take its time. Cancelled when the caller hangs up."""


class CallbackServer:
    """Listens on one address. answer: what becomes of each request."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.failure: Exception | None = None
        self.failed = asyncio.Event()
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server

    async def start(self, host: str, port: int) -> int:
        """The port it listens on; 0 takes a free one. Raises OSError."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), host, port)
        listens_on: int = self._server.sockets[0].getsockname()[1]
        return listens_on

    async def failed_or(self, stop: asyncio.Event) -> None:
        """Returns when somebody sets stop; raises what `answer` raised, if that comes first."""
        waits = [asyncio.create_task(event.wait()) for event in (stop, self.failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self.failure is not None:
            raise self.failure

    async def stop(self) -> None:
        """Hangs up on everyone."""
        self._server.close()
        for connection in list(self.connections):
            connection.hang_up()
        await asyncio.gather(*(one.work for one in self.connections if one.work is not None), return_exceptions=True)


class _Connection(asyncio.Protocol):
    def __init__(self, server: CallbackServer) -> None:
        self.work: asyncio.Task[None] | None = None
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._waiting: deque[tuple[Call, bool]] = deque()
        self._head_bytes = 0
        self._begin()

    def _begin(self) -> None:
        self._path = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._too_long = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self.work is not None:
            self.work.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(HTTPStatus.BAD_REQUEST)
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)
        else:
            if self._too_long:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            elif self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        if len(self._body) + len(body) > MAX_BODY_BYTES:
            self._too_long = True
        else:
            self._body += body

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        if self._too_long:
            return
        call = Call(self._parser.get_method().decode("latin-1"), self._path.decode("utf-8", "replace"), self._headers, bytes(self._body))
        self._waiting.append((call, self._parser.should_keep_alive()))
        self._begin()
        if len(self._waiting) >= _MAX_WAITING:
            self._transport.pause_reading()
        if self.work is None:
            self.work = asyncio.get_running_loop().create_task(self._answer_all())

    def hang_up(self) -> None:
        """Ends it, whatever is under way."""
        self._transport.abort()
        if self.work is not None:
            self.work.cancel()

    async def _answer_all(self) -> None:
        try:
            while self._waiting and not self._transport.is_closing():
                call, kept = self._waiting.popleft()
                self._transport.resume_reading()
                answer = await self._server.answer(call)
                if isinstance(answer, Reset):
                    self._reset()
                else:
                    self._write(answer, kept=kept)
        except Exception as error:  # noqa: BLE001 - whoever waits for the server raises it
            self._server.failure = error
            self._server.failed.set()
            self._transport.abort()
        finally:
            self.work = None

    def _write(self, answer: Answer, *, kept: bool) -> None:
        if self._transport.is_closing():
            return
        headers = {**answer.headers, **({} if kept else {"Connection": "close"})}
        if answer.status != HTTPStatus.NO_CONTENT:
            headers["Content-Length"] = str(len(answer.body))
        if answer.body:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        lines = [f"HTTP/1.1 {answer.status} {reason_of(answer.status)}", *(f"{name}: {value}" for name, value in headers.items())]
        self._transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + answer.body)
        if not kept:
            self._transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        self._write(Answer(status), kept=False)

    def _reset(self) -> None:
        found: socket.socket = self._transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTIVE)
        self._transport.abort()


def reason_of(status: int) -> str:
    """The words of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"
