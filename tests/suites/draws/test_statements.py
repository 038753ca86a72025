"""Entering works by set: what a batch costs does not grow with its commands (design 3.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.suites.domains.show import Command, code_of
from tests.suites.domains.test_statements import FEW, WIDEST
from tests.suites.draws.hall import Hall
from turnout.interactions.draw import queries
from turnout.interactions.draw.rules import FormField, Prize, Who
from turnout.kernel.ids import DrawId, ViewerId


def entries(hall: Hall, draw_id: DrawId, viewers: list[ViewerId], command_id: str) -> list[Command]:
    """One of each viewer."""
    enter = hall.actions.enter_draw
    return [(enter, hall.enter_draw_command(draw_id, viewer, command_id, word="yes", salt="ab")) for viewer in viewers]


@pytest.mark.parametrize("earlier_winners", [True, False])
@pytest.mark.parametrize("who", [Who.TAP, Who.WORD])
def test_entering(hall: Hall, count: Callable[[], Any], who: Who, *, earlier_winners: bool) -> None:
    """As many statements for 128 entries as for 64: first ones, repeats, other ones, and those that come too late."""
    spent: list[list[int]] = []
    for size in (FEW, WIDEST):
        viewers = hall.viewers(size)
        draw_id = hall.create(who=who, word="yes" if who is Who.WORD else "", earlier_winners=earlier_winners)
        spent.append([])
        for command_id, codes in (("a", {"accepted"}), ("a", {"accepted"}), ("b", {"already_in_draw"})):
            with count() as ran:
                outcomes = hall.batch(entries(hall, draw_id, viewers, command_id))
            assert {code_of(outcome) for outcome in outcomes} == codes
            spent[-1].append(len(ran))
        assert len(hall.entered(draw_id)) == size
        hall.close_entries(draw_id)
        with count() as ran:
            assert {code_of(outcome) for outcome in hall.batch(entries(hall, draw_id, viewers, "b"))} == {"draw_not_open"}
        spent[-1].append(len(ran))
        hall.cancel(draw_id)
    assert spent[0] == spent[1]
    assert spent[0][0] <= 8, spent


def test_filling_forms(hall: Hall, count: Callable[[], Any]) -> None:
    """The same for winners who give what is asked, and give it again."""
    viewers = hall.viewers(WIDEST)
    draw_id = hall.create(prizes=[Prize("Cup", WIDEST, asks=[FormField.NAME])])
    hall.batch(entries(hall, draw_id, viewers, "a"))
    prize_id = hall.held(draw_id).prizes[0].prize_id
    spent: list[list[int]] = []
    for some in (viewers[:FEW], viewers[FEW:], viewers):
        spent.append([])
        commands = [(hall.actions.fill_form, hall.fill_command(draw_id, prize_id, viewer, name="Sina")) for viewer in some]
        for _ in range(2):
            with count() as ran:
                assert {code_of(outcome) for outcome in hall.batch(commands)} == {"accepted"}
            spent[-1].append(len(ran))
    assert spent[0] == spent[1]
    assert spent[2][1] == spent[0][1] <= 12


def test_thousands_come_back(hall: Hall, count: Callable[[], Any]) -> None:
    """What is held of a thousand viewers costs about as many statements as what is held of two; a list of winners is read in parts."""
    viewers = hall.viewers(1_000)
    for prizes in ([Prize("Cup", 500)], [Prize("Car", 3), Prize("Pen", 100)]):
        draw_id = hall.create(prizes=prizes)
        hall.batch(entries(hall, draw_id, viewers, "a"))
        hall.held(draw_id)
    hall.held(hall.of_list("a", "b"))
    spent: list[int] = []
    for some in (viewers[:2], viewers):
        with hall.database.reading() as connection, count() as ran:
            found = queries.list_own(connection, hall.live.id, some)
        spent.append(len({statement.split("VALUES")[0].split("unnest")[0] for statement in ran}))
        assert set(found) == set(some)
    assert spent[0] <= spent[1] <= 6


def test_a_snapshot_costs_the_same_for_many_draws(hall: Hall, count: Callable[[], Any]) -> None:
    """As many statements for ten draws that were held as for one."""
    spent: list[int] = []
    for _ in range(2):
        for _ in range(5):
            draw_id = hall.create(prizes=[Prize("Cup", 1), Prize("Car", 1)])
            hall.batch(entries(hall, draw_id, hall.viewers(3), "a"))
            hall.held(draw_id)
        with hall.database.reading() as connection, count() as ran:
            assert all(len(one.winners) == 2 for one in queries.list_for_snapshot(connection, hall.live.id, drafts=False))
        spent.append(len([statement for statement in ran if "draw_winners" not in statement]))
    assert spent[0] == spent[1] <= 6
