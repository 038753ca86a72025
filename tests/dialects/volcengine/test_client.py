"""The receiving end: every message verified and decoded, and nothing else taken for one."""

import json
from pathlib import Path

import pytest

from tests.dialects.volcengine.facts import AT, DIALECT, WINNER, event, page_of, part_of, winner
from turnout import client
from turnout.dialects.contract import Sending
from turnout.kernel.clock import SECOND

SAMPLES = Path(__file__).parent / "samples"
NOW_S = AT / SECOND
SECRET = "testAccountSecret0001"


def body(number: int = 1) -> bytes:
    """A signed callback."""
    facts = page_of([winner(one, preferred=one == 0) for one in range(number)])
    return DIALECT.finish(DIALECT.encode(event(facts), part_of(facts), {}), [SECRET.encode()], Sending("dl_1", AT))


def test_what_the_server_sends_is_received() -> None:
    """With its secret, with one of several, as bytes, and unverified."""
    message = client.receive_volcengine({}, body(2), SECRET, now_s=NOW_S)
    assert isinstance(message, client.VolcengineAwardMessage)
    assert (message.name, message.award_name, message.award_item_type) == ("Opening draw", "500 points", "3")
    assert message.award_item_type == client.volcengine_messages.AwardItemType.CUSTOM
    assert (message.award_item_amounts, message.delivery_method) == ("500", client.volcengine_messages.DeliveryMethod.POINTS)
    assert [(one.nick_name, one.was_preferred) for one in message.user_infos] == [("Viewer 0", True), ("Viewer 1", False)]
    assert client.receive_volcengine({}, body(2), ["other", SECRET], now_s=NOW_S) == message
    assert client.receive_volcengine({}, body(2), SECRET.encode(), now_s=NOW_S) == message
    assert client.receive_volcengine({}, body(2)) == client.decode_volcengine(body(2)) == message


def test_the_contracts_example_is_received() -> None:
    """Its Sign is the second vector."""
    message = client.receive_volcengine({}, (SAMPLES / "contract_award.json").read_bytes(), SECRET, now_s=1741158904)
    assert (message.account_id, message.user_infos[0].external_id) == ("2000001234", "customer-user-77")


def test_the_vendors_examples_are_read() -> None:
    """The seed's, and one of the international edition, which knows neither AwardId nor Name nor SubAccountName; a new key is passed
    over, and an empty IsPriorityUser means no."""
    vendors = json.loads((SAMPLES / "vendor_award.json").read_text())
    assert client.decode_volcengine(json.dumps(vendors).encode()).user_infos[0].user_agent == "Windows 10"
    for name in ("AwardId", "Name", "SubAccountName"):
        del vendors[name]
    vendors["UserInfos"][0]["IsPriorityUser"] = ""
    message = client.decode_volcengine(json.dumps(vendors | {"New": 1}).encode())
    assert (message.award_id, message.name, message.sub_account_name) == ("", "", "")
    assert not message.user_infos[0].was_preferred


@pytest.mark.parametrize("secrets", ["wrong", [], ["wrong", "also wrong"]])
def test_a_wrong_signature_is_refused(secrets: str | list[str]) -> None:
    """Also where there is no secret to verify it with."""
    with pytest.raises(client.VolcengineWrongSignature):
        client.receive_volcengine({}, body(), secrets, now_s=NOW_S)


def test_an_old_one_is_refused() -> None:
    """Who has seen one signature could say anything under it for ever; a receiver may want that nevertheless."""
    with pytest.raises(client.VolcengineWrongSignature, match="too far"):
        client.receive_volcengine({}, body(), SECRET, now_s=NOW_S + 601)
    client.receive_volcengine({}, body(), SECRET, now_s=NOW_S + 3_000, tolerance_s=3_600)
    client.receive_volcengine({}, body(), SECRET, now_s=NOW_S * 2, tolerance_s=None)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff", b'{"EventType":8}', b'{"EventType":"ActivityAwardInfoCallBack"}', b"[" * 9999])
def test_what_is_none_is_unreadable(raw: bytes) -> None:
    """Whatever it is."""
    with pytest.raises(client.VolcengineUnreadable):
        client.receive_volcengine({}, raw, SECRET)


def test_a_number_is_no_string() -> None:
    """The contract knows only strings."""
    numbered = json.loads(body()) | {"AwardItemAmounts": 500}
    with pytest.raises(client.VolcengineUnreadable, match="AwardItemAmounts"):
        client.decode_volcengine(json.dumps(numbered).encode())


def test_a_sister_callback_is_said_to_be_one() -> None:
    """And is not taken for something unreadable."""
    with pytest.raises(client.VolcengineNotYetRead):
        client.decode_volcengine(b'{"EventType":"ActivityTaskAwardInfoCallBack"}')


def test_copies_have_one_key() -> None:
    """Also after a redelivery, which is signed anew; another page has another."""
    first, again = body(), DIALECT.finish(body(), [b"another"], Sending("dl_1", AT + 60 * SECOND))
    assert first != again
    assert client.key_of_volcengine(client.decode_volcengine(first)) == client.key_of_volcengine(client.decode_volcengine(again))
    second = page_of([WINNER], page=1, pages=2)
    other = client.decode_volcengine(DIALECT.encode(event(second), part_of(second), {}))
    assert client.key_of_volcengine(other) != client.key_of_volcengine(client.decode_volcengine(first))
    replays = client.Replays()
    taken = []
    for one in (first, again, first):
        with replays.once(client.key_of_volcengine(client.decode_volcengine(one))) as is_first:
            taken.append(is_first)
    assert taken == [True, False, False]
