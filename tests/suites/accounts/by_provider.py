"""Logging in with a provider as a browser does it, for the tests of this suite."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.fake_clock import FakeClock
from tests.harness.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.suites.server.harness import KEYRING, Served, create_customer, serving
from turnout.accounts import member_api, queries
from turnout.accounts.oidc_client import ProviderClient
from turnout.accounts.oidc_setup import provider_of
from turnout.accounts.rules import Host
from turnout.config import Config
from turnout.kernel.ids import AccountId, Kind
from turnout.storage.database import Database

BASE = "http://turnout.test"
HOME = "/console"


@asynccontextmanager
async def open_to(
    database: Database, clock: FakeClock, provider: Provider, *, timeout_s: float = 5.0, **settings: Any
) -> AsyncIterator[tuple[Served, AccountId]]:
    """A server whose people may log in with the provider, and their account."""
    async with serving(database, clock) as first:
        account_id = (await create_customer(first.runtime.commit)).ids.account_id
    values = {
        "base_url": BASE,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_account": KEYRING.ids.text(Kind.ACCOUNT, account_id),
    }
    config = Config(**(values | settings))
    config.validate()
    found = provider_of(config, KEYRING.ids)
    assert found is not None
    client = ProviderClient(found, timeout_s=timeout_s)
    try:
        async with serving(database, clock, config, provider_client=client, handlers=member_api.ROUTES) as served:
            yield served, account_id
    finally:
        await client.stop()


async def go(served: Served, to: str = "", *, forge: Callable[[str], str] = str) -> httpx.Response:
    """As a browser goes: to the provider, and back to us. forge: what becomes of the way back in between. Returns our last answer."""
    begun = await served.client.get("/api/login/provider", params={"to": to} if to else {})
    assert begun.status_code == 302, begun.text
    address = begun.headers["location"]
    if address.startswith("/"):
        return begun  # it never got to the provider
    async with httpx.AsyncClient() as elsewhere:
        back = (await elsewhere.get(address)).headers["location"]
    assert back.startswith(f"{BASE}/api/login/return?")
    return await served.client.get(forge(back.removeprefix(BASE)))


def refused(reply: httpx.Response) -> str:
    """Why the login page is shown again."""
    parts = urlsplit(reply.headers["location"])
    assert (reply.status_code, parts.path, parts.netloc) == (302, "/console/login", "")
    assert "turnout_login" not in reply.headers.get("set-cookie", "")
    return parse_qs(parts.query)["refused"][0]


def hosts_of(database: Database, account_id: AccountId) -> list[Host]:
    """The account's people."""
    with database.reading() as connection:
        return queries.list_hosts(connection, account_id)
