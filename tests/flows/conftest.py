"""A whole server for each module and database, and a fresh customer for each test."""

from collections.abc import Iterator

import pytest

from tests.flows.live import Customer, LiveServer, new_customer
from tests.harness.message_schemas import check_messages
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def live_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server; the tests of a module share it, each with customers of its own."""
    folder = tmp_path_factory.mktemp("server")
    if request.param == "sqlite":
        yield from _running(LiveServer(folder))
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        with postgres.new_database() as url:
            yield from _running(LiveServer(folder, url))


def _running(live: LiveServer) -> Iterator[LiveServer]:
    live.start()
    try:
        yield live
    finally:
        live.stop()


@pytest.fixture
def customer(live_server: LiveServer) -> Iterator[Customer]:
    """An account that nothing has happened to; its sockets are closed afterwards, and all they were sent is as docs/asyncapi.json says."""
    made = new_customer(live_server)
    yield made
    for viewer in made.sockets:
        viewer.close()
    for viewer in made.sockets:
        check_messages(viewer.seen)
