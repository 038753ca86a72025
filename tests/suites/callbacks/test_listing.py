"""Deliveries are found by what is asked of them, and each is shown as it stands."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.dialects.quanshi.facts import OPEN_FACTS
from tests.suites.callbacks.calling import ROOM, client_of
from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from tests.suites.callbacks.receiver import gated, status
from turnout.callbacks import delivery_store
from turnout.callbacks.actions import HOLD_ENDPOINT, REMOVE_ENDPOINT, TEST_ENDPOINT, HoldEndpoint, RemoveEndpoint, TestEndpoint
from turnout.callbacks.rules import DeliveryState, Endpoint, Ordering
from turnout.dialects.contract import DISABLED, TESTED, Patience
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, rfc3339
from turnout.kernel.ids import AccountId, Kind

DELIVERIES = "/api/v1/callbacks/deliveries"
STRANGER = {"X-Account": "77"}


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the account."""
    async with client_of(world) as client:
        yield client


async def listed(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """The deliveries asked for, in one page."""
    answer = await api.get(DELIVERIES, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def text(world: World, kind: Kind, number: int) -> str:
    """An id as it is outside."""
    return world.runtime.ids.text(kind, number)


def told(found: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Event kind and number of each."""
    return [(one["event"]["kind"], one["event"]["number"]) for one in found]


async def test_deliveries_are_found_by_what_is_asked(world: World, api: httpx.AsyncClient) -> None:
    """Endpoint, room, live session, kind and state, alone and together; the newest first."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    world.receiver.answer(status(500), path="/bad")
    good, bad = await world.endpoint(), await world.endpoint("/bad")
    await world.plan()
    await world.send()
    await world.record(opening(), closing(), opening(9, live_session=5))
    await world.settled(6)

    everything = await listed(api)
    assert len(everything) == 6
    assert [one["created_at"] for one in everything] == sorted((one["created_at"] for one in everything), reverse=True)
    assert {one["shown"] for one in everything} == {"succeeded", "failed"}
    of_good = await listed(api, endpoint=text(world, Kind.ENDPOINT, good.id))
    assert told(of_good)[:1] == [("survey.opened", 1)]
    assert {one["endpoint"]["url"] for one in of_good} == {good.url}
    assert {one["live_session"] for one in await listed(api, room=text(world, Kind.ROOM, ROOM))} == {text(world, Kind.LIVE_SESSION, 4)}
    assert len(await listed(api, live_session=text(world, Kind.LIVE_SESSION, 5))) == 2
    assert await listed(api, room=text(world, Kind.ROOM, ROOM), live_session=text(world, Kind.LIVE_SESSION, 5)) == []
    assert {one["event"]["kind"] for one in await listed(api, kind="survey.closed")} == {"survey.closed"}
    assert {one["endpoint"]["id"] for one in await listed(api, state="failed")} == {text(world, Kind.ENDPOINT, bad.id)}
    together = await listed(api, endpoint=text(world, Kind.ENDPOINT, bad.id), state="failed", kind="survey.opened")
    assert told(together) == [("survey.opened", 1)] * 2
    assert await listed(api, state="due") == []
    assert await listed(api, endpoint=text(world, Kind.ENDPOINT, good.id), state="failed") == []


async def test_deliveries_are_found_by_when_they_were_made(world: World, api: httpx.AsyncClient) -> None:
    """The first instant belongs to the time asked for, the second does not."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    world.clock.advance(60)
    await world.record(closing())
    await world.planned()
    late, early = await listed(api)

    assert told(await listed(api, to=late["created_at"])) == told([early])
    assert told(await listed(api, **{"from": late["created_at"]})) == told([late])
    assert told(await listed(api, **{"from": early["created_at"].replace("Z", "+00:00"), "to": late["created_at"]})) == told([early])
    assert await listed(api, **{"from": rfc3339(world.clock.now() + SECOND)}) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [({"from": "yesterday"}, "from"), ({"to": "2026-01-05T08:00:00"}, "to"), ({"from": "2026-01-05"}, "from")],
)
async def test_a_time_needs_its_offset(api: httpx.AsyncClient, query: dict[str, str], field: str) -> None:
    """What could mean two instants is refused by its name."""
    refused = await api.get(DELIVERIES, params=query)

    assert (refused.status_code, refused.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"endpoint": "ep_nonsense"}, 404, "endpoint"),
        ({"room": "ls_0000000000000"}, 404, "room"),
        ({"live_session": "4"}, 404, "live_session"),
        ({"after": "nonsense"}, 404, "after"),
        ({"kind": "survey.opend"}, 400, "kind"),
    ],
)
async def test_what_can_find_nothing_is_refused_by_its_name(api: httpx.AsyncClient, query: dict[str, str], status: int, field: str) -> None:
    """A mistyped id or kind is no empty list: whoever asked would take it for an answer."""
    refused = await api.get(DELIVERIES, params=query)

    assert (refused.status_code, refused.json()["field"]) == (status, field)


async def test_what_is_another_accounts_is_refused_by_its_name(world: World, api: httpx.AsyncClient) -> None:
    """Exactly like what does not exist."""
    endpoint = await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    (delivery,) = await world.deliveries()
    asked = {
        "endpoint": text(world, Kind.ENDPOINT, endpoint.id),
        "room": text(world, Kind.ROOM, ROOM),
        "after": text(world, Kind.DELIVERY, delivery.id),
    }

    for field, value in asked.items():
        for answer in (
            await api.get(DELIVERIES, params={field: value}, headers=STRANGER),
            await api.get(DELIVERIES, params={field: value[:3] + "0" * 13}),
        ):
            assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "field": field})


async def test_a_delivery_names_what_its_event_is_about(world: World, api: httpx.AsyncClient) -> None:
    """By the title it had then; a test of the endpoint has none. Looked at alone it says the same."""
    endpoint = await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.commit.run(TEST_ENDPOINT, TestEndpoint(AccountId(ACCOUNT), endpoint.id), lane=ACCOUNT)
    await world.planned()

    found = await listed(api)
    assert {one["event"]["kind"]: one["event"]["title"] for one in found} == {"survey.opened": OPEN_FACTS.title, TESTED: ""}
    for one in found:
        assert (await api.get(f"/api/v1/deliveries/{one['id']}")).json()["event"] == one["event"]


async def test_a_test_can_be_asked_for_by_its_kind(api: httpx.AsyncClient) -> None:
    """Kinds that nobody chooses are told all the same."""
    assert await listed(api, kind=TESTED) == await listed(api, kind=DISABLED) == []


async def test_a_delivery_is_shown_as_it_stands(world: World, api: httpx.AsyncClient) -> None:
    """Waiting, being sent, tried again later, and held back by its endpoint's owner: each under its own name, and each counted."""
    world.speaking(Patience(timeout_s=30.0, waits_s=(600.0,)))
    released, gate = gated()
    world.receiver.answer(gate, path="/slow")
    world.receiver.answer(status(503), path="/bad")
    slow, bad, paused = await world.endpoint("/slow"), await world.endpoint("/bad"), await world.endpoint("/paused")
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, paused.id, True), lane=ACCOUNT)
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.receiver.called(1, "/slow")
    await world.receiver.called(1, "/bad")
    await world.until(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE failures = 1").scalar() == 1)

    shown = {one["endpoint"]["id"]: one for one in await listed(api)}
    of_slow, of_bad, of_paused = (shown[text(world, Kind.ENDPOINT, endpoint.id)] for endpoint in (slow, bad, paused))
    assert (of_slow["shown"], of_slow["summary"], of_slow["next_attempt_at"]) == ("sending", "Being sent, attempt 1.", None)
    assert of_bad["shown"] == "retrying"
    assert of_bad["next_attempt_at"] is not None
    assert of_bad["summary"].startswith("Will be tried again at ")
    assert "after 1 attempt. The receiver answered 503" in of_bad["summary"]
    held = ("waiting", "Waiting: the endpoint is paused.", None)
    assert (of_paused["shown"], of_paused["summary"], of_paused["next_attempt_at"]) == held
    for state, one in (("sending", of_slow), ("retrying", of_bad), ("waiting", of_paused)):
        assert [found["id"] for found in await listed(api, state=state)] == [one["id"]]
        counts = (await api.get(f"/api/v1/callback-endpoints/{one['endpoint']['id']}/deliveries/counts")).json()
        assert {name: count for name, count in counts.items() if name != "oldest_due_at" and count} == {"due": 1, state: 1}
    assert len(await listed(api, state="due")) == 3
    released.set()
    await world.settled(1, DeliveryState.SUCCEEDED)


async def test_a_delivery_says_what_holds_it_back(world: World, api: httpx.AsyncClient) -> None:
    """An earlier one of its order, the endpoint's breaker, its rate; and that somebody has sent it again."""
    world.speaking(Patience(timeout_s=30.0, waits_s=(60_000.0,)))
    world.receiver.answer(status(503), path="/bad")
    bad = await world.endpoint("/bad", ordering=Ordering.FREE)
    slow = await world.endpoint("/slow", calls_per_minute=1)
    ordered = await world.endpoint("/ordered")
    released, gate = gated()
    world.receiver.answer(gate, path="/ordered")
    await world.plan()
    await world.send()
    for survey in range(limits.BREAKER_FAILURES):
        await world.record(opening(survey))
        await world.receiver.called(survey + 1, "/bad")
    health = "SELECT count(*) FROM endpoint_health WHERE breaker_until IS NOT NULL"
    await world.until(lambda connection: connection.exec_driver_sql(health).scalar() == 1)
    await world.record(closing(0))
    await world.planned()

    async def summary_of(endpoint: Endpoint, number: int) -> str:
        found = await listed(api, endpoint=text(world, Kind.ENDPOINT, endpoint.id))
        (one,) = (one for one in found if one["event"]["number"] == number)
        assert (one["next_attempt_at"] is None) == one["summary"].startswith("Waiting for an earlier message"), one
        return str(one["summary"])

    last = limits.BREAKER_FAILURES + 1
    assert (await summary_of(bad, last)).endswith(" UTC: the last calls to this endpoint failed.")
    assert (await summary_of(slow, 2)).endswith(" UTC: its endpoint's rate is 1 a minute.")
    assert await summary_of(ordered, last) == "Waiting for an earlier message, which goes first."
    released.set()
    await world.until(
        lambda connection: all(
            one.state is DeliveryState.SUCCEEDED
            for one in delivery_store.list_deliveries(connection, 4, None, 100)
            if one.endpoint_id == ordered.id
        )
    )
    await world.commit.run(HOLD_ENDPOINT, HoldEndpoint(ACCOUNT, ordered.id, True), lane=ACCOUNT)
    (one, *_) = await listed(api, endpoint=text(world, Kind.ENDPOINT, ordered.id))
    again = (await api.post(f"/api/v1/deliveries/{one['id']}/redeliver")).json()
    assert again["summary"] == "Redelivered. Waiting: the endpoint is paused."


async def test_pages_cover_all_deliveries_once(world: World, api: httpx.AsyncClient) -> None:
    """Two endpoints, ten events, pages of three: of one live session by its events, and of the account by when they were made."""
    await world.endpoint()
    await world.endpoint()
    await world.plan()
    await world.record(*(opening(survey) for survey in range(10)))
    await world.planned()

    for path in (f"/api/v1/live-sessions/{text(world, Kind.LIVE_SESSION, 4)}/deliveries", DELIVERIES):
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 3}
        while True:
            page = (await api.get(path, params=query)).json()
            found += page["deliveries"]
            if page["next"] is None:
                break
            query["after"] = page["next"]

        assert len({one["id"] for one in found}) == len(found) == 20
        assert told(found) == sorted(told(found), key=lambda one: one[1], reverse=True)


async def test_a_delivery_tells_its_whole_story(world: World, api: httpx.AsyncClient) -> None:
    """The bytes sent, where each attempt went and with which headers, and what came back; ids as they are outside."""
    world.receiver.answer(status(500, b"\xffoops", Server="nobody"), status(200))
    endpoint = await world.endpoint(name="CRM")
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)

    seen = (await api.get(f"/api/v1/deliveries/{text(world, Kind.DELIVERY, delivery.id)}")).json()

    assert seen["body"].encode() == world.receiver.calls[0].body
    assert seen["endpoint"] == {"id": text(world, Kind.ENDPOINT, endpoint.id), "url": endpoint.url, "dialect": "quanshi", "name": "CRM"}
    assert seen["summary"] == "Delivered after 2 attempts. The receiver answered 200 OK."
    first, second = seen["attempts"]
    assert (first["number"], first["url"], first["outcome"], first["status"]) == (1, endpoint.url, "rejected", 500)
    assert first["reply"] == "\ufffdoops"
    assert first["reply_headers"]["Server"] == "nobody"
    assert first["headers"]["Content-Type"].startswith("application/json")
    assert second["outcome"] == "accepted"
    assert str(delivery.id) not in [seen["id"], seen["live_session"]]


async def test_what_an_endpoint_got_can_be_seen_after_its_removal(world: World, api: httpx.AsyncClient) -> None:
    """Its deliveries stay, cancelled where they had not gone out."""
    endpoint = await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    await remove(world, endpoint)

    (found,) = await listed(api, endpoint=text(world, Kind.ENDPOINT, endpoint.id))

    assert (found["shown"], found["summary"]) == ("cancelled", "Cancelled: the endpoint was removed.")


async def test_nothing_crosses_accounts(world: World, api: httpx.AsyncClient) -> None:
    """What belongs to another account is not found, like what does not exist; what is asked of it finds nothing."""
    endpoint = await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    (delivery,) = await listed(api)
    live_session = text(world, Kind.LIVE_SESSION, 4)
    endpoint_text = text(world, Kind.ENDPOINT, endpoint.id)

    async def refused(method: str, path: str, **request: Any) -> tuple[int, str]:
        answer = await api.request(method, path, headers=STRANGER, **request)
        return answer.status_code, answer.json()["code"]

    span = {"from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"}
    answers = [
        await refused("GET", f"/api/v1/live-sessions/{live_session}/deliveries"),
        await refused("GET", f"/api/v1/live-sessions/{text(world, Kind.LIVE_SESSION, 999)}/deliveries"),
        await refused("GET", f"/api/v1/deliveries/{delivery['id']}"),
        await refused("GET", f"/api/v1/deliveries/{text(world, Kind.DELIVERY, 999)}"),
        await refused("GET", "/api/v1/deliveries/nonsense"),
        await refused("GET", DELIVERIES, params={"endpoint": endpoint_text}),
        await refused("GET", DELIVERIES, params={"room": text(world, Kind.ROOM, ROOM)}),
        await refused("GET", DELIVERIES, params={"after": delivery["id"]}),
        await refused("GET", f"/api/v1/callback-endpoints/{endpoint_text}/deliveries/counts"),
        await refused("POST", f"/api/v1/deliveries/{delivery['id']}/redeliver"),
        await refused("POST", f"/api/v1/callback-endpoints/{endpoint_text}/redeliver", json=span),
        await refused("POST", f"/api/v1/callback-endpoints/{endpoint_text}/redeliver-missing", json=span),
    ]

    assert set(answers) == {(404, "not_found")}
    for query in ({}, {"live_session": live_session}):
        assert (await api.get(DELIVERIES, params=query, headers=STRANGER)).json() == {"deliveries": [], "next": None}


async def remove(world: World, endpoint: Endpoint) -> None:
    """Removes an endpoint."""
    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(endpoint.account_id, endpoint.id), lane=ACCOUNT)
