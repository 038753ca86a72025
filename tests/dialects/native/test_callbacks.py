"""The native dialect as the delivery engine asks it, and the receiver that reads what it writes."""

import json
from typing import Any

import pytest

from turnout import client
from turnout.client import NativeSurveyData, decode_native, receive_native
from turnout.dialects.contract import NATIVE_PATIENCE, TESTED, CallbackDialect, Part, Sending
from turnout.dialects.native import kind_examples as examples
from turnout.dialects.native.callbacks import FREE_ORDER, NativeCallbacks
from turnout.dialects.native.catalogue import KINDS, MessageKind
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput

DIALECT = NativeCallbacks(examples.IDS)
CLOSED = examples.event_of("survey.closed", examples.CLOSED)
AT = 1_767_602_421
SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]


def sent(*secrets: str, at: int = AT) -> tuple[dict[str, str], bytes]:
    """Headers and body of one attempt."""
    body = DIALECT.encode(CLOSED, Part("live"), {})
    sending = Sending("dl_4e0j7g2w9f6rd", at * SECOND + 999_999)
    return DIALECT.headers(body, [secret.encode() for secret in secrets], sending), body


def test_it_is_a_dialect_of_callbacks() -> None:
    """With Standard Webhooks' patience, and heeding what receivers say."""
    assert isinstance(DIALECT, CallbackDialect)
    assert (DIALECT.name, DIALECT.heeds_replies, DIALECT.patience) == ("native", True, NATIVE_PATIENCE)
    assert (NATIVE_PATIENCE.timeout_s, len(NATIVE_PATIENCE.waits_s), sum(NATIVE_PATIENCE.waits_s)) == (20.0, 9, 272_105.0)
    assert TESTED not in DIALECT.kinds


@pytest.mark.parametrize("kind", KINDS)
def test_one_message_for_each_event(kind: str) -> None:
    """In the order of the live session; with free_order, and for a test, each for itself."""
    event = examples.event_of(kind, KINDS[kind].facts)

    assert list(DIALECT.plan(event, {})) == [Part("4" if kind == TESTED else "live")]
    assert list(DIALECT.plan(event, {FREE_ORDER: False})) == list(DIALECT.plan(event, {}))
    assert list(DIALECT.plan(event, {FREE_ORDER: True})) == [Part("4")]


def test_a_kind_that_is_not_in_the_catalogue_is_not_sent() -> None:
    """Rather than sent in a form nobody described."""
    assert list(DIALECT.plan(examples.event_of("draw.settled", examples.CLOSED), {})) == []


def test_options_are_checked() -> None:
    """Only free_order, true or false."""
    DIALECT.check_options({FREE_ORDER: True})
    with pytest.raises(InvalidInput, match="no such option") as unknown:
        DIALECT.check_options({"legacy_type_key": True})
    with pytest.raises(InvalidInput, match="true or false") as text:
        DIALECT.check_options({FREE_ORDER: "yes"})

    assert (unknown.value.field, text.value.field) == ("options.legacy_type_key", "options.free_order")


def test_every_endpoint_can_have_a_secret() -> None:
    """The dialect makes one that it takes itself, and refuses what is none."""
    made = DIALECT.new_secret()
    assert made is not None
    DIALECT.check_secret(made)
    with pytest.raises(InvalidInput):
        DIALECT.check_secret("a long shared secret")


@pytest.mark.parametrize(
    ("status", "accepted"), [(199, False), (200, True), (204, True), (299, True), (300, False), (410, False), (500, False)]
)
def test_any_2xx_acknowledges(status: int, accepted: bool) -> None:
    """Whatever the body says."""
    assert DIALECT.accepted(status, b"no", {}) is accepted


def test_the_headers_of_an_attempt() -> None:
    """The standard's three, with the attempt's own second, and a signature by each valid secret, the newest first."""
    headers, _ = sent(*SECRETS)
    again, _ = sent(SECRETS[0], at=AT + 60)

    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("dl_4e0j7g2w9f6rd", str(AT))
    assert [signature.partition(",")[0] for signature in headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    assert headers["webhook-signature"].split(" ")[0] == sent(SECRETS[0])[0]["webhook-signature"]
    assert (again["webhook-id"], again["webhook-timestamp"]) == (headers["webhook-id"], str(AT + 60))
    assert again["webhook-signature"] not in headers["webhook-signature"]
    assert "webhook-signature" not in sent()[0]


@pytest.mark.parametrize("accepts", [SECRETS[0], SECRETS[1], SECRETS, ["whsec_" + "A" * 32, SECRETS[1]]])
def test_receive_verifies_and_decodes(accepts: Any) -> None:
    """One call, with the old secret, the new one, or both."""
    headers, body = sent(*SECRETS)
    message = receive_native(headers, body, accepts, now_s=AT + 2)

    assert (message.id, message.kind, message.at) == ("dl_4e0j7g2w9f6rd", "survey.closed", "2026-01-05T08:40:20.000000Z")
    assert isinstance(message.data, NativeSurveyData)
    assert (message.data.host.name, message.data.survey.title, message.data.survey.questions[0].counts) == ("Lin", "Warm-up", [2, 31, 5])


def test_receive_refuses_what_does_not_verify() -> None:
    """Another secret, another body, another time, by one error; what cannot be a secret by another."""
    headers, body = sent(SECRETS[0])
    for refused in (
        lambda: receive_native(headers, body, SECRETS[1], now_s=AT),
        lambda: receive_native(headers, body + b" ", SECRETS[0], now_s=AT),
        lambda: receive_native(headers, body, SECRETS[0], now_s=AT + 301),
        lambda: receive_native({}, body, SECRETS[0], now_s=AT),
        lambda: receive_native(headers, body, [], now_s=AT),
    ):
        with pytest.raises(client.NativeWrongSignature):
            refused()
    with pytest.raises(InvalidInput, match="must begin with"):
        receive_native(headers, body, "a long shared secret", now_s=AT)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_receiver_reads_every_member(kind: MessageKind) -> None:
    """Into typed objects, with nothing lost of what the message says."""
    example = kind.example
    message = decode_native(json.dumps(example).encode(), "dl_1")

    assert (message.id, message.kind, message.at) == ("dl_1", example["type"], example["timestamp"])
    assert not isinstance(message.data, dict)
    _check_same(example["data"], message.data, kind.name)


def _check_same(told: Any, read: Any, place: str) -> None:
    if isinstance(told, dict):
        for name, value in told.items():
            assert hasattr(read, name), f"{place}.{name} is not read"
            _check_same(value, getattr(read, name), f"{place}.{name}")
    elif isinstance(told, list):
        assert len(told) == len(read), place
        for number, value in enumerate(told):
            _check_same(value, read[number], f"{place}[{number}]")
    else:
        assert told == read, place


def test_a_newer_server_is_read() -> None:
    """Members it adds are passed over; a kind it adds comes as it is."""
    body = KINDS["survey.closed"].example
    body["sequel"] = 1
    body["data"]["survey"]["mood"] = "good"

    assert decode_native(json.dumps(body).encode()).kind == "survey.closed"
    assert decode_native(json.dumps({**body, "type": "draw.settled", "data": {"winners": 3}}).encode()).data == {"winners": 3}
    assert decode_native(json.dumps({**body, "type": "survey.burned", "data": {}}).encode()).data == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":1}',
        b'{"type":"survey.closed","timestamp":"t","data":{}}',
        b'{"type":"x.y","timestamp":"t","data":3}',
        b"\xff",
        b'{"type":"x.y","timestamp":"t","data":' + b"[" * 100_000,
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Any other bytes, by one error."""
    with pytest.raises(client.NativeUnreadable):
        decode_native(body)
