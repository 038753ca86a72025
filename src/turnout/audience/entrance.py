"""Entering and watching by socket, and the token that keeps a viewer's seat.

On the event loop's thread. What a connection is about stands in its `seat`: None, ENTERING, a Seat, a WaitingSeat, WATCHING or a HostSeat.
"""

import asyncio
import base64
import hmac
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import LOGIN_COOKIE
from turnout.accounts.queries import caller_of_login
from turnout.accounts.rules import address_subject
from turnout.audience import actions
from turnout.audience.passes import PassReader
from turnout.audience.rules import (
    AlreadyEntered,
    HostSeat,
    InvalidToken,
    Knock,
    NameRequired,
    PasscodeRequired,
    Seat,
    Signed,
    TooManyWrongPasscodes,
    WaitingSeat,
    WrongPasscode,
    cut_link_extra,
    cut_user_agent,
)
from turnout.audience.waiting import Waiting
from turnout.audience.wire import EnterMessage, WaitingMessage, WatchMessage
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.connection import Connection, MessageHandler, refused
from turnout.kernel.errors import NotFound, NotLoggedIn, Overloaded, TurnoutError
from turnout.kernel.ids import Kind, LiveSessionId, ViewerId
from turnout.rooms.passcodes import prove_passcode
from turnout.rooms.queries import access_live_session
from turnout.rooms.rules import read_code
from turnout.rooms.wire import public_next, public_room
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime

log = structlog.get_logger()

ENTERING = object()
"""On a connection whose entry is under way."""

WATCHING = object()
"""On a connection of a host whose right is being looked at."""

Join = Callable[[Connection, EnterMessage, str, actions.Entered], None]
"""Called with (connection, message, token, entered) once the seat is taken: brings the client up to date and answers."""

Watch = Callable[[Connection, WatchMessage, LiveSessionId], None]
"""Called with (connection, message, live session) once the host's right is proved: brings the page up to date and answers."""

_TOKEN_BYTES = 16
_RETRY_S = 1.0


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


def message_handlers(
    runtime: Runtime, process_id: Callable[[], int], waiting: Waiting, join: Join, watch: Watch
) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket messages of the audience. process_id: says whose heartbeat vouches for the visits made here."""
    entrance = _Entrance(runtime, process_id, waiting, join)
    watching = _Watching(runtime, waiting, watch)
    return {EnterMessage: entrance.on_enter, WatchMessage: watching.on_watch}


_NOTHING = Knock()

_ASKED_FOR = (NameRequired, PasscodeRequired, WrongPasscode, TooManyWrongPasscodes)
"""Refusals after which a page has a form: its people stand before a room that there is."""


class _Shown(NamedTuple):
    """What somebody shows to be let in, as far as it can be judged here. refusal: why it is not believed."""

    viewer_id: ViewerId | None
    knock: Knock
    refusal: TurnoutError | None


class _Entrance:
    """Viewers who enter."""

    def __init__(self, runtime: Runtime, process_id: Callable[[], int], waiting: Waiting, join: Join) -> None:
        self._runtime = runtime
        self._process_id = process_id
        self._waiting = waiting
        self._join = join
        self._passes = PassReader(runtime)

    def on_enter(self, connection: Connection, message: EnterMessage) -> None:
        """Who sits already is refused, unless that live session of this room has ended, which the action knows."""
        seat = connection.seat
        if seat is not None and not isinstance(seat, Seat | WaitingSeat):
            raise AlreadyEntered
        code = read_code(message.room)
        held = seat if isinstance(seat, Seat) else None
        if message.pass_ is None:
            self._submit(connection, message, code, held, self._show(connection, message, code, None))
            connection.in_flight += 1
            self._waiting.remove(connection)
            connection.seat = ENTERING
            return

        def with_pass(signed: Signed | TurnoutError) -> None:
            try:
                if not connection.open:
                    raise Overloaded  # nobody is there to be told
                self._submit(connection, message, code, held, self._show(connection, message, code, signed))
            except TurnoutError as refusal:
                self._refuse(connection, message.id, held, refusal)

        connection.in_flight += 1
        self._waiting.remove(connection)
        connection.seat = ENTERING
        self._passes.read(message.pass_, with_pass)

    def _show(self, connection: Connection, message: EnterMessage, code: str, signed: Signed | TurnoutError | None) -> _Shown:
        """What the client shows to be let in. What is not believed is told by the action, once there is something to enter."""
        viewer_id: ViewerId | None = None
        refusal: TurnoutError | None = None
        if isinstance(signed, TurnoutError):
            signed, refusal = None, signed
        elif signed is None and message.token is not None:
            try:
                viewer_id = read_token(self._runtime.keyring, message.token)
            except InvalidToken as error:
                refusal = error
        knock = _NOTHING
        if signed is not None or message.passcode is not None:
            typed = message.passcode
            knock = Knock(
                signed=signed,
                passcode_proof=None if typed is None else prove_passcode(self._runtime.keyring, code, typed),
                subject="" if typed is None else address_subject(connection.address),
            )
        return _Shown(viewer_id=viewer_id, knock=knock, refusal=refusal)

    def _submit(self, connection: Connection, message: EnterMessage, code: str, held: Seat | None, shown: _Shown) -> None:
        command = actions.Enter(
            code=code,
            process_id=self._process_id(),
            received_at=self._runtime.clock.now(),
            entry_id=message.id,
            name=message.name,
            viewer_id=shown.viewer_id,
            knock=shown.knock,
            address=connection.address,
            user_agent=cut_user_agent(connection.user_agent),
            extra=cut_link_extra(message.extra),
            held=held,
            refusal=shown.refusal,
        )

        def done(_command: actions.Enter, outcome: Any) -> None:
            if isinstance(outcome, actions.Entered):
                self._seat(connection, message, outcome)
            elif isinstance(outcome, actions.Waits):
                self._wait(connection, message.id, outcome)
            else:
                self._refuse(connection, message.id, held, outcome)
                if connection.open and isinstance(outcome, _ASKED_FOR):
                    self._waiting.show(connection, code)

        self._runtime.commit.submit(actions.ENTER, command, done, lane=0)

    def _seat(self, connection: Connection, message: EnterMessage, entered: actions.Entered) -> None:
        connection.seat = entered.seat
        if not connection.open:
            leave(self._runtime, connection)  # it went while it entered: nobody else would end this visit
            return
        known = message.token if message.pass_ is None else None
        self._join(connection, message, known or make_token(self._runtime.keyring, entered.viewer.id), entered)

    def _wait(self, connection: Connection, command_id: str, outcome: actions.Waits) -> None:
        connection.seat = None  # where it sat has ended, and its visit with it
        if connection.open:
            self._waiting.add(connection, outcome.room.id)
        now, room = self._runtime.clock.now(), outcome.room
        answer = WaitingMessage(id=command_id, room=public_room(room), now=rfc3339(now), next=public_next(room, now))
        connection.acknowledge(msgspec.json.encode(answer))
        if connection.open:
            self._waiting.show(connection, outcome.room.code)

    def _refuse(self, connection: Connection, command_id: str, held: Seat | None, refusal: BaseException) -> None:
        connection.seat = held
        if held is not None and not connection.open:
            leave(self._runtime, connection)  # it went meanwhile, when its seat was not to be seen
        connection.acknowledge(refused(command_id, refusal))


class _Watching:
    """Hosts who follow a live session."""

    def __init__(self, runtime: Runtime, waiting: Waiting, watch: Watch) -> None:
        self._runtime = runtime
        self._waiting = waiting
        self._watch = watch
        self._tasks: set[asyncio.Task[None]] = set()

    def on_watch(self, connection: Connection, message: WatchMessage) -> None:
        """Once per connection."""
        if connection.seat is not None:
            raise AlreadyEntered
        self._waiting.remove(connection)  # who was refused at a room's door stands before it no more
        connection.seat = WATCHING
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(self._prove(connection, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prove(self, connection: Connection, message: WatchMessage) -> None:
        token = connection.cookies.get(LOGIN_COOKIE)
        try:
            if not token:
                raise NotLoggedIn
            live_session_id = LiveSessionId(self._runtime.ids.parse_text(Kind.LIVE_SESSION, message.live_session))
            now = self._runtime.clock.now()
            seat = HostSeat(live_session_id=live_session_id, token_hash=hash_secret(token))
            await self._runtime.database.read(lambda c: _access_for_host(c, seat, now))
        except Exception as error:
            if not isinstance(error, TurnoutError):
                log.exception("watch_not_proved")
            connection.seat = None
            connection.acknowledge(refused(message.id, error))
            return
        connection.seat = seat
        self._watch(connection, message, live_session_id)


def _access_for_host(connection: sa.Connection, seat: HostSeat, now: Instant) -> None:
    caller = caller_of_login(connection, seat.token_hash, now)
    if caller is None:
        raise NotLoggedIn
    access_live_session(connection, caller.account_id, seat.live_session_id)


def leave(runtime: Runtime, connection: Connection) -> None:
    """Ends the visit of a connection that is gone."""
    seat, connection.seat = connection.seat, None
    if isinstance(seat, Seat):
        # a clock that was set back meanwhile must not end the visit before it began
        _submit_leave(runtime, seat, max(seat.entered_at, runtime.clock.now()))


def _submit_leave(runtime: Runtime, seat: Seat, at: Instant) -> None:
    command = actions.Leave(live_session_id=seat.live_session_id, viewer_id=seat.viewer_id, visit_id=seat.visit_id, at=at)

    def done(_command: actions.Leave, outcome: object) -> None:
        # nobody waits for it, but a visit that never ends would count as present
        if isinstance(outcome, BaseException):
            retry()

    def retry() -> None:
        asyncio.get_running_loop().call_later(_RETRY_S, _submit_leave, runtime, seat, at)

    try:
        runtime.commit.submit(actions.LEAVE, command, done, lane=seat.live_session_id, order=seat.viewer_id)
    except Overloaded:
        retry()  # where the server is stopping, the loop ends first, and the visit ends with the process's last heartbeat
