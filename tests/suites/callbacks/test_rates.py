"""Calls a minute and calls at once are bounded for each endpoint, and only for first attempts as far as the rate goes."""

import asyncio

import pytest
from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.suites.callbacks.conftest import World, opening
from tests.suites.callbacks.receiver import Receiver, gated, status
from turnout.callbacks.claim_actions import LOOK_FURTHER, Claim, Claims
from turnout.callbacks.rules import DeliveryState, Endpoint, Ordering
from turnout.callbacks.sender import Sender
from turnout.dialects.contract import Patience
from turnout.kernel.clock import SECOND, Instant, SystemClock
from turnout.storage.database import Database


async def waiting(world: World, count: int, **settings: object) -> Endpoint:
    """An endpoint with so many deliveries due, and nothing that sends."""
    endpoint = await world.endpoint(**settings)  # type: ignore[arg-type]  # as in World.endpoint
    await world.record(*(opening(survey) for survey in range(100, 100 + count)))
    await world.plan()
    await world.planned()
    return endpoint


async def claim(world: World, sender: Sender, *, lane: int = 0) -> Claims:
    """What a sender with nothing under way may send now."""
    return await world.commit.run(sender.claim, Claim({}, 64), lane=lane)


async def test_a_rate_bounds_what_begins_in_a_minute(world: World) -> None:
    """A tenth of it at once, the rest spaced; in no minute more than it says."""
    endpoint = await waiting(world, 90, calls_per_minute=60, concurrency=64)
    sender = world.sender()
    begun = []
    for second in range(61):
        begun += [second] * len((await claim(world, sender)).claimed)
        world.clock.advance(1)

    assert begun.count(0) == 6
    assert sum(second < 60 for second in begun) in range(54, 61)
    assert {begun.count(second) for second in range(1, 60)} <= {0, 1}
    waits = (await world.commit.run(sender.claim, Claim({}, 64, (endpoint.id,)), lane=0)).waits
    assert all(0 < wait <= 2 * SECOND for wait in waits.values())


async def test_two_senders_share_one_rate(world: World) -> None:
    """Together they begin no more than one alone."""
    await waiting(world, 60, calls_per_minute=60, concurrency=64)
    senders = [world.sender() for _ in range(4)]

    claims = await asyncio.gather(*(claim(world, one, lane=lane) for lane, one in enumerate(senders * 3)))

    assert sum(len(one.claimed) for one in claims) == 6


async def test_a_rate_spends_no_patience_and_delays_no_later_attempt(world: World) -> None:
    """What failed is tried again when its wait is over, whatever waits for its turn."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(1.0,)))
    world.receiver.answer(status(500), status(200))
    await waiting(world, 2, calls_per_minute=1)
    sender = await world.send()
    await world.receiver.called(1)
    await world.quiet()

    world.clock.advance(1)
    sender.wake()
    first, second = await world.settled(1)
    assert (first.state, first.attempts_made) == (DeliveryState.SUCCEEDED, 2)
    assert (second.state, second.attempts_made) == (DeliveryState.DUE, 0)

    world.clock.advance(59)
    sender.wake()
    first, second = await world.settled(2)
    assert (second.state, second.attempts_made) == (DeliveryState.SUCCEEDED, 1)


async def test_a_rate_is_one_endpoints_own(world: World) -> None:
    """Another one's calls go out at once."""
    await waiting(world, 20, calls_per_minute=1)
    other = await world.endpoint("/other")
    await world.send()
    await world.record(*(opening(survey) for survey in range(200, 220)))

    await world.receiver.called(20, "/other")

    assert len(world.receiver.calls_to("/hook")) == 1
    assert other.calls_per_minute is None


class RunningClock(FakeClock):
    """One that does not stand still."""

    @override
    def now(self) -> Instant:
        """The real time."""
        return SystemClock().now()


async def test_a_rate_ends_on_time_and_not_only_at_the_next_poll(database: Database, receiver: Receiver) -> None:
    """Real time: six hundred a minute, a poll every hour, and ten more than may go at once."""
    world = World(database, receiver, RunningClock())
    await world.commit.start()
    try:
        await waiting(world, 70, calls_per_minute=600, concurrency=64)
        sender = Sender(
            world.runtime, world.dialects, dangerous_allow_private_callbacks=True, poll_s=3_600.0, lease_clock=world.lease_clock
        )
        await world._started(sender)

        await world.settled(70, DeliveryState.SUCCEEDED)
    finally:
        await world.close()


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_an_endpoint_has_so_many_calls_at_once_and_no_more(world: World, concurrency: int) -> None:
    """Whatever is due to it, and all of it gets through."""
    released, gate = gated()
    world.receiver.answer(gate)
    await waiting(world, 12, concurrency=concurrency)
    sender = await world.send()
    await world.receiver.called(concurrency)
    sender.wake()
    await world.record(opening(300))
    await world.planned()
    assert world.receiver.open == concurrency

    released.set()
    deliveries = await world.settled(13)

    assert world.receiver.most_open == concurrency
    assert {one.state for one in deliveries} == {DeliveryState.SUCCEEDED}


async def test_a_line_behind_a_failure_drains_without_a_poll(database: Database, receiver: Receiver) -> None:
    """Real time, a poll every hour: what was set aside behind the delivery that is tried again goes as soon as each one before has gone."""
    count = LOOK_FURTHER + 16  # as many as one claim sees: all but the first are set aside, and nothing in sight reminds of them
    world = World(database, receiver, RunningClock())
    world.speaking(Patience(timeout_s=20.0, waits_s=(0.3,)))
    world.receiver.answer(status(500), status(200))
    await world.commit.start()
    try:
        await waiting(world, count, ordering=Ordering.LIVE_SESSION)
        sender = Sender(
            world.runtime, world.dialects, dangerous_allow_private_callbacks=True, poll_s=3_600.0, lease_clock=world.lease_clock
        )
        await world._started(sender)

        deliveries = await world.settled(count, DeliveryState.SUCCEEDED)
    finally:
        await world.close()

    assert world.receiver.most_open == 1
    assert [one.attempts_made for one in deliveries] == [2] + [1] * (count - 1)
