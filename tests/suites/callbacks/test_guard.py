"""No form of an inner address is called: whatever the URL says, whatever a name server answers, and however often it changes its mind.

127.0.0.2 stands in for a public address here, and is the only one that does; what listens on 127.0.0.1 and ::1 is the operator's own.
"""

import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from tests.suites.callbacks.conftest import World, opening
from tests.suites.callbacks.receiver import Receiver, status
from turnout.callbacks import post
from turnout.callbacks.addresses import why_blocked
from turnout.callbacks.rules import Delivery, DeliveryState, Outcome
from turnout.dialects.contract import Patience

PUBLIC = "127.0.0.2"

# what a URL may have for a host and still mean this machine, or another that nobody outside should reach
LOOPBACK = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1",
    "0177.0x0.0.1", "127.000.000.001", "0.0.0.0", "0", "0x0", "localhost", "LOCALHOST", "localhost.", "inner.example", "[::1]",
    "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "１２７.０.０.１",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "127.0.0.1%2e", "127%2e0%2e0%2e1",
    "%6cocalhost", "localhost%00.example", "[::1%25lo]",
]  # fmt: skip
INNER = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "167772161",
    "0xc0a80101", "0300.0250.1.1", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[::ffff:10.0.0.1]",
    "[::ffff:a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::a00:1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2606:4700::5efe:10.0.0.1]",
]  # fmt: skip
METADATA = [
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]",
    "[64:ff9b::169.254.169.254]", "[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    "metadata.example",
]  # fmt: skip
CORPUS = [*LOOPBACK, *INNER, *METADATA]

# those of the corpus by which the client reaches this machine when nobody guards it
OPEN_WITHOUT_A_GUARD = [
    "127.0.0.1", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "inner.example", "0x7f.0.0.1", "0x7f000001", "[::1]", "[::]",
]  # fmt: skip


class NameServer:
    """Looks names up as the system does, forms of numbers included, without leaving this machine. answers: of a name, one after the other,
    the last one for ever. asked: how often which name was."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {
            "localhost": [["127.0.0.1"]],
            "inner.example": [["127.0.0.1"]],
            "metadata.example": [["169.254.169.254"]],
        }
        self.asked: Counter[str] = Counter()

    def look_up(self, host: str, port: int, family: int) -> list[tuple[Any, ...]]:
        """As socket.getaddrinfo."""
        name = host.lower().rstrip(".")
        self.asked[name] += 1
        answers = self.answers.get(name)
        if answers is not None:
            addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        else:
            try:
                addresses = [socket.inet_ntoa(socket.inet_aton(name))]  # octal, hexadecimal, short: as the C library reads them
            except OSError:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
        return [info for address in addresses for info in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    """Who answers in place of the system's name servers; and PUBLIC counts as public."""
    server = NameServer()
    monkeypatch.setattr(post, "_look_up", server.look_up)
    monkeypatch.setattr(post, "why_blocked", lambda address: None if address == PUBLIC else why_blocked(address))
    return server


@pytest.fixture
async def both() -> AsyncIterator[tuple[Receiver, Receiver]]:
    """The operator's own, and a customer's on the public address, at one port. The latter keeps no connection, so that each attempt looks
    its name up."""
    for _ in range(20):
        inner, outer = Receiver(), Receiver()
        try:
            await outer.start((PUBLIC,))
            await inner.start(("127.0.0.1", "::1"), outer.port)
        except OSError:  # somebody else has this port on one of the addresses
            await outer.stop()
            continue
        break
    outer.answer(status(200, Connection="close"))
    yield inner, outer
    await inner.stop()
    await outer.stop()


@pytest.fixture
def inside(both: tuple[Receiver, Receiver]) -> Receiver:
    """What listens on the operator's own addresses."""
    return both[0]


@pytest.fixture
def receiver(both: tuple[Receiver, Receiver]) -> Receiver:
    """The customer's."""
    return both[1]


async def attempted(world: World, hosts: list[str], *, guarded: bool = True, proxy: str = "") -> dict[str, Delivery]:
    """Each host's delivery of one event, after its one attempt."""
    world.speaking(Patience(timeout_s=10.0, waits_s=()))
    for number, host in enumerate(hosts):
        await world.endpoint(url=f"http://{host}:{world.receiver.port}/{number}", account=2 + number // 20)
    await world.plan()
    await world.send(guarded=guarded, proxy=proxy)
    accounts = range(2, 3 + (len(hosts) - 1) // 20)
    await world.record(*(opening(account=account, live_session=account) for account in accounts))
    await world.settled(len(hosts))
    found = [delivery for account in accounts for delivery in await world.deliveries(account)]
    return {hosts[int(delivery.endpoint_url.rpartition("/")[2])]: delivery for delivery in found}


async def test_nothing_inside_is_called_in_any_form(world: World, names: NameServer, inside: Receiver) -> None:
    """Every host of the corpus fails without a connection, and says why in words."""
    deliveries = await attempted(world, CORPUS)

    assert inside.calls == []
    assert set(deliveries) == set(CORPUS)
    assert {host for host, delivery in deliveries.items() if delivery.state is not DeliveryState.FAILED} == set()
    words = {host: delivery.last_explanation for host, delivery in deliveries.items()}
    beginnings = ("This address is not called (", "The host name has no address (", "The receiver could not be reached (the URL names no")
    assert {host: said for host, said in words.items() if not said.startswith(beginnings)} == {}


async def test_without_the_guard_the_same_hosts_are_called(world: World, names: NameServer, inside: Receiver) -> None:
    """The control: they are reached, every one of them, when the operator allows it."""
    deliveries = await attempted(world, OPEN_WITHOUT_A_GUARD, guarded=False)

    assert set(CORPUS) >= set(OPEN_WITHOUT_A_GUARD)
    assert {host for host, delivery in deliveries.items() if delivery.state is not DeliveryState.SUCCEEDED} == set()
    assert len(inside.calls) == len(OPEN_WITHOUT_A_GUARD)


@pytest.mark.parametrize(
    ("answers", "called"),
    [
        ([["127.0.0.1"]], False),
        ([["::1", "127.0.0.1"]], False),
        ([["::ffff:127.0.0.1"]], False),
        ([["64:ff9b::7f00:1"]], False),
        ([["10.0.0.1", "127.0.0.1", "192.168.0.1"]], False),
        ([["127.0.0.1", PUBLIC]], True),
        ([["::1", PUBLIC, "127.0.0.1"]], True),
    ],
)
async def test_a_name_is_called_at_its_public_addresses_only(
    answers: list[list[str]], called: bool, world: World, names: NameServer, inside: Receiver
) -> None:
    """One that has inner ones beside them is called, and never there."""
    names.answers["hooks.example"] = answers

    deliveries = await attempted(world, ["hooks.example"])

    assert (deliveries["hooks.example"].state is DeliveryState.SUCCEEDED) is called
    assert (len(world.receiver.calls), inside.calls) == (int(called), [])


async def test_a_name_that_turns_inward_is_called_no_more(world: World, names: NameServer, inside: Receiver) -> None:
    """Public at the first attempt, inner at the second, public again at the third: the second does not connect, and says so."""
    names.answers["flip.example"] = [[PUBLIC], ["127.0.0.1"], [PUBLIC]]
    world.speaking(Patience(timeout_s=10.0, waits_s=(0.0, 0.0)))
    world.receiver.answer(status(500, Connection="close"), status(200, Connection="close"))
    await world.endpoint(url=f"http://flip.example:{world.receiver.port}/hook")
    await world.plan()
    await world.send(guarded=True)
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert (delivery.state, len(world.receiver.calls), inside.calls) == (DeliveryState.SUCCEEDED, 2, [])
    attempts = await world.attempts(delivery)
    assert [attempt.outcome for attempt in attempts] == [Outcome.REJECTED, Outcome.BLOCKED, Outcome.ACCEPTED]
    assert attempts[1].explanation == (
        "This address is not called (flip.example is a loopback address). Callbacks go to public addresses, unless this server's"
        " operator allows others."
    )


async def test_a_name_that_turns_while_it_is_called(world: World, names: NameServer, inside: Receiver) -> None:
    """One that is public for whoever looks first and inner for whoever looks again: nobody looks again."""
    names.answers["quick.example"] = [[PUBLIC], ["127.0.0.1"]]

    deliveries = await attempted(world, ["quick.example"])

    assert deliveries["quick.example"].state is DeliveryState.SUCCEEDED
    assert (names.asked["quick.example"], inside.calls) == (1, [])


class CheckThenConnect(AbstractResolver):
    """What must not be done: it checks one answer of the name server and connects to the next."""

    def __init__(self, look_up: Callable[[str, int, int], list[tuple[Any, ...]]], **_options: object) -> None:
        self._look_up = look_up

    @override
    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        for *_, address in self._look_up(host, port, family):
            if address[0] != PUBLIC and why_blocked(address[0]) is not None:
                raise post.BlockedAddress(address[0])
        return [
            ResolveResult(hostname=host, host=address[0], port=port, family=found, proto=proto, flags=socket.AI_NUMERICHOST)
            for found, _, proto, _, address in self._look_up(host, port, family)
        ]

    @override
    async def close(self) -> None:
        """Has nothing to close."""


@pytest.mark.parametrize("last_door", [False, True])
async def test_whoever_looks_twice_is_led_inside(
    last_door: bool, world: World, names: NameServer, inside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same name gets past a check that is not the connection's own; the last door, which is, holds alone."""
    names.answers["quick.example"] = [[PUBLIC], ["127.0.0.1"]]
    monkeypatch.setattr(post, "_GuardedResolver", lambda **options: CheckThenConnect(names.look_up, **options))
    if not last_door:
        monkeypatch.setattr(post, "_guarded_socket", None)

    deliveries = await attempted(world, ["quick.example"])

    assert len(inside.calls) == int(not last_door)
    assert (deliveries["quick.example"].state is DeliveryState.SUCCEEDED) is not last_door


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(code: int, world: World, names: NameServer, inside: Receiver) -> None:
    """A public receiver points inside: nobody goes there."""
    target = f"http://127.0.0.1:{world.receiver.port}/secrets"
    world.receiver.answer(status(code, Location=target, Connection="close"), path="/0")

    deliveries = await attempted(world, [PUBLIC])

    assert (len(world.receiver.calls), inside.calls) == (1, [])
    assert f"a redirect to {target}. Redirects are not followed" in deliveries[PUBLIC].last_explanation


async def test_a_proxy_is_not_asked_for_an_inner_address(world: World, names: NameServer, inside: Receiver) -> None:
    """What can be seen in the URL is refused before the proxy hears of it; a public name goes to the proxy, which looks it up itself."""
    proxy = Receiver()
    await proxy.start()

    deliveries = await attempted(world, [*CORPUS, "hooks.example"], proxy=proxy.url(""))
    await proxy.stop()

    asked = {urlsplit(call.path).hostname for call in proxy.calls}
    assert asked == {"hooks.example", "inner.example", "metadata.example"}  # names say nothing: to keep those in is the proxy's task
    assert deliveries["hooks.example"].state is DeliveryState.SUCCEEDED
    assert (inside.calls, names.asked["hooks.example"]) == ([], 0)
