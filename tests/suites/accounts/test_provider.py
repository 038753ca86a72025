"""Logging in with an OpenID Connect provider, over HTTP against a real one: who gets in, as whom, and every lie that gets nobody in."""

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from tests.fake_clock import FakeClock
from tests.harness.oidc_provider import CLIENT_ID, Provider, SigningKey
from tests.suites.accounts.by_provider import BASE, HOME, go, hosts_of, open_to, refused
from tests.suites.server.harness import KEYRING, PASSWORD, log_in, serving
from turnout.accounts import oidc_client
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import Kind
from turnout.storage.database import Database


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
        ({"sub": "a\0b"}, "sub has what no database keeps"),
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


async def test_a_key_that_was_taken_back(
    sqlite_database: Database, clock: FakeClock, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was published an age ago signs for nobody any more, also where the token names it."""
    async with open_to(sqlite_database, clock, provider) as (served, _):
        assert (await go(served)).headers["location"] == HOME
        provider.published = [SigningKey("second")]
        assert (await go(served)).headers["location"] == HOME  # still within the age
        monkeypatch.setattr(oidc_client, "KEPT_S", 0.0)
        assert refused(await go(served)) == "provider_word_wrong"


async def test_a_provider_that_is_down_leaves_passwords_alone(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """Silent, wrong about itself, or away between the steps: a sentence on the login page. The password logs in all the while, and once it
    is back so does the provider."""
    async with open_to(sqlite_database, clock, provider, timeout_s=2.0) as (served, _):
        provider.answers.clear()
        assert refused(await served.client.get("/api/login/provider", params={"to": "/console/bank"})) == "provider_unavailable"
        assert (await log_in(served)).status_code == 200
        provider.answers.set()
        provider.issuer = "https://evil.example.com"
        assert refused(await go(served)) == "provider_unavailable"
        provider.issuer = provider.url
        assert (await go(served)).headers["location"] == HOME
        begun = await served.client.get("/api/login/provider")
        async with httpx.AsyncClient() as elsewhere:
            back = (await elsewhere.get(begun.headers["location"])).headers["location"].removeprefix(BASE)
        provider.answers.clear()  # it dies between the two steps
        assert refused(await served.client.get(back)) == "provider_unavailable"
        provider.answers.set()
        assert (await go(served)).headers["location"] == HOME


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
