"""The event log, on both engines: numbers without gaps, and each event planned by exactly one taker."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pytest

from tests.fake_clock import FakeClock
from turnout.kernel.errors import Conflict
from turnout.kernel.events import Event
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.event_log import read_events, stream_head, take_unplanned
from turnout.storage.group_commit import GroupCommit, write
from turnout.storage.transaction import Nudge, Tx


class Fact(msgspec.Struct, frozen=True):
    """What a test's event says."""

    text: str


class Happen(NamedTuple):
    """Record these events, (stream, text) each. Outcome: their numbers."""

    events: tuple[tuple[int, str], ...]


def happen(tx: Tx, commands: Sequence[Happen]) -> Sequence[list[int]]:
    """Records them under the locks of all their streams."""
    tx.lock_streams(stream for command in commands for stream, _ in command.events)
    return [
        [tx.record(stream_id=stream, account_id=9, kind="test.happened", facts=Fact(text), at=tx.now) for stream, text in command.events]
        for command in commands
    ]


HAPPEN = Action("happen", happen)
TAKE = Action("take", lambda tx, commands: [take_unplanned(tx, limit) for limit in commands])


def test_events_are_numbered_within_their_stream(database: Database, clock: FakeClock) -> None:
    """Events of one action on one stream get consecutive numbers; each stream begins with 1; the head tells the last."""
    assert write(database, clock, HAPPEN, Happen(((5, "a"), (6, "b"), (5, "c"), (5, "d")))) == [1, 1, 2, 3]
    assert write(database, clock, HAPPEN, Happen(((5, "e"),))) == [4]
    with database.reading() as connection:
        events = read_events(connection, 5, 1, 2)
        assert events == [
            Event(5, 2, 9, "test.happened", clock.at, b'{"text":"c"}'),  # type: ignore[arg-type]
            Event(5, 3, 9, "test.happened", clock.at, b'{"text":"d"}'),  # type: ignore[arg-type]
        ]
        epoch, last = stream_head(connection, 5)
        assert last == 4
        assert epoch
        assert stream_head(connection, 6) == (stream_head(connection, 6)[0], 1)
        assert stream_head(connection, 6)[0] != epoch
        assert stream_head(connection, 7) == ("", 0)


def test_the_epoch_stays(database: Database, clock: FakeClock) -> None:
    """The epoch of a stream is the same for every event of it."""
    epochs = set()
    for _ in range(3):
        write(database, clock, HAPPEN, Happen(((5, "a"),)))
        with database.reading() as connection:
            epochs.add(stream_head(connection, 5)[0])
    assert len(epochs) == 1


def test_what_is_refused_leaves_no_event(database: Database, clock: FakeClock) -> None:
    """An action that records and then refuses leaves neither an event nor a gap."""

    def refuse(tx: Tx, commands: Sequence[Happen]) -> Sequence[object]:
        happen(tx, commands)
        raise Conflict

    write(database, clock, HAPPEN, Happen(((5, "a"),)))
    with pytest.raises(Conflict):
        write(database, clock, Action("refuse", refuse), Happen(((5, "b"), (6, "b"))))
    assert write(database, clock, HAPPEN, Happen(((5, "c"), (6, "c")))) == [2, 1]


def test_facts_may_be_left_out(database: Database, clock: FakeClock) -> None:
    """Of kinds that are asked for bare, with their numbers all the same; others have theirs."""
    write(database, clock, HAPPEN, Happen(((5, "a"), (5, "b"))))
    with database.reading() as connection:
        assert [(one.number, one.facts) for one in read_events(connection, 5, 0, 10, bare=("test.happened",))] == [(1, b""), (2, b"")]
        assert [one.facts for one in read_events(connection, 5, 0, 10, bare=("other.kind",))] == [b'{"text":"a"}', b'{"text":"b"}']


def test_each_event_is_taken_once(database: Database, clock: FakeClock) -> None:
    """take_unplanned returns every event once, in order within each stream, at most as many as asked for, and then none."""
    write(database, clock, HAPPEN, Happen(tuple((stream, str(number)) for number in range(5) for stream in (5, 6))))
    taken = []
    while events := write(database, clock, TAKE, 3):
        assert len(events) <= 3
        taken += [(event.stream_id, event.number) for event in events]
    assert taken == [(stream, number) for stream in (5, 6) for number in range(1, 6)]


def test_what_a_failed_taker_took_is_taken_again(database: Database, clock: FakeClock) -> None:
    """A taker whose transaction is undone has taken nothing."""

    def take_and_fail(tx: Tx, commands: Sequence[int]) -> Sequence[object]:
        assert take_unplanned(tx, 10)
        raise Conflict

    write(database, clock, HAPPEN, Happen(((5, "a"),)))
    with pytest.raises(Conflict):
        write(database, clock, Action("take_and_fail", take_and_fail), 10)
    assert [event.number for event in write(database, clock, TAKE, 10)] == [1]


async def test_readers_are_nudged(database: Database, clock: FakeClock) -> None:
    """After the commit the stream's readers and the planner are told, once per commit."""
    told: list[frozenset[Nudge]] = []
    commit = GroupCommit(database, clock, told.append)
    await commit.start()
    await asyncio.gather(*(commit.run(HAPPEN, Happen(((stream, "a"),)), lane=0) for stream in (5, 6, 5)))
    assert told == [frozenset({Nudge("stream", 5), Nudge("stream", 6), Nudge("unplanned", 0)})]
    await commit.stop()
