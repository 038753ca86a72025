"""A draw on the screens, whole: rules, entries, winners, a winner's form, and the proof."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Live, confirm, enter, expect_phase, look_at, to_desk
from tests.harness.drand_relay import Relay
from tests.harness.server import Account


def _write(laptop: Page, account: Account, live: Live, title: str, *, entropy: str = "offline") -> None:
    to_desk(laptop, account, live)
    laptop.get_by_test_id("tab-draws").click()
    laptop.get_by_test_id("new-draw").click()
    laptop.get_by_test_id("draw-title").fill(title)
    laptop.get_by_test_id("prize-name-0").fill("Bicycle")
    laptop.locator(f'label:has([data-testid="draw-entropy-{entropy}"])').click()


def _expect_draw(laptop: Page, state: str) -> None:
    laptop.locator(f'[data-testid="host-draw"][data-state="{state}"]').wait_for()


def _expect_verdict(proof: Page, verdict: str) -> None:
    expect(proof.get_by_test_id("verdict")).to_have_attribute("data-verdict", verdict)


@pytest.fixture
def own_relay(relay: Relay) -> Iterator[Relay]:
    """The relay, to be made silent; truthful again afterwards."""
    yield relay
    relay.answer = relay.tell


def test_a_draw_from_its_rules_to_its_proof(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """The host publishes rules and opens entries; a viewer taps in, a second does not; the close draws, the winner fills the form, the host
    reads it, and the proof page finds that everything holds, that the winner was in, and that the list has what the winner's phone gave."""
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

    phone.get_by_test_id("own-part").locator("summary").click()
    salt = phone.get_by_test_id("own-salt").inner_text()
    with phone.expect_download() as saved:
        phone.get_by_test_id("membership").click()
    with phone.expect_popup() as opened:
        phone.get_by_test_id("proof-link").click()
    proof = opened.value
    proof.locator('[data-testid="proof-page"][data-phase="done"]').wait_for()
    _expect_verdict(proof, "offline")
    expect(proof.get_by_test_id("same-salt")).to_have_attribute("data-same", "true")
    expect(proof.get_by_test_id("listed-salt")).to_have_text(salt)
    proof.get_by_test_id("mine-text").fill(saved.value.path().read_text("utf-8"))
    proof.get_by_test_id("mine-look").click()
    expect(proof.get_by_test_id("standing")).to_have_attribute("data-standing", "place")


def test_a_word_and_a_cancellation(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """Who types the word is in, whatever its letter case; another word is refused, and a press without one leads to the field. A
    cancelled draw says so to everybody."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    _write(laptop, account, live, "Say it")
    laptop.locator('label:has([data-testid="draw-who-word"])').click()
    laptop.get_by_test_id("draw-word").fill("Full House")
    laptop.get_by_test_id("draw-start").click()
    _expect_draw(laptop, "open")

    look_at(second_phone)
    second_phone.get_by_test_id("enter-draw").click()
    expect(second_phone.get_by_test_id("draw-word")).to_be_focused()
    second_phone.get_by_test_id("draw-word").fill("empty house")
    second_phone.get_by_test_id("enter-draw").click()
    second_phone.get_by_text("That is not the word.").wait_for()
    second_phone.get_by_test_id("draw-word").fill(" full house ")
    second_phone.get_by_test_id("enter-draw").click()
    second_phone.get_by_test_id("in-draw").wait_for()

    laptop.get_by_test_id("close-draw-30").click()
    laptop.get_by_test_id("draw-countdown").wait_for()
    laptop.get_by_test_id("draw-menu").click()
    laptop.get_by_test_id("cancel-draw").click()
    laptop.locator(".el-message-box__input input").press("Escape")
    expect(laptop.get_by_test_id("draw-menu")).to_be_focused()
    laptop.get_by_test_id("draw-menu").click()
    laptop.get_by_test_id("cancel-draw").click()
    laptop.locator(".el-message-box__input input").fill("The sponsor's parcel is late.")
    confirm(laptop)
    _expect_draw(laptop, "cancelled")
    phone.get_by_test_id("draw-off").get_by_text("The sponsor's parcel is late.").wait_for()
    second_phone.get_by_test_id("draw-off").wait_for()


def _flipped(digits: str) -> str:
    return digits[:-1] + ("0" if digits[-1] != "0" else "1")


def _tampered(proof: Any) -> dict[str, Callable[[], None]]:
    """What somebody might change in it, by what should notice."""
    return {
        "selection": lambda: proof["winners"][1].update(proof["winners"][0]),
        "fingerprint": lambda: proof["entrants"].update(published_at=proof["entrants"]["published_at"] + 1),
        "entropy": lambda: proof["entropy"].update(signature=_flipped(proof["entropy"]["signature"])),
        "commitment": lambda: proof["commitment"].update(text=proof["commitment"]["text"].replace("Bicycle", "Bicycles")),
    }


def test_a_draw_that_drand_decides(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page, own_relay: Relay) -> None:
    """A winner is named beforehand, chosen by name, and everybody is told so; the root is public while the round is not out, and nothing is
    drawn before it is. Then it has its winners, and the page checks the proof of that fingerprint by the chain's own key, once the visitor
    trusts that chain; a copy in which anything was changed is caught."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    _write(laptop, account, live, "Tombola", entropy="drand")
    laptop.get_by_test_id("prize-count-0").locator("input").fill("2")
    laptop.locator('label:has([data-testid="draw-who-present"])').click()
    laptop.get_by_test_id("draw-preferred").locator("summary").click()
    laptop.get_by_test_id("add-preferred").click()
    laptop.get_by_test_id("draw-start").click()
    laptop.get_by_test_id("preferred-0").press_sequentially("ad")
    expect(laptop.get_by_test_id("preferred-0-option").first).to_contain_text("Ada")
    laptop.get_by_test_id("preferred-0-option").first.click()
    expect(laptop.get_by_test_id("preferred-0-chosen")).to_contain_text("Ada")
    laptop.get_by_test_id("draw-start").click()
    _expect_draw(laptop, "open")
    second_phone.get_by_text("1 winner was declared beforehand").wait_for()

    own_relay.answer = own_relay.fail
    laptop.get_by_test_id("close-draw").click()
    _expect_draw(laptop, "closed")
    fingerprint = laptop.get_by_test_id("fingerprint").locator("span").first.inner_text()
    number = laptop.get_by_test_id("draw-round").inner_text().split()[0]
    expect(second_phone.get_by_test_id("draw-rolling")).to_contain_text(f"round {number} of a private drand chain")
    expect(second_phone.get_by_test_id("winners")).to_have_count(0)
    own_relay.answer = own_relay.tell
    _expect_draw(laptop, "drawn")
    expect(laptop.get_by_test_id("winner-row")).to_have_count(2)
    for guest in (phone, second_phone):
        guest.get_by_test_id("draw-won").wait_for()

    look_at(second_phone)
    second_phone.get_by_test_id("own-part").locator("summary").click()
    with second_phone.expect_popup() as opened:
        second_phone.get_by_test_id("proof-link").click()
    proof = opened.value
    _expect_verdict(proof, "unknown")
    expect(proof.locator('[data-testid="checks"] [data-state="failed"]')).to_have_attribute("data-check", "chain")
    proof.get_by_test_id("chain-text").fill(own_relay.chain.told)
    proof.get_by_test_id("trust-chain").click()
    _expect_verdict(proof, "trusted")
    expect(proof.get_by_test_id("draw-facts")).to_contain_text(fingerprint)
    expect(proof.get_by_test_id("standing")).to_have_attribute("data-standing", "in")
    expect(second_phone.get_by_test_id("own-fingerprint")).to_have_text(fingerprint)
    expect(proof.get_by_test_id("prizes")).to_contain_text("Declared beforehand")

    with proof.expect_download() as saved:
        proof.get_by_test_id("download-proof").click()
    genuine = saved.value.path().read_bytes()
    for check in _tampered(None):
        copy = json.loads(genuine)
        _tampered(copy)[check]()
        proof.get_by_test_id("proof-file").set_input_files(
            {"name": f"{check}.json", "mimeType": "application/json", "buffer": json.dumps(copy).encode()}
        )
        proof.get_by_text(f"{check}.json").wait_for()
        _expect_verdict(proof, "fails")
        expect(proof.locator(f'[data-check="{check}"][data-state="failed"]')).to_have_count(1)
    proof.get_by_test_id("proof-file").set_input_files({"name": "genuine.json", "mimeType": "application/json", "buffer": genuine})
    _expect_verdict(proof, "trusted")
