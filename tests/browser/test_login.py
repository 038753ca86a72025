"""Logging in: with a second step, with the organisation's own login, and the page of one's own login."""

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.browser.steps import confirm, log_in
from tests.harness.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, providing
from tests.harness.server import Account, Installation, ServerProcess, create_account, free_port, running
from turnout.kernel import limits

STEP_S = 30


@pytest.fixture
def person(server: ServerProcess, request: pytest.FixtureRequest) -> Account:
    """Somebody of this test's own."""
    return create_account(server.installation, re.sub(r"\W+", "-", request.node.name))


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The organisation's own login."""
    with providing() as found:
        yield found


@pytest.fixture
def organisation(provider: Provider, tmp_path: Path) -> Iterator[tuple[str, Account]]:
    """A server for people of that organisation, under another site than the provider's: browsers keep strict cookies back on the way."""
    data_dir, port = tmp_path / "data", free_port()
    account = create_account(Installation(data_dir, port))
    settings = {
        "base_url": f"http://localhost:{port}",
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_account": account.id,
        "oidc_label": "Acme ID",
    }
    with running(Installation(data_dir, port, settings=settings)):
        yield settings["base_url"], account


def _code(secret: str, steps: int = 0) -> str:
    """What the app shows, so many steps from now."""
    totp = TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), STEP_S)  # noqa: S303 - the algorithm of the RFC
    return totp.generate(int(time.time()) + steps * STEP_S).decode()


def _give_password(page: Page, server: ServerProcess, account: Account) -> None:
    page.goto(f"{server.base_url}/console/login")
    page.get_by_test_id("login-name").fill(account.host_login)
    page.get_by_test_id("login-password").fill(account.host_password)
    page.get_by_test_id("log-in").click()


def _turn_on(page: Page, account: Account) -> tuple[str, list[str]]:
    """On the page of one's own login; returns the secret and the recovery codes."""
    page.get_by_test_id("nav-me").click()
    page.get_by_test_id("turn-on").click()
    page.get_by_test_id("two-step-password").fill(account.host_password)
    page.get_by_test_id("two-step-go").click()
    secret = page.get_by_test_id("two-step-secret").inner_text()
    page.get_by_test_id("first-code").fill(_code(secret))
    page.get_by_test_id("two-step-go").click()
    page.get_by_test_id("recovery-codes").wait_for()
    codes = page.get_by_test_id("recovery-codes").locator("code").all_inner_texts()
    page.get_by_test_id("codes-kept").click()
    return secret, codes


def test_two_steps(server: ServerProcess, person: Account, laptop: Page, phone: Page) -> None:
    """A host turns it on in the console; logging in on the phone then asks for the code, says in words that a wrong one is wrong, and takes
    the right one. A recovery code gets in once and tells how many are left; turned off, the password alone does."""
    log_in(laptop, server, person)
    secret, codes = _turn_on(laptop, person)
    assert len(codes) == limits.RECOVERY_CODES
    expect(laptop.locator('[data-testid="two-step-panel"][data-on="true"]')).to_be_visible()

    _give_password(phone, server, person)
    phone.get_by_test_id("code-step").wait_for()
    assert phone.get_by_test_id("login-code").get_attribute("autocomplete") == "one-time-code"
    assert phone.get_by_test_id("login-code").get_attribute("inputmode") == "numeric"
    wrong = next(f"{number:06}" for number in range(9) if f"{number:06}" not in {_code(secret, steps) for steps in range(-2, 4)})
    phone.get_by_test_id("login-code").fill(wrong)
    phone.get_by_test_id("send-code").click()
    expect(phone.get_by_test_id("error")).to_contain_text("验证码不对")
    later = _code(secret, 1)  # the one of now turned it on
    phone.get_by_test_id("login-code").fill(f"{later[:3]} {later[3:]}")
    phone.get_by_test_id("send-code").click()
    phone.get_by_test_id("log-out").click()

    for given, works in ((codes[0], True), (codes[0], False)):
        _give_password(phone, server, person)
        phone.get_by_test_id("other-code").click()
        phone.get_by_test_id("recovery-code").fill(given)
        phone.get_by_test_id("send-code").click()
        if works:
            expect(phone.locator(".el-message")).to_contain_text("还剩 9 个")
            phone.get_by_test_id("log-out").click()
        else:
            expect(phone.get_by_test_id("error")).to_contain_text("恢复码不正确")

    laptop.reload()
    expect(laptop.get_by_test_id("codes-left")).to_contain_text("9")
    laptop.get_by_test_id("turn-off").click()
    laptop.get_by_test_id("proof-password").fill("not the password")
    laptop.get_by_test_id("proof-code").fill(codes[1])
    laptop.get_by_test_id("two-step-go").click()
    expect(laptop.get_by_test_id("error")).to_contain_text("password is wrong")  # and the page stays
    laptop.get_by_test_id("proof-password").fill(person.host_password)
    laptop.get_by_test_id("two-step-go").click()
    expect(laptop.locator('[data-testid="two-step-panel"][data-on="false"]')).to_be_visible()
    _give_password(phone, server, person)
    phone.get_by_test_id("log-out").wait_for()


def test_own_logins_and_password(server: ServerProcess, person: Account, laptop: Page, second_phone: Page) -> None:
    """A host sees both devices, ends the other one, which lands on the login page, and changes the password."""
    log_in(second_phone, server, person)
    log_in(laptop, server, person)
    laptop.get_by_test_id("nav-me").click()
    expect(laptop.get_by_test_id("own-login")).to_have_count(2)
    laptop.get_by_test_id("end-others").click()
    confirm(laptop)
    expect(laptop.get_by_test_id("own-login")).to_have_count(1)
    second_phone.reload()
    second_phone.get_by_test_id("login-name").wait_for()

    laptop.get_by_test_id("current-password").fill(person.host_password)
    laptop.get_by_test_id("new-password").fill("another horse battery")
    laptop.get_by_test_id("change-password").click()
    laptop.locator(".el-message").wait_for()
    second_phone.get_by_test_id("login-name").fill(person.host_login)
    second_phone.get_by_test_id("login-password").fill("another horse battery")
    second_phone.get_by_test_id("log-in").click()
    second_phone.get_by_test_id("log-out").wait_for()


def test_a_lock_says_how_long(server: ServerProcess, person: Account, phone: Page) -> None:
    """After ten wrong passwords the page says when to try again."""
    wrong = {"login": person.host_login, "password": "not the password"}
    for _ in range(limits.MAX_LOGIN_FAILURES):
        assert phone.request.post(f"{server.base_url}/api/v1/login", data=wrong).status == 401
    _give_password(phone, server, person)
    expect(phone.get_by_test_id("error")).to_contain_text("失败次数过多")
    expect(phone.get_by_test_id("wait")).to_contain_text("15 分钟")


def test_the_organisations_login(provider: Provider, organisation: tuple[str, Account], laptop: Page, phone: Page) -> None:
    """While it is down the page says so and a password still logs in. Once it is up, one press leads there and back, to the page that was
    wanted, and the login stays over a reload though its cookie is strict and the way back came from another site."""
    base_url, account = organisation
    provider.issuer = "http://127.0.0.1:9"
    phone.goto(f"{base_url}/console/bank")
    expect(phone.get_by_test_id("log-in-provider")).to_have_text("用 Acme ID 登录")
    phone.get_by_test_id("log-in-provider").click()
    expect(phone.get_by_test_id("error")).to_contain_text("暂时连不上单点登录服务")
    phone.get_by_test_id("login-name").fill(account.host_login)
    phone.get_by_test_id("login-password").fill(account.host_password)
    phone.get_by_test_id("log-in").click()
    phone.get_by_test_id("log-out").wait_for()

    provider.issuer = provider.url
    laptop.goto(f"{base_url}/console/bank")
    laptop.get_by_test_id("log-in-provider").click()
    laptop.get_by_test_id("log-out").wait_for()
    assert laptop.url == f"{base_url}/console/bank"
    assert "/authorize" in provider.asked
    laptop.reload()
    laptop.get_by_test_id("nav-me").click()
    expect(laptop.get_by_test_id("password-panel")).to_contain_text("through your organisation")
    (cookie,) = [one for one in laptop.context.cookies(base_url) if one["name"] == "turnout_login"]
    assert (cookie["sameSite"], cookie["httpOnly"]) == ("Strict", True)
    laptop.get_by_test_id("log-out").click()

    provider.refuses = "access_denied"
    laptop.get_by_test_id("log-in-provider").click()
    expect(laptop.get_by_test_id("error")).to_contain_text("did not let you in")
