"""Who is believed: API keys, cookies, CSRF tokens and origins."""

from collections.abc import AsyncIterator

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import PASSWORD, Customer, Served, create_customer, log_in, serving
from turnout.accounts import actions, member_actions
from turnout.accounts.api_keys import hash_secret, is_api_key, new_api_key
from turnout.config import Config
from turnout.kernel.ids import Kind
from turnout.storage.database import Database

OTHER_SITE = "https://evil.example"
CHANGE = {"current_password": PASSWORD, "new_password": "another horse battery"}


async def test_an_api_key_proves_the_account(served: Served, customer: Customer) -> None:
    """The name of the scheme is matched in any letter case, as HTTP asks."""
    assert is_api_key(customer.secrets.api_key)
    for scheme in ("Bearer", "bearer"):
        reply = await served.client.get("/api/v1/account", headers={"authorization": f"{scheme} {customer.secrets.api_key}"})
        assert reply.status_code == 200
        ids = served.runtime.ids
        account_id = customer.ids.account_id
        body = reply.json()
        assert body["id"] == ids.text(Kind.ACCOUNT, account_id)
        assert body["name"] == "Ada Ltd"
        assert customer.secrets.dialect_keys["vendor"] not in reply.text


async def test_keys_that_prove_nothing(served: Served, customer: Customer) -> None:
    """Garbage, a well-formed stranger, nothing at all: 401 in our shape, and it is the same one for all."""
    nothing = "tk_"
    for authorization in ("Bearer garbage", f"Bearer {new_api_key()}", f"Bearer {nothing}", "Basic YTpi", "Bearer tk_\xfc", ""):
        reply = await served.client.get("/api/v1/account", headers=[(b"authorization", authorization.encode("latin-1"))])
        assert reply.status_code == 401, authorization
        assert reply.json()["error"]["code"] == "not_logged_in"
        assert reply.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_key_is_not_made_good_by_a_cookie(served: Served, customer: Customer) -> None:
    """A program with a broken key shall hear of it, whatever else it sends."""
    await log_in(served)
    assert (await served.client.get("/api/v1/account")).status_code == 200
    reply = await served.client.get("/api/v1/account", headers={"authorization": f"Bearer {new_api_key()}"})
    assert reply.status_code == 401


async def test_a_revoked_key_stops_at_once_and_another_goes_on(served: Served, customer: Customer) -> None:
    """Revoking takes effect with its commit; only the owner's account can do it."""
    commit = served.runtime.commit
    second = new_api_key()
    account_id = customer.ids.account_id
    await commit.run(actions.CREATE_API_KEY, actions.CreateApiKey(account_id, hash_secret(second), "second"), lane=account_id)
    await commit.run(member_actions.REVOKE_API_KEY, member_actions.RevokeApiKey(account_id, customer.ids.api_key_id), lane=account_id)

    assert (await served.client.get("/api/v1/account", headers=customer.bearer)).status_code == 401
    assert (await served.client.get("/api/v1/account", headers={"authorization": f"Bearer {second}"})).status_code == 200


async def test_an_api_key_has_no_login(served: Served, customer: Customer) -> None:
    """What belongs to a login needs one, also beside a good key."""
    await log_in(served)
    for method in ("GET", "DELETE"):
        assert (await served.client.request(method, "/api/v1/login", headers=customer.bearer)).status_code == 401


@pytest.fixture
async def csrf(served: Served, customer: Customer) -> str:
    """The CSRF token of a login whose cookie the client keeps."""
    token: str = (await log_in(served)).json()["csrf_token"]
    return token


async def test_a_change_by_cookie_needs_the_logins_csrf_token(served: Served, csrf: str) -> None:
    """Missing, wrong and somebody else's are refused, and nothing changes; reading needs none."""
    path = "/api/v1/login/password"
    foreign = (await log_in(served)).json()["csrf_token"]
    csrf_now = foreign  # the second login's cookie is the one the client keeps
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf}, {"X-CSRF-Token": csrf_now + "x"}):
        reply = await served.client.put(path, json=CHANGE, headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "csrf_token_wrong")
    assert (await served.client.get("/api/v1/account")).status_code == 200
    assert (await served.client.put(path, json=CHANGE, headers={"X-CSRF-Token": csrf_now})).status_code == 204


async def test_a_change_from_another_sites_page_is_refused(served: Served, csrf: str) -> None:
    """Even with the right token: the browser says whose page it was."""
    own = served.url
    headers = {"X-CSRF-Token": csrf}
    for origin in (OTHER_SITE, "null", f"{own}.evil.example", "http://127.0.0.1:1"):
        reply = await served.client.put("/api/v1/login/password", json=CHANGE, headers={**headers, "origin": origin})
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "origin_not_allowed"), origin
    assert (await served.client.get("/api/v1/account", headers={"origin": OTHER_SITE})).status_code == 200  # no change, and no CORS header
    assert (await served.client.put("/api/v1/login/password", json=CHANGE, headers={**headers, "origin": own})).status_code == 204


async def test_logging_in_from_another_sites_page_is_refused(served: Served, customer: Customer) -> None:
    """Otherwise a page could put a visitor into the attacker's account."""
    refused = await log_in(served, origin=OTHER_SITE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert "set-cookie" not in refused.headers
    assert (await log_in(served, origin=served.url)).status_code == 200


@pytest.fixture
async def served_as(sqlite_database: Database, clock: FakeClock) -> AsyncIterator[Served]:
    """A server that knows its public address and one further origin."""
    config = Config(base_url="https://live.example.com", allowed_origins=("https://www.example.com",))
    async with serving(sqlite_database, clock, config) as running:
        await create_customer(running.runtime.commit)
        yield running


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://live.example.com", 200),
        ("https://LIVE.example.com:443", 200),
        ("https://www.example.com", 200),
        ("https://example.com", 403),
        ("https://www.example.com.evil.example", 403),
        ("http://www.example.com", 403),
    ],
)
async def test_origins_the_operator_named(served_as: Served, origin: str, status: int) -> None:
    """base_url and allowed_origins, in any spelling of the same origin."""
    assert (await log_in(served_as, origin=origin)).status_code == status
