"""Without a mouse: a viewer enters and answers, a host opens, closes and publishes, and the focus is always somewhere that can be seen."""

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, expect_card, expect_phase, to_desk
from tests.harness.server import Account

_MOST_STOPS = 60
_FOCUS = """async () => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  // a radio button is drawn by its label, a field of the console by its frame
  const shown = one.closest('label, .el-input__wrapper, .el-textarea') ?? one;
  const parts = [one, shown, ...shown.querySelectorAll('*')];
  const drawn = () => {
    for (const part of parts) getComputedStyle(part).boxShadow;
    for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
    return parts.map((part) => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(part);
      return [outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 ? `${outlineWidth} ${outlineColor}` : 'none', boxShadow].join();
    });
  };
  const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const isInView = () => {
    const box = shown.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  };
  const withIt = drawn();
  const inView = isInView();
  one.blur();
  await settled();
  const without = drawn();
  const wasInView = isInView();  // the way past the navigation is there only while it has the focus
  one.focus({ preventScroll: true });
  await settled();
  const differs = !wasInView || withIt.some((style, at) => style !== without[at]);
  const holder = one.closest('[data-testid]');
  return { id: one.dataset.testid ?? '', at: holder ? holder.dataset.testid : one.outerHTML.slice(0, 100), seen: inView && differs };
}"""


def _tab_to(page: Page, test_id: str) -> None:
    """Presses Tab until this has the focus; on the way, and there, the focus is drawn: what has it looks different without it."""
    passed = []
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus is None:
            continue  # the browser's own controls, between the last stop of the page and the first
        passed.append(focus["at"])
        assert focus["seen"], f"nobody sees the focus on {focus['at']}"
        if focus["id"] == test_id:
            expect(page.get_by_test_id(test_id)).to_be_enabled()  # what has just changed takes no press until it can be read
            return
    raise AssertionError(f"Tab never reaches {test_id}, but {passed}")


def test_a_viewer_with_a_keyboard(live: Live, second_phone: Page) -> None:
    """Name, Enter, the option by the arrow keys, Enter; the keyboard goes on at what says that it is saved, though the option is locked."""
    page = second_phone
    card = live.opened("answer_card", "Card", [{"title": "Which?", "options": ["North", "East", "West"], "right_options": [1]}])
    page.goto(live.address)
    page.get_by_test_id("viewer-name").wait_for()
    if page.evaluate("document.activeElement.dataset.testid") != "viewer-name":
        _tab_to(page, "viewer-name")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect_phase(page, "inside")
    page.get_by_test_id("question").wait_for()
    _tab_to(page, "option-0")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "submit-answer")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_test_id("answer-saved").wait_for()
    expect(page.get_by_test_id("answer-saved")).to_be_focused()
    assert live.survey(card).questions[0].counts == [0, 1, 0]


def test_a_host_with_a_keyboard(account: Account, live: Live, laptop: Page) -> None:
    """Opens a draft, closes it, publishes it; a dialog takes the focus, keeps it, and gives it back."""
    questions = [{"title": "Which?", "options": ["North", "East"], "right_options": [1]}]
    live.client.create_survey(live.live_session.id, "answer_card", "Card", questions, publish_on_close=False)
    to_desk(laptop, account, live)
    expect_card(laptop, "draft")
    _tab_to(laptop, "open-card")
    laptop.keyboard.press("Enter")
    expect_card(laptop, "open")
    _tab_to(laptop, "close-card")
    laptop.keyboard.press("Enter")
    laptop.locator('[data-testid="host-card"]:not([data-state="open"])').wait_for()
    _tab_to(laptop, "publish-card")
    laptop.keyboard.press("Enter")
    laptop.get_by_test_id("card-published").wait_for()
    _tab_to(laptop, "enlarge-qr")
    laptop.keyboard.press("Enter")
    laptop.locator(".el-dialog").wait_for()
    for _ in range(6):
        laptop.keyboard.press("Tab")
        assert laptop.evaluate("document.activeElement.closest('.el-dialog, .el-overlay') !== null")
    laptop.keyboard.press("Escape")
    laptop.locator(".el-dialog").wait_for(state="hidden")
    assert laptop.evaluate("document.activeElement.dataset.testid") == "enlarge-qr"


def test_another_page_begins_at_its_head(account: Account, live: Live, laptop: Page) -> None:
    """Who follows a link of the console with the keyboard goes on from the page it leads to; another tab of the same page leaves the focus
    where it is."""
    to_desk(laptop, account, live)
    laptop.get_by_test_id("tab-people").focus()
    laptop.keyboard.press("Enter")
    expect(laptop.get_by_test_id("tab-people")).to_have_attribute("aria-current", "page")
    expect(laptop.get_by_test_id("tab-people")).to_be_focused()
    laptop.get_by_test_id("nav-rooms").focus()
    laptop.keyboard.press("Enter")
    laptop.get_by_test_id("create-room").first.wait_for()
    expect(laptop.locator("main")).to_be_focused()
    _tab_to(laptop, "create-room")
