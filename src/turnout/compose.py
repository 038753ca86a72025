"""The composition root: the only file that picks SQLite or PostgreSQL, and the only one that knows every part.

A Server is built from a Config, started, and stopped. Parts start in the order in which they need each other and stop in reverse; the port
is opened last and closed first, so nobody is served by half a server.
"""

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import sqlalchemy as sa
import structlog
import uvicorn

from turnout.accounts import api as accounts_api
from turnout.audience import api as audience_api
from turnout.audience import wire as audience_wire
from turnout.audience.actions import Entered
from turnout.audience.heartbeat import Heartbeat
from turnout.audience.watchers import Watchers
from turnout.callbacks import api as callbacks_api
from turnout.callbacks.planner import Planner
from turnout.callbacks.sender import Sender
from turnout.config import Config, ConfigError, secret_of
from turnout.dialects.contract import CallbackDialect
from turnout.dialects.csslcloud import ids as csslcloud_ids
from turnout.dialects.csslcloud import proof as csslcloud_proof
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.dialects.native import news as native_news
from turnout.dialects.native import routes as native_routes
from turnout.dialects.quanshi import ids as quanshi_ids
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.hub.connection import Connection
from turnout.hub.dispatch import Dispatcher
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.protocol import NOT_ALLOWED, RESTART, SocketRoute
from turnout.hub.telling import channel_name
from turnout.interactions.survey import actions as survey_actions
from turnout.interactions.survey import api as survey_api
from turnout.interactions.survey import queries as survey_queries
from turnout.interactions.timers import Due, Timers
from turnout.kernel import limits
from turnout.kernel.clock import Clock, SystemClock, rfc3339
from turnout.kernel.connection import MessageHandler, refused
from turnout.kernel.errors import Overloaded
from turnout.kernel.events import Event
from turnout.kernel.ids import Kind, LiveSessionId
from turnout.rooms import api as rooms_api
from turnout.server.app import build_app, describe_api
from turnout.server.proxies import Proxies
from turnout.server.sockets import SocketHttp, make_bridge
from turnout.storage import event_log
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.runtime import Runtime
from turnout.storage.sqlite import SqliteDatabase
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

SIGNED_DIALECTS = (csslcloud_proof.DIALECT,)
"""Dialects whose queries are signed with a key that an account is given when it is made."""

_encode = msgspec.json.Encoder().encode


def open_database(config: Config) -> Database:
    """The configured database; connects at first use."""
    if config.database_url:
        return PostgresDatabase(config.database_url, writers=config.postgres_writers)
    folder = Path(config.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return SqliteDatabase(folder / "turnout.db")


def open_keyring(config: Config) -> Keyring:
    """The installation's keys."""
    return Keyring(secret_of(config))


@contextlib.contextmanager
def hold_data_dir(config: Config) -> Any:
    """Keeps a second server off the same SQLite file: presence and the hub know only their own process. Raises ConfigError."""
    if config.database_url:
        yield
        return
    folder = Path(config.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "turnout.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"data_dir: another Turnout serves {folder}; use PostgreSQL for several processes") from error
        yield
    finally:
        os.close(descriptor)


class _FeedSource:
    """What the feed reads: the event log and the domains' views."""

    def __init__(self, news: native_news.News, hub: Hub) -> None:
        self._news = news
        self._hub = hub

    def events(self, connection: sa.Connection, stream_id: int, after: int) -> Sequence[Event]:
        return event_log.read_events(connection, stream_id, after, limits.MAX_PAGE_LENGTH)

    def snapshot(self, connection: sa.Connection, live_session_id: int, channel_kind: native_news.ChannelKind) -> tuple[str, int, bytes]:
        epoch, position = event_log.stream_head(connection, live_session_id)
        body = self._news.snapshot(connection, LiveSessionId(live_session_id), channel_kind, epoch, position)
        return epoch, position, body

    def tallies(self, connection: sa.Connection, live_session_id: int, known: Mapping[int, int]) -> Sequence[Any]:
        # a host's snapshot is read anew for each who joins, so what nobody was told before he came is not missed
        for_hosts = self._hub.listeners(channel_name("host", live_session_id)) > 0
        return self._news.tallies(connection, LiveSessionId(live_session_id), known, for_hosts=for_hosts)

    def online(self, connection: sa.Connection, live_session_id: int) -> int:
        return self._news.online(connection, LiveSessionId(live_session_id))


class Server:
    """Everything one process runs. `serving` starts it and gives it back with the port open."""

    def __init__(self, config: Config, *, clock: Clock | None = None, dialects: Mapping[str, CallbackDialect] | None = None) -> None:
        """dialects: those with callbacks, by name; a rehearsal may hand in one with less patience."""
        self.config = config
        clock = clock or SystemClock()
        keyring = open_keyring(config)
        database = open_database(config)
        commit = GroupCommit(database, clock, self._on_commit)
        self.runtime = Runtime(database=database, commit=commit, keyring=keyring, ids=keyring.ids, clock=clock, base_url=config.base_url)
        self.dialects = callback_dialects(self.runtime) if dialects is None else dialects
        self.hub = Hub()
        news = native_news.News(keyring.ids)
        self.feed = Feed(self.hub, database, cast("Any", _FeedSource(news, self.hub)), news.publication)
        self.timers = Timers(self.runtime, [survey_due()])
        self.heartbeat = Heartbeat(self.runtime, self._end_connections)
        self.watchers = Watchers(self.runtime, lambda: list(self.hub.connections), _dismiss)
        self.planner = Planner(self.runtime, self.dialects)
        self.sender = Sender(self.runtime, self.dialects, dangerous_allow_private_callbacks=config.dangerous_allow_private_callbacks)
        self._news = news
        self._tasks: set[asyncio.Task[None]] = set()
        self.hub.on_closed(self._on_closed)

    @property
    def base_url(self) -> str:
        """Where this server answers, once it serves."""
        host = "127.0.0.1" if self.config.host in ("0.0.0.0", "::", "") else self.config.host
        return self.config.base_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Server"]:
        """Serves while the context is open. Raises ConfigError, naming the key, when it cannot start."""
        with hold_data_dir(self.config):
            await asyncio.to_thread(self.runtime.database.migrate)
            listener = self._bind()
            try:
                async with self._parts(), self._port(listener):
                    yield self
            finally:
                listener.close()
                self.runtime.database.close()

    @asynccontextmanager
    async def _parts(self) -> AsyncIterator[None]:
        await self.runtime.commit.start()
        try:
            await self.heartbeat.start(alone=self.runtime.database.engine_name == "sqlite")
            await self.timers.start()
            await self.watchers.start()
            await self.planner.start()
            await self.sender.start()
            yield
        finally:
            self.runtime.commit.give_up_soon()
            await self.feed.stop()
            await self.sender.stop()
            await self.planner.stop()
            await self.watchers.stop()
            await self.timers.stop()
            await self.heartbeat.stop()
            await self.runtime.commit.stop()

    @asynccontextmanager
    async def _port(self, listener: socket.socket) -> AsyncIterator[None]:
        proxies = Proxies(self.config.trusted_proxies)
        dispatcher = Dispatcher(self._socket_routes(), self.runtime.clock)
        bridge = make_bridge(
            self.hub,
            dispatcher,
            proxies=proxies,
            base_url=self.config.base_url,
            allowed_origins=self.config.allowed_origins,
        )
        server = uvicorn.Server(
            uvicorn.Config(
                self._app(),
                http=SocketHttp,
                ws=bridge,
                loop="uvloop",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # server/proxies.py decides whom to believe
                server_header=False,
                date_header=True,
                backlog=4096,
                timeout_graceful_shutdown=10,
            )
        )
        with _without_signals(server):
            task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
            try:
                while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
                    await asyncio.sleep(0.005)
                if task.done():
                    await task
                log.info("serving", base_url=self.base_url)
                yield
            finally:
                server.should_exit = True
                await task
                if self._tasks:
                    await asyncio.wait(self._tasks)

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.config.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.config.host, self.config.port))
        except OSError as error:
            listener.close()
            raise ConfigError(f"port: cannot listen on {self.config.host}:{self.config.port}: {error.strerror}") from error
        self.port: int = listener.getsockname()[1]
        return listener

    def _app(self) -> Any:
        return build_app(
            self.runtime,
            self.config,
            route_handlers=route_handlers(self.dialects),
            mounts=[CsslcloudRoutes(self.runtime, self.config.thqs_window_s)],
        )

    def _socket_routes(self) -> list[SocketRoute]:
        handlers: dict[type[msgspec.Struct], MessageHandler] = {
            **audience_api.message_handlers(self.runtime, self.heartbeat.process_id, self._join, self._watch),
            **survey_api.message_handlers(self.runtime),
        }
        return [SocketRoute(message, handle) for message, handle in handlers.items()]

    def _join(self, connection: Any, command_id: str, token: str, entered: Entered) -> None:
        """Answers an entry with the snapshot, and the viewer's own answers where there can be any."""
        if entered.fresh:
            self._answer_entry(connection, command_id, token, entered, b"[]")
        else:
            self._spawn(self._join_again(connection, command_id, token, entered))

    async def _join_again(self, connection: Connection, command_id: str, token: str, entered: Entered) -> None:
        seat = entered.seat
        try:
            mine = await self.runtime.database.read(lambda c: self._news.mine(c, seat.live_session_id, seat.viewer_id))
        except Exception:
            log.exception("own_answers_unreadable")
            audience_api.leave(self.runtime, connection)
            connection.acknowledge(refused(command_id, Overloaded(retry_after_s=1)))
            return
        self._answer_entry(connection, command_id, token, entered, mine)

    def _answer_entry(self, connection: Connection, command_id: str, token: str, entered: Entered, mine: bytes) -> None:
        viewer = audience_wire.ViewerView(id=self.runtime.ids.text(Kind.VIEWER, entered.viewer.id), name=entered.viewer.name)

        def reply(snapshot: bytes) -> bytes:
            return _encode(
                audience_wire.EnteredMessage(
                    id=command_id,
                    viewer=viewer,
                    token=token,
                    now=rfc3339(self.runtime.clock.now()),
                    mine=msgspec.Raw(mine),
                    snapshot=msgspec.Raw(snapshot),
                )
            )

        self.feed.join(
            connection,
            entered.seat.live_session_id,
            "session",
            command_id,
            reply,
            # the entry is undone, so that the same command can be sent again on this connection
            partial(audience_api.leave, self.runtime, connection),
        )

    def _watch(self, connection: Any, command_id: str, live_session_id: LiveSessionId) -> None:
        def reply(snapshot: bytes) -> bytes:
            now = rfc3339(self.runtime.clock.now())
            return _encode(audience_wire.WatchingMessage(id=command_id, now=now, snapshot=msgspec.Raw(snapshot)))

        def unseat() -> None:
            connection.seat = None

        self.feed.join(connection, live_session_id, "host", command_id, reply, unseat)

    def _on_commit(self, nudges: Collection[Nudge]) -> None:
        self.feed.on_commit(nudges)
        self.planner.on_nudges(nudges)
        self.sender.on_nudges(nudges)
        self.timers.on_nudges(nudges)
        self.watchers.on_nudges(nudges)

    def _on_closed(self, connection: Connection) -> None:
        audience_api.leave(self.runtime, connection)

    def _end_connections(self) -> None:
        for connection in list(self.hub.connections):
            connection.end(RESTART)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _dismiss(connection: Any) -> None:
    connection.end(NOT_ALLOWED)


def route_handlers(dialects: Mapping[str, CallbackDialect]) -> list[Any]:
    """Every handler of the native API. dialects: those with callbacks."""
    return [
        *accounts_api.ROUTES,
        *rooms_api.ROUTES,
        *audience_api.ROUTES,
        *survey_api.ROUTES,
        *callbacks_api.routes(dialects),
        *native_routes.routes({"csslcloud": csslcloud_ids.forms, "quanshi": quanshi_ids.forms}),
    ]


def openapi_document() -> dict[str, Any]:
    """The native API's OpenAPI document, without a database or a running server."""
    return describe_api(route_handlers({}))


def callback_dialects(runtime: Runtime) -> dict[str, CallbackDialect]:
    """The dialects that call back, with the patience their vendors have."""
    quanshi = QuanshiCallbacks(runtime.ids)
    return {quanshi.name: quanshi}


def survey_due() -> Due:
    """How the timers close surveys."""
    return Due(
        next_due=survey_queries.next_due,
        list_due=lambda connection, now: [
            (live_session_id, survey_actions.CloseOverdue(live_session_id=live_session_id, survey_id=survey_id))
            for live_session_id, survey_id in survey_queries.list_due(connection, now)
        ],
        action=survey_actions.CLOSE_OVERDUE,
    )


@contextlib.contextmanager
def _without_signals(server: uvicorn.Server) -> Any:
    """Leaves signals to whoever runs the server: uvicorn would take them over and raise them again at the end."""
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # its hook for this is to override it
    yield
