"""Names, titles and answers that would be markup are text, on every screen that shows them."""

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, asked, come_in, enter, submit
from tests.harness.server import Account
from turnout.client import NativeClient

MARKUP = "<img src=x onerror=alert(1)>{{7*7}}"


def _expect_text(page: Page) -> None:
    expect(page.get_by_text(MARKUP).first).to_be_visible()
    assert page.locator('img[src="x"]').count() == 0


def test_what_strangers_write_is_shown_as_it_was_written(account: Account, client: NativeClient, laptop: Page, phone: Page) -> None:
    """A room, a live session, a survey, an option, a prize, a name, an answer and an announcement: on the phone, the desk and the screen
    of the hall nothing of them becomes an element or is counted out."""
    opened: list[str] = []
    for page in (laptop, phone):
        page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    room = client.create_room(MARKUP)
    live = Live(client, room, client.start_live_session(room.id, MARKUP))
    live_session = live.live_session.id
    questions = [{"title": MARKUP, "type": "free_form"}, {"title": MARKUP, "options": [MARKUP, "No"], "required": False}]
    survey = client.create_survey(live_session, "questionnaire", MARKUP, questions)
    client.open_survey(live_session, survey.id)

    enter(phone, live.address, MARKUP)
    _expect_text(phone)
    asked(phone, "free_form").locator("textarea").fill(MARKUP)
    submit(phone)
    client.make_announcement(live_session, MARKUP)
    expect(phone.get_by_test_id("announcement-text")).to_have_text(MARKUP)
    client.close_survey(live_session, survey.id)
    client.publish_survey(live_session, survey.id)
    draw = client.create_draw(live_session, MARKUP, [{"name": MARKUP, "count": 1}], who="present", entropy="offline")
    client.open_draw(live_session, draw.id)
    client.close_draw(live_session, draw.id)
    expect(phone.get_by_test_id("winners")).to_contain_text(MARKUP)
    _expect_text(phone)

    come_in(laptop, account, live)
    desk = f"/console/live/{live_session}"
    for path in ("/console", "/console/rooms", f"{desk}/desk", f"{desk}/draws", f"{desk}/people", f"/screen/{room.id}"):
        laptop.goto(client.base_url + path)
        _expect_text(laptop)
    expect(laptop.get_by_test_id("screen-winner")).to_have_text(MARKUP)
    laptop.goto(f"{live.desk}/surveys")
    laptop.get_by_test_id("view-people").click()
    laptop.get_by_test_id("submission-row").click()
    expect(laptop.get_by_text(MARKUP).last).to_be_visible()
    _expect_text(laptop)
    assert opened == []
