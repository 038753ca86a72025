"""Whose word counts about who the client is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from turnout.server.proxies import Proxies

PROXIES = Proxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),  # a stranger's word
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),  # the left entry came from the client
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.9.9.9,192.0.2.7"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),  # the client is one of the proxies
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1:5000"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:DB9::1]:5000"], "2001:db9::1"),
        ("10.0.0.1", ["2001:DB9::0001"], "2001:db9::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("2001:db8::5", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_clients_address(peer: str, forwarded_for: list[str], client: str) -> None:
    """The first address from the right that is not a trusted proxy."""
    assert PROXIES.client_address(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("peer", "forwarded_proto", "scheme"),
    [
        ("10.0.0.1", ["https"], "https"),
        ("10.0.0.1", ["http, HTTPS"], "https"),
        ("10.0.0.1", ["https", "http"], "http"),
        ("10.0.0.1", [], "http"),
        ("10.0.0.1", ["gopher"], "http"),
        ("203.0.113.5", ["https"], "http"),
    ],
)
def test_the_scheme(peer: str, forwarded_proto: list[str], scheme: str) -> None:
    """The nearest proxy says it, when it is trusted."""
    assert PROXIES.scheme(peer, "http", forwarded_proto) == scheme


@given(st.lists(st.text()))
def test_a_stranger_cannot_choose_an_address(forwarded_for: list[str]) -> None:
    """Nothing an untrusted peer sends changes its address."""
    assert PROXIES.client_address("203.0.113.5", forwarded_for) == "203.0.113.5"


@given(st.lists(st.text()))
def test_what_a_client_sends_through_a_proxy_does_not_change_its_address(forwarded_for: list[str]) -> None:
    """The proxy adds the client's address at the right, whatever the client wrote before."""
    assert PROXIES.client_address("10.0.0.1", [*forwarded_for, "198.51.100.1"]) == "198.51.100.1"


@pytest.mark.parametrize("entry", ["", "10.0.0.0/33", "proxy.example", "10.0.0.1/8"])
def test_what_is_no_network_is_named(entry: str) -> None:
    """The operator learns which entry is wrong."""
    with pytest.raises(ValueError, match="trusted_proxies"):
        Proxies([entry])


def test_a_proxy_that_is_not_trusted_is_told_of_once() -> None:
    """One of the operator's own network, which most likely was forgotten; not whoever sends such a header from the internet."""
    proxies = Proxies(["10.0.0.1"])
    with capture_logs() as logs:
        for peer in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "127.0.0.1", "192.168.0.2"):
            proxies.client_address(peer, ["198.51.100.1"])
        proxies.client_address("127.0.0.1", [])

    assert [(line["event"], line["peer"]) for line in logs] == [("forwarded_for_ignored", "127.0.0.1")]
