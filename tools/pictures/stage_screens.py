"""What stands around the surveys: the stream, an announcement, the desk, a customer's page, and the big screen of the hall."""

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tests.harness.site import serving_site
from tools.pictures.album import DESK, HALL, PHONE, see
from tools.pictures.console_screens import go
from tools.pictures.scene import Scene
from tools.pictures.viewer_screens import enter
from tools.pictures.words import ANNOUNCED, EXAMPLE_WORDS

_ROOT = Path(__file__).parents[2]
_EXAMPLE = _ROOT / "examples" / "embedding" / "index.html"
_STREAM = _ROOT / "tests" / "browser" / "stream"
_TIMES = 60
_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment"}


async def take_stage(scene: Scene) -> Page:
    """All of them but the big screen's thanks, which come with the end. Returns the big screen."""
    screen = await open_hall(scene)
    await screen.keyboard.press("q")
    await see([screen], "screen-join")
    await scene.album.take("screen-join", screen)
    await screen.keyboard.press("Escape")
    vote = await scene.open(next(piece for piece in scene.pieces if piece.kind == "vote"), publish_on_close=False)
    await see([screen], "screen-question")
    await scene.album.take("screen-open", screen)
    await screen.keyboard.press("?")
    await see([screen], "screen-help")
    await scene.album.take("screen-keys", screen)
    await screen.keyboard.press("Escape")
    await go(scene, f"{scene.url}/console/live/{scene.live_session}", "desk-tool")
    await scene.album.take("console-desk", *scene.hosts)
    await _take_stream(scene)
    await _take_announcement(scene)
    await _take_embedded(scene)
    await scene.close(vote)
    await screen.locator('[data-testid="screen-survey"]:not([data-state="open"])').wait_for()
    await scene.album.take("screen-closed", screen)
    await scene.publish(vote)
    await see([screen], "screen-share")
    await scene.album.take("screen-results", screen)
    return screen


async def take_thanks(scene: Scene, screen: Page) -> None:
    """The big screen once the live session is over."""
    await see([screen], "screen-thanks")
    await scene.album.take("screen-thanks", screen)


async def open_hall(scene: Scene, room: str = "") -> Page:
    """The big screen of a room's hall, '' being that of the stage, opened by its link where nobody is logged in."""
    link = await asyncio.to_thread(scene.client.make_screen_link, room or scene.stage.room.id)
    screen = await scene.another(HALL)
    await screen.goto(scene.here(link.screen_url))
    await screen.locator('[data-testid="screen"] main > :not(.loading)').first.wait_for()
    return screen


async def take_early_hall(scene: Scene) -> None:
    """The big screen of a room in which nothing runs yet."""
    rooms = await asyncio.to_thread(scene.client.list_rooms)
    screen = await open_hall(scene, next(room.id for room in rooms if room.next_start_at))
    await see([screen], "screen-join")
    await scene.album.take("screen-early", screen)


async def take_not_found(scene: Scene) -> None:
    """An address that leads nowhere."""
    phone = await scene.another(PHONE)
    await phone.goto(f"{scene.url}/r/")
    await see([phone], "not-found")
    await scene.album.take("viewer-not-found", phone)


async def _take_stream(scene: Scene) -> None:
    with serving_site() as site:
        for file in _STREAM.iterdir():
            site.files[f"/live/{file.name}"] = (_TYPES[file.suffix], file.read_bytes())
        site.files["/live/index.m3u8"] = (_TYPES[".m3u8"], _long_playlist())
        await _change_room(scene, stream_url=f"{site.origin}/live/index.m3u8")
        for page in scene.viewers:
            await page.evaluate("scrollTo(0, 0)")
            await page.frame_locator('[data-testid="stream-place"] iframe').locator('[data-state="playing"]').wait_for()
        await scene.album.take("viewer-stream", *scene.viewers)
        await _change_room(scene, stream_url=None)


def _long_playlist() -> bytes:
    """The same few seconds over and over: it does not end while pictures are taken."""
    head, *segments = (_STREAM / "index.m3u8").read_text("utf-8").removesuffix("#EXT-X-ENDLIST\n").split("#EXTINF")
    once = "".join(f"#EXTINF{segment}" for segment in segments)
    return (head + "#EXT-X-DISCONTINUITY\n".join([once] * _TIMES) + "#EXT-X-ENDLIST\n").encode()


async def _take_announcement(scene: Scene) -> None:
    made = await asyncio.to_thread(scene.client.make_announcement, scene.live_session, ANNOUNCED[scene.language])
    await see(scene.viewers, "announcement-text")
    await scene.album.take("viewer-announcement", *scene.viewers)
    await go(scene, f"{scene.url}/console/live/{scene.live_session}/desk", "announced")
    for page in scene.hosts:
        await page.get_by_test_id("announced").first.scroll_into_view_if_needed()
    await scene.album.take("console-desk-announced", *scene.hosts)
    await asyncio.to_thread(scene.client.withdraw_announcement, scene.live_session, made.id)


async def _take_embedded(scene: Scene) -> None:
    """The example page of the documentation."""
    html = _EXAMPLE.read_text("utf-8").replace("https://live.example.com", scene.url).replace("k7mw3x9a", scene.stage.room.code)
    for english, told in EXAMPLE_WORDS[scene.language].items():
        html = html.replace(english, told)
    with serving_site() as site:
        await _change_room(scene, embed_origins=[site.origin])
        address = site.page("/training", html)
        for viewport in (PHONE, DESK):
            page = await scene.another(viewport)
            await page.goto(address)
            frame = page.frame_locator("iframe")
            await frame.get_by_test_id("viewer-name").wait_for()
            await scene.album.take("embedded-enter", page)
            await enter(scene, frame)
            await frame.get_by_test_id("card-open").first.wait_for()
            await page.evaluate("scrollTo(0, 0)")
            await scene.album.take("embedded", page)
            await page.close()
        await _change_room(scene, embed_origins=[])


async def _change_room(scene: Scene, **settings: object) -> None:
    await asyncio.to_thread(lambda: scene.client.change_room(scene.stage.room.id, **settings))
