"""A survey of each kind, from the empty form to the published result."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import Live, come_in, confirm, expect_card, to_desk
from tests.harness.server import Account
from turnout.client import native_replies
from turnout.kernel import limits
from turnout.rehearsal.drawing import draw

Write = Callable[[Page, Path], None]


def _new(page: Page, kind: str, title: str) -> None:
    page.get_by_test_id("new-card").first.click()
    page.locator("label", has=page.get_by_test_id(f"kind-{kind}")).click()
    page.get_by_test_id("card-title").fill(title)


def _ask(page: Page, number: int, question_type: str, title: str, *options: str) -> None:
    """Adds the next question; the first one is there already, as a choice."""
    if number:
        page.get_by_test_id(f"add-{question_type}").click()
    page.get_by_test_id(f"q{number}-question").fill(title)
    for index, option in enumerate(options):
        page.get_by_test_id(f"q{number}-option-{index}").fill(option)


def _press_right(page: Page, number: int, option: int) -> None:
    page.get_by_test_id(f"q{number}-right-{option}").click()


def _chip(page: Page, name: str) -> None:
    page.locator("label", has=page.get_by_test_id(name)).click()


def _write_card(page: Page, folder: Path) -> None:
    _new(page, "answer_card", "A card")
    page.get_by_test_id("card-question").fill("Which of these are prime?")
    _chip(page, "way-multiple")
    page.get_by_test_id("card-add-option").click()
    for index, option in enumerate(("2", "4", "5")):
        page.get_by_test_id(f"card-option-{index}").fill(option)
    page.get_by_test_id("card-right-0").click()
    page.get_by_test_id("card-right-2").click()
    _chip(page, "limit-120")


def _write_vote(page: Page, folder: Path) -> None:
    _new(page, "vote", "A vote")
    _ask(page, 0, "choice", "Where?", "Inside", "Outside")
    _ask(page, 1, "picture_choice", "Which badge?", "Sea", "Hill")
    for index in range(2):
        picture = folder / f"{index}.png"
        picture.write_bytes(draw(index))
        page.get_by_test_id(f"q1-picture-{index}").set_input_files(picture)
    expect(page.locator("li.open img")).to_have_count(2)
    _ask(page, 2, "rating", "How was it?")
    _chip(page, "q2-scale-10")
    page.get_by_test_id("form-anonymous").click()


def _write_questionnaire(page: Page, folder: Path) -> None:
    _new(page, "questionnaire", "A questionnaire")
    _ask(page, 0, "choice", "How did you hear of us?", "Friends", "Press")
    page.get_by_test_id("q0-required").click()  # it was required
    texts = ("free_form", "fill_in", "name", "mobile", "mail")
    for number, question_type in enumerate(texts, 1):
        _ask(page, number, question_type, f"A {question_type}")
    _ask(page, 6, "combined", "What else?", "Food", "Room")
    page.get_by_test_id("form-changeable").click()


def _write_exam(page: Page, folder: Path) -> None:
    _new(page, "exam", "An exam")
    _ask(page, 0, "choice", "The largest?", "Sun", "Moon")
    _press_right(page, 0, 0)
    page.get_by_test_id("q0-score").locator("input").fill("7")
    _ask(page, 1, "true_false", "Water is wet.")
    _press_right(page, 1, 0)
    _ask(page, 2, "fill_in", "The capital of France?")
    page.get_by_test_id("q2-accepted").fill("Paris\nCity of Paris")
    _ask(page, 3, "free_form", "Why?")
    page.get_by_test_id("q3-score").locator("input").fill("5")
    page.get_by_test_id("form-shuffle-questions").click()


def _check_card(survey: native_replies.Survey) -> None:
    (question,) = survey.questions
    assert (question.multiple, question.options, question.right_options) == (True, ["2", "4", "5"], [0, 2])
    assert survey.time_limit_s == 120


def _check_vote(survey: native_replies.Survey) -> None:
    assert [question.type for question in survey.questions] == ["choice", "picture_choice", "rating"]
    assert all(picture and picture.startswith("/pictures/pc_") for picture in survey.questions[1].pictures)
    assert (survey.questions[2].scale, survey.anonymous) == (10, True)


def _check_questionnaire(survey: native_replies.Survey) -> None:
    types = [question.type for question in survey.questions]
    assert types == ["choice", "free_form", "fill_in", "name", "mobile", "mail", "combined"]
    assert [question.required for question in survey.questions[:3]] == [False, False, True]
    assert survey.changeable


def _check_exam(survey: native_replies.Survey) -> None:
    assert [question.right_options for question in survey.questions[:2]] == [[0], [0]]
    assert [question.score for question in survey.questions][::3] == [7, 5]
    assert survey.questions[2].accepted == ["Paris", "City of Paris"]
    assert survey.shuffle_questions


_KINDS: dict[str, tuple[Write, Callable[[native_replies.Survey], None]]] = {
    "answer_card": (_write_card, _check_card),
    "vote": (_write_vote, _check_vote),
    "questionnaire": (_write_questionnaire, _check_questionnaire),
    "exam": (_write_exam, _check_exam),
}


def test_each_kind_written_opened_closed_and_published(account: Account, live: Live, laptop: Page, tmp_path: Path) -> None:
    """What the host writes is what the server has; what is wrong is said at its field; the result of cards and votes is published by the
    close, that of the others when the host says so."""
    to_desk(laptop, account, live)
    for kind, (write, check) in _KINDS.items():
        write(laptop, tmp_path)
        laptop.get_by_test_id("card-save").click()
        expect_card(laptop, "draft", kind)
        draft = live.client.list_surveys(live.live_session.id)[0]
        check(draft)
        laptop.get_by_test_id("open-card").click()
        expect_card(laptop, "open")
        laptop.get_by_test_id("close-card").click()
        if kind in ("questionnaire", "exam"):
            laptop.get_by_test_id("publish-card").click()
        laptop.get_by_test_id("card-published").wait_for()
        assert live.survey(draft).published


def test_what_is_wrong_is_said_at_its_field(account: Account, live: Live, second_phone: Page) -> None:
    """Written on a phone: a survey that cannot be asked is not sent; the form opens the question at fault and says what is missing."""
    page = second_phone
    to_desk(page, account, live)
    _new(page, "exam", "")
    _ask(page, 0, "choice", "Which of these, if you had to choose one of them, would you take along to a lonely island?", "One", "Two")
    _press_right(page, 0, 0)
    _ask(page, 1, "choice", "And now?", "One")
    _press_right(page, 1, 0)
    page.get_by_test_id("question-0").locator("button.head").click()
    page.get_by_test_id("card-save-open").click()
    expect(page.get_by_test_id("card-title")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("card-title").fill("An exam")
    page.get_by_test_id("card-save-open").click()
    expect(page.get_by_test_id("q1-option-1")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("question-0").locator("button.head").click()
    page.get_by_test_id("q0-add-option").click()
    page.get_by_test_id("q0-option-2").fill("Three")
    page.get_by_test_id("question-1").locator("button.head").click()
    page.get_by_test_id("q1-option-1").fill("Two")
    page.get_by_test_id("card-save-open").click()
    expect_card(page, "open")


def test_what_is_half_written_is_not_lost_by_a_slip(account: Account, live: Live, laptop: Page) -> None:
    """Neither by editing another survey, nor by leaving the page, nor by a cancel, unless the host says that it may be; what was thrown
    away or saved is not asked about again."""
    live.client.create_survey(live.live_session.id, "vote", "A draft", [{"title": "Where?", "options": ["Inside", "Outside"]}])
    to_desk(laptop, account, live)
    stay = laptop.locator(".el-message-box__btns button").first
    _new(laptop, "exam", "Half an exam")
    laptop.get_by_text("Back to interactions").click()
    laptop.get_by_test_id("edit-card").click()
    stay.click()
    laptop.get_by_test_id("tab-people").click()
    laptop.get_by_test_id("nav-rooms").click()
    stay.click()
    expect(laptop.get_by_test_id("tab-people")).to_have_attribute("aria-current", "page")
    laptop.get_by_test_id("tab-surveys").click()
    laptop.get_by_test_id("new-card").click()
    expect(laptop.get_by_test_id("card-title")).to_have_value("Half an exam")

    laptop.get_by_test_id("card-cancel").click()
    confirm(laptop)
    laptop.get_by_test_id("edit-card").click()
    expect(laptop.get_by_test_id("card-title")).to_have_value("A draft")
    laptop.get_by_test_id("card-save").click()
    expect_card(laptop, "draft", "vote")
    laptop.get_by_test_id("nav-rooms").click()
    laptop.get_by_test_id("create-room").first.wait_for()


def test_what_is_half_written_outlives_the_login(account: Account, live: Live, laptop: Page) -> None:
    """The login ends under an open editor: the host is told, logs in beside it, and saves."""
    to_desk(laptop, account, live)
    _new(laptop, "vote", "Half a vote")
    login = f"{live.client.base_url}/api/v1/login"
    token = laptop.request.get(login).json()["csrf_token"]
    assert laptop.request.delete(login, headers={"X-CSRF-Token": token}).ok
    laptop.get_by_test_id("login-ended").wait_for()
    expect(laptop.get_by_test_id("card-title")).to_have_value("Half a vote")

    come_in(laptop, account, live)
    laptop.evaluate("dispatchEvent(new Event('focus'))")
    expect(laptop.get_by_test_id("login-ended")).to_have_count(0)
    _ask(laptop, 0, "choice", "Where?", "Inside", "Outside")
    laptop.get_by_test_id("card-save").click()
    expect_card(laptop, "draft", "vote")
    (kept,) = live.client.list_surveys(live.live_session.id)
    assert kept.title == "Half a vote"


def test_nothing_is_saved_in_the_name_of_another(account: Account, live: Live, laptop: Page) -> None:
    """Somebody else logs in on the same browser, under an open editor: nothing is saved under that login. The host logs in again from
    there, and saves."""
    to_desk(laptop, account, live)
    _new(laptop, "vote", "Half a vote")
    _ask(laptop, 0, "choice", "Where?", "Inside", "Outside")
    secret = live.client.create_join_link("host").url.rpartition("#")[2]
    body = {"secret": secret, "login": f"guest-{account.host_login}", "name": "Guest", "password": "a window and a staple"}
    assert laptop.request.post(f"{live.client.base_url}/api/v1/join", data=body).ok

    laptop.get_by_test_id("card-save").click()
    bar = laptop.get_by_test_id("login-ended")
    expect(bar).to_contain_text("Acme")
    assert live.client.list_surveys(live.live_session.id) == []
    with laptop.expect_popup() as opened:
        bar.get_by_role("link").click()
    expect(opened.value.get_by_test_id("login-name")).to_be_visible()
    opened.value.close()

    come_in(laptop, account, live)
    laptop.evaluate("dispatchEvent(new Event('focus'))")
    expect(bar).to_have_count(0)
    laptop.get_by_test_id("card-save").click()
    expect_card(laptop, "draft", "vote")
    laptop.get_by_test_id("open-card").click()
    expect_card(laptop, "open", "vote")


def test_a_draft_that_another_host_has_changed(account: Account, live: Live, laptop: Page) -> None:
    """It is shown as it is now, by itself; one that changes on the way is not opened as nobody has seen it. What another writes besides
    comes into the list, and leaves what is looked at where it is."""
    session = live.live_session.id
    draft = live.client.create_survey(session, "vote", "Lunch", [{"title": "Where?", "options": ["Inside", "Outside"]}])
    to_desk(laptop, account, live)
    card = laptop.get_by_test_id("host-card")
    expect(card).to_contain_text("Where?")

    def ask(question: str) -> None:
        live.client.edit_survey(session, draft.id, "vote", "Lunch", [{"title": question, "options": ["Now", "Later"]}])

    ask("When?")
    expect(card).to_contain_text("When?")
    live.client.create_survey(session, "vote", "Dinner", [{"title": "What?", "options": ["Rice", "Noodles"]}])
    expect(laptop.get_by_test_id("card-row")).to_have_count(2)
    expect(card).to_contain_text("When?")

    def change_on_the_way(route: Route) -> None:
        ask("With whom?")
        route.continue_()

    laptop.route("**/open?*", change_on_the_way, times=1)
    laptop.get_by_test_id("open-card").click()
    laptop.get_by_test_id("error").wait_for()
    expect(card).to_contain_text("With whom?")
    expect_card(laptop, "draft", "vote")
    laptop.get_by_test_id("open-card").click()
    expect_card(laptop, "open", "vote")


def test_settings_half_changed_are_not_lost_by_a_slip(account: Account, live: Live, laptop: Page) -> None:
    """Of a room, of the account's look, of a callback endpoint: whoever leaves is asked first, and finds them again; nobody is asked who
    has changed nothing, or has changed it back, or has saved."""
    come_in(laptop, account, live)
    stay = laptop.locator(".el-message-box__btns button").first
    for page, field in (
        (f"rooms/{live.room.id}/settings", "settings-title"),
        ("appearance", "theme-name"),
        ("endpoints/new", "endpoint-name"),
    ):
        laptop.goto(f"{live.client.base_url}/console/{page}")
        box = laptop.get_by_test_id(field)
        before = box.input_value()
        box.fill(f"{before} changed")
        laptop.get_by_test_id("nav-bank").click()
        stay.click()
        expect(box).to_have_value(f"{before} changed")
        box.fill(before)
        laptop.get_by_test_id("nav-bank").click()
        laptop.get_by_test_id("new-template").first.wait_for()

    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    laptop.get_by_test_id("settings-title").fill("The new hall")
    laptop.get_by_test_id("settings-save").click()
    laptop.locator(".el-message").wait_for()
    laptop.get_by_test_id("nav-bank").click()
    laptop.get_by_test_id("new-template").first.wait_for()


@pytest.fixture
def broken_file(tmp_path: Path) -> Path:
    """A CSV as a host writes it, with a right option that is not there and a number that is none."""
    path = tmp_path / "questions.csv"
    path.write_text(
        "title,kind,type,question,right,score,option_a,option_b\n"
        "Safety,exam,choice,Where is the exit?,A,5,Left,Right\n"
        ",,choice,And the stairs?,C,5,Left,Right\n"
        ",,true_false,Lifts are safe in a fire.,B,many,True,False\n",
        encoding="utf-8",
    )
    return path


def test_the_question_bank_takes_a_file_once_it_is_mended(account: Account, live: Live, laptop: Page, broken_file: Path) -> None:
    """Faults are shown by row and column with what stands there, and nothing is kept; the mended file is, and its survey is opened in a
    live session."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/bank")
    laptop.get_by_test_id("import-templates").first.click()
    laptop.get_by_test_id("import-file").set_input_files(broken_file)
    faults = laptop.get_by_test_id("import-fault")
    expect(faults).to_have_count(2)
    expect(faults.nth(0).locator("td").nth(0)).to_have_text("3")
    expect(faults.nth(0).locator("td").nth(1)).to_have_text("right")
    expect(faults.nth(0).locator("td").nth(2)).to_have_text("C")
    expect(faults.nth(1)).to_contain_text("score")
    expect(faults.nth(1)).to_contain_text("many")
    expect(laptop.get_by_test_id("import-keep")).to_have_count(0)

    broken_file.write_text(broken_file.read_text().replace(",C,", ",B,").replace("many", "4"))
    laptop.get_by_test_id("import-file").set_input_files(broken_file)
    expect(laptop.get_by_test_id("import-found")).to_have_count(1)
    laptop.get_by_test_id("import-keep").click()
    expect(laptop.get_by_test_id("template-row")).to_contain_text("Safety")

    laptop.goto(f"{live.desk}/surveys")
    laptop.get_by_test_id("from-bank").first.click()
    laptop.get_by_test_id("use-template").click()
    expect_card(laptop, "draft")
    laptop.get_by_test_id("open-card").click()
    expect_card(laptop, "open")
    (survey,) = live.client.list_surveys(live.live_session.id)
    assert [(question.right_options, question.score) for question in survey.questions] == [([0], 5), ([1], 5), ([1], 4)]
    assert survey.template is not None


def test_more_surveys_than_a_snapshot_holds(account: Account, live: Live, laptop: Page) -> None:
    """All of them are listed, newest first; the oldest can be chosen and opened."""
    for number in range(limits.SNAPSHOT_SURVEYS + 5):
        live.client.create_answer_card(live.live_session.id, f"Card {number}", ["Yes", "No"])
    to_desk(laptop, account, live)
    laptop.get_by_role("button", name="Show 15 more").click()
    expect(laptop.get_by_test_id("card-row")).to_have_count(limits.SNAPSHOT_SURVEYS + 5)
    expect(laptop.get_by_test_id("card-row").first).to_contain_text(f"Card {limits.SNAPSHOT_SURVEYS + 4}")
    laptop.get_by_test_id("card-row").last.click()
    expect(laptop.locator("#chosen-card")).to_contain_text("Card 0")
    laptop.locator("#chosen-card").get_by_role("button", name="Open", exact=True).click()
    expect_card(laptop, "open", "answer_card")
