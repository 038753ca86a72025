"""What every request passes: proxies, health, the log line."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from tests.fake_clock import FakeClock
from tests.suites.server.conftest import HANDLERS, Collect
from tests.suites.server.harness import PASSWORD, Customer, Served, create_customer, log_in, serving
from turnout.config import Config
from turnout.kernel.ids import Kind
from turnout.server.asgi import UNLOGGED_KEY, Receive, Scope, Send, reply
from turnout.server.logs import configure_logs
from turnout.storage.database import Database

FORWARDED = {"x-forwarded-for": "198.51.100.9, 203.0.113.7", "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "address", "scheme"),
    [((), "127.0.0.1", "http"), (("127.0.0.0/8",), "203.0.113.7", "https"), (("127.0.0.0/8", "203.0.113.0/24"), "198.51.100.9", "https")],
    ids=["nobody trusted", "one proxy", "two proxies"],
)
async def test_only_trusted_proxies_say_who_the_client_is(
    sqlite_database: Database, clock: FakeClock, trusted: tuple[str, ...], address: str, scheme: str
) -> None:
    """Anybody may send these headers; they count from machines the operator named."""
    async with serving(sqlite_database, clock, Config(trusted_proxies=trusted), handlers=HANDLERS) as served:
        seen = (await served.client.get("/api/v1/cards/x", headers=FORWARDED)).json()
    assert seen == {"address": address, "scheme": scheme}


async def test_a_server_without_its_database_lives_and_is_not_ready(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load balancer stops sending requests, and nobody kills the process for it."""
    assert (await served.client.get("/readyz")).json() == {"status": "ready"}

    async def away(*_args: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", None, Exception("the password is 4711"))

    monkeypatch.setattr(served.runtime.database, "read", away)
    refused = await served.client.get("/readyz")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert "4711" not in refused.text
    assert (await served.client.get("/healthz")).status_code == 200


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged, as JSON lines, from every library."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs("debug", "json", stream)
    for client in ("httpx", "httpcore"):  # the test's own client
        logging.getLogger(client).setLevel(logging.CRITICAL)
    yield stream
    structlog.reset_defaults()
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture
async def logged(sqlite_database: Database, clock: FakeClock, web_root: Path, written: io.StringIO) -> AsyncIterator[Served]:
    """A server whose log is kept."""
    async with serving(sqlite_database, clock, handlers=HANDLERS, mounts=[Collect()], web_root=web_root) as running:
        yield running


def requests_in(written: io.StringIO) -> list[dict[str, object]]:
    """The log's lines about requests."""
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in lines if line["event"] == "request"]


class Quiet:
    """Answers /live/ as the posts of event streams do, and wants no line."""

    def serves(self, path: str) -> bool:
        return path.startswith("/live/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[UNLOGGED_KEY] = True
        await reply(send, 202, b"", [])


async def test_what_viewers_say_gets_no_line(sqlite_database: Database, clock: FakeClock, web_root: Path, written: io.StringIO) -> None:
    """When it came, and from where, would tell whose anonymous ballot it was."""
    async with serving(sqlite_database, clock, handlers=HANDLERS, mounts=[Quiet()], web_root=web_root) as running:
        assert (await running.client.post("/live/" + "x" * 22)).status_code == 202
        await running.client.get("/api/v1/nothing")

    assert [line["route"] for line in requests_in(written)] == ["/api/v1/nothing"]


async def test_each_request_is_one_line(logged: Served, written: io.StringIO) -> None:
    """With the template of its route, so that lines can be counted by route, and the account of who proved themselves."""
    customer: Customer = await create_customer(logged.runtime.commit)
    await logged.client.get("/api/v1/account", headers=customer.bearer)
    await logged.client.get("/api/v1/cards/one-card", headers={"x-request": "1"})
    await logged.client.get("/collect/live/usercount?userid=1&hash=ABCDEF")
    await logged.client.get("/r/ab12cd34")
    await logged.client.get("/api/v1/nothing")

    lines = requests_in(written)
    account = logged.runtime.ids.text(Kind.ACCOUNT, customer.ids.account_id)
    assert [(line["route"], line["status"], line["account"]) for line in lines] == [
        ("/api/v1/account", 200, account),
        ("/api/v1/cards/{card}", 200, None),
        ("/collect/live/usercount", 200, logged.runtime.ids.text(Kind.ACCOUNT, 1)),
        ("pages", 200, None),
        ("/api/v1/nothing", 404, None),
    ]
    for line in lines:
        assert isinstance(line["duration_ms"], float)
        assert (line["level"], line["method"], line["address"]) == ("info", "GET", "127.0.0.1")


async def test_no_secret_is_ever_logged(logged: Served, written: io.StringIO) -> None:
    """Not a password, key, cookie, token or signature, in requests that work and in those that fail."""
    customer = await create_customer(logged.runtime.commit)
    csrf = (await log_in(logged)).json()["csrf_token"]
    token = logged.client.cookies["turnout_login"]
    await log_in(logged, password="wrong horse battery")
    await logged.client.delete("/api/v1/login", headers={"X-CSRF-Token": csrf})
    await logged.client.get("/api/v1/broken?key=in-the-query", headers=customer.bearer)
    await logged.client.get("/collect/x?hash=ABCDEF")
    text = written.getvalue()
    assert len(requests_in(written)) == 5
    for secret in (PASSWORD, "wrong horse", customer.secrets.api_key, csrf, token, "ABCDEF", "in-the-query"):
        assert secret not in text


async def test_other_libraries_log_through_the_same_door(written: io.StringIO) -> None:
    """One JSON object a line, whoever wrote it."""
    logging.getLogger("somebody").warning("looked %s", "away")
    lines = [json.loads(text) for text in written.getvalue().splitlines()]
    (line,) = [line for line in lines if line["logger"] == "somebody"]
    assert (line["event"], line["logger"], line["level"]) == ("looked away", "somebody", "warning")
