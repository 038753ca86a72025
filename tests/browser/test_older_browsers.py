"""Browsers inside chat apps: older builtins, and nothing that may be kept."""

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, choose, enter, submit
from tests.flows.kinds import PICTURE

_OLDER = """
for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with', 'findLast', 'findLastIndex']) delete Array.prototype[name];
for (const name of ['union', 'intersection', 'difference', 'isSubsetOf']) delete Set.prototype[name];
for (const name of ['groupBy']) { delete Object[name]; delete Map[name]; }
for (const name of ['withResolvers', 'try']) delete Promise[name];
for (const name of ['isWellFormed', 'toWellFormed']) delete String.prototype[name];
delete Array.fromAsync;
delete window.structuredClone;
delete window.requestIdleCallback;
delete window.BroadcastChannel;
delete Crypto.prototype.randomUUID;
delete AbortSignal.any;
delete AbortSignal.timeout;
delete Navigator.prototype.locks;
delete Navigator.prototype.clipboard;
delete Element.prototype.checkVisibility;
delete Element.prototype.requestFullscreen;
delete Document.prototype.startViewTransition;
for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } });
}
"""
"""What Chrome 100 and iOS 15.4 do not have, and a browser that lets pages keep nothing."""


def test_a_viewer_with_an_older_browser(live: Live, phone: Page) -> None:
    """Enters, answers and sees the result; no script throws (the fixture looks)."""
    phone.add_init_script(_OLDER)
    card = live.opened("answer_card", "Card", [{"title": "Which?", "options": ["North", "East"], "right_options": [1]}])
    enter(phone, live.address, "林晓")
    assert phone.evaluate("[].toSorted === undefined && window.structuredClone === undefined")
    choose(phone, 1)
    submit(phone)
    live.close(card)
    phone.get_by_test_id("result").wait_for()
    phone.goto("about:blank")  # what pages keep is cleared afterwards, which this browser would refuse


def test_the_screen_in_an_older_browser(live: Live, phone: Page) -> None:
    """It shows the open card and its result."""
    phone.add_init_script(_OLDER)
    phone.goto(live.client.make_screen_link(live.room.id).screen_url)
    card = live.opened("answer_card", "Card", [{"title": "Which?", "options": ["North", "East"], "right_options": [1]}])
    expect(phone.get_by_test_id("screen-question")).to_have_text("Which?")
    live.close(card)
    phone.locator('[data-testid="screen-survey"][data-published="true"]').wait_for()
    phone.goto("about:blank")


_WITHOUT_HAS = """() => {
  let gone = 0;
  const clean = (owner) => {
    for (let at = owner.cssRules.length - 1; at >= 0; at -= 1) {
      const rule = owner.cssRules[at];
      if (rule.selectorText?.includes(':has(')) { owner.deleteRule(at); gone += 1; }
      else if (rule instanceof CSSGroupingRule) clean(rule);
    }
  };
  for (const sheet of document.styleSheets) clean(sheet);
  return gone;
}"""
"""Chrome before 105 does not know :has(), and leaves out each rule that has it."""
_RING = """() => {
  const option = document.activeElement.closest('label');
  return [option, ...option.querySelectorAll('*')].some((part) => getComputedStyle(part).outlineStyle === 'solid');
}"""


def test_the_focus_in_a_browser_without_has(live: Live, phone: Page) -> None:
    """Options, stars and pictures show the keyboard's focus all the same."""
    picture = live.client.upload_picture(PICTURE, "image/png")
    questions = [
        {"title": "Which?", "options": ["North", "East"]},
        {"type": "rating", "title": "How good?", "scale": 5},
        {"type": "picture_choice", "title": "Which one?", "options": ["A", "B"], "option_pictures": [picture.id, picture.id]},
    ]
    live.opened("vote", "Focus", questions)
    enter(phone, live.address, "林晓")
    phone.get_by_test_id("question").first.wait_for()
    assert phone.evaluate(_WITHOUT_HAS) > 0
    for question in range(3):
        phone.get_by_test_id("question").nth(question).locator("input[type=radio]").first.focus()
        assert phone.evaluate(_RING), question
