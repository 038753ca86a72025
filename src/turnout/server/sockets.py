"""WebSockets on the HTTP port: uvicorn takes the request, picows takes the socket.

uvicorn's http= and ws= options each take a protocol class. SocketHttp is uvicorn's own HTTP protocol, except that it hands an upgrade on
together with the bytes that came after the request, which uvicorn would drop, and a request for an event stream with its transport
(event_streams.py). The class make_bridge returns is picows' server protocol, which then reads the socket itself, straight into its own
buffer.

    uvicorn.Config(app, http=SocketHttp, ws=make_bridge(Door(hub, dispatcher, Proxies([]))), loop="uvloop", proxy_headers=False)

Concurrency: the event-loop thread only. Start: by uvicorn, per connection. Stop: uvicorn calls `shutdown` on each, which lets commands in
flight be answered and ends it with 1012; uvicorn waits until all are gone, at most twice the close patience.
Invariants relied on, each with a test in tests/suites/sockets, and the reason both versions are pinned: uvicorn calls
handle_websocket_upgrade while it handles httptools' HttpParserUpgrade; picows' WSProtocol takes these arguments, calls its log's error or
exception when it has found a protocol error, and goes on delivering frames after it, which is why the rest of such a connection is thrown
away here.
"""

import asyncio
import math
import sys
import time
import weakref
from typing import Any, ClassVar

import httptools
import msgspec
from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # importable, not documented
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from turnout.hub.protocol import RESTART
from turnout.hub.web_socket import WebSocket
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.kernel.limits import MAX_SOCKET_MESSAGE_BYTES
from turnout.server import event_streams
from turnout.server.door import Door, Visitor

PATH = b"/ws"
"""The only path that takes sockets."""

_LONGEST_REQUEST = 16_000
"""Bytes of an upgrade request; picows hangs up without a word at 16 KiB."""


class SocketHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also hands on what the client sent behind an upgrade request, and who wants an event stream."""

    _segment = b""
    _wants_stream = False

    @override
    def data_received(self, data: bytes) -> None:
        self._segment = data
        super().data_received(data)
        self._segment = b""
        if self._wants_stream and not self.transport.is_closing():
            self._hand_on_stream()

    @override
    def on_headers_complete(self) -> None:
        if self._wants_stream:
            return  # pipelined behind: nothing can be answered on this line any more
        if self.url.startswith(event_streams.PREFIX) and self.parser.get_method() == b"GET":
            self._wants_stream = True
            return
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if not self._wants_stream:
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        if not self._wants_stream:
            super().on_message_complete()

    def _hand_on_stream(self) -> None:
        earlier: Any = self.cycle
        if earlier is not None and not earlier.response_complete:
            self.transport.close()  # pipelined behind a request that has no answer yet: the answer would land among the events
            return
        bridge: type[SocketBridge] = self.ws_protocol_class  # type: ignore[assignment]
        self.connections.discard(self)
        self.parser = None  # type: ignore[assignment]  # it holds this object: without the cycle both are freed at once
        event_streams.take_over(bridge.door, self.connections, self.transport, self.url, self.headers)

    @override
    def handle_websocket_upgrade(self) -> None:
        upgrade = sys.exc_info()[1]
        if not isinstance(upgrade, httptools.HttpParserUpgrade):
            raise RuntimeError("uvicorn no longer calls handle_websocket_upgrade while it handles HttpParserUpgrade")
        behind = self._segment[upgrade.args[0] :]
        earlier: Any = self.cycle
        if earlier is not None and not earlier.response_complete:
            self.transport.close()  # pipelined behind a request that has no answer yet: the answer would land among the frames
            return
        head = [self.scope["method"].encode(), b" ", self.url, b" HTTP/1.1\r\nconnection: Upgrade\r\n"]
        for name, value in self.headers:
            if name != b"connection":  # picows wants this one word, Firefox sends two
                head += [name, b": ", value, b"\r\n"]
        head.append(b"\r\n")
        request = b"".join(head)
        if len(request) > _LONGEST_REQUEST:
            self.send_400_response("The headers of the upgrade request are too long.")
            return
        bridge: SocketBridge = self.ws_protocol_class(  # type: ignore[assignment, call-arg, misc]
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        self.connections.discard(self)
        self.parser = None  # type: ignore[assignment]  # it holds this object: without the cycle both are freed at once
        bridge.take_over(self.transport, request, behind)


class SocketBridge(WSProtocol):  # type: ignore[misc]  # untyped
    """The server's end of one socket; what differs between servers stands in the subclass that make_bridge makes."""

    door: ClassVar[Door]

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._peers = server_state.connections
        self._opened_at = time.monotonic()
        self._line: _Line
        super().__init__(
            None,  # host, for clients
            None,  # path, for clients
            False,  # is a client
            self._admit,
            _Complaints(self),
            True,  # disconnect when a listener raises
            None,  # handshake timeout: the request is there already
            False,  # its pings; ours are in hub/keep_alive.py
            20,
            20,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # its pongs; ours heed the byte bound
            MAX_SOCKET_MESSAGE_BYTES,
            None,  # headers, for clients
            2048,  # first read buffer, the smallest
        )

    def take_over(self, transport: asyncio.Transport, request: bytes, behind: bytes) -> None:
        """Read the transport from now on. request: the upgrade request; behind: what came after it."""
        self._peers.add(self)
        self._line = _Line(transport)
        self.connection_made(self._line)
        transport.set_protocol(self)  # from here on it reads into picows' buffer
        self.data_received(request)
        if not transport.is_closing():
            for headers in (self.transport.request.headers, self.transport.response.headers):
                headers.clear()  # kept by picows as long as the socket, and read by nobody
            self.data_received(behind)

    def data_received(self, data: bytes) -> None:
        """Read what was received before the take-over. uvloop never calls it, but it keeps a reference to the last data_received it knew,
        and so would keep the HTTP side of every socket if there were none here."""
        view = memoryview(data)
        while view and not self._line.discards:
            buffer = self.get_buffer(-1)
            size = min(len(buffer), len(view))
            buffer[:size] = view[:size]
            self.buffer_updated(size)
            self.look_after_error()
            view = view[size:]

    def look_after_error(self) -> None:
        """picows has complained of the client. It closes within 10 ms, too soon for a client that still sends."""
        if self.transport.is_close_frame_sent and self.listener.close_code is None:
            # a protocol error found by picows, whose parser cannot go on from here
            self.listener.fail(int(self.transport.close_handshake.sent.code))
            self._line.discard(self)

    def _admit(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        headers = request.headers
        if request.path.partition(b"?")[0] != PATH:
            return _refusal(NotFound())
        peer = self._line.transport.get_extra_info("peername")
        visitor = Visitor(
            peer=peer[0] if peer else "",
            host=headers.get("Host", ""),
            origins=headers.getall("Origin", []),
            forwarded_for=headers.getall("X-Forwarded-For", []),
            cookies=headers.getall("Cookie", []),
            user_agent=headers.get("User-Agent", ""),
        )
        try:
            connection = self.door.admit(WebSocket, visitor)
        except TurnoutError as error:
            return _refusal(error)
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(), connection)

    def shutdown(self) -> None:
        """uvicorn stops: let the commands in flight be answered, and tell the client to come back."""
        if self.listener is not None:
            self.listener.finish(RESTART)
        else:
            self._line.transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)
        super().connection_lost(exc)
        if self.listener is not None:
            self.door.left(self.listener, self._opened_at)


class _Complaints:
    """picows' log of one socket. It reports as errors what clients do wrong; to be told here costs nothing at each message. No Logger, of
    which picows would make a copy."""

    __slots__ = ("_bridge",)

    def __init__(self, bridge: SocketBridge) -> None:
        self._bridge = weakref.ref(bridge)  # which holds this

    def isEnabledFor(self, _level: int) -> bool:  # noqa: N802 - logging's name
        return False

    def info(self, *_: object) -> None:
        pass

    log = debug = warning = info

    def error(self, *_: object) -> None:
        """Called before picows has said goodbye to the client."""
        bridge = self._bridge()
        if bridge is not None:
            asyncio.get_running_loop().call_soon(bridge.look_after_error)

    exception = error


class _Line:
    """The transport as picows gets it. After a protocol error picows closes within 10 ms; closing while the client still sends makes the
    kernel reset the line, and the client never reads why. From `discard` on the line stays until the client or the patience ends it."""

    __slots__ = ("discards", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.discards = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def close(self) -> None:
        if not self.discards:
            self.transport.close()

    def discard(self, bridge: SocketBridge) -> None:
        """Throw away whatever the client still sends."""
        self.discards = True
        self.transport.set_protocol(_Discarding(bridge))


class _Discarding(asyncio.BufferedProtocol):
    """Reads and forgets, until the client closes or Connection cuts the line."""

    _nowhere = bytearray(65_536)

    def __init__(self, bridge: SocketBridge) -> None:
        self._bridge = bridge

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        return self._nowhere

    @override
    def buffer_updated(self, nbytes: int) -> None:
        pass

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._bridge.connection_lost(exc)


def make_bridge(door: Door) -> type[SocketBridge]:
    """The protocol class for uvicorn's ws= option, to be used with http=SocketHttp."""
    return type("ConfiguredSocketBridge", (SocketBridge,), {"door": door})


def _refusal(error: TurnoutError) -> WSUpgradeResponseWithListener:
    body = msgspec.json.encode({"error": {"code": error.code, "message": error.message}})
    headers = {"Content-Type": "application/json"}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(error.status, body, headers), None)
