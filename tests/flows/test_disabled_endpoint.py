"""A receiver says it is gone, and the people hear of it: over a whole server, on both engines."""

import asyncio
import queue
import threading
from collections.abc import Iterator

import pytest

from tests.flows.live import LiveServer, new_customer, until
from tests.harness.mail_server import PostOffice
from tests.harness.receiver import PATIENCE_S, Reply, receiving
from tests.postgres_server import PostgresServer
from turnout.client import NativeClient


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server on a thread of its own."""
    ready: queue.Queue[tuple[PostOffice, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def serve() -> None:
        async with PostOffice() as server:
            over = asyncio.Event()
            ready.put((server, asyncio.get_running_loop(), over))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    server, loop, over = ready.get(timeout=PATIENCE_S)
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join(PATIENCE_S)


@pytest.fixture(params=["sqlite", "postgresql"])
def mailing_server(
    request: pytest.FixtureRequest, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A server that sends mail."""
    settings = {"smtp_host": "127.0.0.1", "smtp_port": post_office.port, "smtp_tls": "none", "mail_from": "turnout@example.com"}
    folder = tmp_path_factory.mktemp("mailing")
    if request.param == "sqlite":
        yield from _running(LiveServer(folder, **settings))
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        with postgres.new_database() as url:
            yield from _running(LiveServer(folder, url, **settings))


def _running(live: LiveServer) -> Iterator[LiveServer]:
    live.start()
    try:
        yield live
    finally:
        live.stop()


def test_an_endpoint_that_is_gone_is_disabled_told_and_resumed(mailing_server: LiveServer, post_office: PostOffice) -> None:
    """410 disables it at once: its state, the notice and the mail say why; resumed, it gets what waited."""
    with receiving() as receiver, NativeClient(mailing_server.base_url, new_customer(mailing_server).secrets.api_key) as client:
        receiver.answer = lambda _: Reply(410)
        endpoint = client.create_endpoint(receiver.url, "native", name="CRM", notify="ops@example.com")
        assert client.test_endpoint(endpoint.id).number == 1

        (notice,) = until(lambda: list(client.list_notices()), bool)
        shown = client.get_endpoint(endpoint.id)
        assert (shown.state, shown.disabled_because) == ("disabled", notice.because)
        assert (notice.endpoint.id, notice.endpoint.name, notice.mail_to) == (endpoint.id, "CRM", "ops@example.com")
        assert "410" in notice.last_explanation
        until(lambda: [notice.mail for notice in client.list_notices()], lambda mails: mails == ["sent"])
        (got,) = post_office.received
        assert got.recipients == ("ops@example.com",)

        receiver.answer = lambda _: Reply(200)
        waiting = client.test_endpoint(endpoint.id)
        assert client.resume_endpoint(endpoint.id).state == "active"
        assert list(client.list_notices()) == []
        until(
            lambda: {one.event.number: one.state for one in client.list_deliveries(endpoint=endpoint.id)},
            lambda states: states.get(waiting.number) == "succeeded",
        )
        assert sum(hour.accepted for hour in client.get_endpoint_health(endpoint.id).hours) >= 1
