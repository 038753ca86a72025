"""Entering a draw: who may, when, what is refused by which name, and that a repeat changes nothing."""

import pytest

from tests.suites.draws.hall import Hall
from turnout.audience.rules import ViewerRole
from turnout.interactions.draw import queries
from turnout.interactions.draw.entrant_store import draw_entrants
from turnout.interactions.draw.rules import PreferredWinner, Prize, Who
from turnout.kernel.ids import DrawId


def test_a_tap_enters_once(hall: Hall) -> None:
    """A repeat of the command is accepted again, also after the close; another command is refused; whoever comes too late is told so."""
    early, late = hall.viewers(2)
    draw_id = hall.create()

    assert hall.take_part(draw_id, early, "a") == "accepted"
    assert hall.take_part(draw_id, early, "a") == "accepted"
    assert hall.take_part(draw_id, early, "b") == "already_in_draw"
    assert hall.entered(draw_id) == {early}
    hall.close_entries(draw_id)
    assert hall.take_part(draw_id, late) == "draw_not_open"
    assert hall.take_part(draw_id, early, "a") == "accepted"
    assert hall.take_part(draw_id, early, "b") == "draw_not_open"
    assert hall.take_part(DrawId(draw_id + 1_000_000), early) == "not_found"
    assert hall.entered(draw_id) == {early}


def test_one_batch_keeps_one_of_a_kind(hall: Hall) -> None:
    """Several taps of one viewer in one commit: the first counts, the same command again is accepted, another is not."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.create()
    enter = hall.actions.enter_draw
    commands = [(enter, hall.enter_draw_command(draw_id, viewer, command_id)) for command_id in ("a", "a", "b")]

    outcomes = hall.batch(commands)

    assert [getattr(outcome, "code", "accepted") for outcome in outcomes] == ["accepted", "accepted", "already_in_draw"]
    assert hall.entered(draw_id) == {viewer}


def test_the_word(hall: Hall) -> None:
    """Width, letter case and blanks make no difference; another word does; who has entered by it is accepted again."""
    one, two, three = hall.viewers(3)
    draw_id = hall.create(who=Who.WORD, word="Straße 66")

    assert hall.take_part(draw_id, one, word="strasse  ６６ ") == "accepted"
    assert hall.take_part(draw_id, two, word="strasse 6") == "wrong_word"
    assert hall.take_part(draw_id, two) == "wrong_word"
    assert hall.take_part(draw_id, two, word=" STRASSE 66") == "accepted"
    hall.close_entries(draw_id)
    assert hall.take_part(draw_id, three, word="wrong") == "draw_not_open"
    assert hall.entered(draw_id) == {one, two}


@pytest.mark.parametrize("salt", ["0", "xy", "ab" * 33, "a b0", "０1"])
def test_a_salt_that_is_none(hall: Hall, salt: str) -> None:
    """An even number of hex digits, at most 64; whoever sends another is told which field."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.create()
    command = hall.enter_draw_command(draw_id, viewer, salt=salt)
    assert hall.refusal(hall.actions.enter_draw, command) == ("invalid_input", "salt")
    assert hall.entered(draw_id) == set()


def test_a_salt_stands_in_the_leaf(hall: Hall) -> None:
    """In lower case, as the list of the proof has it."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.create()
    assert hall.take_part(draw_id, viewer, salt="AB" * 32) == "accepted"
    assert [entrant.salt for entrant in hall.closed_list(draw_id)] == ["ab" * 32]


@pytest.mark.parametrize("who", [Who.PRESENT, Who.LIST])
def test_where_nobody_enters_by_himself(hall: Hall, who: Who) -> None:
    """Those present and those on a list take part without doing anything, and are told so."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.of_list("a") if who is Who.LIST else hall.create(who=who)
    assert hall.take_part(draw_id, viewer) == "no_entry_needed"


@pytest.mark.parametrize("role", [ViewerRole.HOST, ViewerRole.ASSISTANT, ViewerRole.GUEST, ViewerRole.ATTENDEE])
def test_staff_may_not_win(hall: Hall, role: ViewerRole) -> None:
    """Hosts and assistants do not take part; guests do."""
    viewer = hall.enter_signed("somebody", role=role)
    draw_id = hall.create(preferred=[PreferredWinner(0, viewer)])
    staff = role in (ViewerRole.HOST, ViewerRole.ASSISTANT)
    assert hall.take_part(draw_id, viewer) == ("may_not_win" if staff else "accepted")
    assert hall.entered(draw_id) == (set() if staff else {viewer})


def test_earlier_winners_are_out_where_they_are(hall: Hall) -> None:
    """Who has won in this room before, in whatever live session, as a viewer or by the list's external id; where they may, they may."""
    winner, other = hall.viewers(2)
    first = hall.create(prizes=[Prize("Cup", 1)])
    hall.take_part(first, winner)
    hall.held(first)
    listed = hall.of_list("comes later", prizes=[Prize("Cup", 1)])
    hall.held(listed)
    later = hall.enter_signed("comes later")

    draw_id = hall.create(earlier_winners=False)
    assert hall.take_part(draw_id, winner) == "may_not_win"
    assert hall.take_part(draw_id, later) == "may_not_win"
    assert hall.take_part(draw_id, other) == "accepted"
    hall.cancel(draw_id)
    again = hall.create()
    assert hall.take_part(again, winner) == "accepted"
    hall.cancel(again)
    hall.start_anew()
    in_the_next = hall.create(earlier_winners=False)
    assert hall.take_part(in_the_next, winner) == "may_not_win"
    elsewhere = Hall(hall.database, hall.clock)
    assert elsewhere.take_part(elsewhere.create(earlier_winners=False), elsewhere.viewers(1)[0]) == "accepted"
    elsewhere.close()


def test_what_a_viewer_is_told_of_himself(hall: Hall) -> None:
    """That he has entered, from the commit on; nothing of draws he did nothing for."""
    viewer, other = hall.viewers(2)
    draw_id = hall.create()
    hall.take_part(draw_id, viewer)

    (own,) = hall.own_draws(viewer)
    assert (own.draw_id, own.entered, own.won, own.viewer_id) == (draw_id, True, [], viewer)
    assert hall.own_draws(other) == []


def test_tallies_are_told_when_they_change(hall: Hall) -> None:
    """By version; those of a draft and of a cancelled draw to nobody."""
    one, two = hall.viewers(2)
    draft = hall.of_list("a", opens=False)
    draw_id = hall.create()

    def changed(known: dict[int, int]) -> list[tuple[DrawId, int, int]]:
        with hall.database.reading() as connection:
            return queries.list_changed(connection, hall.live.id, known)

    assert changed({}) == []
    hall.take_part(draw_id, one)
    (first,) = changed({})
    assert (first[0], first[2]) == (draw_id, 1)
    assert changed({draw_id: first[1]}) == []
    hall.take_part(draw_id, two)
    assert [told[2] for told in changed({draw_id: first[1]})] == [2]
    hall.cancel(draw_id)
    assert changed({}) == []
    assert draft != draw_id


def test_a_refused_entry_leaves_no_row(hall: Hall) -> None:
    """Whatever is refused, the table has nothing of it."""
    staff = hall.enter_signed("staff", role=ViewerRole.HOST)
    (viewer,) = hall.viewers(1)
    draw_id = hall.create(who=Who.WORD, word="yes")
    hall.take_part(draw_id, staff, word="yes")
    hall.take_part(draw_id, viewer, word="no")
    hall.take_part(draw_id, viewer, word="yes", salt="f")
    assert hall.rows(draw_entrants) == []
