"""Lines for clients whose network blocks sockets: GET /live/<name> is answered with server-sent events for as long as the client stays.

The transport is taken over from uvicorn as for a socket, so that both kinds of line are written, bounded and ended by the same code
(hub/connection.py). What the client says comes by posts (posts.py) under the same name.
Concurrency: the event-loop thread only. Start: by server/sockets.py, per request. Stop: uvicorn calls `shutdown` on each, as on sockets.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from typing_extensions import override

from turnout.hub.event_stream import EventStream
from turnout.hub.protocol import RESTART
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.server.door import Door, Visitor
from turnout.server.errors import encode_error

PREFIX = b"/live/"
"""Before the name of a line."""

read_name = re.compile(r"/live/([A-Za-z0-9_-]{22,64})").fullmatch
"""The name in a path. It is the only proof that a post belongs to the line, so it has 128 bits or more that the client chose at random."""

_ALWAYS = (
    b"content-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-store, no-transform\r\n"
    b"x-accel-buffering: no\r\n"  # nginx would keep news until it has enough of them
    b"x-content-type-options: nosniff\r\n"
    b"connection: close\r\n"
)


class ServedStream(EventStream):
    """An event stream of this server. peers: uvicorn's, which it tells when it stops, and waits for."""

    __slots__ = ("_door", "_name", "_opened_at", "_peers")

    def serve(self, door: Door, name: str, peers: set[Any], transport: asyncio.Transport, head: bytes) -> None:
        """Take the transport over, under this name."""
        self._door, self._name, self._peers = door, name, peers
        self._opened_at = time.monotonic()
        peers.add(self)
        transport.set_protocol(self)
        self.start(transport, head)
        door.lines.add(name, self)

    def shutdown(self) -> None:
        """uvicorn stops: let the commands in flight be answered, and tell the client to come back."""
        self.finish(RESTART)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)
        self._door.lines.remove(self._name, self)
        super().connection_lost(exc)
        self._door.left(self, self._opened_at)


def take_over(door: Door, peers: set[Any], transport: asyncio.Transport, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Answer a request for an event stream, with one or with a refusal."""

    def every(name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in headers if key == name]

    peer = transport.get_extra_info("peername")
    visitor = Visitor(
        peer=peer[0] if peer else "",
        host=next(iter(every(b"host")), ""),
        origins=every(b"origin"),
        forwarded_for=every(b"x-forwarded-for"),
        cookies=every(b"cookie"),
        user_agent=next(iter(every(b"user-agent")), ""),
    )
    try:
        found = read_name(url.partition(b"?")[0].decode("latin-1"))
        if found is None:
            raise NotFound
        stream = door.admit(ServedStream, visitor)
    except TurnoutError as error:
        _refuse(transport, error)
        return
    stream.serve(door, found[1], peers, transport, b"HTTP/1.1 200 OK\r\n" + _ALWAYS + allow_origin(visitor.origins) + b"\r\n")


def allow_origin(origins: Sequence[str]) -> bytes:
    """The headers that let a page of this origin, which was let in, read the answer."""
    if not origins:
        return b""
    return b"access-control-allow-origin: %b\r\naccess-control-allow-credentials: true\r\nvary: origin\r\n" % origins[0].encode("latin-1")


def _refuse(transport: asyncio.Transport, error: TurnoutError) -> None:
    status, body, headers = encode_error(error)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), *(name + b": " + value for name, value in headers)]
    lines += [b"content-length: %d" % len(body), b"cache-control: no-store", b"connection: close", b"", body]
    transport.write(b"\r\n".join(lines))
    transport.close()
