"""What somebody who tries an endpoint is sent: the end of an answer card that never was.

An end, since a receiver that kept a start would show a card for ever. Room, live session, host, card and question have ids that are never
given out; each try has a card of its own, so that no receiver takes it for a repeat.
"""

import msgspec

from turnout.dialects.contract import EndpointFacts
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import ClosedBy, QuestionFacts, SettledBy, SurveyFacts, SurveyKind
from turnout.kernel.events import Event
from turnout.kernel.ids import MAX_ID, HostId, LiveSessionId, QuestionId, RoomId, SurveyId

TITLE = "Turnout test call"


def sample_facts(event: Event) -> SurveyFacts:
    """Of an event of the kind TESTED."""
    tried = msgspec.json.decode(event.facts, type=EndpointFacts)
    return SurveyFacts(
        account_id=tried.account_id,
        room_id=RoomId(MAX_ID),
        live_session_id=LiveSessionId(MAX_ID),
        survey_id=SurveyId(MAX_ID - event.number),
        kind=SurveyKind.ANSWER_CARD,
        title=TITLE,
        state=State.SETTLED,
        published=False,
        host_id=HostId(MAX_ID),
        host_name="Turnout",
        host_role="host",
        created_at=event.at,
        opened_at=event.at,
        closes_at=None,
        closed_at=event.at,
        closed_by=ClosedBy.HOST,
        expected=0,
        answered=0,
        right=0,
        answering_us=0,
        version=0,
        questions=[
            QuestionFacts(
                question_id=QuestionId(MAX_ID - event.number),
                type="choice",
                title=TITLE,
                multiple=False,
                required=False,
                score=0,
                created_at=event.at,
                options=["A", "B"],
                right_options=[],
                answered=0,
                right=0,
                combinations=[],
            )
        ],
        settled_by=SettledBy.CLOSE,
    )
