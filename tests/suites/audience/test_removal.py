"""Kicking and blocking: out at once, in no more, and everything given before stays."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.suites.audience.stage import Command, Stage, code_of, fresh_entry_id, write
from turnout.accounts.caller import Caller
from turnout.audience import queries
from turnout.audience.removal_actions import BLOCK, KICK, UNBLOCK, ChangeBlock, Kick
from turnout.audience.rules import NoSuchViewer, ViewerFacts
from turnout.kernel.ids import AccountId, HostId, ViewerId
from turnout.rooms.rules import LiveSessionOver, NoSuchLiveSession, NoSuchRoom
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter

PATIENCE_S = 60.0


def facts(stage: Stage, stream_id: int | None = None) -> list[tuple[str, ViewerFacts]]:
    """The events about viewers."""
    found = [event for event in stage.events(stream_id) if event.kind.startswith("viewer.")]
    return [(event.kind, msgspec.json.decode(event.facts, type=ViewerFacts)) for event in found]


def test_kicked_out_of_a_live_session(stage: Stage) -> None:
    """Gone from all connections, in no more by token, by the same first entry or by pass; the next live session takes him again."""
    entry_id = fresh_entry_id()
    stage.enter(entry_id=entry_id)
    viewer = stage.enter(entry_id=entry_id).viewer
    other = stage.enter().viewer
    stage.kick(viewer.id)
    assert stage.online == 1
    for way in ({"viewer": viewer.id}, {"entry_id": entry_id}):
        assert stage.try_to_enter(**way) == "kicked"
    assert stage.try_to_enter(viewer=other.id) == "accepted"
    assert stage.enter().viewer.id != viewer.id, "a new nickname is a new viewer"
    (kind, said) = facts(stage)[0]
    assert (kind, said.viewer_id, said.live_session_id, said.name) == ("viewer.kicked", viewer.id, stage.live.id, "Vera")
    assert said.host_name == "Host Lin"
    stage.end()
    stage.start()
    assert stage.try_to_enter(viewer=viewer.id) == "accepted"


def test_kicked_who_comes_from_the_customers_login(stage: Stage) -> None:
    """Another pass does not help, whatever it says."""
    viewer = stage.enter(signed=stage.signed("u-1")).viewer
    stage.kick(viewer.id)
    assert stage.try_to_enter(signed=stage.signed("u-1", name="Somebody else")) == "kicked"
    assert stage.people().presences[0].viewer.name == "Wang Wei", "who is refused changes nothing"
    assert stage.try_to_enter(signed=stage.signed("u-2")) == "accepted"


def test_blocked_from_a_room(stage: Stage) -> None:
    """In this live session and in every later one, until unblocked."""
    viewer = stage.enter(signed=stage.signed("u-1")).viewer
    stage.block(viewer.id)
    assert stage.online == 0
    assert stage.try_to_enter(viewer=viewer.id) == "blocked"
    stage.end()
    stage.start()
    assert stage.try_to_enter(signed=stage.signed("u-1")) == "blocked"
    stage.unblock(viewer.id)
    assert stage.try_to_enter(signed=stage.signed("u-1")) == "accepted"
    assert [kind for kind, _ in facts(stage)] == ["viewer.unblocked"]


def test_events_between_live_sessions(stage: Stage) -> None:
    """Where none runs they stand on the account's stream."""
    viewer = stage.enter().viewer
    stage.end()
    stage.block(viewer.id)
    stage.unblock(viewer.id)
    told = facts(stage, stage.caller.account_id)
    assert [(kind, said.live_session_id) for kind, said in told] == [("viewer.blocked", None), ("viewer.unblocked", None)]


def test_twice_is_once(stage: Stage) -> None:
    """A second kick, block or unblock changes nothing and says nothing."""
    viewer = stage.enter().viewer
    for _ in range(2):
        stage.kick(viewer.id)
    for _ in range(2):
        stage.block(viewer.id)
    for _ in range(2):
        stage.unblock(viewer.id)
    assert [kind for kind, _ in facts(stage)] == ["viewer.kicked", "viewer.blocked", "viewer.unblocked"]
    assert stage.try_to_enter(viewer=viewer.id) == "kicked", "unblocking does not undo the kick"


def test_only_ones_own(stage: Stage) -> None:
    """Another account's viewers, rooms and live sessions are not found; nor is a viewer of another room."""
    viewer = stage.enter().viewer
    stranger = Caller(AccountId(999), HostId(999), "Stranger", None, "operator")
    for action, command, refusal in (
        (KICK, Kick(stranger, stage.live.id, viewer.id), NoSuchLiveSession),
        (BLOCK, ChangeBlock(stranger, stage.room.id, viewer.id), NoSuchRoom),
        (UNBLOCK, ChangeBlock(stranger, stage.room.id, viewer.id), NoSuchRoom),
        (KICK, Kick(stage.caller, stage.live.id, ViewerId(1)), NoSuchViewer),
        (BLOCK, ChangeBlock(stage.caller, stage.room.id, ViewerId(1)), NoSuchViewer),
    ):
        with pytest.raises(refusal):
            stage.do(action, command)
    live_session_id = stage.live.id
    stage.end()
    with pytest.raises(LiveSessionOver):
        stage.do(KICK, Kick(stage.caller, live_session_id, viewer.id))
    assert stage.events()[-1].kind == "live_session.ended"


def test_the_list_of_blocked(stage: Stage) -> None:
    """Who, since when, by whom; in pages."""
    blocked = [stage.enter(signed=stage.signed(f"u-{number}")).viewer.id for number in range(3)]
    for viewer_id in blocked:
        stage.block(viewer_id)
    stage.unblock(blocked[1])
    with stage.database.reading() as connection:
        account_id, room_id = stage.caller.account_id, stage.room.id
        first = queries.list_blocked(connection, account_id, room_id, None, 1)
        rest = queries.list_blocked(connection, account_id, room_id, first[0].viewer.id, 10)
    assert [one.viewer.external_id for one in (*first, *rest)] == ["u-0", "u-2"]
    assert (first[0].host_name, first[0].host_id) == ("Host Lin", stage.caller.host_id)


def test_what_other_processes_look_for(stage: Stage) -> None:
    """Everyone kicked or blocked since a moment, as he stands now."""
    kicked, blocked, forgiven = (stage.enter().viewer.id for _ in range(3))
    since = stage.clock.now()
    stage.clock.advance(1)
    stage.kick(kicked)
    stage.block(blocked)
    stage.block(forgiven)
    stage.unblock(forgiven)
    stage.clock.advance(1)
    with stage.database.reading() as connection:
        found = {one.viewer_id: one for one in queries.list_removed(connection, since)}
        assert queries.list_removed(connection, stage.clock.now()) == []
    assert found[kicked].kicked_from == stage.live.id
    assert not found[kicked].blocked
    assert found[blocked].blocked
    assert not found[forgiven].blocked


def held_after(command: Command, worked: threading.Event, go_on: threading.Event) -> Command:
    """The same, which keeps its transaction open until told to go on."""
    action, what = command

    def run(tx: Any, commands: Any) -> Any:
        outcomes = action.run(tx, commands)
        worked.set()
        assert go_on.wait(PATIENCE_S)
        return outcomes

    return Action(action.name, run, barrier=action.barrier), what


def meet(stage: Stage, first: Command, second: Command) -> list[str]:
    """Codes of two commands of two writers, the second begun after the first's work and before its commit."""
    worked, go_on = threading.Event(), threading.Event()
    one, two = (BatchWriter(stage.database, number, stage.clock) for number in range(2))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    try:
        with ThreadPoolExecutor(2) as pool:
            leading = pool.submit(write, one, [held_after(first, worked, go_on)])
            leading.add_done_callback(lambda _: worked.set())
            assert worked.wait(PATIENCE_S)
            following = pool.submit(write, two, [second])
            for _ in range(2000):
                with stage.database.reading() as connection:
                    if connection.exec_driver_sql(waiting).scalar_one():
                        break
                time.sleep(0.005)
            else:
                raise TimeoutError("the second writer never waited for the first")
            go_on.set()
            return [code_of(future.result(PATIENCE_S)[0]) for future in (leading, following)]
    finally:
        for writer in (one, two):
            writer.close()


@pytest.mark.parametrize("limit", [None, 9])
def test_a_kick_meets_an_entry(postgres_stage: Stage, limit: int | None) -> None:
    """Through two processes: an entry under way is waited for, and its visit ended; one that meets a kick under way is refused."""
    stage = postgres_stage
    stage.settings(viewer_limit=limit)
    first, second = stage.enter().viewer.id, stage.enter().viewer.id
    kick = [(KICK, Kick(stage.caller, stage.live.id, viewer_id)) for viewer_id in (first, second)]
    assert meet(stage, stage.entry(viewer=first), kick[0]) == ["accepted", "accepted"]
    assert stage.online == 1
    assert meet(stage, kick[1], stage.entry(viewer=second)) == ["accepted", "kicked"]
    assert stage.online == 0


def test_a_block_meets_an_entry(postgres_stage: Stage) -> None:
    """The same for a block."""
    stage = postgres_stage
    first, second = stage.enter().viewer.id, stage.enter().viewer.id
    block = [(BLOCK, ChangeBlock(stage.caller, stage.room.id, viewer_id)) for viewer_id in (first, second)]
    assert meet(stage, stage.entry(viewer=first), block[0]) == ["accepted", "accepted"]
    assert meet(stage, block[1], stage.entry(viewer=second)) == ["accepted", "blocked"]
    assert stage.online == 0
