"""People of an account on the screens: invited, joined, given another role, removed."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import Live, come_in, confirm
from tests.harness.server import Account

HOSTILE = "<img src=x onerror=alert(1)>"


def test_somebody_is_invited_joins_and_is_removed(browser: Browser, account: Account, live: Live, laptop: Page) -> None:
    """An operator makes a link; somebody opens it on a phone, chooses a login and is in; becomes an operator, and sees what operators see;
    is removed, and lands on the login page with a sentence. A name that is HTML is shown as it was typed."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/account/members")
    laptop.get_by_test_id("invite").click()
    laptop.get_by_test_id("invite-label").fill("Training")
    laptop.get_by_test_id("make-link").click()
    address = laptop.get_by_test_id("secret").inner_text()
    laptop.get_by_test_id("make-link").click()
    expect(laptop.locator('[data-testid="join-link"][data-state="open"]')).to_contain_text("Training")

    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", reduced_motion="reduce")
    phone = context.new_page()
    alerts: list[str] = []
    phone.on("dialog", lambda dialog: alerts.append(dialog.message))
    laptop.on("dialog", lambda dialog: alerts.append(dialog.message))
    phone.goto(address)
    phone.get_by_test_id("join-login").fill("hostile")
    phone.get_by_test_id("join-name").fill(HOSTILE)
    phone.get_by_test_id("join-password").fill("a window and a staple")
    phone.get_by_test_id("join").click()
    phone.wait_for_url("**/console/rooms")
    phone.get_by_test_id("nav-account").click()
    expect(phone.get_by_test_id("own-role")).to_have_text("主持人")
    phone.get_by_test_id("tab-members").click()
    phone.get_by_test_id("operator-only").wait_for()
    phone.get_by_test_id("nav-appearance").click()
    phone.get_by_test_id("operator-only").wait_for()
    expect(phone.get_by_test_id("theme-save")).to_have_count(0)
    phone.get_by_test_id("nav-account").click()
    phone.get_by_test_id("tab-members").click()
    phone.get_by_test_id("operator-only").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    laptop.reload()
    row = laptop.locator('[data-testid="member-row"][data-login="hostile"]')
    expect(row).to_contain_text(HOSTILE)
    row.get_by_test_id("edit-member").click()
    laptop.locator('label:has([data-testid="role-operator"])').click()
    laptop.get_by_test_id("save-member").click()
    expect(row).to_contain_text("Operator")
    phone.reload()
    expect(phone.get_by_test_id("member-row")).to_have_count(2)

    row.get_by_test_id("remove-member").click()
    confirm(laptop)
    expect(row).to_have_count(0)
    phone.get_by_test_id("nav-rooms").click()
    phone.wait_for_url("**/console/login**")
    expect(phone.get_by_role("status")).to_contain_text("请重新登录")

    laptop.get_by_test_id("tab-audit").click()
    laptop.get_by_test_id("audit-kind").select_option("member.removed")
    expect(laptop.get_by_test_id("audit-row")).to_have_count(1)
    expect(laptop.get_by_test_id("audit-row")).to_contain_text(HOSTILE)
    with laptop.expect_download() as saved:
        laptop.get_by_test_id("audit-export").click()
    assert "member.removed" in saved.value.path().read_text("utf-8-sig")
    assert alerts == []

    again = context.new_page()
    again.goto(address)
    expect(again.get_by_test_id("join-refused")).to_contain_text("已经用过")
    context.close()


def test_a_key_is_made_and_revoked(account: Account, live: Live, laptop: Page) -> None:
    """It is shown once, works, and works no more once it is revoked."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/account/keys")
    laptop.get_by_test_id("make-key").click()
    laptop.get_by_test_id("key-label").fill("Browser test")
    laptop.get_by_test_id("save-key").click()
    key = laptop.get_by_test_id("secret").inner_text()
    laptop.get_by_test_id("save-key").click()
    headers = {"Authorization": f"Bearer {key}"}
    address = f"{live.client.base_url}/api/v1/account"
    context = laptop.context.browser
    assert context is not None
    program = context.new_context()
    assert program.request.get(address, headers=headers).status == 200
    row = laptop.get_by_test_id("key-row").filter(has_text="Browser test")
    row.get_by_test_id("revoke-key").click()
    confirm(laptop)
    expect(row).to_have_attribute("data-works", "false")
    assert program.request.get(address, headers=headers).status == 401
    program.close()
