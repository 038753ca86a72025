"""A show on both databases, and on PostgreSQL alone where two writers are what matters."""

from collections.abc import Iterator

import pytest

from tests.fake_clock import FakeClock
from tests.suites.domains.show import Show
from turnout.storage.database import Database


@pytest.fixture
def show(database: Database, clock: FakeClock) -> Iterator[Show]:
    """A room with a running live session."""
    made = Show(database, clock)
    yield made
    made.close()


@pytest.fixture
def postgres_show(postgres_database: Database, clock: FakeClock) -> Iterator[Show]:
    """The same on PostgreSQL."""
    made = Show(postgres_database, clock)
    yield made
    made.close()
