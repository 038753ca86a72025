"""What a domain may do with a connection: look who sits on it, hand its command on, answer it.

The hub's connection is one; domains and dialects see only this, so that none of them imports the hub.
"""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from turnout.kernel.errors import InternalError, TurnoutError


class Command(Protocol):
    """A command that a client's message became. command_id: the client's id of it."""

    @property
    def command_id(self) -> str: ...


class Connection(Protocol):
    """One client's socket, on the event-loop thread.

    seat: what a domain keeps here about who sits on it. in_flight: commands handed on and not yet answered. address: the client's.
    cookies, user_agent: of the request that opened it. open: whether anything sent can still arrive.
    """

    seat: Any
    in_flight: int
    address: str
    cookies: Any
    user_agent: str
    open: bool

    def send(self, frame: bytes) -> None:
        """Writes one message."""
        ...

    def acknowledge(self, frame: bytes) -> None:
        """Writes the answer to one command that was counted in in_flight."""
        ...

    def tell_outcome(self, command: Command, outcome: object) -> None:
        """Writes what became of one command that was counted in in_flight: its refusal, or that its effect is durable."""
        ...


MessageHandler = Callable[[Any, Any], None]
"""Called with (connection, message) on the event-loop thread; must not block; a TurnoutError it raises is sent as a refusal."""


class Reason(msgspec.Struct, omit_defaults=True):
    """Why a command was refused. code: stable, documented. message: an English sentence. field: path of the offending member.
    retry_after_s: seconds after which the same command makes sense again."""

    code: str
    message: str
    field: str | None = None
    retry_after_s: float | None = None


class RefusedMessage(msgspec.Struct, tag_field="op", tag="refused"):
    """socket: the command changed nothing. id: null when the message was too broken to have one."""

    id: str | None
    error: Reason


class AcceptedMessage(msgspec.Struct, tag_field="op", tag="accepted"):
    """socket: the command's effect is durable."""

    id: str


_encode = msgspec.json.Encoder().encode


def accepted(command_id: str) -> bytes:
    """The acknowledgement of a command whose effect is durable. The id's characters need no escaping: the dispatcher has checked them."""
    return b'{"op":"accepted","id":"' + command_id.encode() + b'"}'


def refused(command_id: str | None, error: BaseException) -> bytes:
    """The refusal of a command; command_id is None when the message was too broken to have one. What is no TurnoutError is not shown."""
    known = error if isinstance(error, TurnoutError) else InternalError()
    return _encode(RefusedMessage(command_id, Reason(known.code, known.message, known.field, known.retry_after_s)))
