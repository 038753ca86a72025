"""The receiving end reads what our server writes and what the vendor documents."""

import inspect
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.dialects.quanshi.facts import CLOSED, CLOSED_FACTS, EXAM_FACTS, QUESTIONNAIRE_FACTS, VOTE_FACTS, closed, opened, running
from turnout import client
from turnout.dialects.contract import Part, Sending
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks, message_of
from turnout.interactions.survey.rules import SurveyFacts
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import IdForms

SAMPLES = Path(__file__).parent / "samples"
IDS = IdForms(bytes(range(32)))
DIALECT = QuanshiCallbacks(IDS)
SECRET = b"a secret of the customer"


def test_round_trip() -> None:
    """What the dialect encodes and signs, the client verifies and decodes to the same message."""
    body = DIALECT.encode(closed(), Part("x"), {})
    headers = DIALECT.headers(body, [SECRET], Sending("dl_1", CLOSED))

    received = client.receive_quanshi(headers, body, SECRET, now_s=CLOSED / SECOND + 2)

    assert message_of(IDS, "survey.closed", CLOSED, CLOSED_FACTS) == received


@pytest.mark.parametrize("facts", [VOTE_FACTS, QUESTIONNAIRE_FACTS, EXAM_FACTS], ids=lambda facts: facts.kind.value)
def test_every_kind_of_survey_is_read(facts: SurveyFacts) -> None:
    """Start and end, byte for byte the same when encoded again, so nothing in them is passed over."""
    messages = client.quanshi_messages
    for event in (opened(running(facts)), closed(facts)):
        body = DIALECT.encode(event, Part("x"), {"legacy_type_key": True})
        received = client.receive_quanshi({}, body)

        assert received.data_type == messages.DataType[facts.kind.name]
        assert {one.question_type for one in received.data[0].question_list} <= set(messages.QuestionType)
        assert msgspec.json.encode(received) == body


def test_a_changed_body_is_not_read() -> None:
    """A signature over other bytes does not hold."""
    body = DIALECT.encode(closed(), Part("x"), {})
    headers = DIALECT.headers(body, [SECRET], Sending("dl_1", CLOSED))

    with pytest.raises(client.QuanshiWrongSignature):
        client.receive_quanshi(headers, body.replace(b'"answerCount":3', b'"answerCount":4'), SECRET, now_s=CLOSED / SECOND)


def test_either_secret_verifies_while_it_changes() -> None:
    """The receiver knows both; one that knows none refuses everything."""
    body = DIALECT.encode(closed(), Part("x"), {})
    headers = DIALECT.headers(body, [SECRET], Sending("dl_1", CLOSED))
    now_s = CLOSED / SECOND

    for secrets in ([SECRET, b"the next secret"], [b"the next secret", SECRET]):
        assert client.receive_quanshi(headers, body, secrets, now_s=now_s).type == 2
    for secrets in ([b"the next secret"], []):
        with pytest.raises(client.QuanshiWrongSignature):
            client.receive_quanshi(headers, body, secrets, now_s=now_s)


def test_a_repeat_has_the_same_key() -> None:
    """An end that comes again because it was marked is the same activity and another message."""
    first, repeat = (client.decode_quanshi(DIALECT.encode(closed(), Part("x"), {})) for _ in range(2))
    marked = msgspec.structs.replace(first, timestamp=first.timestamp + 60)

    assert client.key_of_quanshi(first) == client.key_of_quanshi(repeat)
    assert client.identity_of_quanshi(first) == client.identity_of_quanshi(marked)
    assert len({client.key_of_quanshi(message) for message in (first, repeat, marked)}) == 2
    counted = msgspec.structs.replace(first, data=[msgspec.structs.replace(first.data[0], right_count=first.data[0].right_count + 1)])
    assert client.key_of_quanshi(counted) != client.key_of_quanshi(first)


def test_whatever_a_second_message_says_differently_tells_it_apart() -> None:
    """Within one second too, and when no count of right answers moved: only what says the same in every word is a repeat."""
    first = client.decode_quanshi(DIALECT.encode(closed(), Part("x"), {}))
    (survey,) = first.data
    others = [{"duration": survey.duration + 1}, {"right_count_list": []}, {"answer_count": survey.answer_count + 1}]
    keys = {client.key_of_quanshi(msgspec.structs.replace(first, data=[msgspec.structs.replace(survey, **other)])) for other in others}

    assert len(keys | {client.key_of_quanshi(first)}) == 4


@pytest.mark.parametrize("secrets", ["a secret of the customer", SECRET, ["a secret of the customer"]], ids=["text", "bytes", "several"])
def test_a_secret_is_given_as_the_endpoint_has_it(secrets: str | bytes | list[str]) -> None:
    """As text, like a native one; bytes are taken too. The arguments stand in the order that all receivers have."""
    body = DIALECT.encode(closed(), Part("x"), {})
    headers = DIALECT.headers(body, [SECRET], Sending("dl_1", CLOSED))

    assert client.receive_quanshi(headers, body, secrets, now_s=CLOSED / SECOND).type == 2


def test_both_receivers_take_the_same_arguments() -> None:
    """In the same order, under the same names: whoever moves from one dialect to the other changes a word."""
    native, quanshi = (list(inspect.signature(receive).parameters) for receive in (client.receive_native, client.receive_quanshi))

    assert native == quanshi == ["headers", "body", "secrets", "now_s", "tolerance_s"]


def test_unsigned_is_read_without_a_secret() -> None:
    """Signatures are optional."""
    assert client.receive_quanshi({}, DIALECT.encode(opened(), Part("x"), {})).type == 1


def test_the_vendors_example() -> None:
    """The vendor's own example is read, with only `"type "` for a key."""
    received = client.decode_quanshi((SAMPLES / "vendor_answer_card_end.json").read_bytes())

    assert (received.type, received.data_type, received.customer_code) == (2, 1, "153857")
    assert (received.data[0].creator.role, received.data[0].question_list[0].answer_count_list[0].index_str) == ("6", [1])


def test_identity_tells_repeats() -> None:
    """The same start twice is one; its end is another."""
    start = client.decode_quanshi(DIALECT.encode(opened(), Part("x"), {}))
    again = client.decode_quanshi(DIALECT.encode(opened(), Part("x"), {"legacy_type_key": True}))
    end = client.decode_quanshi(DIALECT.encode(closed(), Part("x"), {}))

    assert client.identity_of_quanshi(start) == client.identity_of_quanshi(again)
    assert client.identity_of_quanshi(start) != client.identity_of_quanshi(end)


def test_a_kind_not_read_yet_says_so() -> None:
    """Known to the contract but unsupported is another error than impossible."""
    with pytest.raises(client.QuanshiNotYetRead):
        client.decode_quanshi(b'{"dataType":5}')


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"dataType":8}', b'{"dataType":"1"}', b'{"dataType":1,"type":1}', b"\xff\xfe", b'{"dataType":1,"a":"\xff"}'],
)
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    """Any other bytes are refused with one error."""
    with pytest.raises(client.QuanshiUnreadable):
        client.decode_quanshi(body)


def test_the_client_needs_none_of_the_servers_dependencies() -> None:
    """Whoever only receives installs msgspec and nothing else of ours."""
    check = (
        "import sys, turnout.client; heavy = {'aiohttp', 'sqlalchemy', 'litestar', 'cryptography', 'uvicorn', 'structlog', 'picows'};"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "", "")
