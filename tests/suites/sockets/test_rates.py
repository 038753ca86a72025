"""How much one connection, and one address, may say and hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.suites.sockets.raw_client import frame, upgrade_request
from tests.suites.sockets.stream_client import stream_request
from turnout.hub.protocol import TOO_FAST
from turnout.hub.rates import Allowance, Rates, Source, TooManyConnections
from turnout.kernel.limits import MAX_IGNORED_REFUSALS, MESSAGE_BURST_S
from turnout.server.proxies import Proxies


class _Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class _Connection:
    """What Rates sees of one."""

    def __init__(self) -> None:
        self.credit = 0
        self.credited_at = 0.0
        self.ended: Any = None

    def end(self, ending: Any) -> None:
        self.ended = ending


def _take(rates: Rates, connection: Any) -> bool:
    """One message, as the dispatcher counts it."""
    if connection.credit > 0:
        connection.credit -= 1
        return True
    return rates.refill(connection) is None


def test_a_burst_then_the_rate() -> None:
    """Four seconds' worth at once; after that what comes together."""
    clock = _Clock()
    rates, connection = Rates(Allowance(connection_messages=10), clock), _Connection()

    assert sum(_take(rates, connection) for _ in range(1_000)) == 10 * MESSAGE_BURST_S
    clock.now += 0.55
    assert sum(_take(rates, connection) for _ in range(1_000)) == 5
    clock.now += 0.06
    assert sum(_take(rates, connection) for _ in range(1_000)) == 1
    clock.now += 1_000
    assert sum(_take(rates, connection) for _ in range(1_000)) == 10 * MESSAGE_BURST_S


def test_who_goes_on_without_caring_is_ended() -> None:
    """A refusal costs as much as an answer; who waits in between is not ended, however often it is refused."""
    clock = _Clock()
    rates, patient, rude = Rates(Allowance(connection_messages=10), clock), _Connection(), _Connection()
    for _ in range(10 * MAX_IGNORED_REFUSALS // 100):
        for _ in range(100):
            _take(rates, patient)
        clock.now += 1
    for _ in range(10 * MESSAGE_BURST_S + MAX_IGNORED_REFUSALS):
        _take(rates, rude)
    assert patient.ended is None
    assert rude.ended is None
    _take(rates, rude)

    assert rude.ended is TOO_FAST


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), max_size=60), st.integers(1, 20))
def test_the_rate_holds_however_the_messages_come(bursts: list[tuple[float, int]], rate: int) -> None:
    """Never more than a burst and the rate since then; and who stays below the rate is never refused."""
    clock = _Clock()
    rates, connection, steady = Rates(Allowance(connection_messages=rate), clock), _Connection(), _Connection()
    began, allowed = clock.now, 0
    for pause, messages in bursts:
        clock.now += pause
        allowed += sum(_take(rates, connection) for _ in range(messages))
        assert allowed <= rate * MESSAGE_BURST_S + rate * (clock.now - began) + 1
    for _ in range(300):
        clock.now += 1 / rate
        assert _take(rates, steady)


def test_all_connections_of_an_address_share_a_rate() -> None:
    """However many there are; another address has its own."""
    clock = _Clock()
    rates = Rates(Allowance(address_messages=10), clock)
    source, other = rates.admit("192.0.2.1"), rates.admit("192.0.2.2")
    assert rates.admit("192.0.2.1") is source
    source.left = 0
    assert rates.refill_source(source) == 1.0
    clock.now += 0.5
    assert rates.refill_source(source) is None
    assert (source.left, other.left) == (4, 10 * MESSAGE_BURST_S)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "", True),
        ("no address", "no address", True),
    ],
)
def test_an_ipv6_network_is_one_address(first: str, second: str, same: bool) -> None:
    """A client has as many IPv6 addresses as it likes, in one /64."""
    rates = Rates(Allowance())

    assert (rates.admit(first) is rates.admit(second)) is same


def test_addresses_are_forgotten() -> None:
    """Those without connections, once their bucket would be full again: coming back quickly does not fill it."""
    clock = _Clock()
    rates = Rates(Allowance(), clock, sweep_at=10)
    here = rates.admit("192.0.2.1")
    here.connections = 1
    for number in range(8):
        rates.admit(f"198.51.100.{number}")
    clock.now += MESSAGE_BURST_S + 1
    lately = rates.admit("192.0.2.2")
    rates.admit("192.0.2.3")

    assert rates.admit("192.0.2.1") is here
    assert rates.admit("192.0.2.2") is lately
    assert len(rates._sources) == 3


def test_no_limit() -> None:
    """0 in the configuration."""
    rates, connection = Rates(Allowance(0, 0, 0)), _Connection()
    source = rates.admit("192.0.2.1")
    source.connections = 1_000_000

    assert rates.admit("192.0.2.1") is source
    assert all(_take(rates, connection) for _ in range(100_000))
    assert rates.refill_source(Source(0, 0.0)) is None


# Over real lines


async def test_too_many_messages_are_refused(serve: Any, line: str) -> None:
    """By name, with the id of the command and when to come again; nothing is handled, and the connection goes on."""
    server = await serve(allowance=Allowance(connection_messages=5))
    client = await server.line(line)
    for number in range(5 * MESSAGE_BURST_S + 1):
        client.say(f'{{"op":"say","id":"{number}","text":"x"}}')
    client.say("{")
    answers = [await client.message() for _ in range(5 * MESSAGE_BURST_S + 2)]

    assert [answer["op"] for answer in answers] == ["accepted"] * (5 * MESSAGE_BURST_S) + ["refused"] * 2
    assert answers[-2]["id"] == str(5 * MESSAGE_BURST_S)
    assert answers[-1]["id"] is None
    assert answers[-2]["error"] == {"code": "too_many_requests", "message": "Too many messages; send fewer a second.", "retry_after_s": 1.0}
    assert len(server.heard) == 5 * MESSAGE_BURST_S


async def test_who_ignores_it_is_ended(serve: Any) -> None:
    """With 4002, which says that the client may return."""
    server = await serve(allowance=Allowance(connection_messages=1))
    client = await server.client()
    client.send(b"".join(_frames(MAX_IGNORED_REFUSALS + 50)))
    frames = [await client.frame() for _ in range(MESSAGE_BURST_S + MAX_IGNORED_REFUSALS)]

    assert {json.loads(each.payload)["op"] for each in frames} == {"accepted", "refused"}
    assert await client.close_code() == 4002


def _frames(count: int) -> list[bytes]:
    return [frame(f'{{"op":"say","id":"{number}","text":"x"}}') for number in range(count)]


async def test_the_messages_of_an_address_are_counted_together(serve: Any) -> None:
    """Two connections, one allowance."""
    server = await serve(allowance=Allowance(0, address_messages=2, address_connections=0))
    first, second = await server.client(), await server.stream()
    for number in range(2 * MESSAGE_BURST_S):
        first.say(f'{{"op":"say","id":"{number}","text":"x"}}')
        assert (await first.message())["op"] == "accepted"
    second.say('{"op":"ping","id":"a"}')

    assert (await second.message())["error"]["code"] == "too_many_requests"


async def test_connections_of_an_address_are_bounded(serve: Any) -> None:
    """Sockets and streams together; more are an HTTP answer that says when to come again, and one that goes makes room."""
    server = await serve(allowance=Allowance(address_connections=2))
    socket, stream = await server.client(), await server.stream()
    for request in (upgrade_request(), stream_request("x" * 22)):
        client = await server.connect()
        client.send(request)
        status, head = await client.response_head()
        assert (status, b"retry-after: 5" in head.lower()) == (429, True)
        assert json.loads(await client.reader.read())["error"]["code"] == TooManyConnections.code
    await socket.leave()
    await server.until(lambda: len(server.closed) == 1)
    again = await server.client()
    again.say('{"op":"ping","id":"a"}')

    assert (await again.message())["op"] == "pong"
    assert {connection.source.connections for connection in server.hub.connections} == {2}
    await stream.leave()


async def test_addresses_behind_a_proxy_are_told_apart(serve: Any) -> None:
    """Where the proxy is trusted."""
    server = await serve(proxies=Proxies(["127.0.0.0/8"]), allowance=Allowance(address_connections=1))
    for number in range(3):
        await server.client(headers={"X-Forwarded-For": f"203.0.113.{number}"})

    assert len(server.hub.connections) == 3


async def test_who_ignores_that_its_address_is_refused_is_ended(serve: Any) -> None:
    """By the connection's own rate; another connection of the address, which keeps to its own, is refused and stays."""
    server = await serve(allowance=Allowance(connection_messages=10, address_messages=1))
    rude, patient = await server.client(), await server.client()
    rude.send(b"".join(_frames(10 * MESSAGE_BURST_S + MAX_IGNORED_REFUSALS + 50)))
    for _ in range(10 * MESSAGE_BURST_S + MAX_IGNORED_REFUSALS):
        await rude.frame()
    patient.say('{"op":"say","id":"a","text":"x"}')

    assert await rude.close_code() == 4002
    assert (await patient.message())["error"]["code"] == "too_many_requests"
