"""How often one key or login may call, and how it is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import PASSWORD, Served, create_customer, log_in, serving
from turnout.config import Config
from turnout.kernel.clock import SECOND
from turnout.kernel.rate import TokenBuckets
from turnout.storage.database import Database


@pytest.fixture
async def slow(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Served]:
    """A server that lets each key and each login call twice a second, eight times at once."""
    async with serving(sqlite_database, clock, Config(api_requests_per_second=2), web_root=tmp_path) as running:
        yield running


async def test_a_key_that_calls_too_often_is_told_when_to_come_back(slow: Served, clock: FakeClock) -> None:
    """Every reply says what is left; the one too many is 429 with Retry-After; after that time the next one is answered."""
    customer = await create_customer(slow.runtime.commit)
    left = []
    for _ in range(8):
        reply = await slow.client.get("/api/v1/account", headers=customer.bearer)
        assert reply.status_code == 200
        assert reply.headers["ratelimit-policy"] == '"api";q=8;w=4'
        left.append(reply.headers["ratelimit"])
    assert left[0] == '"api";r=7;t=1'
    assert left[-1] == '"api";r=0;t=1'
    refused = await slow.client.get("/api/v1/account", headers=customer.bearer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert refused.json()["error"]["retry_after_s"] == 0.5
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit"] == '"api";r=0;t=1'

    clock.advance(0.5)

    assert (await slow.client.get("/api/v1/account", headers=customer.bearer)).status_code == 200
    assert (await slow.client.get("/api/v1/account", headers=customer.bearer)).status_code == 429


async def test_each_key_and_each_login_has_its_own(slow: Served) -> None:
    """What one account's key has used up is not missing to its hosts, nor to another account; strangers use up nobody's."""
    ada = await create_customer(slow.runtime.commit)
    bob = await create_customer(slow.runtime.commit, "bob", "Bob Ltd")
    for _ in range(9):
        await slow.client.get("/api/v1/account", headers=ada.bearer)
        await slow.client.get("/api/v1/account", headers={"authorization": "Bearer tk_" + "A" * 43})
    assert (await slow.client.get("/api/v1/account", headers=ada.bearer)).status_code == 429
    assert (await slow.client.get("/api/v1/account", headers=bob.bearer)).status_code == 200
    assert (await log_in(slow, "ada", PASSWORD)).status_code == 200
    found = await slow.client.get("/api/v1/account")
    assert (found.status_code, found.headers["ratelimit"]) == (200, '"api";r=7;t=1')


async def test_without_a_limit_nothing_is_counted(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> None:
    """0 switches it off."""
    async with serving(sqlite_database, clock, Config(api_requests_per_second=0), web_root=tmp_path) as served:
        customer = await create_customer(served.runtime.commit)
        for _ in range(300):
            reply = await served.client.get("/api/v1/account", headers=customer.bearer)
            assert reply.status_code == 200
        assert "ratelimit" not in reply.headers


def test_what_is_left_of_a_bucket() -> None:
    """Whole tokens, and the time until there is one more."""
    buckets = TokenBuckets(2, burst=3)
    assert buckets.look(1, 0) == (3, 0)
    for left in (2, 1, 0):
        assert buckets.take(1, 0)
        assert buckets.look(1, 0) == (left, SECOND // 2)
    assert not buckets.take(1, SECOND // 4)
    assert buckets.look(1, SECOND // 4) == (0, SECOND // 4)
    assert buckets.look(1, SECOND // 2) == (1, SECOND // 2)
    assert buckets.look(1, 2 * SECOND) == (3, 0)
    assert buckets.look(1, -60 * SECOND) == (3, 0), "a clock set back locks nobody out"
