"""Who takes part: for every rule of who may win, who is gathered when entries end, and who is left out."""

import pytest

from tests.suites.domains.papers import CARD, EXAM
from tests.suites.draws.hall import Hall
from turnout.audience.rules import ViewerRole
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM, CREATE_CHECKIN, ChangeCheckIn, Confirm, CreateCheckIn
from turnout.interactions.checkin.rules import CheckInDraft
from turnout.interactions.draw import queries
from turnout.interactions.draw.rules import Prize, Who
from turnout.interactions.survey.actions import CLOSE_SURVEY, SUBMIT, WITHDRAW_SURVEY
from turnout.kernel.ids import CheckInId, DrawId, ViewerId
from turnout.proofs.commitment import read_commitment


def taking_part(hall: Hall, draw_id: DrawId) -> set[ViewerId | str]:
    """Who does once entries have ended; nobody before, and the event says how many."""
    assert hall.entered(draw_id) == set()
    hall.close_entries(draw_id)
    return hall.entered(draw_id)


def test_those_present(hall: Hall) -> None:
    """Who is there when entries end, once for two connections, also who came after the opening; nobody who has left, and no staff."""
    gone, stays = hall.enter(2)
    draw_id = hall.create(who=Who.PRESENT)
    (late,) = hall.viewers(1)
    hall.leave(gone.viewer.id, gone.seat.visit_id)
    hall.enter_signed("host", role=ViewerRole.HOST)
    hall.enter_signed("assistant", role=ViewerRole.ASSISTANT)
    guest = hall.enter_signed("guest", role=ViewerRole.GUEST)
    hall.enter_signed("guest", role=ViewerRole.GUEST)

    assert taking_part(hall, draw_id) == {stays.viewer.id, late, guest}
    assert hall.facts_of(draw_id).entered == 3
    hall.viewers(1)
    assert len(hall.entered(draw_id)) == 3


def test_nobody_present(hall: Hall) -> None:
    """A draw of nobody is closed and drawn like any other, and has no winners."""
    draw_id = hall.create(who=Who.PRESENT)
    assert taking_part(hall, draw_id) == set()
    hall.publish(draw_id)
    facts = hall.decide(draw_id)
    assert (facts.entered, [prize.won for prize in facts.prizes], facts.winners) == (0, [0], [])


def test_earlier_winners_are_not_gathered(hall: Hall) -> None:
    """Where they are out; where they are not, they are."""
    viewers = hall.viewers(3)
    first = hall.create(who=Who.PRESENT, prizes=[Prize("Cup", 1)])
    hall.held(first)
    (winner,) = [one.viewer_id for one in hall.winners(first)]

    without = hall.create(who=Who.PRESENT, earlier_winners=False)
    assert taking_part(hall, without) == {*viewers} - {winner}
    assert not read_commitment(hall.facts_of(without).commitment).who["earlier_winners"]
    hall.cancel(without)
    assert taking_part(hall, hall.create(who=Who.PRESENT)) == {*viewers}


def test_those_who_answered(hall: Hall) -> None:
    """Everybody who has submitted by then, right or wrong, also after the survey has closed; nobody of one that was withdrawn."""
    survey_id, (question,) = hall.opened(CARD)
    right, wrong, silent = hall.viewers(3)
    staff = hall.enter_signed("staff", role=ViewerRole.ASSISTANT)
    tries = [one.sent for one in CARD.items[0].tries[:2]]
    for viewer, sent in ((right, tries[0]), (wrong, tries[1]), (staff, tries[0])):
        assert hall.submit(survey_id, viewer, [(question, sent)]) == "accepted"
    draw_id = hall.create(who=Who.ANSWERED, survey_id=survey_id)
    hall.change(CLOSE_SURVEY, survey_id)

    assert taking_part(hall, draw_id) == {right, wrong}
    assert read_commitment(hall.facts_of(draw_id).commitment).who["survey"][:3] == "sv_"
    assert silent not in hall.entered(draw_id)
    hall.cancel(draw_id)

    withdrawn, (question,) = hall.opened(CARD)
    hall.submit(withdrawn, right, [(question, tries[0])])
    of_withdrawn = hall.create(who=Who.ANSWERED, survey_id=withdrawn)
    hall.change(WITHDRAW_SURVEY, withdrawn)
    assert taking_part(hall, of_withdrawn) == set()


def test_those_who_answered_all_of_it_right(hall: Hall) -> None:
    """Every question that can be right, as the survey's own count of them says."""
    survey_id, questions = hall.opened(EXAM)
    viewers = hall.viewers(12)
    commands = [
        (
            SUBMIT,
            hall.submit_command(survey_id, viewer, list(zip(questions, [one.tries[place % 2].sent for one in EXAM.items], strict=True))),
        )
        for place, viewer in enumerate(viewers)
    ]
    hall.batch(commands)
    card, (question,) = hall.opened(CARD)
    tries = CARD.items[0].tries
    for place, viewer in enumerate(viewers):
        hall.submit(card, viewer, [(question, tries[place % len(tries)].sent)])

    for asked, paper in ((survey_id, EXAM), (card, CARD)):
        draw_id = hall.create(who=Who.ANSWERED_RIGHT, survey_id=asked)
        assert len(taking_part(hall, draw_id)) == hall.facts(asked).right, paper
        hall.cancel(draw_id)
    assert hall.facts(card).right


def test_those_who_checked_in(hall: Hall) -> None:
    """Everybody who has confirmed, expected or not; no staff."""
    here, silent = hall.viewers(2)
    staff = hall.enter_signed("staff", role=ViewerRole.HOST)
    checkin_id = CheckInId(hall.do(CREATE_CHECKIN, CreateCheckIn(hall.caller, hall.live.id, CheckInDraft("There?"))).checkin_id)
    for viewer in (here, staff):
        hall.do(CONFIRM, Confirm(hall.live.id, checkin_id, viewer, "c", hall.clock.now()))
    hall.do(CLOSE_CHECKIN, ChangeCheckIn(hall.caller, hall.live.id, checkin_id))
    draw_id = hall.create(who=Who.CHECKED_IN, checkin_id=checkin_id)

    assert taking_part(hall, draw_id) == {here}
    assert read_commitment(hall.facts_of(draw_id).commitment).who["checkin"][:3] == "ci_"
    assert silent not in hall.entered(draw_id)


@pytest.mark.parametrize("who", [Who.TAP, Who.WORD])
def test_those_who_entered(hall: Hall, who: Who) -> None:
    """Nobody is gathered where viewers enter by themselves."""
    taps, _ = hall.viewers(2)
    draw_id = hall.create(who=who, word="yes" if who is Who.WORD else "")
    hall.take_part(draw_id, taps, word="Yes")
    hall.close_entries(draw_id)
    assert hall.entered(draw_id) == {taps}


def test_those_on_a_list(hall: Hall) -> None:
    """Nobody else, whoever is there; earlier winners are left out before it is committed, also those who never came."""
    (viewer,) = hall.viewers(1)
    first = hall.of_list("a", "b", prizes=[Prize("Cup", 2)])
    hall.held(first)
    draw_id = hall.of_list("a", "b", "c", viewer, earlier_winners=False)
    assert hall.entered(draw_id) == {"c", viewer}
    hall.close_entries(draw_id)
    assert hall.entered(draw_id) == {"c", viewer}


def test_pages_of_entrants(hall: Hall) -> None:
    """By entrant, with the name viewers have and the list's for those who never came; each with the code of the proof."""
    signed = hall.enter_signed("signed", "Sina")
    draw_id = hall.of_list("x", "signed", "y")
    with hall.database.reading() as connection:

        def page(after: int | None, limit: int) -> list[queries.EntrantEntry]:
            return queries.list_entrants(connection, hall.ids, hall.caller.account_id, hall.live.id, draw_id, after=after, limit=limit)

        first = page(None, 2)
        rest = page(first[-1].cursor, 2)
    people = [*first, *rest]
    assert {(one.external_id, one.name, one.viewer_id) for one in people} == {
        ("x", "Name of x", None),
        ("y", "Name of y", None),
        ("signed", "Sina", signed),
    }
    assert sorted(one.code for one in people) == [entrant.code for entrant in hall.closed_list(draw_id)]
    assert [one.cursor for one in people] == sorted(one.cursor for one in people)
