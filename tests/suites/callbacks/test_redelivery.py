"""Sending again: one delivery, those of a time, and those an endpoint should have had."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.suites.callbacks.calling import client_of
from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from tests.suites.callbacks.receiver import status
from turnout.callbacks import queries, redelivery_actions
from turnout.callbacks.actions import REMOVE_ENDPOINT, RemoveEndpoint
from turnout.callbacks.redeliverer import Redeliverer
from turnout.callbacks.rules import DeliveryState, Endpoint
from turnout.dialects.contract import Patience
from turnout.kernel import limits
from turnout.kernel.ids import Kind

SPAN = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the account; nothing is tried twice, and no test fails so often that first attempts would wait for it."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    async with client_of(world) as client:
        yield client


@pytest.fixture
async def redeliverer(world: World) -> AsyncIterator[Redeliverer]:
    """One that runs, two at once."""
    made = Redeliverer(world.runtime, world.dialects, poll_s=0.05, at_once=2, lease_clock=world.lease_clock)
    world._nudged.append(made.on_nudges)
    await made.start()
    yield made
    await made.stop()


def path_of(world: World, endpoint: Endpoint, what: str) -> str:
    """Where an endpoint is asked to be redelivered."""
    return f"/api/v1/callback-endpoints/{world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)}/{what}"


async def counted(api: httpx.AsyncClient, path: str, **request: Any) -> int:
    """What a redelivery is about."""
    answer = await api.post(path, json={**SPAN, **request})
    assert answer.status_code == 202, answer.text
    count: int = answer.json()["count"]
    return count


async def done(world: World) -> None:
    """Waits until nothing waits to be redelivered."""
    await world.until(lambda connection: not queries.has_redelivery(connection))


async def test_one_is_sent_again_whether_it_succeeded_or_failed(world: World, api: httpx.AsyncClient) -> None:
    """The same id, the same bytes, one attempt more; one that is due is refused, saying so."""
    world.receiver.answer(status(500), status(200))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1, DeliveryState.FAILED)
    path = f"/api/v1/deliveries/{world.runtime.ids.text(Kind.DELIVERY, delivery.id)}"

    for attempts in (2, 3):
        again = await api.post(f"{path}/redeliver")
        assert (again.status_code, again.json()["state"]) == (200, "due")
        await world.receiver.called(attempts)
        await world.settled(1, DeliveryState.SUCCEEDED)
        assert (await api.get(path)).json()["attempts_made"] == attempts

    assert len({call.body for call in world.receiver.calls}) == 1


async def test_what_cannot_be_sent_again_is_refused(world: World, api: httpx.AsyncClient) -> None:
    """What is due already, what a feed has been given, and what has nobody to go to any more."""
    called, feed = await world.endpoint(), await world.endpoint(url="")
    await world.plan()
    await world.record(opening())
    await world.planned()
    due, of_feed = sorted(await world.deliveries(), key=lambda delivery: delivery.feed_number or 0)
    codes = []
    for delivery in (due, of_feed):
        refused = await api.post(f"/api/v1/deliveries/{world.runtime.ids.text(Kind.DELIVERY, delivery.id)}/redeliver")
        codes.append((refused.status_code, refused.json()["code"]))
    refused = await api.post(path_of(world, feed, "redeliver"), json=SPAN)
    codes.append((refused.status_code, refused.json()["code"]))
    await world.send()
    await world.settled(1, DeliveryState.SUCCEEDED)
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(ACCOUNT, called.id), lane=ACCOUNT)
    refused = await api.post(f"/api/v1/deliveries/{world.runtime.ids.text(Kind.DELIVERY, due.id)}/redeliver")
    codes.append((refused.status_code, refused.json()["code"]))

    assert codes == [(409, "not_redeliverable"), (409, "is_feed"), (409, "is_feed"), (409, "endpoint_removed")]


@pytest.mark.parametrize(("asked", "field"), [({"kinds": ["survey.opened", "survey.opend"]}, "kinds[1]"), ({"states": []}, "states")])
async def test_a_redelivery_of_nothing_is_refused(world: World, api: httpx.AsyncClient, asked: dict[str, list[str]], field: str) -> None:
    """A mistyped kind would be counted as none, and none would be sent."""
    refused = await api.post(path_of(world, await world.endpoint(), "redeliver"), json={**SPAN, **asked})

    assert (refused.status_code, refused.json()) == (400, {"code": "invalid_input", "field": field})


async def test_those_of_a_time_are_sent_again(world: World, api: httpx.AsyncClient, redeliverer: Redeliverer) -> None:
    """Only the failed, only of the kinds and the time asked for, each once; and on request those that succeeded too."""
    world.receiver.answer(status(500))
    endpoint = await world.endpoint()
    other = await world.endpoint("/other")
    await world.plan()
    await world.send()
    await world.record(*(event(survey) for survey in range(2) for event in (opening, closing)))
    await world.settled(8)
    world.receiver.answer(status(200))
    path = path_of(world, endpoint, "redeliver")

    assert await counted(api, path, to="2020-01-02T00:00:00Z") == 0
    assert await counted(api, path, kinds=["survey.closed"]) == 2
    await done(world)
    await world.settled(6, DeliveryState.SUCCEEDED)
    states = {(delivery.event_kind, delivery.state) for delivery in await world.deliveries() if delivery.endpoint_id == endpoint.id}
    assert states == {("survey.opened", DeliveryState.FAILED), ("survey.closed", DeliveryState.SUCCEEDED)}

    assert await counted(api, path) == 2
    await done(world)
    await world.settled(8, DeliveryState.SUCCEEDED)
    assert len(world.receiver.calls_to()) == 8
    assert await counted(api, path) == 0

    assert await counted(api, path, states=["failed", "succeeded"]) == 4
    await done(world)
    await world.receiver.called(12)
    await world.settled(8, DeliveryState.SUCCEEDED)
    assert len(world.receiver.calls_to()) == 12
    assert len({call.body for call in world.receiver.calls_to()}) == 4
    assert len(world.receiver.calls_to("/other")) == 4
    assert other.id != endpoint.id


async def test_a_redelivery_goes_on_where_it_was(world: World, api: httpx.AsyncClient) -> None:
    """Its process died between two pages: the next one does the rest, and nothing twice."""
    world.receiver.answer(status(500))
    endpoint = await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(*(opening(survey) for survey in range(4)))
    await world.settled(4)
    await sender.stop()
    assert await counted(api, path_of(world, endpoint, "redeliver")) == 4
    first = Redeliverer(world.runtime, world.dialects, at_once=1, lease_clock=world.lease_clock)
    await world.commit.run(first.page, None, lane=0)
    await world.commit.run(first.page, None, lane=0)
    due = [delivery.id for delivery in await world.deliveries() if delivery.state is DeliveryState.DUE]
    assert len(due) == 2

    second = Redeliverer(world.runtime, world.dialects, at_once=1, lease_clock=world.lease_clock)
    await second.start()
    await done(world)
    await second.stop()

    assert [delivery.state for delivery in await world.deliveries()] == [DeliveryState.DUE] * 4
    world.receiver.answer(status(200))
    await world.send()
    await world.settled(4, DeliveryState.SUCCEEDED)
    assert len(world.receiver.calls) == 8


async def test_few_among_many_are_found_page_by_page(world: World, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page looks at more than so many; one that finds nothing wanted is not the last."""
    monkeypatch.setattr(redelivery_actions, "LOOK_FURTHER", 1)
    endpoint = await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(*(opening(survey) for survey in range(4)))
    await world.settled(4)
    world.receiver.answer(status(500))
    await world.record(closing(9))
    await world.settled(1, DeliveryState.FAILED)
    await sender.stop()
    late = await world.endpoint("/late", kinds=("survey.closed",))
    assert await counted(api, path_of(world, endpoint, "redeliver")) == 1
    assert await counted(api, path_of(world, late, "redeliver-missing")) == 1

    redeliverer = Redeliverer(world.runtime, world.dialects, at_once=2, lease_clock=world.lease_clock)
    pages = 0
    while await world.commit.run(redeliverer.page, None, lane=0):
        pages += 1

    assert pages == 6
    due = [(one.endpoint_id, one.event_kind) for one in await world.deliveries() if one.state is DeliveryState.DUE]
    assert sorted(due) == sorted([(endpoint.id, "survey.closed"), (late.id, "survey.closed")])


async def test_so_many_for_an_endpoint_and_no_more(world: World, api: httpx.AsyncClient) -> None:
    """One more of the same endpoint is refused until one is through; another endpoint's is not."""
    world.receiver.answer(status(500))
    endpoint, other = await world.endpoint(), await world.endpoint("/other")
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.settled(2)
    for _ in range(limits.MAX_REDELIVERIES_PER_ENDPOINT):
        assert await counted(api, path_of(world, endpoint, "redeliver")) == 1

    refused = await api.post(path_of(world, endpoint, "redeliver"), json=SPAN)

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_redeliveries")
    assert await counted(api, path_of(world, other, "redeliver"), states=["failed", "succeeded"]) == 1


async def test_a_redelivery_ends_with_its_endpoint(world: World, api: httpx.AsyncClient) -> None:
    """Nothing becomes due for whom nothing is sent to."""
    world.receiver.answer(status(500))
    endpoint = await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.settled(1)
    assert await counted(api, path_of(world, endpoint, "redeliver")) == 1
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(ACCOUNT, endpoint.id), lane=ACCOUNT)

    redeliverer = Redeliverer(world.runtime, world.dialects, lease_clock=world.lease_clock)
    assert await world.commit.run(redeliverer.page, None, lane=0) is True
    assert await world.commit.run(redeliverer.page, None, lane=0) is False

    assert [delivery.state for delivery in await world.deliveries()] == [DeliveryState.FAILED]


async def test_a_later_endpoint_gets_what_it_missed(world: World, api: httpx.AsyncClient, redeliverer: Redeliverer) -> None:
    """Every event of its kinds once, in order; what it has already is left alone, and asking again finds nothing missing."""
    await world.plan()
    await world.send()
    await world.record(*(event(survey) for survey in range(4) for event in (opening, closing)))
    await world.planned()
    endpoint = await world.endpoint(kinds=("survey.opened",))
    await world.record(opening(9), closing(9))
    await world.settled(1, DeliveryState.SUCCEEDED)
    path = path_of(world, endpoint, "redeliver-missing")

    assert await counted(api, path) == 4
    await done(world)
    await world.settled(5, DeliveryState.SUCCEEDED)

    told = [(delivery.event_kind, delivery.event_number) for delivery in await world.deliveries()]
    assert told == [("survey.opened", number) for number in (1, 3, 5, 7, 9)]
    assert len(world.receiver.calls) == 5
    assert await counted(api, path) == 0
    await done(world)
    assert await counted(api, path, to="2020-01-02T00:00:00Z") == 0


async def test_a_later_feed_gets_what_it_missed(world: World, api: httpx.AsyncClient, redeliverer: Redeliverer) -> None:
    """Its numbers go on without gaps, whatever was planned meanwhile."""
    await world.plan()
    await world.record(*(opening(survey) for survey in range(5)))
    await world.planned()
    feed = await world.endpoint(url="")
    await asyncio.gather(world.record(opening(10), opening(11)), counted(api, path_of(world, feed, "redeliver-missing")))
    await done(world)
    await world.planned()

    page = (await api.get("/api/v1/callbacks/feed", params={"endpoint": world.runtime.ids.text(Kind.ENDPOINT, feed.id)})).json()

    assert [message["number"] for message in page["messages"]] == list(range(1, 8))


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"from": "never"}, "from"), ({"to": "2020-01-01T00:00:00Z"}, "to"), ({"from": "2030-01-01T00:00:00"}, "from")],
)
async def test_a_time_that_is_none_is_refused(world: World, api: httpx.AsyncClient, asked: dict[str, str], field: str) -> None:
    """By its name."""
    endpoint = await world.endpoint()
    for what in ("redeliver", "redeliver-missing"):
        refused = await api.post(path_of(world, endpoint, what), json=SPAN | asked)
        assert (refused.status_code, refused.json()["field"]) == (400, field)


async def test_only_operators_redeliver_many(world: World, api: httpx.AsyncClient) -> None:
    """A host may send one again, and not all of a year."""
    endpoint = await world.endpoint()
    for what in ("redeliver", "redeliver-missing"):
        assert (await api.post(path_of(world, endpoint, what), json=SPAN, headers={"X-Role": "host"})).status_code == 403
