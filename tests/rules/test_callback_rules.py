"""Verdicts, redelivery and addresses of callbacks: pure rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.callbacks.addresses import why_blocked, why_host_blocked
from turnout.callbacks.attempt_rules import NoReply, Reply, judge
from turnout.callbacks.delivery_rules import next_attempt_at, waits_for
from turnout.callbacks.delivery_words import summarize
from turnout.callbacks.patience_rules import lease_s
from turnout.callbacks.rules import (
    Delivery,
    DeliveryState,
    EndpointRemoved,
    EndpointState,
    NotRedeliverable,
    Outcome,
    decide_redelivery,
)
from turnout.dialects.contract import CallbackDialect, Options, Part, Patience, Sending
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId

PATIENCE = Patience(timeout_s=5.0, waits_s=(5.0, 15.0, 60.0))
NOW = 1_800_000_000 * SECOND


class OnlyTwoHundred:
    """A dialect for which only 200 with the body `ok` acknowledges."""

    name = "strict"
    patience = PATIENCE
    heeds_replies = False
    kinds = ("survey.opened",)

    def check_secret(self, secret: str) -> None:
        """Any will do."""

    def new_secret(self) -> str | None:
        return None

    def check_options(self, options: Options) -> None:
        if options:
            raise InvalidInput(field="options")

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        return ()

    def encode(self, event: Event, part: Part, options: Options) -> bytes:
        return b""

    def headers(self, body: bytes, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        return {}

    def accepted(self, status: int, body: bytes, options: Options) -> bool:
        return status == 200 and body == b"ok"


class Heedful(OnlyTwoHundred):
    """The same, except that it heeds Retry-After and 410."""

    heeds_replies = True


STRICT = OnlyTwoHundred()
HEEDFUL = Heedful()
DIALECTS: Mapping[str, CallbackDialect] = {"strict": STRICT}


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.CANCELLED])
def test_only_what_has_ended_is_redelivered(state: DeliveryState) -> None:
    """Anything else is refused, saying what it is."""
    with pytest.raises(NotRedeliverable, match=state.value):
        decide_redelivery(state, None)


def test_redelivery() -> None:
    """One that was sent becomes due, unless there is nobody to send it to any more."""
    assert decide_redelivery(DeliveryState.FAILED, None) is DeliveryState.DUE
    assert decide_redelivery(DeliveryState.SUCCEEDED, None) is DeliveryState.DUE
    with pytest.raises(EndpointRemoved):
        decide_redelivery(DeliveryState.FAILED, 1)


def test_the_dialect_says_what_acknowledges() -> None:
    """The same status may acknowledge or not by its body."""
    assert judge(STRICT, Reply(200, b"ok"), 5.0, NOW).outcome is Outcome.ACCEPTED
    rejected = judge(STRICT, Reply(200, b"no"), 5.0, NOW)
    assert (rejected.outcome, rejected.status, rejected.reply) == (Outcome.REJECTED, 200, b"no")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
def test_a_redirect_fails_and_says_so(status: int) -> None:
    """Whatever the dialect thinks of it."""
    verdict = judge(STRICT, Reply(status, b"", "https://elsewhere.example/"), 5.0, NOW)

    assert (verdict.outcome, verdict.status) == (Outcome.REDIRECTED, status)
    assert "https://elsewhere.example/" in verdict.explanation
    assert "not followed" in verdict.explanation


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply(500), "500 Internal Server Error"),
        (Reply(599), "599"),
        (NoReply(Outcome.TIMED_OUT), "within 5 s"),
        (NoReply(Outcome.REFUSED), "refused"),
        (NoReply(Outcome.UNRESOLVED, "Name or service not known"), "host name"),
        (NoReply(Outcome.BLOCKED, "10.0.0.1 is a private address"), "10.0.0.1 is a private address"),
        (NoReply(Outcome.INSECURE, "certificate has expired"), "certificate has expired"),
        (NoReply(Outcome.BROKEN), "before an answer"),
        (NoReply(Outcome.NOT_HTTP), "not HTTP"),
        (NoReply(Outcome.UNREACHABLE, "No route to host"), "No route to host"),
        (NoReply(Outcome.POSTPONED), "does not count"),
    ],
)
def test_every_failure_is_explained(answer: Reply | NoReply, words: str) -> None:
    """In a sentence that holds what a person needs."""
    verdict = judge(STRICT, answer, 5.0, NOW)

    assert verdict.outcome is not Outcome.ACCEPTED
    assert words in verdict.explanation
    assert verdict.explanation.endswith(".")


@pytest.mark.parametrize(
    ("retry_after", "wait_s", "words"),
    [
        ("120", 120, " It asks not to be called again for 120 s."),
        (" 1 ", 1, " It asks not to be called again for 1 s."),
        ("Fri, 15 Jan 2027 08:01:40 GMT", 100, " It asks not to be called again for 100 s."),
        ("86400", 86_400, " It asks not to be called again for 86400 s."),
        ("200000", 86_400, " It asks not to be called again for 200000 s, of which this server waits 86400 s."),
        ("9" * 400, 86_400, f" It asks not to be called again for {'9' * 12} s, of which this server waits 86400 s."),
        ("0", 0, ""),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0, ""),
        ("-5", 0, ""),
        ("1.5", 0, ""),
        ("٣", 0, ""),
        ("soon", 0, ""),
        ("", 0, ""),
        (None, 0, ""),
    ],
)
def test_retry_after(retry_after: str | None, wait_s: int, words: str) -> None:
    """Seconds or an HTTP date, at most a day; what nobody can read is as if it were not there. A vendor's dialect heeds none."""
    reply = Reply(429, retry_after=retry_after)
    said = "The receiver answered 429 Too Many Requests, which does not acknowledge the message."

    heeded = judge(HEEDFUL, reply, 5.0, NOW)

    assert (heeded.wait_s, heeded.explanation) == (wait_s, said + words)
    assert (judge(STRICT, reply, 5.0, NOW).wait_s, judge(STRICT, reply, 5.0, NOW).explanation) == (0, said)


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_verdict(retry_after: str) -> None:
    """Whatever a receiver writes there."""
    assert 0 <= judge(HEEDFUL, Reply(503, retry_after=retry_after), 5.0, NOW).wait_s <= limits.MAX_RETRY_AFTER_S


def test_gone_is_for_those_who_heed_it() -> None:
    """For a vendor's dialect it is a failure like any other."""
    assert judge(HEEDFUL, Reply(410), 5.0, NOW).gone
    assert judge(HEEDFUL, Reply(410), 5.0, NOW).explanation == (
        "The receiver answered 410 Gone: it wants no more messages. Nothing more is sent to this endpoint."
    )
    assert not judge(STRICT, Reply(410), 5.0, NOW).gone


def test_how_a_body_ended_is_told_beside_the_verdict() -> None:
    """It changes nothing about it."""
    verdict = judge(STRICT, Reply(200, b"ok", remark="Its body broke off before its end."), 5.0, NOW)

    assert (verdict.outcome, verdict.explanation) == (
        Outcome.ACCEPTED,
        "The receiver answered 200 OK. Its body broke off before its end.",
    )


@given(st.floats(min_value=0.001, max_value=60))
def test_a_lease_outlives_its_attempt(timeout_s: float) -> None:
    """By time enough to record the result."""
    assert lease_s(timeout_s) >= timeout_s + 10


DELIVERY = Delivery(
    id=DeliveryId(1),
    account_id=AccountId(1),
    stream_id=1,
    event_number=1,
    event_kind="survey.opened",
    event_at=0,
    endpoint_id=EndpointId(1),
    endpoint_url="https://example.com/",
    dialect="strict",
    part=0,
    state=DeliveryState.DUE,
    attempts_made=0,
    due_at=NOW,
    in_flight=False,
    created_at=0,
    finished_at=None,
    last_explanation="It answered 500.",
)
LATER = NOW + 90 * SECOND
AT = "2027-01-15 08:01:30 UTC"
FAILED_TWICE = {"attempts_made": 2, "failures": 2, "last_outcome": Outcome.REJECTED}
SENT_AGAIN = {"attempts_made": 3, "last_outcome": Outcome.ACCEPTED}


@pytest.mark.parametrize(
    ("changes", "waiting", "words", "next_at"),
    [
        ({}, "turn", "Waiting to be sent.", NOW),
        ({"attempts_made": 1, "in_flight": True}, None, "Being sent, attempt 1.", None),
        ({**FAILED_TWICE, "due_at": LATER}, "retry", f"Will be tried again at {AT}, after 2 attempts. It answered 500.", LATER),
        (FAILED_TWICE, "retry", "Will be tried again now, after 2 attempts. It answered 500.", NOW),
        ({"state": DeliveryState.SUCCEEDED, "attempts_made": 1}, None, "Delivered after 1 attempt. It answered 500.", None),
        ({"state": DeliveryState.FAILED, "attempts_made": 6}, None, "Given up after 6 attempts. It answered 500.", None),
        ({"state": DeliveryState.CANCELLED, "attempts_made": 1}, None, "Cancelled: the endpoint was removed.", None),
        ({"endpoint_removed": True}, "removal", "Being cancelled: the endpoint was removed.", None),
        ({"feed_number": 1}, "reading", "Waiting to be read from the feed.", None),
        ({"endpoint_state": EndpointState.PAUSED, "is_behind": True}, "paused", "Waiting: the endpoint is paused.", None),
        ({"is_behind": True, "breaker_until": LATER}, "order", "Waiting for an earlier message, which goes first.", None),
        ({**FAILED_TWICE, "is_behind": True}, "order", "Waiting for an earlier message, which goes first.", None),
        ({"breaker_until": LATER}, "breaker", f"Held back until {AT}: the last calls to this endpoint failed.", LATER),
        (
            {"breaker_until": NOW},
            "breaker",
            "Held back until one that is sent to see arrives: the last calls to this endpoint failed.",
            NOW,
        ),
        ({**FAILED_TWICE, "breaker_until": LATER}, "retry", "Will be tried again now, after 2 attempts. It answered 500.", NOW),
        (
            {"calls_per_minute": 6, "rate_from": LATER},
            "rate",
            f"Waiting for its turn, not before {AT}: its endpoint's rate is 6 a minute.",
            LATER,
        ),
        ({"calls_per_minute": 6, "rate_from": NOW}, "turn", "Waiting to be sent.", NOW),
        (SENT_AGAIN, "turn", "Redelivered. Waiting to be sent.", NOW),
        ({**SENT_AGAIN, "last_outcome": None}, "turn", "Redelivered. Waiting to be sent.", NOW),
        ({**SENT_AGAIN, "endpoint_state": EndpointState.DISABLED}, "disabled", "Redelivered. Waiting: the endpoint is disabled.", None),
        (
            {**SENT_AGAIN, "breaker_until": LATER},
            "breaker",
            f"Redelivered. Held back until {AT}: the last calls to this endpoint failed.",
            LATER,
        ),
        (
            {"attempts_made": 1, "last_outcome": Outcome.POSTPONED, "due_at": LATER},
            "retry",
            f"Will be tried again at {AT}, after 1 attempt. It answered 500.",
            LATER,
        ),
    ],
)
def test_a_delivery_says_what_it_waits_for(changes: dict[str, Any], waiting: str | None, words: str, next_at: int | None) -> None:
    """In a word for programs, in one line for the list, and when it is sent next as far as that is known."""
    delivery = msgspec.structs.replace(DELIVERY, **changes)

    assert (waits_for(delivery, NOW), summarize(delivery, NOW), next_attempt_at(delivery, NOW)) == (waiting, words, next_at)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.169.0.1"]
)
def test_public_addresses_are_called(address: str) -> None:
    """IPv4, and the IPv6 forms that carry it."""
    assert why_blocked(address) is None
    assert why_blocked(f"::ffff:{address}") is None
    assert why_blocked(f"64:ff9b::{address}") is None


@pytest.mark.parametrize("address", ["2606:4700:4700::1111", "2001:4860:4860::8888", "240e::1", "2a00:1450:4001::1"])
def test_public_ipv6_addresses_are_called(address: str) -> None:
    """Global unicast."""
    assert why_blocked(address) is None


PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1", "169.254.169.254",
    "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "168.63.129.16", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
]  # fmt: skip


def _hex(address: str) -> str:
    first, second, third, fourth = (int(part) for part in address.split("."))
    return f"{first << 8 | second:x}:{third << 8 | fourth:x}"


@pytest.mark.parametrize("address", PRIVATE)
def test_special_addresses_are_not_called_in_any_form(address: str) -> None:
    """Plain, IPv4-mapped, IPv4-compatible, translated, NAT64, 6to4 and ISATAP."""
    forms = [
        address,
        f"::ffff:{address}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"2002:{_hex(address)}::1",
        f"2606:4700:0:1:0:5efe:{_hex(address)}",
        f"2606:4700:0:1:200:5efe:{_hex(address)}",
    ]

    assert [form for form in forms if why_blocked(form) is None] == []


@pytest.mark.parametrize(
    "address",
    [
        "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "2001:10::1",
        "64:ff9b:1::1", "100::1", "3fff::1", "5f00::1", "4000::1", "::2", "1::1", "example.com", "", "127.1", "2130706433", "0x7f.0.0.1",
    ],
)  # fmt: skip
def test_special_ipv6_and_what_is_no_address(address: str) -> None:
    """All that is not global unicast, and text that only some resolvers take for an address."""
    assert why_blocked(address) is not None


@given(st.ip_addresses(v=4))
def test_embedding_never_opens_a_closed_address(address: object) -> None:
    """An IPv4 address that is blocked stays blocked inside IPv6; one that is open is open when mapped."""
    blocked = why_blocked(str(address)) is not None

    assert (why_blocked(f"::ffff:{address}") is not None) == blocked
    assert (why_blocked(f"64:ff9b::{address}") is not None) == blocked


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "0x0", "127.0.0.1.",
        "10.1", "0xa9fea9fe", "[::1]", "::1", "[::ffff:127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "localhost", "LOCALHOST",
        "localhost.", "x.localhost",
        "printer.local", "metadata.google.internal", "", "1.2.3.4.5", "256.1.1.1", "example.0x7f", "08.1.1.1", "4294967296",
        "１２７.０.０.１", "①②⑦.⓪.⓪.①", "%6cocalhost", "127%2e0%2e0%2e1", "localhost%00.example", "127。0。0。1", "127｡0｡0｡1",
    ],
)  # fmt: skip
def test_hosts_nobody_asks_a_proxy_for(host: str) -> None:
    """Every form in which a lenient reader takes a host for an address of the network inside, and that network's names."""
    assert why_host_blocked(host) is not None


@pytest.mark.parametrize(
    "host", ["example.com", "8.8.8.8", "134744072", "0x8.8.8.8", "[2606:4700:4700::1111]", "例え.jp", "xn--r8jz45g.jp", "a-1"]
)
def test_hosts_a_proxy_may_be_asked_for(host: str) -> None:
    """Names, and public addresses."""
    assert why_host_blocked(host) is None
