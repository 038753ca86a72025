"""Why there is no global cursor (PostgreSQL): numbers are given out before they are visible.

The first test is the negative control: a log numbered by a sequence, read by whoever remembers the last number seen, skips an event when
two writers commit in another order than they began. The others make the same happen to our event log, whose readers skip nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psycopg

from turnout.storage.database import Database, WriteConnection
from turnout.storage.event_log import read_events, take_unplanned
from turnout.storage.id_blocks import IdSource
from turnout.storage.transaction import Tx

SLOW_STREAM, QUICK_STREAM = 5, 6


class Fact(msgspec.Struct):
    """An event without further facts."""


@contextmanager
def writer(database: Database, number: int) -> Iterator[WriteConnection]:
    """A writer's connection."""
    owner = database.writing(number)
    yield owner
    owner.close()


def begin(owner: WriteConnection) -> Tx:
    """A transaction on it."""
    return Tx(owner.begin(), "postgresql", 1, IdSource())


def record(tx: Tx, stream_id: int) -> int:
    """Records an event, inserted but not committed."""
    number = tx.record(stream_id=stream_id, account_id=1, kind="test.happened", facts=Fact(), at=1)
    tx.flush()
    return number


def read_numbers(database: Database, stream_id: int, after: int) -> list[int]:
    """The numbers of the events that a reader of this stream finds."""
    with database.reading() as connection:
        return [event.number for event in read_events(connection, stream_id, after, 100)]


def take(database: Database) -> list[tuple[int, int]]:
    """What a planner finds and takes."""
    with writer(database, 1) as owner:
        events = take_unplanned(begin(owner), 100)
        owner.commit()
        return [(event.stream_id, event.number) for event in events]


def test_a_global_cursor_skips_an_event(postgres_url: str) -> None:
    """Negative control: the slow writer's event has the lower number and becomes visible later, when the cursor has passed it."""
    with (
        psycopg.connect(postgres_url) as slow,
        psycopg.connect(postgres_url) as quick,
        psycopg.connect(postgres_url, autocommit=True) as reader,
    ):
        reader.execute("CREATE TABLE log (position bigserial PRIMARY KEY, fact text)")
        cursor, seen = 0, []

        def read_on() -> None:
            nonlocal cursor
            for position, fact in reader.execute("SELECT position, fact FROM log WHERE position > %s ORDER BY position", (cursor,)):
                cursor = position
                seen.append(fact)

        slow.execute("INSERT INTO log (fact) VALUES ('slow')")
        quick.execute("INSERT INTO log (fact) VALUES ('quick')")
        quick.commit()
        read_on()
        slow.commit()
        read_on()
        assert seen == ["quick"]
        assert reader.execute("SELECT fact FROM log ORDER BY position").fetchall() == [("slow",), ("quick",)]


def test_the_readers_of_streams_skip_nothing(postgres_database: Database) -> None:
    """The same with our log: each stream has its own cursor, and the planner finds rows, not positions."""
    with writer(postgres_database, 0) as slow, writer(postgres_database, 1) as quick:
        assert record(begin(slow), SLOW_STREAM) == 1
        assert record(begin(quick), QUICK_STREAM) == 1
        quick.commit()
        assert read_numbers(postgres_database, QUICK_STREAM, 0) == [1]
        assert read_numbers(postgres_database, SLOW_STREAM, 0) == []
        assert take(postgres_database) == [(QUICK_STREAM, 1)]
        slow.commit()
        assert read_numbers(postgres_database, SLOW_STREAM, 0) == [1]
        assert take(postgres_database) == [(SLOW_STREAM, 1)]


def test_writers_of_one_stream_wait_for_each_other(postgres_database: Database) -> None:
    """Within one stream numbers commit in order: the second writer gets its number only when the first has committed."""
    with writer(postgres_database, 0) as first, writer(postgres_database, 1) as second:
        assert record(begin(first), SLOW_STREAM) == 1
        first.commit()
        assert record(begin(first), SLOW_STREAM) == 2
        numbered: list[int] = []

        def record_second() -> None:
            numbered.append(record(begin(second), SLOW_STREAM))
            second.commit()

        waiting = threading.Thread(target=record_second)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert numbered == []
        first.commit()
        waiting.join(10)
        assert numbered == [3]
        assert read_numbers(postgres_database, SLOW_STREAM, 0) == [1, 2, 3]


def test_a_writer_that_gives_up_leaves_no_gap(postgres_database: Database) -> None:
    """A number taken by a transaction that was undone is taken by the next one: a sequence would leave a gap here."""
    with writer(postgres_database, 0) as first, writer(postgres_database, 1) as second:
        assert record(begin(first), SLOW_STREAM) == 1
        first.rollback()
        assert record(begin(second), SLOW_STREAM) == 1
        second.commit()
        assert read_numbers(postgres_database, SLOW_STREAM, 0) == [1]
