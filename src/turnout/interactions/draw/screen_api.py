"""The socket message with which a big screen reads who takes part in a draw and who has won."""

import asyncio

import msgspec
import structlog

from turnout.audience.rules import NotEntered, ScreenSeat
from turnout.interactions.draw import queries
from turnout.interactions.draw.rules import NoSuchDraw
from turnout.interactions.draw.screen_wire import ReadNamesMessage, names_message, place_in
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler, refused
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.kernel.ids import DrawId, Kind
from turnout.storage.runtime import Runtime

log = structlog.get_logger()


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """For connections of big screens only."""
    tasks: set[asyncio.Task[None]] = set()

    def on_read(connection: Connection, message: ReadNamesMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, ScreenSeat):
            raise NotEntered
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(answer(connection, seat, message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def answer(connection: Connection, seat: ScreenSeat, message: ReadNamesMessage) -> None:
        try:
            try:
                draw_id = DrawId(runtime.ids.parse_text(Kind.DRAW, message.draw))
            except NotFound:
                raise NoSuchDraw(field="draw") from None
            limit, after = limits.MAX_PAGE_LENGTH, place_in(runtime.ids, message)
            found = await runtime.database.read(
                lambda c: queries.list_screen_names(c, seat.live_session_id, draw_id, message.of, after=after, limit=limit)
            )
        except Exception as error:
            if not isinstance(error, TurnoutError):
                log.exception("names_not_read")
            connection.acknowledge(refused(message.id, error))
            return
        connection.acknowledge(msgspec.json.encode(names_message(runtime.ids, message, found, limit)))

    return {ReadNamesMessage: on_read}
