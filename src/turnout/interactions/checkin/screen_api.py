"""The socket message with which a big screen reads who has checked in."""

import msgspec
import sqlalchemy as sa

from turnout.audience.rules import ScreenSeat
from turnout.audience.screen_asking import answers_screens
from turnout.interactions.checkin import queries
from turnout.interactions.checkin.rules import NoSuchCheckIn
from turnout.interactions.checkin.wire import ConfirmedMessage, ReadConfirmedMessage
from turnout.interactions.handling import known_id
from turnout.kernel.connection import MessageHandler
from turnout.kernel.ids import CheckInId, Kind
from turnout.storage.runtime import Runtime


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """For connections of big screens only."""

    def parse_checkin(text: str) -> CheckInId:
        return CheckInId(runtime.ids.parse_text(Kind.CHECKIN, text))

    def read(connection: sa.Connection, seat: ScreenSeat, message: ReadConfirmedMessage) -> ConfirmedMessage:
        checkin_id = known_id(parse_checkin, message.checkin, NoSuchCheckIn, "checkin")
        return ConfirmedMessage(message.id, queries.list_wall(connection, seat.live_session_id, checkin_id))

    return {ReadConfirmedMessage: answers_screens(runtime, read, takes_long=True)}
