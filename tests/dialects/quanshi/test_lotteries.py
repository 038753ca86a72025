"""The prizes of draws as Quanshi's lotteries, against the contract's and the vendor's examples (A.10)."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.quanshi.contract import CREATOR, ENVELOPE, NOT_YET
from tests.dialects.volcengine import facts as drawn
from turnout import client
from turnout.dialects.contract import Part, Sending
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.interactions.draw.rules import DrawFacts, DrawState, PrizeDrawnFacts, WinnerFacts
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, IdForms, Kind, PrizeId

SAMPLES = Path(__file__).parent / "samples"
IDS = IdForms(bytes(range(32)))
DIALECT = QuanshiCallbacks(IDS)
AT: Instant = 1_767_603_400 * SECOND + 250_000
LOTTERY = {
    "prizeId": int,
    "prizeTitle": str,
    "prizeNumber": int,
    "prizeState": int,
    "tempConfId": str,
    "customerCode": str,
    "creator": dict,
    "conferenceId": str,
    "createDate": str,
    "endDate": str,
    "winners": list,
}
WINNER = ["user", "priAddress", "priPhone", "priName"]
FIRST = msgspec.structs.replace(drawn.POINTS, prize_id=PrizeId(31), name="First prize", count=1)
SECOND_PRIZE = msgspec.structs.replace(drawn.POINTS, prize_id=PrizeId(32), name="Second prize", count=5_000)
OPEN = msgspec.structs.replace(
    drawn.DRAWN, state=DrawState.OPEN, prizes=[FIRST, SECOND_PRIZE], created_at=AT - 90 * SECOND, closed_at=None, finished_at=None
)
DRAWN = msgspec.structs.replace(OPEN, state=DrawState.DRAWN, closed_at=AT - 8 * SECOND, finished_at=AT)
ANONYMOUS = msgspec.structs.replace(drawn.WINNER, name="Viewer 17", external_id=None)


def event(kind: str, facts: DrawFacts | PrizeDrawnFacts, at: Instant = AT) -> Event:
    return Event(stream_id=4, number=7, account_id=AccountId(2), kind=kind, at=at, facts=msgspec.json.encode(facts))


def page(winners: list[WinnerFacts], prize: int = 0, number: int = 0, pages: int = 1) -> Event:
    """The event of a page of a prize's winners."""
    page_id = PrizeId(90 + number) if number else None
    facts = PrizeDrawnFacts(room_id=DRAWN.room_id, draw=DRAWN, prize=prize, page=number, pages=pages, winners=winners, page_id=page_id)
    return event("draw.prize_drawn", facts)


def sent(happened: Event, **options: Any) -> list[Any]:
    """The messages of the event's parts."""
    messages = [json.loads(DIALECT.encode(happened, part, options)) for part in DIALECT.plan(happened, options)]
    for message in messages:
        check_message(message)
    return messages


def check_message(message: Any) -> None:
    """Every documented key, in the documented order, with its JSON type."""
    assert list(message) == list(ENVELOPE)
    assert {**ENVELOPE, "data": dict} == {key: type(value) for key, value in message.items()}
    data = message["data"]
    assert (list(data), {key: type(value) for key, value in data.items()}) == (list(LOTTERY), LOTTERY)
    assert (list(data["creator"]), message["dataType"]) == (list(CREATOR), 7)
    assert (data["tempConfId"], data["conferenceId"]) == (message["tempConferenceId"], message["conferenceId"])
    assert message["type"] == (1 if data["prizeState"] == 1 else 2)
    for winner in data["winners"]:
        assert list(winner) == WINNER
        user = dict(winner["user"])
        assert type(user.pop("viewerId", "")) is str
        assert {key: type(value) for key, value in user.items()} == CREATOR
        assert (winner["priAddress"], winner["priPhone"], winner["priName"]) == ("", "", "")


def test_each_prize_starts_when_entries_open() -> None:
    """In their order, which the draw's own ordering key keeps; nobody has won, and the end has not come."""
    happened = event("draw.opened", OPEN)
    assert list(DIALECT.plan(happened, {})) == [Part(f"draw:{OPEN.draw_id}", 0), Part(f"draw:{OPEN.draw_id}", 1)]
    first, second = sent(happened)
    assert (first["type"], first["timestamp"], first["data"]["prizeState"]) == (1, 1767603400, 1)
    assert (first["data"]["prizeTitle"], first["data"]["prizeNumber"]) == ("First prize", 1)
    assert (second["data"]["prizeTitle"], second["data"]["prizeNumber"]) == ("Second prize", 5_000)
    assert first["data"]["prizeId"] == IDS.integer(Kind.PRIZE, 31)
    assert (first["data"]["winners"], first["data"]["endDate"]) == ([], NOT_YET)


def test_the_end_is_the_contracts_example() -> None:
    """But for the ids, which are ours."""
    expected = json.loads((SAMPLES / "contract_lottery_end.json").read_text())
    check_message(expected)
    (message,) = sent(page([ANONYMOUS]))
    for name in ("tempConferenceId", "conferenceId", "hostId", "customerCode"):
        expected[name] = message[name]
    for name in ("prizeId", "tempConfId", "conferenceId", "customerCode"):
        expected["data"][name] = message["data"][name]
    for name in ("tempUserId", "accId", "userId"):
        expected["data"]["creator"][name] = message["data"]["creator"][name]
    expected["data"]["creator"]["clientType"] = 0  # as for every tool: we do not know the host's device
    expected["data"]["winners"][0]["user"]["accId"] = IDS.hex32(Kind.VIEWER, 40)
    expected["data"]["createDate"] = "2026-01-05T16:55:10.250000000+08:00"
    assert message == expected


def test_start_and_end_of_a_prize_follow_each_other() -> None:
    """By their ordering key."""
    starts = DIALECT.plan(event("draw.opened", OPEN), {})
    for prize, start in enumerate(starts):
        (end,) = DIALECT.plan(page([], prize), {})
        assert end.ordering_key == start.ordering_key


def test_winners_are_described_like_a_creator() -> None:
    """A known one by the customer's own id too; one who is on a list and has never come by what the list says."""
    known = msgspec.structs.replace(drawn.WINNER, phone="13800138000", email="a@example.com", group="east")
    absent = msgspec.structs.replace(drawn.WINNER, viewer_id=None, external_id="employee-9", name="Absent")
    (message,) = sent(page([known, ANONYMOUS, absent], prize=1))
    users = [winner["user"] for winner in message["data"]["winners"]]
    assert message["data"]["prizeTitle"] == "Second prize"
    assert (users[0]["userId"], users[0]["viewerId"]) == (IDS.integer(Kind.VIEWER, 40), "customer-user-77")
    assert (users[0]["phone"], users[0]["email"], users[0]["group"]) == ("13800138000", "a@example.com", "east")
    assert (users[1]["userId"], users[1]["name"], users[1]["clientType"], users[1]["role"]) == (0, "Viewer 17", 1000, "0")
    assert "viewerId" not in users[1]
    assert (users[2]["userId"], users[2]["viewerId"], users[2]["accId"]) == (0, "employee-9", IDS.hex32(Kind.ENTRY, 40))


def test_a_prize_nobody_won_has_an_end() -> None:
    """Without winners."""
    (message,) = sent(page([]))
    assert (message["type"], message["data"]["prizeState"], message["data"]["winners"]) == (2, 2, [])


@pytest.mark.parametrize(
    ("kind", "state", "expected"), [("draw.cancelled", DrawState.CANCELLED, 3), ("draw.timed_out", DrawState.TIMED_OUT, 4)]
)
def test_a_draw_that_came_to_nothing_ends(kind: str, state: DrawState, expected: int) -> None:
    """Each of its prizes, where it had started; what was never opened has nothing to end."""
    facts = msgspec.structs.replace(OPEN, state=state, finished_at=AT)
    messages = sent(event(kind, facts))
    assert [(message["type"], message["data"]["prizeState"], message["data"]["winners"]) for message in messages] == [(2, expected, [])] * 2
    assert {message["data"]["endDate"] for message in messages} == {"2026-01-05T16:56:40.250000000+08:00"}
    assert not DIALECT.plan(event(kind, msgspec.structs.replace(facts, opened_at=None)), {})


def test_pages_of_winners_are_lotteries_of_their_own() -> None:
    """Each has its start and its end under an id that no other has, so that who drops repeats keeps every winner; the first is the
    prize."""
    bodies = [json.dumps(message).encode() for number in range(3) for message in sent(page([drawn.winner(number)], 1, number, 3))]
    received = [client.decode_quanshi(body) for body in bodies]
    lotteries = [one for one in received if isinstance(one, client.QuanshiLotteryMessage)]
    assert [one.type for one in lotteries] == [2, 1, 2, 1, 2]
    assert len({tuple(client.identity_of_quanshi(one)) for one in lotteries}) == 5
    assert [one.data.prize_title for one in lotteries] == ["Second prize", *["Second prize (2/3)"] * 2, *["Second prize (3/3)"] * 2]
    assert [one.data.prize_number for one in lotteries] == [5_000, 1, 1, 1, 1]
    assert lotteries[1].data.prize_id == lotteries[2].data.prize_id != lotteries[0].data.prize_id
    assert [len(one.data.winners) for one in lotteries] == [1, 0, 1, 0, 1]
    assert {one.timestamp for one in lotteries} == {1767603400}


def test_nothing_else_of_a_draw_is_told() -> None:
    """A receiver of the vendor's knows neither commitments nor roots."""
    for kind in ("draw.committed", "draw.counting", "draw.closing", "draw.closed", "draw.drawn"):
        assert DIALECT.plan(event(kind, DRAWN), {}) == ()
    assert {kind for kind in DIALECT.kinds if kind.startswith("draw.")} == {
        "draw.opened",
        "draw.prize_drawn",
        "draw.cancelled",
        "draw.timed_out",
    }


@pytest.mark.parametrize("happened", [event("draw.opened", OPEN), page([drawn.WINNER, ANONYMOUS])], ids=["start", "end"])
def test_round_trip(happened: Event) -> None:
    """What is sent, with the legacy key too, the client verifies and reads whole."""
    part = DIALECT.plan(happened, {})[0]
    for options in ({}, {"legacy_type_key": True}):
        body = DIALECT.encode(happened, part, options)
        headers = DIALECT.headers(body, [b"secret"], Sending("dl_1", AT))
        received = client.receive_quanshi(headers, body, b"secret", now_s=AT / SECOND)
        assert isinstance(received, client.QuanshiLotteryMessage)
        assert msgspec.json.encode(received) == body
        assert client.identity_of_quanshi(received) == [(7, IDS.integer(Kind.PRIZE, 31), received.type)]


def test_the_vendors_own_example_is_read() -> None:
    """With its key `"type "`, an empty customerCode, and a winner in a start; its one slip of JSON is mended."""
    received = client.decode_quanshi((SAMPLES / "vendor_lottery.json").read_bytes())
    assert isinstance(received, client.QuanshiLotteryMessage)
    assert (received.type, received.data.prize_id, received.data.prize_title, received.data.prize_number) == (1, 21154, "一等奖", 2)
    assert (received.data.winners[0].user.name, received.data.winners[0].user.client_type) == ("观众04", 1000)


@given(
    winners=st.lists(
        st.builds(
            lambda number, known, came, texts: msgspec.structs.replace(
                drawn.winner(number, external_id=known, **texts), **({} if came else {"viewer_id": None})
            ),
            st.integers(0, 10**6),
            st.none() | st.text(max_size=9),
            st.booleans(),
            st.fixed_dictionaries({"phone": st.text(max_size=9), "email": st.text(max_size=9), "group": st.text(max_size=9)}),
        ),
        max_size=4,
    ),
    prize=st.integers(0, 1),
)
def test_every_key_has_its_type(winners: list[WinnerFacts], prize: int) -> None:
    """Whoever has won."""
    (message,) = sent(page(winners, prize))
    assert [winner["user"]["name"] for winner in message["data"]["winners"]] == [winner.name for winner in winners]
