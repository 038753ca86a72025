"""An account's look: chosen in the console, seen by its viewers."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, come_in, confirm, enter
from tests.harness.server import Account

_LOGO = Path(__file__).parents[1] / "suites" / "pictures" / "samples" / "plain.png"


def ground(page: Page, test_id: str) -> str:
    """The colour of what can be pressed."""
    found: str = page.get_by_test_id(test_id).evaluate("button => getComputedStyle(button).backgroundColor")
    return found


def test_a_look_is_seen_before_it_is_kept_and_worn_at_once(
    account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page
) -> None:
    """Colour and logo are seen on two phones in the console first. Once they are kept, who is in and who stands at the door see them
    without a reload, who comes sees them before entering, and so does the hall's screen; reset, all is as before."""
    come_in(laptop, account, live)
    enter(phone, live.address, "林晓")
    second_phone.goto(live.address)
    second_phone.get_by_test_id("viewer-name").fill("Ada")
    plain = ground(second_phone, "enter-room")

    laptop.goto(f"{live.client.base_url}/console/appearance")
    laptop.get_by_test_id("preset-1f4fd8").click()
    light = laptop.locator('[data-testid="theme-phone"][data-scheme="light"] .button')
    expect(light).to_have_css("background-color", "rgb(31, 79, 216)")
    # on dark the same blue could not be read
    expect(laptop.locator('[data-testid="theme-phone"][data-scheme="dark"] .button')).not_to_have_css(
        "background-color", "rgb(31, 79, 216)"
    )
    expect(laptop.get_by_test_id("theme-adapted")).to_have_count(1)
    laptop.get_by_test_id("theme-name").fill("Acme Training")
    laptop.get_by_test_id("theme-logo").set_input_files(_LOGO)
    expect(laptop.locator('[data-testid="theme-phone"] img')).to_have_count(2)
    assert live.client.get_theme().accent is None
    laptop.get_by_test_id("theme-save").click()
    laptop.locator(".el-message").wait_for()

    mark = phone.get_by_test_id("theme-mark").locator("img")
    expect(mark).to_have_attribute("alt", "Acme Training")
    assert mark.evaluate("image => image.complete && image.naturalWidth > 0")
    second_phone.get_by_test_id("theme-mark").wait_for()
    expect(second_phone.get_by_test_id("viewer-name")).to_have_value("Ada")
    expect(second_phone.get_by_test_id("enter-room")).to_have_css("background-color", "rgb(31, 79, 216)")
    second_phone.reload()
    second_phone.get_by_test_id("theme-mark").wait_for()
    second_phone.get_by_test_id("viewer-name").fill("Ada")
    expect(second_phone.get_by_test_id("enter-room")).to_have_css("background-color", "rgb(31, 79, 216)")
    laptop.goto(f"{live.client.base_url}/screen/{live.room.id}")
    laptop.get_by_test_id("theme-mark").wait_for()

    laptop.goto(f"{live.client.base_url}/console/appearance")
    laptop.get_by_test_id("theme-reset").click()
    confirm(laptop)
    laptop.locator(".el-message").wait_for()
    expect(phone.get_by_test_id("theme-mark")).to_have_count(0)
    expect(second_phone.get_by_test_id("theme-mark")).to_have_count(0)
    expect(second_phone.get_by_test_id("enter-room")).to_have_css("background-color", plain)
    assert live.client.get_theme().logo is None


def test_the_browsers_own_fields_are_dark_in_the_dark(account: Account, live: Live, laptop: Page) -> None:
    """The console's library says that a page is light; a field for a date, which the browser draws itself, goes by the look."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    expect(laptop.get_by_test_id("settings-next")).to_have_css("color-scheme", "light dark")
