"""What `turnout callbacks listen` makes of a call: which dialect it is in, and what it says."""

import pytest

from tests.dialects.volcengine import facts as drawn
from turnout.cli.callback_readings import dialect_of, read
from turnout.cli.callback_server import Call
from turnout.client import VolcengineWrongSignature
from turnout.dialects.contract import Part, Sending
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.clock import SystemClock

QUANSHI = QuanshiCallbacks(drawn.IDS)


def prize(number: int) -> bytes:
    """A signed callback about so many winners."""
    facts = drawn.page_of([drawn.winner(one) for one in range(number)])
    body = drawn.DIALECT.encode(drawn.event(facts), drawn.part_of(facts), {})
    return drawn.DIALECT.finish(body, [b"AccountSecret"], Sending("dl_1", SystemClock().now()))


def call(body: bytes, **headers: str) -> Call:
    """As it comes."""
    return Call("POST", "/", headers, body)


def test_a_prize_is_told_in_a_line() -> None:
    """In the dialect that the body speaks; under its RequestUuid."""
    body = prize(2)
    reading = read(call(body), None, ["another", "AccountSecret"])
    assert (reading.dialect, reading.kind) == ("volcengine", "ActivityAwardInfoCallBack")
    assert reading.about == "“500 points” of “Opening draw” (2 winners)"
    assert reading.id == reading.key
    assert reading.id.startswith("ActivityAwardInfoCallBack-")
    assert read(call(prize(1)), "volcengine", []).about.endswith("(1 winner)")
    with pytest.raises(VolcengineWrongSignature):
        read(call(body), None, ["another"])


def test_a_lottery_is_told_in_a_line() -> None:
    """With its winners at the end alone."""
    facts = drawn.page_of([drawn.winner(1)])
    reading = read(call(QUANSHI.encode(drawn.event(facts), Part("x"), {})), None, [])
    assert (reading.dialect, reading.kind, reading.about) == ("quanshi", "lottery ended", "“500 points” (1 winner)")


def test_the_dialect_is_what_only_one_of_them_says() -> None:
    """A header of native messages; a key of Volcengine's, unless Quanshi's stands there too; else Quanshi's."""
    assert dialect_of({"webhook-id": "dl_1"}, prize(1)) == "native"
    assert dialect_of({}, prize(1)) == "volcengine"
    assert dialect_of({}, b'{"dataType":1,"x":{"EventType":1}}') == "quanshi"
    assert dialect_of({}, b"") == "quanshi"
