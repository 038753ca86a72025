"""Logging in over HTTP: who gets in, for how long, and who is kept out."""

import importlib.util
from http.cookies import SimpleCookie

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import PASSWORD, Customer, Served, create_customer, log_in, serving
from turnout.accounts import actions, passwords
from turnout.accounts.api_keys import hash_secret
from turnout.accounts.rules import WrongPassword
from turnout.config import Config
from turnout.kernel import limits
from turnout.kernel.ids import Kind
from turnout.storage.database import Database

WRONG = "wrong horse battery"


async def test_a_login_sets_a_cookie_and_says_who(served: Served, customer: Customer) -> None:
    """The reply names host and account; the cookie is out of reach of scripts and of other sites."""
    reply = await log_in(served)

    assert reply.status_code == 200
    body = reply.json()
    ids = served.runtime.ids
    assert body["host"] == {"id": ids.text(Kind.HOST, customer.ids.host_id), "name": "Ada", "login": "ada", "role": "operator"}
    assert body["account"] == {"id": ids.text(Kind.ACCOUNT, customer.ids.account_id), "name": "Ada Ltd"}
    cookie = SimpleCookie(reply.headers["set-cookie"])["turnout_login"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "strict", "/", "")
    assert cookie["max-age"] == str(limits.LOGIN_DAYS * 86_400)
    assert cookie.value not in reply.text

    again = await served.client.get("/api/v1/login")
    assert again.status_code == 200
    assert again.json() == body
    assert (await served.client.get("/api/v1/account")).json()["id"] == body["account"]["id"]


@pytest.mark.parametrize(
    ("config", "headers", "secure"),
    [
        (Config(base_url="https://live.example.com"), {}, True),
        (Config(trusted_proxies=("127.0.0.1/32",)), {"x_forwarded_proto": "https"}, True),
        (Config(), {"x_forwarded_proto": "https"}, ""),
        (Config(base_url="http://live.example.com"), {}, ""),
    ],
    ids=["https base_url", "https at a trusted proxy", "https claimed by a stranger", "http base_url"],
)
async def test_the_cookie_is_secure_where_the_address_is_https(
    sqlite_database: Database, clock: FakeClock, config: Config, headers: dict[str, str], secure: object
) -> None:
    """A browser shall never send the cookie in the clear when the server is reached by https."""
    async with serving(sqlite_database, clock, config) as served:
        await create_customer(served.runtime.commit)
        reply = await log_in(served, **headers)
    assert SimpleCookie(reply.headers["set-cookie"])["turnout_login"]["secure"] == secure


async def test_wrong_password_and_unknown_login_look_alike(served: Served, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same status, same body, and the same password check, so that nobody learns which login names exist."""
    checked: list[str] = []
    really = passwords.is_password

    def watched(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return really(password_hash, password)

    monkeypatch.setattr(passwords, "is_password", watched)
    wrong = await log_in(served, password=WRONG)
    unknown = await log_in(served, login="nobody", password=WRONG)

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["error"]["code"] == "wrong_password"
    assert "set-cookie" not in wrong.headers
    assert len(checked) == 2
    parameters = [password_hash.rsplit("$", 2)[0] for password_hash in checked]
    assert parameters[0] == parameters[1]


def test_a_password_is_slow_to_guess() -> None:
    """The parameters are those that the OWASP cheat sheet asks for. The module is loaded anew: other tests hash more quickly."""
    found = importlib.util.find_spec(passwords.__name__)
    assert found is not None
    assert found.loader is not None
    fresh = importlib.util.module_from_spec(found)
    found.loader.exec_module(fresh)

    assert fresh.hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_login_name_is_found_in_any_letter_case(served: Served, customer: Customer) -> None:
    """What people type is not always what was stored."""
    assert (await log_in(served, login=" ADA ")).status_code == 200


async def test_a_login_expires(served: Served, customer: Customer, clock: FakeClock) -> None:
    """It holds until its last second and not longer."""
    await log_in(served)
    clock.advance(limits.LOGIN_DAYS * 86_400 - 1)
    assert (await served.client.get("/api/v1/account")).status_code == 200
    clock.advance(2)
    ended = await served.client.get("/api/v1/account")
    assert ended.status_code == 401
    assert ended.json()["error"]["code"] == "not_logged_in"


async def test_logging_out_ends_the_login(served: Served, customer: Customer) -> None:
    """The token is worth nothing afterwards, also to whoever kept it."""
    csrf = (await log_in(served)).json()["csrf_token"]
    token = served.client.cookies["turnout_login"]
    left = await served.client.delete("/api/v1/login", headers={"X-CSRF-Token": csrf})
    assert left.status_code == 204
    assert left.content == b""
    assert "turnout_login" not in served.client.cookies
    assert (await served.client.get("/api/v1/account", headers={"cookie": f"turnout_login={token}"})).status_code == 401


async def test_a_password_change_ends_the_other_logins(served: Served, customer: Customer) -> None:
    """It needs the present password; this browser stays, a stolen login elsewhere ends, and the old password is worth nothing."""
    await log_in(served)
    stolen = served.client.cookies["turnout_login"]
    csrf = {"X-CSRF-Token": (await log_in(served)).json()["csrf_token"]}
    new = "another horse battery"

    refused = await served.client.put("/api/v1/login/password", json={"current_password": WRONG, "new_password": new}, headers=csrf)
    assert refused.json()["error"]["code"] == "wrong_password"
    short = await served.client.put("/api/v1/login/password", json={"current_password": PASSWORD, "new_password": "short"}, headers=csrf)
    assert short.json()["error"]["field"] == "new_password"
    done = await served.client.put("/api/v1/login/password", json={"current_password": PASSWORD, "new_password": new}, headers=csrf)
    assert done.status_code == 204

    assert (await served.client.get("/api/v1/account")).status_code == 200
    assert (await served.client.get("/api/v1/account", headers={"cookie": f"turnout_login={stolen}"})).status_code == 401
    assert (await log_in(served)).status_code == 401
    assert (await log_in(served, password=new)).status_code == 200


async def test_a_password_changed_in_between_proves_nothing(served: Served, customer: Customer) -> None:
    """The password is checked outside the transaction; the login is made only if it is still the same one."""
    commit = served.runtime.commit
    login_try = await commit.run(actions.RECORD_LOGIN_FAILURE, actions.RecordLoginFailure("ada", "192.0.2.1"), lane=0)
    assert isinstance(login_try, actions.LoginTry)
    new = actions.NewLogin(hash_secret("t"), "c", "192.0.2.1", "a browser")
    stale = actions.LogIn(login_try, customer.ids.account_id, customer.ids.host_id, "the hash before", new)
    with pytest.raises(WrongPassword):
        await commit.run(actions.LOG_IN, stale, lane=0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": "ada"}, "password"),
        ({"login": "ada", "password": 5}, "password"),
        ({"login": "", "password": "x"}, "login"),
        ({"login": "a" * 65, "password": "x"}, "login"),
        ({"login": "ada", "password": "x" * 257}, "password"),
    ],
)
async def test_a_login_that_cannot_be_one_names_its_field(served: Served, body: dict[str, object], field: str) -> None:
    """Nothing is hashed for it and it is no failed login."""
    reply = await served.client.post("/api/v1/login", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_input"
    assert reply.json()["error"]["field"] == field
