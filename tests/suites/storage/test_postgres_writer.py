"""What PostgreSQL's writers do when the database disturbs them: rerun after a conflict, and exactly once through a lost connection."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.storage.cutting_proxy import Cut, CuttingProxy
from tests.suites.storage.notes import TAKE_NOTES, Note, all_notes, count_of, counters, make_notes
from turnout.kernel.errors import InternalError
from turnout.storage import by_set, postgres
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit, OutcomeUnknown, write
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.transaction import Tx


@pytest.fixture
def database(postgres_database: Database) -> Database:
    """A fresh PostgreSQL database with the tables of the tests."""
    make_notes(postgres_database)
    return postgres_database


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[CuttingProxy]:
    """A line to the test's database that can be cut."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:  # a socket's path must be short
        found = CuttingProxy(Path(folder), sa.make_url(postgres_url))
        yield found
        found.close()


def count(tx: Tx, ids: Sequence[int]) -> Sequence[int]:
    """Adds one to each counter, not by key but as they come."""
    for counter in ids:
        by_set.add_counts(tx, counters, ("id",), ("count",), [(counter, 1)])
    return ids


COUNT = Action("count", count)


async def test_a_deadlock_is_run_again(database: Database, commit: GroupCommit) -> None:
    """Two writers that lock two rows crosswise: PostgreSQL stops one of them, its batch runs again, and both commands count once."""
    await asyncio.gather(commit.run(COUNT, 1, lane=0), commit.run(COUNT, 2, lane=0))
    both_hold_one = threading.Barrier(2)
    runs: list[tuple[int, int]] = []

    def cross(tx: Tx, commands: Sequence[tuple[int, int]]) -> Sequence[None]:
        (first, second) = commands[0]
        runs.append((first, second))
        count(tx, [first])
        if len(runs) <= 2:
            both_hold_one.wait(10)
        count(tx, [second])
        return [None]

    action = Action("cross", cross)
    await asyncio.gather(commit.run(action, (1, 2), lane=0), commit.run(action, (2, 1), lane=1))
    assert len(runs) == 3
    assert (count_of(database, 1), count_of(database, 2)) == (3, 3)


async def test_a_deadlock_is_nobodys_poison(database: Database, commit: GroupCommit) -> None:
    """A deadlock inside the careful rerun, savepoint by savepoint, is not blamed on the command that met it."""
    both_hold_one = threading.Barrier(2)
    careful_runs = [0]

    def cross(tx: Tx, commands: Sequence[tuple[int, int]]) -> Sequence[None]:
        if len(commands) > 1:
            raise ZeroDivisionError("into the careful path")
        first, second = commands[0]
        if first == second:
            raise ZeroDivisionError("poison")
        count(tx, [first])
        careful_runs[0] += 1
        if careful_runs[0] <= 2:
            both_hold_one.wait(10)
        count(tx, [second])
        return [None]

    action = Action("cross", cross)
    outcomes = await asyncio.gather(
        commit.run(action, (5, 5), lane=0),
        commit.run(action, (1, 2), lane=0),
        commit.run(action, (5, 5), lane=1),
        commit.run(action, (2, 1), lane=1),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [InternalError, type(None), InternalError, type(None)]
    assert (count_of(database, 1), count_of(database, 2), count_of(database, 5)) == (2, 2, 0)
    assert careful_runs[0] >= 3


async def test_a_serialization_failure_is_run_again(database: Database, commit: GroupCommit) -> None:
    """An SQLSTATE 40001 of any statement means the same batch again; nobody hears of it."""
    runs: list[int] = []

    def fail_twice(tx: Tx, ids: Sequence[int]) -> Sequence[int]:
        runs.append(len(ids))
        outcomes = count(tx, ids)
        if len(runs) <= 2:
            tx.connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'try again' USING ERRCODE = 'serialization_failure'; END $$")
        return outcomes

    action = Action("fail_twice", fail_twice)
    assert await asyncio.gather(*(commit.run(action, counter, lane=0) for counter in (7, 8))) == [7, 8]
    assert runs == [2, 2, 2]
    assert (count_of(database, 7), count_of(database, 8)) == (1, 1)


async def test_a_serialization_failure_at_commit_is_run_again(database: Database, commit: GroupCommit, postgres_url: str) -> None:
    """The same when it is COMMIT itself that fails, as on databases that find conflicts only then."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF nextval('tries') = 1 THEN RAISE EXCEPTION 'try again' USING ERRCODE = 'serialization_failure'; END IF;
              RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER fail_first AFTER INSERT ON counters DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW EXECUTE FUNCTION fail_first();
            """
        )
    assert await commit.run(COUNT, 9, lane=0) == 9
    assert count_of(database, 9) == 1
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT last_value FROM tries").fetchone() == (2,)


async def test_a_connection_lost_before_commit_is_made_anew(database: Database, commit: GroupCommit, postgres_url: str) -> None:
    """The server ends the writer's connection in the middle of a batch: the batch runs again on a new one, and counts once."""
    runs: list[int] = []

    def lose_once(tx: Tx, ids: Sequence[int]) -> Sequence[int]:
        outcomes = count(tx, ids)
        runs.append(len(ids))
        if len(runs) == 1:
            own = tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (own,))
        return count(tx, ids) and outcomes

    assert await commit.run(Action("lose_once", lose_once), 3, lane=0) == 3
    assert len(runs) == 2
    assert count_of(database, 3) == 2


async def test_an_idle_connection_that_was_ended_is_made_anew(database: Database, commit: GroupCommit, postgres_url: str) -> None:
    """Between two batches the server ends the writer's connection, as at a restart: the next command does not notice."""
    await commit.run(COUNT, 4, lane=0)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await commit.run(COUNT, 4, lane=0)
    assert count_of(database, 4) == 2
    assert await database.read(lambda connection: connection.execute(sa.select(counters.c.count)).scalar_one()) == 2


@pytest.mark.parametrize("cut", ["before", "after", "silent"])
async def test_a_connection_lost_at_commit_counts_once(
    database: Database, proxy: CuttingProxy, clock: FakeClock, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is cut just as COMMIT passes: whether the server got it or not, the batch is acknowledged once and counted once."""
    monkeypatch.setattr(postgres, "_SET_UP_WRITER", "SET idle_in_transaction_session_timeout = '1s'")
    through = PostgresDatabase(proxy.url, writers=1)
    commit = GroupCommit(through, clock, lambda nudges: None)
    await commit.start()
    await commit.run(COUNT, 1, lane=0)
    runs: list[int] = []
    counted = Action("counted", lambda tx, ids: [*map(runs.append, ids)] and count(tx, ids))
    for round_number in range(2):
        proxy.arm(cut)
        outcomes = await asyncio.gather(*(commit.run(counted, counter, lane=0) for counter in (1, 2, 3)))
        assert outcomes == [1, 2, 3]
        assert proxy.cuts == round_number + 1
    await commit.run(COUNT, 1, lane=0)
    assert [count_of(database, counter) for counter in (1, 2, 3)] == [4, 2, 2]
    assert len(runs) == (6 if cut == "after" else 12)
    await commit.stop()
    through.close()


async def test_a_lost_reservation_of_ids_gives_none_twice(database: Database, proxy: CuttingProxy, clock: FakeClock) -> None:
    """The line is cut at the commit that reserves ids: they are reserved again, and no id is given out twice."""
    through = PostgresDatabase(proxy.url, writers=1)
    take = Action("take", lambda tx, commands: [tx.new_id() for _ in commands])
    given = []
    for cut in ("before", "after"):
        commit = GroupCommit(through, clock, lambda nudges: None)
        await commit.start()
        given.append(await commit.run(take, None, lane=0))
        ids = commit._writers[0]._batch_writer._ids
        ids.take_many(ids._end - ids._next)  # all that are left, so that the next COMMIT is that of a reservation
        proxy.arm(cut)
        given.append(await commit.run(take, None, lane=0))
        given.append(write(database, clock, take, None))
        await commit.stop()
    assert proxy.cuts == 2
    assert len(set(given)) == 6
    through.close()


async def test_a_database_that_stays_away_is_told_as_unknown(
    proxy: CuttingProxy, postgres_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nobody can tell whether the commit stands and the server has to stop, the command's outcome is unknown: neither yes nor no."""
    monkeypatch.setattr("turnout.storage.group_commit.STOP_PATIENCE_S", 0.2)
    direct = PostgresDatabase(postgres_url)
    make_notes(direct)
    through = PostgresDatabase(proxy.url, writers=1)
    commit = GroupCommit(through, clock, lambda nudges: None)
    await commit.start()
    await commit.run(TAKE_NOTES, Note(0, 1), lane=0)
    proxy.arm("after")
    closing = Action("close the line", lambda tx, commands: proxy.refuse() or TAKE_NOTES.run(tx, commands))
    waiting = asyncio.ensure_future(commit.run(closing, Note(0, 2), lane=0))
    await asyncio.sleep(0.2)
    await commit.stop()
    with pytest.raises(OutcomeUnknown):
        await waiting
    assert [number for _, number, _ in all_notes(direct)] == [1, 2]
    through.close()
    direct.close()


async def test_a_stopped_writer_leaves_no_mark(database: Database, commit: GroupCommit, postgres_url: str) -> None:
    """Marks are for writers that live: a clean stop takes them away."""
    await asyncio.gather(*(commit.run(COUNT, lane, lane=lane) for lane in range(4)))
    marks = sa.select(sa.func.count()).select_from(postgres.writer_marks)
    assert await database.read(lambda connection: connection.execute(marks).scalar_one()) == 2
    await commit.stop()
    assert await database.read(lambda connection: connection.execute(marks).scalar_one()) == 0
