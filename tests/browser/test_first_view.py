"""The form that comes with the page, before any of its code: what is typed into it stays, and who is known does not see it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import jwt
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import Live, enter, expect_phase

CODE = "**/assets/*.js"


@contextmanager
def without_code(page: Page) -> Iterator[None]:
    """While it lasts nothing of the page's code arrives, but for the guard before the door."""
    held: list[Route] = []  # neither answered nor let go
    page.route(CODE, lambda route: route.continue_() if "/known-" in route.request.url else held.append(route))
    try:
        yield
    finally:
        page.unroute(CODE)  # what was held goes on with this, too


@pytest.fixture
def phones(phone: Page, second_phone: Page) -> dict[str, Page]:
    """By the language of their browser."""
    return {"zh": phone, "en": second_phone}


@pytest.mark.parametrize(("language", "button"), [("zh", "进入"), ("en", "Enter")])
def test_what_is_typed_before_the_code_has_come_stays(live: Live, phones: dict[str, Page], language: str, button: str) -> None:
    """The same field goes on with the name and the focus in it; only the button has waited."""
    page = phones[language]
    name = page.get_by_test_id("viewer-name")
    with without_code(page):
        page.goto(live.address, wait_until="commit")
        name.focus()
        page.keyboard.type("Lin Xiao")
        expect(page.get_by_test_id("enter-room")).to_have_text(button)
        expect(page.get_by_test_id("enter-room")).to_be_disabled()
        typed_into = name.element_handle()

    expect(page.get_by_test_id("enter-room")).to_be_enabled()
    expect(page.locator("form .code")).to_contain_text(live.room.code)
    assert typed_into.evaluate("field => field.isConnected && field === document.activeElement && field.value") == "Lin Xiao"
    page.keyboard.press("Enter")
    expect_phase(page, "inside")


def test_it_is_drawn_once_it_is_whole(live: Live, phone: Page) -> None:
    """A browser that has read half of the door waits for the rest: it stands in the middle of the page, and would jump."""
    with without_code(phone):
        phone.goto(live.address, wait_until="commit")
        phone.get_by_test_id("enter-room").wait_for()
        awaited = phone.locator("link[rel=expect][blocking=render]").get_attribute("href")
        assert phone.locator(f"#app ~ {awaited}").count() == 1


def test_who_is_known_does_not_see_it(live: Live, phone: Page) -> None:
    """They are let in as before, without a stranger's door for a second."""
    enter(phone, live.address, "林晓")
    with without_code(phone):
        phone.goto(live.address, wait_until="commit")
        expect(phone.get_by_test_id("viewer-name")).to_be_attached()
        expect(phone.get_by_test_id("viewer-name")).to_be_hidden()

    expect_phase(phone, "inside")


def test_who_comes_with_a_pass_does_not_see_it(live: Live, phone: Page) -> None:
    """However the code is written in the address."""
    key = live.client.make_entry_key()
    signed = jwt.encode({"sub": "u-1", "name": "林晓", "exp": int(time.time()) + 600}, key.key, algorithm="HS256", headers={"kid": key.kid})
    with without_code(phone):
        phone.goto(f"{live.client.base_url}/r/{live.room.code.upper()}#pass={signed}", wait_until="commit")
        expect(phone.get_by_test_id("viewer-name")).to_be_attached()
        expect(phone.get_by_test_id("viewer-name")).to_be_hidden()

    expect_phase(phone, "inside")


def test_who_chose_another_language_does_not_see_it(live: Live, phone: Page) -> None:
    """They get the page in theirs, whatever the browser asks for."""
    phone.goto(live.address)
    phone.get_by_test_id("language").click()
    expect(phone.get_by_test_id("enter-room")).to_have_text("Enter")
    with without_code(phone):
        phone.reload(wait_until="commit")
        expect(phone.get_by_test_id("viewer-name")).to_be_hidden()

    expect(phone.get_by_test_id("enter-room")).to_have_text("Enter")


def test_it_wears_the_mark_of_the_account(live: Live, phone: Page, request: pytest.FixtureRequest) -> None:
    """From the first moment, and the same mark stands there when the code has come."""
    live.client.set_theme(name='Müller & "Söhne"')
    request.addfinalizer(live.client.set_theme)
    mark = phone.get_by_test_id("theme-mark")
    with without_code(phone):
        phone.goto(live.address, wait_until="commit")
        expect(mark).to_have_text('Müller & "Söhne"')
        first = mark.element_handle()

    expect(phone.locator("form .code")).to_contain_text(live.room.code)
    assert first.evaluate("mark => mark.isConnected")
    expect(mark).to_have_text('Müller & "Söhne"')
