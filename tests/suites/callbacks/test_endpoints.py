"""Endpoints over the native API, on both engines: made, refused, listed, and who may see and change them."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.harness.certificates import make_certificate
from tests.suites.callbacks.calling import ENDPOINTS, ROOM, STRANGER, Client, asked, client_of, made, stored
from tests.suites.callbacks.conftest import ACCOUNT, World
from turnout.callbacks.actions import CERTIFICATE_PURPOSE, HEADERS_PURPOSE, SECRET_PURPOSE
from turnout.callbacks.certificates import client_context
from turnout.dialects.contract import TESTED
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.native.signing import new_secret
from turnout.kernel import limits
from turnout.kernel.ids import Kind


@pytest.fixture
async def api(world: World) -> AsyncIterator[Client]:
    """A client of a server that also speaks the native dialect."""
    native = NativeCallbacks(world.runtime.ids)
    world.dialects[native.name] = native
    async with client_of(world) as client:
        yield client


# ---- making


async def test_every_setting_is_kept_and_shown(world: World, api: Client) -> None:
    """What was asked for is what is shown, again in the list and by its id; secrets, headers and keys come out by name at most."""
    room = world.runtime.ids.text(Kind.ROOM, ROOM)
    settings: dict[str, Any] = {
        "name": "CRM",
        "room": room,
        "kinds": ["survey.closed", "survey.opened"],
        "options": {"legacy_type_key": True},
        "timeout_s": 2.5,
        "waits_s": [1, 7.5, 604_800],
        "native_tail": True,
        "calls_per_minute": 600,
        "concurrency": 64,
        "ordering": "live_session",
        "notify": "ops@example.com",
    }
    hidden = {
        "secret": "a long secret",
        "headers": {"X-Tenant": "42", "Authorization": "Basic c2VjcmV0"},
        "client_certificate": make_certificate(),
    }

    view = await made(api, **settings, **hidden)

    assert {name: view[name] for name in settings} == settings | {"kinds": ["survey.opened", "survey.closed"]}
    assert (view["state"], view["has_secret"], view["secret"], view["old_secret_until"]) == ("active", True, None, None)
    assert view["headers"] == ["X-Tenant", "Authorization"]
    assert view["client_certificate"]["subject"] == "CN=turnout"
    shown = {name: value for name, value in view.items() if name != "secret"}
    assert (await api.get(ENDPOINTS)).json() == {"endpoints": [shown], "next": None}
    again = await api.get(f"{ENDPOINTS}/{view['id']}")
    assert again.json() == shown
    for secret in ("a long secret", "Basic c2VjcmV0", "PRIVATE KEY"):
        assert secret not in again.text

    kept, keyring = await stored(world, view), world.runtime.keyring
    assert kept.secret is not None
    assert kept.headers is not None
    assert kept.client_certificate is not None
    assert keyring.open(kept.secret, SECRET_PURPOSE) == b"a long secret"
    assert msgspec.json.decode(keyring.open(kept.headers, HEADERS_PURPOSE)) == hidden["headers"]
    client_context(keyring.open(kept.client_certificate, CERTIFICATE_PURPOSE))


async def test_what_is_left_out_or_null_is_the_default(api: Client) -> None:
    """Null and nothing are the same."""
    plain = await made(api)
    names = (
        "name",
        "room",
        "kinds",
        "secret",
        "options",
        "headers",
        "timeout_s",
        "waits_s",
        "native_tail",
        "calls_per_minute",
        "concurrency",
    )
    nulls = await made(api, **dict.fromkeys((*names, "ordering", "notify", "client_certificate")))

    differs = {"id", "created_at"}
    assert {name: value for name, value in plain.items() if name not in differs} == {
        name: value for name, value in nulls.items() if name not in differs
    }
    assert (plain["concurrency"], plain["ordering"], plain["kinds"]) == (limits.ATTEMPTS_PER_ENDPOINT, "dialect", [])


async def test_a_secret_we_made_is_shown_once(world: World, api: Client) -> None:
    """In the reply that made it, also in the reply to the same request sent again, and nowhere else."""
    await world.account(ACCOUNT)
    body, key = asked(dialect="native"), {"Idempotency-Key": "once"}
    first = await api.post(ENDPOINTS, json=body, headers=key)
    again = await api.post(ENDPOINTS, json=body, headers=key)

    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.json() == first.json()
    listed = await api.get(ENDPOINTS)
    assert len(listed.json()["endpoints"]) == 1
    assert secret not in listed.text
    assert (await made(api, dialect="native", secret=secret))["secret"] is None


async def test_a_feed_has_no_url(api: Client) -> None:
    """Only in a dialect whose receivers may ask; it stays one, cannot be paused, and nothing of it is signed, so it has no secret."""
    body = {"dialect": "native", "name": "Warehouse"}
    feed = (await api.post(ENDPOINTS, json=body)).json()

    assert (feed["url"], feed["state"], feed["has_secret"], feed["secret"]) == (None, "feed", False, None)
    secret = new_secret()
    given = await api.post(ENDPOINTS, json={**body, "secret": secret})
    assert (given.status_code, given.json()["field"]) == (400, "secret")
    refused = await api.post(ENDPOINTS, json={"dialect": "quanshi"})
    assert (refused.status_code, refused.json()["field"]) == (400, "url")
    path = f"{ENDPOINTS}/{feed['id']}"
    assert (await api.patch(path, json={"url": "https://example.com/"})).json() == {"code": "invalid_input", "field": "url"}
    assert (await api.patch(path, json={"url": None, "name": "W"})).json()["name"] == "W"
    assert (await api.patch(path, json={"secret": secret})).json() == {"code": "invalid_input", "field": "secret"}
    assert (await api.patch(path, json={"secret": None})).json()["has_secret"] is False
    for move in ("pause", "rotate-secret"):
        assert (await api.post(f"{path}/{move}", json={})).json()["code"] == "is_feed"
    called = await made(api, dialect="native")
    assert (await api.patch(f"{ENDPOINTS}/{called['id']}", json={"url": None})).json()["field"] == "url"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headers", {"X-A": "1"}),
        ("timeout_s", 3),
        ("waits_s", [5]),
        ("native_tail", True),
        ("calls_per_minute", 60),
        ("concurrency", 1),
        ("ordering", "free"),
        ("notify", "ops@example.com"),
        ("client_certificate", "-----BEGIN CERTIFICATE-----"),
    ],
)
async def test_a_feed_takes_no_setting_of_calls(api: Client, name: str, value: Any) -> None:
    """What only says how an endpoint is called is refused by its name, when a feed is made and when it is changed; what a new one has
    anyway may be said."""
    body = {"dialect": "native"}
    feed = (await api.post(ENDPOINTS, json=body)).json()
    path = f"{ENDPOINTS}/{feed['id']}"

    for refused in (await api.post(ENDPOINTS, json={**body, name: value}), await api.patch(path, json={name: value})):
        assert (refused.status_code, refused.json()) == (400, {"code": "invalid_input", "field": name})
    as_it_is = None if name == "headers" else feed[name]
    assert (await api.post(ENDPOINTS, json={**body, name: as_it_is})).status_code == 201
    assert (await api.patch(path, json={name: None})).json() == {key: feed[key] for key in feed if key != "secret"}


async def test_a_page_after_nothing_is_refused_by_its_name(api: Client) -> None:
    """Of endpoints and of notices, whether the text is no id or nobody's."""
    for path, kind in ((ENDPOINTS, "ep"), ("/api/v1/notices", "nt")):
        for after in ("nonsense", f"{kind}_0000000000000"):
            refused = await api.get(path, params={"after": after})
            assert (refused.status_code, refused.json()) == (404, {"code": "not_found", "field": "after"})


NO_CERTIFICATE = "client_certificate"
BAD: list[tuple[dict[str, Any], str]] = [
    ({"url": "ftp://example.com"}, "url"),
    ({"url": "http://user:word@example.com"}, "url"),
    ({"dialect": "csslcloud"}, "dialect"),
    ({"secret": "short"}, "secret"),
    ({"dialect": "native", "secret": "not of this form"}, "secret"),
    ({"options": {"shout": True}}, "options.shout"),
    ({"options": {"legacy_type_key": 3}}, "options.legacy_type_key"),
    ({"name": "n" * 101}, "name"),
    ({"name": "two\nlines"}, "name"),
    ({"kinds": ["survey.opened", "survey.exploded"]}, "kinds[1]"),
    ({"kinds": [TESTED]}, "kinds[0]"),
    ({"timeout_s": 0.5}, "timeout_s"),
    ({"timeout_s": 61}, "timeout_s"),
    ({"waits_s": [1.0] * 21}, "waits_s"),
    ({"waits_s": [1, 0]}, "waits_s[1]"),
    ({"waits_s": [604_801]}, "waits_s[0]"),
    ({"calls_per_minute": 0}, "calls_per_minute"),
    ({"calls_per_minute": 60_001}, "calls_per_minute"),
    ({"concurrency": 0}, "concurrency"),
    ({"concurrency": 65}, "concurrency"),
    ({"notify": "nobody"}, "notify"),
    ({"notify": "a@example.com, b@example.com"}, "notify"),
    ({"notify": "a@example.com\r\nBcc: b@example.com"}, "notify"),
    ({"headers": {"Host": "x"}}, "headers.Host"),
    ({"headers": {"content-length": "3"}}, "headers.content-length"),
    ({"headers": {"Transfer-Encoding": "chunked"}}, "headers.Transfer-Encoding"),
    ({"headers": {"User-Agent": "x"}}, "headers.User-Agent"),
    ({"dialect": "native", "headers": {"WEBHOOK-Signature": "v1,x"}}, "headers.WEBHOOK-Signature"),
    ({"headers": {"X-A": "1", "x-a": "2"}}, "headers.x-a"),
    ({"headers": {"X A": "1"}}, "headers.X A"),
    ({"headers": {"": "1"}}, "headers."),
    ({"headers": {"X-A": "1\r\nX-B: 2"}}, "headers.X-A"),
    ({"headers": {"X-A": "é"}}, "headers.X-A"),
    ({"headers": {"X-A": "x" * 1_025}}, "headers.X-A"),
    ({"headers": {f"X-{number}": "1" for number in range(21)}}, "headers"),
    ({"client_certificate": "hello"}, NO_CERTIFICATE),
    ({"client_certificate": make_certificate().partition("-----BEGIN PRIVATE")[0]}, NO_CERTIFICATE),
    ({"client_certificate": "-----BEGIN PRIVATE" + make_certificate().partition("-----BEGIN PRIVATE")[2]}, NO_CERTIFICATE),
    ({"client_certificate": make_certificate(password=b"locked")}, NO_CERTIFICATE),
    ({"client_certificate": make_certificate(other_key=True)}, NO_CERTIFICATE),
    ({"client_certificate": make_certificate(days=-1)}, NO_CERTIFICATE),
    ({"client_certificate": "x" * 32_769}, NO_CERTIFICATE),
]


async def test_bad_endpoints_are_refused(api: Client) -> None:
    """By the field that is wrong, and nothing is made; the same settings are refused as changes."""
    good = await made(api), await made(api, dialect="native")
    for change, field in BAD:
        refused = await api.post(ENDPOINTS, json=asked(**change))
        assert (refused.status_code, refused.json()) == (400, {"code": "invalid_input", "field": field}), change
        path = f"{ENDPOINTS}/{good[change.get('dialect') == 'native']['id']}"
        later = {name: value for name, value in change.items() if name != "dialect"}
        if later:
            refused = await api.patch(path, json=later)
            assert (refused.status_code, refused.json()["field"]) == (400, field), change
    assert [view["id"] for view in (await api.get(ENDPOINTS)).json()["endpoints"]] == [view["id"] for view in good]


async def test_the_dialect_of_an_endpoint_stays(api: Client) -> None:
    """A change of it is not understood: what is due could not follow."""
    view = await made(api)
    assert (await api.patch(f"{ENDPOINTS}/{view['id']}", json={"dialect": "native"})).status_code == 400


@pytest.mark.parametrize("room", ["rm_nonsense", "other account's"])
async def test_a_room_is_one_of_the_account(world: World, api: Client, room: str) -> None:
    """Any other is not found, by its field, whoever's it is."""
    text = room if room.startswith("rm_") else world.runtime.ids.text(Kind.ROOM, ROOM + 1)
    refused = await api.post(ENDPOINTS, json=asked(room=text))
    assert (refused.status_code, refused.json()) == (404, {"code": "not_found", "field": "room"})
    view = await made(api)
    assert (await api.patch(f"{ENDPOINTS}/{view['id']}", json={"room": text})).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "localhost",
        "a.localhost",
    ],
)
async def test_a_blocked_address_is_said_at_once(world: World, host: str) -> None:
    """Where private addresses are not allowed, whoever writes one down is told so and need not wait for a failed call."""
    async with client_of(world, may_be_private=False) as api:
        refused = await api.post(ENDPOINTS, json=asked(url=f"http://{host}/hook"))
        assert (refused.status_code, refused.json()["field"]) == (400, "url")
        view = await made(api)
        assert (await api.patch(f"{ENDPOINTS}/{view['id']}", json={"url": f"http://{host}/"})).status_code == 400
    async with client_of(world) as api:
        assert (await api.post(ENDPOINTS, json=asked(url=f"http://{host}/hook"))).status_code == 201


async def test_without_a_mail_server_nobody_is_told_by_mail(world: World) -> None:
    """An address that would never be used is refused."""
    async with client_of(world, has_mail=False) as api:
        refused = await api.post(ENDPOINTS, json=asked(notify="ops@example.com"))
        assert (refused.status_code, refused.json()["field"]) == (400, "notify")


# ---- who may


async def test_only_operators_of_the_account_change_it(api: Client) -> None:
    """A host who is no operator may look; for a stranger it does not exist."""
    view = await made(api)
    path = f"{ENDPOINTS}/{view['id']}"
    changing: list[tuple[str, str, dict[str, object] | None]] = [
        ("PATCH", path, {"name": "x"}),
        ("POST", f"{path}/rotate-secret", {"secret": "a new secret"}),
        ("POST", f"{path}/pause", None),
        ("POST", f"{path}/resume", None),
        ("POST", f"{path}/test", None),
        ("DELETE", path, None),
    ]
    looking: list[tuple[str, str, None]] = [("GET", path, None), ("GET", f"{path}/health", None)]
    for method, url, body in (*changing, ("POST", ENDPOINTS, asked())):
        assert (await api.request(method, url, json=body, headers={"X-Role": "host"})).status_code == 403
    for method, url, _ in looking:
        assert (await api.request(method, url, headers={"X-Role": "host"})).status_code == 200
    for method, url, body in (*looking, *changing):
        refused = await api.request(method, url, json=body, headers={"X-Account": str(STRANGER)})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await api.get(path)).json() == {name: value for name, value in view.items() if name != "secret"}


async def test_an_account_has_so_many_endpoints(api: Client) -> None:
    """And then no more, until one is removed."""
    views = [await made(api) for _ in range(limits.MAX_ENDPOINTS_PER_ACCOUNT)]

    refused = await api.post(ENDPOINTS, json=asked())
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_endpoints")
    await api.delete(f"{ENDPOINTS}/{views[0]['id']}")
    assert (await api.post(ENDPOINTS, json=asked())).status_code == 201


async def test_endpoints_come_in_pages(api: Client) -> None:
    """Oldest first; a page goes on where the one before ended, also when that endpoint has been removed meanwhile."""
    views = [(await made(api))["id"] for _ in range(5)]
    first = (await api.get(ENDPOINTS, params={"limit": 2})).json()
    await api.delete(f"{ENDPOINTS}/{views[1]}")
    rest = (await api.get(ENDPOINTS, params={"limit": 4, "after": first["next"]})).json()
    assert [view["id"] for view in itertools.chain(first["endpoints"], rest["endpoints"])] == views
    assert rest["next"] is None
