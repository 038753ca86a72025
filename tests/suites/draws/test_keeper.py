"""The keeper: every draw whose entries have ended comes to its winners, once, whatever stops or delays it."""

from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import structlog

from tests.fake_clock import FakeClock
from tests.harness.drand_relay import Relay, relaying
from tests.suites.draws.keeping import CHAIN, DELAY_S, Hall, House, WatchedKeeper, in_state, until
from turnout.entropy.keeper import Keeper
from turnout.entropy.relays import Relays
from turnout.interactions.draw import queries
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.draw.commands import CancelDraw
from turnout.interactions.draw.entrant_store import draw_entrants
from turnout.interactions.draw.moves import ENTROPY_LATE_S
from turnout.interactions.draw.rules import EntropyKind
from turnout.interactions.draw.wire import EntropyWaitingView, host_view, public_view
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, rfc3339
from turnout.kernel.ids import Kind
from turnout.storage.database import Database


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
    await house.keeper.has_nothing_to_do()
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
    await house.keeper.has_nothing_to_do()
    assert hall.draw(draw_id).state == "timed_out"
    assert hall.won(draw_id) == []


async def test_hosts_learn_what_a_draw_waits_for(hall: Hall, house: House, relay: Relay) -> None:
    """Once the round is late, and anew when the problem is another; never of a round that comes as it should."""
    relay.answer = relay.fail
    await house.keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    closed = hall.draw(draw_id)
    assert closed.decided_at is not None
    hall.clock.advance(closed.decided_at + ENTROPY_LATE_S - 1 - hall.clock.now() / SECOND)
    await until(lambda: len(relay.asked) >= 2)
    assert hall.draw(draw_id).waiting_since is None
    hall.clock.advance(1)
    await until(lambda: "503" in hall.draw(draw_id).waiting_problem)
    since = hall.draw(draw_id).waiting_since
    assert since == hall.clock.now()
    hall.clock.advance(5)
    relay.answer = relay.lie
    await until(lambda: "not the chain's" in hall.draw(draw_id).waiting_problem)
    assert hall.draw(draw_id).waiting_since == since
    shown = host_view(hall.ids, hall.draw(draw_id)).entropy_waiting
    assert isinstance(shown, EntropyWaitingView)
    assert shown.until == rfc3339((closed.decided_at + limits.ENTROPY_PATIENCE_S) * SECOND)
    assert public_view(hall.ids, hall.draw(draw_id)).entropy_waiting is msgspec.UNSET
    relay.answer = relay.tell
    await until(in_state(hall, draw_id, "drawn"))
    assert hall.kinds().count("draw.waiting") == 2
    assert host_view(hall.ids, hall.draw(draw_id)).entropy_waiting is None


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
        WatchedKeeper(house.runtime, hall.actions, ClosedLists(house.runtime), Relays([relay.url]), poll_s=0.02, retry_s=0.01)
        for _ in range(3)
    ]
    for keeper in keepers:
        await keeper.start()
    draw_id = hall.opened()
    await house.close_entries(draw_id)
    await until(in_state(hall, draw_id, "closed"))
    hall.clock.advance(DELAY_S + CHAIN.chain.period_s)
    await until(in_state(hall, draw_id, "drawn"))
    for keeper in keepers:
        await keeper.has_nothing_to_do()
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
