"""A command that breaks things breaks only itself, on both engines; ids are never given out twice."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.storage.notes import TAKE_NOTES, Note, NoteTaken, all_notes, notes
from turnout.kernel.errors import InternalError, TurnoutError
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.database import Database
from turnout.storage.event_log import read_events, stream_head
from turnout.storage.group_commit import GroupCommit, write
from turnout.storage.transaction import Nudge, Tx

pytestmark = pytest.mark.usefixtures("notes")

POISON = 13


class Fact(msgspec.Struct):
    """The facts of a test's event."""

    number: int


def write_then_break(tx: Tx, commands: Sequence[Note]) -> Sequence[int | TurnoutError]:
    """Takes notes, records an event and a nudge for each, and breaks on the poisonous number after all that."""
    outcomes = TAKE_NOTES.run(tx, commands)
    for command in commands:
        tx.record(stream_id=command.lane, account_id=1, kind="note.taken", facts=Fact(command.number), at=tx.now)
        tx.nudge("note", command.number)
    if any(command.number == POISON for command in commands):
        raise ZeroDivisionError("poison")
    return outcomes


def break_in_the_database(tx: Tx, commands: Sequence[Note]) -> Sequence[int | TurnoutError]:
    """Inserts plainly: a number that is taken is an error of the database, not a refusal."""
    for command in commands:
        tx.connection.execute(sa.insert(notes).values(lane=command.lane, number=command.number))
    return [command.number for command in commands]


def refuse_by_raising(tx: Tx, commands: Sequence[Note]) -> Sequence[int]:
    """Writes, then raises a refusal, as an action over one command may."""
    TAKE_NOTES.run(tx, commands)
    raise NoteTaken


WRITE_THEN_BREAK = Action("write_then_break", write_then_break)
BREAK_IN_THE_DATABASE = Action("break_in_the_database", break_in_the_database)


@pytest.mark.parametrize("action", [WRITE_THEN_BREAK, Action("barrier", write_then_break, barrier=True)], ids=["ordinary", "barrier"])
async def test_only_the_culprit_fails(database: Database, commit: GroupCommit, action: Action[Note, int]) -> None:
    """One command of many breaks its action: it alone gets the error, and nothing of it stays: no row, no event, no number of an event."""
    numbers = [11, 12, POISON, 14, 15]
    others = [commit.run(TAKE_NOTES, Note(4, number), lane=4) for number in range(3)]
    outcomes = await asyncio.gather(*(commit.run(action, Note(2, number), lane=2) for number in numbers), *others, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, int, InternalError, int, int, int, int, int]
    assert [number for lane, number, _ in all_notes(database) if lane == 2] == [11, 12, 14, 15]
    with database.reading() as connection:
        events = read_events(connection, 2, 0, 100)
        assert stream_head(connection, 2)[1] == 4
    assert [(event.number, msgspec.json.decode(event.facts, type=Fact).number) for event in events] == [(1, 11), (2, 12), (3, 14), (4, 15)]


async def test_an_error_of_the_database_is_contained(database: Database, commit: GroupCommit) -> None:
    """A statement that fails inside one command leaves the transaction usable for the others."""
    await commit.run(BREAK_IN_THE_DATABASE, Note(2, 2), lane=2)
    outcomes = await asyncio.gather(*(commit.run(BREAK_IN_THE_DATABASE, Note(2, n), lane=2) for n in (1, 2, 3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, InternalError, int]
    assert [number for _, number, _ in all_notes(database)] == [1, 2, 3]


async def test_a_raised_refusal_is_a_refusal(database: Database, commit: GroupCommit) -> None:
    """An action over one command may raise its refusal: the caller gets that, and what the action had written is undone; alone in its
    batch, as a barrier among others, and among its like."""
    ordinary = Action("refuse", refuse_by_raising)
    barrier = Action("refuse at a barrier", refuse_by_raising, barrier=True)
    with pytest.raises(NoteTaken):
        await commit.run(ordinary, Note(2, 1), lane=2)
    sent = [commit.run(action, Note(2, 1), lane=2) for action in (ordinary, ordinary, barrier, barrier)]
    outcomes = await asyncio.gather(commit.run(TAKE_NOTES, Note(2, 7), lane=2), *sent, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, NoteTaken, NoteTaken, NoteTaken, NoteTaken]
    assert all_notes(database) == [(2, 7, None)]


async def test_a_refused_barrier_costs_nobody_a_rerun(commit: GroupCommit) -> None:
    """A host's refused command does not make the batch of everybody else run again."""
    runs: list[int] = []
    count = Action("count", lambda tx, commands: [runs.append(1) for _ in commands])
    barrier = Action("refuse at a barrier", refuse_by_raising, barrier=True)
    await asyncio.gather(
        commit.run(count, None, lane=2), commit.run(barrier, Note(2, 1), lane=2), commit.run(count, None, lane=2), return_exceptions=True
    )
    assert len(runs) == 2


async def test_too_few_outcomes_are_an_error(database: Database, commit: GroupCommit) -> None:
    """An action that loses an outcome fails as a whole: nobody gets somebody else's."""
    losing = Action("losing", lambda tx, commands: TAKE_NOTES.run(tx, commands)[1:])
    outcomes = await asyncio.gather(*(commit.run(losing, Note(2, n), lane=2) for n in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [InternalError] * 3
    assert all_notes(database) == []


async def test_nudges_of_the_culprit_are_not_sent(database: Database, clock: FakeClock) -> None:
    """Only what was committed is nudged."""
    told: list[Nudge] = []
    commit = GroupCommit(database, clock, told.extend)
    await commit.start()
    await asyncio.gather(*(commit.run(WRITE_THEN_BREAK, Note(2, n), lane=2) for n in (12, POISON)), return_exceptions=True)
    assert Nudge("note", 12) in told
    assert Nudge("note", POISON) not in told
    await commit.stop()


async def test_an_id_is_never_given_out_twice(database: Database, commit: GroupCommit) -> None:
    """Ids taken in a transaction that was undone are not given to anybody else, neither by this writer nor by another process."""
    given: list[int] = []

    def take(tx: Tx, commands: Sequence[bool]) -> Sequence[int]:
        given.extend(tx.new_id() for _ in commands)
        given.extend(tx.new_ids(3))
        if any(commands):
            raise ZeroDivisionError("poison")
        return list(commands)

    action = Action("take", take)
    for _ in range(3):
        await asyncio.gather(*(commit.run(action, poison, lane=2) for poison in (False, True, False)), return_exceptions=True)
        write(database, FakeClock(), action, False)
    assert len(given) > 3 * (6 + 4 + 4 + 4 + 4)
    assert len(set(given)) == len(given)
    assert min(given) > 0


async def test_a_batch_may_need_more_ids_than_a_block(database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the reserved ids do not last, the batch runs again with a larger block, and still all ids differ."""
    monkeypatch.setattr(BatchWriter.__init__, "__defaults__", (lambda: True, 4))
    commit = GroupCommit(database, clock, lambda nudges: None)
    await commit.start()
    one = Action("one", lambda tx, commands: [tx.new_id() for _ in commands])
    many = Action("many", lambda tx, commands: [list(tx.new_ids(50)) for _ in commands])
    ones = await asyncio.gather(*(commit.run(one, None, lane=2) for _ in range(30)))
    manys = await asyncio.gather(*(commit.run(many, None, lane=2) for _ in range(3)))
    every = [*ones, *(number for numbers in manys for number in numbers)]
    assert len(set(every)) == 180
    await commit.stop()
