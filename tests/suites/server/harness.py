"""A real HTTP server on a free port, over a real database, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from tests.fake_clock import FakeClock
from turnout.accounts import actions, api, oidc_api, secrets, two_step_api
from turnout.accounts.oidc_client import ProviderClient
from turnout.config import Config
from turnout.server.app import build_app
from turnout.server.asgi import Mount
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime
from turnout.themes.pages import RoomPages

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Served:
    """A running server. client: without cookies or keys of its own; it keeps the cookies it is given."""

    url: str
    port: int
    runtime: Runtime
    client: httpx.AsyncClient


@dataclass(frozen=True)
class Customer:
    """An account of the test's."""

    ids: actions.CreatedAccount
    secrets: secrets.AccountSecrets

    @property
    def bearer(self) -> dict[str, str]:
        """The header that proves the account's API key."""
        return {"authorization": f"Bearer {self.secrets.api_key}"}


async def create_customer(commit: GroupCommit, login: str = "ada", name: str = "Ada Ltd") -> Customer:
    """An account whose first host has this login name and PASSWORD."""
    command, shown = secrets.new_account(KEYRING, ["vendor"], name=name, host_login=login, host_name="Ada", host_password=PASSWORD)
    return Customer(await commit.run(actions.CREATE_ACCOUNT, command, lane=0), shown)


@asynccontextmanager
async def serving(
    database: Database,
    clock: FakeClock,
    config: Config | None = None,
    *,
    handlers: Sequence[Any] = (),
    mounts: Sequence[Mount] = (),
    web_root: Path | None = None,
    make_mounts: Callable[[Runtime], Sequence[Mount]] | None = None,
    body_limits: Mapping[str, int] | None = None,
    provider_client: ProviderClient | None = None,
    make_room_pages: Callable[[Runtime], RoomPages] | None = None,
) -> AsyncIterator[Served]:
    """Starts a writer and a server; leaving stops both. Doing it again on one database is what a restart is. make_mounts: mounts that need
    the runtime. make_room_pages: what rooms ask of their pages."""
    config = Config() if config is None else config
    commit = GroupCommit(database, clock, lambda nudges: room_pages.on_nudges(nudges) if room_pages else None)
    runtime = Runtime(database=database, commit=commit, keyring=KEYRING, ids=KEYRING.ids, clock=clock, base_url=config.base_url)
    mounts = [*mounts, *(make_mounts(runtime) if make_mounts else ())]
    room_pages = make_room_pages(runtime) if make_room_pages else None
    app = build_app(
        runtime,
        config,
        [*api.ROUTES, *two_step_api.ROUTES, *oidc_api.routes(provider_client), *handlers],
        mounts,
        web_root=web_root or Path("/nowhere"),
        find_room=room_pages.find if room_pages else None,
        body_limits=body_limits,
    )
    await commit.start()
    listener = socket.create_server(("127.0.0.1", 0))
    # as uvloop does; without it each further reply of a connection waits 40 ms for the acknowledgement of its head
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False)
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    await server.on_tick(0)
    try:
        url = f"http://127.0.0.1:{port}"
        # verify: nothing is asked over TLS, and to read all the world's certificates costs more than most tests
        async with httpx.AsyncClient(base_url=url, timeout=20, verify=False) as client:  # noqa: S501
            yield Served(url, port, runtime, client)
    finally:
        # quicker than uvicorn, which sleeps while it stops
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.002)
        await commit.stop()


async def log_in(served: Served, login: str = "ada", password: str = PASSWORD, **headers: str) -> httpx.Response:
    """Tries to log in; the client keeps the cookie of a login that worked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await served.client.post("/api/v1/login", json={"login": login, "password": password}, headers=named)


async def speak(port: int, text: bytes) -> bytes:
    """Sends these very bytes and returns all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
