"""A hall on both databases, and on PostgreSQL alone where two writers are what matters."""

from collections.abc import Iterator

import pytest

from tests.fake_clock import FakeClock
from tests.suites.domains.test_statements import count as count
from tests.suites.draws.hall import Hall
from turnout.storage.database import Database


@pytest.fixture
def hall(database: Database, clock: FakeClock) -> Iterator[Hall]:
    """A room with a running live session."""
    made = Hall(database, clock)
    yield made
    made.close()


@pytest.fixture
def postgres_hall(postgres_database: Database, clock: FakeClock) -> Iterator[Hall]:
    """The same on PostgreSQL."""
    made = Hall(postgres_database, clock)
    yield made
    made.close()
