"""Reading and writing, on both engines: readers see one snapshot, write nothing and wait for nobody; what is committed stays."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.storage.notes import TAKE_NOTES, Note, all_notes, notes
from turnout.storage import sqlite
from turnout.storage.database import Database
from turnout.storage.group_commit import write
from turnout.storage.sqlite import SqliteDatabase


@pytest.mark.usefixtures("notes")
def test_a_reader_sees_one_snapshot(database: Database, clock: FakeClock) -> None:
    """What is committed while a reader reads, it does not see; and the writer did not wait for it."""
    with database.reading() as connection:
        count = sa.select(sa.func.count()).select_from(notes)
        assert connection.execute(count).scalar_one() == 0
        write(database, clock, TAKE_NOTES, Note(1, 1))
        assert connection.execute(count).scalar_one() == 0
    assert len(all_notes(database)) == 1


@pytest.mark.usefixtures("notes")
def test_a_reader_cannot_write(database: Database) -> None:
    """A query that tries to write fails."""
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), database.reading() as connection:
        connection.execute(sa.insert(notes).values(lane=1, number=1))
    assert all_notes(database) == []


@pytest.mark.usefixtures("notes")
def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    """A read during an open write transaction is answered, from what was committed."""
    owner = database.writing(0)
    owner.begin().execute(sa.insert(notes).values(lane=1, number=1))
    assert all_notes(database) == []
    owner.commit()
    assert all_notes(database) == [(1, 1, None)]
    owner.close()


async def test_reads_run_beside_each_other(database: Database) -> None:
    """`read` runs queries on threads of its own: one that waits for another can, and the loop goes on."""
    meeting = threading.Barrier(2)
    queries = [database.read(lambda connection: connection.execute(sa.select(1)).scalar_one() + meeting.wait(10) * 0) for _ in range(2)]
    assert await asyncio.gather(*queries) == [1, 1]


async def test_a_failing_query_raises_at_the_caller(database: Database) -> None:
    """What a query raises, `read` raises."""

    def fail(_connection: sa.Connection) -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        await database.read(fail)


def test_what_is_rolled_back_is_gone(database: Database) -> None:
    """A write connection goes on after a rollback, and a rollback without a transaction does nothing."""
    owner = database.writing(0)
    notes.metadata.create_all(owner.begin())
    owner.commit()
    owner.rollback()
    owner.begin().execute(sa.insert(notes).values(lane=1, number=1))
    owner.rollback()
    owner.begin().execute(sa.insert(notes).values(lane=1, number=2))
    owner.commit()
    owner.close()
    assert all_notes(database) == [(1, 2, None)]


def test_sqlite_is_durable(sqlite_path: Path, sqlite_database: Database) -> None:
    """The writer works with a write-ahead log that is synchronised at every commit, and with foreign keys checked."""
    owner = sqlite_database.writing(0)
    connection = owner.begin()
    found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    owner.close()


def test_sqlite_waits_for_another_process(sqlite_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another process holds longer than SQLite's own patience is waited for all the same."""
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout=50", *sqlite._PRAGMAS[1:]))
    monkeypatch.setattr("turnout.storage.batch.MAX_RERUNS", 0)  # waiting is no failure that uses up reruns
    database = SqliteDatabase(sqlite_path)
    notes.metadata.create_all(database._write_engine)
    hold = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(sqlite_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "locked\n"
        writing = threading.Thread(target=write, args=(database, clock, TAKE_NOTES, Note(1, 1)))
        writing.start()
        time.sleep(0.5)
        assert writing.is_alive()
        assert all_notes(database) == []
        other.stdin.write("go on\n")
        other.stdin.close()
        writing.join(10)
        assert not writing.is_alive()
    assert len(all_notes(database)) == 1
    database.close()


def test_sqlite_file_that_is_no_database(tmp_path: Path) -> None:
    """A file that is something else is an error at once, and stays as it was."""
    path = tmp_path / "turnout.db"
    path.write_bytes(b"my thesis" * 1000)
    database = SqliteDatabase(path)
    with pytest.raises((sa.exc.DatabaseError, sqlite3.DatabaseError)):
        database.migrate()
    database.close()
    assert path.read_bytes() == b"my thesis" * 1000
