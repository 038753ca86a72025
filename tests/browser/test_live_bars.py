"""Bars on the host's desk while answers come in, as somebody sees them whose machine shows motion."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP
from tests.browser.steps import Live, come_in, look_at
from tests.harness.server import Account
from tests.harness.viewers import Viewer

_VOTERS = 12

# at every frame: how much of the line through the first bar's middle is as dark as a bar. Its texts are dark too, but always there.
_WATCH = """() => {
    const canvas = document.querySelector('[data-testid="survey-chart"] canvas')
    const rows = document.querySelectorAll('[data-testid="survey-chart"] tbody tr').length
    window.lengths = []
    const look = () => {
        const { data } = canvas.getContext('2d').getImageData(0, Math.round(canvas.height / rows / 2), canvas.width, 1)
        let dark = 0
        for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200 && data[at] + data[at + 1] + data[at + 2] < 300) dark += 1
        window.lengths.push(dark / canvas.width)
        requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
}"""
# reached: at rest. The page's policy forbids waiting for a function by its text
_AT_REST = """() => new Promise((done) => {
    const look = () => {
        const [was, is] = [window.lengths.at(-12), window.lengths.at(-1)]
        if (was !== undefined && Math.abs(was - is) < 0.002) done(is)
        else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
})"""


def test_a_bar_grows_from_where_it_is(browser: Browser, live: Live, account: Account) -> None:
    """Half the room votes for one way and half for the other, one after the other: each tally moves the bars a little, none begins anew."""
    vote = live.opened("vote", "Which way?", [{"title": "Which way?", "options": ["North", "East"]}])
    context = browser.new_context(viewport=DESKTOP, locale="en-US", reduced_motion="no-preference", color_scheme="light")
    try:
        page = context.new_page()
        come_in(page, account, live)
        page.goto(f"{live.desk}/surveys")
        page.get_by_test_id("survey-chart").locator("canvas").wait_for()
        look_at(page)
        page.evaluate(_WATCH)
        empty = page.evaluate(_AT_REST)
        for number in range(_VOTERS):
            with Viewer(live.client.base_url) as voter:
                voter.enter(live.room.code, f"Voter {number}")
                assert voter.answer({"id": vote.id, "questions": [{"id": vote.questions[0].id}]}, [number % 2])["op"] == "accepted"
            expect(page.get_by_test_id("count-B" if number % 2 else "count-A")).to_contain_text(str(number // 2 + 1))
            if number == 1:
                half = page.evaluate(_AT_REST)
                page.evaluate("window.lengths.length = 0")
        assert half - empty > 0.2, "the first bar stands at half of its length"
        page.evaluate(_AT_REST)
        lengths = page.evaluate("window.lengths")
        assert len(lengths) > _VOTERS
        assert min(lengths) - empty > (half - empty) * 0.9, "it was never shorter than the half it had"
    finally:
        context.close()
