"""Group commit, on both engines: order, acknowledgement after the commit, refusal of one, back-pressure, stop."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.storage.notes import TAKE_NOTES, Note, NoteTaken, all_notes
from turnout.kernel import limits
from turnout.kernel.errors import Overloaded
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit, write
from turnout.storage.transaction import Nudge, Tx

pytestmark = pytest.mark.usefixtures("notes")


class Gate:
    """An action that notes each batch it gets, and holds the first one until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.started = threading.Event()
        self.may_go = threading.Event()
        self.action: Action[object, object] = Action("gate", self.run)

    def run(self, tx: Tx, commands: Sequence[object]) -> Sequence[object]:
        """Every command's outcome is itself."""
        self.batches.append(list(commands))
        if len(self.batches) == 1:
            self.started.set()
            assert self.may_go.wait(10)
        return commands

    async def hold(self, commit: GroupCommit) -> "asyncio.Future[object]":
        """Keeps the writer of lane 0 busy until let go."""
        held = asyncio.ensure_future(commit.run(self.action, "first", lane=0))
        assert await asyncio.to_thread(self.started.wait, 10)
        return held


async def test_outcomes_come_in_the_order_of_the_commands(commit: GroupCommit) -> None:
    """Commands sent in one batch get their own outcomes, acknowledged in the order in which they were sent."""
    told: list[tuple[int, object]] = []
    everybody = asyncio.Event()
    double = Action("double", lambda tx, commands: [2 * command for command in commands])
    triple = Action("triple", lambda tx, commands: [3 * command for command in commands])

    def done_for(number: int) -> object:
        def done(command: int, outcome: object) -> None:
            assert command == number
            told.append((number, outcome))
            if len(told) == 100:
                everybody.set()

        return done

    for number in range(100):
        commit.submit(triple if number % 3 == 0 else double, number, done_for(number), lane=2 * (number % 5))
    await asyncio.wait_for(everybody.wait(), 10)
    assert told == [(number, number * (3 if number % 3 == 0 else 2)) for number in range(100)]


async def test_what_arrives_in_one_iteration_is_one_batch(commit: GroupCommit) -> None:
    """Commands submitted by different callbacks of one iteration of the loop join one batch."""
    sizes: list[int] = []
    count = Action("count", lambda tx, commands: [sizes.append(len(commands)) for _ in commands[:1]] + [None] * (len(commands) - 1))
    answers = asyncio.Queue[object]()
    for _ in range(20):
        asyncio.get_running_loop().call_soon(lambda: commit.submit(count, None, lambda _, outcome: answers.put_nowait(outcome), lane=0))
    for _ in range(20):
        await asyncio.wait_for(answers.get(), 10)
    assert sizes == [20]


async def test_done_comes_after_the_commit(database: Database, commit: GroupCommit) -> None:
    """When a command is acknowledged, its row can be read on another connection."""
    seen: list[bool] = []
    finished = asyncio.Event()

    def done_for(note: Note) -> object:
        def done(_command: Note, outcome: object) -> None:
            assert outcome == note.number
            seen.append((note.lane, note.number, note.text) in all_notes(database))
            if len(seen) == 20:
                finished.set()

        return done

    for number in range(20):
        note = Note(number % 4, number, "seen?")
        commit.submit(TAKE_NOTES, note, done_for(note), lane=note.lane)
        await asyncio.sleep(0)
    await asyncio.wait_for(finished.wait(), 20)
    assert seen == [True] * 20


async def test_a_refusal_concerns_one_command(database: Database, commit: GroupCommit) -> None:
    """Of a batch with one command refused the others are carried out."""
    await commit.run(TAKE_NOTES, Note(1, 5), lane=1)
    outcomes = await asyncio.gather(*(commit.run(TAKE_NOTES, Note(1, number), lane=1) for number in (4, 5, 6)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, NoteTaken, int]
    assert [number for _, number, _ in all_notes(database)] == [4, 5, 6]


async def test_one_person_is_heard_in_order(database: Database, commit: GroupCommit) -> None:
    """Commands of two kinds that one person sends alternately run alternately."""
    heard: list[int] = []
    kinds = [Action(f"kind {kind}", lambda tx, commands: [heard.append(command) for command in commands]) for kind in range(2)]
    await asyncio.gather(*(commit.run(kinds[number % 2], number, lane=3, order=9) for number in range(30)))
    assert heard == list(range(30))


async def test_a_barrier_separates_its_lane(database: Database, commit: GroupCommit) -> None:
    """What a lane sent before a close runs before it, what it sent after it runs after it; other lanes are not held up."""
    heard: list[str] = []
    say = Action("say", lambda tx, commands: [heard.append(command) for command in commands])
    close = Action("close", lambda tx, commands: [heard.append(command) for command in commands], barrier=True)
    sent = [
        (say, "a1", 0),
        (close, "a close", 0),
        (say, "a2", 0),
        (say, "b1", 2),
        (close, "a close again", 0),
        (say, "b2", 2),
        (say, "a3", 0),
    ]
    await asyncio.gather(*(commit.run(action, text, lane=lane) for action, text, lane in sent))
    assert heard == ["a1", "b1", "b2", "a close", "a2", "a close again", "a3"]


async def test_the_next_batch_is_handed_over_before_the_acknowledgements(commit: GroupCommit) -> None:
    """While one batch is being acknowledged the writer works on the next: a slow acknowledgement does not hold it up."""
    gate = Gate()
    next_started = threading.Event()
    next_batch = Action("next", lambda tx, commands: [next_started.set() for _ in commands])
    found: list[bool] = []
    commit.submit(gate.action, "first", lambda _command, _outcome: found.append(next_started.wait(10)), lane=0)
    assert await asyncio.to_thread(gate.started.wait, 10)
    waiting = asyncio.ensure_future(commit.run(next_batch, None, lane=0))
    await asyncio.sleep(0)
    gate.may_go.set()
    await waiting
    assert found == [True]


async def test_too_many_waiting_commands_are_refused(database: Database, clock: FakeClock) -> None:
    """Past the bound a command is refused as overloaded and nothing of it is done; once there is room commands are taken again."""
    commit = GroupCommit(database, clock, lambda nudges: None, max_waiting=3)
    await commit.start()
    gate = Gate()
    held = await gate.hold(commit)
    told: list[object] = []
    for number in (1, 2):
        commit.submit(TAKE_NOTES, Note(0, number), lambda _, outcome: told.append(outcome), lane=0)
    with pytest.raises(Overloaded) as refused:
        commit.submit(TAKE_NOTES, Note(0, 3), lambda _, outcome: told.append(outcome), lane=0)
    assert refused.value.retry_after_s is not None
    gate.may_go.set()
    await held
    assert await commit.run(TAKE_NOTES, Note(0, 4), lane=0) == 4
    assert told == [1, 2]
    assert [number for _, number, _ in all_notes(database)] == [1, 2, 4]
    await commit.stop()


async def test_a_batch_has_a_bound(commit: GroupCommit, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many commands wait, at most MAX_BATCH of them share a commit, and all are carried out in order."""
    monkeypatch.setattr(limits, "MAX_BATCH", 10)
    gate = Gate()
    held = await gate.hold(commit)
    waiting = [asyncio.ensure_future(commit.run(gate.action, number, lane=0)) for number in range(35)]
    await asyncio.sleep(0)
    gate.may_go.set()
    assert await asyncio.gather(*waiting) == list(range(35))
    await held
    assert [len(batch) for batch in gate.batches[1:]] == [10, 10, 10, 5]
    assert [command for batch in gate.batches[1:] for command in batch] == list(range(35))


async def test_stop_carries_out_what_waits(database: Database, clock: FakeClock) -> None:
    """A clean stop refuses new commands, and returns when all that waited is committed and acknowledged and the threads are gone."""
    commit = GroupCommit(database, clock, lambda nudges: None)
    await commit.start()
    gate = Gate()
    told: list[object] = []
    held = await gate.hold(commit)
    for number in range(50):
        commit.submit(TAKE_NOTES, Note(0, number), lambda _, outcome: told.append(outcome), lane=number)
    stopping = asyncio.ensure_future(commit.stop())
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        commit.submit(TAKE_NOTES, Note(0, 99), lambda _, outcome: told.append(outcome), lane=0)
    gate.may_go.set()
    await asyncio.wait_for(stopping, 10)
    assert sorted(told) == list(range(50))
    assert len(all_notes(database)) == 50
    assert await held == "first"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("turnout-write")]
    await commit.stop()


async def test_a_failing_acknowledgement_keeps_nobody_else_waiting(commit: GroupCommit) -> None:
    """When the receiver of one acknowledgement fails, the others are still told."""
    told: list[object] = []
    same = Action("same", lambda tx, commands: commands)

    def fail(_outcome: object) -> None:
        raise ValueError("this receiver is broken")

    commit.submit(same, 1, lambda _, outcome: told.append(outcome), lane=0)
    commit.submit(same, 2, fail, lane=0)
    commit.submit(same, 3, lambda _, outcome: told.append(outcome), lane=0)
    assert await commit.run(same, 4, lane=0) == 4
    assert told == [1, 3]


async def test_a_caller_that_leaves_undoes_nothing(database: Database, commit: GroupCommit) -> None:
    """A cancelled `run` is carried out all the same."""
    gate = Gate()
    held = await gate.hold(commit)
    leaving = asyncio.ensure_future(commit.run(TAKE_NOTES, Note(0, 1), lane=0))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.may_go.set()
    await held
    await commit.run(TAKE_NOTES, Note(0, 2), lane=0)
    assert [number for _, number, _ in all_notes(database)] == [1, 2]


async def test_nudges_come_after_the_commit(database: Database, clock: FakeClock) -> None:
    """What an action nudges is told once per commit, on the loop, when the rows can be read; a commit without nudges is silent."""
    told: list[tuple[frozenset[Nudge], int]] = []
    commit = GroupCommit(database, clock, lambda nudges: told.append((nudges, len(all_notes(database)))))
    await commit.start()

    def note_and_nudge(tx: Tx, commands: Sequence[Note]) -> Sequence[object]:
        for command in commands:
            tx.nudge("tally", command.lane)
        return TAKE_NOTES.run(tx, commands)

    action = Action("note_and_nudge", note_and_nudge)
    await asyncio.gather(*(commit.run(action, Note(lane, 1), lane=lane) for lane in (2, 4, 4)), return_exceptions=True)
    await commit.run(TAKE_NOTES, Note(6, 1), lane=6)
    assert told == [(frozenset({Nudge("tally", 2), Nudge("tally", 4)}), 2)]
    await commit.stop()


async def test_time_moves_on_with_every_transaction(commit: GroupCommit) -> None:
    """The instants of one writer's transactions ascend strictly, also while the clock stands still or goes back."""
    now = Action("now", lambda tx, commands: [tx.now for _ in commands])
    instants = [await commit.run(now, None, lane=0) for _ in range(5)]
    assert instants == sorted(set(instants))


async def test_a_new_row_is_there_for_a_reader_at_once(database: Database, commit: GroupCommit, notes: sa.Table) -> None:
    """`Database.read` after an acknowledgement sees what was acknowledged."""
    await commit.run(TAKE_NOTES, Note(1, 1, "read me"), lane=1)
    assert await database.read(lambda connection: connection.execute(sa.select(notes.c.text)).scalar_one()) == "read me"


def test_write_without_a_loop(database: Database, clock: FakeClock) -> None:
    """The command line's way: one command, one transaction; the outcome is returned and a refusal raised."""
    assert write(database, clock, TAKE_NOTES, Note(1, 1)) == 1
    with pytest.raises(NoteTaken):
        write(database, clock, TAKE_NOTES, Note(1, 1))
    assert len(all_notes(database)) == 1
