"""What winners give for their prizes: by whom, for what, until when, and that nobody but hosts reads it."""

from typing import Any

import msgspec
import pytest

from tests.suites.draws.hall import Hall
from turnout.interactions.draw.form_store import draw_forms
from turnout.interactions.draw.rules import Form, FormField, Prize
from turnout.kernel import limits
from turnout.kernel.ids import DrawId, PrizeId, ViewerId

ALL = list(FormField)
GIVEN = {"name": " Sina ", "phone": "138 0013-8000", "address": "7 Elm Road"}


def drawn(hall: Hall, asks: list[FormField]) -> tuple[DrawId, PrizeId, ViewerId, ViewerId]:
    """A draw with one winner, and somebody who has not won."""
    winner, other = hall.viewers(2)
    draw_id = hall.create(prizes=[Prize("Cup", 1, asks=asks)])
    hall.take_part(draw_id, winner)
    hall.held(draw_id)
    return draw_id, hall.facts_of(draw_id).prizes[0].prize_id, winner, other


def test_a_winner_gives_what_is_asked(hall: Hall) -> None:
    """Hosts read it in the list of winners; a second time replaces the first; he is told that it is there."""
    draw_id, prize_id, winner, _ = drawn(hall, ALL)
    assert hall.fill(draw_id, prize_id, winner, **GIVEN) == "accepted"
    (entry,) = hall.winners(draw_id)
    assert entry.form == Form("Sina", "13800138000", "7 Elm Road")
    assert entry.filled_at == hall.clock.now()
    assert [prize.filled for prize in hall.own_draws(winner)[0].won] == [True]

    hall.clock.advance(60)
    assert hall.fill(draw_id, prize_id, winner, **{**GIVEN, "address": "8 Elm Road"}) == "accepted"
    (entry,) = hall.winners(draw_id)
    assert entry.form is not None
    assert entry.form.address == "8 Elm Road"
    assert len(hall.rows(draw_forms)) == 1


def test_only_the_winner_does(hall: Hall) -> None:
    """Not who took part, not for another prize, not for one that asks for nothing, not before it is drawn, not in another draw."""
    draw_id, prize_id, winner, other = drawn(hall, ALL)
    nothing, no_prize, lucky, _ = drawn(hall, [])
    assert hall.fill(draw_id, prize_id, other, **GIVEN) == "not_a_winner"
    assert hall.fill(draw_id, no_prize, winner, **GIVEN) == "not_a_winner"
    assert hall.fill(nothing, no_prize, lucky) == "not_a_winner"
    assert hall.fill(nothing, prize_id, winner, **GIVEN) == "not_a_winner"
    assert hall.fill(DrawId(1), prize_id, winner, **GIVEN) == "not_found"
    open_one = hall.create(prizes=[Prize("Cup", 1, asks=ALL)])
    hall.take_part(open_one, winner)
    assert hall.fill(open_one, hall.facts_of(open_one).prizes[0].prize_id, winner, **GIVEN) == "not_a_winner"
    assert hall.rows(draw_forms) == []


@pytest.mark.parametrize(
    ("asks", "given", "field"),
    [
        (ALL, {**GIVEN, "name": " "}, "name"),
        (ALL, {**GIVEN, "name": "x" * 65}, "name"),
        (ALL, {**GIVEN, "phone": ""}, "phone"),
        (ALL, {**GIVEN, "phone": "12"}, "phone"),
        (ALL, {**GIVEN, "address": ""}, "address"),
        (ALL, {**GIVEN, "address": "x" * (limits.MAX_FORM_ADDRESS + 1)}, "address"),
        (ALL, {**GIVEN, "address": "a\x00b"}, "address"),
        ([FormField.NAME], {"name": "Sina", "phone": "13800138000"}, "phone"),
        ([FormField.PHONE], {"phone": "13800138000", "address": "7 Elm Road"}, "address"),
    ],
)
def test_a_form_that_does_not_fit(hall: Hall, asks: list[FormField], given: dict[str, str], field: str) -> None:
    """What is asked must be given, as it must look, and nothing else; the field is named and nothing is kept."""
    draw_id, prize_id, winner, _ = drawn(hall, asks)
    assert hall.refusal(hall.actions.fill_form, hall.fill_command(draw_id, prize_id, winner, **given))[1] == field
    assert hall.rows(draw_forms) == []


def test_a_form_can_be_given_for_so_many_days(hall: Hall) -> None:
    """And not after; what was given stays."""
    draw_id, prize_id, winner, _ = drawn(hall, [FormField.NAME])
    hall.clock.advance(limits.FORM_DAYS * 86_400 - 60)
    assert hall.fill(draw_id, prize_id, winner, name="Sina") == "accepted"
    hall.clock.advance(61)
    assert hall.fill(draw_id, prize_id, winner, name="Lina") == "too_late"
    (entry,) = hall.winners(draw_id)
    assert entry.form == Form("Sina")


def test_who_was_on_the_list_fills_it_when_he_has_come(hall: Hall) -> None:
    """By his external id; nobody else from the customer's login does."""
    draw_id = hall.of_list("a", prizes=[Prize("Cup", 1, asks=[FormField.NAME])])
    hall.held(draw_id)
    prize_id = hall.facts_of(draw_id).prizes[0].prize_id
    viewer, other = hall.enter_signed("a"), hall.enter_signed("b")
    assert hall.fill(draw_id, prize_id, other, name="Lina") == "not_a_winner"
    assert hall.fill(draw_id, prize_id, viewer, name="Sina") == "accepted"
    assert [(one.external_id, one.form) for one in hall.winners(draw_id)] == [("a", Form("Sina"))]
    assert [prize.filled for prize in hall.own_draws(viewer)[0].won] == [True]


def test_forms_are_nobody_elses_business(hall: Hall) -> None:
    """Neither event, facts, proof nor another viewer's own have anything of them."""
    draw_id, prize_id, winner, other = drawn(hall, ALL)
    before = hall.events()
    hall.fill(draw_id, prize_id, winner, **GIVEN)
    assert hall.events() == before
    facts, paper = hall.public(draw_id)
    told: list[Any] = [facts, hall.own_draws(winner), hall.own_draws(other)]
    text = msgspec.json.encode(told) + (paper or b"")
    for secret in (b"Sina", b"13800138000", b"Elm Road"):
        assert secret not in text


def test_several_in_one_batch(hall: Hall) -> None:
    """Each is answered for itself, and of two of one winner the later stands."""
    draw_id, prize_id, winner, other = drawn(hall, [FormField.NAME])
    fill = hall.actions.fill_form
    outcomes = hall.batch(
        [
            (fill, hall.fill_command(draw_id, prize_id, winner, name="First")),
            (fill, hall.fill_command(draw_id, prize_id, other, name="Other")),
            (fill, hall.fill_command(draw_id, prize_id, winner, name="Second")),
        ]
    )
    assert [getattr(outcome, "code", "accepted") for outcome in outcomes] == ["accepted", "not_a_winner", "accepted"]
    (entry,) = hall.winners(draw_id)
    assert entry.form == Form("Second")
