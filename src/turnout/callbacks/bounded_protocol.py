"""The HTTP client's protocol with bounds of its own on what a receiver may send. Belongs to post.py, which says what is promised."""

from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader
from typing_extensions import override

HEAD_BYTES = 32_768
"""Bytes taken from the wire before an answer's head is complete: interim answers have no bound of their own."""

WIRE_BYTES = 1_048_576
"""Bytes taken from the wire for one answer: extensions of chunks and trailers have no bound of their own either."""


class TooMuch(aiohttp.ClientPayloadError):
    """The receiver sent HEAD_BYTES or WIRE_BYTES and was not done."""


class BoundedProtocol(ResponseHandler):
    """The client's own protocol, except that it hangs up on who sends without end, and stops reading where an answer says it ends: what
    comes after that is neither part of it nor the beginning of another."""

    _taken = 0
    _answered = False
    _left: int | None = None  # bytes of the body still to come; None while its length is not known
    _end = b""  # of what came so far, as much as may be the beginning of a head's end

    @override
    def set_response_params(self, **options: Any) -> None:
        self._taken, self._answered, self._left, self._end = 0, False, None, b""
        super().set_response_params(**options)

    @override
    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        message = data[0]
        if message.code >= 200 and not self._answered:
            self._answered = True
            length = message.headers.get("Content-Length")
            if message.code in (204, 304):
                self._left = 0
            elif length is not None and not message.chunked:
                self._left = int(length)
        super().feed_data(data, size)

    @override
    def data_received(self, data: bytes) -> None:
        while data and not self._answered:
            head, data = self._split(data[: HEAD_BYTES - self._taken], data)
            self._taken += len(head)
            super().data_received(head)
            if self._exception is not None:
                return
            if self._taken >= HEAD_BYTES and not self._answered:
                self._hang_up(TooMuch(f"{HEAD_BYTES} bytes came and no answer was among them"))
                return
        if self._left is not None and len(data) > self._left:
            if not self._left:
                self.close()  # nobody waits for this
                return
            self._should_close = True
            data = data[: self._left]
        if not data:
            return
        self._taken += len(data)
        if self._left is not None:
            self._left -= len(data)
        if self._taken <= WIRE_BYTES:
            super().data_received(data)
        else:
            self._hang_up(TooMuch(f"{WIRE_BYTES} bytes came and it had not ended"))

    def _split(self, part: bytes, data: bytes) -> tuple[bytes, bytes]:
        """What belongs to a head, and what comes after it."""
        seen = self._end + part
        at = seen.find(b"\r\n\r\n")
        self._end = b"" if at >= 0 else seen[-3:]
        size = len(part) if at < 0 else at + 4 - (len(seen) - len(part))
        return data[:size], data[size:]

    @override
    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        # whoever reads the body is told too
        if self._answered and self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(exc if isinstance(exc, TooMuch) else aiohttp.ClientPayloadError(str(exc)))
        super().set_exception(exc, *cause)

    def _hang_up(self, error: TooMuch) -> None:
        self.set_exception(error)
        if self.transport is not None:
            self.transport.abort()
