"""Which surveys a snapshot shows where a live session has had more of them than it can hold, and in which order."""

import pytest

from tests.suites.domains.papers import CARD, OPEN_CARD, SMALL_EXAM
from tests.suites.domains.show import Show
from turnout.interactions.survey import queries
from turnout.interactions.survey.actions import CLOSE_SURVEY, OPEN_SURVEY
from turnout.kernel import limits
from turnout.kernel.ids import SurveyId


def shown(show: Show, monkeypatch: pytest.MonkeyPatch, most: int, *, drafts: bool) -> list[SurveyId]:
    """The surveys of a snapshot that holds so many."""
    monkeypatch.setattr(limits, "SNAPSHOT_SURVEYS", most)
    with show.database.reading() as connection:
        return [facts.survey_id for facts in queries.list_for_snapshot(connection, show.live.id, drafts=drafts)]


def closed(show: Show) -> SurveyId:
    """A card that is over."""
    survey_id = show.opened(CARD)[0]
    show.change(CLOSE_SURVEY, survey_id)
    return survey_id


def test_what_is_open_is_shown_however_much_came_after_it(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """A survey that is open all the time is there for who comes late, with what he has answered, however many cards were opened since."""
    viewer = show.viewers(1)[0]
    open_id, (question,) = show.opened(OPEN_CARD)
    assert show.submit(open_id, viewer, [(question, {"choices": [1]})]) == "accepted"
    cards = [closed(show) for _ in range(4)]

    assert shown(show, monkeypatch, 3, drafts=False) == [cards[3], cards[2], open_id]
    assert [own.survey_id for own in show.own(viewer)] == [open_id]


def test_a_host_is_shown_what_is_still_to_do(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts made beforehand and an exam that waits for marks, before cards that are settled."""
    draft_id = show.draft(CARD)
    viewer = show.viewers(1)[0]
    exam_id, (_, words) = show.opened(SMALL_EXAM)
    assert show.submit(exam_id, viewer, [(words, {"text": "because"})]) == "accepted"
    show.change(CLOSE_SURVEY, exam_id)
    cards = [closed(show) for _ in range(4)]

    assert shown(show, monkeypatch, 3, drafts=True) == [cards[3], exam_id, draft_id]


def test_viewers_see_them_as_they_were_opened(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was prepared first and opened last is the newest to viewers, as it was to those who saw it open; hosts keep their list."""
    first_made = show.draft(CARD)
    first_opened = closed(show)
    show.change(OPEN_SURVEY, first_made)

    assert shown(show, monkeypatch, 50, drafts=False) == [first_made, first_opened]
    assert shown(show, monkeypatch, 50, drafts=True) == [first_opened, first_made]
