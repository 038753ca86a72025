"""The native API of deliveries, over HTTP, on both engines. That of endpoints is in test_endpoints.py."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.suites.callbacks.calling import ENDPOINTS, STRANGER, Client, client_of
from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from tests.suites.callbacks.receiver import status
from turnout.callbacks.rules import DeliveryState
from turnout.kernel.ids import Kind


@pytest.fixture
async def api(world: World) -> AsyncIterator[Client]:
    """A client whose header X-Account says whose API key it has, and X-Role as what it calls."""
    async with client_of(world) as client:
        yield client


async def test_deliveries_are_looked_at_and_redelivered(world: World, api: Client) -> None:
    """A failed delivery shows its body and every attempt, is sent again, and is then delivered."""
    world.receiver.answer(status(500, b"\xffoops"))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing())
    await world.settled(2)
    live_session = world.runtime.ids.text(Kind.LIVE_SESSION, 4)

    listed = (await api.get(f"/api/v1/live-sessions/{live_session}/deliveries")).json()
    assert listed["next"] is None
    assert [(one["event"]["kind"], one["event"]["number"], one["state"], one["attempts"]) for one in listed["deliveries"]] == [
        ("survey.closed", 2, "failed", 4),
        ("survey.opened", 1, "failed", 4),
    ]
    assert listed["deliveries"][0]["summary"].startswith("Given up after 4 attempts. The receiver answered 500")

    delivery = listed["deliveries"][1]["id"]
    seen = (await api.get(f"/api/v1/deliveries/{delivery}")).json()
    assert seen["body"].encode() == world.receiver.calls[0].body
    assert [(one["number"], one["outcome"], one["status"], one["reply"]) for one in seen["attempts"]] == [
        (number, "rejected", 500, "\ufffdoops") for number in (1, 2, 3, 4)
    ]

    world.receiver.answer(status(200))
    again = await api.post(f"/api/v1/deliveries/{delivery}/redeliver")
    assert (again.status_code, again.json()["state"]) == (200, "due")
    await world.settled(1, DeliveryState.SUCCEEDED)
    assert (await api.get(f"/api/v1/deliveries/{delivery}")).json()["state"] == "succeeded"
    await api.post(f"{ENDPOINTS}/{seen['endpoint']['id']}/pause")
    once_more = await api.post(f"/api/v1/deliveries/{delivery}/redeliver")
    assert (once_more.status_code, once_more.json()["state"]) == (200, "due")
    refused = await api.post(f"/api/v1/deliveries/{delivery}/redeliver")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_redeliverable")


async def test_pages_cover_all_deliveries_once(world: World, api: Client) -> None:
    """Two endpoints, ten events, pages of three."""
    await world.endpoint()
    await world.endpoint()
    await world.plan()
    await world.record(*(opening(survey) for survey in range(10)))
    await world.planned()
    path = f"/api/v1/live-sessions/{world.runtime.ids.text(Kind.LIVE_SESSION, 4)}/deliveries"

    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await api.get(path, params=query)).json()
        found += page["deliveries"]
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert len({one["id"] for one in found}) == len(found) == 20
    assert [one["event"]["number"] for one in found] == sorted((one["event"]["number"] for one in found), reverse=True)


async def test_nothing_crosses_accounts(world: World, api: Client) -> None:
    """What belongs to another account is not found, like what does not exist."""
    await world.endpoint()
    await world.plan()
    await world.record(opening())
    await world.planned()
    stranger = {"X-Account": str(STRANGER)}
    ids = world.runtime.ids
    endpoint = (await api.get(ENDPOINTS)).json()["endpoints"][0]["id"]
    live_session = ids.text(Kind.LIVE_SESSION, 4)
    delivery = (await api.get(f"/api/v1/live-sessions/{live_session}/deliveries")).json()["deliveries"][0]["id"]

    assert (await api.get(ENDPOINTS, headers=stranger)).json() == {"endpoints": [], "next": None}
    answers = [
        await api.delete(f"{ENDPOINTS}/{endpoint}", headers=stranger),
        await api.get(f"/api/v1/live-sessions/{live_session}/deliveries", headers=stranger),
        await api.get(f"/api/v1/live-sessions/{ids.text(Kind.LIVE_SESSION, 999)}/deliveries", headers=stranger),
        await api.get(f"/api/v1/deliveries/{delivery}", headers=stranger),
        await api.post(f"/api/v1/deliveries/{delivery}/redeliver", headers=stranger),
        await api.get(f"/api/v1/deliveries/{ids.text(Kind.DELIVERY, 999)}", headers=stranger),
        await api.get("/api/v1/deliveries/nonsense", headers=stranger),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
    assert len((await api.get(ENDPOINTS)).json()["endpoints"]) == 1


async def test_a_repeated_creation_makes_one_endpoint(world: World, api: Client) -> None:
    """Under one Idempotency-Key the first outcome comes again; another request under it is refused."""
    asked = {"url": "https://example.com/hook", "dialect": "quanshi", "secret": "a long secret"}
    await world.account(ACCOUNT)
    key = {"Idempotency-Key": "one-and-the-same"}

    first = await api.post(ENDPOINTS, json=asked, headers=key)
    again = await api.post(ENDPOINTS, json=asked, headers=key)
    other = await api.post(ENDPOINTS, json=asked | {"url": "https://example.com/other"}, headers=key)

    assert first.status_code == again.status_code == 201
    assert msgspec.json.decode(first.content) == msgspec.json.decode(again.content)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert len((await api.get(ENDPOINTS)).json()["endpoints"]) == 1
