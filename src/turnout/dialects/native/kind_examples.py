"""What the catalogue's examples are about: one lesson, its question, its check-in, a viewer, an endpoint.

Ids are formed with a key of the examples' own."""

import msgspec

from turnout.audience.rules import ViewerFacts
from turnout.dialects.contract import EndpointFacts
from turnout.interactions.checkin.rules import CheckInClosedBy, CheckInFacts, Expects, Late
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import (
    ClosedBy,
    CombinationCount,
    QuestionFacts,
    RightNumber,
    SettledBy,
    SurveyFacts,
    SurveyKind,
)
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, CheckInId, EndpointId, HostId, IdForms, LiveSessionId, QuestionId, RoomId, SurveyId, ViewerId
from turnout.rooms.rules import LiveSessionFacts, LiveSessionState

IDS = IdForms(bytes(32))
"""Forms of ids that no installation has: every installation's key is random."""

_STARTED: Instant = 1_767_602_100 * SECOND
_OPENED: Instant = 1_767_602_390 * SECOND
_CLOSED: Instant = 1_767_602_420 * SECOND
_AT: Instant = _CLOSED + 31_000

_ACCOUNT = AccountId(1)
_ROOM = RoomId(3)
_LIVE_SESSION = LiveSessionId(4)
_HOST = HostId(2)

RUNNING = LiveSessionFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    live_session_id=_LIVE_SESSION,
    host_id=_HOST,
    host_name="Lin",
    title="Product training",
    state=LiveSessionState.RUNNING,
    started_at=_STARTED,
    ended_at=None,
)
ENDED = msgspec.structs.replace(RUNNING, state=LiveSessionState.ENDED, ended_at=_AT)

_QUESTION = QuestionFacts(
    question_id=QuestionId(6),
    type="choice",
    title="Which port does HTTPS use?",
    multiple=False,
    required=True,
    score=10,
    created_at=_OPENED - SECOND,
    options=["80", "443", "8080"],
    right_options=[1],
    answered=0,
    right=0,
    combinations=[],
)
OPENED = SurveyFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    live_session_id=_LIVE_SESSION,
    survey_id=SurveyId(5),
    kind=SurveyKind.ANSWER_CARD,
    title="Warm-up",
    state=State.OPEN,
    published=False,
    host_id=_HOST,
    host_name="Lin",
    host_role="host",
    created_at=_OPENED - SECOND,
    opened_at=_OPENED,
    closes_at=_OPENED + 60 * SECOND,
    closed_at=None,
    closed_by=None,
    expected=40,
    answered=0,
    right=0,
    answering_us=0,
    version=0,
    questions=[_QUESTION],
    time_limit_s=60,
    publish_on_close=False,
)
CLOSED = msgspec.structs.replace(
    OPENED,
    state=State.CLOSED,
    closed_at=_CLOSED,
    closed_by=ClosedBy.HOST,
    expected=41,
    answered=38,
    right=31,
    answering_us=456 * SECOND,
    version=38,
    points=310,
    questions=[
        msgspec.structs.replace(
            _QUESTION,
            answered=38,
            right=31,
            combinations=[CombinationCount([1], 31), CombinationCount([2], 5), CombinationCount([0], 2)],
        )
    ],
    right_numbers=[RightNumber(0, 7), RightNumber(1, 31)],
)
SETTLED = msgspec.structs.replace(CLOSED, state=State.SETTLED, settled_by=SettledBy.CLOSE)
PUBLISHED = msgspec.structs.replace(SETTLED, published=True)
WITHDRAWN = msgspec.structs.replace(OPENED, state=State.WITHDRAWN, withdrawn_from=State.OPEN)

CHECKIN_OPENED = CheckInFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    live_session_id=_LIVE_SESSION,
    checkin_id=CheckInId(9),
    title="Are you there?",
    state=State.OPEN,
    host_id=_HOST,
    host_name="Lin",
    host_role="host",
    expects=Expects.PRESENT,
    late=Late.COUNTED,
    show_counts=False,
    time_limit_s=30,
    created_at=_OPENED,
    opened_at=_OPENED,
    closes_at=_OPENED + 30 * SECOND,
    closed_at=None,
    closed_by=None,
    expected=40,
    confirmed=0,
    unexpected=0,
    version=1,
)
CHECKIN_CLOSED = msgspec.structs.replace(
    CHECKIN_OPENED,
    state=State.CLOSED,
    closed_at=_CLOSED,
    closed_by=CheckInClosedBy.TIME_LIMIT,
    expected=41,
    confirmed=38,
    version=40,
)
CHECKIN_WITHDRAWN = msgspec.structs.replace(CHECKIN_OPENED, state=State.WITHDRAWN, expected=0, version=0, withdrawn_from=State.OPEN)

VIEWER = ViewerFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    live_session_id=_LIVE_SESSION,
    viewer_id=ViewerId(7),
    name="Wang",
    external_id="staff-1024",
    host_id=_HOST,
    host_name="Lin",
    at=_AT,
)
TESTED = EndpointFacts(
    endpoint_id=EndpointId(8),
    account_id=_ACCOUNT,
    url="https://crm.example.com/turnout",
    dialect="native",
    name="Training records",
)
DISABLED = msgspec.structs.replace(
    TESTED,
    because="It took nothing for 5 days.",
    failing_since=_AT - 5 * 86_400 * SECOND,
    last_explanation="The receiver answered 503 Service Unavailable, which does not acknowledge the message.",
)


_MOMENTS = {
    "live_session.started": _STARTED,
    "survey.opened": _OPENED,
    "survey.closed": _CLOSED,
    "survey.settled": _CLOSED,
    "checkin.opened": _OPENED,
    "checkin.closed": _CLOSED,
}


def event_of(kind: str, facts: msgspec.Struct) -> Event:
    """An event of this kind with these facts."""
    at = _MOMENTS.get(kind, _AT)
    return Event(stream_id=_LIVE_SESSION, number=4, account_id=_ACCOUNT, kind=kind, at=at, facts=msgspec.json.encode(facts))
