"""Sheets are kept between transactions, and never one that could still change."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.suites.domains.papers import CARD, OPEN_CARD, QUICK_EXAM
from tests.suites.domains.show import Show, code_of
from turnout.interactions.survey import sheets
from turnout.interactions.survey.actions import EDIT_SURVEY, OPEN_SURVEY, SUBMIT, EditSurvey
from turnout.kernel.ids import SurveyId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


def kept(show: Show) -> dict[Any, Any]:
    """What the show's writer has kept."""
    return dict(show.writer._kept.get("survey sheets", {}))


def _break(_tx: Tx, _commands: Sequence[Any]) -> Sequence[Any]:
    raise RuntimeError("something is broken")


BREAK: Action[Any, Any] = Action("break", _break)


def test_what_is_opened_and_answered_in_one_commit_is_not_kept(show: Show) -> None:
    """An opening that is undone may be followed by another draft and another opening: no answer is judged by the sheet in between."""
    viewer = show.viewers(1)[0]
    survey_id = show.draft(CARD)
    first = show.questions(survey_id)[0]
    together = [(OPEN_SURVEY, show.change_command(survey_id)), (SUBMIT, show.choose_command(survey_id, first, viewer, [1]))]
    assert [code_of(outcome) for outcome in show.batch([*together, (BREAK, show.change_command(survey_id))])] == [
        "accepted",
        "accepted",
        "internal",
    ]
    assert kept(show) == {}
    other = show.draft(CARD)
    show.do(EDIT_SURVEY, EditSurvey(show.caller, show.live.id, other, OPEN_CARD.draft))
    show.change(OPEN_SURVEY, other)
    question = show.questions(other)[0]
    assert show.submit(other, viewer, [(question, {"choices": [2]})]) == "invalid_choice"  # it had four options before the edit
    assert show.submit(other, viewer, [(question, {"choices": [0]})]) == "accepted"
    assert [key[1] for key in kept(show)] == [other]


def test_only_so_many_are_kept(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first, and come back when they are needed."""
    monkeypatch.setattr(sheets, "MAX_SHEETS", 2)
    viewer, later = show.viewers(2)
    asked: list[tuple[SurveyId, Any]] = [show.opened(QUICK_EXAM) for _ in range(4)]
    for who in (viewer, later):
        for survey_id, questions in asked:
            assert show.submit(survey_id, who, [(questions[0], {"choices": [2]})]) == "accepted"
            assert len(kept(show)) <= 2
    assert {show.facts(survey_id).questions[0].right for survey_id, _ in asked} == {2}


def test_a_sheet_serves_after_the_close_too(show: Show) -> None:
    """A repeat that comes after the close is recognised by the answers it holds."""
    viewer = show.viewers(1)[0]
    survey_id, (question,) = show.opened(msgspec.structs.replace(CARD.draft, time_limit_s=1))
    assert show.submit(survey_id, viewer, [(question, {"choices": [1]})], "one") == "accepted"
    show.clock.advance(2)
    show.close_overdue(survey_id)
    show.writer._kept.clear()
    assert show.submit(survey_id, viewer, [(question, {"choices": [1]})], "one") == "accepted"
    assert show.submit(survey_id, viewer, [(question, {"choices": [2]})], "one") == "too_late"
    assert show.submit(survey_id, viewer, [(question, {"choices": [1]})], "two") == "too_late"
