"""Endpoints over the native API, on both engines: changed, held, tried, and how they have been doing."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import sqlalchemy as sa

from tests.suites.callbacks.calling import ENDPOINTS, Client, client_of, made, stored
from tests.suites.callbacks.conftest import ACCOUNT, World, closing, opening
from tests.suites.callbacks.receiver import status
from turnout.callbacks.actions import SECRET_PURPOSE
from turnout.callbacks.rules import DeliveryState
from turnout.callbacks.store import endpoint_hours
from turnout.dialects.contract import TESTED, EndpointFacts
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, rfc3339
from turnout.kernel.ids import Kind
from turnout.storage.action import Action
from turnout.storage.event_log import events

HOUR = 3_600 * SECOND


@pytest.fixture
async def api(world: World) -> AsyncIterator[Client]:
    """A client of a server that also speaks the native dialect."""
    native = NativeCallbacks(world.runtime.ids)
    world.dialects[native.name] = native
    async with client_of(world) as client:
        yield client


# ---- changing


async def test_only_what_is_named_changes(world: World, api: Client) -> None:
    """The rest stays, null goes back to the default, and what it says is what it shows."""
    view = await made(
        api, name="CRM", timeout_s=3, calls_per_minute=60, headers={"X-A": "1"}, kinds=["survey.opened"], secret="first secret"
    )
    path = f"{ENDPOINTS}/{view['id']}"

    changed = (await api.patch(path, json={"name": "ERP", "calls_per_minute": None, "url": "https://example.org/x"})).json()
    assert changed == {name: value for name, value in view.items() if name != "secret"} | {
        "name": "ERP",
        "calls_per_minute": None,
        "url": "https://example.org/x",
    }
    emptied = (await api.patch(path, json=dict.fromkeys(("name", "timeout_s", "headers", "kinds", "secret")))).json()
    assert [emptied[name] for name in ("name", "timeout_s", "headers", "kinds", "has_secret")] == ["", None, [], [], False]
    assert (await stored(world, view)).headers is None
    assert (await api.get(path)).json() == emptied
    assert (await api.patch(path, json={})).json() == emptied


async def test_a_dialect_that_always_signs_keeps_a_secret(api: Client) -> None:
    """There is no going without one."""
    view = await made(api, dialect="native")
    refused = await api.patch(f"{ENDPOINTS}/{view['id']}", json={"secret": None})
    assert (refused.status_code, refused.json()["field"]) == (400, "secret")


async def test_changes_made_at_once_all_stand(world: World, api: Client) -> None:
    """Each changes what it names; none takes another's back."""
    view = await made(api)
    changes = [{"name": "CRM"}, {"timeout_s": 9}, {"notify": "ops@example.com"}, {"concurrency": 3}, {"native_tail": True}]
    await asyncio.gather(*(api.patch(f"{ENDPOINTS}/{view['id']}", json=change) for change in changes))

    shown = (await api.get(f"{ENDPOINTS}/{view['id']}")).json()
    assert [{name: shown[name]} for change in changes for name in change] == changes


async def test_a_new_secret_overlaps_with_the_old_one(world: World, api: Client) -> None:
    """For a day when nothing is said; of a third one only the second is kept; without overlap none is."""
    view = await made(api, dialect="native")
    path = f"{ENDPOINTS}/{view['id']}"

    rotated = (await api.post(f"{path}/rotate-secret", json={})).json()
    kept = await stored(world, view)
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != view["secret"]
    assert kept.old_secret is not None
    assert kept.secret is not None
    assert world.runtime.keyring.open(kept.secret, SECRET_PURPOSE).decode() == rotated["secret"]
    assert world.runtime.keyring.open(kept.old_secret, SECRET_PURPOSE).decode() == view["secret"]
    assert kept.old_secret_until is not None
    assert abs(kept.old_secret_until - world.clock.now() - 24 * HOUR) < 60 * SECOND
    assert rotated["old_secret_until"] == rfc3339(kept.old_secret_until)

    given = (await api.post(f"{path}/rotate-secret", json={"secret": view["secret"], "overlap_s": 60})).json()
    kept = await stored(world, view)
    assert given["secret"] is None
    assert kept.old_secret is not None
    assert world.runtime.keyring.open(kept.old_secret, SECRET_PURPOSE).decode() == rotated["secret"]
    world.clock.advance(120)
    assert (await api.get(path)).json()["old_secret_until"] is None

    await api.post(f"{path}/rotate-secret", json={"overlap_s": 0})
    kept = await stored(world, view)
    assert (kept.old_secret, kept.old_secret_until) == (None, None)


async def test_rotation_says_what_it_needs(api: Client) -> None:
    """A dialect that makes no secret needs one; an overlap has an end."""
    quanshi, native = await made(api), await made(api, dialect="native")
    for view, body, field in (
        (quanshi, {}, "secret"),
        (quanshi, {"secret": "short"}, "secret"),
        (native, {"secret": "not of this form"}, "secret"),
        (native, {"overlap_s": -1}, "overlap_s"),
        (native, {"overlap_s": limits.MAX_OLD_SECRET_S + 1}, "overlap_s"),
    ):
        refused = await api.post(f"{ENDPOINTS}/{view['id']}/rotate-secret", json=body)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert (await api.post(f"{ENDPOINTS}/{quanshi['id']}/rotate-secret", json={"secret": "a first secret"})).json()["has_secret"]


# ---- held


async def test_a_paused_endpoint_waits_and_then_gets_all(world: World, api: Client) -> None:
    """Nothing is sent to it, nothing is lost, and the other endpoints do not notice."""
    held, other = await world.endpoint("/held"), await world.endpoint("/other")
    path = f"{ENDPOINTS}/{world.runtime.ids.text(Kind.ENDPOINT, held.id)}"
    paused = (await api.post(f"{path}/pause")).json()
    assert (paused["state"], paused["paused_at"] is not None) == ("paused", True)
    assert (await api.post(f"{path}/pause")).json() == paused

    await world.plan()
    await world.send()
    await world.record(opening(), closing())
    await world.settled(2, DeliveryState.SUCCEEDED)
    await world.planned()
    assert {request.path for request in world.receiver.calls} == {"/other"}
    waiting = [one for one in await world.deliveries() if one.endpoint_id == held.id]
    assert [(one.state, one.attempts_made) for one in waiting] == [(DeliveryState.DUE, 0)] * 2

    assert (await api.post(f"{path}/resume")).json()["state"] == "active"
    await world.settled(4, DeliveryState.SUCCEEDED)
    assert sorted(request.path for request in world.receiver.calls) == ["/held"] * 2 + ["/other"] * 2
    assert other.id != held.id


async def test_a_test_call_comes_to_this_endpoint_alone(world: World, api: Client) -> None:
    """Whatever kinds it wants; it is an event of the account's own, and its facts say which endpoint."""
    tried = await made(api, url=world.receiver.url("/tried"), dialect="native", kinds=["survey.opened"], name="CRM")
    await made(api, url=world.receiver.url("/other"), dialect="native")
    await world.plan()
    await world.send()

    said = (await api.post(f"{ENDPOINTS}/{tried['id']}/test")).json()

    assert said == {
        "stream": world.runtime.ids.text(Kind.ACCOUNT, ACCOUNT),
        "number": 1,
        "deliveries": f"/api/v1/callbacks/deliveries?endpoint={tried['id']}",
    }
    await world.until(lambda _: bool(world.receiver.calls))
    await world.planned()
    (listed,) = (await api.get(said["deliveries"])).json()["deliveries"]
    assert (listed["event"]["kind"], listed["event"]["number"], listed["live_session"]) == (TESTED, 1, None)
    assert [request.path for request in world.receiver.calls] == ["/tried"]
    recorded = await world.database.read(lambda connection: connection.execute(sa.select(events)).one())
    facts = msgspec.json.decode(recorded.facts, type=EndpointFacts)
    assert (recorded.stream_id, recorded.kind) == (ACCOUNT, TESTED)
    assert (facts.name, facts.dialect, facts.url) == ("CRM", "native", tried["url"])


async def test_removed_means_gone(api: Client) -> None:
    """Nothing can be done with it any more."""
    view = await made(api)
    path = f"{ENDPOINTS}/{view['id']}"
    assert (await api.delete(path)).status_code == 204
    for method, url in (("GET", path), ("PATCH", path), ("POST", f"{path}/pause"), ("POST", f"{path}/test"), ("DELETE", path)):
        assert (await api.request(method, url, json={} if method == "PATCH" else None)).status_code == 404


# ---- health


async def test_health_is_shown_now_and_by_the_hour(world: World, api: Client) -> None:
    """What the last attempts were, and for each hour how many; a new URL starts anew, and days before those asked for are left out."""
    view = await made(api, url=world.receiver.url("/hook"), waits_s=[])
    path = f"{ENDPOINTS}/{view['id']}"
    assert view["health"] == {
        "failing_since": None,
        "failures_in_row": 0,
        "breaker_until": None,
        "succeeded_at": None,
        "failed_at": None,
        "last_explanation": "",
    }
    await world.plan()
    await world.send()
    await world.record(opening(1))
    await world.settled(1, DeliveryState.SUCCEEDED)
    world.receiver.answer(status(500))
    await world.record(opening(2))
    await world.settled(1, DeliveryState.FAILED)

    health = (await api.get(path)).json()["health"]
    assert (health["failures_in_row"], health["succeeded_at"] is None, health["failing_since"] is None) == (1, False, False)
    assert "500" in health["last_explanation"]
    shown = (await api.get(f"{path}/health")).json()
    assert shown["health"] == health
    assert [(sum(hour[name] for hour in shown["hours"])) for name in ("accepted", "failed")] == [1, 1]

    endpoint = await stored(world, view)
    now = world.clock.now()
    rows = [
        {"endpoint_id": endpoint.id, "hour": (now // HOUR - hours) * HOUR, "accepted": 3, "failed": 1, "duration_ms": 10}
        for hours in (40, 60, 24 * 40)
    ]
    await world.commit.run(Action("insert_hours", lambda tx, _: [tx.connection.execute(endpoint_hours.insert(), rows)]), None, lane=0)
    assert len((await api.get(f"{path}/health")).json()["hours"]) == len(shown["hours"]) + 1
    by_days = (await api.get(f"{path}/health", params={"days": 30})).json()["hours"]
    assert by_days[0] == {"hour": rfc3339(rows[1]["hour"]), "accepted": 3, "failed": 1, "mean_ms": 2}
    assert (await api.get(f"{path}/health", params={"days": 31})).status_code == 400

    moved = (await api.patch(path, json={"url": world.receiver.url("/new")})).json()["health"]
    assert (moved["failures_in_row"], moved["failing_since"]) == (0, None)
