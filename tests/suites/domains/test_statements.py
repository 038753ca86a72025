"""Hot actions work by set: what a batch costs does not grow with its commands (design 3.1)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.suites.domains.show import Show, code_of, fresh_entry_id
from turnout.audience.actions import ENTER, LEAVE, Leave
from turnout.interactions.survey.actions import ANSWER, CLOSE_SURVEY
from turnout.storage import by_set, by_set_sqlite

WIDEST = by_set_sqlite.WIDEST
"""Rows in SQLite's widest statement; PostgreSQL's have no bound."""


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Counts the statements run while its context is open: those of SQLAlchemy, and those that by_set runs on the driver's cursor."""
    ran: list[str] = []

    class Counting:
        """A driver's cursor that counts."""

        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def execute(self, statement: str, *parameters: Any) -> Any:
            ran.append(statement)
            return self._cursor.execute(statement, *parameters)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

    plain = by_set._cursor
    monkeypatch.setattr(by_set, "_cursor", lambda connection: Counting(plain(connection)))

    def on_execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        ran.append(statement)

    @contextmanager
    def counting() -> Iterator[list[str]]:
        ran.clear()
        event.listen(sa.Engine, "before_cursor_execute", on_execute)
        try:
            yield ran
        finally:
            event.remove(sa.Engine, "before_cursor_execute", on_execute)

    return counting


def test_answers(show: Show, count: Callable[[], Any]) -> None:
    """As many statements for 128 first answers as for two, and as many again for repeats and changes of mind."""
    viewers = [entered.viewer.id for entered in show.enter(2)]
    viewers += [outcome.viewer.id for outcome in show.batch([(ENTER, show.enter_command(fresh_entry_id())) for _ in range(WIDEST)])]
    cards = [show.opened()[1] for _ in range(2)]
    spent: list[int] = []
    for some in (viewers[:2], viewers[2:]):
        commands = [(ANSWER, show.answer_command(cards[place % 2], viewer, [place % 4])) for place, viewer in enumerate(some)]
        for _ in range(2):
            with count() as ran:
                outcomes = show.batch(commands)
            assert {code_of(outcome) for outcome in outcomes} == {"accepted"}
            spent.append(len(ran))
    first_few, again_few, first_many, again_many = spent
    assert (first_many, again_many) == (first_few, again_few), spent
    assert max(spent) <= 12


def test_entering_and_leaving(show: Show, count: Callable[[], Any]) -> None:
    """The same for entries, first and repeated, and for leaving."""
    spent: list[tuple[int, ...]] = []
    for some in (2, WIDEST):
        entries = [(ENTER, show.enter_command(fresh_entry_id())) for _ in range(some)]
        with count() as ran:
            entered = show.batch(entries)
        first = len(ran)
        with count() as ran:
            again = show.batch(entries)
        repeated = len(ran)
        assert [one.viewer for one in again] == [one.viewer for one in entered]
        with count() as ran:
            show.batch([(LEAVE, Leave(show.live.id, one.seat.visit_id, show.clock.now())) for one in entered])
        spent.append((first, repeated, len(ran)))
    assert spent[0] == spent[1]
    assert max(spent[0]) <= 10


def test_a_wide_batch_is_still_right(show: Show) -> None:
    """Past the widest statement several are run, and nothing is lost or counted twice."""
    size = 2 * WIDEST + 3
    survey_id, question = show.opened((2,))
    viewers = [outcome.viewer.id for outcome in show.batch([(ENTER, show.enter_command(fresh_entry_id())) for _ in range(size)])]
    commands = [(ANSWER, show.answer_command(question, viewer, [place % 4])) for place, viewer in enumerate(viewers)]
    assert {code_of(outcome) for outcome in show.batch(commands + commands)} == {"accepted"}
    show.change(CLOSE_SURVEY, survey_id)
    facts = show.facts(survey_id)
    assert facts.answered == size == len(show.rows(show.live.id))
    assert facts.right == sum(1 for place in range(size) if place % 4 == 2)
    assert facts.expected == size
