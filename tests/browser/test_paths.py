"""A few paths through the screens, as a host on a laptop and viewers on phones walk them."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, away, confirm, enter, expect_card, expect_phase, log_in
from tests.harness.receiver import Receiver
from tests.harness.server import Account, ServerProcess


def _start_live_session(page: Page, title: str) -> str:
    """Makes a room and starts a live session; the viewers' address."""
    page.get_by_test_id("create-room").first.click()
    page.get_by_test_id("room-title").fill(title)
    page.get_by_test_id("room-submit").click()
    page.get_by_test_id("start-live-session").click()
    page.get_by_test_id("live-session-submit").click()
    page.get_by_test_id("live-state").wait_for()
    page.get_by_test_id("tab-surveys").click()
    return page.get_by_test_id("viewer-url").inner_text().replace("\n", "")


def _address(server: ServerProcess, shown: str) -> str:
    found = re.search(r"/r/([0-9a-z-]+)", shown)
    assert found, f"no join code in {shown!r}"
    return f"{server.base_url}/r/{found[1]}"


def _open_card(page: Page, options: list[str], right: int) -> None:
    page.get_by_test_id("new-card").first.click()
    page.get_by_test_id("card-question").fill("Which port does HTTPS use?")
    for number, label in enumerate(options):
        page.get_by_test_id(f"card-option-{number}").fill(label)
    page.get_by_test_id(f"card-right-{right}").click()
    page.get_by_test_id("card-save-open").click()
    expect_card(page, "open")


def test_one_card_from_two_phones_to_the_customers_system(
    server: ServerProcess, account: Account, receiver: Receiver, laptop: Page, phone: Page, second_phone: Page
) -> None:
    """The host adds an endpoint, opens a card; two viewers answer; the chart moves live; the close shows everyone the result and calls
    the customer back, and the host sees the deliveries with their attempts."""
    log_in(laptop, server, account)
    laptop.get_by_test_id("nav-endpoints").click()
    laptop.get_by_test_id("add-endpoint").first.click()
    laptop.locator('label:has([data-testid="dialect-quanshi"])').click()
    laptop.get_by_test_id("endpoint-url").fill(receiver.url)
    laptop.get_by_test_id("endpoint-submit").click()
    laptop.get_by_test_id("endpoint-state").wait_for()
    laptop.get_by_test_id("nav-rooms").click()
    address = _address(server, _start_live_session(laptop, "Networks 1"))

    enter(phone, address, "林晓")
    enter(second_phone, address, "Ada")
    expect(laptop.get_by_test_id("online-count")).to_have_text("2")
    _open_card(laptop, ["80", "443"], right=1)

    phone.get_by_test_id("option-1").check(force=True)
    phone.get_by_test_id("submit-answer").click()
    phone.get_by_test_id("answer-saved").wait_for()
    expect(laptop.get_by_test_id("answered")).to_contain_text("1")
    second_phone.get_by_test_id("option-0").check(force=True)
    second_phone.get_by_test_id("submit-answer").click()
    second_phone.get_by_test_id("answer-saved").wait_for()
    expect(phone.get_by_test_id("result")).to_have_count(0)

    laptop.get_by_test_id("close-card").click()
    phone.get_by_test_id("result").wait_for()
    second_phone.get_by_test_id("result").wait_for()
    expect_card(laptop, "settled")

    receiver.wait_until(lambda received: len(received) >= 2)
    laptop.get_by_test_id("tab-deliveries").click()
    expect(laptop.get_by_test_id("delivery-row")).to_have_count(2)
    laptop.get_by_test_id("delivery-row").first.click()
    expect(laptop.get_by_test_id("attempt")).to_have_count(1)
    expect(laptop.get_by_test_id("delivery-body")).to_contain_text("surveyName")


def test_a_viewer_comes_back_by_itself_after_the_server_died(server: ServerProcess, account: Account, laptop: Page, phone: Page) -> None:
    """Kill -9 and restart: the phone says calmly that the line is lost, returns without a reload as the same viewer with its answer, and
    so does a reload; the host's page goes on too."""
    log_in(laptop, server, account)
    laptop.get_by_test_id("nav-rooms").click()
    address = _address(server, _start_live_session(laptop, "Networks 2"))
    enter(phone, address, "林晓")
    _open_card(laptop, ["80", "443"], right=1)
    phone.get_by_test_id("option-1").check(force=True)
    phone.get_by_test_id("submit-answer").click()
    phone.get_by_test_id("answer-saved").wait_for()

    with away(server):
        phone.get_by_test_id("link-lost").wait_for()
    expect(phone.get_by_test_id("link-lost")).to_have_count(0, timeout=30_000)
    phone.get_by_test_id("answer-saved").wait_for()
    phone.reload()
    expect_phase(phone, "inside")
    phone.get_by_test_id("answer-saved").wait_for()

    laptop.get_by_test_id("close-card").click()
    phone.get_by_test_id("result").wait_for()
    laptop.get_by_test_id("tab-people").click()
    expect(laptop.get_by_test_id("viewer-row")).to_have_count(1)
    laptop.get_by_test_id("end-live-session").click()
    confirm(laptop)
    phone.get_by_test_id("session-ended").wait_for()


def test_both_languages_and_a_viewer_who_is_early(server: ServerProcess, account: Account, laptop: Page, phone: Page) -> None:
    """A phone that opens the link before the host has started waits, and comes in by itself; languages change on both pages."""
    log_in(laptop, server, account)
    laptop.get_by_test_id("nav-rooms").click()
    laptop.get_by_test_id("create-room").first.click()
    laptop.get_by_test_id("room-title").fill("Early birds")
    laptop.get_by_test_id("room-submit").click()
    shown = laptop.get_by_test_id("viewer-url").inner_text()
    phone.goto(_address(server, shown))
    phone.get_by_test_id("viewer-name").fill("林晓")
    phone.get_by_test_id("enter-room").click()
    expect_phase(phone, "early")
    laptop.get_by_test_id("start-live-session").click()
    laptop.get_by_test_id("live-session-submit").click()
    expect_phase(phone, "inside")

    expect(phone.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    phone.get_by_test_id("language").click()
    expect(phone.locator("html")).to_have_attribute("lang", re.compile("^en"))


def test_a_wrong_password_is_said_in_words(server: ServerProcess, account: Account, laptop: Page) -> None:
    """Whoever mistypes stays on the login page and reads why."""
    laptop.goto(server.base_url + "/")
    laptop.get_by_test_id("login-name").fill(account.host_login)
    laptop.get_by_test_id("login-password").fill("not the password")
    laptop.get_by_test_id("log-in").click()
    laptop.get_by_test_id("error").wait_for()
    expect(laptop.get_by_test_id("log-out")).to_have_count(0)


def test_being_offline_is_said_at_once(live: Live, phone: Page) -> None:
    """The browser knows it first: the page says so before the line is found dead, and goes on by itself."""
    enter(phone, live.address, "林晓")
    phone.context.set_offline(True)
    expect(phone.get_by_test_id("link-lost")).to_contain_text("设备离线", timeout=5_000)
    phone.context.set_offline(False)
    expect(phone.get_by_test_id("link-lost")).to_have_count(0, timeout=30_000)
