"""The composition root: the only file that picks SQLite or PostgreSQL, and the only one that knows every part.

A Server is built from a Config, started, and stopped. Parts start in the order in which they need each other and stop in reverse; the port
is opened last and closed first, so nobody is served by half a server.
"""

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvicorn

from turnout.accounts.audit_retention import AuditRetention
from turnout.accounts.key_use import KeyUse
from turnout.accounts.oidc_setup import provider_client_of
from turnout.api_examples import DOCUMENTED
from turnout.api_routes import route_handlers
from turnout.audience import entrance, screens
from turnout.audience.heartbeat import Heartbeat
from turnout.audience.waiting import Waiting
from turnout.audience.watchers import Reason, Watchers
from turnout.callbacks.feeds import Feeds
from turnout.callbacks.mailer import Mailer, MailServer
from turnout.callbacks.planner import Planner
from turnout.callbacks.redeliverer import Redeliverer
from turnout.callbacks.retention import Retention
from turnout.callbacks.sender import Sender
from turnout.config import (
    SQLITE_FILE,
    Config,
    ConfigError,
    drand_chain_of,
    is_new_sqlite,
    s3_secret_of,
    secret_of,
    smtp_password_of,
)
from turnout.dialects.contract import CallbackDialect
from turnout.dialects.csslcloud import proof as csslcloud_proof
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.dialects.native import news as native_news
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.dialects.volcengine.callbacks import VolcengineCallbacks
from turnout.entropy.keeper import Keeper
from turnout.entropy.relays import Relays
from turnout.hub.connection import Connection
from turnout.hub.dispatch import Dispatcher
from turnout.hub.hub import Hub
from turnout.hub.own import ReadOwn
from turnout.hub.protocol import BLOCKED, KICKED, NOT_ALLOWED, RESTART, Ending, SocketRoute
from turnout.hub.rates import Allowance, Rates
from turnout.interactions.burner import Burner
from turnout.interactions.checkin import api as checkin_api
from turnout.interactions.checkin import due as checkin_due
from turnout.interactions.checkin import screen_api as checkin_screen_api
from turnout.interactions.draw import api as draw_api
from turnout.interactions.draw import due as draw_due
from turnout.interactions.draw import screen_api as draw_screen_api
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.survey import answer_api
from turnout.interactions.survey import due as survey_due
from turnout.interactions.timers import Timers
from turnout.kernel import limits
from turnout.kernel.clock import Clock, SystemClock
from turnout.kernel.connection import MessageHandler
from turnout.live import Live
from turnout.pictures import api as pictures_api
from turnout.pictures.public import PublicPictures
from turnout.proofs import bls
from turnout.rooms.queries import list_ended_with_events
from turnout.server.app import build_app
from turnout.server.asgi import Mount
from turnout.server.door import Door
from turnout.server.origins import Origins
from turnout.server.posts import Posts
from turnout.server.proxies import Proxies
from turnout.server.sockets import SocketHttp, make_bridge
from turnout.storage.database import Database
from turnout.storage.files import Files, S3Place, files_in_bucket, files_in_folder
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.runtime import Runtime
from turnout.storage.sqlite import SqliteDatabase
from turnout.storage.transaction import Nudge
from turnout.themes.pages import RoomPages

log = structlog.get_logger()

SIGNED_DIALECTS = (csslcloud_proof.DIALECT,)
"""Dialects whose queries are signed with a key that an account is given when it is made."""


def open_database(config: Config) -> Database:
    """The configured database; connects at first use. Raises ConfigError."""
    if config.database_url:
        return PostgresDatabase(config.database_url, writers=config.postgres_writers)
    return SqliteDatabase(_data_folder(config) / SQLITE_FILE)


def require_database(config: Config) -> None:
    """Raises ConfigError where there is no SQLite file: a command that only looks or changes must not make a new installation of a mistyped
    folder."""
    if is_new_sqlite(config):
        raise ConfigError(f"data_dir: there is no database in {config.data_dir}; the first start of the server makes one")


def _data_folder(config: Config) -> Path:
    folder = Path(config.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data_dir: the folder {folder} cannot be made: {error.strerror}") from error
    return folder


def open_keyring(config: Config) -> Keyring:
    """The installation's keys."""
    return Keyring(secret_of(config))


def open_files(config: Config) -> Files:
    """The configured place of uploaded pictures; a bucket connects at first use. Raises ConfigError."""
    if not config.s3_bucket:
        folder = Path(config.data_dir) / "pictures"
        try:
            return files_in_folder(folder)
        except OSError as error:
            raise ConfigError(f"data_dir: the folder {folder} cannot be made: {error}") from error
    return files_in_bucket(
        S3Place(
            bucket=config.s3_bucket,
            endpoint=config.s3_endpoint,
            region=config.s3_region,
            access_key_id=config.s3_access_key_id,
            secret_access_key=s3_secret_of(config),
            prefix=config.s3_prefix,
        )
    )


@contextlib.contextmanager
def hold_data_dir(config: Config) -> Any:
    """Keeps a second server off the same SQLite file: presence and the hub know only their own process. Raises ConfigError."""
    if config.database_url:
        yield
        return
    folder = _data_folder(config)
    try:
        descriptor = os.open(folder / "turnout.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"data_dir: {folder} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"data_dir: another Turnout serves {folder}; use PostgreSQL for several processes") from error
        yield
    finally:
        os.close(descriptor)


class Server:
    """Everything one process runs. `serving` starts it and gives it back with the port open."""

    def __init__(self, config: Config, *, clock: Clock | None = None, dialects: Mapping[str, CallbackDialect] | None = None) -> None:
        """dialects: those with callbacks, by name; a rehearsal may hand in one with less patience."""
        self.config = config
        clock = clock or SystemClock()
        keyring = open_keyring(config)
        database = open_database(config)
        self.files = open_files(config)
        commit = GroupCommit(database, clock, self._on_commit)
        self.runtime = Runtime(database=database, commit=commit, keyring=keyring, ids=keyring.ids, clock=clock, base_url=config.base_url)
        self.dialects = callback_dialects(self.runtime, lambda: self.base_url) if dialects is None else dialects
        self._drand_chain = drand_chain_of(config)
        self.draw_actions = DrawActions(keyring.ids, config.draw_delay_s, self._drand_chain)
        self.closed_lists = ClosedLists(self.runtime)
        self._relays = Relays(config.drand_urls)
        self.keeper = Keeper(self.runtime, self.draw_actions, self.closed_lists, self._relays)
        self.hub = Hub()
        self.room_pages = RoomPages(self.runtime)
        self.live = Live(self.runtime, self.hub, native_news.News(keyring.ids))
        self.rates = Rates(
            Allowance(
                connection_messages=config.socket_messages_per_second,
                address_messages=config.address_messages_per_second,
                address_connections=config.address_connections,
            )
        )
        self.timers = Timers(self.runtime, [survey_due.OVERDUE, survey_due.INTERRUPTED, checkin_due.OVERDUE, draw_due.OVERDUE])
        self.burner = Burner(self.runtime, [survey_due.BURNING])
        self.heartbeat = Heartbeat(self.runtime, self._end_connections)
        self.waiting = Waiting(self.runtime)
        self.watchers = Watchers(self.runtime, lambda: list(self.hub.connections), _dismiss)
        sender = Sender(
            self.runtime,
            self.dialects,
            dangerous_allow_private_callbacks=config.dangerous_allow_private_callbacks,
            proxy=config.callback_proxy,
            alone=database.engine_name == "sqlite",  # hold_data_dir lets one process serve it
        )
        mailer = Mailer(self.runtime, _mail_server(config), base_url=lambda: self.base_url)
        redeliverer = Redeliverer(self.runtime, self.dialects)
        self.key_use = KeyUse(self.runtime)
        self.upkeep = (Retention(self.runtime, config, list_ended_with_events), AuditRetention(self.runtime), self.key_use)
        self.feeds = Feeds(self.runtime)
        self.callbacks = (mailer, Planner(self.runtime, self.dialects), sender, redeliverer)
        self.provider = provider_client_of(config, keyring.ids)
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
            await self.burner.start()
            await self.keeper.start()
            await self.watchers.start()
            await self.waiting.start()
            for part in (*self.callbacks, *self.upkeep):
                await part.start()
            yield
        finally:
            self.runtime.commit.give_up_soon()
            await self.live.stop()
            if self.provider:
                await self.provider.stop()
            for part in reversed((*self.callbacks, *self.upkeep)):
                await part.stop()
            await self.waiting.stop()
            await self.watchers.stop()
            await self.keeper.stop()
            await self.burner.stop()
            await self.timers.stop()
            await self.heartbeat.stop()
            await self.runtime.commit.stop()

    @asynccontextmanager
    async def _port(self, listener: socket.socket) -> AsyncIterator[None]:
        door = Door(
            self.hub,
            Dispatcher(self._socket_routes(), self.runtime.clock, self.rates),
            Proxies(self.config.trusted_proxies),
            Origins(self.config.base_url, self.config.allowed_origins),
            self.rates,
        )
        server = uvicorn.Server(
            uvicorn.Config(
                self._app(Posts(door)),
                http=SocketHttp,
                ws=make_bridge(door),
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
                await self.feeds.stop()  # so that what waits for messages is answered at once
                server.should_exit = True
                await task

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.config.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: else Nagle's delay stays on, 40 ms a reply
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.config.host, self.config.port))
        except OSError as error:
            listener.close()
            raise ConfigError(f"port: cannot listen on {self.config.host}:{self.config.port}: {error.strerror}") from error
        self.port: int = listener.getsockname()[1]
        return listener

    def _app(self, *mounts: Mount) -> Any:
        handlers = route_handlers(
            self.dialects, self.config, self.feeds, self.files, self.draw_actions, self.closed_lists, self._drand_problem, self.provider
        )
        return build_app(
            self.runtime,
            self.config,
            route_handlers=handlers,
            mounts=[CsslcloudRoutes(self.runtime, self.config.thqs_window_s), PublicPictures(self.runtime, self.files), *mounts],
            documented=DOCUMENTED,
            find_room=self.room_pages.find,
            key_use=self.key_use,
            body_limits={pictures_api.UPLOAD_PATH: limits.MAX_PICTURE_BYTES},
        )

    async def _drand_problem(self) -> str | None:
        try:
            found = await self._relays.look(self._drand_chain, self.runtime.clock.now())
        except bls.Unavailable as reason:
            return str(reason)
        return None if found is None else found.problem

    def _socket_routes(self) -> list[SocketRoute]:
        handlers: dict[type[msgspec.Struct], MessageHandler] = {
            **entrance.message_handlers(self.runtime, self.heartbeat.process_id, self.waiting, self.live.join, self.live.watch),
            **screens.message_handlers(self.runtime, self.waiting, self.live),
            **answer_api.message_handlers(self.runtime),
            **checkin_api.message_handlers(self.runtime),
            **draw_api.message_handlers(self.runtime, self.draw_actions),
            **draw_screen_api.message_handlers(self.runtime),
            **checkin_screen_api.message_handlers(self.runtime),
            ReadOwn: self.live.read_own,
        }
        return [SocketRoute(message, handle) for message, handle in handlers.items()]

    def _on_commit(self, nudges: Collection[Nudge]) -> None:
        others = self.live.on_commit(nudges)
        for part in (*self.callbacks, self.feeds, self.timers, self.keeper, self.watchers, self.waiting, self.room_pages):
            part.on_nudges(others)

    def _on_closed(self, connection: Connection) -> None:
        self.waiting.remove(connection)
        self.live.leave(connection)

    def _end_connections(self) -> None:
        for connection in list(self.hub.connections):
            connection.end(RESTART)


_DISMISSALS: dict[Reason, Ending] = {"not_allowed": NOT_ALLOWED, "kicked": KICKED, "blocked": BLOCKED}


def _dismiss(connection: Any, reason: Reason) -> None:
    connection.end(_DISMISSALS[reason])


def _mail_server(config: Config) -> MailServer | None:
    if not config.smtp_host:
        return None
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        user=config.smtp_user,
        password=smtp_password_of(config),
        tls=config.smtp_tls,
        sender=config.mail_from,
    )


def callback_dialects(runtime: Runtime, base_url: Callable[[], str]) -> dict[str, CallbackDialect]:
    """The dialects that call back, with the patience their vendors have. base_url: where the server answers, asked once it does."""
    quanshi = QuanshiCallbacks(runtime.ids, base_url=base_url)
    native, volcengine = NativeCallbacks(runtime.ids), VolcengineCallbacks(runtime.ids)
    return {quanshi.name: quanshi, native.name: native, volcengine.name: volcengine}


@contextlib.contextmanager
def _without_signals(server: uvicorn.Server) -> Any:
    """Leaves signals to whoever runs the server: uvicorn would take them over and raise them again at the end."""
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # its hook for this is to override it
    yield
