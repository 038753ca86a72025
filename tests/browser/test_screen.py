"""The big screen: opened with its link on a computer where nobody is logged in, followed through a live session, and driven by keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.steps import Live, choose, come_in, confirm, enter, look_at, submit
from tests.harness.server import Account
from turnout.client import native_replies

_HALL: ViewportSize = {"width": 1920, "height": 1080}
_SIZES = ((1920, 1080), (1280, 720), (3840, 2160))
_LONG = "Which of the following statements about the handling of a lost connection is true when the server restarts in between? "
_OUTSIDE = """() => [...document.querySelectorAll('[data-testid="screen"] :is(h1, h2, p, li, button, svg, img)')]
  .filter((one) => !one.closest('[data-testid="screen-controls"]') && !one.closest('.unseen'))
  .map((one) => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1))
  .map(([text]) => text)"""
_CUT = """() => [...document.querySelectorAll('[data-testid="screen"] :is(h1, h2, p, li, span)')]
  .filter((one) => !one.closest('[data-testid="screen-controls"]') && !one.matches('.unseen'))
  .filter((one) => getComputedStyle(one).overflow === 'hidden')
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  .map((one) => one.textContent.trim().slice(0, 40))"""


@contextmanager
def _hall(browser: Browser, url: str, *, dark: bool = False, locale: str = "en-US") -> Iterator[Page]:
    """The projector's computer, where nobody has logged in."""
    context = browser.new_context(viewport=_HALL, locale=locale, color_scheme="dark" if dark else "light", reduced_motion="reduce")
    try:
        page = context.new_page()
        page.goto(url)
        yield page
    finally:
        context.close()


def _shows(screen: Page, what: str) -> None:
    screen.locator(f'[data-testid="screen"][data-shown="{what}"]').wait_for()


def _vote(live: Live, *, publish_on_close: bool = True) -> native_replies.Survey:
    questions = [
        {"title": "Which way?", "options": ["North", "East"]},
        {"title": "And then?", "options": ["Left", "Right"]},
    ]
    return live.opened("vote", "Directions", questions, publish_on_close=publish_on_close)


def test_a_session_on_the_wall(browser: Browser, live: Live, phone: Page) -> None:
    """Without a login: the code to join, a vote that is open, no result before it is published, bars afterwards, thanks at the end,
    and when it goes on."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        _shows(screen, "join")
        screen.get_by_text(live.room.code).wait_for()
        vote = _vote(live, publish_on_close=False)
        _shows(screen, "survey")
        expect(screen.get_by_test_id("screen-question")).to_have_text("Which way?")
        expect(screen.get_by_test_id("screen-corner")).to_contain_text(live.room.code)
        enter(phone, live.address, "林晓")
        choose(phone.get_by_test_id("question").first, 1)
        choose(phone.get_by_test_id("question").last, 0)
        submit(phone)
        expect(screen.get_by_test_id("screen-answered")).to_have_text("1")
        live.close(vote)
        screen.locator('[data-testid="screen-survey"]:not([data-state="open"])').wait_for()
        expect(screen.get_by_test_id("screen-share")).to_have_count(0)
        live.client.publish_survey(live.live_session.id, vote.id)
        screen.locator('[data-testid="screen-survey"][data-published="true"]').wait_for()
        screen.keyboard.press("ArrowRight")
        expect(screen.get_by_test_id("screen-question")).to_have_text("And then?")
        expect(screen.get_by_test_id("screen-share")).to_have_text(["100%", "0%"])
        live.client.end_live_session(live.live_session.id)
        _shows(screen, "thanks")
        expect(screen.get_by_test_id("screen-people")).to_have_text("1")
        expect(screen.get_by_test_id("screen-answers")).to_have_text("1")
        expect(screen.get_by_test_id("planned")).to_have_count(0)
        live.client.change_room(live.room.id, next_title="Part two", next_start_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
        expect(screen.get_by_test_id("planned")).to_contain_text("Part two")


def test_a_wall_of_those_who_check_in(browser: Browser, live: Live, phone: Page, second_phone: Page) -> None:
    """The hall reads what to do and who has done it, the latest first; where only the host sees the counts, no names."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        enter(phone, live.address, "林晓")
        enter(second_phone, live.address, "Sam")
        checkin = live.client.create_checkin(live.live_session.id, "Morning", show_counts=True)
        expect(screen.get_by_test_id("screen-checkin")).to_contain_text("Check in on your phone")
        for page in (phone, second_phone):
            look_at(page)
            page.get_by_test_id("check-in").click()
            page.get_by_test_id("checked-in").wait_for()
        look_at(screen)
        expect(screen.get_by_test_id("screen-name")).to_have_text(["Sam", "林晓"])
        expect(screen.get_by_test_id("screen-confirmed")).to_contain_text("2/ 2")
        live.client.close_checkin(live.live_session.id, checkin.id)
        expect(screen.get_by_test_id("screen-checkin")).to_contain_text("has ended")
        live.client.create_checkin(live.live_session.id, "Evening")
        expect(screen.get_by_test_id("screen-checkin")).to_contain_text("Evening")
        expect(screen.get_by_test_id("screen-name")).to_have_count(0)


def test_what_else_is_open(browser: Browser, live: Live) -> None:
    """With a check-in and a vote open the newer is shown; a key or a button changes to the other, and what is opened then comes first."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        live.client.create_checkin(live.live_session.id, "Morning")
        _shows(screen, "checkin")
        expect(screen.get_by_test_id("screen-do-other")).to_have_count(0)
        vote = _vote(live)
        _shows(screen, "survey")
        screen.keyboard.press("n")
        _shows(screen, "checkin")
        look_at(screen)
        screen.mouse.move(300, 300)
        screen.get_by_test_id("screen-do-other").click()
        _shows(screen, "survey")
        screen.keyboard.press("n")
        _shows(screen, "checkin")
        live.close(vote)
        live.opened("vote", "Again", [{"title": "Once more?", "options": ["Yes", "No"]}])
        expect(screen.get_by_test_id("screen-question")).to_have_text("Once more?")


def test_keys_and_a_clicker(browser: Browser, live: Live) -> None:
    """Pages turn and pause, the code stands large, the screen goes black and comes back, help lists the keys and gives the focus back."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        vote = _vote(live)
        page_number = screen.get_by_test_id("screen-page")
        expect(page_number).to_have_text("1 / 2")
        screen.keyboard.press(" ")
        screen.get_by_test_id("screen-paused").wait_for()
        for key, number in (("PageDown", 2), ("PageUp", 1), ("ArrowLeft", 2), ("ArrowRight", 1)):
            screen.keyboard.press(key)
            expect(page_number).to_have_text(f"{number} / 2")
        screen.keyboard.press("q")
        screen.get_by_test_id("screen-join").wait_for()
        screen.keyboard.press("Escape")
        screen.get_by_test_id("screen-survey").wait_for()
        screen.keyboard.press(".")
        screen.get_by_test_id("screen-black").wait_for()
        screen.keyboard.press("b")
        expect(screen.get_by_test_id("screen-black")).to_have_count(0)
        screen.get_by_test_id("screen-do-help").focus()
        screen.keyboard.press("?")
        screen.get_by_test_id("screen-help").wait_for()
        screen.keyboard.press("Escape")
        expect(screen.get_by_test_id("screen-help")).to_have_count(0)
        expect(screen.get_by_test_id("screen-do-help")).to_be_focused()
        live.close(vote)
        expect(screen.get_by_test_id("screen-share")).to_have_count(2)
        screen.keyboard.press("r")
        expect(screen.get_by_test_id("screen-share")).to_have_count(0)
        screen.mouse.move(600, 600)
        screen.get_by_test_id("screen-do-results").click()
        expect(screen.get_by_test_id("screen-share")).to_have_count(2)


def test_nothing_leaves_the_wall(browser: Browser, live: Live) -> None:
    """Long texts are set smaller: on screens of every size nothing stands outside, and nothing is cut off, open and with its result."""
    url = live.client.make_screen_link(live.room.id).screen_url
    questions = [{"title": _LONG * 2, "options": [f"{number}. {_LONG}" for number in range(8)], "right_options": [1]}]
    card = live.opened("exam", "A long exam " * 6, questions)
    with _hall(browser, url) as light, _hall(browser, url, dark=True, locale="zh-CN") as dark:
        for state in ("open", "settled"):
            for screen in (light, dark):
                screen.locator(f'[data-testid="screen-survey"][data-state="{state}"]').wait_for()
                for width, height in _SIZES:
                    screen.set_viewport_size({"width": width, "height": height})
                    for _ in range(20):  # a busy machine takes a moment to draw it anew
                        screen.wait_for_timeout(150)
                        wrong = screen.evaluate(_OUTSIDE), screen.evaluate(_CUT)
                        if wrong == ([], []):
                            break
                    assert wrong == ([], []), (state, width, height)
            if state == "open":
                live.close(card)


def test_what_does_not_fit_is_scrolled(browser: Browser, live: Live) -> None:
    """On a screen too small for it, by a clicker and by the Tab key with the arrows; its own question is not turned away meanwhile."""
    live.opened(
        "answer_card", "Long", [{"title": _LONG * 6, "options": [f"{number}. {_LONG}" for number in range(8)], "right_options": [1]}]
    )
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        screen.set_viewport_size({"width": 480, "height": 360})
        box = screen.locator('[data-testid="fit-box"][tabindex="0"]')
        box.wait_for()
        screen.keyboard.press("PageDown")
        expect(box).not_to_have_js_property("scrollTop", 0)
        screen.keyboard.press("PageUp")
        expect(box).to_have_js_property("scrollTop", 0)
        box.focus()
        screen.keyboard.press("ArrowDown")
        expect(box).not_to_have_js_property("scrollTop", 0)
        screen.set_viewport_size(_HALL)
        expect(box).to_have_count(0)


def test_unseen_buttons_take_no_clicks(browser: Browser, live: Live) -> None:
    """Once the controls have gone, whoever clicks where they were presses nothing; the pointer's way there brings them back."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        controls = screen.get_by_test_id("screen-controls")
        expect(controls).to_have_attribute("data-awake", "false")
        expect(controls).to_have_css("pointer-events", "none")
        screen.mouse.move(600, 600)
        expect(controls).to_have_css("pointer-events", "auto")


def test_before_the_first_session_it_wears_the_accounts_look(browser: Browser, live: Live) -> None:
    """The hall sees whose it is while it waits."""
    room = live.client.create_room("Foyer")
    live.client.set_theme(name="Northwind Academy")
    try:
        with _hall(browser, live.client.make_screen_link(room.id).screen_url) as screen:
            expect(screen.get_by_test_id("screen")).to_contain_text("Northwind Academy")
    finally:
        live.client.set_theme()


def test_the_hosts_link(account: Account, browser: Browser, live: Live, laptop: Page) -> None:
    """Made in the room's settings and shown once; it opens the screen elsewhere; a newer one, and its end, turn the screens dark."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    laptop.get_by_test_id("make-screen-link").click()
    url = laptop.get_by_test_id("screen-link-panel").get_by_test_id("secret").inner_text()
    with _hall(browser, url) as screen:
        _shows(screen, "join")
        laptop.get_by_test_id("end-screen-link").click()
        confirm(laptop)
        screen.get_by_test_id("screen-problem").wait_for()
        expect(laptop.get_by_test_id("end-screen-link")).to_have_count(0)
    with _hall(browser, url) as screen:
        screen.get_by_text("This screen link no longer works").wait_for()


def test_without_a_link(account: Account, browser: Browser, live: Live, laptop: Page) -> None:
    """A host's login opens the screen too; who has neither is asked to log in, and then sees it."""
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/screen/{live.room.id}")
    _shows(laptop, "join")
    with _hall(browser, f"{live.client.base_url}/screen/{live.room.id}") as stranger:
        stranger.get_by_test_id("login-name").fill(account.host_login)
        stranger.get_by_test_id("login-password").fill(account.host_password)
        stranger.get_by_test_id("log-in").click()
        _shows(stranger, "join")


def test_a_day_on_the_wall(browser: Browser, live: Live) -> None:
    """What has been shown is not kept: after four times the publications the page's heap is about what it was (the whole measurement is
    benchmarks/screen_heap.py)."""
    with _hall(browser, live.client.make_screen_link(live.room.id).screen_url) as screen:
        protocol = screen.context.new_cdp_session(screen)
        heaps = []
        for rounds, title in ((60, "first"), (180, "last")):
            for _ in range(rounds):
                checkin = live.client.create_checkin(live.live_session.id, title)
                live.client.close_checkin(live.live_session.id, checkin.id)
            card = live.opened("answer_card", title, [{"title": title, "options": ["North", "East"], "right_options": [1]}])
            live.close(card)
            expect(screen.get_by_test_id("screen-question")).to_have_text(title)
            for _ in range(2):
                protocol.send("HeapProfiler.collectGarbage")
            heaps.append(protocol.send("Runtime.getHeapUsage")["usedSize"])
        assert heaps[1] < 1.2 * heaps[0], heaps
