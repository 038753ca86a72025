"""Who waits is told, and who was removed is ended, also by another process: one whose nudges never reach this one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.suites.audience.stage import KEYRING, Stage
from turnout.audience.actions import END_VISITS_OF_DEAD
from turnout.audience.heartbeat import Heartbeat
from turnout.audience.rules import Seat, WaitingSeat
from turnout.audience.waiting import Waiting
from turnout.audience.watchers import Watchers
from turnout.kernel.clock import SECOND, rfc3339
from turnout.kernel.errors import Overloaded
from turnout.rooms.actions import CHANGE_ROOM, ChangeRoom
from turnout.rooms.rules import RoomChanges
from turnout.storage.action import Action
from turnout.storage.group_commit import GroupCommit
from turnout.storage.poller import Poller
from turnout.storage.processes import BEAT, DEAD_AFTER_S, START_PROCESS, StartProcess
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge
from turnout.themes.actions import SET_THEME, SetTheme

PATIENCE_S = 60.0


@dataclass(eq=False)
class Line:
    """Stands in for a connection."""

    seat: Any = None
    open: bool = True
    in_flight: int = 0
    address: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    user_agent: str = ""
    told: list[Any] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)

    def send(self, frame: bytes) -> None:
        """Keeps it."""
        self.told.append(msgspec.json.decode(frame))

    def acknowledge(self, frame: bytes) -> None:
        """Keeps it."""
        self.send(frame)


async def until(enough: Callable[[], object]) -> None:
    """Returns once it is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not enough():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


@pytest.fixture
def runtime(stage: Stage, commit: GroupCommit) -> Runtime:
    """Of a process whose commits nobody but itself hears of."""
    return Runtime(stage.database, commit, KEYRING, KEYRING.ids, stage.clock, "")


@pytest.fixture
async def waiting(runtime: Runtime) -> AsyncIterator[Waiting]:
    """The loop, started."""
    made = Waiting(runtime)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def lines() -> list[Line]:
    """The open connections of this process."""
    return []


@pytest.fixture
async def watchers(runtime: Runtime, lines: list[Line]) -> AsyncIterator[Watchers]:
    """The loop, started."""
    made = Watchers(runtime, lambda: list(lines), lambda line, reason: line.dismissed.append(reason))  # type: ignore[attr-defined]
    await made.start()
    yield made
    await made.stop()


async def test_a_start_elsewhere(stage: Stage, waiting: Waiting) -> None:
    """Everybody who waits for this room is told once, and nobody else; afterwards they wait no more."""
    other = Stage(stage.database, stage.clock)
    stage.end()
    other.end()
    here, there, gone = [Line() for _ in range(600)], Line(), Line()
    for line in (*here, gone):
        waiting.add(line, stage.room.id)
    waiting.add(there, other.room.id)
    waiting.remove(gone)
    assert gone.seat is None
    await asyncio.sleep(0.1)
    assert not any(line.told for line in here)
    stage.start()
    await until(lambda: all(line.told for line in here))
    assert all(line.told == [{"op": "started"}] and line.seat is None for line in here)
    assert (there.told, gone.told, there.seat) == ([], [], WaitingSeat(other.room.id))
    stage.end()
    waiting.add(here[0], stage.room.id)
    stage.start()
    await until(lambda: len(here[0].told) == 2)
    other.close()


async def test_a_start_before_the_wait(stage: Stage, waiting: Waiting) -> None:
    """Who was told to wait by a look that came before the start is told by the next one."""
    line = Line()
    waiting.add(line, stage.room.id)
    await until(lambda: line.told)


async def test_a_start_here(stage: Stage, runtime: Runtime) -> None:
    """A nudge is enough; the loop need not wait for its next look."""
    loop = Waiting(runtime)
    stage.end()
    line = Line()
    loop.add(line, stage.room.id)
    await loop.start()
    await asyncio.sleep(0.1)
    stage.start()
    loop.on_nudges([Nudge("started", stage.room.id)])
    async with asyncio.timeout(0.4):  # below the time between two looks
        await until(lambda: line.told)
    await loop.stop()


def theme(name: str) -> dict[str, Any]:
    """The message that tells of it."""
    return {"op": "theme", "theme": {"name": name, "accent": None, "logo": None}, "next": None}


async def test_who_stands_outside_is_told_how_the_room_looks(stage: Stage, waiting: Waiting) -> None:
    """Each once when they come and once for each change, on this process by its nudge; not who has entered or is of another account."""
    other = Stage(stage.database, stage.clock)
    here, entered, there = [Line() for _ in range(600)], Line(), Line()
    for line in (*here, entered):
        waiting.show(line, stage.room.code)
    waiting.show(there, other.room.code)
    await until(lambda: there.told and all(line.told for line in here))
    waiting.remove(entered)
    late = Line()
    waiting.show(late, stage.room.code)
    await until(lambda: late.told == [theme("")])
    stage.do(SET_THEME, SetTheme(stage.caller, "Acme", None, None))
    waiting.on_nudges([Nudge("shown", stage.caller.account_id)])
    async with asyncio.timeout(1.0):  # below the time between two looks
        await until(lambda: all(len(line.told) == 2 for line in (*here, late)))
    waiting.on_nudges([Nudge("shown", stage.caller.account_id)])
    await asyncio.sleep(0.2)
    assert all(line.told == [theme(""), theme("Acme")] for line in (*here, late))
    assert (entered.told, there.told) == ([theme("")], [theme("")])
    other.close()


async def test_a_look_changed_elsewhere(stage: Stage, waiting: Waiting) -> None:
    """Without a nudge the next look finds it, also for a room that everybody had left meanwhile."""
    line = Line()
    waiting.show(line, stage.room.code)
    await until(lambda: line.told)
    waiting.remove(line)
    stage.do(SET_THEME, SetTheme(stage.caller, "Acme", None, None))
    waiting.show(line, stage.room.code)
    await until(lambda: line.told[1:] == [theme("Acme")])
    stage.do(SET_THEME, SetTheme(stage.caller, "Acme II", None, None))
    await until(lambda: line.told[2:] == [theme("Acme II")])


async def test_who_comes_after_a_change_never_hears_what_was_before(stage: Stage, waiting: Waiting) -> None:
    """Though another process made it and others here have not been told yet: the page has just read the newer one."""
    here, late = Line(), Line()
    waiting.show(here, stage.room.code)
    await until(lambda: here.told)
    stage.do(SET_THEME, SetTheme(stage.caller, "Acme", None, None))
    waiting.show(late, stage.room.code)
    await until(lambda: late.told)
    assert late.told == [theme("Acme")]
    await until(lambda: here.told[1:] == [theme("Acme")])


async def test_who_comes_again_during_a_look_hears_of_the_next_one(
    stage: Stage, runtime: Runtime, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before this is old, also where the same connection had come before it."""
    read, go_on, really = asyncio.Event(), asyncio.Event(), runtime.database.read

    async def slowly(work: Callable[[Any], Any]) -> Any:
        found = await really(work)
        read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(runtime.database, "read", slowly)
    line = Line()
    waiting.show(line, stage.room.code)
    await read.wait()
    stage.do(SET_THEME, SetTheme(stage.caller, "Acme", None, None))
    waiting.show(line, stage.room.code)
    go_on.set()
    await until(lambda: line.told)
    assert line.told == [theme("Acme")]


async def test_a_look_that_fails_is_made_up_for(stage: Stage, runtime: Runtime, waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever came before it is told by the next one, though nothing has changed for those who were told."""
    here, late, failed, really = Line(), Line(), asyncio.Event(), runtime.database.read
    waiting.show(here, stage.room.code)
    await until(lambda: here.told)

    async def fail(_work: Callable[[Any], Any]) -> Any:
        failed.set()
        raise Overloaded

    monkeypatch.setattr(runtime.database, "read", fail)
    waiting.show(late, stage.room.code)
    await failed.wait()
    monkeypatch.setattr(runtime.database, "read", really)
    waiting.on_nudges([Nudge("shown", stage.caller.account_id)])
    await until(lambda: late.told)
    assert (here.told, late.told) == ([theme("")], [theme("")])


async def test_who_stands_outside_is_told_what_is_planned(stage: Stage, waiting: Waiting) -> None:
    """When it is planned, and when its start has taken it away; what is planned for long ago is not told."""
    stage.end()
    line = Line()
    waiting.show(line, stage.room.code)
    await until(lambda: line.told)
    at = stage.clock.now() + 3600 * SECOND
    stage.do(CHANGE_ROOM, ChangeRoom(stage.caller, stage.room.id, RoomChanges(next_start_at=at, next_title="Part two")))
    await until(lambda: line.told[1:] == [{**theme(""), "next": {"title": "Part two", "starts_at": rfc3339(at)}}])
    stage.start()
    await until(lambda: line.told[2:] == [theme("")])


async def test_who_enters_by_himself_is_not_told(stage: Stage, waiting: Waiting) -> None:
    """An entry under way or done is nobody's to interrupt."""
    line = Line()
    waiting.add(line, stage.room.id)
    line.seat = "entering"
    await asyncio.sleep(0.7)
    assert (line.told, line.seat) == ([], "entering")


async def test_kicked_and_blocked_elsewhere(stage: Stage, watchers: Watchers, lines: list[Line]) -> None:
    """All of a viewer's connections end with the reason; nobody else's do."""
    kicked, blocked, other = (stage.enter() for _ in range(3))
    seats = [kicked.seat, stage.enter(viewer=kicked.viewer.id).seat, blocked.seat, other.seat]
    lines += [Line(seat) for seat in seats]
    lines += [Line(), Line("entering"), Line(WaitingSeat(stage.room.id))]
    await asyncio.sleep(0.1)
    stage.kick(kicked.viewer.id)
    stage.block(blocked.viewer.id)
    await until(lambda: lines[0].dismissed and lines[2].dismissed)
    assert [set(line.dismissed) for line in lines] == [{"kicked"}, {"kicked"}, {"blocked"}, set(), set(), set(), set()]


async def test_a_seat_taken_while_the_viewer_was_removed(stage: Stage, watchers: Watchers, lines: list[Line]) -> None:
    """A connection that is seated only after the look that saw the kick is found by a later one."""
    entered = stage.enter()
    stage.kick(entered.viewer.id)
    watchers.on_nudges([Nudge("removed", entered.viewer.id)])
    await asyncio.sleep(0.2)
    lines.append(Line(entered.seat))
    await until(lambda: lines[0].dismissed)


async def test_who_may_be_there_again(stage: Stage, watchers: Watchers, lines: list[Line]) -> None:
    """One who was unblocked, or who was kicked out of an earlier live session, stays."""
    forgiven, earlier = stage.enter(), stage.enter()
    stage.block(forgiven.viewer.id)
    stage.unblock(forgiven.viewer.id)
    stage.kick(earlier.viewer.id)
    stage.end()
    stage.start()
    lines += [Line(stage.enter(viewer=one.viewer.id).seat) for one in (forgiven, earlier)]
    assert all(isinstance(line.seat, Seat) for line in lines)
    await asyncio.sleep(0.3)
    watchers.on_nudges([Nudge("removed", 0)])
    await asyncio.sleep(0.3)
    assert [line.dismissed for line in lines] == [[], []]


async def test_a_poller_goes_on() -> None:
    """A look that fails is followed by the next, a nudge during a look by another look, and stopping ends it in the middle of one."""
    looks: list[str] = []
    hold, held = asyncio.Event(), asyncio.Event()

    async def look() -> float:
        looks.append("look")
        if len(looks) == 1:
            raise Overloaded
        if len(looks) == 2:
            raise ValueError("a bug")
        if len(looks) == 3:
            held.set()
            await hold.wait()
            return 0.0
        if len(looks) == 5:
            held.set()
            await asyncio.Event().wait()
        return 60.0

    poller = Poller("test", ("topic",), look, failed_s=0.01)
    await poller.start()
    await asyncio.wait_for(held.wait(), PATIENCE_S)
    poller.on_nudges([Nudge("other", 1)])
    hold.set()
    await until(lambda: len(looks) == 4)
    await asyncio.sleep(0.05)
    assert len(looks) == 4
    held.clear()
    poller.on_nudges([Nudge("topic", 1)])
    await asyncio.wait_for(held.wait(), PATIENCE_S)
    await poller.stop()
    poller.wake()
    await asyncio.sleep(0.02)
    assert len(looks) == 5


async def test_who_is_alone_ends_every_earlier_visit(stage: Stage, runtime: Runtime) -> None:
    """Also those of a process that ran under a clock which has been set back since."""
    died = await runtime.commit.run(START_PROCESS, StartProcess(), lane=0)
    entered = stage.enter(process_id=died)
    stage.clock.at -= 3_600 * SECOND
    heartbeat = Heartbeat(runtime, lambda: None)
    await heartbeat.start(alone=True)
    assert stage.online == 0
    assert entered.seat.entered_at == stage.people().presences[0].stay.exited_at
    await heartbeat.stop()


async def test_who_was_stopped_after_its_heartbeat_lives(stage: Stage, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for long between a process's heartbeat and its look at the others: nobody is sent away."""
    looked = 0

    async def run(action: Action[Any, Any], command: Any, *, lane: int, order: int = 0) -> Any:
        nonlocal looked
        outcome = await GroupCommit.run(runtime.commit, action, command, lane=lane, order=order)
        if action is BEAT:
            stage.clock.advance(10 * DEAD_AFTER_S)
        elif action is END_VISITS_OF_DEAD:
            looked += 1
        return outcome

    monkeypatch.setattr(runtime.commit, "run", run)
    monkeypatch.setattr("turnout.audience.heartbeat.HEARTBEAT_INTERVAL_S", 0.01)
    sent_away: list[None] = []
    heartbeat = Heartbeat(runtime, lambda: sent_away.append(None))
    await heartbeat.start(alone=False)
    first = heartbeat.process_id()
    stage.enter(process_id=first)
    await until(lambda: looked >= 3)
    assert (heartbeat.process_id(), stage.online, sent_away) == (first, 1, [])
    await heartbeat.stop()
