"""What is kept, and for how long: nothing that is still needed goes, and all else does."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from tests.suites.callbacks.receiver import silence, status
from turnout.callbacks import retention
from turnout.callbacks.actions import HOLD_ENDPOINT, TEST_ENDPOINT, HoldEndpoint, TestEndpoint
from turnout.callbacks.feed_actions import ACKNOWLEDGE, Acknowledge
from turnout.callbacks.queries import read_feed, sizes
from turnout.callbacks.redeliverer import Redeliverer
from turnout.callbacks.redelivery_actions import BEGIN_REDELIVERY, REDELIVER, BeginRedelivery, Redeliver
from turnout.callbacks.retention import Retention
from turnout.callbacks.retention_actions import DELETE_ATTEMPTS, DeleteAttempts
from turnout.callbacks.rules import Delivery, DeliveryState, NoSuchDelivery, Outcome
from turnout.callbacks.store import attempts, deliveries, endpoint_hours
from turnout.config import Config
from turnout.kernel.clock import Instant
from turnout.kernel.ids import HostId, LiveSessionId, RoomId
from turnout.rooms import queries as rooms_queries
from turnout.rooms import store as rooms_store
from turnout.rooms.rules import LiveSession, LiveSessionState
from turnout.storage.action import Action
from turnout.storage.event_log import events, read_events, stream_head
from turnout.storage.transaction import Tx

CONFIG = Config(attempts_kept_days=30, events_kept_days=90)
DAY_S = 86_400
LIVE_SESSION = 4


def keeping(world: World, ended: Collection[int] = (LIVE_SESSION,)) -> Retention:
    """A retention to which these live sessions ended long ago."""

    def ended_streams(_connection: sa.Connection, _before: Instant, after: int, limit: int) -> Sequence[int]:
        return sorted(stream_id for stream_id in ended if stream_id > after)[:limit]

    return Retention(world.runtime, CONFIG, ended_streams)


async def delivered(world: World, count: int = 2) -> list[Delivery]:
    """Deliveries of so many events, all finished."""
    planner, sender = await world.plan(), await world.send()
    await world.record(*(opening(survey) for survey in range(count)))
    found = await world.settled(count)
    await sender.stop()
    await planner.stop()
    return found


async def kept(world: World, table: sa.Table) -> int:
    """How many rows there are."""
    count: int = await world.database.read(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )
    return count


async def event_numbers(world: World, stream_id: int = LIVE_SESSION) -> list[int]:
    """Of the events that are kept of a stream."""
    found = await world.database.read(lambda connection: read_events(connection, stream_id, 0, 1000))
    return [event.number for event in found]


async def test_attempts_go_first(world: World) -> None:
    """The delivery stays with its bytes, is described without them, and can be sent again; the next attempt goes on counting."""
    await world.endpoint()
    (delivery,) = await delivered(world, 1)
    before = await world.inspect(delivery.id)
    world.clock.advance(29 * DAY_S)
    await keeping(world, ()).let_go()
    assert await kept(world, attempts) == 1

    world.clock.advance(2 * DAY_S)
    retaining = keeping(world, ())
    await retaining.let_go()

    after = await world.inspect(delivery.id)
    assert (after[1], after[2]) == (before[1], [])
    assert (after[0].state, after[0].attempts_made) == (DeliveryState.SUCCEEDED, 1)
    await world.send()
    await world.commit.run(REDELIVER, Redeliver(ACCOUNT, delivery.id), lane=ACCOUNT)
    await world.receiver.called(2)
    await world.settled(1, DeliveryState.SUCCEEDED)
    await world.quiet()
    await retaining.let_go()
    assert [attempt.number for attempt in await world.attempts(delivery)] == [2]
    assert len({call.body for call in world.receiver.calls}) == 1


async def test_what_became_due_again_keeps_its_attempts(world: World) -> None:
    """Between the look and the deletion somebody redelivered it."""
    await world.endpoint()
    (delivery,) = await delivered(world, 1)
    world.clock.advance(31 * DAY_S)
    await world.commit.run(REDELIVER, Redeliver(ACCOUNT, delivery.id), lane=ACCOUNT)

    deleted = await world.commit.run(DELETE_ATTEMPTS, DeleteAttempts((delivery.id,), world.clock.now()), lane=0)

    assert deleted == 0
    assert len(await world.attempts(delivery)) == 1


async def test_events_of_ended_live_sessions_go_with_all_their_deliveries(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small batches, to the last; those of one that runs stay, and the stream goes on with its next number under its epoch."""
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "EVENTS_BATCH", 2)
    await world.endpoint()
    await world.endpoint("/other")
    await world.plan()
    await world.send()
    await world.record(*(event(survey) for survey in range(3) for event in (opening, closing)), opening(9, live_session=5))
    await world.settled(14)
    epoch, last = await world.database.read(lambda connection: stream_head(connection, LIVE_SESSION))
    world.clock.advance(91 * DAY_S)

    await keeping(world).let_go()

    assert await event_numbers(world) == []
    assert await event_numbers(world, 5) == [1]
    assert await kept(world, deliveries) == 2
    assert await kept(world, attempts) == 0
    await world.record(opening(10))
    assert await event_numbers(world) == [last + 1]
    assert await world.database.read(lambda connection: stream_head(connection, LIVE_SESSION)) == (epoch, last + 1)


async def test_an_unfinished_delivery_keeps_its_event_and_what_follows(world: World) -> None:
    """Due, or finished lately: what came before it goes, so that what is left is without gaps."""
    await world.endpoint()
    await delivered(world, 2)
    await world.plan()
    await world.record(opening(7), opening(8))
    await world.planned()
    world.clock.advance(91 * DAY_S)

    await keeping(world).let_go()
    assert await event_numbers(world) == [3, 4]
    await world.send()
    await world.settled(2, DeliveryState.SUCCEEDED)
    await keeping(world).let_go()
    assert await event_numbers(world) == [3, 4]
    world.clock.advance(31 * DAY_S)
    await keeping(world).let_go()
    assert await event_numbers(world) == []


async def test_what_is_not_planned_stays(world: World) -> None:
    """However old: its deliveries are still owed."""
    await world.endpoint()
    await world.record(opening())
    world.clock.advance(400 * DAY_S)

    await keeping(world).let_go()

    assert await event_numbers(world) == [1]
    await world.plan()
    await world.send()
    (delivery,) = await world.settled(1)
    assert delivery.state is DeliveryState.SUCCEEDED


async def test_what_waits_at_a_held_endpoint_fails_visibly(world: World) -> None:
    """With words, as an attempt; it can be seen and sent again for as long as attempts are kept, and then it goes. What waits at an
    endpoint at work is left alone."""
    paused, working = await world.endpoint(), await world.endpoint("/working")
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, paused.id, True), lane=ACCOUNT)
    await world.plan()
    await world.record(opening(), closing())
    await world.planned()
    world.clock.advance(89 * DAY_S)
    await keeping(world).let_go()
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.DUE}

    world.clock.advance(2 * DAY_S)
    await keeping(world).let_go()

    failed = [delivery for delivery in await world.deliveries() if delivery.endpoint_id == paused.id]
    assert [delivery.state for delivery in failed] == [DeliveryState.FAILED] * 2
    (attempt,) = await world.attempts(failed[0])
    words = "Nothing was sent: for 90 days the endpoint was paused or disabled, or nobody read the feed. Events are kept no longer."
    assert (attempt.outcome, attempt.explanation) == (Outcome.EXPIRED, words)
    assert {delivery.state for delivery in await world.deliveries() if delivery.endpoint_id == working.id} == {DeliveryState.DUE}
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, paused.id, False), lane=ACCOUNT)
    await world.commit.run(REDELIVER, Redeliver(ACCOUNT, failed[0].id), lane=ACCOUNT)
    await world.send()
    await world.settled(3, DeliveryState.SUCCEEDED)
    world.clock.advance(31 * DAY_S)
    await keeping(world).let_go()
    assert await world.deliveries() == []


async def test_what_a_dead_sender_had_in_hand_fails_too(world: World) -> None:
    """Its endpoint was paused meanwhile, so nobody claimed it again: both attempts say what happened, and its event goes in the end."""
    world.receiver.answer(silence)
    endpoint = await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.kill(sender)
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, True), lane=ACCOUNT)
    world.clock.advance(91 * DAY_S)

    await keeping(world).let_go()

    (failed,) = await world.deliveries()
    assert (failed.state, failed.in_flight, failed.attempts_made) == (DeliveryState.FAILED, False, 2)
    assert [attempt.outcome for attempt in await world.attempts(failed)] == [Outcome.ABANDONED, Outcome.EXPIRED]
    world.clock.advance(31 * DAY_S)
    await keeping(world).let_go()
    assert await event_numbers(world) == []


async def test_what_nobody_reads_fails_and_can_still_be_read(world: World) -> None:
    """The receiver of a feed that comes back late gets it, in order, and acknowledges it."""
    feed = await world.endpoint(url="")
    await world.plan()
    await world.record(opening(), closing())
    await world.planned()
    world.clock.advance(91 * DAY_S)
    await keeping(world).let_go()
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.FAILED}

    messages, _, _ = await world.database.read(lambda connection: read_feed(connection, ACCOUNT, feed.id, None, 10))
    assert [message.number for message in messages] == [1, 2]
    await world.commit.run(ACKNOWLEDGE, Acknowledge(ACCOUNT, feed.id, 2), lane=ACCOUNT)
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.SUCCEEDED}


async def test_events_of_the_account_go_too(world: World) -> None:
    """Those of no live session, when they are old."""
    endpoint = await world.endpoint()
    await world.plan()
    await world.send()
    await world.commit.run(TEST_ENDPOINT, TestEndpoint(ACCOUNT, endpoint.id), lane=ACCOUNT)
    await world.receiver.called(1)
    await world.until(lambda connection: connection.execute(sa.select(deliveries.c.state)).scalars().all() == ["succeeded"])
    world.clock.advance(91 * DAY_S)
    await world.commit.run(TEST_ENDPOINT, TestEndpoint(ACCOUNT, endpoint.id), lane=ACCOUNT)
    await world.receiver.called(2)

    await keeping(world, ()).let_go()

    assert await event_numbers(world, ACCOUNT) == [2]
    assert await kept(world, deliveries) == 1


async def test_old_figures_go(world: World) -> None:
    """Hours of before the time that events are kept."""
    await world.endpoint()
    await delivered(world, 1)
    assert await kept(world, endpoint_hours) == 1
    world.clock.advance(91 * DAY_S)

    await keeping(world, ()).let_go()

    assert await kept(world, endpoint_hours) == 0


async def test_sending_again_meets_retention(world: World) -> None:
    """Each delivery either goes, and whoever wanted it is told so, or stays with its event and is sent."""
    await world.endpoint()
    found = await delivered(world, 30)
    world.clock.advance(91 * DAY_S)

    outcomes = await asyncio.gather(
        keeping(world).let_go(),
        *(world.commit.run(REDELIVER, Redeliver(ACCOUNT, delivery.id), lane=delivery.id) for delivery in found),
        return_exceptions=True,
    )

    assert outcomes[0] is None
    due = {outcome.id for outcome in outcomes[1:] if isinstance(outcome, Delivery)}
    assert {type(outcome) for outcome in outcomes[1:]} <= {Delivery, NoSuchDelivery}
    left = await world.deliveries()
    assert due <= {delivery.id for delivery in left}
    world.receiver.answer(status(200))
    await world.send()
    await world.until(lambda connection: connection.execute(sa.select(deliveries.c.id).where(deliveries.c.state == "due")).first() is None)
    assert {delivery.state for delivery in await world.deliveries()} <= {DeliveryState.SUCCEEDED}


async def test_planning_what_is_missing_meets_retention(world: World) -> None:
    """No delivery is left without its event, whichever of the two comes first to each."""
    planner = await world.plan()
    await world.record(*(opening(survey, live_session=survey % 5 + 100) for survey in range(40)))
    await world.planned()
    await planner.stop()
    world.clock.advance(91 * DAY_S)
    endpoint = await world.endpoint()
    command = BeginRedelivery(ACCOUNT, endpoint.id, True, 0, world.clock.now(), (), ("survey.opened",))
    await world.commit.run(BEGIN_REDELIVERY, command, lane=0)
    redeliverer = Redeliverer(world.runtime, world.dialects, at_once=3, lease_clock=world.lease_clock)

    await asyncio.gather(
        keeping(world, range(100, 105)).let_go(),
        *(world.commit.run(redeliverer.page, None, lane=lane) for lane in range(20)),
    )

    orphans = sa.select(deliveries.c.id).outerjoin(
        events, sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number)
    )
    orphans = orphans.where(events.c.number.is_(None))
    assert await world.database.read(lambda connection: connection.execute(orphans).all()) == []


async def test_what_is_to_be_kept_for_ever_stays(world: World) -> None:
    """0 days: attempts, and with them the events of their deliveries; or events, while attempts go."""
    paused = await world.endpoint()
    await delivered(world, 1)
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, paused.id, True), lane=ACCOUNT)
    await world.plan()
    await world.record(closing())
    await world.planned()
    world.clock.advance(400 * DAY_S)

    def ended_streams(_connection: sa.Connection, _before: Instant, after: int, _limit: int) -> Sequence[int]:
        return [LIVE_SESSION] if after < LIVE_SESSION else []

    await Retention(world.runtime, Config(attempts_kept_days=0, events_kept_days=90), ended_streams).let_go()
    assert (await kept(world, attempts), await kept(world, events)) == (2, 2)  # one says why the second was given up
    await Retention(world.runtime, Config(attempts_kept_days=30, events_kept_days=0), ended_streams).let_go()
    assert (await kept(world, attempts), await kept(world, events)) == (1, 2)


async def test_it_looks_when_it_starts(world: World) -> None:
    """What a stopped server left is let go of after its start."""
    await world.endpoint()
    await delivered(world, 1)
    world.clock.advance(91 * DAY_S)
    retaining = keeping(world)

    await retaining.start()
    await world.until(lambda connection: connection.execute(sa.select(events.c.number)).first() is None)
    await retaining.stop()


async def test_which_live_sessions_have_ended(world: World) -> None:
    """Those that ended before the instant and have events, in pages by their ids; one that runs is none of them."""

    def claim(tx: Tx, ended: Sequence[tuple[int, Instant | None]]) -> Sequence[None]:
        for number, ended_at in ended:
            state = LiveSessionState.RUNNING if ended_at is None else LiveSessionState.ENDED
            made = LiveSession(LiveSessionId(number), RoomId(number), ACCOUNT, HostId(1), "", "", state, 1, ended_at)
            assert rooms_store.claim_live_session(tx, made)
        return [None] * len(ended)

    for one in ((11, 5), (12, 100), (13, None), (14, 6), (15, 7)):
        await world.commit.run(Action("claim_for_test", claim), one, lane=0)
    await world.record(*(opening(live_session=number) for number in (11, 12, 13, 14)))

    def ended(after: int, limit: int) -> Any:
        return world.database.read(lambda connection: rooms_queries.list_ended_with_events(connection, 50, after, limit))

    assert await ended(0, 10) == [11, 14]
    assert await ended(0, 1) == [11]
    assert await ended(11, 10) == [14]


async def test_how_much_is_kept_is_counted(world: World) -> None:
    """For `turnout doctor`."""
    await world.endpoint()
    found = await delivered(world, 2)

    counted = await world.database.read(sizes)

    assert (counted.events, counted.deliveries, counted.attempts, counted.due) == (2, 2, 2, 0)
    assert counted.oldest_event_at == min(delivery.event_at for delivery in found)
