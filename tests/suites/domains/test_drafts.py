"""Drafts of surveys written anew, on both databases."""

import pytest

from tests.suites.domains.papers import CARD, OPEN_CARD
from tests.suites.domains.show import Show
from turnout.interactions.survey.actions import EDIT_SURVEY, EditSurvey
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.rooms.rules import LiveSessionOver
from turnout.storage.event_log import read_events


def test_nothing_is_written_once_the_live_session_is_over(show: Show) -> None:
    """The draft stays as it was, and no event comes after the end."""
    survey_id = show.draft(CARD)
    before = show.facts(survey_id)
    show.do(END_LIVE_SESSION, EndLiveSession(show.caller, show.live.id))
    with pytest.raises(LiveSessionOver):
        show.do(EDIT_SURVEY, EditSurvey(show.caller, show.live.id, survey_id, OPEN_CARD.draft))
    assert show.facts(survey_id) == before
    with show.database.reading() as connection:
        assert [event.kind for event in read_events(connection, show.live.id, 0, 100)][-1] == "live_session.ended"
