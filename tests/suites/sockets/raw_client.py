"""A WebSocket client that can also be rude: it sends any bytes, in any pieces, and reads frames one by one."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import ssl
import struct
from typing import Any, NamedTuple

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Frame(NamedTuple):
    """One frame as the server sent it."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """The close code of a close frame."""
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big")

    @property
    def message(self) -> dict[str, Any]:
        """The JSON of a text frame."""
        assert self.opcode == TEXT, self
        message: dict[str, Any] = json.loads(self.payload)
        return message


def upgrade_request(path: str = "/ws", headers: dict[str, str] | None = None, *, host: str = "turnout.test") -> bytes:
    """The bytes of an upgrade request; `headers` adds to the usual ones, or replaces them."""
    fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    } | (headers or {})
    return "\r\n".join([f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "\r\n"]).encode()


_MASK = b"\x37\xfa\x21\x3d"
"""Of RFC 6455's examples. Always the same, so that a test with a frame in its name has one name."""


def frame(payload: bytes | str, opcode: int = TEXT, *, final: bool = True, flags: int = 0, masked: bool = True) -> bytes:
    """The bytes of one frame as a client sends it."""
    if isinstance(payload, str):
        payload = payload.encode()
    mask = _MASK if masked else b""
    size = len(payload)
    bit = 0x80 if masked else 0
    first = bytes([(0x80 if final else 0) | flags | opcode])
    if size < 126:
        head = first + bytes([bit | size])
    elif size < 65_536:
        head = first + bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head = first + bytes([bit | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big") if size else 0
    return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


class RawClient:
    """One TCP connection to the server, before and after its upgrade."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, *, tls: ssl.SSLContext | None = None, receive_buffer: int | None = None) -> "RawClient":
        """Connect without sending anything. receive_buffer: the kernel's, in bytes, for a client that is to fall behind soon."""
        if receive_buffer is None:
            return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=2**16))
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        return cls(*await asyncio.open_connection(sock=line, limit=2**10))

    async def upgrade(self, path: str = "/ws", headers: dict[str, str] | None = None, *, behind: bytes = b"") -> "RawClient":
        """Ask for the upgrade, sending `behind` in the same segment, and check that it was granted."""
        self.send(upgrade_request(path, headers) + behind)
        status, _ = await self.response_head()
        assert status == 101
        return self

    async def response_head(self) -> tuple[int, bytes]:
        """Status and head of an HTTP response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ")[1]), head

    def send(self, data: bytes) -> None:
        """Send these bytes as they are."""
        self.writer.write(data)

    def say(self, text: bytes | str) -> None:
        """Send one text message."""
        self.send(frame(text))

    async def frame(self) -> Frame:
        """The next frame; raises asyncio.IncompleteReadError when the server closes first."""
        first, second = await self.reader.readexactly(2)
        assert first & 0x80, "the server sends whole messages"
        assert not second & 0x80, "the server does not mask"
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
        return Frame(first & 0x0F, await self.reader.readexactly(size))

    async def message(self) -> dict[str, Any]:
        """The JSON of the next frame, which must be text."""
        return (await self.frame()).message

    async def close_code(self) -> int:
        """The code of the next frame, which must be a close frame."""
        return (await self.frame()).code

    async def is_hung_up(self) -> bool:
        """Wait for the end of what the server sends; whether nothing came before it."""
        try:
            return not await self.reader.read()
        except ConnectionResetError:
            return True

    def reset(self) -> None:
        """Break the line as a crash would, without a goodbye."""
        self.writer.transport.abort()

    async def leave(self) -> None:
        """Close the line."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
