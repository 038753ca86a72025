"""Logging in with an OpenID Connect provider, over HTTP against a real one: who gets in, as whom, and every lie that gets nobody in."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.harness.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, SigningKey, providing
from tests.suites.server.harness import KEYRING, PASSWORD, Served, create_customer, log_in, serving
from turnout.accounts import queries
from turnout.accounts.oidc_client import ProviderClient
from turnout.accounts.oidc_setup import provider_of
from turnout.accounts.rules import Host
from turnout.accounts.store import hosts
from turnout.config import Config
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import AccountId, Kind
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.transaction import Tx

BASE = "http://turnout.test"
HOME = "/console/rooms"


def _rename(tx: Tx, commands: Sequence[tuple[int, str]]) -> Sequence[None]:
    for host_id, login in commands:
        tx.connection.execute(sa.update(hosts).where(hosts.c.id == host_id).values(login=login))
    return [None] * len(commands)


RENAME = Action("rename", _rename)
"""Gives a host another login name."""


@pytest.fixture
def provider(clock: FakeClock) -> Iterator[Provider]:
    """Truthful until told otherwise; its time is that of the test."""
    with providing(lambda: clock.now() / SECOND) as found:
        yield found


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
        async with serving(database, clock, config, provider_client=client) as served:
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


async def test_whoever_the_provider_vouches_for_gets_in(database: Database, clock: FakeClock, provider: Provider) -> None:
    """The first time makes a host, the second finds it, also under another mail address; both lead to the page that was wanted, with a
    strict cookie. The provider is told who we are, and sees a challenge and a state of 256 bits."""
    async with open_to(database, clock, provider) as (served, account_id):
        ways = (await served.client.get("/api/v1/login/ways")).json()
        assert ways == {"password": True, "provider": {"label": "127.0.0.1", "path": "/api/login/provider"}}
        first = await go(served, "/console/bank?x=1")
        assert (first.status_code, first.headers["location"]) == (302, "/console/bank?x=1")
        cookies = first.headers.get_list("set-cookie")
        (login,) = [one for one in cookies if one.startswith("turnout_login=")]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in login.split(";")}
        (gone,) = [one for one in cookies if one.startswith("turnout_provider=")]
        assert "Max-Age=0" in gone
        who = (await served.client.get("/api/v1/login")).json()
        assert (who["host"]["name"], who["host"]["login"], who["host"]["role"]) == ("Lin Xiao", "lin@example.com", "host")
        assert who["account"]["id"] == KEYRING.ids.text(Kind.ACCOUNT, account_id)

        provider.person |= {"email": "new@example.com"}
        assert (await go(served)).headers["location"] == HOME
        assert (await served.client.get("/api/v1/login")).json()["host"] == who["host"]
        assert len(hosts_of(database, account_id)) == 2
        (query, again) = provider.queries
        assert (query["client_id"], query["code_challenge_method"], query["response_type"]) == (CLIENT_ID, "S256", "code")
        assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        assert not {query[name] for name in ("state", "nonce", "code_challenge")} & set(again.values())


async def test_a_provider_made_host_has_no_password(database: Database, clock: FakeClock, provider: Provider) -> None:
    """None fits, not even the empty one, and there is no second step to turn on here."""
    async with open_to(database, clock, provider) as (served, _):
        await go(served)
        assert (await served.client.get("/api/v1/login/two-step")).json()["has_password"] is False
        for password in ("", PASSWORD):
            assert (await log_in(served, login="lin@example.com", password=password)).status_code == 401


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "no nonce"),
        ({"aud": "somebody else"}, "aud"),
        ({"aud": [CLIENT_ID, "somebody else"]}, "two audiences without azp"),
        ({"aud": [CLIENT_ID, "somebody else"], "azp": "somebody else"}, "azp"),
        ({"azp": "somebody else"}, "azp alone"),
        ({"iss": "https://evil.example.com"}, "iss"),
        ({"exp": -limits.PROVIDER_LEEWAY_S - 1}, "expired"),
        ({"iat": limits.PROVIDER_LEEWAY_S + 5}, "not issued yet"),
        ({"nbf": limits.PROVIDER_LEEWAY_S + 5}, "not valid yet"),
        ({"sub": ""}, "no sub"),
        ({"sub": 5}, "sub is no text"),
        ({"exp": None}, "no end"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_token_that_is_not_for_this_login(
    sqlite_database: Database, clock: FakeClock, provider: Provider, changed: dict[str, Any], field: str
) -> None:
    """However well it is signed: another login's nonce, another's audience or issuer, or another time, and nobody is made."""
    now = clock.now() // SECOND
    timed = {name: value + now if name in ("exp", "iat", "nbf") and value is not None else value for name, value in changed.items()}
    provider.sign = lambda claims: provider.signed({name: value for name, value in (claims | timed).items() if value is not None})
    async with open_to(sqlite_database, clock, provider) as (served, account_id):
        assert refused(await go(served)) == "provider_word_wrong"
        assert len(hosts_of(sqlite_database, account_id)) == 1


async def test_two_audiences_with_us_as_the_party_are_right(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """The control for the refusals above; and a clock that is off by less than the leeway is forgiven."""
    now = clock.now() // SECOND
    changed = {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID, "iat": now + 50, "exp": now - 50}
    provider.sign = lambda claims: provider.signed(claims | changed)
    async with open_to(sqlite_database, clock, provider) as (served, _):
        assert (await go(served)).headers["location"] == HOME


async def test_a_signature_that_is_not_the_providers(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """None at all, a shared secret made of the public key, a key that is not published, one too short, and another algorithm."""
    stranger, short, own = SigningKey("first"), SigningKey("short", bits=1_024), provider.key

    def hs256(claims: dict[str, Any]) -> str:
        # as an attacker makes it: no library would sign with a public key
        head, body = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": own.kid}).split(".")[:2]
        mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), own.pem)
        return f"{head}.{body}.{jwt.utils.base64url_encode(mac).decode()}"

    lies: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: jwt.encode(claims, None, algorithm="none", headers={"kid": own.kid}),
        hs256,
        lambda claims: jwt.encode(claims, stranger.private, algorithm="RS256", headers={"kid": own.kid}),
        lambda claims: jwt.encode(claims, stranger.private, algorithm="RS256", headers={"kid": "unknown"}),
        lambda claims: jwt.encode(claims, own.private, algorithm="RS512", headers={"kid": own.kid}),
        lambda claims: provider.signed(claims)[:-6] + "AAAAAA",
        lambda claims: "no.token",
        lambda claims: "",
    ]
    async with open_to(sqlite_database, clock, provider) as (served, account_id):
        for lie in lies:
            provider.sign = lie
            assert refused(await go(served)) == "provider_word_wrong"
        provider.sign = lambda claims: jwt.encode(claims, short.private, algorithm="RS256", headers={"kid": "short"})
        provider.published = [own, short]
        with pytest.warns(jwt.InsecureKeyLengthWarning):
            reply = await go(served)
        assert refused(reply) == "provider_word_wrong"
        assert len(hosts_of(sqlite_database, account_id)) == 1
        provider.sign = provider.signed
        assert (await go(served)).headers["location"] == HOME


async def test_a_new_key_is_fetched(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """Keys are read once, and again when a token names one that is not known: of either algorithm."""
    async with open_to(sqlite_database, clock, provider) as (served, _):
        for _ in range(2):
            assert (await go(served)).headers["location"] == HOME
        assert provider.asked.count("/keys") == 1
        assert provider.asked.count("/.well-known/openid-configuration") == 1
        provider.rotate(SigningKey("second", "ES256"))
        for _ in range(2):
            assert (await go(served)).headers["location"] == HOME
        assert provider.asked.count("/keys") == 2


async def test_a_provider_that_is_down_leaves_passwords_alone(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """Slow, wrong about itself, or away between the steps: a sentence on the login page, within the timeout. The password logs in all the
    while, and once it is back so does the provider."""
    async with open_to(sqlite_database, clock, provider, timeout_s=0.3) as (served, _):
        provider.delay_s = 1.0
        began = time.monotonic()
        assert refused(await served.client.get("/api/login/provider", params={"to": "/console/bank"})) == "provider_unavailable"
        assert time.monotonic() - began < 1.0
        provider.delay_s, provider.issuer = 0.0, "https://evil.example.com"
        assert refused(await go(served)) == "provider_unavailable"
        provider.issuer = provider.url
        assert (await log_in(served)).status_code == 200
        assert (await go(served)).headers["location"] == HOME
        provider.delay_s = 1.0  # it dies between the two steps
        begun = await served.client.get("/api/login/provider")
        provider.delay_s = 0.0
        async with httpx.AsyncClient() as elsewhere:
            back = (await elsewhere.get(begun.headers["location"])).headers["location"].removeprefix(BASE)
        provider.delay_s = 1.0
        assert refused(await served.client.get(back)) == "provider_unavailable"


async def test_an_answer_that_was_not_asked_for_here(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """Another browser's, a forged state, an answer twice, one that took too long, another provider's, and a refusal: nobody gets in."""
    async with open_to(sqlite_database, clock, provider) as (served, _):
        kept: list[str] = []
        assert (await go(served, forge=lambda back: kept.append(back) or back)).headers["location"] == HOME  # type: ignore[func-returns-value]
        assert refused(await served.client.get(kept[0])) == "provider_login_ended"  # the cookie is gone

        def in_another_browser(back: str) -> str:
            del served.client.cookies["turnout_provider"]
            return back

        def late(back: str) -> str:
            clock.advance(limits.PROVIDER_LOGIN_S)
            return back

        assert refused(await go(served, forge=in_another_browser)) == "provider_login_ended"
        assert refused(await go(served, forge=lambda back: back.replace("state=", "state=x"))) == "provider_login_ended"
        assert refused(await go(served, forge=lambda back: back.replace("iss=", "iss=x"))) == "provider_refused"
        assert refused(await go(served, forge=lambda back: back.replace("code=", "code=x"))) == "provider_word_wrong"
        assert refused(await go(served, forge=late)) == "provider_login_ended"
        provider.refuses = "access_denied"
        assert refused(await go(served)) == "provider_refused"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com/console/",
        "//evil.example.com/console/",
        "/\\evil.example.com",
        "/console/\\evil",
        "/console/login?to=/console/",
        "/api/v1/login",
        "/screen/\\evil",
        "/screens",
        "/console/\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "/console/" + "x" * 600,
    ],
)
async def test_a_login_leads_to_the_console_only(sqlite_database: Database, clock: FakeClock, provider: Provider, wanted: str) -> None:
    """A link that lets somebody log in cannot send them elsewhere afterwards."""
    async with open_to(sqlite_database, clock, provider) as (served, _):
        assert (await go(served, wanted)).headers["location"] == HOME


async def test_roles_follow_the_providers_groups(database: Database, clock: FakeClock, provider: Provider) -> None:
    """At each login, the best one counts, also of a claim within a claim; who has none of them does not get in where none is the rule. The
    last operator stays one."""
    settings = {"oidc_role": "none", "oidc_role_claim": "realm.roles", "oidc_roles": ("admins=operator", "staff=host")}
    async with open_to(database, clock, provider, **settings) as (served, account_id):
        for groups, role in ((["staff", "admins"], "operator"), (["staff"], "host"), ("admins", "operator")):
            provider.person["realm"] = {"roles": groups}
            assert (await go(served)).headers["location"] == HOME
            assert (await served.client.get("/api/v1/login")).json()["host"]["role"] == role
        for groups in ([], ["guests"], "guests", 5):
            provider.person["realm"] = {"roles": groups}
            assert refused(await go(served)) == "not_invited"
        assert len(hosts_of(database, account_id)) == 2


async def test_only_verified_addresses_of_the_domains_get_in(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """An address that the provider has not verified says nothing."""
    async with open_to(sqlite_database, clock, provider, oidc_domains=("example.com",)) as (served, _):
        for changed in (
            {"email": "lin@evil.example.org"},
            {"email_verified": False},
            {"email_verified": None},
            {"email": "lin@example.com@evil.org"},
            {"email": "lin@sub.example.com"},
        ):
            before = dict(provider.person)
            provider.person |= changed
            assert refused(await go(served)) == "not_invited", changed
            provider.person = before
        provider.person |= {"email": "LIN@Example.com", "email_verified": "true"}
        assert (await go(served)).headers["location"] == HOME


async def test_an_existing_host_is_linked_only_by_the_operators_rule(database: Database, clock: FakeClock, provider: Provider) -> None:
    """Without the rule the login name is taken; with it a verified address means that host, who keeps password, name and role, and an
    unverified one does not."""
    provider.person |= {"email": "ada@example.com"}
    async with open_to(database, clock, provider) as (served, _):
        await create_customer(served.runtime.commit, login="ada@example.com", name="Other Ltd")
        assert refused(await go(served)) == "login_taken"


async def test_linking(database: Database, clock: FakeClock, provider: Provider) -> None:
    """The rule links within the account and never into another one."""
    async with open_to(database, clock, provider, oidc_link=True) as (served, account_id):
        await create_customer(served.runtime.commit, login="eve@example.com", name="Other Ltd")
        provider.person |= {"email": "eve@example.com", "sub": "eve"}
        assert refused(await go(served)) == "login_taken"
        (ada,) = hosts_of(database, account_id)
        await served.runtime.commit.run(RENAME, (ada.id, "ada@example.com"), lane=0)
        provider.person |= {"email": "ada@example.com", "sub": "ada", "email_verified": False}
        assert (await go(served)).headers["location"] == HOME  # somebody else, under a login name nobody can choose
        assert (await served.client.get("/api/v1/login")).json()["host"]["login"].startswith("oidc-")
        provider.person |= {"sub": "ada-2", "email_verified": True}
        assert (await go(served)).headers["location"] == HOME
        who = (await served.client.get("/api/v1/login")).json()["host"]
        assert (who["id"], who["name"], who["role"]) == (KEYRING.ids.text(Kind.HOST, ada.id), "Ada", "operator")
        assert (await log_in(served, login="ada@example.com")).status_code == 200


async def test_without_password_logins_only_the_provider_lets_in(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """The right password is refused in words; the login page knows it beforehand."""
    async with open_to(sqlite_database, clock, provider, password_logins=False, oidc_label="Acme ID") as (served, _):
        refusal = await log_in(served)
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (403, "password_logins_off")
        assert (await served.client.get("/api/v1/login/ways")).json()["provider"]["label"] == "Acme ID"
        assert (await go(served)).headers["location"] == HOME


async def test_a_secret_in_the_form_and_a_server_without_a_provider(
    sqlite_database: Database, clock: FakeClock, provider: Provider
) -> None:
    """A provider that takes no Basic is given the secret in the form. Without a provider its ways lead to the login page."""
    provider.methods = ["client_secret_post"]
    async with open_to(sqlite_database, clock, provider) as (served, _):
        assert (await go(served)).headers["location"] == HOME
    async with serving(sqlite_database, clock) as served:
        assert (await served.client.get("/api/v1/login/ways")).json() == {"password": True, "provider": None}
        for path in ("/api/login/provider", "/api/login/return?code=x&state=y"):
            assert refused(await served.client.get(path)) == "not_found"
