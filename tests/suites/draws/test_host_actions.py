"""What hosts, the clock and the end of a live session do to draws: in which order, what is refused, and what the event log says."""

from typing import Any

import msgspec
import pytest

from tests.suites.domains.papers import CARD, SECRET_VOTE
from tests.suites.draws.hall import IDS, Hall, drawn_of
from turnout.dialects.native.news import News
from turnout.interactions.checkin.actions import CREATE_CHECKIN, WITHDRAW_CHECKIN, ChangeCheckIn, CreateCheckIn
from turnout.interactions.checkin.rules import CheckInDraft
from turnout.interactions.draw import queries
from turnout.interactions.draw.rules import (
    AnotherDrawOpen,
    CustomKind,
    DrawState,
    EntropyKind,
    NoSuchDraw,
    PreferredWinner,
    Prize,
    PrizeType,
    Who,
)
from turnout.interactions.lifecycle import WrongState
from turnout.interactions.survey.actions import WITHDRAW_SURVEY
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import CheckInId, DrawId, PrizeId, SurveyId
from turnout.proofs.commitment import read_commitment
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.rooms.rules import LiveSessionOver

STATES = ["draft", "committed", "open", "closing", "closed", "drawn", "cancelled", "timed_out"]


def in_state(hall: Hall, state: str) -> DrawId:
    """A draw of somebody who tapped, brought to this state; committed and open of a live session that then goes on."""
    draw_id = hall.create(opens=False)
    if state == "draft":
        return draw_id
    hall.commit(draw_id)
    if state == "committed":
        return draw_id
    hall.open(draw_id)
    hall.take_part(draw_id, hall.viewers(1)[0])
    if state == "open":
        return draw_id
    if state == "cancelled":
        hall.cancel(draw_id)
        return draw_id
    hall.close_entries(draw_id)
    if state == "closing":
        return draw_id
    hall.publish(draw_id)
    if state == "drawn":
        hall.decide(draw_id)
    if state == "timed_out":
        hall.do(hall.actions.give_up_draw, hall.give_up_command(draw_id))
    return draw_id


def test_a_draft_is_nobodys_but_the_hosts(hall: Hall) -> None:
    """It has no commitment, its event is for hosts alone, it is in no snapshot of viewers and found by no stranger."""
    draw_id = hall.create(opens=False)

    facts = hall.facts_of(draw_id)
    assert (facts.state, facts.commitment, facts.commitment_sha256, facts.root) == (DrawState.DRAFT, "", "", "")
    assert facts.prizes[0].name == "Cup"
    assert facts.room_title == "Room"
    (drafted,) = hall.events()
    assert set(News(IDS).publication(drafted)) == {"host"}
    with hall.database.reading() as connection:
        assert queries.list_for_snapshot(connection, hall.live.id, drafts=False) == []
        assert [one.draw_id for one in queries.list_for_snapshot(connection, hall.live.id, drafts=True)] == [draw_id]
        with pytest.raises(NoSuchDraw):
            queries.find_public(connection, draw_id)
    assert hall.take_part(draw_id, hall.viewers(1)[0]) == "draw_not_open"


def test_the_commitment_says_what_was_asked_for(hall: Hall) -> None:
    """Prizes, rule, preferred winners and entropy stand in it, in native ids, and its text is what was hashed."""
    (viewer,) = hall.viewers(1)
    prizes = [Prize("Cup", 2), Prize("Car", 1, PrizeType.CUSTOM, CustomKind.POINTS, "B-7", 500)]
    draw_id = hall.create(
        opens=False, who=Who.WORD, word="  Hello ", prizes=prizes, preferred=[PreferredWinner(1, viewer)], entropy=EntropyKind.DRAND
    )
    hall.commit(draw_id)

    facts = hall.facts_of(draw_id)
    promised = read_commitment(facts.commitment)
    text = msgspec.json.decode(facts.commitment)
    assert [(prize.name, prize.count) for prize in promised.prizes] == [("Cup", 2), ("Car", 1)]
    assert promised.who == {"kind": "word", "word": "Hello", "earlier_winners": True}
    assert [(one.prize, one.code[:3]) for one in promised.preferred] == [(1, "vw_")]
    assert (text["room"][:3], text["live_session"][:3], promised.draw[:3]) == ("rm_", "ls_", "dr_")
    assert text["entropy"]["delay_s"] == 6
    points = {"type": "custom", "asks": [], "custom": "points", "points": 500}
    assert text["prizes_detail"] == [{"type": "physical", "asks": []}, points]
    assert "B-7" not in facts.commitment
    assert facts.preferred == 1
    assert (facts.round, facts.root, facts.entered) == (None, "", 0)
    assert hall.public(draw_id) == (facts, None)


def test_nobody_enters_before_the_commitment_is_public(hall: Hall) -> None:
    """Opening a draft commits it first; the events stand in this order, and no entry is taken before both."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.create(opens=False)
    assert hall.take_part(draw_id, viewer) == "draw_not_open"
    assert hall.kinds() == ["drafted"]

    hall.open(draw_id)

    _, committed, opened = hall.events()
    assert (committed.kind, opened.kind) == ("draw.committed", "draw.opened")
    assert drawn_of(committed).state is DrawState.COMMITTED
    assert drawn_of(committed).commitment == drawn_of(opened).commitment == hall.facts_of(draw_id).commitment != ""
    assert drawn_of(opened).entered == 0
    assert hall.take_part(draw_id, viewer) == "accepted"


def test_a_committed_draw_takes_no_entries_yet(hall: Hall) -> None:
    """Its rules are public, and that is all; opening it does not commit again."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.create(opens=False)
    hall.commit(draw_id)
    text = hall.facts_of(draw_id).commitment

    assert hall.take_part(draw_id, viewer) == "draw_not_open"
    hall.open(draw_id)
    assert hall.facts_of(draw_id).commitment == text
    assert hall.kinds() == ["drafted", "committed", "opened"]


@pytest.mark.parametrize("state", STATES)
def test_every_move_is_refused_where_it_does_not_belong(hall: Hall, state: str) -> None:
    """Commit, open and add of a draft, open of a committed one, close of an open one, cancel of what has no winners yet; nothing else."""
    draw_id = in_state(hall, state)
    command = hall.move_command(draw_id)
    before = hall.facts_of(draw_id)
    assert before.state == state

    moves = {
        "commit": hall.actions.commit_draw,
        "open": hall.actions.open_draw,
        "close": hall.actions.close_draw,
    }
    allowed = {"draft": {"commit", "open"}, "committed": {"open"}, "open": {"close"}}.get(state, set())
    for name in moves.keys() - allowed:
        with pytest.raises(WrongState):
            hall.do(moves[name], command)
    if state in ("drawn", "cancelled", "timed_out"):
        with pytest.raises(WrongState):
            hall.cancel(draw_id)
    if state != "draft":
        with pytest.raises(WrongState):
            hall.add(draw_id, "somebody")
    assert hall.facts_of(draw_id) == before


@pytest.mark.parametrize("state", ["draft", "committed", "open", "closing", "closed"])
def test_a_cancelled_draw(hall: Hall, state: str) -> None:
    """It says why, makes room for another, and keeps what was public; one whose root was public keeps a paper that says so."""
    draw_id = in_state(hall, state)
    before = hall.facts_of(draw_id)

    hall.cancel(draw_id, "  wrong prize ")

    after = hall.facts_of(draw_id)
    assert (after.state, after.because) == (DrawState.CANCELLED, "wrong prize")
    assert (after.commitment, after.root, after.entered) == (before.commitment, before.root, before.entered)
    assert after.finished_at is not None
    assert hall.kinds()[-1] == "cancelled"
    assert drawn_of(hall.events()[-1]) == after
    with hall.database.reading() as connection:
        working = [one.draw_id for one in queries.list_working(connection)]
    assert working == ([draw_id] if state == "closed" else [])
    if state == "closed":
        hall.do(hall.actions.give_up_draw, hall.give_up_command(draw_id))
        assert hall.facts_of(draw_id) == after
        assert msgspec.json.decode(hall.public(draw_id)[1] or b"{}")["state"] == "cancelled"
        with hall.database.reading() as connection:
            assert queries.list_working(connection) == []
    hall.create()


def test_no_cancelling_once_the_round_is_out(hall: Hall) -> None:
    """A draw of drand can be cancelled until the time of its round, and not from then on: who cancels then could know the winners. An
    offline one can, which is one more reason why it is the weaker."""
    for wait_s, may in ((-0.001, True), (0, False), (5_000, False)):
        draw_id = hall.create(entropy=EntropyKind.DRAND)
        hall.close_entries(draw_id)
        hall.publish(draw_id)
        decided_at = hall.facts_of(draw_id).decided_at
        assert decided_at is not None
        assert 6 <= decided_at - hall.clock.now() / SECOND < 9
        hall.clock.at = round((decided_at + wait_s) * SECOND)
        if may:
            hall.cancel(draw_id)
            continue
        with pytest.raises(WrongState, match="round that decides it is out"):
            hall.cancel(draw_id)
        hall.start_anew()
    offline = hall.create()
    hall.close_entries(offline)
    hall.publish(offline)
    hall.clock.advance(10_000)
    hall.cancel(offline)


def test_one_draw_is_under_way_at_a_time(hall: Hall) -> None:
    """From the commitment to the root no other can be committed, opened or made to open at once; a draft can be made."""
    draw_id = hall.create(opens=False)
    other = hall.create(opens=False)
    hall.commit(draw_id)
    for step in (hall.open, hall.close_entries, hall.publish):
        with pytest.raises(AnotherDrawOpen):
            hall.commit(other)
        with pytest.raises(AnotherDrawOpen):
            hall.open(other)
        with pytest.raises(AnotherDrawOpen):
            hall.create()
        step(draw_id)
    hall.open(other)


def test_a_draw_that_waits_for_what_decides_it_holds_up_no_other(hall: Hall) -> None:
    """But one that leaves out earlier winners, who are not known yet. Each is decided by itself, in any order."""
    waits, second = hall.create(), hall.create(opens=False)
    without = hall.create(opens=False, earlier_winners=False)
    hall.close_entries(waits)
    hall.publish(waits)
    with pytest.raises(AnotherDrawOpen, match="not known yet"):
        hall.commit(without)
    hall.open(second)
    hall.take_part(second, hall.viewers(1)[0])
    assert hall.held(second).state is DrawState.DRAWN
    assert hall.facts_of(waits).state is DrawState.CLOSED
    hall.decide(waits)
    hall.open(without)


def test_a_countdown_ends_entries(hall: Hall) -> None:
    """At its moment for whoever is received then, also when the timers come later; the timers close it, as of that moment."""
    early, late = hall.viewers(2)
    draw_id = hall.create()
    assert hall.facts_of(draw_id).closes_at is None
    hall.close_entries(draw_id, 30)

    closes_at = hall.clock.now() + 30 * SECOND
    facts = hall.facts_of(draw_id)
    assert facts.state is DrawState.OPEN
    assert facts.closes_at is not None
    assert abs(facts.closes_at - closes_at) < 1_000
    assert hall.take_part(draw_id, early, received_at=facts.closes_at - 1) == "accepted"
    assert hall.take_part(draw_id, late, received_at=facts.closes_at) == "draw_not_open"
    with hall.database.reading() as connection:
        assert queries.next_due(connection) == facts.closes_at
        assert queries.list_due(connection, facts.closes_at) == [(hall.live.id, draw_id)]
        assert queries.list_due(connection, facts.closes_at - 1) == []
    hall.overdue(draw_id)
    assert hall.facts_of(draw_id).state is DrawState.OPEN
    hall.clock.advance(100)
    hall.overdue(draw_id)
    hall.overdue(draw_id)
    closed = hall.facts_of(draw_id)
    assert (closed.state, closed.closed_at) == (DrawState.CLOSING, facts.closes_at)
    assert hall.kinds() == ["committed", "opened", "counting", "closing"]


def test_a_countdown_from_the_draft_and_another_one(hall: Hall) -> None:
    """It runs from the opening; a later one replaces it, unless it is over: then entries end with it."""
    draw_id = hall.create(countdown_s=60)
    first = hall.facts_of(draw_id).closes_at
    hall.close_entries(draw_id, 10)
    second = hall.facts_of(draw_id).closes_at
    assert first is not None
    assert second is not None
    assert second < first
    hall.clock.advance(11)
    hall.close_entries(draw_id, 10)
    assert (hall.facts_of(draw_id).state, hall.facts_of(draw_id).closed_at) == (DrawState.CLOSING, second)


@pytest.mark.parametrize("state", STATES)
def test_the_live_session_ends(hall: Hall, state: str) -> None:
    """What takes or took entries and has no root has timed out; a closed draw is decided all the same; the rest stays as it is."""
    draw_id = in_state(hall, state)
    before = hall.facts_of(draw_id)

    hall.do(END_LIVE_SESSION, EndLiveSession(hall.caller, hall.live.id))

    after = hall.facts_of(draw_id)
    if state in ("committed", "open", "closing"):
        assert (after.state, after.because) == (DrawState.TIMED_OUT, "the live session ended")
        assert hall.kinds()[-1] == "timed_out"
        with hall.database.reading() as connection:
            assert queries.list_working(connection) == []
    else:
        assert after == before
    if state == "closed":
        assert hall.decide(draw_id).state is DrawState.DRAWN
    with pytest.raises(LiveSessionOver):
        hall.create()
    if state == "draft":
        with pytest.raises(LiveSessionOver):
            hall.open(draw_id)
        hall.cancel(draw_id)


def test_others_see_nothing_of_it(hall: Hall) -> None:
    """Another account neither reads nor changes it, by whatever way it asks."""
    draw_id = hall.create()
    prize_id = hall.facts_of(draw_id).prizes[0].prize_id
    other = Hall(hall.database, hall.clock)
    stolen = msgspec.structs.replace(hall.move_command(draw_id), caller=other.caller)
    assert other.refusal(other.actions.close_draw, stolen)[0] == "not_found"
    assert other.refusal(other.actions.close_draw, other.move_command(draw_id))[0] == "not_found"
    with hall.database.reading() as connection:
        queries.access_anywhere(connection, hall.caller.account_id, draw_id)
        queries.access_prize_anywhere(connection, hall.caller.account_id, prize_id)
        for account_id, asked, prize in ((other.caller.account_id, draw_id, prize_id), (hall.caller.account_id, DrawId(1), PrizeId(1))):
            with pytest.raises(NotFound):
                queries.access_anywhere(connection, account_id, asked)
            with pytest.raises(NotFound):
                queries.access_prize_anywhere(connection, account_id, prize)
    other.close()


def _without_a_source(hall: Hall) -> list[tuple[dict[str, Any], str]]:
    anonymous, _ = hall.opened(SECRET_VOTE)
    withdrawn, _ = hall.opened(CARD)
    hall.change(WITHDRAW_SURVEY, withdrawn)
    checkin_id = CheckInId(hall.do(CREATE_CHECKIN, CreateCheckIn(hall.caller, hall.live.id, CheckInDraft("There?"))).checkin_id)
    hall.do(WITHDRAW_CHECKIN, ChangeCheckIn(hall.caller, hall.live.id, checkin_id))
    return [
        ({"who": Who.ANSWERED, "survey_id": anonymous}, "survey"),
        ({"who": Who.ANSWERED, "survey_id": withdrawn}, "survey"),
        ({"who": Who.ANSWERED_RIGHT, "survey_id": SurveyId(1)}, "survey"),
        ({"who": Who.CHECKED_IN, "checkin_id": checkin_id}, "checkin"),
        ({"who": Who.CHECKED_IN, "checkin_id": CheckInId(1)}, "checkin"),
    ]


def test_a_draw_needs_what_it_draws_from(hall: Hall) -> None:
    """A survey or check-in of this live session that is there, was not withdrawn, and knows who is who."""
    for draft, field in _without_a_source(hall):
        assert hall.refusal(hall.actions.create_draw, hall.create_command(**draft)) == ("invalid_input", field), draft


def test_pages_of_draws_and_snapshots(hall: Hall) -> None:
    """Newest first; a snapshot keeps the one under way however old it is, and what was cancelled, since nothing is ever taken away."""
    under_way = hall.create(opens=False)
    others = [hall.create(opens=False) for _ in range(limits.SNAPSHOT_DRAWS)]
    for draw_id in others:
        hall.commit(draw_id)
        hall.cancel(draw_id)
    hall.commit(under_way)
    with hall.database.reading() as connection:
        page = queries.list_draws(connection, hall.caller.account_id, hall.live.id, limit=3)
        assert [one.draw_id for one in page] == others[::-1][:3]
        next_page = queries.list_draws(connection, hall.caller.account_id, hall.live.id, before=page[-1].draw_id, limit=1)
        assert [one.draw_id for one in next_page] == [others[-4]]
        shown = [one.draw_id for one in queries.list_for_snapshot(connection, hall.live.id, drafts=False)]
        assert shown == [under_way, *others[::-1][: limits.SNAPSHOT_DRAWS - 1]]
        of_hosts = [one.draw_id for one in queries.list_for_snapshot(connection, hall.live.id, drafts=True)]
        assert of_hosts == [*others[::-1][: limits.SNAPSHOT_DRAWS - 1], under_way]
