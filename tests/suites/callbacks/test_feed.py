"""A feed: an endpoint without a URL, whose receiver asks for what would have been sent to it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.suites.callbacks.calling import client_of
from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from turnout.callbacks import feed_actions
from turnout.callbacks.actions import REMOVE_ENDPOINT, RemoveEndpoint
from turnout.callbacks.feed_actions import ACKNOWLEDGE, Acknowledge
from turnout.callbacks.feeds import Feeds
from turnout.callbacks.restored_actions import LEAVE_LOST_NUMBERS, LeaveLostNumbers
from turnout.callbacks.rules import DeliveryState, Endpoint
from turnout.kernel import limits
from turnout.kernel.errors import TooManyRequests
from turnout.kernel.ids import Kind
from turnout.storage.restored import SKIPPED_IDS

FEED = "/api/v1/callbacks/feed"


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the account."""
    feeds = Feeds(world.runtime, poll_s=10.0)  # so that what is answered sooner was nudged
    world._nudged.append(feeds.on_nudges)
    async with client_of(world, feeds=feeds) as client:
        yield client
    await feeds.stop()


class Reader:
    """The receiver of a feed."""

    def __init__(self, world: World, api: httpx.AsyncClient, endpoint: Endpoint) -> None:
        self.id = world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)
        self._api = api

    async def read(self, **query: Any) -> dict[str, Any]:
        """A page."""
        answer = await self._api.get(FEED, params={"endpoint": self.id, **query})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def acknowledge(self, through: int) -> dict[str, Any]:
        """Where the feed stands then."""
        answer = await self._api.post(f"{FEED}/acknowledge", json={"endpoint": self.id, "through": through})
        position: dict[str, Any] = answer.json()
        return position


@pytest.fixture
async def reader(world: World, api: httpx.AsyncClient) -> Reader:
    """The receiver of a new feed."""
    return Reader(world, api, await world.endpoint(url=""))


def numbers(page: dict[str, Any]) -> list[int]:
    """Of its messages."""
    return [message["number"] for message in page["messages"]]


async def test_a_feed_is_read_in_pages(world: World, reader: Reader) -> None:
    """Numbers ascend without gaps from 1; each message says what happened, and is what would have been posted; reading changes nothing."""
    called = await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing(), opening(9, live_session=6))
    await world.settled(3, DeliveryState.SUCCEEDED)
    assert called.url

    first = await reader.read(limit=2)
    second = await reader.read(after=first["next"], limit=2)

    assert (numbers(first), first["next"], first["last"]) == ([1, 2], 2, 3)
    assert (numbers(second), second["next"]) == ([3], 3)
    assert await reader.read(after=3) == {"messages": [], "next": 3, "last": 3}
    assert numbers(await reader.read()) == [1, 2, 3]
    assert [message["kind"] for message in first["messages"]] == ["survey.opened", "survey.closed"]
    posted = {bytes(call.body).strip() for call in world.receiver.calls}
    assert len(world.receiver.calls) == 3
    assert len(posted) == 3
    assert {message["body"]["dataType"] for message in first["messages"] + second["messages"]}


async def test_reading_begins_behind_what_was_acknowledged(world: World, reader: Reader) -> None:
    """And acknowledging again, or less, changes nothing: those deliveries have succeeded once."""
    await world.plan()
    await world.record(*(opening(survey) for survey in range(5)))
    await world.planned()

    assert await reader.acknowledge(3) == {"acknowledged": 3, "last": 5}
    finished = [delivery.finished_at for delivery in await world.deliveries()]
    assert await reader.acknowledge(3) == {"acknowledged": 3, "last": 5}
    assert await reader.acknowledge(1) == {"acknowledged": 3, "last": 5}

    assert [delivery.finished_at for delivery in await world.deliveries()] == finished
    assert [delivery.state for delivery in await world.deliveries()] == [DeliveryState.SUCCEEDED] * 3 + [DeliveryState.DUE] * 2
    assert numbers(await reader.read()) == [4, 5]
    assert numbers(await reader.read(after=1)) == [2, 3, 4, 5]
    assert await reader.acknowledge(5) == {"acknowledged": 5, "last": 5}
    assert await reader.read() == {"messages": [], "next": 5, "last": 5}


async def test_many_are_acknowledged_in_pages(world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request acknowledges all, though one transaction does not."""
    monkeypatch.setattr(feed_actions, "ACKNOWLEDGED_AT_ONCE", 2)
    await world.plan()
    await world.record(*(opening(survey) for survey in range(5)))
    await world.planned()

    assert await reader.acknowledge(5) == {"acknowledged": 5, "last": 5}
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.SUCCEEDED}


async def test_what_is_wrong_is_refused_by_its_name(world: World, api: httpx.AsyncClient, reader: Reader) -> None:
    """A number no message has had; an endpoint that is called; another account's, a removed one; a host who may only look."""
    called = await world.endpoint()
    for number in (1, -1):
        beyond = await api.post(f"{FEED}/acknowledge", json={"endpoint": reader.id, "through": number})
        assert (beyond.status_code, beyond.json()["field"]) == (400, "through")
    ahead = await api.get(FEED, params={"endpoint": reader.id, "after": 1})
    assert (ahead.status_code, ahead.json()["field"]) == (400, "after")
    refused = await api.get(FEED, params={"endpoint": world.runtime.ids.text(Kind.ENDPOINT, called.id)})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_feed")
    assert (await api.get(FEED, params={"endpoint": reader.id}, headers={"X-Account": "77"})).status_code == 404
    asked = {"endpoint": reader.id, "through": 0}
    assert (await api.post(f"{FEED}/acknowledge", json=asked, headers={"X-Account": "77"})).status_code == 404
    assert (await api.post(f"{FEED}/acknowledge", json=asked, headers={"X-Role": "host"})).status_code == 403
    removed = await world.endpoint(url="")
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(ACCOUNT, removed.id), lane=ACCOUNT)
    assert (await api.get(FEED, params={"endpoint": world.runtime.ids.text(Kind.ENDPOINT, removed.id)})).status_code == 404


async def test_after_a_restore_no_number_is_given_again(world: World, reader: Reader) -> None:
    """Its receiver has acknowledged more than the backup knows of: it goes on behind the number it kept, and acknowledges what comes now,
    in few steps over the numbers that are skipped."""
    called = await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    kept = 7  # from the lost time

    assert await world.commit.run(LEAVE_LOST_NUMBERS, LeaveLostNumbers(), lane=0) == 1
    await world.record(closing())
    await world.planned()

    page = await reader.read(after=kept)
    (message,) = page["messages"]
    assert message["kind"] == "survey.closed"
    assert message["number"] == page["last"] == 2 + SKIPPED_IDS
    await reader.acknowledge(kept)
    assert await reader.acknowledge(page["next"]) == {"acknowledged": page["next"], "last": page["next"]}
    assert (await reader.read())["messages"] == []
    assert {delivery.feed_number for delivery in await world.deliveries() if delivery.endpoint_id == called.id} == {None}


async def test_a_feed_that_is_none_is_refused_by_its_name(api: httpx.AsyncClient) -> None:
    """In the query and in the body."""
    for endpoint in ("nonsense", "ep_0000000000000"):
        answers = (
            await api.get(FEED, params={"endpoint": endpoint}),
            await api.post(f"{FEED}/acknowledge", json={"endpoint": endpoint, "through": 1}),
        )
        assert [(answer.status_code, answer.json()["field"]) for answer in answers] == [(404, "endpoint")] * 2


async def test_nothing_of_a_feed_is_sent(world: World, reader: Reader) -> None:
    """Whoever sends passes it by, also for other endpoints' sake."""
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing())
    await world.settled(2, DeliveryState.SUCCEEDED)

    assert len(world.receiver.calls) == 2
    assert numbers(await reader.read()) == [1, 2]
    waiting = [delivery for delivery in await world.deliveries() if delivery.feed_number is not None]
    assert [delivery.state for delivery in waiting] == [DeliveryState.DUE] * 2


async def test_two_planners_number_without_gaps(world: World, reader: Reader) -> None:
    """However their transactions fall, a reader that follows misses nothing and sees nothing twice."""
    first, second = await world.plan(), await world.plan()
    followed: list[int] = []

    async def follow() -> None:
        while len(followed) < 100:
            page = await reader.read(after=followed[-1] if followed else 0, limit=7, wait=1)
            followed.extend(numbers(page))

    following = asyncio.create_task(follow())
    await asyncio.gather(
        *(world.record(*(opening(survey, live_session=survey) for survey in range(n, n + 10))) for n in range(100, 200, 10))
    )
    first.wake()
    second.wake()
    async with asyncio.timeout(20):
        await following

    assert followed == list(range(1, 101))


async def test_a_question_waits_for_the_next_message(world: World, reader: Reader) -> None:
    """It is answered as soon as there is one, and with nothing when its time is over."""
    await world.plan()
    waiting = asyncio.create_task(reader.read(wait=20))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done

    await world.record(opening())
    async with asyncio.timeout(5):
        assert numbers(await waiting) == [1]
        assert numbers(await reader.read(after=1, wait=1)) == []


async def test_a_stopping_server_answers_at_once(world: World, reader: Reader) -> None:
    """What waits then is told what there is, and nobody waits after it."""
    feeds = Feeds(world.runtime)
    endpoint_id = world.runtime.ids.parse_text(Kind.ENDPOINT, reader.id)
    waiting = [asyncio.create_task(feeds.read(ACCOUNT, endpoint_id, None, 10, 25)) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert not done

    await feeds.stop()

    async with asyncio.timeout(5):
        assert [found for found, _, _ in await asyncio.gather(*waiting)] == [[], [], []]
        assert (await feeds.read(ACCOUNT, endpoint_id, None, 10, 25))[0] == []


async def test_only_so_many_wait_for_one_feed(world: World, reader: Reader) -> None:
    """One more is told to come again; one that does not wait is answered."""
    feeds = Feeds(world.runtime)
    endpoint_id = world.runtime.ids.parse_text(Kind.ENDPOINT, reader.id)
    waiting = [asyncio.create_task(feeds.read(ACCOUNT, endpoint_id, None, 10, 25)) for _ in range(limits.MAX_FEED_WAITS)]
    await asyncio.wait(waiting, timeout=0.05)

    with pytest.raises(TooManyRequests):
        await feeds.read(ACCOUNT, endpoint_id, None, 10, 25)
    assert (await feeds.read(ACCOUNT, endpoint_id, None, 10, 0))[0] == []

    await feeds.stop()
    await asyncio.gather(*waiting)


async def test_acknowledging_meets_a_removal(world: World, reader: Reader) -> None:
    """Whichever comes first, a delivery ends once: acknowledged or cancelled, and nothing is left due."""
    await world.plan()
    await world.record(*(opening(survey) for survey in range(20)))
    await world.planned()
    endpoint_id = world.runtime.ids.parse_text(Kind.ENDPOINT, reader.id)

    outcomes = await asyncio.gather(
        world.commit.run(ACKNOWLEDGE, Acknowledge(ACCOUNT, endpoint_id, 10), lane=1),
        world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(ACCOUNT, endpoint_id), lane=2),
        world.commit.run(ACKNOWLEDGE, Acknowledge(ACCOUNT, endpoint_id, 15), lane=3),
        return_exceptions=True,
    )

    states = [delivery.state for delivery in await world.deliveries()]
    acknowledged = states.count(DeliveryState.SUCCEEDED)
    assert outcomes[1] is None
    assert acknowledged in (0, 10, 15)
    assert states == [DeliveryState.SUCCEEDED] * acknowledged + [DeliveryState.CANCELLED] * (20 - acknowledged)
