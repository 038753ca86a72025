"""From the root to the winners: what the keeper's commands do, once and no more, and that the proof holds."""

from typing import Any

import msgspec
import pytest

from tests.fake_clock import FakeClock
from tests.suites.draws.hall import WINDOWS, Hall, drawn_of, page_of
from turnout.audience.actions import ENTER
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import DecideDraw
from turnout.interactions.draw.entrant_store import draw_entrants
from turnout.interactions.draw.rules import (
    WINNERS_PER_PAGE,
    DrawState,
    EntropyKind,
    ListedEntrant,
    PreferredWinner,
    Prize,
    Who,
)
from turnout.interactions.draw.winner_store import draw_winners
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InternalError
from turnout.kernel.ids import DrawId
from turnout.proofs import drand
from turnout.proofs.papers import DrandEntropy
from turnout.proofs.verifying import verify_proof
from turnout.storage.database import Database

TEST_CHAIN = drand.Chain(
    chain="af8b6fc95693b058a3a59efe586eb31c2c352fe00cf40c62a427d87c34f7a235",
    public_key="81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca"
    "0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3",
    period_s=3,
    genesis=1_687_506_816,
)
"""The chain of the example in docs/draw.md, of which this round is known."""

ROUND_38 = DrandEntropy(38, "95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126")
OUT_AT = TEST_CHAIN.genesis + 37 * 3


def entered_by(hall: Hall, number: int, **draft: Any) -> DrawId:
    """A draw that so many viewers have entered."""
    draw_id = hall.create(**draft)
    commands = [(hall.actions.enter_draw, hall.enter_draw_command(draw_id, viewer)) for viewer in hall.viewers(number)]
    assert not [outcome for outcome in hall.batch(commands) if isinstance(outcome, BaseException)]
    return draw_id


def test_an_offline_draw_from_beginning_to_end(hall: Hall) -> None:
    """Root, fingerprint and winners are told in their order, the proof holds, and every entrant's place is what it says."""
    draw_id = entered_by(hall, 7, prizes=[Prize("Cup", 2), Prize("Car", 1)])
    hall.close_entries(draw_id)
    closing = hall.facts_of(draw_id)
    assert (closing.state, closing.root, closing.published_at) == (DrawState.CLOSING, "", None)

    hall.publish(draw_id)

    closed = hall.facts_of(draw_id)
    assert closed.state is DrawState.CLOSED
    assert (closed.root, closed.entered) == (hall.closed_list(draw_id).root.hex(), 7)
    assert (closed.round, closed.decided_at) == (None, None)
    assert closed.published_at == pytest.approx(hall.clock.now() // 1000, abs=1)
    assert hall.public(draw_id) == (closed, None)

    drawn = hall.decide(draw_id)

    assert (drawn.state, [prize.won for prize in drawn.prizes]) == (DrawState.DRAWN, [2, 1])
    paper = hall.public(draw_id)[1]
    assert paper is not None
    report = verify_proof(paper)
    assert report.ok, report
    proof = msgspec.json.decode(paper)
    assert proof["entrants"]["fingerprint"] == drawn.fingerprint
    assert proof["commitment"]["sha256"] == drawn.commitment_sha256
    assert [one.place for one in hall.winners(draw_id)] == [0, 1, 2]
    assert len({one.viewer_id for one in hall.winners(draw_id)}) == 3
    assert hall.kinds() == ["committed", "opened", "closing", "closed", "drawn", "prize_drawn", "prize_drawn"]
    with hall.database.reading() as connection:
        assert queries.list_working(connection) == []


def test_a_draw_by_drand(database: Database, clock: FakeClock) -> None:
    """The round follows from the time of the root, and the proof holds with it; another round's signature makes none."""
    hall = Hall(database, clock, TEST_CHAIN)
    draw_id = entered_by(hall, 5, entropy=EntropyKind.DRAND)
    hall.close_entries(draw_id)
    clock.at = (OUT_AT - 7) * SECOND
    hall.writer._latest = 0
    hall.publish(draw_id)
    closed = hall.facts_of(draw_id)
    assert (closed.round, closed.decided_at) == (38, OUT_AT)
    assert hall.work(draw_id).seed is None

    hall.do(hall.actions.decide_draw, hall.decide_command(draw_id, ROUND_38))

    paper = hall.public(draw_id)[1]
    assert paper is not None
    assert verify_proof(paper, [TEST_CHAIN]).ok
    assert msgspec.json.decode(paper)["entropy"]["round"] == 38
    hall.close()


def test_the_root_is_published_once(hall: Hall) -> None:
    """A second root changes nothing, nor does one of a draw that is elsewhere; a tree of another number of people is a fault."""
    draw_id = entered_by(hall, 3)
    command = hall.publish_command(draw_id)
    hall.do(hall.actions.publish_root, command)
    assert hall.facts_of(draw_id).state is DrawState.OPEN
    hall.close_entries(draw_id)
    with pytest.raises(InternalError):
        hall.do(hall.actions.publish_root, msgspec.structs.replace(command, count=2))
    hall.do(hall.actions.publish_root, command)
    closed = hall.facts_of(draw_id)
    hall.clock.advance(5)
    hall.do(hall.actions.publish_root, msgspec.structs.replace(command, root="00" * 32))
    assert hall.facts_of(draw_id) == closed
    assert hall.kinds().count("closed") == 1


def test_a_draw_is_decided_once(hall: Hall) -> None:
    """A repeat, be it with other winners, changes neither rows nor events; before the root nothing is decided."""
    draw_id = entered_by(hall, 5)
    nothing = DecideDraw(hall.live.id, draw_id, [], "{}", b"{}")
    hall.do(hall.actions.decide_draw, nothing)
    hall.close_entries(draw_id)
    hall.do(hall.actions.decide_draw, nothing)
    assert hall.facts_of(draw_id).state is DrawState.CLOSING
    hall.publish(draw_id)
    command = hall.decide_command(draw_id)
    assert msgspec.structs.replace(command, paper=b"") == msgspec.structs.replace(hall.decide_command(draw_id), paper=b"")
    hall.do(hall.actions.decide_draw, command)
    facts, rows, kinds, paper = hall.facts_of(draw_id), hall.rows(draw_winners), hall.kinds(), hall.public(draw_id)[1]

    for again in (command, nothing):
        hall.do(hall.actions.decide_draw, again)

    assert (hall.facts_of(draw_id), hall.rows(draw_winners), hall.kinds()) == (facts, rows, kinds)
    assert hall.public(draw_id)[1] == paper == command.paper


def test_pages_of_winners_in_events(hall: Hall) -> None:
    """At most WINNERS_PER_PAGE in each, prizes in their order, one empty page for a prize that nobody won."""
    people = [ListedEntrant(external_id=f"e{number}") for number in range(WINNERS_PER_PAGE + 10)]
    prizes = [Prize("Few", 3), Prize("Many", limits.MAX_PRIZE_COUNT), Prize("None left", 1)]
    draw_id = hall.of_list(*people, prizes=prizes)
    hall.held(draw_id)

    drawn, *pages = hall.events()[4:]
    told = [page_of(event) for event in pages]
    assert [(one.prize, one.page, one.pages, len(one.winners)) for one in told] == [
        (0, 0, 1, 3),
        (1, 0, 2, WINNERS_PER_PAGE),
        (1, 1, 2, 7),
        (2, 0, 1, 0),
    ]
    assert [one.place for page in told for one in page.winners] == list(range(WINNERS_PER_PAGE + 10))
    assert all(page.room_id == hall.room.id and page.draw.winners == [] for page in told)
    facts = drawn_of(drawn)
    assert facts == hall.facts_of(draw_id)
    assert [prize.won for prize in facts.prizes] == [3, WINNERS_PER_PAGE + 7, 0]
    shown = [one.place for one in facts.winners]
    assert shown == [0, 1, 2, *range(3, 3 + limits.SHOWN_WINNERS)]
    with hall.database.reading() as connection:
        page = queries.list_winners(connection, hall.caller.account_id, hall.live.id, draw_id, after=1, limit=2)
    assert [one.place for one in page] == [2, 3]


def test_what_is_told_of_a_winner(hall: Hall) -> None:
    """As he came: address, terminal, and what his pass says; of who never came what the list says. No form is in it."""
    viewer = hall.enter_signed("c-7", "Sina", phone="13800138000", email="s@example.org", group="red", extra='{"seat":7}')
    draw_id = hall.of_list("c-7", "never", prizes=[Prize("Cup", 2)])
    hall.held(draw_id)

    (page,) = [page_of(event) for event in hall.events() if event.kind == "draw.prize_drawn"]
    by_name = {one.external_id: one for one in page.winners}
    came, never = by_name["c-7"], by_name["never"]
    assert (came.viewer_id, came.name, came.address, came.terminal) == (viewer, "Sina", "192.0.2.1", "Windows 10")
    assert (came.phone, came.email, came.group, came.extra) == ("13800138000", "s@example.org", "red", '{"seat":7}')
    assert (never.viewer_id, never.name, never.address, never.code[:3]) == (None, "Name of never", "", "en_")
    assert WINDOWS not in repr(page)
    assert page.title == page.draw.title != ""


def test_preferred_winners_win(hall: Hall) -> None:
    """If they take part; and it is told of them."""
    viewers = hall.viewers(20)
    draw_id = hall.create(preferred=[PreferredWinner(0, viewers[3]), PreferredWinner(0, viewers[4])])
    for viewer in viewers:
        if viewer != viewers[4]:
            hall.take_part(draw_id, viewer)
    hall.held(draw_id)

    told = [(one.viewer_id, one.preferred) for one in hall.winners(draw_id)]
    assert told[0] == (viewers[3], True)
    assert len(told) == 2
    assert not told[1][1]
    paper = hall.public(draw_id)[1]
    assert paper is not None
    assert verify_proof(paper).ok


def test_weights(hall: Hall) -> None:
    """Who weighs nothing never wins; the proof carries the list and holds."""
    people = [ListedEntrant(external_id=f"e{number}", weight=number % 3) for number in range(12)]
    draw_id = hall.of_list(*people, weighted=True, prizes=[Prize("Cup", 12)])
    hall.held(draw_id)
    assert {one.external_id for one in hall.winners(draw_id)} == {f"e{number}" for number in range(12) if number % 3}
    paper = hall.public(draw_id)[1]
    assert paper is not None
    assert verify_proof(paper).ok
    assert len(msgspec.json.decode(paper)["entrants"]["list"]) == 12


def test_somebody_wins_twice_where_that_is_allowed(hall: Hall) -> None:
    """One prize each where it is not."""
    (viewer,) = hall.viewers(1)
    for again in (True, False):
        draw_id = hall.create(repeat_winners=again, prizes=[Prize("Cup", 1), Prize("Car", 1)])
        hall.take_part(draw_id, viewer)
        assert [prize.won for prize in hall.held(draw_id).prizes] == [1, 1 if again else 0]
        (own,) = [one for one in hall.own_draws(viewer) if one.draw_id == draw_id]
        assert len(own.won) == (2 if again else 1)


def test_entropy_that_never_comes(hall: Hall) -> None:
    """Nobody gives up before the patience is over; then it has timed out, and what was published stays public, with a paper."""
    draw_id = entered_by(hall, 3, entropy=EntropyKind.DRAND)
    hall.close_entries(draw_id)
    hall.publish(draw_id)
    closed = hall.facts_of(draw_id)
    assert closed.decided_at is not None
    command = hall.give_up_command(draw_id)
    hall.clock.at = (closed.decided_at + limits.ENTROPY_PATIENCE_S) * SECOND - SECOND
    hall.do(hall.actions.give_up_draw, command)
    assert hall.facts_of(draw_id) == closed
    hall.clock.advance(1)
    hall.do(hall.actions.give_up_draw, command)
    hall.do(hall.actions.give_up_draw, command)

    ended = hall.facts_of(draw_id)
    assert (ended.state, ended.because, ended.root) == (DrawState.TIMED_OUT, "no round came", closed.root)
    assert hall.public(draw_id) == (ended, command.paper)
    assert hall.kinds().count("timed_out") == 1
    hall.do(hall.actions.decide_draw, DecideDraw(hall.live.id, draw_id, [], "{}", b"{}"))
    assert hall.facts_of(draw_id) == ended
    hall.create()


def test_pages_of_what_is_to_be_done(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longest waiting first, also of those who wait since the same moment; nobody is hidden behind the others."""
    monkeypatch.setattr(limits, "MAX_PAGE_LENGTH", 2)
    waiting: list[DrawId] = []
    for _ in range(5):
        waiting.append(hall.create())
        hall.close_entries(waiting[-1])
        hall.publish(waiting[-1])
        hall.start_anew()
    with hall.database.reading() as connection:
        found = queries.list_working(connection)
        while page := queries.list_working(connection, after=(found[-1].work_since, found[-1].draw_id)):
            found += page
        assert [one.draw_id for one in found] == waiting


def test_winners_are_told_of_their_prizes(hall: Hall) -> None:
    """Also who was on the list by an external id and came later; nobody before it is drawn."""
    draw_id = hall.of_list("a", "b", prizes=[Prize("Cup", 2)])
    hall.close_entries(draw_id)
    hall.publish(draw_id)
    early = hall.enter_signed("a")
    assert hall.own_draws(early) == []
    writing = hall.decide_command(draw_id)
    _, nudges = hall.writer.write([(hall.actions.decide_draw, writing, lambda _command, _outcome: None, hall.live.id, 0)])
    assert [nudge.keys for nudge in nudges if nudge.topic == "marked"] == [(early,)]
    late = hall.do(ENTER, hall.signed_command("b")).viewer.id

    prize_id = hall.facts_of(draw_id).prizes[0].prize_id
    for viewer in (early, late):
        (own,) = hall.own_draws(viewer)
        assert (own.entered, own.viewer_id) == (False, None)
        assert [(prize.prize_id, prize.filled) for prize in own.won] == [(prize_id, False)]


def test_the_seed_is_told_to_nobody(hall: Hall) -> None:
    """Neither facts nor events nor what the public reads have the seed of an offline draw before it is drawn; the keeper alone does."""
    draw_id = entered_by(hall, 2)
    hall.close_entries(draw_id)
    hall.publish(draw_id)
    seed = hall.work(draw_id).seed
    assert seed is not None
    told = msgspec.json.encode(hall.facts_of(draw_id)) + b"".join(_bytes(event.facts) for event in hall.events())
    assert seed.hex().encode() not in told
    hall.decide(draw_id)
    assert seed.hex().encode() in (hall.public(draw_id)[1] or b"")


def _bytes(facts: bytes | str) -> bytes:
    return facts if isinstance(facts, bytes) else facts.encode()


def test_entrants_are_what_the_proof_says(hall: Hall) -> None:
    """Nothing writes to the list once its root is public: neither entries, nor who comes, nor another close."""
    draw_id = entered_by(hall, 4)
    hall.close_entries(draw_id)
    hall.publish(draw_id)
    rows = hall.rows(draw_entrants)
    (late,) = hall.viewers(1)
    assert hall.take_part(draw_id, late) == "draw_not_open"
    hall.overdue(draw_id)
    hall.decide(draw_id)
    assert hall.rows(draw_entrants) == rows
    with hall.database.reading() as connection:
        assert queries.is_entrant(connection, hall.live.id, draw_id, rows[0]["entrant_id"])
        assert not queries.is_entrant(connection, hall.live.id, draw_id, late)  # type: ignore[arg-type]  # an entrant's id, if he were one


def test_a_draw_of_those_present_is_proved_too(hall: Hall) -> None:
    """Gathered entrants stand in the tree like those who tapped."""
    hall.viewers(6)
    draw_id = hall.create(who=Who.PRESENT, with_list=True)
    hall.held(draw_id)
    paper = hall.public(draw_id)[1]
    assert paper is not None
    assert verify_proof(paper).ok
