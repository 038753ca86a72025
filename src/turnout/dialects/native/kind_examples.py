"""What the catalogue's examples are about: one lesson, its question, its check-in, its draw, a viewer, an endpoint.

Ids are formed with a key of the examples' own."""

import msgspec

from turnout.announcements.rules import AnnouncementFacts
from turnout.audience.rules import ViewerFacts
from turnout.dialects.contract import EndpointFacts
from turnout.interactions.checkin.rules import CheckInClosedBy, CheckInFacts, Expects, Late
from turnout.interactions.draw.rules import (
    DrawFacts,
    DrawState,
    EntropyKind,
    FormField,
    PrizeDrawnFacts,
    PrizeFacts,
    PrizeType,
    PublicWinner,
    Who,
    WinnerFacts,
)
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
from turnout.kernel.ids import (
    AccountId,
    AnnouncementId,
    CheckInId,
    DrawId,
    EndpointId,
    EntrantId,
    HostId,
    IdForms,
    Kind,
    LiveSessionId,
    PrizeId,
    QuestionId,
    RoomId,
    SurveyId,
    ViewerId,
)
from turnout.proofs import drand
from turnout.proofs.commitment import Commitment, DrandRule, Prize, commitment_hash, write_commitment
from turnout.proofs.entrants import ClosedList, Entrant, fingerprint_of
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

ANNOUNCED = AnnouncementFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    live_session_id=_LIVE_SESSION,
    announcement_id=AnnouncementId(11),
    host_id=_HOST,
    host_name="Lin",
    text="We go on at 15:10.",
    made_at=_OPENED,
    withdrawn_at=None,
)
UNANNOUNCED = msgspec.structs.replace(ANNOUNCED, withdrawn_at=_AT)

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

_PRIZE = PrizeFacts(
    prize_id=PrizeId(11),
    name="A headset",
    count=2,
    type=PrizeType.PHYSICAL,
    custom=None,
    batch="",
    points=None,
    asks=[FormField.PHONE],
    won=0,
)
_COMMITMENT = write_commitment(
    Commitment(
        draw=IDS.text(Kind.DRAW, 10),
        title="Lucky draw",
        nonce="5a" * 32,
        prizes=[Prize(IDS.text(Kind.PRIZE, _PRIZE.prize_id), _PRIZE.name, _PRIZE.count)],
        who={"kind": "tap", "earlier_winners": True},
        repeat_winners=False,
        weighted=False,
        preferred=[],
        entropy=DrandRule(
            chain=drand.QUICKNET.chain,
            public_key=drand.QUICKNET.public_key,
            scheme="bls-unchained-g1-rfc9380",
            period_s=drand.QUICKNET.period_s,
            genesis=drand.QUICKNET.genesis,
            delay_s=6,
        ),
    )
)
_LIST = ClosedList(Entrant(IDS.text(Kind.VIEWER, number)) for number in range(7, 47))
_PUBLISHED_AT = _CLOSED // 1_000 + 250
_ROUND = drand.round_due(drand.QUICKNET, 6, _PUBLISHED_AT)
_DRAWN: Instant = drand.time_of(drand.QUICKNET, _ROUND) * SECOND + 412_000
DRAW_COMMITTED = DrawFacts(
    account_id=_ACCOUNT,
    room_id=_ROOM,
    room_title="Product training",
    live_session_id=_LIVE_SESSION,
    draw_id=DrawId(10),
    title="Lucky draw",
    state=DrawState.COMMITTED,
    host_id=_HOST,
    host_name="Lin",
    host_role="host",
    who=Who.TAP,
    word="",
    survey_id=None,
    checkin_id=None,
    weighted=False,
    repeat_winners=False,
    earlier_winners=True,
    entropy=EntropyKind.DRAND,
    countdown_s=30,
    with_list=False,
    prizes=[_PRIZE],
    preferred=0,
    created_at=_OPENED - SECOND,
    committed_at=_OPENED,
    opened_at=None,
    closes_at=None,
    closed_at=None,
    finished_at=None,
    because="",
    entered=0,
    version=0,
    commitment=_COMMITMENT,
    commitment_sha256=commitment_hash(_COMMITMENT).hex(),
    root="",
    fingerprint="",
    published_at=None,
    round=None,
    decided_at=None,
)
DRAW_OPENED = msgspec.structs.replace(DRAW_COMMITTED, state=DrawState.OPEN, opened_at=_OPENED, closes_at=_CLOSED)
DRAW_CLOSED = msgspec.structs.replace(
    DRAW_OPENED,
    state=DrawState.CLOSED,
    closed_at=_CLOSED,
    entered=_LIST.count,
    version=_LIST.count,
    root=_LIST.root.hex(),
    fingerprint=fingerprint_of(commitment_hash(_COMMITMENT), _LIST.root, _LIST.count, _LIST.total_weight, _PUBLISHED_AT).hex(),
    published_at=_PUBLISHED_AT,
    round=_ROUND,
    decided_at=drand.time_of(drand.QUICKNET, _ROUND),
)
DRAW_DRAWN = msgspec.structs.replace(
    DRAW_CLOSED,
    state=DrawState.DRAWN,
    finished_at=_DRAWN,
    prizes=[msgspec.structs.replace(_PRIZE, won=2)],
    winners=[PublicWinner(_PRIZE.prize_id, 0, "Wang"), PublicWinner(_PRIZE.prize_id, 1, "Li Na")],
)
DRAW_CANCELLED = msgspec.structs.replace(DRAW_CLOSED, state=DrawState.CANCELLED, finished_at=_AT, because="The wrong prize")
DRAW_TIMED_OUT = msgspec.structs.replace(DRAW_OPENED, state=DrawState.TIMED_OUT, finished_at=_AT, because="the live session ended")


def _winner(place: int, number: int, name: str, external_id: str | None) -> WinnerFacts:
    code = IDS.text(Kind.VIEWER, number)
    return WinnerFacts(
        place=place,
        index=_LIST.place_of(code),
        code=code,
        entrant_id=EntrantId(number),
        viewer_id=ViewerId(number),
        external_id=external_id,
        name=name,
        preferred=False,
        address="203.0.113.9",
        terminal="iOS 18",
    )


PRIZE_DRAWN = PrizeDrawnFacts(
    room_id=DRAW_DRAWN.room_id,
    draw=DRAW_DRAWN,
    prize=0,
    page=0,
    pages=1,
    winners=[_winner(0, 7, "Wang", "staff-1024"), _winner(1, 21, "Li Na", None)],
    title=DRAW_DRAWN.title,
)

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
    "draw.committed": _OPENED,
    "draw.opened": _OPENED,
    "draw.closed": _PUBLISHED_AT * 1_000,
    "draw.drawn": _DRAWN,
    "draw.prize_drawn": _DRAWN,
}


def event_of(kind: str, facts: msgspec.Struct) -> Event:
    """An event of this kind with these facts."""
    at = _MOMENTS.get(kind, _AT)
    return Event(stream_id=_LIVE_SESSION, number=4, account_id=_ACCOUNT, kind=kind, at=at, facts=msgspec.json.encode(facts))
