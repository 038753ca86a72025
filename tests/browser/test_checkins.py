"""Check-ins on the screens: started on the laptop, confirmed on phones."""

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, confirm, enter, expect_phase, look_at, to_desk
from tests.harness.server import Account


def _to_checkins(laptop: Page, account: Account, live: Live) -> None:
    to_desk(laptop, account, live)
    laptop.get_by_test_id("tab-checkins").click()


def _confirm(phone: Page) -> None:
    look_at(phone)
    phone.get_by_test_id("check-in").click()
    phone.get_by_test_id("checked-in").wait_for()


def test_two_phones_confirm(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """The host starts a check-in; each phone confirms with one press, the counts move live on the desk, the phones and the screen of the
    hall; a reload keeps it, and the close says who was not there."""
    enter(phone, live.address, "林晓")
    enter(second_phone, live.address, "Ada")
    _to_checkins(laptop, account, live)
    expect(laptop.get_by_test_id("online-count")).to_have_text("2")
    laptop.get_by_test_id("new-checkin").click()
    laptop.get_by_test_id("checkin-title").fill("Morning")
    laptop.get_by_test_id("checkin-start").click()
    laptop.locator('[data-testid="host-checkin"][data-state="open"]').wait_for()
    expect(laptop.get_by_test_id("checkin-confirmed")).to_have_text("0/ 2")

    _confirm(phone)
    expect(laptop.get_by_test_id("checkin-confirmed")).to_have_text("1/ 2")
    expect(laptop.get_by_test_id("checkin-rate")).to_have_text("50%")
    expect(second_phone.get_by_test_id("checkin-counts")).to_contain_text("1 of 2 checked in")
    phone.reload()
    expect_phase(phone, "inside")
    phone.get_by_test_id("checked-in").wait_for()
    expect(phone.get_by_test_id("check-in")).to_have_count(0)

    screen = laptop.context.new_page()
    screen.goto(f"{live.client.base_url}/screen/{live.room.id}")
    expect(screen.get_by_test_id("screen-confirmed")).to_have_text("1/ 2 checked in")
    laptop.bring_to_front()
    expect(laptop.get_by_test_id("online-count")).to_have_text("2")

    laptop.locator('label:has([data-testid="checkin-filter-no"])').click()
    expect(laptop.get_by_test_id("checkin-person")).to_have_count(1)
    expect(laptop.get_by_test_id("checkin-person")).to_contain_text("Ada")
    laptop.get_by_test_id("checkin-menu").click()
    with laptop.expect_download() as saved:
        laptop.get_by_test_id("checkin-csv").click()
    lines = saved.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert any("林晓" in line and line.endswith("Z") for line in lines)

    laptop.get_by_test_id("close-checkin").click()
    second_phone.get_by_test_id("checkin-missed").wait_for()
    expect(phone.get_by_test_id("checked-in")).to_have_count(1)


def test_a_list_and_a_check_in_taken_back(account: Account, live: Live, laptop: Page, phone: Page) -> None:
    """A pasted list says who is expected; who is not on it counts apart. What is withdrawn disappears from the phone, and says so."""
    enter(phone, live.address, "林晓")
    _to_checkins(laptop, account, live)
    laptop.get_by_test_id("new-checkin").click()
    laptop.locator('label:has([data-testid="checkin-expects-list"])').click()
    laptop.get_by_test_id("checkin-start").click()
    laptop.get_by_text("The list is empty.").wait_for()
    laptop.get_by_test_id("checkin-list").fill("1001,王伟\n1002\n1001")
    laptop.get_by_test_id("checkin-start").click()
    expect(laptop.get_by_test_id("checkin-confirmed")).to_have_text("0/ 2")
    _confirm(phone)
    expect(laptop.get_by_test_id("checkin-unexpected")).to_have_text("1")
    expect(laptop.get_by_test_id("checkin-person")).to_have_count(3)

    laptop.get_by_test_id("checkin-menu").click()
    laptop.get_by_test_id("withdraw-checkin").click()
    confirm(laptop)
    phone.get_by_test_id("withdrawn").wait_for()
    expect(phone.get_by_test_id("check-in")).to_have_count(0)


def test_a_draft_that_another_host_has_changed(account: Account, live: Live, laptop: Page) -> None:
    """Whoever writes on learns that saving takes the other's place, and only as long as that is so."""
    client, session = live.client, live.live_session.id
    _to_checkins(laptop, account, live)
    laptop.get_by_test_id("new-checkin").click()
    laptop.get_by_test_id("checkin-save").click()
    laptop.get_by_test_id("edit-checkin").click()
    laptop.get_by_test_id("checkin-title").fill("Mine")
    expect(laptop.get_by_test_id("changed-meanwhile")).to_have_count(0)

    (draft,) = client.list_checkins(session)
    client.edit_checkin(session, draft.id, "Theirs")
    laptop.get_by_test_id("changed-meanwhile").wait_for()
    laptop.get_by_test_id("checkin-save").click()
    expect(laptop.get_by_test_id("checkin-title")).to_have_count(0)

    assert [checkin.title for checkin in client.list_checkins(session)] == ["Mine"]
    laptop.get_by_test_id("edit-checkin").click()
    expect(laptop.get_by_test_id("checkin-title")).to_have_value("Mine")
    expect(laptop.get_by_test_id("changed-meanwhile")).to_have_count(0)


def test_what_is_done_makes_room_for_what_is_asked(live: Live, phone: Page) -> None:
    """A check-in stands over an open vote, also right after it is confirmed: nothing jumps. When something new comes it goes under what
    waits for an answer, and the keyboard stays where it was."""
    enter(phone, live.address, "林晓")
    asks = [{"title": "Where?", "options": ["Inside", "Outside"]}]
    live.opened("vote", "Place", asks)
    phone.get_by_test_id("card-open").wait_for()
    live.client.create_checkin(live.live_session.id, "Morning")
    _confirm(phone)
    cards = phone.locator("article")
    expect(cards.first.get_by_test_id("checked-in")).to_have_count(1)
    expect(phone.get_by_test_id("checked-in")).to_be_focused()

    live.opened("vote", "Weather", asks, time_limit_s=600)
    expect(cards).to_have_count(3)
    expect(cards.last.get_by_test_id("checked-in")).to_have_count(1)
    expect(phone.get_by_test_id("checked-in")).to_be_focused()
