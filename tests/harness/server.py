"""A real server process for tests: on a free port, over a fresh SQLite file or a fresh PostgreSQL database, to be killed and restarted.

```python
with running(installation) as server:
    account = create_account(installation)
    client = NativeClient(server.base_url, account.api_key)
    server.kill()
    server.start()  # the same data, the same port
```
"""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tests.harness.commands import run_here
from tests.harness.forked import ForkedServer
from tests.postgres_server import PostgresServer
from turnout.compose import open_keyring
from turnout.config import Config, variable_of
from turnout.kernel.ids import IdForms

START_PATIENCE_S = 60.0
"""Seconds a server may take until it is ready; a second on an idle machine, and tests share theirs."""

STOP_PATIENCE_S = 30.0
"""Seconds a server may take to end after SIGTERM."""

SERVE = (sys.executable, "-m", "turnout", "serve")
"""The command that is tested, unless a test has another one to compare it with."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What outlives a server's process: its folder, its database, its port. settings: further configuration keys, as text."""

    data_dir: Path
    port: int
    database_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """sqlite or postgresql."""
        return "postgresql" if self.database_url else "sqlite"

    @property
    def base_url(self) -> str:
        """Where the server answers while it runs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Config:
        """The configuration, for whoever opens the database beside the server (compose.open_database)."""
        return Config(data_dir=str(self.data_dir), port=self.port, database_url=self.database_url)

    @property
    def ids(self) -> IdForms:
        """The outside forms of ids; once the server has been started."""
        return open_keyring(self.config).ids

    def environment(self) -> dict[str, str]:
        """The variables of a process that works on this installation."""
        ours = {
            "data_dir": str(self.data_dir),
            "port": str(self.port),
            "database_url": self.database_url,
            "log_level": "warning",
            "api_requests_per_second": "0",  # tests knock as fast as they can
            "socket_messages_per_second": "0",
            "address_messages_per_second": "0",
            **self.settings,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TURNOUT_")}
        inherited["PYTHONFAULTHANDLER"] = "1"  # so that one that hangs can be asked where (ServerProcess.abort)
        return inherited | {variable_of(name): value for name, value in ours.items()}


class ServerProcess:
    """One server at a time over one installation. command: what to run instead of `turnout serve`."""

    def __init__(self, installation: Installation, *, command: Sequence[str] = SERVE) -> None:
        self.installation = installation
        self.base_url = installation.base_url
        self._command = command
        self._log = installation.data_dir / "server.log"
        self._process: subprocess.Popen[bytes] | ForkedServer | None = None

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    @property
    def log(self) -> str:
        """What every process so far wrote, for a failing test to show."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Starts a process and waits until /readyz says yes; fails with the log when it does not."""
        self.installation.data_dir.mkdir(parents=True, exist_ok=True)
        self._process = self._begin()
        deadline = time.monotonic() + START_PATIENCE_S
        while not self._is_ready():
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended with {self._process.returncode} before it was ready:\n{self.log[-4000:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server was not ready after {START_PATIENCE_S:g} s:\n{self.log[-4000:]}")
            time.sleep(0.02)

    def _begin(self) -> subprocess.Popen[bytes] | ForkedServer:
        environment = self.installation.environment()
        if self._command == SERVE:
            return ForkedServer(environment, self._log)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that what it starts dies with it, and a Ctrl-C in the terminal is the test's alone
            )

    def kill(self) -> None:
        """kill -9, for the process and whatever it started. Twice is once."""
        if self._process is None or self._process.returncode is not None:
            return
        for end, number in ((os.killpg, self._process.pid), (os.kill, self._process.pid)):  # it may not lead a group yet
            with contextlib.suppress(ProcessLookupError):
                end(number, signal.SIGKILL)
        self._process.wait()

    def abort(self) -> str:
        """Ends a server that does not do what it should, and returns the end of its log, with the stack of each of its threads."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5.0)
        self.kill()
        return self.log[-8000:]

    def terminate(self) -> None:
        """Sends SIGTERM and returns at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, within_s: float = STOP_PATIENCE_S) -> int:
        """The exit status, once the process has ended; raises subprocess.TimeoutExpired."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.wait(within_s)

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=5.0)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def running(installation: Installation, *, command: Sequence[str] = SERVE) -> Iterator[ServerProcess]:
    """A started server, killed at the end if it still runs."""
    server = ServerProcess(installation, command=command)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """A port that nobody uses, and that no outgoing connection will take while the server is down: below the range of those."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    for _ in range(1000):
        port = random.randrange(20_000, 23_000) + 3_000 * worker  # noqa: S311 - any will do; tests beside these have ports of their own
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


@contextmanager
def fresh_installation(
    request: pytest.FixtureRequest, engine: str, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """An installation without a schema yet, which the server makes itself when it starts. engine: sqlite or postgresql."""
    settings = {"dangerous_allow_private_callbacks": "true", **(settings or {})}
    if engine == "sqlite":
        yield Installation(folder / "data", free_port(), settings=settings)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    with postgres.new_database(empty=True) as url:
        yield Installation(folder / "data", free_port(), url, settings)


class Account(msgspec.Struct, frozen=True):
    """An account with its secrets, as the operator is shown them once. csslcloud, quanshi: its names at the vendors, and CC's key."""

    id: str
    api_key: str
    host_login: str
    host_password: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]


def create_account(installation: Installation, name: str = "Acme") -> Account:
    """A new account, made with the command line; the server may be running. Two accounts of one installation need two names."""
    status, printed = run_here(["account", "create", name, "--json"], installation.environment())
    assert status == 0, printed
    return msgspec.json.decode(printed, type=Account)
