"""The big screen of a room on the socket: it is shown what viewers see, enters nobody, and changes nothing.

A screen proves its right by the key of the room's screen link, or by a host's login. On the event loop's thread. What a connection is about
stands in its `seat`: WATCHING, a ScreenSeat, or a WaitingSeat with a screen.
"""

import asyncio
from typing import NamedTuple, Protocol

import msgspec
import sqlalchemy as sa
import structlog

from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import LOGIN_COOKIE
from turnout.accounts.queries import caller_of_login
from turnout.audience.entrance import WATCHING
from turnout.audience.queries import count_viewers
from turnout.audience.rules import AlreadyEntered, ScreenProof, ScreenSeat, WaitingSeat
from turnout.audience.waiting import Waiting
from turnout.audience.wire import LastSession, WaitingMessage, WatchScreenMessage
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.connection import Connection, MessageHandler, refused
from turnout.kernel.errors import NotFound, NotLoggedIn, TurnoutError
from turnout.kernel.ids import Kind, LiveSessionId, RoomId
from turnout.rooms.queries import access_room, access_screen, find_newest_live_session, find_running
from turnout.rooms.rules import InvalidScreenKey, LiveSession, NoSuchRoom, Room
from turnout.rooms.wire import public_next, public_room
from turnout.storage.runtime import Runtime
from turnout.themes.queries import find_theme
from turnout.themes.rules import Theme
from turnout.themes.wire import theme_view

log = structlog.get_logger()


class Projector(Protocol):
    """What a screen is shown with; hub and interactions stand behind it."""

    def show(self, connection: Connection, message: WatchScreenMessage, live_session_id: LiveSessionId, viewer_url: str) -> None:
        """Brings the screen up to date with a running live session, and answers."""
        ...

    def leave_channels(self, connection: Connection) -> None:
        """Shows nothing more of the live session before."""
        ...

    def count_answers(self, connection: sa.Connection, live_session_id: LiveSessionId) -> int:
        """How many submissions a live session had."""
        ...


class _Stands(NamedTuple):
    """How the room stands. running: its live session; else last: the one that ended."""

    room: Room
    running: LiveSession | None
    last: LastSession | None


def prove_screen(connection: sa.Connection, proof: ScreenProof, now: Instant) -> Room:
    """The room of a screen that may be there; raises InvalidScreenKey, NotLoggedIn, NoSuchRoom."""
    if proof.key_hash is not None:
        return access_screen(connection, proof.room_id, proof.key_hash)
    caller = caller_of_login(connection, proof.token_hash or "", now)
    if caller is None:
        raise NotLoggedIn
    return access_room(connection, caller.account_id, proof.room_id)


def message_handlers(runtime: Runtime, waiting: Waiting, projector: Projector) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket message of screens."""
    return {WatchScreenMessage: _Screens(runtime, waiting, projector).on_watch}


class _Screens:
    def __init__(self, runtime: Runtime, waiting: Waiting, projector: Projector) -> None:
        self._runtime = runtime
        self._waiting = waiting
        self._projector = projector
        self._tasks: set[asyncio.Task[None]] = set()

    def on_watch(self, connection: Connection, message: WatchScreenMessage) -> None:
        """Said again on the same connection, on `started` and after the end of a live session."""
        seat = connection.seat
        is_screen = isinstance(seat, ScreenSeat) or (isinstance(seat, WaitingSeat) and seat.screen is not None)
        if seat is not None and not is_screen:
            raise AlreadyEntered
        self._waiting.remove(connection)
        self._projector.leave_channels(connection)
        connection.seat = WATCHING
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(self._prove(connection, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prove(self, connection: Connection, message: WatchScreenMessage) -> None:
        try:
            proof = self._proof(connection, message)
            now = self._runtime.clock.now()
            stands, theme = await self._runtime.database.read(lambda c: self._look_with_theme(c, proof, now))
        except Exception as error:
            if not isinstance(error, TurnoutError):
                log.exception("screen_not_proved")
            connection.seat = None
            connection.acknowledge(refused(message.id, error))
            return
        viewer_url = f"{self._runtime.base_url.rstrip('/')}/r/{stands.room.code}"
        if stands.running is not None:
            connection.seat = ScreenSeat(proof, stands.running.id)
            self._projector.show(connection, message, stands.running.id, viewer_url)
            return
        connection.seat = None
        if connection.open:
            self._waiting.add(connection, stands.room.id, proof)
        answer = WaitingMessage(
            id=message.id,
            room=public_room(stands.room),
            now=rfc3339(now),
            next=public_next(stands.room, now),
            viewer_url=viewer_url,
            theme=theme_view(self._runtime.ids, theme),
            last=stands.last or msgspec.UNSET,
        )
        connection.acknowledge(msgspec.json.encode(answer))
        if connection.open:
            self._waiting.show(connection, stands.room.code)

    def _proof(self, connection: Connection, message: WatchScreenMessage) -> ScreenProof:
        token = connection.cookies.get(LOGIN_COOKIE)
        if message.key is None and not token:
            raise NotLoggedIn
        try:
            room_id = RoomId(self._runtime.ids.parse_text(Kind.ROOM, message.room))
        except NotFound:
            raise (NoSuchRoom(field="room") if message.key is None else InvalidScreenKey(field="key")) from None
        if message.key is not None:
            return ScreenProof(room_id, key_hash=hash_secret(message.key))
        return ScreenProof(room_id, token_hash=hash_secret(token or ""))

    def _look_with_theme(self, connection: sa.Connection, proof: ScreenProof, now: Instant) -> tuple[_Stands, Theme]:
        stands = self._look(connection, proof, now)
        return stands, find_theme(connection, stands.room.account_id)

    def _look(self, connection: sa.Connection, proof: ScreenProof, now: Instant) -> _Stands:
        room = prove_screen(connection, proof, now)
        # not the newest: by another server's clock an earlier one may have been started later
        running = find_running(connection, room.id)
        if running is not None:
            return _Stands(room, running, None)
        newest = find_newest_live_session(connection, room.id)
        if newest is None:
            return _Stands(room, None, None)
        last = LastSession(
            title=newest.title,
            ended_at=rfc3339(newest.ended_at or newest.started_at),
            viewers=count_viewers(connection, newest.id),
            answers=self._projector.count_answers(connection, newest.id),
        )
        return _Stands(room, None, last)
