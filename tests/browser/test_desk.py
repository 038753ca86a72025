"""The console a host lives in: from a new account to a running live session; what is said to everybody; what runs, without a reload."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, choose, come_in, confirm, enter, expect_phase, log_in, look_at, submit, to_desk
from tests.harness.server import Account, ServerProcess, create_account
from turnout.client import NativeClient

# the second half of a slow double click, however slow this machine is
_PRESS_CLOSE_AT_ONCE = """() => new MutationObserver((_, me) => {
    const close = document.querySelector('[data-testid="desk-close"]')
    if (!close) return
    me.disconnect()
    close.click()
    document.body.dataset.pressed = 'yes'
}).observe(document.body, { subtree: true, childList: true, attributes: true })"""


def _address(server: ServerProcess, page: Page) -> str:
    shown = page.get_by_test_id("viewer-url").inner_text().replace("\n", "")
    return f"{server.base_url}/r/{shown.rpartition('/')[2]}"


def test_from_a_new_account_to_the_first_answer(server: ServerProcess, laptop: Page, phone: Page) -> None:
    """The guide leads there in four steps, is taken up where it was left, and ends on the desk of a running live session; an announcement
    reaches the viewer's phone at once, stays for who comes back, and is gone when it is withdrawn."""
    account = create_account(server.installation, "Newcomers")
    log_in(laptop, server, account)
    laptop.get_by_test_id("begin-guide").click()
    laptop.get_by_test_id("guide-title").fill("First hall")
    laptop.get_by_test_id("guide-make-room").click()
    laptop.locator('[data-testid="guide-question"][data-state="here"]').wait_for()

    laptop.get_by_test_id("leave-guide").click()
    laptop.get_by_test_id("continue-guide").click()
    laptop.get_by_test_id("guide-take-quiz").click()
    laptop.get_by_test_id("guide-start-button").click()
    laptop.get_by_test_id("guide-waiting").wait_for()
    laptop.reload()
    laptop.get_by_test_id("guide-waiting").wait_for()

    enter(phone, _address(server, laptop), "林晓")
    look_at(laptop)
    laptop.get_by_test_id("guide-open-button").click()
    choose(phone, 1)
    submit(phone)
    look_at(laptop)
    expect(laptop.get_by_test_id("count-B")).to_contain_text("1")
    laptop.get_by_test_id("guide-finish").click()

    expect(laptop.get_by_test_id("online-count")).to_have_text("1")
    expect(laptop.get_by_test_id("desk-count")).to_have_text("1 of 1")
    laptop.get_by_test_id("announcement-input").fill("We go on\nat ten: https://example.com/break.")
    laptop.get_by_test_id("announce").click()
    look_at(phone)
    expect(phone.get_by_test_id("announcement-text")).to_have_text("We go on\nat ten: https://example.com/break.")
    phone.reload()
    expect_phase(phone, "inside")
    expect(phone.get_by_test_id("announcement-text")).to_have_text("We go on\nat ten: https://example.com/break.")
    expect(phone.get_by_test_id("announcement-text").get_by_role("link")).to_have_attribute("href", "https://example.com/break")
    phone.get_by_test_id("announcement").get_by_test_id("put-away").click()
    phone.get_by_test_id("announcements").locator("summary").click()
    expect(phone.get_by_test_id("announcements")).to_contain_text("at ten")

    look_at(laptop)
    laptop.get_by_test_id("withdraw-announcement").click()
    confirm(laptop)
    expect(laptop.get_by_test_id("announced")).to_have_count(0)
    expect(phone.get_by_test_id("announcements")).to_have_count(0)


def test_one_press_each(account: Account, live: Live, laptop: Page, phone: Page) -> None:
    """The desk opens, closes and publishes what is prepared, moves its counts live, and its curve is the API's."""
    card = live.client.create_answer_card(live.live_session.id, "Ports", ["80", "443"], right_options=[1], publish_on_close=False)
    live.client.create_checkin(live.live_session.id, "Morning", draft=True)
    enter(phone, live.address, "林晓")
    come_in(laptop, account, live)
    laptop.goto(live.desk)
    tool = laptop.locator('[data-testid="desk-tool"][data-kind="survey"]')
    expect(laptop.get_by_test_id("desk-tool")).to_have_count(2)

    expect(tool.get_by_test_id("desk-open")).to_be_enabled()  # not before it can be read
    tool.get_by_test_id("desk-open").focus()
    laptop.keyboard.press("Enter")
    choose(phone, 1)
    submit(phone)
    look_at(laptop)
    expect(tool.get_by_test_id("desk-count")).to_have_text("1 of 1")
    tool.get_by_test_id("desk-close").click()
    tool.get_by_test_id("desk-publish").click()
    expect(tool.get_by_test_id("desk-publish")).to_have_count(0)
    assert live.survey(card).published

    expect(laptop.get_by_test_id("viewers-count")).to_have_text("1 in total")
    attendance = live.client.get_attendance(live.live_session.id)
    expect(laptop.get_by_test_id("peak-count")).to_have_text("peak 1")
    told = [point for point in attendance.points if point.entered or point.left]
    rows = laptop.get_by_test_id("curve-row")
    expect(rows).to_have_count(len(told))
    assert [row.locator("td").all_inner_texts() for row in rows.all()] == [
        [str(point.online), str(point.most), str(point.entered), str(point.left)] for point in told
    ]


def test_the_desks_buttons_begin_to_write(account: Account, live: Live, laptop: Page) -> None:
    """Each leads into a form at once; what is half written there is gone on with, and going back to the tab later begins nothing."""
    come_in(laptop, account, live)
    laptop.goto(live.desk)
    laptop.get_by_test_id("desk-ask").click()
    laptop.get_by_test_id("card-title").fill("Half a question")
    for button, title in (("desk-checkin", "checkin-title"), ("desk-draw", "draw-title")):
        laptop.get_by_test_id("tab-desk").click()
        laptop.get_by_test_id(button).click()
        laptop.get_by_test_id(title).wait_for()
    laptop.get_by_test_id("tab-desk").click()
    laptop.get_by_test_id("desk-ask").click()
    expect(laptop.get_by_test_id("card-title")).to_have_value("Half a question")

    laptop.get_by_test_id("card-cancel").click()
    confirm(laptop)
    laptop.get_by_test_id("tab-desk").click()
    laptop.get_by_test_id("tab-surveys").click()
    laptop.get_by_test_id("new-card").wait_for()


def test_a_double_click_does_one_thing(account: Account, live: Live, laptop: Page) -> None:
    """What stands under the pointer after a press takes none until it can be read, and whoever goes on by keyboard goes on there; an
    announcement that is half written is still there after a look at the people."""
    card = live.client.create_answer_card(live.live_session.id, "Ports", ["80", "443"], right_options=[1], publish_on_close=False)
    other = live.client.create_answer_card(live.live_session.id, "Names", ["Ada", "Bob"], publish_on_close=False)
    come_in(laptop, account, live)
    laptop.goto(live.desk)
    tool = laptop.get_by_test_id("desk-tool").filter(has_text="Ports")
    laptop.evaluate(_PRESS_CLOSE_AT_ONCE)
    tool.get_by_test_id("desk-open").click()
    close = tool.get_by_test_id("desk-close")
    expect(close).to_be_focused()
    expect(laptop.locator("body")).to_have_attribute("data-pressed", "yes")
    expect(close).to_be_enabled()
    assert live.survey(card).state == "open"

    close.dblclick()
    tool.get_by_test_id("desk-publish").wait_for()
    expect(tool.get_by_test_id("desk-publish")).to_be_enabled()
    assert (live.survey(card).published, live.survey(other).state) == (False, "draft")

    laptop.get_by_test_id("announcement-input").fill("We go on")
    laptop.get_by_test_id("tab-people").click()
    laptop.get_by_test_id("tab-desk").click()
    expect(laptop.get_by_test_id("announcement-input")).to_have_value("We go on")


def test_a_secret_shown_once_stays(account: Account, live: Live, laptop: Page) -> None:
    """Neither Esc nor a click beside it closes what shows a secret this once; its own button does."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/account/keys")
    laptop.get_by_test_id("make-key").click()
    laptop.get_by_test_id("key-label").fill("CRM")
    laptop.get_by_test_id("save-key").click()
    laptop.get_by_test_id("secret").wait_for()
    laptop.keyboard.press("Escape")
    laptop.mouse.click(5, 400)
    laptop.wait_for_timeout(500)
    expect(laptop.get_by_test_id("secret")).to_be_visible()
    laptop.get_by_test_id("save-key").click()
    expect(laptop.get_by_test_id("secret")).to_have_count(0)


def test_what_is_refused_is_said_at_its_field(account: Account, live: Live, laptop: Page) -> None:
    """A wrong origin whose stream has been taken away again is still there to be mended."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    laptop.get_by_test_id("settings-stream").fill("https://media.example.com/index.m3u8")
    origins = laptop.get_by_test_id("settings-stream-origins")
    origins.fill("nowhere")
    laptop.get_by_test_id("settings-stream").fill("")
    laptop.get_by_test_id("settings-save").click()
    expect(origins).to_have_attribute("aria-invalid", "true")
    origins.fill("")
    expect(origins).to_have_count(0)


def test_the_overview_follows_another_browser(account: Account, client: NativeClient, live: Live, laptop: Page, phone: Page) -> None:
    """What another host starts, opens and ends is there without a reload, with who is there."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console")
    card = laptop.get_by_test_id("running-card").filter(has_text="Elsewhere")
    laptop.get_by_test_id("running-card").first.wait_for()
    expect(card).to_have_count(0)

    room = client.create_room("Elsewhere")
    session = client.start_live_session(room.id)
    expect(card).to_have_count(1)
    enter(phone, f"{live.client.base_url}/r/{room.code}", "林晓")
    client.open_survey(session.id, client.create_answer_card(session.id, "Ready?", ["Yes", "No"]).id)
    look_at(laptop)
    expect(card.get_by_test_id("running-online")).to_have_text("1 online")
    expect(card).to_contain_text("Ready?")

    client.end_live_session(session.id)
    expect(card).to_have_count(0)
    lately = laptop.get_by_test_id("lately-row").filter(has_text="Elsewhere")
    expect(lately).to_have_count(1)
    lately.click()
    expect(laptop.get_by_test_id("peak-count")).to_have_text("peak 1")


def test_a_plan_is_seen_by_hosts_and_by_who_waits(account: Account, client: NativeClient, live: Live, laptop: Page, phone: Page) -> None:
    """Set in the room's settings; in the overview and on a phone that waits it shows, and the start takes its title and clears it."""
    room = client.create_room("Later")
    phone.goto(f"{live.client.base_url}/r/{room.code}")
    phone.get_by_test_id("not-started").wait_for()
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/rooms/{room.id}/settings")
    at = (datetime.now(UTC).astimezone() + timedelta(days=2)).replace(hour=15, minute=0)
    laptop.get_by_test_id("settings-next").fill(at.strftime("%Y-%m-%dT%H:%M"))
    laptop.get_by_test_id("settings-next-title").fill("Part two")
    laptop.get_by_test_id("settings-save").click()

    expect(phone.get_by_test_id("planned")).to_contain_text("15:00")
    expect(phone.get_by_test_id("planned")).to_contain_text("Part two")
    look_at(phone)
    laptop.goto(f"{live.client.base_url}/console")
    row = laptop.get_by_test_id("next-row").filter(has_text="Later")
    expect(row).to_contain_text("Part two")
    expect(row).to_contain_text("15:00")
    look_at(laptop)
    row.click()
    laptop.get_by_test_id("start-live-session").click()
    expect(laptop.get_by_test_id("live-session-title")).to_have_value("Part two")
    laptop.get_by_test_id("live-session-submit").click()
    laptop.wait_for_url("**/console/live/*")
    assert (client.get_room(room.id).next_start_at, client.get_room(room.id).next_title) == (None, "")


def test_answers_are_picked(account: Account, live: Live, laptop: Page, phone: Page, second_phone: Page) -> None:
    """By name, by option, by right or wrong, and who has not answered; the file has what is shown."""
    question = {"title": "Which?", "options": ["80", "443"], "right_options": [1], "score": 5}
    survey = live.opened("exam", "Exam", [question, {**question, "title": "Again?"}])
    for page, name, options in ((phone, "林晓", (1, 1)), (second_phone, "Ada", (0, 1))):
        enter(page, live.address, name)
        look_at(page)
        for place, option in enumerate(options):
            choose(page.get_by_test_id("question").nth(place), option)
        submit(page)
    live.client.close_survey(live.live_session.id, survey.id)
    to_desk(laptop, account, live)
    laptop.get_by_test_id("view-people").click()
    rows = laptop.get_by_test_id("submission-row")
    expect(rows).to_have_count(2)

    laptop.get_by_test_id("filter-result").select_option("wrong")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Ada")
    with laptop.expect_download() as saved:
        laptop.get_by_test_id("export-shown").click()
    assert len(saved.value.path().read_text("utf-8-sig").splitlines()) == 2
    laptop.get_by_test_id("filter-result").select_option("")
    laptop.get_by_test_id("filter-order").select_option("points_last")
    expect(rows.first).to_contain_text("林晓")
    laptop.get_by_test_id("filter-choice").select_option(index=2)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Ada")
    laptop.get_by_test_id("filter-who").select_option("unanswered")
    expect(laptop.get_by_test_id("unanswered-row")).to_have_count(0)


def test_an_announcement_moves_nothing(live: Live, phone: Page) -> None:
    """It comes over an open question, and goes again, while somebody's finger is on an option; what was announced stays in reach."""
    live.opened("vote", "Card", [{"title": "Which?", "options": ["North", "East"]}])
    enter(phone, live.address, "林晓")
    option = phone.get_by_test_id("option-1")
    option.wait_for()
    phone.wait_for_timeout(500)
    before = option.bounding_box()
    live.client.make_announcement(live.live_session.id, "We go on\nat ten.")
    phone.get_by_test_id("announcement").wait_for()
    assert option.bounding_box() == before
    phone.get_by_test_id("announcement").get_by_test_id("put-away").click()
    expect(phone.get_by_test_id("announcement")).to_have_count(0)
    assert option.bounding_box() == before
    phone.get_by_test_id("announcements").locator("summary").click()
    expect(phone.get_by_test_id("announcements")).to_contain_text("at ten")
