"""Survey facts as an event freezes them, for tests of callbacks."""

import msgspec

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import ClosedBy, CombinationCount, QuestionFacts, SurveyFacts, SurveyKind
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, RoomId, SurveyId

CREATED: Instant = 1_767_602_381_120_000
"""2026-01-05T16:39:41.120 in China."""

OPENED: Instant = 1_767_602_390 * SECOND
CLOSED: Instant = 1_767_602_405_030_000
"""2026-01-05T16:40:05.030 in China."""

QUESTION = QuestionFacts(
    question_id=QuestionId(9),
    type="choice",
    title="Which port does HTTPS use?",
    multiple=False,
    required=False,
    score=10,
    created_at=CREATED - 1_000,
    options=["A", "B"],
    right_options=[1],
    answered=0,
    right=0,
    combinations=[],
)

OPEN_FACTS = SurveyFacts(
    account_id=AccountId(2),
    room_id=RoomId(3),
    live_session_id=LiveSessionId(4),
    survey_id=SurveyId(5),
    kind=SurveyKind.ANSWER_CARD,
    title="Warm-up question",
    state=State.OPEN,
    published=False,
    host_id=HostId(6),
    host_name="Host Lin",
    host_role="host",
    created_at=CREATED,
    opened_at=OPENED,
    closes_at=None,
    closed_at=None,
    closed_by=None,
    expected=4,
    answered=0,
    right=0,
    answering_us=0,
    version=0,
    questions=[QUESTION],
)
"""A card that has just been opened to four people."""

CLOSED_FACTS = msgspec.structs.replace(
    OPEN_FACTS,
    state=State.SETTLED,
    published=True,
    closed_at=CLOSED,
    closed_by=ClosedBy.HOST,
    expected=5,
    answered=3,
    right=2,
    answering_us=31_400_000,
    version=3,
    questions=[
        msgspec.structs.replace(
            QUESTION, answered=3, right=2, combinations=[CombinationCount(options=[0], count=1), CombinationCount(options=[1], count=2)]
        )
    ],
)
"""The same card closed: three of five people answered, two of them right."""


def opened(facts: SurveyFacts = OPEN_FACTS, number: int = 1) -> Event:
    """The event of its opening."""
    return Event(facts.live_session_id, number, facts.account_id, "survey.opened", facts.opened_at, msgspec.json.encode(facts))


def closed(facts: SurveyFacts = CLOSED_FACTS, number: int = 2) -> Event:
    """The event of its close."""
    return Event(facts.live_session_id, number, facts.account_id, "survey.closed", facts.closed_at or 0, msgspec.json.encode(facts))
