"""A running server with one customer, on both databases."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fake_clock import FakeClock
from tests.harness.oidc_provider import Provider, providing
from tests.suites.server.harness import Customer, Served, create_customer, serving
from turnout.accounts import audit_api, member_api
from turnout.config import Config
from turnout.kernel.clock import SECOND
from turnout.storage.database import Database


@pytest.fixture
async def served(database: Database, clock: FakeClock) -> AsyncIterator[Served]:
    """A server that believes this machine's forwarding headers, so that a test can come from many addresses."""
    handlers = [*member_api.ROUTES, *audit_api.ROUTES]
    async with serving(database, clock, Config(trusted_proxies=("127.0.0.1/32",)), handlers=handlers) as running:
        yield running


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account on that server."""
    return await create_customer(served.runtime.commit)


@pytest.fixture
def provider(clock: FakeClock) -> Iterator[Provider]:
    """Truthful until told otherwise; its time is that of the test."""
    with providing(lambda: clock.now() / SECOND) as found:
        yield found
