"""What travels on a line, as far as the hub knows it: endings, frames, and how a message finds its handler.
docs/socket.md is the whole protocol.

The hub knows no surveys: compose hands it one SocketRoute for each kind of message a client may send.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from turnout.kernel.errors import TooManyRequests
from turnout.kernel.limits import MAX_COMMAND_ID_LENGTH

CommandIdText = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_COMMAND_ID_LENGTH)]
"""The id a client gives a command: 1-64 of A-Z a-z 0-9 _ -. Every message struct has it as `id`. The characters are checked by the
dispatcher, because a pattern here would cost as much as decoding the whole message."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the server ends a connection. code: the close code; name: the reason text sent with it; may_return: whether the client should
    connect again (with jitter) or stop."""

    code: int
    name: str
    may_return: bool


NORMAL = Ending(1000, "normal", may_return=True)
UNRESPONSIVE = Ending(1001, "unresponsive", may_return=True)
MALFORMED = Ending(1002, "malformed", may_return=False)
NOT_TEXT = Ending(1003, "not_text", may_return=False)
NOT_UTF8 = Ending(1007, "not_utf8", may_return=False)
TOO_LONG = Ending(1009, "too_long", may_return=False)
RESTART = Ending(1012, "restart", may_return=True)
TOO_SLOW = Ending(4001, "too_slow", may_return=True)
TOO_FAST = Ending(4002, "too_fast", may_return=True)
NOT_ALLOWED = Ending(4003, "not_allowed", may_return=False)
KICKED = Ending(4003, "kicked", may_return=False)
BLOCKED = Ending(4003, "blocked", may_return=False)

ENDINGS: tuple[Ending, ...] = (
    NORMAL,
    UNRESPONSIVE,
    MALFORMED,
    NOT_TEXT,
    NOT_UTF8,
    TOO_LONG,
    RESTART,
    TOO_SLOW,
    TOO_FAST,
    NOT_ALLOWED,
    KICKED,
    BLOCKED,
)
"""Every way the server ends a connection (docs/socket.md lists them; a test keeps the two equal)."""


class TooManyInFlight(TooManyRequests):
    """Too many commands of this connection wait for their answer; send fewer at once."""

    code = "too_many_in_flight"


@dataclass(frozen=True, slots=True)
class SocketRoute:
    """One kind of message a client may send.

    message: a msgspec struct with tag_field="op", a tag, and the field `id: CommandIdText`.
    handle: called on the event-loop thread with (connection, message); it must not block. It answers now with connection.send, or it
    hands the command on, adds one to connection.in_flight, and answers later with connection.acknowledge. A TurnoutError it raises is
    sent as a refusal; it must raise before it adds to in_flight.
    """

    message: type[msgspec.Struct]
    handle: Callable[[Any, Any], None]


_SHORT_HEADERS = tuple(b"\x81" + size.to_bytes(1, "big") for size in range(126))


def text_frame(payload: bytes) -> bytes:
    """The WebSocket frame (RFC 6455, final, unmasked, as a server sends it) of one text message, header and payload."""
    size = len(payload)
    if size < 126:
        return _SHORT_HEADERS[size] + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def event_frame(payload: bytes) -> bytes:
    """The server-sent event of one message. payload: JSON text without line breaks, as our encoder writes it."""
    return b"data: " + payload + b"\n\n"
