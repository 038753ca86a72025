"""An endpoint's own timeout and waits, the native tail after a vendor's patience, and receivers that ask for time."""

from email.utils import format_datetime

import pytest

from tests.suites.callbacks.conftest import ACCOUNT, LEASE_AHEAD, World, opening
from tests.suites.callbacks.receiver import silence, status
from turnout.callbacks.actions import HOLD_ENDPOINT, HoldEndpoint
from turnout.callbacks.rules import Delivery, DeliveryState, Outcome
from turnout.dialects.contract import NATIVE_PATIENCE, Patience
from turnout.kernel.clock import SECOND, to_datetime


async def after_attempts(world: World, count: int) -> Delivery:
    """The delivery once so many attempts of it have been recorded."""
    await world.receiver.called(count)
    await world.quiet()
    (delivery,) = await world.deliveries()
    assert delivery.attempts_made == count
    return delivery


def wait_of(world: World, delivery: Delivery) -> float:
    """Seconds from now to a delivery's next attempt."""
    return (delivery.due_at - world.clock.now() - LEASE_AHEAD) / SECOND


async def test_an_endpoints_own_waits_go_before_its_dialects(world: World) -> None:
    """Two waits, so three attempts."""
    world.receiver.answer(status(500))
    await world.endpoint(waits_s=(7.0, 70.0))
    await world.plan()
    sender = await world.send()
    await world.record(opening())

    waits = []
    for count in (1, 2, 3):
        delivery = await after_attempts(world, count)
        waits.append(wait_of(world, delivery))
        world.clock.advance(waits[-1])
        sender.wake()

    assert waits[:2] == [7, 70]
    assert delivery.state is DeliveryState.FAILED


async def test_an_endpoints_own_timeout_goes_before_its_dialects(world: World) -> None:
    """And stands in the explanation."""
    world.speaking(Patience(timeout_s=60.0, waits_s=()))
    world.receiver.answer(silence)
    await world.endpoint(timeout_s=0.25)
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert delivery.last_explanation == "The receiver did not answer within 0.25 s."
    assert [attempt.outcome for attempt in await world.attempts(delivery)] == [Outcome.TIMED_OUT]


async def test_the_native_tail_begins_where_the_vendors_patience_ends(world: World) -> None:
    """The vendor's spacing stays exact, the tail's is spread; in the end it has failed all the same."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(3.0,)))
    world.receiver.answer(status(500))
    await world.endpoint(native_tail=True)
    await world.plan()
    sender = await world.send()
    await world.record(opening())

    waits = []
    for count in range(1, 3 + len(NATIVE_PATIENCE.waits_s)):
        delivery = await after_attempts(world, count)
        waits.append(wait_of(world, delivery))
        world.clock.advance(max(0.0, waits[-1]))
        sender.wake()

    assert waits[0] == 3
    for wait, least in zip(waits[1:-1], NATIVE_PATIENCE.waits_s, strict=True):
        assert least <= wait <= least * 1.2
    assert delivery.state is DeliveryState.FAILED


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_receiver_that_asks_for_time_gets_it(world: World, as_date: bool) -> None:
    """No attempt before; where the dialect does not heed replies, its spacing stands."""
    asked = format_datetime(to_datetime(world.clock.now() + 120 * SECOND), usegmt=True) if as_date else "120"
    world.speaking(Patience(timeout_s=20.0, waits_s=(10.0,)))
    world.receiver.answer(status(429, **{"Retry-After": asked}), path="/heedful")
    world.receiver.answer(status(429, **{"Retry-After": asked}), path="/vendor")
    await world.endpoint("/heedful", dialect="heedful")
    await world.endpoint("/vendor")
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.receiver.called(1, "/heedful")
    await world.receiver.called(1, "/vendor")
    await world.quiet()

    heedful, vendor = await world.deliveries()

    assert 119 <= wait_of(world, heedful) <= 120
    assert "asks not to be called again for 1" in heedful.last_explanation
    assert wait_of(world, vendor) == 10


async def test_a_paused_endpoints_retry_waits_and_goes_when_resumed(world: World) -> None:
    """A pause holds everything; nothing is given up by it."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(1.0,)))
    world.receiver.answer(status(500), status(200))
    endpoint = await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await after_attempts(world, 1)
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, True), lane=0)
    world.clock.advance(100)
    sender.wake()
    await world.record(opening(6))
    await world.planned()
    assert len(world.receiver.calls) == 1

    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, False), lane=0)
    deliveries = await world.settled(2)

    assert {one.state for one in deliveries} == {DeliveryState.SUCCEEDED}
