"""The lists of closed draws in memory: bounded, made once for all who wait, and never in anybody's way."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from tests.fake_clock import FakeClock
from turnout.interactions.draw import closed_lists, queries
from turnout.interactions.draw.closed_lists import ClosedLists, Key
from turnout.kernel.errors import Overloaded
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId
from turnout.proofs.entrants import ClosedList, Entrant
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime

PAGE = 20


class Source:
    """Stands for the rows, page by page: a draw has as many entrants as its id says. asked: which lists were read. gate: open when reading
    may go on."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def load(
        self, _connection: object, *, ids: object, live_session_id: LiveSessionId, draw_id: DrawId, after: EntrantId | None
    ) -> tuple[list[Entrant], EntrantId | None]:
        """As queries.list_for_closing."""
        if after is None:
            self.asked.append(draw_id)
        assert self.gate.wait(20)
        first = 0 if after is None else after + 1
        page = [Entrant(f"vw_{number}") for number in range(first, min(draw_id, first + PAGE))]
        return page, EntrantId(first + PAGE - 1) if len(page) == PAGE else None


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    """In the place of the rows."""
    made = Source()
    monkeypatch.setattr(queries, "list_for_closing", made.load)
    return made


@pytest.fixture
async def lists(sqlite_database: Database, clock: FakeClock, source: Source) -> AsyncIterator[ClosedLists]:
    """With room for 100 people."""
    keyring = Keyring(bytes(32))
    commit = GroupCommit(sqlite_database, clock, lambda _nudges: None)
    yield ClosedLists(Runtime(sqlite_database, commit, keyring, keyring.ids, clock, ""), most=100)
    source.gate.set()


def key(count: int) -> Key:
    """Of a draw with so many entrants."""
    return LiveSessionId(1), DrawId(count)


async def test_a_list_is_made_once_for_all_who_wait(lists: ClosedLists, source: Source) -> None:
    """Also when one of them leaves."""
    source.gate.clear()
    waiting = [asyncio.create_task(lists.get(key(5))) for _ in range(50)]
    await asyncio.sleep(0)
    waiting.pop().cancel()
    source.gate.set()
    found = await asyncio.gather(*waiting)
    assert source.asked == [5]
    assert {id(one) for one in found} == {id(await lists.get(key(5)))}
    assert found[0].count == 5


async def test_the_one_used_longest_ago_makes_room(lists: ClosedLists, source: Source) -> None:
    """By people, not by lists; a list that is too long for all of the room is made and not kept, and puts nobody out."""
    for count in (40, 50):
        await lists.get(key(count))
    await lists.get(key(40))
    await lists.get(key(60))
    assert lists.find(key(50)) is None
    assert lists.find(key(40)) is not None
    assert (await lists.get(key(101))).count == 101
    assert lists.find(key(101)) is None
    assert lists.find(key(60)) is not None
    lists.keep(key(60), ClosedList([]))
    await lists.get(key(55))
    assert lists.find(key(40)) is not None
    assert source.asked == [40, 50, 60, 101, 55]


async def test_what_nobody_uses_is_forgotten(lists: ClosedLists, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, so that one large draw does not fill the memory for good."""
    await lists.get(key(3))
    lists.sweep()
    assert lists.find(key(3)) is not None
    monkeypatch.setattr(closed_lists, "KEPT_S", -1.0)
    lists.sweep()
    assert lists.find(key(3)) is None


async def test_too_many_different_lists_are_refused(lists: ClosedLists, source: Source) -> None:
    """They are made one after the other; the keeper, who makes his own, does not stand in that line."""
    source.gate.clear()
    waiting = [asyncio.create_task(lists.get(key(count))) for count in range(1, closed_lists.WAITING_LISTS + 1)]
    await asyncio.sleep(0.05)
    with pytest.raises(Overloaded):
        await lists.get(key(99))
    assert source.asked == [1]
    source.gate.set()
    assert [one.count for one in await asyncio.gather(*waiting)] == list(range(1, closed_lists.WAITING_LISTS + 1))
    assert (await lists.get(key(99))).count == 99


async def test_a_failure_is_not_remembered(lists: ClosedLists, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is told, and the next one tries again."""

    def fail(*_: object, **_of: object) -> list[Entrant]:
        raise RuntimeError("the disk")

    monkeypatch.setattr(queries, "list_for_closing", fail)
    with pytest.raises(RuntimeError):
        await lists.get(key(4))
    monkeypatch.setattr(queries, "list_for_closing", source.load)
    assert (await lists.get(key(4))).count == 4
