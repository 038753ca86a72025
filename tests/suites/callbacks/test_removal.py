"""A removed endpoint with a long backlog: cancelled in parts, and whoever dies between two leaves nothing sent and nothing forgotten."""

import pytest

from tests.suites.callbacks.conftest import ACCOUNT, World, opening
from turnout.callbacks import due_store, lease_store
from turnout.callbacks.actions import HOLD_ENDPOINT, REMOVE_ENDPOINT, HoldEndpoint, RemoveEndpoint
from turnout.callbacks.claim_actions import Claim
from turnout.callbacks.rules import DeliveryState, Endpoint
from turnout.kernel.ids import EndpointId

BACKLOG = 5


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries are cancelled in one transaction."""
    monkeypatch.setattr(lease_store, "CANCELLED_AT_ONCE", 2)


async def backlog(world: World, url: str | None = None) -> Endpoint:
    """A new endpoint, paused unless it is a feed, with deliveries that wait."""
    endpoint = await world.endpoint(url=url)
    if not endpoint.is_feed:
        await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, endpoint.id, True), lane=ACCOUNT)
    await world.plan()
    await world.record(*(opening(survey) for survey in range(BACKLOG)))
    await world.planned()
    return endpoint


async def remove(world: World, endpoint_id: EndpointId) -> None:
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(ACCOUNT, endpoint_id), lane=ACCOUNT)


async def states(world: World) -> list[DeliveryState]:
    return sorted(delivery.state for delivery in await world.deliveries())


@pytest.mark.usefixtures("in_parts")
async def test_a_kill_between_two_parts_sends_nothing(world: World) -> None:
    """What is not cancelled yet cannot be claimed, nor does anybody look for it; the next tidying goes on with it."""
    endpoint = await backlog(world)
    sender = world.sender()

    await remove(world, endpoint.id)

    assert await states(world) == [DeliveryState.CANCELLED] * 2 + [DeliveryState.DUE] * 3
    assert (await world.commit.run(sender.claim, Claim({}, 16, (endpoint.id,)), lane=0)).claimed == []
    now = world.lease_clock
    calling = await world.database.read(lambda connection: due_store.list_calling(connection, now(connection, 0), world.dialects))
    assert calling == []
    assert [await world.commit.run(sender.tidy, None, lane=0) for _ in range(3)] == [2, 1, 0]
    assert await states(world) == [DeliveryState.CANCELLED] * BACKLOG
    assert all(delivery.finished_at is not None for delivery in await world.deliveries())


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize("url", [None, ""])
async def test_a_new_sender_goes_on_where_the_dead_one_was(world: World, url: str | None) -> None:
    """Of an endpoint that was called and of a feed."""
    endpoint = await backlog(world, url)
    await remove(world, endpoint.id)

    await world.send()
    await world.settled(BACKLOG, DeliveryState.CANCELLED)

    assert world.receiver.calls == []


@pytest.mark.usefixtures("in_parts")
async def test_the_parts_follow_each_other_at_once(world: World) -> None:
    """A running sender is told, long before it would look by itself."""
    endpoint = await backlog(world)
    sender = await world.send()
    await world.until(lambda _: sender._tidy_at > 0)

    await remove(world, endpoint.id)
    await world.settled(BACKLOG, DeliveryState.CANCELLED)

    assert world.receiver.calls == []


async def test_a_short_backlog_is_cancelled_with_the_removal(world: World) -> None:
    """In the same transaction, so whoever removed it sees nothing due."""
    endpoint = await backlog(world)

    await remove(world, endpoint.id)

    assert await states(world) == [DeliveryState.CANCELLED] * BACKLOG
    assert not await world.database.read(lambda connection: lease_store.has_left_behind(connection, 0))
