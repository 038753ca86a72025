"""From the text of a message to the handler of its kind.

One decoder for all kinds; the answer to what cannot be decoded; the limits of messages and of commands in flight. Runs on the event-loop
thread, once per message: no task, no future, no copy besides the text.
"""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any, Union

import msgspec

from turnout.hub.connection import Connection
from turnout.hub.protocol import CommandIdText, SocketRoute, TooManyInFlight
from turnout.hub.rates import Allowance, Rates
from turnout.kernel.clock import Clock, rfc3339
from turnout.kernel.connection import refused
from turnout.kernel.errors import InternalError, InvalidInput, TooManyRequests, TurnoutError
from turnout.kernel.limits import MAX_IN_FLIGHT

log = logging.getLogger(__name__)
_is_command_id = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch


class Ping(msgspec.Struct, tag_field="op", tag="ping"):
    """The client asks whether the server is there, and what time it is."""

    id: CommandIdText


class _Named(msgspec.Struct):
    id: CommandIdText | None = None


_decode_name = msgspec.json.Decoder(_Named).decode


class Dispatcher:
    """Decodes messages and calls their handlers.

    routes: one per kind of message; two of the same tag are an error of the program (TypeError). `ping` is answered here. rates: None is
    no limit.
    """

    def __init__(self, routes: Sequence[SocketRoute], clock: Clock, rates: Rates | None = None) -> None:
        self._clock = clock
        self._rates = rates or Rates(Allowance(0, 0, 0))
        self._handlers: dict[type, Callable[[Any, Any], None]] = {route.message: route.handle for route in routes}
        self._handlers[Ping] = self._pong
        self._decode: Callable[[str], Any] = msgspec.json.Decoder(Union[tuple(self._handlers)]).decode  # noqa: UP007 - built at run time

    def __call__(self, connection: Connection, text: str) -> None:
        """Handle one message of a connection; whatever is wrong with it becomes a refusal."""
        credit = connection.credit
        source = connection.source
        left = source.left
        if credit > 0 and left > 0:
            connection.credit = credit - 1
            source.left = left - 1
        else:
            again_s = self._look_again(connection)
            if again_s is not None:
                connection.send(refused(_find_id(text), TooManyRequests("Too many messages; send fewer a second.", retry_after_s=again_s)))
                return
        try:
            message = self._decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            connection.send(_refuse_undecodable(text, error))
            return
        command_id: str = message.id
        # the first test is true for most ids and several times cheaper than the second
        if not (command_id.isascii() and command_id.isalnum()) and _is_command_id(command_id) is None:
            connection.send(refused(None, InvalidInput("An id is 1 to 64 of A-Z a-z 0-9 _ -.", field="id")))
            return
        if connection.in_flight >= MAX_IN_FLIGHT:
            connection.send(refused(command_id, TooManyInFlight()))
            return
        try:
            self._handlers[type(message)](connection, message)
        except TurnoutError as error:
            connection.send(refused(command_id, error))
        except Exception:  # a handler's bug is answered and logged; it must not end the connection of everyone who meets it
            log.exception("message_failed", extra={"op": type(message).__name__})
            connection.send(refused(command_id, InternalError()))

    def _look_again(self, connection: Connection) -> float | None:
        """Take a message from buckets of which one is empty; None, or in how many seconds to come again."""
        rates, source = self._rates, connection.source
        # the connection first, and what it took is not given back: where a whole address is refused, the connections that go on without
        # caring are told from the others by their own rate
        if connection.credit > 0:
            connection.credit -= 1
        elif (again_s := rates.refill(connection)) is not None:
            return again_s
        if source.left > 0:
            source.left -= 1
            return None
        return rates.refill_source(source)

    def _pong(self, connection: Connection, message: Ping) -> None:
        connection.send(b'{"op":"pong","id":"' + message.id.encode() + b'","now":"' + rfc3339(self._clock.now()).encode() + b'"}')


def _find_id(text: str) -> str | None:
    """The id of a message that is not decoded, when it can be found."""
    try:
        name = _decode_name(text).id
    except (msgspec.DecodeError, RecursionError):
        return None
    return name if name is not None and _is_command_id(name) is not None else None


def _refuse_undecodable(text: str, error: Exception) -> bytes:
    """The refusal of a message that is no JSON, or not of the shape it should have; it names the command when that can be found."""
    name = _find_id(text)
    if isinstance(error, msgspec.ValidationError):
        sentence, _, path = str(error).partition(" - at `$")
        return refused(name, InvalidInput(sentence, field=path.rstrip("`").lstrip(".") or None))
    return refused(name, InvalidInput("The message is not JSON."))
