"""The keeper: every draw whose entries have ended comes to its winners, once, whatever stops or delays it."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from typing import Any

import pytest
import structlog

from tests.fake_clock import FakeClock
from tests.harness.drand_relay import Relay, SigningChain, relaying
from tests.suites.domains.show import Show
from turnout.entropy.keeper import Keeper
from turnout.entropy.relays import Relays
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.draw.commands import CancelDraw, ChangeDraw, CreateDraw, EnterDraw
from turnout.interactions.draw.entrant_store import draw_entrants
from turnout.interactions.draw.rules import DrawDraft, DrawFacts, EntropyKind, Prize, Who
from turnout.interactions.draw.winner_store import draw_winners
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import DrawId, Kind, ViewerId
from turnout.proofs.verifying import Report, verify_file
from turnout.storage.database import Database
from turnout.storage.event_log import read_events
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

CHAIN = SigningChain(period_s=3)
DELAY_S = 6
PATIENCE_S = 20.0

_serial = itertools.count(1)


class Hall(Show):
    """A show with draws, played as the API would."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database, clock)
        self.ids = Keyring(bytes(32)).ids
        self.actions = DrawActions(self.ids, DELAY_S, CHAIN.chain)

    def opened(self, entrants: int = 20, *, prizes: Collection[int] = (1, 3), **draft: Any) -> DrawId:
        """A draw that this many viewers have entered."""
        made = DrawDraft(**{"title": "Draw", "prizes": [Prize(f"P{count}", count) for count in prizes], "who": Who.TAP, **draft})
        draw_id = DrawId(self.do(self.actions.create_draw, CreateDraw(self.caller, self.live.id, made, opens=True)).draw_id)
        for viewer_id in self.viewers(entrants):
            self.do(self.actions.enter_draw, self.enter_draw(draw_id, viewer_id))
        return draw_id

    def enter_draw(self, draw_id: DrawId, viewer_id: ViewerId) -> EnterDraw:
        """A tap."""
        command_id = f"enter-{next(_serial)}"
        return EnterDraw(self.live.id, self.room.id, draw_id, viewer_id, "", "", command_id, self.clock.now())

    def close_entries(self, draw_id: DrawId) -> None:
        """What a host does at the end of entries, with nobody who hears of it."""
        self.do(self.actions.close_draw, ChangeDraw(self.caller, self.live.id, draw_id))

    def draw(self, draw_id: DrawId) -> DrawFacts:
        """A draw as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_draw(connection, self.caller.account_id, self.live.id, draw_id)

    def verified(self, draw_id: DrawId) -> Report:
        """What a stranger finds in the proof file."""
        with self.database.reading() as connection:
            paper = queries.find_public(connection, draw_id)[1]
        assert paper is not None
        return verify_file(paper, None, [CHAIN.chain])

    def won(self, draw_id: DrawId) -> list[tuple[int, str]]:
        """Rows of winners, by place: index in the list, and code."""
        rows = sorted((row for row in self.rows(draw_winners) if row["draw_id"] == draw_id), key=lambda row: row["place"])
        assert [row["place"] for row in rows] == list(range(len(rows)))
        return [(row["index"], self.ids.text(Kind.VIEWER, row["viewer_id"])) for row in rows]

    def kinds(self) -> list[str]:
        """Kinds of the events of draws, in order."""
        with self.database.reading() as connection:
            events = read_events(connection, self.live.id, after=0, limit=1_000)
        return [event.kind for event in events if event.kind.startswith("draw.")]


class House:
    """Group commit and a keeper, as compose puts them together."""

    def __init__(self, hall: Hall, relay: Relay, *, hears: bool = True) -> None:
        self.hall = hall
        self._hears = hears
        keyring = Keyring(bytes(32))
        self.commit = GroupCommit(hall.database, hall.clock, self._on_commit)
        self.runtime = Runtime(database=hall.database, commit=self.commit, keyring=keyring, ids=keyring.ids, clock=hall.clock, base_url="")
        self.lists = ClosedLists(self.runtime)
        self.keeper = Keeper(self.runtime, hall.actions, self.lists, Relays([relay.url], timeout_s=2.0), poll_s=0.05, retry_s=0.02)

    async def close_entries(self, draw_id: DrawId) -> None:
        """What a host does at the end of entries."""
        await self.commit.run(
            self.hall.actions.close_draw, ChangeDraw(self.hall.caller, self.hall.live.id, draw_id), lane=self.hall.live.id
        )

    def _on_commit(self, nudges: Collection[Nudge]) -> None:
        if self._hears:
            self.keeper.on_nudges(nudges)


@pytest.fixture
def hall(database: Database, clock: FakeClock) -> Iterator[Hall]:
    """A room with a running live session."""
    made = Hall(database, clock)
    yield made
    made.close()


@pytest.fixture
def relay(clock: FakeClock) -> Iterator[Relay]:
    """A truthful relay, by the test's clock."""
    with relaying(CHAIN, lambda: clock.now() / SECOND) as made:
        yield made


@pytest.fixture
async def house(hall: Hall, relay: Relay) -> AsyncIterator[House]:
    """Started, but for the keeper."""
    made = House(hall, relay)
    await made.commit.start()
    yield made
    await made.keeper.stop()
    await made.commit.stop()


async def until(true: Callable[[], bool]) -> None:
    """Returns once it is so."""
    end = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(true):
        assert time.monotonic() < end, "it never came to be so"
        await asyncio.sleep(0.01)


def in_state(hall: Hall, draw_id: DrawId, state: str) -> Callable[[], bool]:
    """Whether the draw has come so far."""
    return lambda: hall.draw(draw_id).state == state


async def test_from_the_end_of_entries_to_the_winners(hall: Hall, house: House, relay: Relay) -> None:
    """The root is published at once, nothing is decided before the round of its time, and then what commitment, root and round give; a
    stranger finds the same."""
    await house.keeper.start()
    draw_id = hall.opened(20, prizes=(1, 3))
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    closed = hall.draw(draw_id)
    assert closed.decided_at is not None
    assert closed.published_at is not None
    assert closed.published_at / 1000 + DELAY_S <= closed.decided_at < closed.published_at / 1000 + DELAY_S + CHAIN.chain.period_s
    hall.clock.advance(closed.decided_at - hall.clock.now() / SECOND - 0.01)
    await asyncio.sleep(0.3)
    assert hall.draw(draw_id).state == "closed"
    assert relay.asked == []

    hall.clock.advance(0.02)
    await until(in_state(hall, draw_id, "drawn"))

    drawn, report, won = hall.draw(draw_id), hall.verified(draw_id), hall.won(draw_id)
    assert report.ok, report.checks
    assert report.drawn is not None
    assert report.drawn.fingerprint == closed.fingerprint == drawn.fingerprint
    assert [code for _, code in report.drawn.winners] == [code for _, code in won]
    assert [prize.won for prize in drawn.prizes] == [1, 3]
    assert len(set(won)) == 4
    assert relay.asked == [f"/{CHAIN.chain.chain}/public/{closed.round}"]
    assert hall.kinds() == [
        "draw.committed",
        "draw.opened",
        "draw.closing",
        "draw.closed",
        "draw.drawn",
        "draw.prize_drawn",
        "draw.prize_drawn",
    ]


async def test_nobody_entered(hall: Hall, house: House) -> None:
    """Then nobody wins, and that can be checked too."""
    await house.keeper.start()
    draw_id = hall.opened(0)
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)
    await until(in_state(hall, draw_id, "drawn"))
    assert hall.verified(draw_id).ok
    assert hall.won(draw_id) == []


async def test_an_offline_draw_asks_nobody(hall: Hall, house: House, relay: Relay) -> None:
    """Its seed is there; the proof carries the list, and says that it is weaker."""
    await house.keeper.start()
    draw_id = hall.opened(5, entropy=EntropyKind.OFFLINE)
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "drawn"))
    report = hall.verified(draw_id)
    assert report.ok, report.checks
    assert len(hall.won(draw_id)) == 4
    assert relay.asked == []


async def test_a_relay_that_is_down_and_lies_delays_it(hall: Hall, house: House, relay: Relay) -> None:
    """Nothing is decided by what does not hold; when the truth comes it is decided by that."""
    relay.answer = relay.fail
    await house.keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)
    await until(lambda: len(relay.asked) >= 2)
    asked = len(relay.asked)
    relay.answer = relay.lie
    await until(lambda: len(relay.asked) >= asked + 2)
    assert hall.draw(draw_id).state == "closed"
    relay.answer = relay.tell
    await until(in_state(hall, draw_id, "drawn"))
    assert hall.verified(draw_id).ok


async def test_entropy_that_never_comes(hall: Hall, house: House, relay: Relay) -> None:
    """After the patience the draw is given up, without winners; what was published stays public as that of a draw that came to none."""
    relay.answer = relay.fail
    await house.keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    closed = hall.draw(draw_id)
    assert closed.decided_at is not None
    hall.clock.advance(closed.decided_at + limits.ENTROPY_PATIENCE_S - hall.clock.now() / SECOND - 1)
    await until(lambda: len(relay.asked) >= 2)
    assert hall.draw(draw_id).state == "closed"
    hall.clock.advance(1)
    await until(in_state(hall, draw_id, "timed_out"))
    report = hall.verified(draw_id)
    assert report.ok, report.checks
    assert report.drawn is not None
    assert (report.drawn.state, report.drawn.fingerprint) == ("cancelled", closed.fingerprint)
    assert str(closed.round) in hall.draw(draw_id).because
    relay.answer = relay.tell
    await asyncio.sleep(0.3)
    assert hall.draw(draw_id).state == "timed_out"
    assert hall.won(draw_id) == []


async def test_a_round_that_comes_late_still_decides(hall: Hall, house: House) -> None:
    """A server that was down past all patience asks before it gives up."""
    draw_id = hall.opened()
    hall.close_entries(draw_id)
    await house.keeper.start()
    await until(in_state(hall, draw_id, "closed"))
    await house.keeper.stop()
    hall.clock.advance(2 * limits.ENTROPY_PATIENCE_S)
    again = Keeper(house.runtime, hall.actions, house.lists, house.keeper._relays, poll_s=0.05)
    await again.start()
    try:
        await until(in_state(hall, draw_id, "drawn"))
    finally:
        await again.stop()
    assert hall.verified(draw_id).ok


async def test_one_that_was_cancelled_after_its_root_leaves_a_paper(hall: Hall, house: House, relay: Relay) -> None:
    """It says that there was a list, and that nobody won."""
    relay.answer = relay.fail
    await house.keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    command = CancelDraw(hall.caller, hall.live.id, draw_id, "a mistake")
    await house.commit.run(hall.actions.cancel_draw, command, lane=hall.live.id)

    def paper() -> bool:
        with hall.database.reading() as connection:
            return queries.find_public(connection, draw_id)[1] is not None

    await until(paper)
    report = hall.verified(draw_id)
    assert report.ok, report.checks
    assert report.drawn is not None
    assert (report.drawn.state, report.drawn.winners) == ("cancelled", [])
    with hall.database.reading() as connection:
        assert queries.list_working(connection) == []


async def test_what_was_left_undone_is_done_after_the_next_start(hall: Hall, house: House, relay: Relay) -> None:
    """Entries ended and the server died; the root was published and it died: whoever comes next goes on, and comes to the same winners as
    one who has it all in memory."""
    draw_id = hall.opened()
    hall.close_entries(draw_id)
    await house.keeper.start()
    await until(in_state(hall, draw_id, "closed"))
    root = hall.draw(draw_id).root
    await house.keeper.stop()
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)

    other = House(hall, relay, hears=False)  # nothing in memory, and no nudges
    await other.commit.start()
    await other.keeper.start()
    try:
        await until(in_state(hall, draw_id, "drawn"))
    finally:
        await other.keeper.stop()
        await other.commit.stop()

    assert hall.draw(draw_id).root == root
    report = hall.verified(draw_id)
    assert report.ok, report.checks
    assert report.drawn is not None
    assert [code for _, code in report.drawn.winners] == [code for _, code in hall.won(draw_id)]


async def test_several_keepers_decide_once(hall: Hall, house: House, relay: Relay) -> None:
    """Of processes that work for the same draw one comes first, and the others change nothing."""
    keepers = [house.keeper] + [
        Keeper(house.runtime, hall.actions, ClosedLists(house.runtime), Relays([relay.url]), poll_s=0.02, retry_s=0.01) for _ in range(3)
    ]
    for keeper in keepers:
        await keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)
    await until(in_state(hall, draw_id, "drawn"))
    await asyncio.sleep(0.2)
    for keeper in keepers[1:]:
        await keeper.stop()
    assert len(hall.won(draw_id)) == 4
    kinds = hall.kinds()
    assert [kinds.count(kind) for kind in ("draw.closed", "draw.drawn", "draw.prize_drawn")] == [1, 1, 2]


async def test_a_list_that_was_changed_is_not_drawn_from(hall: Hall, house: House, relay: Relay) -> None:
    """It is logged again and again, and holds up nobody else's draw."""
    changed_id = hall.opened(10)
    hall.close_entries(changed_id)
    await house.keeper.start()
    await until(in_state(hall, changed_id, "closed"))
    await house.keeper.stop()
    owner = hall.database.writing(0)
    table = draw_entrants
    first = hall.rows(table)[0]["entrant_id"]
    owner.begin().execute(table.delete().where(table.c.draw_id == changed_id, table.c.entrant_id == first))
    owner.commit()
    owner.close()
    beside = Hall(hall.database, hall.clock)
    good_id = beside.opened(10)
    beside.close_entries(good_id)
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)

    other = House(hall, relay)
    await other.commit.start()
    with structlog.testing.capture_logs() as logs:
        await other.keeper.start()
        try:
            await until(in_state(beside, good_id, "closed"))
            hall.clock.advance(DELAY_S + CHAIN.chain.period_s)
            await until(in_state(beside, good_id, "drawn"))
        finally:
            await other.keeper.stop()
            await other.commit.stop()
            beside.close()
    assert hall.draw(changed_id).state == "closed"
    failed = [line for line in logs if line["event"] == "draw_failed"]
    assert failed
    assert {line["draw"] for line in failed} == {hall.ids.text(Kind.DRAW, changed_id)}
