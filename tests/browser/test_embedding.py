"""The viewers' page in a frame of a customer's own site, which is another site in the browser's eyes."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import _FLAGS, Device, chromium_path
from tests.browser.steps import Live
from tests.harness.server import ServerProcess, create_account
from tests.harness.site import Site, serving_site
from turnout.client import NativeClient

_EXAMPLE = Path(__file__).parents[2] / "examples" / "embedding" / "index.html"


@pytest.fixture
def site() -> Iterator[Site]:
    """The customer's site."""
    with serving_site() as found:
        yield found


def example(live: Live, *attributes: str) -> str:
    """The page of the documentation, with this server and room in it."""
    page = _EXAMPLE.read_text("utf-8").replace("https://live.example.com", live.client.base_url).replace("k7mw3x9a", live.room.code)
    assert live.client.base_url in page
    assert live.room.code in page
    return page.replace(" async>", " ".join(["", *attributes, "async>"]))


def framed(page: Page, at: int = 0) -> FrameLocator:
    """What is inside the frame."""
    return page.frame_locator("iframe").nth(at)


def inside(frame: FrameLocator) -> None:
    """The viewer in the frame has entered."""
    frame.locator('[data-testid="viewer-page"][data-phase="inside"]').wait_for()


def height(page: Page) -> float:
    """Of the frame, in pixels."""
    box = page.locator("iframe").first.bounding_box()
    assert box
    return box["height"]


def test_answering_on_the_customers_page(live: Live, second_phone: Page, site: Site) -> None:
    """The example page of the documentation places the room: one enters and answers there, and the frame is as high as what is in it. It
    does not take the focus from the page around."""
    live.client.change_room(live.room.id, embed_origins=[site.origin])
    second_phone.goto(site.page("/training", example(live)))
    frame = framed(second_phone)
    frame.get_by_test_id("viewer-name").wait_for()
    assert second_phone.evaluate("document.activeElement === document.body")
    frame.get_by_test_id("viewer-name").fill("Ada")
    frame.get_by_test_id("enter-room").click()
    inside(frame)
    assert second_phone.locator("iframe").get_attribute("title") == "Product training"

    before = height(second_phone)
    survey = live.opened(
        "answer_card", "A long one", [{"type": "choice", "title": "Which?", "options": [f"Option {n}" for n in range(20)]}]
    )
    frame.locator('label:has([data-testid="option-3"])').click()
    assert height(second_phone) > before + 400
    # nothing scrolls inside: the whole page is shown
    assert frame.locator("html").evaluate("root => root.scrollHeight <= root.clientHeight + 1")
    frame.get_by_test_id("submit-answer").click()
    frame.get_by_test_id("answer-saved").wait_for()
    assert live.survey(survey).answered == 1


def test_a_site_that_is_not_named_gets_nothing(live: Live, second_device: Device, second_phone: Page, site: Site) -> None:
    """The browser refuses the page to a site that is not in the room's settings, and shows it once it is."""
    live.client.change_room(live.room.id, embed_origins=["https://www.example.com"])
    address = site.page("/training", example(live))
    with second_phone.expect_event("console", lambda message: "frame-ancestors" in message.text):
        second_phone.goto(address)
    expect(framed(second_phone).get_by_test_id("viewer-page")).to_have_count(0)
    second_device.faults.clear()  # the browser's word that it kept to the policy

    live.client.change_room(live.room.id, embed_origins=["https://www.example.com", site.origin])
    second_phone.goto(address)
    framed(second_phone).get_by_test_id("viewer-name").wait_for()


@pytest.fixture
def own_live(server: ServerProcess) -> Iterator[Live]:
    """A live session of another account: other tests go by which entry keys theirs has."""
    with NativeClient(server.base_url, create_account(server.installation, "Embedding").api_key) as client:
        room = client.create_room("Lecture hall")
        yield Live(client, room, client.start_live_session(room.id, "Networks"))


def test_the_pass_is_handed_over(own_live: Live, second_phone: Page, site: Site) -> None:
    """The customer's page hands over who the viewer is, in their own language: let in without a question, and the pass is in no address a
    server is asked for, nor in the frame's."""
    live = own_live
    made = live.client.make_entry_key()
    live.client.change_room(live.room.id, entry="token", embed_origins=[site.origin])
    claims = {"sub": "student-7", "name": "Ada", "exp": int(time.time()) + 600}
    signed = jwt.encode(claims, made.key, algorithm="HS256", headers={"kid": made.kid})
    asked: list[str] = []
    second_phone.on("request", lambda request: asked.append(request.url.split("#")[0]))
    second_phone.goto(site.page("/training", example(live, f'data-pass="{signed}"', 'data-language="zh-CN"')))
    frame = framed(second_phone)
    inside(frame)

    assert [viewer.external_id for viewer in live.client.list_viewers(live.live_session.id).viewers] == ["student-7"]
    assert asked
    assert not [url for url in asked if signed in url]
    assert signed not in frame.locator("html").evaluate("() => location.href")
    expect(frame.locator("html")).to_have_attribute("lang", "zh-CN")


def test_several_and_taken_away(live: Live, second_phone: Page, site: Site) -> None:
    """The script's function places a room where it is asked to, several on one page, and takes each away again."""
    live.client.change_room(live.room.id, embed_origins=[site.origin])
    page = (
        f'<!doctype html><title>Two</title><script src="{live.client.base_url}/embed.js"></script><div id="one"></div><div id="two"></div>'
    )
    second_phone.goto(site.page("/two", page))
    second_phone.evaluate(
        "room => { window.placed = ['one', 'two'].map((id) => Turnout.embed(document.getElementById(id), { room, minHeight: 300 })) }",
        live.room.code,
    )
    for at in (0, 1):
        framed(second_phone, at).get_by_test_id("viewer-name").wait_for()
    # a stranger's message moves nothing
    second_phone.evaluate("window.postMessage({ turnout: 'height', height: 9000 }, '*')")
    second_phone.evaluate("placed[0].remove()")
    expect(second_phone.locator("iframe")).to_have_count(1)
    expect(second_phone.locator("#two iframe")).to_have_count(1)
    assert 300 <= height(second_phone) < 2000


@pytest.fixture
def keeps_nothing(tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """A browser told to keep nothing for anybody: no cookies, no storage."""
    assert browser.is_connected()  # playwright runs already; a second one would not start in this thread
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    preferences = {"profile": {"default_content_setting_values": {"cookies": 2}, "block_third_party_cookies": True}}
    (profile / "Preferences").write_text(json.dumps(preferences))
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=chromium_path(), args=_FLAGS, locale="en-US", viewport={"width": 390, "height": 844}
    )
    yield context.new_page()
    context.close()


def test_a_browser_that_keeps_nothing(live: Live, keeps_nothing: Page, site: Site) -> None:
    """Where the browser lets a framed page keep nothing, one enters and answers all the same."""
    live.client.change_room(live.room.id, embed_origins=[site.origin])
    keeps_nothing.goto(site.page("/training", example(live)))
    frame = framed(keeps_nothing)
    frame.get_by_test_id("viewer-name").fill("Ada")
    refused = "() => { try { localStorage.getItem('x'); return false } catch (error) { return error.name === 'SecurityError' } }"
    assert frame.locator("html").evaluate(refused)
    frame.get_by_test_id("enter-room").click()
    inside(frame)
    survey = live.opened("answer_card", "Warm-up", [{"type": "choice", "title": "Which?", "options": ["Yes", "No"]}])
    frame.locator('label:has([data-testid="option-0"])').click()
    frame.get_by_test_id("submit-answer").click()
    frame.get_by_test_id("answer-saved").wait_for()
    assert live.survey(survey).answered == 1


def test_the_script_is_found_by_any_site(server: ServerProcess, second_phone: Page) -> None:
    """Every site may load the script, and a browser keeps it for some minutes."""
    reply = second_phone.request.get(f"{server.base_url}/embed.js")
    assert reply.ok
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert re.match(r"public, max-age=300\b", reply.headers["cache-control"])
