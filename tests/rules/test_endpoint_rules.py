"""What an endpoint may be, and what changes make of it: pure rules."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.callbacks.endpoint_rules import (
    EndpointChanges,
    change,
    check_dialect,
    check_headers,
    check_kinds,
    check_name,
    check_notify,
    check_secret,
    check_url,
    disable,
    facts_of,
    header_names,
    pause,
    resume,
    rotate,
)
from turnout.callbacks.rules import Endpoint, EndpointHealth, EndpointState, IsFeed, Ordering
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, EndpointId, IdForms, RoomId

IDS = IdForms(bytes(32))
NATIVE, QUANSHI = NativeCallbacks(IDS), QuanshiCallbacks(IDS)
CALLED = Endpoint(id=EndpointId(1), account_id=AccountId(2), url="https://example.com/", dialect="native", secret=b"first", created_at=0)
FEED = msgspec.structs.replace(CALLED, url="")

SETTINGS: dict[str, Any] = {
    "url": "https://example.org/",
    "name": "CRM",
    "room_id": RoomId(5),
    "kinds": ("survey.opened",),
    "options": {"free_order": True},
    "headers": b"sealed",
    "client_certificate": b"sealed",
    "timeout_s": 3.0,
    "waits_s": (1.0,),
    "calls_per_minute": 60,
    "concurrency": 3,
    "ordering": Ordering.FREE,
    "native_tail": True,
    "notify": "ops@example.com",
}


@given(st.sets(st.sampled_from(sorted(SETTINGS))))
def test_a_change_changes_what_it_names_and_nothing_else(names: set[str]) -> None:
    """Whatever is named together; nothing named is no change."""
    changed = change(CALLED, EndpointChanges(**{name: SETTINGS[name] for name in names}))

    assert changed == msgspec.structs.replace(CALLED, **{name: SETTINGS[name] for name in names})


def test_a_change_can_be_taken_back() -> None:
    """None is a value like any other where a setting may be missing."""
    full = change(CALLED, EndpointChanges(**SETTINGS))
    assert change(full, EndpointChanges(timeout_s=None, room_id=None, headers=None)).headers is None


def test_a_feed_stays_a_feed() -> None:
    """What is due to it could not follow; the same again is no change."""
    for endpoint, url in ((FEED, "https://example.com/"), (CALLED, "")):
        with pytest.raises(InvalidInput) as refused:
            change(endpoint, EndpointChanges(url=url))
        assert refused.value.field == "url"
    assert change(FEED, EndpointChanges(url="")) == FEED


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_no_more_than_two_secrets_sign(overlaps_s: list[int]) -> None:
    """The newest, and the one before it until its overlap is over."""
    endpoint, before = CALLED, CALLED.secret
    for number, overlap_s in enumerate(overlaps_s):
        secret = f"secret {number}".encode()
        endpoint = rotate(endpoint, secret, until=1_000 + overlap_s * SECOND, now=1_000)
        assert endpoint.secret == secret
        assert endpoint.old_secret == (before if overlap_s else None)
        assert endpoint.old_secret_until == (1_000 + overlap_s * SECOND if overlap_s else None)
        before = secret


def test_a_secret_that_is_replaced_at_once_signs_no_more() -> None:
    """Neither it nor the one before it."""
    rotated = rotate(CALLED, b"second", until=9 * SECOND, now=0)
    replaced = change(rotated, EndpointChanges(secret=b"third"))
    assert (replaced.secret, replaced.old_secret, replaced.old_secret_until) == (b"third", None, None)


def test_a_first_secret_has_none_before_it() -> None:
    """Where calls went unsigned there is nothing to overlap with."""
    unsigned = msgspec.structs.replace(CALLED, secret=None)
    assert rotate(unsigned, b"first", until=9 * SECOND, now=0).old_secret_until is None


def test_states() -> None:
    """Disabled goes before paused; resumed is neither; a feed cannot be paused."""
    paused = pause(CALLED, 5)
    both = disable(paused, "It failed for days.", 6)
    assert [one.state for one in (CALLED, FEED, paused, both)] == [
        EndpointState.ACTIVE,
        EndpointState.FEED,
        EndpointState.PAUSED,
        EndpointState.DISABLED,
    ]
    assert [one.is_held for one in (CALLED, FEED, paused, both)] == [False, False, True, True]
    assert pause(paused, 7) == paused
    assert resume(both) == CALLED
    with pytest.raises(IsFeed):
        pause(FEED, 5)


def test_the_facts_of_a_disabled_endpoint_say_why() -> None:
    """And since when it failed."""
    facts = facts_of(disable(CALLED, "It failed for days.", 6), EndpointHealth(failing_since=3, last_explanation="Refused."))
    assert (facts.because, facts.failing_since, facts.last_explanation, facts.url) == ("It failed for days.", 3, "Refused.", CALLED.url)


@given(st.dictionaries(st.text(max_size=30) | st.sampled_from(["X-A", "host", "HOST", "x-a"]), st.text(max_size=30), max_size=22))
def test_no_header_carries_another_one_in(headers: dict[str, str]) -> None:
    """What passes is one line of visible ASCII under a name of its own; all else is refused."""
    passed: dict[str, str] = {}
    with suppress(InvalidInput):
        passed = check_headers(headers, {"webhook-id"})
        assert passed == headers
    assert len(passed) <= 20
    assert len({name.lower() for name in passed}) == len(passed)
    for name, value in passed.items():
        assert name.lower() not in {"host", "webhook-id", "content-length", "connection"}
        assert name
        assert all("!" <= letter <= "~" and letter not in ':"(),/;<=>?@[\\]{}' for letter in name)
        assert all(" " <= letter <= "~" for letter in value)


def test_the_dialects_own_headers_are_known() -> None:
    """Those it sends with this secret, and without one those of a secret that is given later."""
    secret = NATIVE.new_secret()
    assert {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type"} <= header_names(NATIVE, secret)
    assert {"content-type", "x-hook-timestamp", "x-hook-signature"} == header_names(QUANSHI, None)


def test_kinds_are_each_told_once() -> None:
    """In the dialect's order, whatever order they were asked for in."""
    first, second = QUANSHI.kinds[:2]
    assert check_kinds(QUANSHI, [second, first, second]) == (first, second)
    assert check_kinds(QUANSHI, []) == ()
    with pytest.raises(InvalidInput) as refused:
        check_kinds(QUANSHI, [first, "viewer.sneezed"])
    assert refused.value.field == "kinds[1]"


@given(st.text(max_size=300))
def test_no_address_carries_a_second_line_or_another_one(address: str) -> None:
    """What passes can stand in a mail's head."""
    passed = ""
    with suppress(InvalidInput):
        passed = check_notify(address, has_mail=True)
    assert passed == "" or (passed.count("@") == 1 and passed.isascii() and not set(passed) & set(' \r\n\t,;<>"'))


def test_names() -> None:
    """One line, blanks around it left out."""
    assert check_name("  客户系统 ") == "客户系统"
    for name in ("two\nlines", "tab\tbed", "n" * 101):
        with pytest.raises(InvalidInput):
            check_name(name)


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
    dialects = {"quanshi": QUANSHI, "native": NATIVE}
    assert check_dialect("quanshi", {"legacy_type_key": True}, dialects) is QUANSHI

    with pytest.raises(InvalidInput, match="native, quanshi") as unknown:
        check_dialect("csslcloud", {}, dialects)
    with pytest.raises(InvalidInput) as options:
        check_dialect("quanshi", {"anything": True}, dialects)
    with pytest.raises(InvalidInput) as many:
        check_dialect("quanshi", {str(number): True for number in range(21)}, dialects)

    assert [refused.value.field for refused in (unknown, options, many)] == ["dialect", "options.anything", "options"]


@pytest.mark.parametrize("secret", ["", "short12", "x" * 257])
def test_a_secret_nobody_should_use(secret: str) -> None:
    """Too short to sign with, or too long to be meant."""
    with pytest.raises(InvalidInput) as refused:
        check_secret(QUANSHI, secret)
    assert refused.value.field == "secret"
