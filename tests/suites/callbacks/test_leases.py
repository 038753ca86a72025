"""Senders and planners may die at any instant, and several may run at once."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tests.suites.callbacks.conftest import World, closing, opening
from tests.suites.callbacks.receiver import gated, silence, status
from turnout.callbacks import due_store, lease_store
from turnout.callbacks.actions import REMOVE_ENDPOINT, RemoveEndpoint
from turnout.callbacks.attempt_actions import Record
from turnout.callbacks.claim_actions import Claim
from turnout.callbacks.patience_rules import Next, lease_s
from turnout.callbacks.rules import Attempt, DeliveryState, Ordering, Outcome
from turnout.callbacks.store import deliveries
from turnout.dialects.contract import Patience
from turnout.kernel.clock import Instant
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


def lease_of(world: World) -> float:
    """Seconds a claim lasts."""
    return lease_s(world.dialects["quanshi"].patience.timeout_s)


async def test_a_dead_senders_delivery_is_taken_over(world: World) -> None:
    """One sender dies during its attempt; another leaves the delivery alone while the lease holds, then sends the same bytes."""
    world.speaking(Patience(timeout_s=60.0, waits_s=()))
    world.receiver.answer(silence, status(200))
    await world.endpoint()
    await world.plan()
    first = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.kill(first)

    second = await world.send()
    world.clock.advance(lease_of(world) - 1)
    assert (await world.commit.run(second.claim, Claim({}, 16), lane=0)).claimed == []
    world.clock.advance(1)
    second.wake()
    (delivery,) = await world.settled(1)

    before, after = world.receiver.calls
    assert before.body == after.body
    assert delivery.state is DeliveryState.SUCCEEDED
    abandoned, accepted = await world.attempts(delivery)
    assert (abandoned.outcome, accepted.outcome) == (Outcome.ABANDONED, Outcome.ACCEPTED)
    assert "process ended" in abandoned.explanation


async def test_a_sender_that_is_alone_waits_for_no_dead_ones_lease(world: World) -> None:
    """Where one process serves the database, whatever lease it finds at its start is a dead one's: what it held goes out at once, and what
    order held back behind it follows."""
    world.speaking(Patience(timeout_s=60.0, waits_s=()))
    world.receiver.answer(silence, status(200))
    await world.endpoint()
    await world.plan()
    first = await world.send()
    await world.record(opening(), closing())
    await world.receiver.called(1)
    await world.kill(first)

    await world.send(alone=True)
    await world.settled(2, DeliveryState.SUCCEEDED)

    opened, again, closed = world.receiver.calls
    assert opened.body == again.body != closed.body
    (delivery, _) = await world.deliveries()
    assert [attempt.outcome for attempt in await world.attempts(delivery)] == [Outcome.ABANDONED, Outcome.ACCEPTED]


async def test_leases_of_the_living_stay(world: World) -> None:
    """A lease that somebody has taken since it was seen is left alone."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    sender = world.sender()
    (old,) = (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed
    world.clock.advance(lease_of(world))
    (new,) = (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed

    await world.commit.run(sender.end_leases, ((old.delivery_id, old.lease_token),), lane=0)
    assert (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed == []

    assert await world.database.read(lease_store.list_leases) == [(new.delivery_id, new.lease_token)]
    await world.commit.run(sender.end_leases, ((new.delivery_id, new.lease_token),), lane=0)
    assert len((await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed) == 1


async def test_a_dead_senders_attempt_to_a_removed_endpoint_ends(world: World) -> None:
    """Nobody claims a cancelled delivery again: the next sender says that its attempt was abandoned, once the lease has run out."""
    world.speaking(Patience(timeout_s=60.0, waits_s=()))
    world.receiver.answer(silence)
    endpoint = await world.endpoint()
    await world.plan()
    first = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.kill(first)
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(endpoint.account_id, endpoint.id), lane=0)

    world.clock.advance(lease_of(world) - 1)
    assert await world.commit.run(world.sender().tidy, None, lane=0) == 0
    (delivery,) = await world.deliveries()
    assert (delivery.state, delivery.in_flight, delivery.finished_at) == (DeliveryState.CANCELLED, True, None)

    world.clock.advance(1)
    await world.send()
    await world.quiet()

    (delivery,) = await world.deliveries()
    assert delivery.state is DeliveryState.CANCELLED
    assert delivery.finished_at is not None
    (attempt,) = await world.attempts(delivery)
    assert attempt.outcome is Outcome.ABANDONED
    assert len(world.receiver.calls) == 1


async def test_a_sender_killed_before_it_records_sends_the_same_again(world: World) -> None:
    """The receiver has acknowledged, the result was never written: the delivery goes out again, byte for byte, and is a success."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    dead = world.sender()
    await dead._post.start()
    (claimed,) = (await world.commit.run(dead.claim, Claim({}, 16), lane=0)).claimed
    result = await dead._attempt(claimed, world.dialects["quanshi"], float("inf"))
    assert result is not None
    assert result.follows.state is DeliveryState.SUCCEEDED
    await dead.stop()

    world.clock.advance(lease_of(world))
    await world.send()
    (delivery,) = await world.settled(1)

    before, after = world.receiver.calls
    assert before.body == after.body == claimed.body
    assert (delivery.state, delivery.attempts_made) == (DeliveryState.SUCCEEDED, 2)


async def test_the_body_is_stored_before_anything_is_sent(world: World) -> None:
    """Right after a claim, with no attempt made, the bytes are in the database."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()

    (claimed,) = (await world.commit.run(world.sender().claim, Claim({}, 16), lane=0)).claimed

    delivery, body, (attempt,) = await world.inspect(claimed.delivery_id)
    assert (body, attempt.outcome, delivery.in_flight) == (claimed.body, Outcome.SENDING, True)
    assert world.receiver.calls == []


async def test_tidying_up_that_fails_holds_back_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is sent all the same."""

    def fail(_connection: sa.Connection, _now: Instant) -> bool:
        raise RuntimeError("cannot look")

    monkeypatch.setattr(lease_store, "has_left_behind", fail)
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    await world.settled(1, DeliveryState.SUCCEEDED)


async def test_a_result_counts_only_under_its_lease(world: World) -> None:
    """A sender that was thought dead comes back with a result: it is not written over the new holder's."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    slow, quick = world.sender(), world.sender()
    (old,) = (await world.commit.run(slow.claim, Claim({}, 16), lane=0)).claimed
    world.clock.advance(lease_of(world))
    (new,) = (await world.commit.run(quick.claim, Claim({}, 16), lane=0)).claimed

    def result(number: int, token: int, outcome: Outcome, state: DeliveryState) -> Record:
        attempt = Attempt(number, "", world.clock.now(), 1, outcome, 200, b"", {}, {}, "")
        return Record(old.delivery_id, old.endpoint.id, token, Next(state, 1, 0), attempt)

    late = await world.commit.run(slow.record, result(1, old.lease_token, Outcome.REJECTED, DeliveryState.FAILED), lane=0)
    (delivery,) = await world.deliveries()
    assert (late, delivery.state, delivery.in_flight) == (False, DeliveryState.DUE, True)

    current = await world.commit.run(quick.record, result(2, new.lease_token, Outcome.ACCEPTED, DeliveryState.SUCCEEDED), lane=0)
    (delivery,) = await world.deliveries()
    assert (current, delivery.state, delivery.in_flight) == (True, DeliveryState.SUCCEEDED, False)
    assert [attempt.outcome for attempt in await world.attempts(delivery)] == [Outcome.ABANDONED, Outcome.ACCEPTED]


async def test_an_attempt_that_could_outlive_its_lease_is_not_begun(world: World) -> None:
    """The writer was so far behind that the claim came back late: nothing is sent under it."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    sender = world.sender()
    (claimed,) = (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed

    too_late = asyncio.get_running_loop().time() + world.dialects["quanshi"].patience.timeout_s - 1

    assert await sender._attempt(claimed, world.dialects["quanshi"], too_late) is None
    assert world.receiver.calls == []


async def test_two_senders_share_the_work(world: World) -> None:
    """Each delivery is sent once, in order within its activity, whoever sends it."""
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.send()
    for survey in range(100, 130):
        await world.record(opening(survey), closing(survey))

    deliveries = await world.settled(60)

    assert {delivery.state for delivery in deliveries} == {DeliveryState.SUCCEEDED}
    assert len(world.receiver.calls) == len({call.body for call in world.receiver.calls}) == 60


async def test_two_planners_plan_each_event_once(world: World) -> None:
    """However their transactions fall, no event is planned twice or forgotten."""
    await world.endpoint()
    first, second = await world.plan(), await world.plan()
    await asyncio.gather(
        *(world.record(*(opening(survey, live_session=survey) for survey in range(n, n + 10))) for n in range(100, 200, 10))
    )
    first.wake()
    second.wake()
    await world.planned()

    counts = await asyncio.gather(*(world.deliveries(live_session) for live_session in range(100, 200)))
    assert {len(found) for found in counts} == {1}


async def test_a_graceful_stop_records_what_is_under_way(world: World) -> None:
    """Stop waits for the attempt and its result; nothing is left to be taken over."""
    released, gate = gated()
    world.receiver.answer(gate)
    await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    stopping = asyncio.create_task(sender.stop())
    await world.until(lambda connection: connection.execute(sa.text("SELECT 1")).scalar() == 1)
    assert not stopping.done()
    released.set()
    await stopping

    (delivery,) = await world.deliveries()
    assert (delivery.state, delivery.in_flight) == (DeliveryState.SUCCEEDED, False)


async def test_due_work_survives_a_restart(world: World) -> None:
    """Events recorded while nothing planned, and deliveries planned while nothing sent, go out once both run."""
    await world.endpoint()
    await world.record(opening())
    planner = await world.plan()
    await world.planned()
    await planner.stop()
    assert world.receiver.calls == []

    await world.send()
    (delivery,) = await world.settled(1)

    assert delivery.state is DeliveryState.SUCCEEDED


async def test_what_waits_for_one_that_ended_another_way_is_let_go(world: World) -> None:
    """Set aside behind a delivery that nobody's attempt finished: the next tidying finds it."""
    await world.endpoint(ordering=Ordering.LIVE_SESSION)
    await world.plan()
    await world.record(opening(), closing())
    await world.planned()
    first, second = await world.deliveries()

    def end(tx: Tx, commands: Sequence[None]) -> Sequence[None]:
        due_store.set_aside(tx, [(second.id, first.id)])
        ended = {"state": "failed", "finished_at": tx.now}
        tx.connection.execute(deliveries.update().where(deliveries.c.id == first.id).values(ended))
        return [None]

    await world.commit.run(Action("end_for_test", end), None, lane=0)
    sender = world.sender()
    assert (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed == []

    assert await world.commit.run(sender.tidy, None, lane=0) == 1

    (claimed,) = (await world.commit.run(sender.claim, Claim({}, 16), lane=0)).claimed
    assert claimed.delivery_id == second.id
    assert await world.commit.run(sender.tidy, None, lane=0) == 0
