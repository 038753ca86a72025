"""A room with a running live session on both databases."""

from collections.abc import Iterator

import pytest

from tests.fake_clock import FakeClock
from tests.suites.audience.stage import Stage
from turnout.storage.database import Database


@pytest.fixture
def stage(database: Database, clock: FakeClock) -> Iterator[Stage]:
    """A room with a running live session."""
    made = Stage(database, clock)
    yield made
    made.close()
