"""Fixtures of the crash tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.receiver import Receiver, receiving
from tests.harness.server import Installation, fresh_installation


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation without anything in it; the test runs once on each engine."""
    with fresh_installation(request, request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture
def sqlite_installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation on SQLite, without anything in it."""
    with fresh_installation(request, "sqlite", tmp_path) as fresh:
        yield fresh


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A customer's receiver of callbacks."""
    with receiving() as listening:
        yield listening
