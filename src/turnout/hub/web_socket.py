"""A connection over a WebSocket: frames in, frames out, and the close handshake.

This is a picows listener: with server/sockets.py the only place that knows the socket library.
"""

from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from typing_extensions import override

from turnout.hub.connection import Connection
from turnout.hub.protocol import MALFORMED, NORMAL, NOT_TEXT, NOT_UTF8, TOO_LONG, Ending, text_frame
from turnout.kernel.limits import MAX_SOCKET_MESSAGE_BYTES

_TEXT = WSMsgType.TEXT


class WebSocket(Connection, WSListener):
    """One socket of one client. The bridge (server/sockets.py) builds one per upgrade."""

    __slots__ = (*Connection.SLOTS, "_fragments", "_transport")

    kind = "socket"
    frame = staticmethod(text_frame)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fragments: bytearray | None = None
        self._transport: WSTransport

    @override
    def _write_one(self, payload: bytes) -> None:
        self._transport.send(_TEXT, payload)  # it makes the frame where it writes it, and asks the socket directly

    @override
    def ping(self) -> None:
        self.write(b"\x89\x00")

    @override
    def _say_goodbye(self, ending: Ending) -> None:
        self._transport.send_close(ending.code, ending.name)  # type: ignore[arg-type]  # picows takes any integer

    def fail(self, close_code: int) -> None:
        """picows has found a protocol error and sent the close frame itself: write nothing after it."""
        self.open = False
        self.close_code = close_code
        self._cut_later()

    # What picows calls

    @override
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._begin(transport.underlying_transport)

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
        self._fragments = None
        self._lost()

    @override
    def pause_writing(self) -> None:
        self._pause()

    @override
    def resume_writing(self) -> None:
        self._resume()
