"""A draw on the screens, whole: rules, entries, winners, a winner's form, and the proof."""

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, confirm, enter, expect_phase, look_at, to_desk
from tests.harness.server import Account


def _write(laptop: Page, account: Account, live: Live, title: str) -> None:
    to_desk(laptop, account, live)
    laptop.get_by_test_id("tab-draws").click()
    laptop.get_by_test_id("new-draw").click()
    laptop.get_by_test_id("draw-title").fill(title)
    laptop.get_by_test_id("prize-name-0").fill("Bicycle")
    laptop.locator('label:has([data-testid="draw-entropy-offline"])').click()


def _expect_draw(laptop: Page, state: str) -> None:
    laptop.locator(f'[data-testid="host-draw"][data-state="{state}"]').wait_for()


def test_a_draw_from_its_rules_to_its_proof(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """The host publishes rules and opens entries; a viewer taps in, a second does not; the close draws, the winner fills the form, the host
    reads it, and the proof page finds that everything holds and that the winner was in."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    _write(laptop, account, live, "Raffle")
    laptop.get_by_test_id("prize-asks-name-0").check()
    laptop.get_by_test_id("prize-asks-phone-0").check()
    laptop.get_by_test_id("draw-start").click()
    _expect_draw(laptop, "open")

    look_at(phone)
    phone.get_by_test_id("enter-draw").click()
    phone.get_by_test_id("in-draw").wait_for()
    expect(laptop.get_by_test_id("draw-entered")).to_have_text("1")
    phone.reload()
    expect_phase(phone, "inside")
    phone.get_by_test_id("in-draw").wait_for()
    screen = laptop.context.new_page()
    screen.goto(f"{live.client.base_url}/screen/{live.room.id}")
    expect(screen.get_by_test_id("screen-entered")).to_have_text("1")

    laptop.bring_to_front()
    laptop.get_by_test_id("close-draw").click()
    _expect_draw(laptop, "drawn")
    expect(screen.get_by_test_id("screen-winner")).to_have_text("林晓")
    phone.get_by_test_id("draw-won").wait_for()
    second_phone.get_by_test_id("draw-lost").wait_for()
    expect(second_phone.get_by_test_id("winners")).to_contain_text("林晓")

    look_at(phone)
    phone.get_by_test_id("form-name").fill("林晓")
    phone.get_by_test_id("form-phone").fill("12")
    phone.get_by_test_id("save-form").click()
    expect(phone.get_by_test_id("form-phone")).to_have_attribute("aria-invalid", "true")
    phone.get_by_test_id("form-phone").fill("13800138000")
    phone.get_by_test_id("save-form").click()
    phone.get_by_test_id("form-saved").wait_for()
    phone.reload()
    phone.get_by_test_id("form-saved").wait_for()
    laptop.reload()
    expect(laptop.get_by_test_id("winner-row")).to_contain_text("13800138000")

    with phone.expect_download() as saved:
        phone.get_by_test_id("membership").click()
    with phone.expect_popup() as opened:
        phone.get_by_test_id("proof-link").click()
    proof = opened.value
    proof.locator('[data-testid="proof-page"][data-phase="done"]').wait_for()
    expect(proof.get_by_test_id("verdict")).to_have_attribute("data-verdict", "offline")
    proof.get_by_test_id("mine-text").fill(saved.value.path().read_text("utf-8"))
    proof.get_by_test_id("mine-look").click()
    expect(proof.get_by_test_id("standing")).to_have_attribute("data-standing", "place")


def test_a_word_and_a_cancellation(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """Who types the word is in, whatever its letter case; another word is refused. A cancelled draw says so to everybody."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    _write(laptop, account, live, "Say it")
    laptop.locator('label:has([data-testid="draw-who-word"])').click()
    laptop.get_by_test_id("draw-word").fill("Full House")
    laptop.get_by_test_id("draw-start").click()
    _expect_draw(laptop, "open")

    look_at(second_phone)
    second_phone.get_by_test_id("draw-word").fill("empty house")
    second_phone.get_by_test_id("enter-draw").click()
    second_phone.get_by_text("That is not the word.").wait_for()
    second_phone.get_by_test_id("draw-word").fill(" full house ")
    second_phone.get_by_test_id("enter-draw").click()
    second_phone.get_by_test_id("in-draw").wait_for()

    laptop.get_by_test_id("close-draw-30").click()
    laptop.get_by_test_id("draw-countdown").wait_for()
    laptop.get_by_test_id("cancel-draw").click()
    confirm(laptop)
    _expect_draw(laptop, "cancelled")
    phone.get_by_test_id("draw-off").wait_for()
    second_phone.get_by_test_id("draw-off").wait_for()
