"""Draws as Volcengine's callbacks, against the contract's and the vendor's examples."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.volcengine.facts import AT, DIALECT, IDS, POINTS, WINNER, check_message, event, is_id, page_of, part_of, sent, winner
from turnout.dialects.contract import TESTED, BodySigner, CallbackDialect, EndpointFacts, Part, Sending
from turnout.dialects.volcengine import ids as volcengine_ids
from turnout.dialects.volcengine.callbacks import PATIENCE, NoSecret, mask_phone
from turnout.dialects.volcengine.signing import sign
from turnout.interactions.draw.rules import WINNERS_PER_PAGE, CustomKind, PrizeFacts, PrizeType
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import MAX_ID, AccountId, EndpointId, IdForms, Kind, PrizeId

SAMPLES = Path(__file__).parent / "samples"
SECRET = b"testAccountSecret0001"
SENDING = Sending("dl_1", AT + 999_999)
text = st.text(max_size=20)


def test_the_message_is_the_contracts_example() -> None:
    """But for the ids, which are ours, and what hangs on them."""
    body = DIALECT.encode(event(page_of([WINNER])), part_of(page_of([WINNER])), {})
    message = json.loads(DIALECT.finish(body, [SECRET], SENDING))
    check_message(message)
    expected = json.loads((SAMPLES / "contract_award.json").read_text())
    check_message(expected)
    ours = {"AccountID", "ActivityID", "AwardId", "AwardItemId", "RequestUuid", "Sign"}
    for name in ours:
        expected[name] = message[name]
    expected["UserInfos"][0]["UserID"] = message["UserInfos"][0]["UserID"]
    assert message == expected
    assert message["AccountID"] == str(IDS.integer(Kind.ACCOUNT, 2))
    assert message["ActivityID"] == str(IDS.integer(Kind.ROOM, 3))
    assert message["AwardId"] == str(IDS.integer(Kind.DRAW, 30))
    assert message["AwardItemId"] == str(IDS.integer(Kind.PRIZE, 31))
    assert message["UserInfos"][0]["UserID"] == str(IDS.integer(Kind.VIEWER, 40))


def test_the_vendors_example_has_these_very_keys() -> None:
    """In this order."""
    vendors = json.loads((SAMPLES / "vendor_award.json").read_text())
    message = sent(page_of([WINNER]))
    assert list(vendors) == list(message)
    assert list(vendors["UserInfos"][0]) == list(message["UserInfos"][0])
    assert vendors["EventType"] == message["EventType"]


@pytest.mark.parametrize(
    ("type_", "custom", "expected"),
    [
        (PrizeType.PHYSICAL, None, ("1", "", "", "")),
        (PrizeType.VIRTUAL, None, ("2", "", "", "")),
        (PrizeType.CUSTOM, CustomKind.COUPON, ("3", "1", "", "")),
        (PrizeType.CUSTOM, CustomKind.POINTS, ("3", "2", "BATCH-2026-01", "500")),
        (PrizeType.VOUCHER, None, ("4", "", "", "")),
        (PrizeType.VIRTUAL, CustomKind.POINTS, ("2", "", "", "")),
    ],
)
def test_what_does_not_apply_is_empty(type_: PrizeType, custom: CustomKind | None, expected: tuple[str, str, str, str]) -> None:
    """DeliveryMethod of custom prizes alone, batch and amount of points alone, whatever the prize holds besides."""
    prize = msgspec.structs.replace(POINTS, type=type_, custom=custom)
    message = sent(page_of([WINNER], prize=prize))
    assert (message["AwardItemType"], message["DeliveryMethod"], message["AwardItemNum"], message["AwardItemAmounts"]) == expected


def test_a_prize_without_winners_is_told() -> None:
    """So that nobody need ask whether the message got lost."""
    assert sent(page_of([]))["UserInfos"] == []


def test_winners_come_in_the_order_of_drawing() -> None:
    """With what is known of each: of an anonymous one next to nothing, of one who is on a list and has never come an id all the same."""
    anonymous = winner(0, external_id=None, address="", terminal="", extra="")
    preferred = winner(1, preferred=True, phone="13800138000")
    absent = msgspec.structs.replace(winner(2, address="", terminal="", extra=""), viewer_id=None)
    infos = sent(page_of([anonymous, preferred, absent]))["UserInfos"]
    assert [info["NickName"] for info in infos] == ["Viewer 0", "Viewer 1", "Viewer 2"]
    assert (infos[0]["ExternalID"], infos[0]["UserAccessIP"], infos[0]["UserAgent"], infos[0]["Extra"]) == ("", "", "", "")
    assert [(info["IsPriorityUser"], info["Telephone"]) for info in infos] == [("0", ""), ("1", "13800138000"), ("0", "")]
    assert infos[2]["UserID"] == str(IDS.integer(Kind.ENTRY, 1_002))
    assert len({info["UserID"] for info in infos}) == 3


def test_a_full_page_is_one_message() -> None:
    """2,000 winners, the most that the vendor sends in one."""
    assert len(sent(page_of([winner(number) for number in range(WINNERS_PER_PAGE)]))["UserInfos"]) == 2_000


def test_pages_have_uuids_of_their_own_and_one_order() -> None:
    """All of a draw follow each other, whatever the prize. The number is the same whoever makes it, and at most 19 digits."""
    pages = [page_of([WINNER], page=page, pages=3) for page in range(3)]
    uuids = [sent(page)["RequestUuid"] for page in pages]
    assert len(set(uuids)) == 3
    assert all(is_id(uuid.removeprefix("ActivityAwardInfoCallBack-")) for uuid in uuids)
    assert uuids == [sent(page)["RequestUuid"] for page in pages]
    other = page_of([WINNER], prize=msgspec.structs.replace(POINTS, prize_id=PrizeId(32)))
    assert {part_of(page) for page in (*pages, other)} == {Part("draw:30")}
    assert sent(other)["RequestUuid"] not in uuids


@given(prize=st.integers(1, MAX_ID), page=st.integers(0, 999), key=st.binary(min_size=32, max_size=32))
def test_a_request_number_is_short_and_its_own(prize: int, page: int, key: bytes) -> None:
    """It begins with the prize's id and ends with the page."""
    ids = IdForms(key)
    number = volcengine_ids.request_number(ids, PrizeId(prize), page)
    assert is_id(number)
    assert (int(number[:-3]), int(number[-3:])) == (ids.integer(Kind.PRIZE, prize), page)


def test_every_page_has_a_number() -> None:
    """As many winners as one prize may have."""
    assert limits.MAX_PRIZE_COUNT / WINNERS_PER_PAGE < 1_000
    with pytest.raises(ValueError, match="page 1000"):
        volcengine_ids.request_number(IDS, PrizeId(1), 1_000)


prizes = st.builds(
    PrizeFacts,
    prize_id=st.integers(1, MAX_ID).map(PrizeId),
    name=text,
    count=st.integers(1, 9),
    type=st.sampled_from(PrizeType),
    custom=st.none() | st.sampled_from(CustomKind),
    batch=text,
    points=st.none() | st.integers(1, 99_999),
    asks=st.just([]),
    won=st.integers(0, 9),
)
winners = st.builds(
    lambda number, known, changes: winner(number, external_id=known, **changes),
    st.integers(0, 10**6),
    st.none() | text,
    st.fixed_dictionaries(dict.fromkeys(("address", "terminal", "extra", "phone"), text)) | st.just({"preferred": True}),
)


@given(prize=prizes, won=st.lists(winners, max_size=3), masks=st.booleans())
def test_every_value_is_a_string(prize: PrizeFacts, won: list[Any], masks: bool) -> None:
    """Whatever was drawn: every key, in order, and the empty rules; finishing changes two values and nothing else."""
    facts = page_of(won, prize=prize)
    body = DIALECT.encode(event(facts), part_of(facts), {"mask_phone": masks})
    before, after = json.loads(body), json.loads(DIALECT.finish(body, [SECRET], SENDING))
    check_message(before)
    check_message(after)
    assert {name for name in after if before[name] != after[name]} == {"Timestamp", "Sign"}
    assert (after["DeliveryMethod"] != "") == (prize.type is PrizeType.CUSTOM and prize.custom is not None)
    assert after["AwardItemAmounts"] == "" or after["DeliveryMethod"] == "2"
    assert after["AwardItemNum"] == "" or after["DeliveryMethod"] == "2"
    assert {info["IsPriorityUser"] for info in after["UserInfos"]} <= {"0", "1"}


def test_time_and_signature_are_filled_in_when_it_is_sent() -> None:
    """Signed with the newest secret; done again later they are others, and nothing else is."""
    body = DIALECT.encode(event(page_of([WINNER])), part_of(page_of([WINNER])), {})
    assert (json.loads(body)["Timestamp"], json.loads(body)["Sign"]) == ("", "")
    first = DIALECT.finish(body, [SECRET, b"earlier secret"], SENDING)
    assert first == DIALECT.finish(body, [SECRET], SENDING)
    message = json.loads(first)
    assert message["Timestamp"] == "1741158904"
    assert message["Sign"] == sign(SECRET, message)
    again = json.loads(DIALECT.finish(first, [b"another secret"], Sending("dl_1", AT + 3600 * SECOND)))
    assert again["Timestamp"] == "1741162504"
    assert again["Sign"] == sign(b"another secret", again)
    assert {name for name in again if again[name] != message[name]} == {"Timestamp", "Sign"}
    with pytest.raises(NoSecret):
        DIALECT.finish(body, [], SENDING)


def test_it_is_a_dialect_that_signs_its_bodies() -> None:
    """Its headers say nothing of it."""
    assert isinstance(DIALECT, CallbackDialect)
    assert isinstance(DIALECT, BodySigner)
    assert DIALECT.headers(b"{}", [SECRET], SENDING) == {"Content-Type": "application/json; charset=utf-8"}
    secret = DIALECT.new_secret()
    assert secret is not None
    assert len(secret) == 32
    DIALECT.check_secret("AccountSecret from the vendor's console")


def test_the_patience_is_the_vendors() -> None:
    """5 s for an answer, two more attempts 5 s apart, exactly."""
    assert (PATIENCE.timeout_s, PATIENCE.waits_s, PATIENCE.jitter) == (5.0, (5.0, 5.0), 0.0)
    assert not DIALECT.heeds_replies


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (204, True), (199, False), (302, False), (404, False), (500, False)])
def test_any_2xx_acknowledges(status: int, accepted: bool) -> None:
    """And with the option every answer."""
    assert DIALECT.accepted(status, b"no", {}) is accepted
    assert DIALECT.accepted(status, b"no", {"any_response_succeeds": False}) is accepted
    assert DIALECT.accepted(status, b"no", {"any_response_succeeds": True})


def test_who_created_the_room_can_be_said() -> None:
    """The main account, unless the endpoint says otherwise."""
    assert sent(page_of([]))["SubAccountName"] == "admin@bytedance.com"
    assert sent(page_of([]), sub_account_name="+8618037380000")["SubAccountName"] == "+8618037380000"


def test_phones_can_be_masked() -> None:
    """Only where the endpoint asks for it."""
    facts = page_of([winner(0, phone="13800138000")])
    assert sent(facts)["UserInfos"][0]["Telephone"] == "13800138000"
    assert sent(facts, mask_phone=True)["UserInfos"][0]["Telephone"] == "138****8000"
    assert [mask_phone(phone) for phone in ("", "1", "110", "+8613800138000")] == ["", "****1", "****10", "+86138****8000"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mask_phones": True}, "options.mask_phones"),
        ({"mask_phone": 1}, "options.mask_phone"),
        ({"any_response_succeeds": "yes"}, "options.any_response_succeeds"),
        ({"sub_account_name": True}, "options.sub_account_name"),
        ({"sub_account_name": " "}, "options.sub_account_name"),
        ({"sub_account_name": "x" * 65}, "options.sub_account_name"),
    ],
)
def test_other_options_are_refused(options: dict[str, Any], field: str) -> None:
    """By their name."""
    DIALECT.check_options({"mask_phone": True, "any_response_succeeds": False, "sub_account_name": "a"})
    with pytest.raises(InvalidInput) as refused:
        DIALECT.check_options(options)
    assert refused.value.field == field


def test_only_prizes_are_told() -> None:
    """Nothing of how a draw comes about."""
    facts = msgspec.json.encode(page_of([]).draw)
    for kind in ("draw.opened", "draw.drawn", "draw.cancelled", "survey.opened"):
        assert DIALECT.plan(Event(4, 1, AccountId(2), kind, AT, facts), {}) == ()
    assert DIALECT.kinds == ("draw.prize_drawn",)


def test_a_test_call_is_a_prize_nobody_has_won() -> None:
    """Each under ids of its own that nothing real has."""
    tried = EndpointFacts(EndpointId(9), AccountId(2), "https://example.com", "volcengine", "")
    events = [Event(2, number, AccountId(2), TESTED, AT, msgspec.json.encode(tried)) for number in (5, 6)]
    messages = []
    for happened in events:
        (part,) = DIALECT.plan(happened, {})
        assert part == Part(f"test:{happened.number}")
        messages.append(json.loads(DIALECT.encode(happened, part, {})))
        check_message(messages[-1])
    assert [message["AwardName"] for message in messages] == ["Turnout test call"] * 2
    assert messages[0]["RequestUuid"] != messages[1]["RequestUuid"]
    assert messages[0]["UserInfos"] == []
    assert messages[0]["AccountID"] == str(IDS.integer(Kind.ACCOUNT, 2))


def test_each_thing_has_the_vendors_name() -> None:
    """What Volcengine has no name for has none."""
    names = {Kind.ACCOUNT: "AccountID", Kind.ROOM: "ActivityID", Kind.DRAW: "AwardId", Kind.PRIZE: "AwardItemId", Kind.VIEWER: "UserID"}
    for kind in Kind:
        expected = {names[kind]: str(IDS.integer(kind, 5))} if kind in names else {}
        assert volcengine_ids.forms(IDS, kind, 5) == expected
