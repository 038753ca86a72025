"""WebSocket frames as a client sends and reads them (RFC 6455).

The mask is four zero bytes: allowed, cheap, and a trace of the server's system calls then shows the messages as they are.
"""

import base64
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

_ZERO_MASK = b"\0\0\0\0"


class Unexpected(Exception):
    """The server sent what no client of ours understands."""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One final frame from a client."""
    first = bytes((0x80 | opcode,))
    size = len(payload)
    if size < 126:
        return first + bytes((0x80 | size,)) + _ZERO_MASK + payload
    return first + b"\xfe" + size.to_bytes(2, "big") + _ZERO_MASK + payload


def upgrade_request(base_url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The request that opens the socket of the server at base_url."""
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: {urlsplit(base_url).netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class FrameReader:
    """Puts frames together from whatever pieces of the stream come. opened: whether the upgrade's answer is behind us."""

    __slots__ = ("_buffer", "opened")

    def __init__(self) -> None:
        self._buffer = b""
        self.opened = False

    def feed(self, piece: bytes) -> list[tuple[int, bytes]]:
        """The frames that are complete now, as (opcode, payload). Raises Unexpected."""
        stream = self._buffer + piece if self._buffer else piece
        if not self.opened:
            head, found, rest = stream.partition(b"\r\n\r\n")
            if not found:
                self._buffer = stream
                return []
            if not head.startswith(b"HTTP/1.1 101 "):
                raise Unexpected(head.decode("latin-1"))
            self.opened = True
            stream = rest
        frames: list[tuple[int, bytes]] = []
        at, end = 0, len(stream)
        while end - at >= 2:
            start, size = at + 2, stream[at + 1]
            if size == 126:
                start, size = at + 4, int.from_bytes(stream[at + 2 : at + 4], "big")
            elif size == 127:
                start, size = at + 10, int.from_bytes(stream[at + 2 : at + 10], "big")
            if start > end or start + size > end:
                break
            if not stream[at] & 0x80:
                raise Unexpected("the server does not send messages in fragments")
            frames.append((stream[at] & 0x0F, stream[start : start + size]))
            at = start + size
        self._buffer = stream[at:]
        return frames
