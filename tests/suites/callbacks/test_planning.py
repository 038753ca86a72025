"""Which endpoints get which events, under which ordering key, and what feeds are given."""

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from typing_extensions import override

from tests.suites.callbacks.conftest import ACCOUNT, Recorded, World, closing, opening
from turnout.callbacks.actions import HOLD_ENDPOINT, HoldEndpoint
from turnout.callbacks.notices import disable_endpoint
from turnout.callbacks.rules import DeliveryState, Endpoint, EndpointFacts, Ordering, Outcome
from turnout.callbacks.store import deliveries
from turnout.dialects.contract import TESTED, EncodedBody, Options, Part
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import EndpointId, RoomId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

ROOM = opening()[1].room_id
OTHER_ROOM = RoomId(ROOM + 1)


def elsewhere(recorded: Recorded) -> Recorded:
    """The same event in another room."""
    return recorded[0], msgspec.structs.replace(recorded[1], room_id=OTHER_ROOM)


async def try_endpoint(world: World, endpoint: Endpoint) -> None:
    """Somebody tries it."""

    def record(tx: Tx, commands: Any) -> list[int]:
        facts = EndpointFacts(endpoint.id, endpoint.account_id, endpoint.url, endpoint.dialect, endpoint.name)
        return [tx.record(stream_id=endpoint.account_id, account_id=endpoint.account_id, kind=TESTED, facts=facts, at=tx.now)]

    await world.commit.run(Action("try_for_test", record), None, lane=0)


async def planned_for(world: World) -> dict[EndpointId, int]:
    """How many deliveries each endpoint has, once every event is planned."""
    await world.planned()

    def count(connection: sa.Connection) -> dict[EndpointId, int]:
        found = connection.execute(sa.select(deliveries.c.endpoint_id, sa.func.count()).group_by(deliveries.c.endpoint_id))
        return {EndpointId(row[0]): row[1] for row in found}

    return await world.database.read(count)


async def keys_of(world: World) -> list[tuple[int, str]]:
    """(event, ordering key) of every delivery, in order."""
    await world.planned()
    columns = (deliveries.c.event_number, deliveries.c.ordering_key)
    found = await world.database.read(lambda connection: list(connection.execute(sa.select(*columns).order_by(deliveries.c.event_number))))
    return [(row[0], row[1]) for row in found]


async def test_an_endpoint_gets_the_kinds_it_names(world: World) -> None:
    """None named: all."""
    every = await world.endpoint("/every")
    opened = await world.endpoint("/opened", kinds=("survey.opened",))
    await world.endpoint("/settled", kinds=("survey.settled",))
    await world.plan()
    await world.record(opening(), closing())

    assert await planned_for(world) == {every.id: 2, opened.id: 1}


async def test_an_endpoint_of_a_room_gets_that_rooms_events(world: World) -> None:
    """Another room's go past it, and past nobody else."""
    every = await world.endpoint("/every")
    here = await world.endpoint("/here", room_id=ROOM)
    there = await world.endpoint("/there", room_id=OTHER_ROOM)
    await world.plan()
    await world.record(opening(), closing(), elsewhere(opening(6)))

    assert await planned_for(world) == {every.id: 3, here.id: 2, there.id: 1}


class Trying(QuanshiCallbacks):
    """Quanshi with a form for trying an endpoint."""

    @override
    def plan(self, event: Event, options: Options) -> tuple[Part, ...]:
        return (Part("test"),) if event.kind == TESTED else tuple(super().plan(event, options))

    @override
    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        return b"{}" if event.kind == TESTED else super().encode(event, part, options)


async def test_a_test_goes_to_the_endpoint_it_tests(world: World) -> None:
    """Whatever kinds and room that one has, and to no other."""
    world.dialects = {"quanshi": Trying(world.runtime.ids)}
    tried = await world.endpoint("/tried", kinds=("survey.settled",), room_id=OTHER_ROOM)
    await world.endpoint("/other")
    await world.plan()
    await world.send()
    await try_endpoint(world, tried)

    (call,) = await world.receiver.called(1, "/tried")
    await world.settled(1, DeliveryState.SUCCEEDED)

    assert call.body == b"{}"
    assert await planned_for(world) == {tried.id: 1}


async def test_what_is_disabled_is_not_told_so(world: World) -> None:
    """Once it is resumed that would be wrong; the account's other endpoints are told."""
    world.dialects = {"native": NativeCallbacks(world.runtime.ids)}
    disabled, other = await world.endpoint(dialect="native"), await world.endpoint("/other", dialect="native")

    def disable(tx: Tx, commands: Any) -> list[None]:
        disable_endpoint(tx, disabled, "It failed for days.")
        return [None]

    await world.commit.run(Action("disable_for_test", disable), None, lane=0)
    await world.plan()

    assert await planned_for(world) == {other.id: 1}


class _Unreadable(msgspec.Struct):
    room_id: str = "no number"


async def test_facts_that_nobody_can_read_hold_back_nothing(world: World) -> None:
    """They become a delivery that fails and says so, and what comes after them is planned."""
    here = await world.endpoint(room_id=ROOM)
    await world.plan()
    await world.send()

    def record(tx: Tx, commands: Any) -> list[int]:
        return [tx.record(stream_id=4, account_id=ACCOUNT, kind="survey.opened", facts=_Unreadable(), at=tx.now)]

    await world.commit.run(Action("record_for_test", record), None, lane=4)
    await world.record(opening())

    failed, sent = await world.settled(2)
    assert (failed.state, sent.state) == (DeliveryState.FAILED, DeliveryState.SUCCEEDED)
    assert [attempt.outcome for attempt in await world.attempts(failed)] == [Outcome.NOT_SENDABLE]
    assert {failed.endpoint_id, sent.endpoint_id} == {here.id}


@pytest.mark.parametrize(
    ("ordering", "keys"),
    [
        (Ordering.DIALECT, [(1, "survey:5"), (2, "survey:5"), (3, "survey:6")]),
        (Ordering.LIVE_SESSION, [(1, "live"), (2, "live"), (3, "live")]),
        (Ordering.FREE, [(1, "1.0"), (2, "2.0"), (3, "3.0")]),
    ],
)
async def test_the_endpoint_may_choose_what_waits_for_what(world: World, ordering: Ordering, keys: list[tuple[int, str]]) -> None:
    """The dialect's order, one order for each live session, or none."""
    await world.endpoint(ordering=ordering)
    await world.plan()
    await world.record(opening(5), closing(5), opening(6))

    assert await keys_of(world) == keys


async def feed_of(world: World, endpoint: Endpoint) -> list[tuple[int, bytes]]:
    """(number, body) of what a feed holds, in order."""
    columns = (deliveries.c.feed_number, deliveries.c.body)
    statement = sa.select(*columns).where(deliveries.c.endpoint_id == endpoint.id, deliveries.c.feed_number.is_not(None))
    found = await world.database.read(lambda connection: list(connection.execute(statement.order_by(deliveries.c.feed_number))))
    return [(row[0], bytes(row[1])) for row in found]


async def test_a_feed_is_numbered_without_gaps_and_never_sent(world: World) -> None:
    """However many planners plan for it at once, of however many live sessions; each holds its body from the beginning."""
    first, second = await world.endpoint(url=""), await world.endpoint(url="")
    await world.plan()
    await world.plan()
    await world.send()
    await asyncio.gather(*(world.record(*(opening(survey, live_session=survey) for survey in range(n, n + 5))) for n in range(100, 150, 5)))
    assert await planned_for(world) == {first.id: 50, second.id: 50}

    for feed in (first, second):
        held = await feed_of(world, feed)
        assert [number for number, _ in held] == list(range(1, 51))
        assert len({body for _, body in held}) == 50
    assert world.receiver.calls == []


async def test_the_numbers_of_a_feed_keep_the_order_of_a_live_session(world: World) -> None:
    """A later event never has a lower number."""
    feed = await world.endpoint(url="", ordering=Ordering.FREE)
    await world.plan()
    await world.plan()
    for survey in range(100, 110):
        await world.record(opening(survey), closing(survey))
    await planned_for(world)

    columns = (deliveries.c.event_number,)
    statement = sa.select(*columns).where(deliveries.c.endpoint_id == feed.id).order_by(deliveries.c.feed_number)
    numbers = await world.database.read(lambda connection: [row[0] for row in connection.execute(statement)])
    assert numbers == sorted(numbers)
    assert len(numbers) == 20


class Clumsy(QuanshiCallbacks):
    """A dialect that cannot encode what is about survey 13."""

    @override
    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        if b'"survey_id":13,' in event.facts:
            raise ValueError("cannot encode this")
        return super().encode(event, part, options)


async def test_what_a_feed_cannot_be_given_fails_visibly_and_leaves_no_gap(world: World) -> None:
    """A fault of a dialect is an attempt with an explanation; what comes after it has the next number."""
    world.dialects = {"quanshi": Clumsy(world.runtime.ids)}
    feed = await world.endpoint(url="")
    await world.plan()
    await world.record(opening(12), opening(13), opening(14))

    await world.planned()
    (before, failed, after) = await world.deliveries()

    assert [one.state for one in (before, failed, after)] == [DeliveryState.DUE, DeliveryState.FAILED, DeliveryState.DUE]
    assert [number for number, _ in await feed_of(world, feed)] == [1, 2]
    (attempt,) = await world.attempts(failed)
    assert (attempt.outcome, "ValueError" in attempt.explanation) == (Outcome.NOT_SENDABLE, True)


async def test_a_planner_that_dies_leaves_no_gap_in_a_feed(world: World) -> None:
    """Numbers taken in a transaction that is undone are taken again."""
    feed = await world.endpoint(url="")
    planner = await world.plan()
    await world.record(opening(12))
    await world.planned()
    await planner.stop()
    await world.record(opening(13))

    def plan_and_die(tx: Tx, commands: Any) -> list[None]:
        assert planner._plan_once(tx, 10) == 1
        raise RuntimeError("died")

    with pytest.raises(TurnoutError):
        await world.commit.run(Action("die_for_test", plan_and_die), None, lane=0)
    await world.plan()
    await world.planned()

    assert [number for number, _ in await feed_of(world, feed)] == [1, 2]


async def test_what_is_paused_is_planned_and_waits(world: World) -> None:
    """Nothing is lost by a pause, and nothing is sent in it."""
    endpoint = await world.endpoint()
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, True), lane=0)
    await world.plan()
    sender = await world.send()
    await world.record(opening(), closing())
    assert await planned_for(world) == {endpoint.id: 2}
    sender.wake()
    await world.record(opening(6))
    assert await planned_for(world) == {endpoint.id: 3}
    assert world.receiver.calls == []

    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, False), lane=0)

    assert {one.state for one in await world.settled(3)} == {DeliveryState.SUCCEEDED}
