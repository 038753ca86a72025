"""One client's socket: reads its messages, writes to it within a byte bound, ends it.

Ordering: messages are handled, and frames written, in the order they came. Concurrency: the event-loop thread only.
Start: the bridge (server/sockets.py) builds one per upgrade. Stop: `end`, the client's close, or a lost line; then Keeper.closed runs once.
Invariants: at most one close frame leaves, and nothing after it; once the unsent bytes are above half the bound every further write is
checked against it. This is a picows listener: with server/sockets.py the only place that knows the socket library.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from typing_extensions import override

from turnout.hub.protocol import MALFORMED, NORMAL, NOT_TEXT, NOT_UTF8, TOO_LONG, TOO_SLOW, Ending, text_frame
from turnout.kernel.limits import MAX_CONNECTION_BACKLOG_BYTES, MAX_SOCKET_MESSAGE_BYTES

_TEXT = WSMsgType.TEXT
_CLOSE_PATIENCE_S = 2.0
"""Seconds an ended connection may take to answer the close frame before its line is cut."""


class Keeper(Protocol):
    """Who keeps the connections: the hub."""

    def opened(self, connection: "Connection") -> None:
        """The upgrade succeeded; the connection may be written to."""
        ...

    def closed(self, connection: "Connection") -> None:
        """The line is gone. Called once, after the last message was handled."""
        ...

    def flush_later(self, connection: "Connection") -> None:
        """Call connection.flush before the event loop waits again."""
        ...


class Connection(WSListener):
    """One socket of one client.

    address: the client's, behind trusted proxies. cookies: of the upgrade request. seat: what the domains keep here about who sits on
    this connection; the hub never looks at it. in_flight: commands handed on and not yet answered; the handler adds one, `acknowledge`
    takes one away. channels: names it is subscribed to. open: whether it can still be written to. ending: why the server ended it, None
    when it did not. close_code: the code of the close frame that left, None when none did. heard: see keep_alive.py.
    """

    __slots__ = (
        "_bound",
        "_closing",
        "_congested",
        "_dispatch",
        "_fragments",
        "_half",
        "_held",
        "_keeper",
        "_last_words",
        "_line",
        "_patience_s",
        "_transport",
        "_waiting",
        "_write",
        "address",
        "channels",
        "close_code",
        "cookies",
        "ending",
        "heard",
        "in_flight",
        "open",
        "seat",
    )

    def __init__(
        self,
        dispatch: Callable[["Connection", str], None],
        keeper: Keeper,
        *,
        address: str,
        cookies: Mapping[str, str],
        backlog_bytes: int = MAX_CONNECTION_BACKLOG_BYTES,
        close_patience_s: float = _CLOSE_PATIENCE_S,
    ) -> None:
        self.address = address
        self.cookies = cookies
        self.seat: Any = None
        self.in_flight = 0
        self.channels: tuple[str, ...] = ()
        self.ending: Ending | None = None
        self.close_code: int | None = None
        self.open = False
        self.heard = True
        self._dispatch = dispatch
        self._keeper = keeper
        self._bound = backlog_bytes
        self._half = backlog_bytes // 2
        self._patience_s = close_patience_s
        self._congested = False
        self._waiting: list[bytes] | None = None
        self._held: dict[object, bytes] | None = None
        self._fragments: bytearray | None = None
        self._last_words: Ending | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._transport: WSTransport
        self._line: asyncio.Transport
        self._write: Callable[[bytes], None]

    # Writing

    def send(self, frame: bytes) -> None:
        """Write one message (JSON text); ignored once the connection is closed or ending."""
        self.write(text_frame(frame))

    def make_room(self, size: int) -> None:
        """Allow for one long message, such as a snapshot: when it is longer than half the bound, it must not end the connection it was made
        for, so the bound grows by its length."""
        if size > self._half:
            self._bound += size

    def send_coalescible(self, frame: bytes, key: object) -> None:
        """Write news that a later message under the same key replaces. While more than half the bound is unsent it is held back; when the
        client has caught up, the latest of each key is sent."""
        self.write_news(((key, text_frame(frame)),))

    def acknowledge(self, frame: bytes) -> None:
        """Answer one command that was counted in in_flight. Answers to a connection that has more commands in flight are collected until
        the end of this turn of the event loop and written together."""
        self.in_flight -= 1
        if not self.open:
            return
        if self.in_flight > 0:
            if self._waiting is None:
                self._waiting = [text_frame(frame)]
                self._keeper.flush_later(self)
            else:
                self._waiting.append(text_frame(frame))
            return
        self.write(text_frame(frame))
        if self._last_words is not None:
            self.end(self._last_words)

    def write(self, wire: bytes) -> None:
        """Write whole WebSocket frames, as text_frame makes them; one call is one system call."""
        if not self.open:
            return
        if self._waiting is not None:
            self._waiting.append(wire)
            wire = b"".join(self._waiting)
            self._waiting = None
        if self._congested and self._line.get_write_buffer_size() + len(wire) > self._bound:
            self.end(TOO_SLOW)
            return
        self._write(wire)

    def write_news(self, news: Iterable[tuple[object, bytes]], together: bytes | None = None) -> None:
        """Write coalescible WebSocket frames, each with its key; `together` is all of them joined, when the caller has it."""
        if not self._congested:
            self.write(together if together is not None else b"".join(wire for _, wire in news))
        elif self.open:
            if self._held is None:
                self._held = {}
            self._held.update(news)

    def flush(self) -> None:
        """Write the answers that were collected, if any wait."""
        if self._waiting is not None:
            self.write(b"")

    def ping(self) -> None:
        """Ask for a sign of life; `heard` turns true with the client's next frame."""
        self.write(b"\x89\x00")

    # Ending

    def end(self, ending: Ending) -> None:
        """Send the close frame and cut the line when the client answers it, or after the patience. Harmless when already ending."""
        if not self.open:
            return
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._write(b"".join(waiting))
        self.ending = ending
        self.close_code = ending.code
        self.open = False
        self._transport.send_close(ending.code, ending.name)  # type: ignore[arg-type]  # picows takes any integer
        self._cut_later()

    def finish(self, ending: Ending) -> None:
        """End as soon as every command in flight has been answered; new messages are no longer read. The patience bounds this too."""
        if not self.open or self.in_flight == 0:
            self.end(ending)
            return
        self._last_words = ending
        self._closing = asyncio.get_running_loop().call_later(self._patience_s, self.end, ending)

    def fail(self, close_code: int) -> None:
        """picows has found a protocol error and sent the close frame itself: write nothing after it."""
        self.open = False
        self.close_code = close_code
        self._cut_later()

    def _cut_later(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(self._patience_s, self._line.abort)

    # What picows calls

    @override
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._line = transport.underlying_transport
        self._write = self._line.write
        # above the high mark the transport calls pause_writing: only from there on do writes pay for a look at the unsent bytes
        self._line.set_write_buffer_limits(high=self._half, low=self._half // 2)
        self.open = True
        self._keeper.opened(self)

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard = True
        kind = frame.msg_type
        # picows still hands over frames after it has sent 1009 or 1002 of its own accord: they must not be handled
        if transport.is_close_frame_sent or not self.open:
            self.open = False
            if kind is WSMsgType.CLOSE:
                transport.disconnect()
            return
        if self._last_words is not None and kind in (_TEXT, WSMsgType.CONTINUATION):
            return
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.end(MALFORMED)  # RFC 6455 section 5.2: no extension was agreed on
        elif kind is _TEXT and frame.fin and self._fragments is None:
            try:
                text = frame.get_payload_as_utf8_text()
            except UnicodeDecodeError:
                self.end(NOT_UTF8)
                return
            self._dispatch(self, text)
        else:
            self._on_rarer_frame(transport, kind, frame)

    def _on_rarer_frame(self, transport: WSTransport, kind: WSMsgType, frame: WSFrame) -> None:
        if kind is WSMsgType.PING:
            # not picows' own pong: it would write without a bound
            payload = frame.get_payload_as_bytes()
            self.write(b"\x8a" + len(payload).to_bytes(1, "big") + payload)
        elif kind is WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            self.flush()
            self.open = False
            self.close_code = int.from_bytes(payload[:2], "big") if payload else NORMAL.code
            transport.send_close(self.close_code)  # type: ignore[arg-type]
            transport.disconnect()
            self._cut_later()  # a client that reads nothing would hold the line open
        elif kind is WSMsgType.BINARY:
            self.end(NOT_TEXT)
        elif kind is _TEXT or kind is WSMsgType.CONTINUATION:
            self._on_fragment(kind, frame)

    def _on_fragment(self, kind: WSMsgType, frame: WSFrame) -> None:
        """picows does not put fragmented messages together (RFC 6455 section 5.4); the whole message has the limit of one frame."""
        if (kind is _TEXT) is not (self._fragments is None):
            self.end(MALFORMED)
            return
        if self._fragments is None:
            self._fragments = bytearray()
        if len(self._fragments) + frame.payload_size > MAX_SOCKET_MESSAGE_BYTES:
            self.end(TOO_LONG)
            return
        self._fragments += frame.get_payload_as_bytes()
        if frame.fin:
            whole, self._fragments = self._fragments, None
            try:
                text = whole.decode()
            except UnicodeDecodeError:
                self.end(NOT_UTF8)
                return
            self._dispatch(self, text)

    @override
    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.open = False
        self._waiting = self._held = self._fragments = None
        if self._closing is not None:
            self._closing.cancel()
        self._keeper.closed(self)

    @override
    def pause_writing(self) -> None:
        self._congested = True

    @override
    def resume_writing(self) -> None:
        self._congested = False
        while self._held and not self._congested:
            key = next(iter(self._held))
            self.write(self._held.pop(key))
