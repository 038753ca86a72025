"""An endpoint that fails is left alone for a while, is tried by one call then, and after days is given up; others notice nothing."""

import asyncio
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

import pytest
import sqlalchemy as sa

from tests.suites.callbacks.conftest import LEASE_AHEAD, World, closing, opening
from tests.suites.callbacks.receiver import Call, gated, status
from turnout.callbacks import health_store, lease_store, store
from turnout.callbacks.claim_actions import Claim
from turnout.callbacks.redelivery_actions import REDELIVER, Redeliver
from turnout.callbacks.rules import DeliveryState, Endpoint, EndpointHealth, EndpointHour, EndpointState, Ordering, Outcome
from turnout.callbacks.store import endpoint_health
from turnout.dialects.contract import Patience
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import DeliveryId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

DAY_S = 86_400


async def health_of(world: World, endpoint: Endpoint) -> EndpointHealth:
    """How an endpoint has been doing."""
    return (await world.database.read(lambda connection: store.list_health(connection, [endpoint.id])))[endpoint.id]


async def load(world: World, endpoint: Endpoint) -> Endpoint:
    """The endpoint as it is now."""
    loaded = await world.database.read(lambda connection: store.load_endpoint(connection, endpoint.id))
    assert loaded is not None
    return loaded


async def failing(world: World, *, waits_s: tuple[float, ...] = (), calls: int = 5) -> Endpoint:
    """An endpoint whose breaker has just opened, with a running planner and no sender."""
    world.speaking(Patience(timeout_s=5.0, waits_s=waits_s))
    world.receiver.answer(status(500))
    endpoint = await world.endpoint()
    await world.plan()
    await world.record(*(opening(survey) for survey in range(100, 105)))
    await world.planned()
    sender = await world.send()
    await world.receiver.called(calls)
    await world.quiet()
    await world.kill(sender)
    return endpoint


async def test_an_open_breaker_holds_first_attempts_back(world: World) -> None:
    """Five failures in a row open it; nothing goes for thirty seconds, then one call, whose success lets all the others go."""
    endpoint = await failing(world)
    assert (await health_of(world, endpoint)).breaker_until == world.clock.now() + LEASE_AHEAD + 30 * SECOND
    await world.record(*(opening(survey) for survey in range(200, 210)))
    await world.planned()
    sender = await world.send()
    claims = await world.commit.run(sender.claim, Claim({}, 16), lane=0)
    assert claims.claimed == []
    world.clock.advance(30 - 1)
    assert (await world.commit.run(sender.claim, Claim({}, 16, (endpoint.id,)), lane=0)).waits == {endpoint.id: SECOND}
    assert len(world.receiver.calls) == 5

    released, gate = gated()
    world.receiver.answer(gate)
    world.clock.advance(1)
    sender.wake()
    await world.receiver.called(6)
    assert (await world.commit.run(world.sender().claim, Claim({}, 16), lane=0)).claimed == []
    assert world.receiver.open == 1

    released.set()
    deliveries = await world.settled(10, DeliveryState.SUCCEEDED)

    assert [one.state for one in deliveries].count(DeliveryState.SUCCEEDED) == 10
    assert {one.attempts_made for one in deliveries} == {1}
    assert await health_of(world, endpoint) == EndpointHealth(
        succeeded_at=world.clock.now() + LEASE_AHEAD,
        failed_at=world.clock.now() + LEASE_AHEAD - 30 * SECOND,
        last_explanation="The receiver answered 200 OK.",
    )


async def test_a_failed_probe_opens_it_for_twice_as_long(world: World) -> None:
    """And only the probe has been sent."""
    endpoint = await failing(world)
    await world.record(*(opening(survey) for survey in range(200, 210)))
    await world.planned()
    world.clock.advance(30)
    await world.send()
    await world.receiver.called(6)
    await world.until(lambda connection: _failures(connection) == 6)

    assert (await health_of(world, endpoint)).breaker_until == world.clock.now() + LEASE_AHEAD + 60 * SECOND
    assert len(world.receiver.calls) == 6


def _failures(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.max(endpoint_health.c.failures_in_row))).scalar_one())


async def test_later_attempts_go_on_their_schedule_and_close_it(world: World) -> None:
    """A delivery that has failed before is tried again when its wait is over, open or not; its success is news."""
    endpoint = await failing(world, waits_s=(10.0, 10.0))
    await world.record(opening(200))
    await world.planned()
    world.receiver.answer(status(200))
    world.clock.advance(10)
    await world.send()

    deliveries = await world.settled(6, DeliveryState.SUCCEEDED)

    assert [one.attempts_made for one in deliveries] == [2, 2, 2, 2, 2, 1]
    assert (await health_of(world, endpoint)).breaker_until is None


async def test_waiting_behind_a_breaker_spends_no_patience(world: World) -> None:
    """What waited has all its attempts still before it."""
    await failing(world)
    world.speaking(Patience(timeout_s=5.0, waits_s=(0.0, 0.0)))
    await world.record(opening(200))
    await world.planned()
    world.clock.advance(30)
    await world.send()

    (delivery,) = [one for one in await world.settled(6) if one.attempts_made != 1]

    assert (delivery.state, delivery.attempts_made) == (DeliveryState.FAILED, 3)


async def test_a_probe_whose_sender_dies_does_not_hold_back_for_ever(world: World) -> None:
    """When its lease is over another one goes."""
    endpoint = await failing(world)
    await world.record(opening(200), opening(201))
    await world.planned()
    world.clock.advance(30)
    dead = world.sender()
    (claimed,) = (await world.commit.run(dead.claim, Claim({}, 16), lane=0)).claimed
    assert claimed.probe
    assert (await world.commit.run(dead.claim, Claim({}, 16), lane=0)).claimed == []

    world.clock.advance(20)
    claims = await world.commit.run(dead.claim, Claim({}, 16, (endpoint.id,)), lane=0)

    assert [one.probe for one in claims.claimed] == [True]


async def test_two_senders_send_one_probe(world: World) -> None:
    """Whoever comes first takes it."""
    await failing(world)
    await world.record(*(opening(survey) for survey in range(200, 220)))
    await world.planned()
    world.clock.advance(30)
    senders = [world.sender() for _ in range(4)]

    claims = await asyncio.gather(*(world.commit.run(one.claim, Claim({}, 16), lane=lane) for lane, one in enumerate(senders)))

    assert sum(len(one.claimed) for one in claims) == 1


async def test_somebody_who_wants_to_know_is_not_kept_waiting(world: World) -> None:
    """A redelivery goes at once, as the probe."""
    await failing(world)
    first = (await world.deliveries())[0]
    world.receiver.answer(status(200))
    await world.send()

    await world.commit.run(REDELIVER, Redeliver(first.account_id, first.id), lane=0)

    await world.settled(1, DeliveryState.SUCCEEDED)


async def test_a_breaker_is_one_endpoints_own(world: World) -> None:
    """Another endpoint of the same account gets its calls at once."""
    await failing(world)
    await world.endpoint("/other")
    await world.send()
    await world.record(opening(200), closing(200))

    await world.settled(2, DeliveryState.SUCCEEDED)

    assert len(world.receiver.calls_to("/other")) == 2
    assert len(world.receiver.calls_to("/hook")) == 5


async def test_days_of_failure_disable_an_endpoint(world: World) -> None:
    """With a reason; what is due stays due and waits."""
    endpoint = await failing(world, waits_s=(0.0,), calls=limits.DISABLE_AFTER_FAILURES)
    world.speaking(Patience(timeout_s=5.0, waits_s=()))
    assert (await load(world, endpoint)).disabled_at is None
    await world.record(opening(200), opening(201))
    await world.planned()
    world.clock.advance(5 * DAY_S)
    await world.send()

    await world.until(lambda connection: connection.execute(sa.select(store.endpoints.c.disabled_at)).scalar() is not None)
    await world.quiet()

    disabled = await load(world, endpoint)
    assert (disabled.state, disabled.disabled_because) == (
        EndpointState.DISABLED,
        "Every one of the last 11 attempts failed, over 5.0 days. "
        "The receiver answered 500 Internal Server Error, which does not acknowledge the message.",
    )
    assert [one.state for one in await world.deliveries()][-2:] == [DeliveryState.FAILED, DeliveryState.DUE]
    assert (await world.commit.run(world.sender().claim, Claim({}, 16), lane=0)).claimed == []


async def test_a_receiver_that_is_gone_gets_no_more(world: World) -> None:
    """410 to a dialect that heeds it: failed at once, with all its patience unspent, and the endpoint is disabled."""
    world.speaking(Patience(timeout_s=5.0, waits_s=(0.0, 0.0)))
    world.receiver.answer(status(410))
    endpoint = await world.endpoint(dialect="heedful")
    await world.plan()
    await world.send()
    await world.record(opening(), closing())

    first, second = await world.settled(1)
    await world.quiet()

    said = "The receiver answered 410 Gone: it wants no more messages. Nothing more is sent to this endpoint."
    assert (first.state, first.attempts_made, first.last_explanation) == (DeliveryState.FAILED, 1, said)
    assert (second.state, second.attempts_made) == (DeliveryState.DUE, 0)
    disabled = await load(world, endpoint)
    assert (disabled.state, disabled.disabled_because) == (EndpointState.DISABLED, said)


async def test_giving_up_and_planning_take_their_locks_in_one_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither waits for the other crosswise: nothing has to be run again."""
    world.speaking(Patience(timeout_s=5.0, waits_s=()))
    release = asyncio.Event()

    async def gone(call: Call, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        await status(410)(call, writer)

    world.receiver.answer(gone)
    endpoint = await world.endpoint(dialect="heedful")
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    entered, runs = threading.Event(), []
    lock_leases = lease_store.lock_leases

    def count(tx: Tx, delivery_ids: Iterable[DeliveryId]) -> Mapping[DeliveryId, tuple[int | None, DeliveryState]]:
        runs.append("record")
        return lock_leases(tx, delivery_ids)

    def as_a_planner(tx: Tx, commands: Sequence[None]) -> Sequence[None]:
        runs.append("plan")
        lease_store.list_endpoints_of_accounts(tx, [endpoint.account_id])
        entered.set()
        time.sleep(0.3)
        health_store.load_health(tx, [endpoint.id], lock=True)
        return commands

    monkeypatch.setattr(lease_store, "lock_leases", count)
    planning = asyncio.create_task(world.commit.run(Action("plan_for_test", as_a_planner), None, lane=endpoint.id + 1))
    await asyncio.to_thread(entered.wait)
    release.set()
    await planning

    await world.settled(1, DeliveryState.FAILED)
    assert (await load(world, endpoint)).state is EndpointState.DISABLED
    assert runs == ["plan", "record"]


async def test_attempts_are_counted_by_the_hour(world: World) -> None:
    """Accepted and failed ones, with their milliseconds, where nobody's postponement counts."""
    world.speaking(Patience(timeout_s=5.0, waits_s=(0.0,)))
    world.receiver.answer(status(500), status(200))
    endpoint = await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing())
    await world.settled(2)

    (hour,) = await world.database.read(lambda connection: store.list_hours(connection, endpoint.id, 0))

    assert (hour.accepted, hour.failed) == (2, 1)
    assert hour.hour <= world.clock.now() + LEASE_AHEAD < hour.hour + 3_600 * SECOND
    assert isinstance(hour, EndpointHour)


@pytest.mark.parametrize("ordering", list(Ordering))
async def test_what_waits_behind_a_failing_delivery_is_not_read_again_and_again(world: World, ordering: Ordering) -> None:
    """However long the line behind it is: another live session's event goes out at once, and the line follows in order when it may."""
    world.speaking(Patience(timeout_s=5.0, waits_s=(10.0,)))
    world.receiver.answer(status(500), status(200))
    await world.endpoint(ordering=ordering, concurrency=1)
    await world.plan()
    sender = await world.send()
    await world.record(opening(5))
    await world.receiver.called(1)
    await world.quiet()
    count = 150
    await asyncio.gather(*(world.record(closing(5)) for _ in range(count)))
    await world.record(opening(6, live_session=9))
    await world.until(lambda connection: _states(connection, 9) == {"succeeded"})
    if ordering is not Ordering.FREE:
        assert len(world.receiver.calls) == 2

    world.clock.advance(10)
    sender.wake()
    deliveries = await world.settled(count + 2)

    assert {one.state for one in deliveries} == {DeliveryState.SUCCEEDED}
    assert len(deliveries) == count + 1
    if ordering is not Ordering.FREE:
        finished = [one.finished_at for one in deliveries]
        assert finished == sorted(finished, key=lambda at: at or 0)
    assert {attempt.outcome for one in deliveries[1:3] for attempt in await world.attempts(one)} == {Outcome.ACCEPTED}


def _states(connection: sa.Connection, stream_id: int) -> set[str]:
    return {row[0] for row in connection.execute(sa.select(store.deliveries.c.state).where(store.deliveries.c.stream_id == stream_id))}
