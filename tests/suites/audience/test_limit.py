"""The limit of viewers: never one too many, and never one turned away while there is a place."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.suites.audience.stage import Command, Stage, code_of, fresh_entry_id, write
from turnout.audience.actions import Entered
from turnout.kernel.ids import ViewerId
from turnout.rooms import store as rooms_store
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter

PATIENCE_S = 60.0


def test_a_batch_fills_the_room_exactly(stage: Stage) -> None:
    """Of many at once so many get in as there are places, the first of them; who is in takes no second place, and a place that gets free is
    taken."""
    stage.settings(viewer_limit=5)
    seats = [stage.enter().seat for _ in range(2)]
    told = [code_of(outcome) for outcome in stage.batch([stage.entry() for _ in range(10)])]
    assert told == ["accepted"] * 3 + ["room_full"] * 7
    assert stage.online == 5
    assert stage.try_to_enter(viewer=seats[0].viewer_id) == "accepted"
    assert stage.try_to_enter() == "room_full"
    stage.leave(seats[0])
    assert stage.try_to_enter() == "room_full", "his other connection is still there"
    stage.leave(seats[1])
    assert stage.try_to_enter() == "accepted"
    assert stage.try_to_enter(viewer=seats[1].viewer_id) == "room_full", "who went has no place kept"


def test_who_is_turned_away_leaves_no_trace(stage: Stage) -> None:
    """No viewer is made, and the same first entry gets in later."""
    stage.settings(viewer_limit=1)
    seat = stage.enter().seat
    entry_id = fresh_entry_id()
    assert stage.try_to_enter(entry_id=entry_id) == "room_full"
    assert stage.people().total == 1
    stage.leave(seat)
    assert stage.enter(entry_id=entry_id).fresh


def test_a_lower_limit_throws_nobody_out(stage: Stage) -> None:
    """It turns away who comes; without a limit there is none."""
    for _ in range(3):
        stage.enter()
    stage.settings(viewer_limit=2)
    assert stage.online == 3
    assert stage.try_to_enter() == "room_full"
    stage.settings(viewer_limit=None)
    assert stage.try_to_enter() == "accepted"


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    limit=st.integers(1, 4),
    batches=st.lists(st.lists(st.tuples(st.sampled_from(["new", "again", "signed", "leave"]), st.integers(0, 3)), max_size=6), max_size=6),
)
def test_any_mix(stage: Stage, limit: int, batches: list[list[tuple[str, int]]]) -> None:
    """Against a model that counts heads: new viewers, returning ones and signed ones, several at once, and those who leave."""
    stage.end()
    stage.start()
    stage.settings(viewer_limit=limit)
    open_visits: dict[int, ViewerId] = {}
    seats: list[Any] = []
    known: list[ViewerId] = []
    by_external: dict[str, ViewerId] = {}
    for batch in batches:
        commands: list[Command] = []
        wanted: list[ViewerId | str | None] = []
        for what, number in batch:
            if what == "leave":
                if seats:
                    seat = seats.pop(number % len(seats))
                    stage.leave(seat)
                    open_visits.pop(seat.visit_id)
            elif what == "again" and known:
                commands.append(stage.entry(viewer=known[number % len(known)]))
                wanted.append(known[number % len(known)])
            elif what == "signed":
                commands.append(stage.entry(signed=stage.signed(f"u-{number}-{stage.live.id}")))
                wanted.append(f"u-{number}-{stage.live.id}")
            else:
                commands.append(stage.entry())
                wanted.append(None)
        if not commands:
            continue
        for who, outcome in zip(wanted, stage.batch(commands), strict=True):
            viewer_id = by_external.get(who) if isinstance(who, str) else who
            present = set(open_visits.values())
            expected = "accepted" if viewer_id in present or len(present) < limit else "room_full"
            assert code_of(outcome) == expected
            if isinstance(outcome, Entered):
                if isinstance(who, str):
                    by_external[who] = outcome.viewer.id
                open_visits[outcome.seat.visit_id] = outcome.viewer.id
                seats.append(outcome.seat)
                known.append(outcome.viewer.id)
        assert stage.online == len(set(open_visits.values())) <= limit


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Runs each on a thread of its own, all let go together."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait(PATIENCE_S)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE_S) for future in [pool.submit(run, work) for work in works]]


def test_several_processes_fill_the_room_exactly(postgres_stage: Stage) -> None:
    """Two writers who let in at the same time, batch by batch: together exactly as many as there are places."""
    stage = postgres_stage
    stage.settings(viewer_limit=37)
    writers = [BatchWriter(stage.database, number, stage.clock) for number in range(2)]

    def let_in(writer: BatchWriter) -> list[str]:
        return [code_of(outcome) for _ in range(10) for outcome in write(writer, [stage.entry() for _ in range(5)])]

    try:
        told = [code for codes in at_once([partial(let_in, writer) for writer in writers]) for code in codes]
    finally:
        for writer in writers:
            writer.close()
    assert told.count("accepted") == stage.online == 37
    assert told.count("room_full") == 63


def test_without_the_lock_there_would_be_too_many(postgres_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with the lock taken out, two writers who count the same heads fill one place twice."""
    stage = postgres_stage
    stage.settings(viewer_limit=1)
    monkeypatch.setitem(rooms_store._RUNNING_IN, "update", rooms_store._RUNNING_IN[None])
    one, two = (BatchWriter(stage.database, number, stage.clock) for number in range(2))
    counted, go_on = threading.Event(), threading.Event()
    action, command = stage.entry()

    def hold(tx: Any, commands: Any) -> Any:
        outcomes = action.run(tx, commands)
        counted.set()
        assert go_on.wait(PATIENCE_S)
        return outcomes

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(write, one, [(Action(action.name, hold), command)])
        assert counted.wait(PATIENCE_S)
        assert code_of(write(two, [stage.entry()])[0]) == "accepted"
        go_on.set()
        assert code_of(first.result(PATIENCE_S)[0]) == "accepted"
    for writer in (one, two):
        writer.close()
    assert stage.online == 2


def test_one_external_id_from_two_processes(postgres_stage: Stage) -> None:
    """Two phones of one person, at once, through two processes: one viewer, in a room with a limit and in one without."""
    stage = postgres_stage
    writers = [BatchWriter(stage.database, number, stage.clock) for number in range(2)]
    for limit in (None, 1):
        stage.settings(viewer_limit=limit)
        for number in range(15):
            signed = stage.signed(f"u-{limit}-{number}")
            outcomes = at_once([partial(write, writer, [stage.entry(signed=signed)]) for writer in writers])
            entered = [outcome for (outcome,) in outcomes]
            assert [code_of(outcome) for outcome in entered] == ["accepted"] * 2
            assert len({outcome.viewer.id for outcome in entered}) == 1
            assert {outcome.viewer.name for outcome in entered} == {"Wang Wei"}
            for outcome in entered:
                stage.leave(outcome.seat)
    for writer in writers:
        writer.close()
