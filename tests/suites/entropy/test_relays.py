"""Rounds of drand come from relays that nobody has to trust."""

import gzip
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog

from tests.harness.drand_relay import Answer, Relay, SigningChain, relaying
from turnout.entropy.relays import REPLY_BYTES, ROUNDS_BACK, NoAnswer, Relays
from turnout.kernel.clock import SECOND
from turnout.proofs import drand

CHAIN = SigningChain()
ROUND = 1_234
IMPATIENT_S = 1.0
"""How long is waited for a relay that is meant to be too late; the next one is asked in earnest, on a busy machine."""


@pytest.fixture
def first() -> Iterator[Relay]:
    """The relay that is asked first."""
    with relaying(CHAIN) as relay:
        yield relay


@pytest.fixture
def second() -> Iterator[Relay]:
    """The one that is asked next."""
    with relaying(CHAIN) as relay:
        yield relay


@pytest.fixture
async def relays(first: Relay, second: Relay) -> AsyncIterator[Relays]:
    """Both, as the server asks them."""
    made = Relays([first.url, second.url + "/"], timeout_s=20.0)
    await made.start()
    yield made
    await made.stop()


async def test_the_first_relay_is_asked_and_the_second_left_alone(relays: Relays, first: Relay, second: Relay) -> None:
    """What comes is the signature of this round and no other."""
    signature = await relays.fetch(CHAIN.chain, ROUND)
    assert signature == CHAIN.sign(ROUND)
    assert (first.asked, second.asked) == ([f"/{CHAIN.chain.chain}/public/{ROUND}"], [])


def _slow(_number: int) -> Answer:
    threading.Event().wait(2 * IMPATIENT_S)
    return 200, CHAIN.round(ROUND)


BAD: dict[str, Callable[[int], Answer]] = {
    "another round": lambda number: (200, CHAIN.round(number + 1)),
    "the signature of another round": lambda number: (200, json.dumps({"round": number, "signature": CHAIN.sign(number + 1)}).encode()),
    "the signature of another chain": lambda number: (200, SigningChain(secret=5).round(number)),
    "no point of the curve": lambda number: (200, json.dumps({"round": number, "signature": "ab" * 48}).encode()),
    "the point at infinity": lambda number: (200, json.dumps({"round": number, "signature": "c0" + "00" * 47}).encode()),
    "a signature that is no hex": lambda number: (200, json.dumps({"round": number, "signature": "xyz"}).encode()),
    "a number that is none": lambda number: (200, json.dumps({"round": str(number), "signature": CHAIN.sign(number)}).encode()),
    "no JSON": lambda _: (200, b"<html>"),
    "deep JSON": lambda _: (200, b"[" * REPLY_BYTES),
    "nothing": lambda _: (200, b""),
    "too much": lambda number: (200, CHAIN.round(number) + b" " * REPLY_BYTES),
    "packed": lambda number: (200, gzip.compress(CHAIN.round(number))),
    "not yet": lambda _: (425, b"{}"),
    "a redirect": lambda _: (302, b""),
    "an error": lambda _: (500, b""),
    "an error with a good body": lambda number: (500, CHAIN.round(number)),
    "too late": _slow,
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_relay_is_passed_over(relays: Relays, first: Relay, second: Relay, what: str) -> None:
    """It is logged, and the next one is asked."""
    first.answer = BAD[what]
    if first.answer is _slow:
        relays._timeout_s = IMPATIENT_S
    with structlog.testing.capture_logs() as logs:
        signature = await relays.fetch(CHAIN.chain, ROUND)
    assert signature == CHAIN.sign(ROUND)
    assert len(second.asked) == 1
    ((event, relay),) = [(line["event"], line["relay"]) for line in logs]
    assert relay == first.url
    lies = what in ("the signature of another round", "the signature of another chain", "no point of the curve", "the point at infinity")
    assert event == ("drand_relay_lied" if lies else "drand_relay_passed_over")


async def test_no_relay_has_it(relays: Relays, first: Relay, second: Relay) -> None:
    """Then there is no round, and no exception; the next time there may be."""
    first.answer, second.answer = first.lie, second.fail
    found = await relays.fetch(CHAIN.chain, ROUND)
    first_host, second_host = (relay.url.removeprefix("http://") for relay in (first, second))
    assert found == NoAnswer(f"{first_host}: the signature is not the chain's; {second_host}: it answered 503")
    first.answer = first.tell
    assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)


async def test_the_one_that_told_the_truth_is_asked_first_from_then_on(relays: Relays, first: Relay, second: Relay) -> None:
    """A relay that is down does not hold up every draw."""
    first.answer = first.fail
    for _ in range(3):
        assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)
    assert (len(first.asked), len(second.asked)) == (1, 3)
    first.answer, second.answer = first.tell, second.fail
    assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)
    assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)
    assert (len(first.asked), len(second.asked)) == (3, 4)


async def test_a_look_asks_all_at_once_for_a_round_that_is_long_out(relays: Relays, first: Relay, second: Relay) -> None:
    """One that answers is enough; else it is said what each of them did."""
    now = drand.time_of(CHAIN.chain, ROUND + ROUNDS_BACK) * SECOND
    first.answer = first.fail
    assert await relays.look(CHAIN.chain, now) is None
    assert second.asked == [f"/{CHAIN.chain.chain}/public/{ROUND}"]
    second.answer = second.lie
    found = await relays.look(CHAIN.chain, now)
    assert found is not None
    assert [part.rpartition(": ")[2] for part in found.problem.split("; ")] == ["it answered 503", "the signature is not the chain's"]


async def test_a_relay_that_is_not_there() -> None:
    """Nobody listens, or somebody who hangs up, or says nothing at all."""
    with relaying(CHAIN) as good, socket.socket() as closed, socket.socket() as silent:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (closed, silent)]
        relays = Relays([*urls, "http://[::1", good.url], timeout_s=IMPATIENT_S)
        await relays.start()
        try:
            assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)
        finally:
            await relays.stop()
            await relays.stop()


async def test_upper_case_and_blanks_are_the_same_signature(relays: Relays, first: Relay) -> None:
    """What goes into the proof has one spelling."""
    first.answer = lambda number: (200, json.dumps({"round": number, "signature": CHAIN.sign(number).upper()}).encode())
    assert await relays.fetch(CHAIN.chain, ROUND) == CHAIN.sign(ROUND)


def test_the_tests_chain_is_one() -> None:
    """The control: what it signs holds by its key, for its round, and for nothing else."""
    key, signature = bytes.fromhex(CHAIN.chain.public_key), bytes.fromhex(CHAIN.sign(ROUND))
    assert drand.verifies(drand.RFC9380, key, ROUND, signature)
    assert not drand.verifies(drand.RFC9380, key, ROUND + 1, signature)
    assert not drand.verifies(drand.RFC9380, bytes.fromhex(drand.QUICKNET.public_key), ROUND, signature)
    assert drand.read_chain(CHAIN.told) == CHAIN.chain
