"""The socket message with which a big screen reads who takes part in a draw and who has won."""

import msgspec
import sqlalchemy as sa

from turnout.audience.rules import ScreenSeat
from turnout.audience.screen_asking import answers_screens
from turnout.interactions.draw import queries
from turnout.interactions.draw.rules import NoSuchDraw
from turnout.interactions.draw.screen_wire import NamesMessage, ReadNamesMessage, names_message, place_in
from turnout.interactions.handling import known_id
from turnout.kernel import limits
from turnout.kernel.connection import MessageHandler
from turnout.kernel.ids import DrawId, Kind
from turnout.storage.runtime import Runtime


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """For connections of big screens only."""

    def parse_draw(text: str) -> DrawId:
        return DrawId(runtime.ids.parse_text(Kind.DRAW, text))

    def read(connection: sa.Connection, seat: ScreenSeat, message: ReadNamesMessage) -> NamesMessage:
        draw_id = known_id(parse_draw, message.draw, NoSuchDraw, "draw")
        limit, after = limits.MAX_PAGE_LENGTH, place_in(runtime.ids, message)
        found = queries.list_screen_names(connection, seat.live_session_id, draw_id, message.of, after=after, limit=limit)
        return names_message(runtime.ids, message, found, limit)

    return {ReadNamesMessage: answers_screens(runtime, read)}
