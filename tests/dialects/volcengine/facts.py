"""Facts of draws, and the message as contracts/volcengine.md section 3 has it: every key in its order, and how to read it."""

import json
from typing import Any

import msgspec

from turnout.dialects.contract import Part
from turnout.dialects.volcengine.callbacks import PRIZE_DRAWN, VolcengineCallbacks
from turnout.interactions.draw.rules import (
    CustomKind,
    DrawFacts,
    DrawState,
    EntropyKind,
    PrizeDrawnFacts,
    PrizeFacts,
    PrizeType,
    Who,
    WinnerFacts,
)
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DrawId, EntrantId, HostId, IdForms, LiveSessionId, PrizeId, RoomId, ViewerId

IDS = IdForms(bytes(range(32)))
DIALECT = VolcengineCallbacks(IDS)
AT: Instant = 1_741_158_904 * SECOND
MESSAGE = [
    "AccountID",
    "ActivityID",
    "ActivityName",
    "AwardId",
    "AwardItemAmounts",
    "AwardItemId",
    "AwardItemNum",
    "AwardItemType",
    "AwardName",
    "DeliveryMethod",
    "EventType",
    "Name",
    "RequestUuid",
    "Sign",
    "SubAccountName",
    "Timestamp",
    "UserInfos",
]
USER_INFO = ["ExternalID", "Extra", "IsPriorityUser", "NickName", "Telephone", "UserAccessIP", "UserAgent", "UserID"]

POINTS = PrizeFacts(
    prize_id=PrizeId(31),
    name="500 points",
    count=1,
    type=PrizeType.CUSTOM,
    custom=CustomKind.POINTS,
    batch="BATCH-2026-01",
    points=500,
    asks=[],
    won=1,
)
DRAWN = DrawFacts(
    account_id=AccountId(2),
    room_id=RoomId(3),
    room_title="Spring launch",
    live_session_id=LiveSessionId(4),
    draw_id=DrawId(30),
    title="Opening draw",
    state=DrawState.DRAWN,
    host_id=HostId(6),
    host_name="Host Lin",
    host_role="host",
    who=Who.TAP,
    word="",
    survey_id=None,
    checkin_id=None,
    weighted=False,
    repeat_winners=False,
    earlier_winners=True,
    entropy=EntropyKind.DRAND,
    countdown_s=None,
    with_list=False,
    prizes=[POINTS],
    preferred=0,
    created_at=AT - 100 * SECOND,
    committed_at=AT - 90 * SECOND,
    opened_at=AT - 90 * SECOND,
    closes_at=None,
    closed_at=AT - 10 * SECOND,
    finished_at=AT,
    because="",
    entered=1,
    version=1,
    commitment="{}",
    commitment_sha256="00",
    root="00",
    fingerprint="00",
    published_at=None,
    round=None,
    decided_at=None,
)
WINNER = WinnerFacts(
    place=0,
    index=0,
    code="vw_x",
    entrant_id=EntrantId(40),
    viewer_id=ViewerId(40),
    external_id="customer-user-77",
    name="Viewer A",
    preferred=False,
    address="2001:db8::17",
    terminal="Windows 10",
    extra="from-newsletter",
)


def winner(number: int, **changes: Any) -> WinnerFacts:
    """One of many."""
    return msgspec.structs.replace(
        WINNER, place=number, entrant_id=EntrantId(1_000 + number), viewer_id=ViewerId(1_000 + number), name=f"Viewer {number}", **changes
    )


def page_of(winners: list[WinnerFacts], *, prize: PrizeFacts = POINTS, page: int = 0, pages: int = 1) -> PrizeDrawnFacts:
    """A page of the winners of the draw's only prize."""
    draw = msgspec.structs.replace(DRAWN, prizes=[prize])
    return PrizeDrawnFacts(room_id=draw.room_id, draw=draw, prize=0, page=page, pages=pages, winners=winners)


def event(facts: PrizeDrawnFacts, number: int = 7) -> Event:
    """Its event."""
    return Event(stream_id=4, number=number, account_id=AccountId(2), kind=PRIZE_DRAWN, at=AT, facts=msgspec.json.encode(facts))


def sent(facts: PrizeDrawnFacts, **options: Any) -> Any:
    """The message of the event's only part, before it is signed."""
    (part,) = DIALECT.plan(event(facts), options)
    message = json.loads(DIALECT.encode(event(facts), part, options))
    check_message(message)
    return message


def part_of(facts: PrizeDrawnFacts) -> Part:
    """The event's only part."""
    (part,) = DIALECT.plan(event(facts), {})
    return part


def check_message(message: Any) -> None:
    """Every documented key in alphabetical order, and every value a string but for the array of winners."""
    assert list(message) == MESSAGE == sorted(MESSAGE)
    assert all(type(value) is str for key, value in message.items() if key != "UserInfos")
    assert type(message["UserInfos"]) is list
    for user_info in message["UserInfos"]:
        assert list(user_info) == USER_INFO == sorted(USER_INFO)
        assert all(type(value) is str for value in user_info.values())
    for name in ("AccountID", "ActivityID", "AwardId", "AwardItemId"):
        assert is_id(message[name])
    assert all(is_id(user_info["UserID"]) for user_info in message["UserInfos"])


def is_id(text: str) -> bool:
    """Decimal digits, at most 19."""
    return text.isascii() and text.isdecimal() and 0 < len(text) <= 19
