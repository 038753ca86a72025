"""A viewer's side of one WebSocket: the only file of the rehearsal that knows the socket library."""

import asyncio
from collections.abc import Callable

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from typing_extensions import override

CONNECT_S = 15.0
"""How long a connection may take to be made."""

ALIVE_CHECK_S = 30.0
"""After so many seconds without a byte the server is asked whether it is there."""

_NO_CLOSE_FRAME = 1006
_NO_CODE = 1005


class NotConnected(Exception):
    """There is no such server, or it takes no sockets now."""


class Line(WSListener):
    """One connection. ended: done with its close code, 1006 when the server said none. hear: takes each text message."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        super().__init__()
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._hear = hear
        self._code = _NO_CLOSE_FRAME
        self._transport: WSTransport | None = None

    def send(self, text: bytes) -> None:
        """Sends a text message, if the connection still stands."""
        if self._transport is not None and not self.ended.done():
            self._transport.send(WSMsgType.TEXT, text)

    def drop(self) -> None:
        """Cuts the connection without a word."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    @override
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._hear(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            code = frame.get_payload_as_bytes()[:2]
            self._code = int.from_bytes(code, "big") if len(code) == 2 else _NO_CODE
            transport.disconnect()

    @override
    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.ended.done():
            self.ended.set_result(self._code)


async def connect(url: str, hear: Callable[[bytes], None]) -> Line:
    """A connection to ws://… or wss://…; raises NotConnected."""
    line = Line(hear)
    try:
        async with asyncio.timeout(CONNECT_S):
            await ws_connect(lambda: line, url, enable_auto_ping=True, auto_ping_idle_timeout=ALIVE_CHECK_S)
    except (OSError, TimeoutError, WSError) as error:
        raise NotConnected(str(error) or type(error).__name__) from error
    return line
