"""Confirming and entering work by set: what a batch costs does not grow with its commands (design 3.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.suites.checkins.hall import Hall
from tests.suites.domains.show import Command, code_of, fresh_entry_id
from tests.suites.domains.test_statements import FEW, WIDEST
from tests.suites.domains.test_statements import count as count
from turnout.audience.actions import ENTER
from turnout.interactions.checkin import queries
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM
from turnout.interactions.checkin.rules import Late
from turnout.kernel.ids import CheckInId, ViewerId


def taps(hall: Hall, checkin_id: CheckInId, viewers: list[ViewerId], command_id: str) -> list[Command]:
    """One of each viewer."""
    return [(CONFIRM, hall.confirm_command(checkin_id, viewer, command_id)) for viewer in viewers]


@pytest.mark.parametrize("late", Late)
def test_confirming(hall: Hall, count: Callable[[], Any], late: Late) -> None:
    """As many statements for 128 taps as for 64, first ones, repeats and other ones, of the expected and of others."""
    spent: list[list[int]] = []
    for size in (FEW, WIDEST):
        expected = hall.viewers(size)
        checkin_id = hall.create(late=late)
        others = hall.viewers(size)
        spent.append([])
        for viewers in (expected, others):
            for command_id, codes in (("a", {"accepted"}), ("a", {"accepted"}), ("b", {"already_checked_in"})):
                with count() as ran:
                    outcomes = hall.batch(taps(hall, checkin_id, viewers, command_id))
                assert {code_of(outcome) for outcome in outcomes} == codes
                spent[-1].append(len(ran))
        counted = hall.counts(checkin_id)
        assert sum(counted[1:]) == 2 * size
        hall.move(CLOSE_CHECKIN, checkin_id)
    assert spent[0] == spent[1]
    assert spent[0][0] <= 7, spent


def test_entering_an_open_check_in(hall: Hall, count: Callable[[], Any]) -> None:
    """The same for entries that are counted, and for those of people on a list."""
    spent: list[list[int]] = []
    for size in (FEW, WIDEST):
        spent.append([])
        names = [f"{size}-{number}" for number in range(size)]
        for make in (lambda: hall.create(), lambda names=names: hall.of_list(*names)):
            checkin_id = make()
            listed = [(ENTER, hall.signed_command(name)) for name in names]
            plain = [(ENTER, hall.enter_command(fresh_entry_id())) for _ in range(size)]
            for entries in (plain, listed):
                with count() as ran:
                    hall.batch(entries)
                spent[-1].append(len(ran))
            hall.counts(checkin_id)
            hall.move(CLOSE_CHECKIN, checkin_id)
    assert spent[0] == spent[1]
    assert max(spent[0]) <= 16, spent


def test_thousands_come_back(hall: Hall, count: Callable[[], Any]) -> None:
    """What is held of two thousand viewers costs as many statements as what is held of two."""
    viewers = hall.viewers(2_000)
    checkin_id = hall.create()
    hall.batch(taps(hall, checkin_id, viewers, "a"))
    spent: list[int] = []
    for some in (viewers[:2], viewers):
        with hall.database.reading() as connection, count() as ran:
            found = queries.list_own(connection, hall.live.id, some)
        spent.append(len(ran))
        assert set(found) == set(some)
    assert spent[0] == spent[1] <= 3
