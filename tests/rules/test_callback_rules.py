"""Endpoints, verdicts, patience and addresses of callbacks: pure rules."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.callbacks.addresses import why_blocked
from turnout.callbacks.rules import (
    Delivery,
    DeliveryState,
    EndpointRemoved,
    Next,
    NoReply,
    NotRedeliverable,
    Outcome,
    Reply,
    check_dialect,
    check_secret,
    check_url,
    decide_next,
    decide_redelivery,
    judge,
    lease_s,
    summarize,
)
from turnout.dialects.contract import CallbackDialect, Options, Part, Patience
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId

PATIENCE = Patience(timeout_s=5.0, waits_s=(5.0, 15.0, 60.0))


class OnlyTwoHundred:
    """A dialect for which only 200 with the body `ok` acknowledges."""

    name = "strict"
    patience = PATIENCE

    def check_options(self, options: Options) -> None:
        if options:
            raise InvalidInput(field="options")

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        return ()

    def encode(self, event: Event, part: Part, options: Options) -> bytes:
        return b""

    def headers(self, body: bytes, secret: bytes | None, at: Instant) -> dict[str, str]:
        return {}

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"ok"


STRICT = OnlyTwoHundred()
DIALECTS: Mapping[str, CallbackDialect] = {"strict": STRICT}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com/",
        "https://example.com:8443/hooks?customer=1&x=%20",
        "http://127.0.0.1:9000/hook",
        "http://[::1]:9000/hook",
        "https://例え.jp/フック",
        "https://example.com/" + "a" * 2_028,
    ],
)
def test_a_url_that_can_be_called(url: str) -> None:
    """http or https with a host; whether its address may be called is not decided here."""
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "//example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:///hook",
        "http://",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://example.com:port/",
        "http://[::1/",
        "http://example.com/#part",
        "http://example.com/a b",
        "http://example.com/\r\nX-Injected: 1",
        "http://example.com\\@other.example/",
        " http://example.com/",
        "http://example.com/\x00",
        "https://example.com/" + "a" * 2_029,
    ],
)
def test_a_url_that_cannot(url: str) -> None:
    """Everything else is refused, naming the field."""
    with pytest.raises(InvalidInput) as refused:
        check_url(url)

    assert refused.value.field == "url"


@given(st.text(max_size=200))
def test_no_text_breaks_the_check(text: str) -> None:
    """Whatever is sent is either taken or refused, never by an error that is not meant for the caller."""
    with suppress(InvalidInput):
        check_url(text)


def test_dialects_and_options() -> None:
    """A dialect without callbacks is refused, with the list of those that have them; options are the dialect's to judge."""
    check_dialect("strict", {}, DIALECTS)

    with pytest.raises(InvalidInput, match="strict") as unknown:
        check_dialect("csslcloud", {}, DIALECTS)
    with pytest.raises(InvalidInput) as options:
        check_dialect("strict", {"anything": True}, DIALECTS)

    assert (unknown.value.field, options.value.field) == ("dialect", "options")


@pytest.mark.parametrize("secret", ["", "short12", "x" * 257])
def test_a_secret_nobody_should_use(secret: str) -> None:
    """Too short to sign with, or too long to be meant."""
    with pytest.raises(InvalidInput):
        check_secret(secret)


def test_waits_are_used_in_order_and_then_it_has_failed() -> None:
    """One attempt more than there are waits."""
    failures, waits = 0, []
    follows = Next(DeliveryState.DUE, 0, 0)
    while follows.state is DeliveryState.DUE:
        follows = decide_next(PATIENCE, failures, Outcome.REJECTED)
        failures = follows.failures
        waits.append(follows.wait)

    assert waits == [5 * SECOND, 15 * SECOND, 60 * SECOND, 0]
    assert (follows.state, failures) == (DeliveryState.FAILED, 4)


@given(st.integers(min_value=0, max_value=10))
def test_a_postponed_attempt_spends_no_patience(failures: int) -> None:
    """Also when none is left."""
    follows = decide_next(PATIENCE, failures, Outcome.POSTPONED)

    assert (follows.state, follows.failures) == (DeliveryState.DUE, failures)
    assert follows.wait > 0


@given(st.integers(min_value=0, max_value=10))
def test_acceptance_ends_a_delivery_at_any_attempt(failures: int) -> None:
    """Also at the last one."""
    assert decide_next(PATIENCE, failures, Outcome.ACCEPTED).state is DeliveryState.SUCCEEDED


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.SUCCEEDED, DeliveryState.CANCELLED])
def test_only_the_failed_is_redelivered(state: DeliveryState) -> None:
    """Anything else is refused, saying what it is."""
    with pytest.raises(NotRedeliverable, match=state.value):
        decide_redelivery(state, None)


def test_redelivery() -> None:
    """A failed one becomes due, unless there is nobody to send it to any more."""
    assert decide_redelivery(DeliveryState.FAILED, None) is DeliveryState.DUE
    with pytest.raises(EndpointRemoved):
        decide_redelivery(DeliveryState.FAILED, 1)


def test_the_dialect_says_what_acknowledges() -> None:
    """The same status may acknowledge or not by its body."""
    assert judge(STRICT, Reply(200, b"ok")).outcome is Outcome.ACCEPTED
    rejected = judge(STRICT, Reply(200, b"no"))
    assert (rejected.outcome, rejected.status, rejected.reply) == (Outcome.REJECTED, 200, b"no")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
def test_a_redirect_fails_and_says_so(status: int) -> None:
    """Whatever the dialect thinks of it."""
    verdict = judge(STRICT, Reply(status, b"", "https://elsewhere.example/"))

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
    verdict = judge(STRICT, answer)

    assert verdict.outcome is not Outcome.ACCEPTED
    assert words in verdict.explanation
    assert verdict.explanation.endswith(".")


@given(st.floats(min_value=0.001, max_value=60))
def test_a_lease_outlives_its_attempt(timeout_s: float) -> None:
    """By time enough to record the result."""
    assert lease_s(Patience(timeout_s, ())) >= timeout_s + 10


@pytest.mark.parametrize(
    ("state", "attempts_made", "in_flight", "words"),
    [
        (DeliveryState.DUE, 0, False, "Waiting to be sent."),
        (DeliveryState.DUE, 1, True, "Being sent, attempt 1."),
        (DeliveryState.DUE, 2, False, "Will be tried again after 2 attempts. It answered 500."),
        (DeliveryState.SUCCEEDED, 1, False, "Delivered after 1 attempt. It answered 500."),
        (DeliveryState.FAILED, 6, False, "Given up after 6 attempts. It answered 500."),
        (DeliveryState.CANCELLED, 1, False, "Cancelled: the endpoint was removed."),
    ],
)
def test_summaries(state: DeliveryState, attempts_made: int, in_flight: bool, words: str) -> None:
    """One line for the list."""
    delivery = Delivery(
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
        state=state,
        attempts_made=attempts_made,
        due_at=0,
        in_flight=in_flight,
        created_at=0,
        finished_at=None,
        last_explanation="It answered 500.",
    )

    assert summarize(delivery) == words


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
