"""Many writers and two planners on one event log: numbers without gaps, each event planned once (PostgreSQL).

The first test is the negative control: planners that read and then delete, without locks, plan events twice.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.event_log import read_events, stream_head, take_unplanned, unplanned
from turnout.storage.group_commit import write
from turnout.storage.id_blocks import IdSource
from turnout.storage.transaction import Tx

STREAMS = (5, 6, 7)
EVENTS_PER_WRITER = 60


class Fact(msgspec.Struct):
    """Which of its writer's events it is."""

    writer: int
    place: int


class Hand(threading.Thread):
    """A thread whose failure fails the test."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Works."""
        try:
            self._work()
        except BaseException as failure:  # noqa: BLE001 - finish() raises it again
            self.failure = failure

    def finish(self) -> None:
        """Waits for the end and raises what went wrong."""
        self.join(60)
        assert not self.is_alive()
        if self.failure is not None:
            raise self.failure


def record_many(database: Database, writer: int) -> None:
    """Records events on random streams, several in one transaction, some transactions undone."""
    choose = random.Random(writer)  # noqa: S311 - the same hands every time
    owner = database.writing(writer)
    place = 0
    while place < EVENTS_PER_WRITER:
        tx = Tx(owner.begin(), "postgresql", 1, IdSource())
        streams = choose.choices(STREAMS, k=choose.randint(1, 3))
        tx.lock_streams(streams)
        for number, stream_id in enumerate(streams):
            tx.record(stream_id=stream_id, account_id=1, kind="test.happened", facts=Fact(writer, place + number), at=1)
        tx.flush()
        if choose.random() < 0.2:
            owner.rollback()
        else:
            owner.commit()
            place += len(streams)
    owner.close()


def test_planners_without_locks_plan_twice(postgres_database: Database) -> None:
    """Negative control: two planners that read before either has deleted both get the event."""
    record = Action("record", lambda tx, n: [tx.record(stream_id=5, account_id=1, kind="t.t", facts=Fact(0, 0), at=1) for _ in n])
    write(postgres_database, FakeClock(), record, None)
    both_have_read = threading.Barrier(2)
    planned: list[int] = []

    def plan(number: int) -> None:
        owner = postgres_database.writing(number)
        connection = owner.begin()
        found = [row.number for row in connection.execute(sa.select(unplanned.c.number))]
        both_have_read.wait(10)
        connection.execute(sa.delete(unplanned).where(unplanned.c.number.in_(found)))
        planned.extend(found)
        owner.commit()
        owner.close()

    hands = [Hand(lambda number=number: plan(number)) for number in range(2)]  # type: ignore[misc]
    for hand in hands:
        hand.finish()
    assert planned == [1, 1]


def test_many_writers_one_reader_two_planners(postgres_database: Database) -> None:
    """Four writers record, two planners take (and sometimes give up), a reader follows each stream, all at once: the reader sees every
    number in turn, the planners together get each event exactly once."""
    writing_over = threading.Event()
    planned: list[Counter[tuple[int, int]]] = [Counter(), Counter()]
    followed: dict[int, list[int]] = {stream_id: [] for stream_id in STREAMS}

    def plan(number: int) -> None:
        choose = random.Random(100 + number)  # noqa: S311 - as above
        owner = postgres_database.writing(number)
        while True:
            over = writing_over.is_set()
            taken = take_unplanned(Tx(owner.begin(), "postgresql", 1, IdSource()), choose.randint(1, 10))
            if choose.random() < 0.2:
                owner.rollback()
                continue
            owner.commit()
            planned[number].update((event.stream_id, event.number) for event in taken)
            if over and not taken:
                break
        owner.close()

    def follow() -> None:
        while True:
            over = writing_over.is_set()
            for stream_id, numbers in followed.items():
                with postgres_database.reading() as connection:
                    numbers += [event.number for event in read_events(connection, stream_id, len(numbers), 7)]
                    _, head = stream_head(connection, stream_id)
                assert numbers == list(range(1, len(numbers) + 1))
            if over and head == len(numbers):
                break

    readers = [Hand(follow), Hand(lambda: plan(0)), Hand(lambda: plan(1))]
    writers = [Hand(lambda number=number: record_many(postgres_database, number)) for number in range(4)]  # type: ignore[misc]
    for hand in writers:
        hand.finish()
    writing_over.set()
    for hand in readers:
        hand.finish()
    heads = {}
    with postgres_database.reading() as connection:
        for stream_id in STREAMS:
            heads[stream_id] = stream_head(connection, stream_id)[1]
            events = read_events(connection, stream_id, 0, 10_000)
            assert [event.number for event in events] == list(range(1, heads[stream_id] + 1))
    assert sum(heads.values()) >= 4 * EVENTS_PER_WRITER
    assert planned[0] + planned[1] == Counter((stream, number) for stream, head in heads.items() for number in range(1, head + 1))
    assert planned[0]
    assert planned[1]


def test_a_stream_is_planned_in_order(postgres_database: Database) -> None:
    """While one planner holds an event of a stream, another leaves that stream's later events alone, and takes what else there is."""
    record = Action("record", lambda tx, ids: [tx.record(stream_id=s, account_id=1, kind="t.t", facts=Fact(0, 0), at=1) for s in ids])
    clock = FakeClock()
    write(postgres_database, clock, record, 5)
    first, second = postgres_database.writing(0), postgres_database.writing(1)
    held = take_unplanned(Tx(first.begin(), "postgresql", 1, IdSource()), 10)
    assert [(event.stream_id, event.number) for event in held] == [(5, 1)]
    write(postgres_database, clock, record, 5)
    write(postgres_database, clock, record, 6)
    others = take_unplanned(Tx(second.begin(), "postgresql", 1, IdSource()), 10)
    assert [(event.stream_id, event.number) for event in others] == [(6, 1)]
    second.commit()
    first.commit()
    rest = take_unplanned(Tx(second.begin(), "postgresql", 1, IdSource()), 10)
    assert [(event.stream_id, event.number) for event in rest] == [(5, 2)]
    first.close()
    second.close()
