"""The figures of the overview: right, counted once for all who ask, and for good once a live session has ended."""

import asyncio
from typing import Any

import pytest

from tests.suites.audience.stage import Stage
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import Overloaded
from turnout.overview import figures as overview
from turnout.overview.figures import KEPT_S, Figures, KeptFigures
from turnout.rooms.queries import access_live_session


class Counting:
    """Figures by a clock that a test moves, and which live sessions were counted."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self.at = 0.0
        self.counted: list[int] = []
        self.kept = KeptFigures(now=lambda: self.at)
        count = overview.count_figures

        def counting(connection: Any, keys: Any) -> Any:
            self.counted += [key[0] for key in keys]
            return count(connection, keys)

        monkeypatch.setattr(overview, "count_figures", counting)

    async def ask(self) -> Figures:
        """What the overview shows of the stage's live session."""
        with self.stage.database.reading() as connection:
            live_session = access_live_session(connection, self.stage.caller.account_id, self.stage.live.id)
        return (await self.kept.of(self.stage.database, [live_session]))[live_session.id]


@pytest.fixture
def counting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Nothing is kept yet."""
    return Counting(stage, monkeypatch)


async def test_many_ask_and_one_counts(stage: Stage, counting: Counting) -> None:
    """At once, and for a moment after; then the figures are counted anew."""
    stage.enter()
    came = stage.clock.now()
    found = await asyncio.gather(*(counting.ask() for _ in range(20)))
    assert found == [Figures(online=1, viewers=1, peak=(1, came))] * 20
    stage.enter()
    counting.at += KEPT_S - 0.1
    assert await counting.ask() == found[0]
    assert len(counting.counted) == 1
    counting.at += 0.2

    after = await counting.ask()

    assert (after.online, after.viewers, after.peak) == (2, 2, (2, came))
    assert len(counting.counted) == 2


async def test_what_has_ended_is_counted_once(stage: Stage, counting: Counting) -> None:
    """At once when it has, whatever is kept of the time before; then never again. On the thread of long queries."""
    stage.enter()
    assert (await counting.ask()).online == 1
    stage.end()

    assert (await counting.ask()).online == 0
    counting.at += 1_000_000 * KEPT_S
    assert (await counting.ask()).viewers == 1
    assert counting.counted == [stage.live.id] * 2


async def test_no_more_are_remembered_than_the_limit(stage: Stage, counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those counted longest ago are forgotten."""
    monkeypatch.setattr(limits, "FIGURES_KEPT", 1)
    first = stage.live
    await counting.ask()
    stage.end()
    stage.start()
    await counting.ask()
    second, stage.live = stage.live, first
    await counting.ask()
    stage.live = second
    await counting.ask()
    assert counting.counted == [first.id, second.id, first.id, second.id]


async def test_a_failure_is_not_kept(stage: Stage, counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody who waited for it hears of it, and the next one who asks has the figures counted."""

    async def refuse(_query: object) -> None:
        raise Overloaded(retry_after_s=1)

    with monkeypatch.context() as patched:
        patched.setattr(stage.database, "read", refuse)
        failed = await asyncio.gather(*(counting.ask() for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in failed] == [Overloaded] * 3
    assert (await counting.ask()).online == 0


async def test_the_peak_is_never_below_who_is_there(stage: Stage, counting: Counting) -> None:
    """Also where the clock of another server is ahead or behind, so that people came after now or before the start."""
    start = stage.clock.at
    for ahead_s in (0, 90, -90, 0, -3_600, 3_600):
        stage.clock.at = start + ahead_s * SECOND
        entered = stage.enter()
        if ahead_s == 90:
            stage.leave(entered.seat)
        stage.clock.at = start
        counting.at += 2 * KEPT_S
        found = await counting.ask()

        assert found.peak is not None
        assert found.online <= found.peak[0] <= found.viewers
    assert found.online == 5
