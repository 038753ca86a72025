"""Hot actions work by set: what a batch costs does not grow with its commands (design 3.1)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.suites.domains.papers import CARD, CHANGEABLE, EXAM, SECRET_VOTE, Paper
from tests.suites.domains.show import Command, Show, code_of, fresh_entry_id
from turnout.audience.actions import ENTER, LEAVE, Leave
from turnout.interactions.survey import queries
from turnout.interactions.survey.actions import CLOSE_SURVEY, PUBLISH_SURVEY, SAVE_DRAFT_ANSWERS, SUBMIT
from turnout.kernel.ids import SurveyId, ViewerId
from turnout.storage import by_set, by_set_sqlite

WIDEST = by_set_sqlite.WIDEST
"""Rows in SQLite's widest statement; PostgreSQL's have no bound."""

FEW = WIDEST // 2
"""Enough, also of each of four surveys, for what by_set_postgres does with many."""


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

        def executemany(self, statement: str, *parameters: Any) -> Any:
            ran.append(statement)
            return self._cursor.executemany(statement, *parameters)

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


def submissions(show: Show, asked: list[tuple[SurveyId, Paper]], viewers: list[ViewerId], command_id: str, number: int) -> list[Command]:
    """One submission of each viewer, to the surveys in turn; number: which tries (papers.py)."""
    questions = {survey_id: show.questions(survey_id) for survey_id, _ in asked}
    commands: list[Command] = []
    for place, viewer_id in enumerate(viewers):
        survey_id, paper = asked[place % len(asked)]
        tries = [item.tries[(place + number) % 2].sent for item in paper.items]
        answers = list(zip(questions[survey_id], tries, strict=True))
        commands.append((SUBMIT, show.submit_command(survey_id, viewer_id, answers, command_id)))
    return commands


@pytest.mark.parametrize(
    ("papers", "most"),
    [([CARD, CARD], 8), ([EXAM], 8), ([CHANGEABLE], 8), ([SECRET_VOTE], 9), ([CARD, EXAM, CHANGEABLE, SECRET_VOTE], 13)],
    ids=["cards", "exam", "changeable", "anonymous", "all"],
)
def test_submitting(show: Show, count: Callable[[], Any], papers: list[Paper], most: int) -> None:
    """As many statements for 128 submissions as for 64: first ones, repeats, and other ones, be they a change or refused; a sheet is
    read once."""
    asked = [(show.opened(paper)[0], paper) for paper in papers]
    few, many = show.viewers(FEW), show.viewers(WIDEST)
    show.batch(submissions(show, asked, show.viewers(4), "warm", 0))  # reads the sheets
    spent: list[list[int]] = []
    for viewers in (few, many):
        first, other = submissions(show, asked, viewers, "a", 0), submissions(show, asked, viewers, "b", 1)
        spent.append([])
        for commands, codes in ((first, {"accepted"}), (first, {"accepted"}), (other, {"accepted", "already_answered"})):
            with count() as ran:
                outcomes = show.batch(commands)
            assert {code_of(outcome) for outcome in outcomes} <= codes
            spent[-1].append(len(ran))
    # an insert that fails as a whole is tried anew for each part (by_set_sqlite.insert_new): 64 are one part, and so are 128
    assert spent[0] == spent[1]
    assert spent[0][0] <= most, spent


def test_saving(show: Show, count: Callable[[], Any]) -> None:
    """The same for answers that are saved, for saving them anew, and for submitting what was saved."""
    survey_id, questions = show.opened(EXAM)
    spent: list[list[int]] = []
    show.batch([(SAVE_DRAFT_ANSWERS, show.save_command(survey_id, show.viewers(1)[0], []))])  # notes that there are drafts
    for viewers in (show.viewers(FEW), show.viewers(WIDEST)):
        spent.append([])
        for choice in (0, 1):
            commands = [
                (SAVE_DRAFT_ANSWERS, show.save_command(survey_id, each, [(questions[0], {"choices": [choice]})])) for each in viewers
            ]
            with count() as ran:
                assert {code_of(outcome) for outcome in show.batch(commands)} == {"accepted"}
            spent[-1].append(len(ran))
        commands = submissions(show, [(survey_id, EXAM)], viewers, "a", 0)
        with count() as ran:
            show.batch(commands)
        spent[-1].append(len(ran))
    assert spent[0] == spent[1]
    assert max(spent[0]) <= 9


def test_thousands_come_back(show: Show, count: Callable[[], Any]) -> None:
    """What is held of two thousand viewers costs as many statements as what is held of two (design 6: 10,000 viewers reconnect)."""
    viewers = show.viewers(2_000)
    asked = [(show.opened(paper)[0], paper) for paper in (CARD, EXAM, CHANGEABLE, SECRET_VOTE, CARD)]
    show.batch([(SAVE_DRAFT_ANSWERS, show.save_command(asked[2][0], viewer, [])) for viewer in viewers[::3]])
    for shift in range(4):
        show.batch(submissions(show, asked, viewers[shift::2], "a", shift % 2))
    show.change(CLOSE_SURVEY, asked[0][0])
    show.change(CLOSE_SURVEY, asked[1][0])
    show.change(PUBLISH_SURVEY, asked[1][0])
    spent: list[int] = []
    for some in (viewers[:2], viewers):
        with show.database.reading() as connection, count() as ran:
            found = queries.list_own(connection, show.live.id, some)
        spent.append(len(ran))
    assert set(found) == set(viewers)
    assert spent[1] - spent[0] <= 2_000 // WIDEST + 8  # of voter marks, which are texts, SQLite takes WIDEST in a statement
    assert spent[0] <= 12
    assert show.own(viewers[7]) == found[viewers[7]]


def test_entering_and_leaving(show: Show, count: Callable[[], Any]) -> None:
    """The same for entries, first and repeated, and for leaving."""
    spent: list[tuple[int, ...]] = []
    for some in (FEW, WIDEST):
        entries = [(ENTER, show.enter_command(fresh_entry_id())) for _ in range(some)]
        with count() as ran:
            entered = show.batch(entries)
        first = len(ran)
        with count() as ran:
            again = show.batch(entries)
        repeated = len(ran)
        assert [one.viewer for one in again] == [one.viewer for one in entered]
        with count() as ran:
            show.batch([(LEAVE, Leave(show.live.id, one.viewer.id, one.seat.visit_id, show.clock.now())) for one in entered])
        spent.append((first, repeated, len(ran)))
    assert spent[0] == spent[1]
    assert max(spent[0]) <= 10


def test_a_wide_batch_is_still_right(show: Show) -> None:
    """Past the widest statement several are run, and nothing is lost or counted twice."""
    size = 2 * WIDEST + 3
    survey_id, (question,) = show.opened(CARD)
    viewers = show.viewers(size)
    commands = [(SUBMIT, show.choose_command(survey_id, question, viewer, [place % 4])) for place, viewer in enumerate(viewers)]
    assert {code_of(outcome) for outcome in show.batch(commands + commands)} == {"accepted"}
    show.change(CLOSE_SURVEY, survey_id)
    facts = show.facts(survey_id)
    assert facts.answered == size == len(show.rows())
    assert facts.right == sum(1 for place in range(size) if place % 4 == 1)
    assert facts.expected == size
