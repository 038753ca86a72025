"""Messages by which a big screen reads what the picture of its live session does not hold.

Concurrency: a task for each, on the event loop. May import: audience, storage, kernel.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from turnout.audience.rules import NotEntered, ScreenSeat
from turnout.kernel.connection import Connection, MessageHandler, refused
from turnout.kernel.errors import TurnoutError
from turnout.storage.runtime import Runtime

log = structlog.get_logger()


def answers_screens(
    runtime: Runtime, read: Callable[[sa.Connection, ScreenSeat, Any], msgspec.Struct], *, takes_long: bool = False
) -> MessageHandler:
    """A handler for connections of big screens only; all others are refused. read: the answer, or raises. takes_long: it looks at a row for
    each person."""
    tasks: set[asyncio.Task[None]] = set()

    def on_read(connection: Connection, message: Any) -> None:
        seat = connection.seat
        if not isinstance(seat, ScreenSeat):
            raise NotEntered
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(answer(connection, seat, message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def answer(connection: Connection, seat: ScreenSeat, message: Any) -> None:
        look = runtime.database.read_long if takes_long else runtime.database.read
        try:
            told = await look(lambda c: read(c, seat, message))
        except Exception as error:
            if not isinstance(error, TurnoutError):
                log.exception("screen_not_answered")
            connection.acknowledge(refused(message.id, error))
            return
        connection.acknowledge(msgspec.json.encode(told))

    return on_read
