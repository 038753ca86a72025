"""The whole server as compose.py builds it, in a thread of this process, and a customer who uses it over HTTP."""

import asyncio
import http.client
import itertools
import json
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.harness.server import free_port
from tests.harness.viewers import StreamViewer, Viewer
from turnout.accounts.actions import CREATE_ACCOUNT, CreatedAccount
from turnout.accounts.secrets import AccountSecrets, new_account
from turnout.cli.running import run
from turnout.compose import Server, open_keyring
from turnout.config import Config
from turnout.dialects.contract import Patience
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import Kind
from turnout.storage.group_commit import write

T = TypeVar("T")

PATIENCE_S = 60.0
"""Seconds a test waits for what must come before it fails."""


class MovableClock:
    """The machine's clock, moved on by as much as a test says. Safe from any thread."""

    def __init__(self) -> None:
        self.ahead: Instant = 0

    def now(self) -> Instant:
        """The present instant, moved."""
        return time.time_ns() // 1000 + self.ahead

    def advance(self, seconds: float) -> None:
        """Moves it on."""
        self.ahead += round(seconds * SECOND)


class LiveServer:
    """One server at a time over one database and one port; `stop` and `start` are a restart. Failed callbacks are given up at once.

    settings: further configuration keys.
    """

    def __init__(self, data_dir: Path, database_url: str = "", **settings: Any) -> None:
        self.clock = MovableClock()
        self.config = Config(
            data_dir=str(data_dir),
            database_url=database_url,
            port=free_port(),
            dangerous_allow_private_callbacks=True,
            log_level="error",
            # tests knock as fast as they can
            **{"api_requests_per_second": 0, **settings},
        )
        self.base_url = f"http://127.0.0.1:{self.config.port}"
        self.ids = open_keyring(self.config).ids
        self.server: Server
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None
        self._over: asyncio.Event
        self._error: BaseException | None = None

    def start(self) -> None:
        """Serves when it returns."""
        serving = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(serving,), name="live-server")
        self._thread.start()
        assert serving.wait(PATIENCE_S)
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends in order, as after SIGTERM. Raises what went wrong while it served."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
            if self._error is not None:
                raise self._error

    def call(self, work: Callable[[Server], Awaitable[T]]) -> T:
        """Runs something on the server's own loop."""

        async def run() -> T:
            return await work(self.server)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_S)

    def _run(self, serving: threading.Event) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._over = asyncio.Event()
            patience = Patience(timeout_s=20.0, waits_s=())
            dialects = QuanshiCallbacks(self.ids, patience, lambda: self.base_url), NativeCallbacks(self.ids, patience)
            self.server = Server(self.config, clock=self.clock, dialects={dialect.name: dialect for dialect in dialects})
            async with self.server.serving():
                serving.set()
                await self._over.wait()

        try:
            run(serve())  # as `turnout serve` does, so that its loop and its transports are what is tested
        except BaseException as error:  # noqa: BLE001 - whoever started the thread raises it
            self._error = error
            serving.set()


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply. headers: names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the error, "" where there is none."""
        return str(self.json["error"]["code"]) if self.status >= 400 else ""


def send(base_url: str, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
    """One request on a connection of its own. body: bytes as they are, anything else as JSON."""
    host, _, port = base_url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
    try:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Content-Type": "application/json", **(headers or {})} if content is not None else dict(headers or {})
        connection.request(method, target, content, named)
        response = connection.getresponse()
        received = response.read()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, received)
    finally:
        connection.close()


_serial = itertools.count(1)


@dataclass
class Customer:
    """An account, and its own programs and host who use it."""

    live: LiveServer
    name: str
    created: CreatedAccount
    secrets: AccountSecrets
    cookie: dict[str, str] = field(default_factory=dict)
    """Headers of a logged-in host's requests: the cookie, and the CSRF token."""
    sockets: list[Viewer] = field(default_factory=list)
    """Open ones, to be closed when the test is over."""

    @property
    def key(self) -> dict[str, str]:
        """The header of the account's API key."""
        return {"Authorization": f"Bearer {self.secrets.api_key}"}

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """A request to the native API with the API key."""
        return send(self.live.base_url, method, "/api/v1" + path, body, {**self.key, **(headers or {})})

    def get(self, path: str) -> Any:
        """What is there; it must be."""
        reply = self.call("GET", path)
        assert reply.status == 200, reply
        return reply.json

    def post(self, path: str, body: Any = None) -> Any:
        """Makes or changes something; it must be allowed."""
        reply = self.call("POST", path, body)
        assert reply.status in (200, 201), reply
        return reply.json

    def log_in(self) -> None:
        """A login in the host's browser, kept in `cookie`."""
        shown = self.secrets
        reply = send(self.live.base_url, "POST", "/api/v1/login", {"login": shown.host_login, "password": shown.host_password})
        assert reply.status == 200, reply
        self.cookie = {"Cookie": reply.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": reply.json["csrf_token"]}

    def room(self, title: str = "Room") -> Any:
        """A new room."""
        return self.post("/rooms", {"title": title})

    def live_session(self, room: Any, title: str = "") -> Any:
        """A live session that starts in the room."""
        return self.post(f"/rooms/{room['id']}/live-sessions", {"title": title})

    def card(self, live_session: Any, **changes: Any) -> Any:
        """A draft answer card; single choice of three options, the second right, unless changed."""
        question = {
            "title": "Which?",
            "options": ["North", "East", "West"],
            "right_options": [1],
            "score": 5,
            **changes.pop("question", {}),
        }
        return self.prepare(live_session, **{"kind": "answer_card", "title": "Card", "questions": [question], **changes})

    def prepare(self, live_session: Any, **survey: Any) -> Any:
        """A draft of any survey, as the API's request has it."""
        return self.post(f"/live-sessions/{live_session['id']}/surveys", survey)

    def change(self, live_session: Any, card: Any, move: str) -> Any:
        """Opens, closes or publishes a card."""
        return self.post(f"/live-sessions/{live_session['id']}/surveys/{card['id']}/{move}")

    def opened(self, live_session: Any, **changes: Any) -> Any:
        """An open answer card."""
        return self.change(live_session, self.card(live_session, **changes), "open")

    def survey(self, live_session: Any, card: Any) -> Any:
        """A card as its host sees it now."""
        return self.get(f"/live-sessions/{live_session['id']}/surveys/{card['id']}")

    def connect(self, headers: Mapping[str, str] | None = None, *, by_events: bool = False) -> Viewer:
        """A socket on which nobody sits yet; or an event stream."""
        viewer = (StreamViewer if by_events else Viewer)(self.live.base_url, headers=headers)
        self.sockets.append(viewer)
        return viewer

    def viewer(self, room: Any, name: str = "Vera") -> tuple[Viewer, Any]:
        """A viewer who has entered the room, and the server's answer."""
        viewer = self.connect()
        entered = viewer.enter(room["code"], name)
        assert entered["op"] == "entered", entered
        return viewer, entered

    def host_socket(self, live_session: Any) -> tuple[Viewer, Any]:
        """The host's socket that follows a live session, and the server's answer. Needs `log_in`."""
        host = self.connect({"Cookie": self.cookie["Cookie"]})
        watching = host.ask({"op": "watch", "id": "watch", "live_session": live_session["id"]})
        assert watching["op"] == "watching", watching
        return host, watching


def new_customer(live: LiveServer, name: str = "Acme") -> Customer:
    """A new account, made beside the running server as the command line makes it."""
    login = f"host{next(_serial)}"
    command, shown = new_account(open_keyring(live.config), ["csslcloud"], name=name, host_login=login, host_name=f"{name} host")
    runtime = live.server.runtime
    created = write(runtime.database, runtime.clock, CREATE_ACCOUNT, command)
    return Customer(live, name, created, shown)


def vendor_forms(live: LiveServer, kind: Kind, number: int) -> list[str]:
    """Every outside form of an id."""
    ids = live.ids
    return [ids.text(kind, number), ids.hex16(kind, number), ids.hex32(kind, number), str(ids.integer(kind, number))]


def until(look: Callable[[], T], enough: Callable[[T], bool], within_s: float = PATIENCE_S) -> T:
    """What `look` sees, once it is enough: for what nothing announces. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if enough(seen):
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {seen}")
        time.sleep(0.01)
