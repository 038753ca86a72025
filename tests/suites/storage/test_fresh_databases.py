"""A database of the PostgreSQL that tests share is as fresh for each of them, whatever the one before did to it, or left running in it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.postgres_server import PostgresServer
from tests.schema import make_schema

_ROW = "INSERT INTO writer_marks (writer, batch) VALUES ('left behind', 1)"
_COUNT = "SELECT count(*) FROM writer_marks"

LEFT_BEHIND = {
    "rows": _ROW,
    "rows that were deleted": f"{_ROW}; DELETE FROM writer_marks",
    "a table": "CREATE TABLE left_behind (id bigint PRIMARY KEY)",
}
"""What is taken away, so that the database serves again."""

CHANGED = {
    "a column": "ALTER TABLE writer_marks ADD COLUMN left_behind text",
    "a column that is missing": "ALTER TABLE writer_marks DROP COLUMN batch CASCADE",
    "a default": "ALTER TABLE writer_marks ALTER COLUMN batch SET DEFAULT 4",
    "a check": "ALTER TABLE writer_marks ADD CONSTRAINT left_behind CHECK (batch > 0)",
    "an index": "CREATE INDEX left_behind ON writer_marks (batch)",
    "a trigger": "CREATE FUNCTION left_behind() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    " CREATE TRIGGER left_behind BEFORE INSERT ON writer_marks FOR EACH ROW EXECUTE FUNCTION left_behind()",
    "a view": "CREATE VIEW left_behind AS SELECT 1 AS one",
    "a sequence": "CREATE SEQUENCE left_behind",
    "a schema": "CREATE SCHEMA left_behind",
    "a setting": "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    "another table missing": "DROP TABLE writer_marks",
    "another revision": "UPDATE alembic_version SET version_num = 'left behind'",
    "statistics": f"{_ROW}; ANALYZE writer_marks",
}
"""What makes it another database: the next test gets a new one."""


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """Gives out databases that other tests have not had."""
    made = PostgresServer(postgres_server.url_of("postgres"), make_schema)
    yield made
    made.close()


def leave(server: PostgresServer, work: Callable[[psycopg.Connection], object]) -> str:
    """Does the work in a database of the server's and gives the database back. Its URL."""
    with server.new_database() as url, psycopg.connect(url, autocommit=True) as connection:
        work(connection)
    return url


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_what_was_left_behind_is_gone(server: PostgresServer, what: str) -> None:
    """The same database serves again, without a row, a page of a file or a table more than at first."""
    url = leave(server, lambda connection: connection.execute(LEFT_BEHIND[what]))
    with server.new_database() as again, psycopg.connect(again) as connection:
        assert again == url
        assert connection.execute(_COUNT).fetchone() == (0,)
        assert connection.execute("SELECT pg_relation_size('writer_marks')").fetchone() == (0,)
        assert connection.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_database_is_given_to_nobody(server: PostgresServer, what: str) -> None:
    """The next test gets a new one, and the old one is dropped."""
    url = leave(server, lambda connection: connection.execute(CHANGED[what]))
    with server.new_database() as other, psycopg.connect(other) as connection:
        assert other != url
        assert connection.execute(_COUNT).fetchone() == (0,)
        assert (
            connection.execute("SELECT datname FROM pg_database WHERE datname = %s", (url.rpartition("/")[2].partition("?")[0],)).fetchone()
            is None
        )


def test_what_still_runs_is_ended(server: PostgresServer) -> None:
    """A connection with an open transaction and a lock does not reach the next test."""
    with server.new_database() as url:
        left = psycopg.connect(url)
        left.execute(_ROW)
        left.execute("LOCK TABLE writer_marks")
    with server.new_database() as again, psycopg.connect(again) as connection:
        assert connection.execute(_COUNT).fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    left.close()


def test_a_test_that_fails_spoils_nothing(server: PostgresServer) -> None:
    """Its database is dropped."""
    with pytest.raises(RuntimeError), server.new_database() as url:
        raise RuntimeError
    with server.new_database() as other:
        assert other != url


def test_two_at_once_have_two(server: PostgresServer) -> None:
    """A database belongs to one test at a time."""
    with server.new_database() as one, server.new_database() as two, server.new_database(empty=True) as three:
        assert len({one, two, three}) == 3
