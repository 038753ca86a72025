"""What every test may use: both databases, a clock that stands still, and no network beyond this machine."""

import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests import each other's helpers as tests.…, however pytest was started

from tests import loopback_only
from tests.fake_clock import FakeClock
from tests.postgres_server import PostgresServer, running_server
from tests.schema import make_schema
from turnout.accounts import passwords
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.sqlite import SqliteDatabase

loopback_only.install()
settings.register_profile("turnout", deadline=None)  # a busy machine is no failure; speed is shown in benchmarks/
settings.load_profile("turnout")
# hardly a test is without an account; that the real one is slow enough is shown in suites/accounts/test_login.py
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True, scope="module")
def quiet_logs() -> Iterator[None]:
    """What servers say in passing is not printed among the tests' results; a test of the logs sets them up for itself."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 2026-01-05T08:00:00Z until moved."""
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = SqliteDatabase(path)
    make_schema(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole session; a test that needs it fails when it cannot be started."""
    with running_server() as url:
        server = PostgresServer(url, make_schema)
        yield server
        server.close()


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A fresh SQLite file with the schema."""
    return Path(shutil.copy(sqlite_template, tmp_path / "turnout.db"))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with the schema."""
    with postgres_server.new_database() as url:
        yield url


@pytest.fixture
def sqlite_database(sqlite_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with the schema."""
    database = SqliteDatabase(sqlite_path)
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A fresh PostgreSQL database with the schema."""
    database = PostgresDatabase(postgres_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database with the schema; the test runs once on each engine."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found


@pytest.fixture
async def commit(database: Database, clock: FakeClock) -> AsyncIterator[GroupCommit]:
    """Group commit on the test's database and clock, started, without anybody to nudge."""
    group_commit = GroupCommit(database, clock, lambda nudges: None)
    await group_commit.start()
    yield group_commit
    await group_commit.stop()
