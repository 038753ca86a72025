"""Connections without a network: what is written to them is kept, frame by frame."""

import asyncio
import json
from typing import Any

from turnout.hub.connection import Connection
from turnout.hub.hub import Hub
from turnout.hub.web_socket import WebSocket


class Line:
    """Stands in for the transport of a connection. A line that is `slow` keeps everything unsent."""

    def __init__(self) -> None:
        self.underlying_transport = self
        self.is_close_frame_sent = False
        self.slow = False
        self.unsent = 0
        self.arrived = asyncio.Event()
        self.closed_with: tuple[int, str] | None = None
        self._data = bytearray()

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        """Not looked at: nothing here is ever full."""

    def get_write_buffer_size(self) -> int:
        """Bytes not sent."""
        return self.unsent

    def write(self, data: bytes) -> None:
        """Take whole frames."""
        assert self.closed_with is None, "nothing may follow a close frame"
        self._data += data
        self.arrived.set()

    def send_close(self, code: int, reason: str = "") -> None:
        """Take the close frame."""
        self.is_close_frame_sent = True
        self.closed_with = (code, reason)
        self.arrived.set()

    def abort(self) -> None:
        """Cut."""

    def take(self) -> list[dict[str, Any]]:
        """The messages written since the last call."""
        messages = []
        at = 0
        while at < len(self._data):
            assert self._data[at] == 0x81
            size, at = self._data[at + 1], at + 2
            if size > 125:
                width = 2 if size == 126 else 8
                size, at = int.from_bytes(self._data[at : at + width], "big"), at + width
            messages.append(json.loads(self._data[at : at + size]))
            at += size
        self._data.clear()
        return messages

    async def until(self, op: str) -> list[dict[str, Any]]:
        """Wait until a message of this kind has been written; all written since the last call."""
        messages = self.take()
        while not any(message["op"] == op for message in messages):
            self.arrived.clear()
            await self.arrived.wait()
            messages += self.take()
        return messages


def connect(hub: Hub) -> tuple[Connection, Line]:
    """A new open connection of the hub, and its line."""
    connection = WebSocket(lambda *_: None, hub, address="192.0.2.1", cookies={})
    line = Line()
    connection.on_ws_connected(line)  # type: ignore[arg-type]
    return connection, line


def disconnect(connection: Connection) -> None:
    """The line is gone."""
    connection._lost()
