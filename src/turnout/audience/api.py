"""Handlers of the audience: HTTP for hosts; entering by socket, with the token that keeps a viewer's seat."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import structlog
from litestar import get
from litestar.params import Parameter

from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import LOGIN_COOKIE, Caller
from turnout.accounts.queries import caller_of_login
from turnout.audience import actions, queries
from turnout.audience.rules import AlreadyEntered, HostSeat, InvalidToken, Seat
from turnout.audience.wire import EnterMessage, ViewersReply, WatchMessage, presence_view
from turnout.kernel.clock import Instant
from turnout.kernel.connection import Connection, MessageHandler, refused
from turnout.kernel.errors import NotFound, NotLoggedIn, Overloaded, TurnoutError
from turnout.kernel.ids import Kind, LiveSessionId, ViewerId
from turnout.rooms.queries import access_live_session
from turnout.rooms.rules import read_code
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime

log = structlog.get_logger()


@get(
    "/api/v1/live-sessions/{live_session:str}/viewers",
    tags=["live sessions"],
    operation_id="listViewers",
    summary="List the people of a live session",
)
async def list_viewers(
    live_session: Annotated[str, Parameter(description="A live session's id, ls_…")], caller: Caller, runtime: Runtime
) -> ViewersReply:
    """Who is there, and who was; the present first, at most 500."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    people, online, total = await runtime.database.read(
        lambda connection: queries.list_presences(connection, caller.account_id, live_session_id)
    )
    return ViewersReply(viewers=[presence_view(runtime.ids, person) for person in people], online=online, total=total)


ROUTES = [list_viewers]

_TOKEN_BYTES = 16


def make_token(keyring: Keyring, viewer_id: ViewerId) -> str:
    """The token that keeps a viewer's seat: the viewer's id and 128 bits of its HMAC, so it needs no row and survives restarts."""
    text = keyring.ids.text(Kind.VIEWER, viewer_id)
    return f"{text}.{_proof(keyring, text)}"


def read_token(keyring: Keyring, token: str) -> ViewerId:
    """The viewer whose token this is; raises InvalidToken."""
    text, _, proof = token.partition(".")
    if not proof.isascii() or not hmac.compare_digest(_proof(keyring, text.lower()), proof):
        raise InvalidToken(field="token")
    try:
        return ViewerId(keyring.ids.parse_text(Kind.VIEWER, text))
    except NotFound:
        raise InvalidToken(field="token") from None


def _proof(keyring: Keyring, text: str) -> str:
    return base64.urlsafe_b64encode(keyring.mac("viewer token", text.encode())[:_TOKEN_BYTES]).rstrip(b"=").decode()


Join = Callable[[Connection, str, str, actions.Entered], None]
"""Called with (connection, command id, token, entered) once the seat is taken: reads the snapshot and answers."""


Watch = Callable[[Connection, str, LiveSessionId], None]
"""Called with (connection, command id, live session) once the host's right is proved: reads the snapshot and answers."""


def message_handlers(
    runtime: Runtime, process_id: Callable[[], int], join: Join, watch: Watch
) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket messages of the audience. process_id: says whose heartbeat vouches for the visits made here."""
    tasks: set[asyncio.Task[None]] = set()

    def on_enter(connection: Connection, message: EnterMessage) -> None:
        if connection.seat is not None:
            raise AlreadyEntered
        viewer_id = None if message.token is None else read_token(runtime.keyring, message.token)
        command = actions.Enter(
            code=read_code(message.room),
            process_id=process_id(),
            received_at=runtime.clock.now(),
            entry_id=message.id,
            name=message.name,
            viewer_id=viewer_id,
        )

        def done(outcome: Any) -> None:
            if isinstance(outcome, BaseException):
                connection.seat = None
                connection.acknowledge(refused(message.id, outcome))
                return
            connection.seat = outcome.seat
            if not connection.open:
                leave(runtime, connection)  # it went while it entered: nobody else would end this visit
                return
            token = message.token or make_token(runtime.keyring, outcome.viewer.id)
            join(connection, message.id, token, outcome)

        runtime.commit.submit(actions.ENTER, command, done, lane=0)
        connection.in_flight += 1
        connection.seat = ENTERING

    async def prove_watch(connection: Connection, message: WatchMessage) -> None:
        token = connection.cookies.get(LOGIN_COOKIE)
        try:
            if not token:
                raise NotLoggedIn
            live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, message.live_session))
            now = runtime.clock.now()
            seat = HostSeat(live_session_id=live_session_id, token_hash=hash_secret(token))
            await runtime.database.read(lambda c: _access_for_host(c, seat, now))
        except Exception as error:
            if not isinstance(error, TurnoutError):
                log.exception("watch_not_proved")
            connection.seat = None
            connection.acknowledge(refused(message.id, error))
            return
        connection.seat = seat
        watch(connection, message.id, live_session_id)

    def on_watch(connection: Connection, message: WatchMessage) -> None:
        if connection.seat is not None:
            raise AlreadyEntered
        connection.seat = WATCHING
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(prove_watch(connection, message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return {EnterMessage: on_enter, WatchMessage: on_watch}


def _access_for_host(connection: sa.Connection, seat: HostSeat, now: Instant) -> None:
    caller = caller_of_login(connection, seat.token_hash, now)
    if caller is None:
        raise NotLoggedIn
    access_live_session(connection, caller.account_id, seat.live_session_id)


ENTERING = object()
"""On a connection whose entry is under way."""

WATCHING = object()
"""On a connection of a host whose right is being looked at."""


def leave(runtime: Runtime, connection: Connection) -> None:
    """Ends the visit of a connection that is gone."""
    seat, connection.seat = connection.seat, None
    if isinstance(seat, Seat):
        # a clock that was set back meanwhile must not end the visit before it began
        _submit_leave(runtime, seat, max(seat.entered_at, runtime.clock.now()))


_RETRY_S = 1.0


def _submit_leave(runtime: Runtime, seat: Seat, at: Instant) -> None:
    command = actions.Leave(live_session_id=seat.live_session_id, visit_id=seat.visit_id, at=at)

    def done(outcome: object) -> None:
        # nobody waits for it, but a visit that never ends would count as present
        if isinstance(outcome, BaseException):
            retry()

    def retry() -> None:
        asyncio.get_running_loop().call_later(_RETRY_S, _submit_leave, runtime, seat, at)

    try:
        runtime.commit.submit(actions.LEAVE, command, done, lane=seat.live_session_id, order=seat.viewer_id)
    except Overloaded:
        retry()  # where the server is stopping, the loop ends first, and the visit ends with the process's last heartbeat
