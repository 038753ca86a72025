"""Who gets in and who is sent out: passcodes, passes, kicks and blocks."""

import re
import time

import jwt
from playwright.sync_api import Page, expect

from tests.browser.steps import Live, come_in, confirm, enter, expect_phase
from tests.harness.server import Account


def _open_viewer(laptop: Page, name: str) -> None:
    laptop.get_by_test_id("viewer-row").filter(has_text=name).click()
    expect(laptop.get_by_test_id("viewer-connection")).to_have_count(1)


def _set_entry(laptop: Page, live: Live, entry: str) -> None:
    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    laptop.locator("label", has=laptop.get_by_test_id(f"entry-{entry}")).click()


def _save_settings(laptop: Page) -> None:
    laptop.get_by_test_id("settings-save").click()
    laptop.locator(".el-message").wait_for()


def test_kicked_and_blocked(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """The host sends one viewer away for this session and one for good: their pages say so kindly at once, and again after a reload; who
    is unblocked comes back."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    come_in(laptop, account, live)
    laptop.goto(f"{live.desk}/people")
    _open_viewer(laptop, "林晓")
    laptop.get_by_test_id("kick-viewer").click()
    confirm(laptop)
    expect(phone.get_by_test_id("entry-refused")).to_contain_text("你已被请出本场")
    phone.reload()
    expect(phone.get_by_test_id("entry-refused")).to_contain_text("你已被请出本场")

    laptop.keyboard.press("Escape")
    expect(laptop.get_by_test_id("kick-viewer")).to_be_hidden()
    _open_viewer(laptop, "Ada")
    laptop.get_by_test_id("block-viewer").click()
    confirm(laptop)
    expect(second_phone.get_by_test_id("entry-refused")).to_contain_text("You cannot enter this room")
    second_phone.reload()
    expect(second_phone.get_by_test_id("entry-refused")).to_contain_text("You cannot enter this room")

    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    expect(laptop.get_by_test_id("blocked-row")).to_contain_text("Ada")
    laptop.get_by_test_id("unblock").click()
    expect(laptop.get_by_test_id("blocked-row")).to_have_count(0)
    second_phone.reload()
    expect_phase(second_phone, "inside")


def test_a_passcode(account: Account, live: Live, laptop: Page, second_phone: Page) -> None:
    """The host gives the room a passcode; a viewer is asked for it, told when it is wrong, and let in by the right one."""
    come_in(laptop, account, live)
    _set_entry(laptop, live, "passcode")
    laptop.get_by_test_id("settings-passcode").fill("open sesame")
    _save_settings(laptop)

    second_phone.goto(live.address)
    second_phone.get_by_test_id("viewer-name").fill("Ada")
    second_phone.get_by_test_id("viewer-passcode").fill("Open Sesame")
    second_phone.get_by_test_id("enter-room").click()
    second_phone.get_by_text("That is not the passcode.").wait_for()
    second_phone.get_by_test_id("viewer-passcode").fill("open sesame")
    second_phone.get_by_test_id("enter-room").click()
    expect_phase(second_phone, "inside")
    second_phone.reload()
    expect_phase(second_phone, "inside")


def test_a_signed_pass(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """A key made in the console signs a pass: its link lets in without a question, under the customer's name for the person, and does not
    stay in the address bar. Without one the page says where to enter."""
    come_in(laptop, account, live)
    _set_entry(laptop, live, "token")
    _save_settings(laptop)
    laptop.get_by_test_id("make-entry-key").click()
    key = laptop.get_by_test_id("entry-key").locator("code").inner_text()
    found = re.search(r"ac_\w+\.\d+", laptop.get_by_test_id("entry-key-panel").locator("pre").inner_text())
    assert found
    claims = {"sub": "student-1001", "name": "王伟", "group": "Class 3", "exp": int(time.time()) + 600}
    signed = jwt.encode(claims, key, algorithm="HS256", headers={"kid": found[0]})

    second_phone.goto(live.address)
    expect(second_phone.get_by_test_id("entry-refused")).to_contain_text("Enter from the organiser’s page")

    phone.goto(f"{live.address}#pass={signed}")
    expect_phase(phone, "inside")
    assert phone.url == live.address
    phone.reload()
    expect_phase(phone, "inside")
    laptop.goto(f"{live.desk}/people")
    expect(laptop.get_by_test_id("viewer-row")).to_have_count(1)
    for shown in ("王伟", "student-1001", "Class 3"):
        expect(laptop.get_by_test_id("viewer-row")).to_contain_text(shown)
