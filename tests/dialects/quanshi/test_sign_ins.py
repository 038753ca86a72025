"""Check-ins as Quanshi's sign-ins, against the contract's and the vendor's examples (A.9)."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.quanshi.contract import CREATOR, ENVELOPE, NOT_YET
from turnout import client
from turnout.dialects.contract import Sending
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.interactions.checkin.rules import CheckInClosedBy, CheckInFacts, Expects, Late
from turnout.interactions.lifecycle import State
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, CheckInId, HostId, IdForms, Kind, LiveSessionId, RoomId

SAMPLES = Path(__file__).parent / "samples"
IDS = IdForms(bytes(range(32)))
DIALECT = QuanshiCallbacks(IDS)
SIGN_IN = {
    "signId": int,
    "title": str,
    "duration": int,
    "creator": dict,
    "signState": int,
    "signCount": int,
    "unSignCount": int,
    "signRate": int,
    "tempConfId": str,
    "conferenceId": str,
    "customerCode": str,
    "createDate": str,
    "endDate": str,
}
AT: Instant = 1_767_603_200 * SECOND
OPEN = CheckInFacts(
    account_id=AccountId(2),
    room_id=RoomId(3),
    live_session_id=LiveSessionId(4),
    checkin_id=CheckInId(5),
    title="Please sign in",
    state=State.OPEN,
    host_id=HostId(6),
    host_name="Host Lin",
    host_role="host",
    expects=Expects.PRESENT,
    late=Late.COUNTED,
    show_counts=False,
    time_limit_s=30,
    created_at=AT,
    opened_at=AT,
    closes_at=AT + 30 * SECOND,
    closed_at=None,
    closed_by=None,
    expected=8,
    confirmed=0,
    unexpected=0,
    version=1,
)
CLOSED = msgspec.structs.replace(
    OPEN, state=State.CLOSED, closed_at=AT + 30 * SECOND, closed_by=CheckInClosedBy.TIME_LIMIT, confirmed=5, unexpected=2
)
WITHDRAWN = msgspec.structs.replace(OPEN, state=State.WITHDRAWN, expected=0, withdrawn_from=State.OPEN)


def event(kind: str, facts: CheckInFacts, at: Instant = AT) -> Event:
    return Event(stream_id=4, number=7, account_id=AccountId(2), kind=kind, at=at, facts=msgspec.json.encode(facts))


def sent(happened: Event, **options: Any) -> Any:
    """The message of the event's only part."""
    (part,) = DIALECT.plan(happened, options)
    assert part.ordering_key == "checkin:5"
    message = json.loads(DIALECT.encode(happened, part, options))
    check_message(message)
    return message


def check_message(message: Any) -> None:
    """Every documented key, in the documented order, with its JSON type."""
    assert {**ENVELOPE, "data": dict} == {key: type(value) for key, value in message.items()}
    data = message["data"]
    assert list(message) == list(ENVELOPE)
    assert (list(data), {key: type(value) for key, value in data.items()}) == (list(SIGN_IN), SIGN_IN)
    assert (list(data["creator"]), message["dataType"]) == (list(CREATOR), 6)
    assert (data["tempConfId"], data["conferenceId"]) == (message["tempConferenceId"], message["conferenceId"])
    assert data["signState"] == message["type"]


def test_the_start_is_the_contracts_example() -> None:
    """Whoever is expected: the three numbers are 0, and the end has not come."""
    message = sent(event("checkin.opened", OPEN))
    data = message["data"]
    assert (message["type"], message["timestamp"]) == (1, 1767603200)
    assert (data["title"], data["duration"], data["signState"]) == ("Please sign in", 30, 1)
    assert (data["signCount"], data["unSignCount"], data["signRate"]) == (0, 0, 0)
    assert (data["createDate"], data["endDate"]) == ("2026-01-05T16:53:20.000000000+08:00", NOT_YET)
    assert (data["creator"]["name"], data["creator"]["role"], data["creator"]["group"]) == ("Host Lin", "1", "*")


def test_the_end_has_real_numbers() -> None:
    """Of the expected: who signed in, who did not, whole percent with halves rounded up; who came unexpected is in none of them."""
    message = sent(event("checkin.closed", CLOSED, AT + 30 * SECOND))
    data = message["data"]
    assert (message["type"], data["signState"]) == (2, 2)
    assert (data["signCount"], data["unSignCount"], data["signRate"]) == (5, 3, 63)
    assert data["endDate"] == "2026-01-05T16:53:50.000000000+08:00"
    nobody = msgspec.structs.replace(CLOSED, expected=0, confirmed=0, unexpected=0, time_limit_s=None)
    data = sent(event("checkin.closed", nobody))["data"]
    assert (data["signCount"], data["unSignCount"], data["signRate"], data["duration"]) == (0, 0, 0, 0)


def test_a_withdrawn_one_ends() -> None:
    """Who heard of the start hears of an end; of a draft there is nothing to hear."""
    data = sent(event("checkin.withdrawn", WITHDRAWN, AT + 5 * SECOND))["data"]
    assert (data["signState"], data["signCount"], data["unSignCount"]) == (2, 0, 0)
    assert data["endDate"] == "2026-01-05T16:53:25.000000000+08:00"
    draft = msgspec.structs.replace(WITHDRAWN, withdrawn_from=State.DRAFT)
    assert DIALECT.plan(event("checkin.withdrawn", draft), {}) == ()


@pytest.mark.parametrize(("kind", "facts"), [("checkin.opened", OPEN), ("checkin.closed", CLOSED)])
def test_round_trip(kind: str, facts: CheckInFacts) -> None:
    """What is sent, with the legacy key too, the client verifies and reads whole."""
    happened = event(kind, facts)
    (part,) = DIALECT.plan(happened, {})
    for options in ({}, {"legacy_type_key": True}):
        body = DIALECT.encode(happened, part, options)
        headers = DIALECT.headers(body, [b"secret"], Sending("dl_1", AT))
        received = client.receive_quanshi(headers, body, b"secret", now_s=AT / SECOND)
        assert isinstance(received, client.QuanshiSignInMessage)
        assert msgspec.json.encode(received) == body
        assert client.identity_of_quanshi(received) == [(6, IDS.integer(Kind.CHECKIN, 5), received.type)]


def test_start_and_end_are_two() -> None:
    """And copies of one are one."""
    start, again, end = (
        client.decode_quanshi(json.dumps(sent(happened)).encode())
        for happened in (event("checkin.opened", OPEN), event("checkin.opened", OPEN), event("checkin.closed", CLOSED))
    )
    assert client.key_of_quanshi(start) == client.key_of_quanshi(again) != client.key_of_quanshi(end)
    assert client.identity_of_quanshi(start) != client.identity_of_quanshi(end)


def test_the_vendors_own_example_is_read() -> None:
    """With its key `"type "`, and an empty customerCode."""
    received = client.decode_quanshi((SAMPLES / "vendor_sign_in_start.json").read_bytes())
    assert isinstance(received, client.QuanshiSignInMessage)
    assert (received.type, received.data.sign_id, received.data.duration, received.data.creator.role) == (1, 20954, 30, "6")
