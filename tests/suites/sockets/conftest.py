"""A real uvicorn server on a free port with the bridge, and a few messages to send to it."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
import pytest
import uvicorn

from tests.suites.sockets.raw_client import RawClient
from tests.suites.sockets.stream_client import StreamClient
from turnout.hub.connection import Connection
from turnout.hub.dispatch import Dispatcher
from turnout.hub.hub import Hub
from turnout.hub.protocol import CommandIdText, SocketRoute
from turnout.hub.rates import Allowance, Rates
from turnout.kernel.clock import SystemClock
from turnout.kernel.connection import accepted
from turnout.kernel.errors import Conflict, TurnoutError
from turnout.server.asgi import reply
from turnout.server.door import Door
from turnout.server.errors import encode_error
from turnout.server.loop import new_event_loop
from turnout.server.origins import Origins
from turnout.server.posts import Posts
from turnout.server.proxies import Proxies
from turnout.server.sockets import SocketHttp, make_bridge


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop the server runs on: what is tested here are its transports."""
    return {"uvloop": new_event_loop}


class Say(msgspec.Struct, tag_field="op", tag="say"):
    """Acknowledged at once."""

    id: CommandIdText
    text: str


class Listen(msgspec.Struct, tag_field="op", tag="listen"):
    """Subscribes to a channel, then is acknowledged."""

    id: CommandIdText
    channel: str


class Wait(msgspec.Struct, tag_field="op", tag="wait"):
    """In flight until the test lets it go."""

    id: CommandIdText


class Fail(msgspec.Struct, tag_field="op", tag="fail"):
    """Refused, or met by a bug."""

    id: CommandIdText
    how: str


class Server:
    """The server under test. heard: every message that reached a handler. waiting: commands in flight."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.heard: list[Any] = []
        self.waiting: list[tuple[Connection, str]] = []
        self.closed: list[Connection] = []
        self.clients: list[RawClient | StreamClient] = []
        self.hub.on_closed(self.closed.append)
        self.hub.on_closed(lambda _: self.changed.set())
        self.changed = asyncio.Event()
        self.port = 0
        self.stopped = False
        self.uvicorn: uvicorn.Server
        self.stuck = asyncio.Event()
        self.unstick = asyncio.Event()
        self.posts: Posts
        self._routes = [
            SocketRoute(Say, self._say),
            SocketRoute(Listen, self._listen),
            SocketRoute(Wait, self._wait),
            SocketRoute(Fail, self._fail),
        ]

    def _say(self, connection: Connection, message: Say) -> None:
        self.heard.append(message)
        connection.send(accepted(message.id))

    def _listen(self, connection: Connection, message: Listen) -> None:
        self.hub.subscribe(message.channel, connection)
        connection.send(accepted(message.id))

    def _wait(self, connection: Connection, message: Wait) -> None:
        connection.in_flight += 1
        self.waiting.append((connection, message.id))
        self.changed.set()

    def _fail(self, connection: Connection, message: Fail) -> None:
        raise Conflict("Not now.", field="how") if message.how == "conflict" else RuntimeError("a bug")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; looked at whenever a connection closes or a command comes to wait."""
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def connect(self, **options: Any) -> RawClient:
        """A client with a TCP connection."""
        client = await RawClient.connect(self.port, **options)
        self.clients.append(client)
        return client

    async def client(self, **options: Any) -> RawClient:
        """A client with an open socket."""
        return await (await self.connect()).upgrade(**options)

    async def stream(self, **options: Any) -> StreamClient:
        """A client with an event stream."""
        client = await StreamClient.open(self.port, **options)
        self.clients.append(client)
        return client

    async def line(self, kind: str, *, receive_buffer: int | None = None) -> Any:
        """A client on a line of this kind, "socket" or "events"; what can be said on it is the same."""
        if kind == "events":
            return await self.stream(receive_buffer=receive_buffer)
        return await (await self.connect(receive_buffer=receive_buffer)).upgrade()

    @property
    def only(self) -> Connection:
        """The one connection there is."""
        (connection,) = self.hub.connections
        return connection

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """HTTP beside the sockets: posts; "ok" elsewhere, or under /stuck nothing until the test says so."""
        if self.posts.serves(scope["path"]):
            try:
                await self.posts(scope, receive, send)
            except TurnoutError as error:
                await reply(send, *encode_error(error))
            return
        if scope["path"] == "/stuck":
            self.stuck.set()
            await self.unstick.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def start(
        self,
        *,
        tls: Callable[[], ssl.SSLContext] | None = None,
        proxies: Proxies | None = None,
        base_url: str = "",
        allowed_origins: Sequence[str] = (),
        allowance: Allowance | None = None,
        **options: Any,
    ) -> None:
        """Serve on a free port of the loopback interface. options: of the Door."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        rates = Rates(allowance or Allowance(0, 0, 0))
        dispatcher = Dispatcher(self._routes, SystemClock(), rates)
        door = Door(self.hub, dispatcher, proxies or Proxies([]), Origins(base_url, allowed_origins), rates, **options)
        self.posts = Posts(door)
        config = uvicorn.Config(
            self.app,
            http=SocketHttp,
            ws=make_bridge(door),
            interface="asgi3",
            lifespan="off",
            log_config=None,
            ssl_context_factory=(lambda config, default: tls()) if tls else None,
        )
        self.uvicorn = uvicorn.Server(config)
        self.uvicorn.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        config.load()
        self.uvicorn.lifespan = config.lifespan_class(config)
        await self.uvicorn.startup(sockets=[listener])

    async def stop(self) -> None:
        """Stop as on SIGTERM; returns when uvicorn has. Once is enough."""
        if not self.stopped:
            self.stopped = True
            await self.uvicorn.shutdown()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    """Starts a server with the options of Server.start, and stops it after the test."""
    servers: list[Server] = []

    async def start(**options: Any) -> Server:
        server = Server()
        servers.append(server)
        await server.start(**options)
        return server

    yield start
    for server in servers:
        for connection, command_id in server.waiting:
            connection.acknowledge(accepted(command_id))
        server.unstick.set()
        for client in server.clients:
            await client.leave()
        if not server.stopped:  # quicker than uvicorn, which sleeps while it stops
            for listener in server.uvicorn.servers:
                listener.close()
            while server.uvicorn.server_state.connections or server.uvicorn.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0)


@pytest.fixture(params=["socket", "events"])
def line(request: pytest.FixtureRequest) -> str:
    """The kind of line a client uses; the test runs once on each."""
    kind: str = request.param
    return kind


@pytest.fixture
async def server(serve: Callable[..., Any]) -> Server:
    """A server with the usual settings, except that it does not wait long for clients that do not say goodbye."""
    started: Server = await serve(close_patience_s=0.2)
    return started
