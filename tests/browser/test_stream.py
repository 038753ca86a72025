"""The room's stream on the viewers' page: a real HLS stream from another host, and what goes wrong with one."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import PHONE, Device
from tests.browser.steps import Live, come_in, enter
from tests.harness.server import Account, free_port
from tests.harness.site import Site, serving_site

_STREAM = Path(__file__).with_name("stream")
_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment"}
_PATH = "/live/index.m3u8"


@pytest.fixture
def cdn() -> Iterator[Site]:
    """Where the stream comes from; it is there once `begin` is called."""
    with serving_site() as site:
        yield site


def begin(cdn: Site, *, over: bool = False) -> None:
    """The stream is there. over: and has an end, so many seconds later; else it waits there for more."""
    for file in _STREAM.iterdir():
        cdn.files[f"/live/{file.name}"] = (_TYPES[file.suffix], file.read_bytes())
    if not over:
        lines = (_STREAM / "index.m3u8").read_text().splitlines(keepends=True)
        running = [line for line in lines if not line.startswith(("#EXT-X-ENDLIST", "#EXT-X-PLAYLIST-TYPE"))]
        cdn.files[_PATH] = (_TYPES[".m3u8"], "".join(running).encode())


def stream(page: Page) -> FrameLocator:
    """The frame in which it plays."""
    return page.frame_locator('[data-testid="stream-place"] iframe')


def expect_stream(page: Page, state: str) -> None:
    """loading, blocked, playing, over, missing, lost, broken, unsupported or forbidden."""
    expect(stream(page).get_by_test_id("stream")).to_have_attribute("data-state", state)


def test_a_stream_set_while_viewers_are_in_plays_at_once(account: Account, live: Live, laptop: Page, phone: Page, cdn: Site) -> None:
    """The host writes the stream's address into the settings: who is in already sees it play, silently, without a reload; a tap gives
    sound; its place can be folded away, and it is gone when the address is."""
    begin(cdn)
    enter(phone, live.address, "林晓")
    expect(phone.get_by_test_id("stream-place")).to_have_count(0)
    phone.evaluate("window.stillHere = true")
    come_in(laptop, account, live)
    laptop.goto(f"{live.client.base_url}/console/rooms/{live.room.id}/settings")
    laptop.get_by_test_id("settings-stream").fill(cdn.origin + _PATH)
    laptop.get_by_test_id("settings-save").click()
    laptop.locator(".el-message").wait_for()

    expect_stream(phone, "playing")
    assert {_PATH, "/live/init.mp4", "/live/0.m4s"} <= set(cdn.asked)
    video = stream(phone).locator("video")
    assert video.evaluate("video => [video.muted, video.videoWidth, video.videoHeight]") == [True, 160, 90]
    box = phone.locator('[data-testid="stream-place"] iframe').bounding_box()
    assert box
    assert box["width"] / box["height"] == pytest.approx(16 / 9, abs=0.02)
    stream(phone).get_by_test_id("stream-sound").click()
    expect(stream(phone).get_by_test_id("stream-sound")).to_have_count(0)
    assert video.evaluate("video => video.muted") is False

    phone.get_by_test_id("stream-fold").click()
    expect(phone.locator('[data-testid="stream-place"] iframe')).to_have_count(0)
    live.client.change_room(live.room.id, stream_url=None)
    expect(phone.get_by_test_id("stream-place")).to_have_count(0)
    assert phone.evaluate("window.stillHere") is True


def test_a_stream_that_has_not_begun_is_tried_again(live: Live, second_phone: Page, cdn: Site) -> None:
    """A playlist that is not there yet is said calmly and asked for again; once it is there it plays by itself."""
    live.client.change_room(live.room.id, stream_url=cdn.origin + _PATH)
    enter(second_phone, live.address, "Ada")
    expect_stream(second_phone, "missing")
    expect(stream(second_phone).get_by_test_id("stream")).to_contain_text("The stream has not begun yet.")
    begin(cdn)
    expect_stream(second_phone, "playing")
    assert cdn.asked.count(_PATH) >= 2


def test_a_stream_that_ends_says_so(live: Live, second_phone: Page, cdn: Site) -> None:
    """No picture stands still there as if it went on; where it begins again, a press plays it."""
    begin(cdn, over=True)
    live.client.change_room(live.room.id, stream_url=cdn.origin + _PATH)
    enter(second_phone, live.address, "Ada")
    expect_stream(second_phone, "over")
    expect(stream(second_phone).get_by_test_id("stream")).to_contain_text("The stream has ended.")
    begin(cdn)
    stream(second_phone).get_by_test_id("stream-again").click()
    expect_stream(second_phone, "playing")


def test_what_is_no_stream_and_what_cannot_be_reached(live: Live, second_phone: Page, cdn: Site) -> None:
    """What is no playlist is said to be interrupted, a host that is away to be out of reach; the button tries again at once."""
    cdn.files[_PATH] = (_TYPES[".m3u8"], b"this is no playlist")
    live.client.change_room(live.room.id, stream_url=cdn.origin + _PATH)
    enter(second_phone, live.address, "Ada")
    expect_stream(second_phone, "broken")
    begin(cdn)
    stream(second_phone).get_by_test_id("stream-retry").click()
    expect_stream(second_phone, "playing")

    live.client.change_room(live.room.id, stream_url=f"http://localhost:{free_port()}{_PATH}")
    expect_stream(second_phone, "lost")


def test_segments_from_a_host_that_is_not_named(live: Live, second_device: Device, second_phone: Page, cdn: Site) -> None:
    """The frame may connect to the hosts in the room's settings and to no other: a playlist that leads elsewhere plays only once that host
    is named."""
    begin(cdn)
    with serving_site() as elsewhere:
        elsewhere.files |= cdn.files
        playlist = cdn.files[_PATH][1].decode()
        for name in ("init.mp4", "0.m4s", "1.m4s", "2.m4s"):
            playlist = playlist.replace(name, f"{elsewhere.origin}/live/{name}")
        cdn.files[_PATH] = (_TYPES[".m3u8"], playlist.encode())
        live.client.change_room(live.room.id, stream_url=cdn.origin + _PATH)
        enter(second_phone, live.address, "Ada")
        expect_stream(second_phone, "forbidden")
        assert elsewhere.asked == []
        assert second_device.faults
        second_device.faults.clear()  # the browser said so too, as it should

        live.client.change_room(live.room.id, stream_origins=[elsewhere.origin])
        second_phone.reload()
        expect_stream(second_phone, "playing")
        assert "/live/0.m4s" in elsewhere.asked
        second_device.faults.clear()


_REFUSED = """
const play = HTMLMediaElement.prototype.play;
let isPressed = false;
document.addEventListener('click', () => (isPressed = true), true);
HTMLMediaElement.prototype.play = function () {
  return isPressed ? play.call(this) : Promise.reject(new DOMException('not allowed', 'NotAllowedError'));
};
"""
"""As in iOS's low-power mode and chat apps' browsers: not even silent pictures begin before somebody has pressed something. The browser's
own word for that, userActivation, would not do: with every look at the page whoever drives it has pressed something in its eyes."""


def test_a_browser_that_lets_nothing_begin_by_itself(live: Live, browser: Browser, cdn: Site) -> None:
    """It has a button instead of a promise that never comes true; one press plays."""
    begin(cdn)
    live.client.change_room(live.room.id, stream_url=cdn.origin + _PATH)
    context = browser.new_context(viewport=PHONE, locale="en-US", reduced_motion="reduce")
    try:
        page = context.new_page()
        page.add_init_script(_REFUSED)
        page.goto(f"{live.client.base_url}/stream/{live.room.code}#{quote(cdn.origin + _PATH, safe='')}")
        # not by a selector with the state in it: where it is another, one wants to be told which
        expect(page.get_by_test_id("stream")).to_have_attribute("data-state", "blocked")
        page.get_by_test_id("stream-play").click()
        expect(page.get_by_test_id("stream")).to_have_attribute("data-state", "playing")
    finally:
        context.close()
