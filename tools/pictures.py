"""make pictures: starts a server with made data, walks a browser through every screen, and saves what it sees in docs/pictures.

Two languages, a phone (390×844) and a desk (1440×900). tools/pictures.py [--out FOLDER] [--only zh|en]
Needs the built web app and a chromium (TURNOUT_TEST_CHROMIUM, or one on PATH).
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from typing_extensions import override

from turnout.cli.demo_account import Stage, set_stage
from turnout.cli.running import run
from turnout.client import native_replies
from turnout.compose import Server, open_keyring
from turnout.config import Config
from turnout.dialects.contract import Patience
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.hub.protocol import RESTART
from turnout.rehearsal.answering import choose, lean
from turnout.rehearsal.cards import DECK, Card, Language, names
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.viewers import Viewer
from turnout.server.logs import configure_logs

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
ROOMS: dict[Language, list[str]] = {"zh": ["客户答疑", "新员工入职培训"], "en": ["Customer questions", "Onboarding"]}
VIEWER: dict[Language, str] = {"zh": "小雨", "en": "Robin"}
SHOWN_URL = "http://live.example.com"
"""The address in links and QR codes, so that no picture names the machine it was taken on."""

CROWD = 36
SEED = 7
_STILL_S = 0.6  # after the last change on the page, for counts and bars to come to rest
_WAIT_MS = 15_000


class _Receiver(BaseHTTPRequestHandler):
    """A customer's system on a bad day: it fails the first try of each message and takes the second."""

    seen: set[bytes]

    def do_POST(self) -> None:
        """Answers."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        first = body not in self.seen
        self.seen.add(body)
        answer = b'{"error":"database is locked"}' if first else b'{"ok":true}'
        self.send_response(503 if first else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, *details: object) -> None:
        return


@contextmanager
def receiving() -> Iterator[str]:
    """The address of such a receiver."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"seen": set()}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/turnout/callbacks"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Album:
    """Where the pictures of one language go."""

    def __init__(self, folder: Path, language: Language) -> None:
        self._folder = folder
        self._language = language

    async def take(self, page: Page, screen: str) -> None:
        """Saves what the page shows now, as SCREEN-phone-LANGUAGE.png or SCREEN-desk-LANGUAGE.png."""
        await page.evaluate("document.fonts.ready")
        await asyncio.sleep(_STILL_S)
        size = "phone" if (page.viewport_size or PHONE)["width"] < 600 else "desk"
        path = self._folder / f"{screen}-{size}-{self._language}.png"
        await page.screenshot(path=path, animations="disabled")
        print(path.name)

    async def take_all(self, pages: Sequence[Page], screen: str) -> None:
        """The same screen on each page."""
        for page in pages:
            await self.take(page, screen)


class Tour:
    """One walk through all screens in one language."""

    def __init__(self, server: Server, stage: Stage, browser: Browser, language: Language, album: Album) -> None:
        self.server = server
        self.stage = stage
        self.browser = browser
        self.url = f"http://127.0.0.1:{server.port}"
        self.language: Language = language
        self.album = album
        self._leanings: dict[str, list[float]] = {}

    async def walk(self) -> None:
        """Takes every picture."""
        viewers = [await self._open(PHONE), await self._open(DESK)]
        hosts = [await self._open(PHONE), await self._open(DESK)]
        viewer_pages = [await context.new_page() for context in viewers]
        host_pages = [await context.new_page() for context in hosts]
        url, live_session = self.url, self.stage.live_session.id
        crowd = Crowd(url, self.stage.room.code, names(self.stage_chance, self.language, CROWD), seed=SEED, take_part=self._take_part)
        try:
            for page in viewer_pages:
                await page.goto(f"{url}/r/{self.stage.room.code}")
                await page.get_by_test_id("viewer-name").wait_for(timeout=_WAIT_MS)
            await self.album.take_all(viewer_pages, "viewer-enter")
            for page in host_pages:
                await page.goto(f"{url}/")
                await page.get_by_test_id("login-name").wait_for(timeout=_WAIT_MS)
            await self.album.take_all(host_pages, "console-login")
            await self._log_in(host_pages)
            await self.album.take_all(host_pages, "console-rooms")
            await crowd.enter()
            await self._play(DECK[self.language][1], crowd)
            for page in host_pages:
                await page.goto(f"{url}/console/rooms/{self.stage.room.id}")
                await page.get_by_test_id("running-live-session").wait_for(timeout=_WAIT_MS)
            await self.album.take_all(host_pages, "console-room")
            for page in host_pages:
                await page.goto(f"{url}/console/live/{live_session}")
            await self._follow_a_card(viewer_pages, host_pages, crowd)
            await self._deliveries(host_pages)
        finally:
            await crowd.leave()
            for context in (*viewers, *hosts):
                await context.close()

    @property
    def stage_chance(self) -> random.Random:
        """The same names each time."""
        return random.Random(SEED)  # noqa: S311 - a play, not a secret

    async def _open(self, viewport: dict[str, int]) -> BrowserContext:
        phone = viewport is PHONE
        return await self.browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            locale=LOCALES[self.language],
            timezone_id="Asia/Shanghai",
        )

    async def _log_in(self, pages: Sequence[Page]) -> None:
        for page in pages:
            await page.get_by_test_id("login-name").fill(self.stage.secrets.host_login)
            await page.get_by_test_id("login-password").fill(self.stage.secrets.host_password)
            await page.get_by_test_id("log-in").click()
            await page.get_by_test_id("room").first.wait_for(timeout=_WAIT_MS)

    async def _take_part(self, number: int, viewer: Viewer, survey: native_replies.Survey) -> None:
        if number % 9 == 4:
            return  # somebody always only listens
        question = survey.questions[0]
        await viewer.answer(question.id, choose(viewer.chance, self._leanings[survey.id], multiple=question.multiple))

    async def _draft(self, card: Card) -> native_replies.Survey:
        client, live_session = self.stage.client, self.stage.live_session.id
        draft = await asyncio.to_thread(
            lambda: client.create_answer_card(
                live_session,
                card.title,
                card.options,
                question=card.question,
                right_options=card.right,
                multiple=card.multiple,
                score=card.score,
                time_limit_s=300,
            )
        )
        self._leanings[draft.id] = lean(self.stage_chance, draft.questions[0])
        return draft

    async def _play(self, card: Card, crowd: Crowd) -> None:
        """A whole card, as an earlier one."""
        client, live_session = self.stage.client, self.stage.live_session.id
        draft = await self._draft(card)
        await asyncio.to_thread(client.open_survey, live_session, draft.id)
        await crowd.until(lambda: all(draft.id in viewer.surveys for viewer in crowd.entered) and crowd.quiet, 20)
        await asyncio.to_thread(client.close_survey, live_session, draft.id)

    async def _follow_a_card(self, viewer_pages: Sequence[Page], host_pages: Sequence[Page], crowd: Crowd) -> None:
        client, live_session = self.stage.client, self.stage.live_session.id
        for page in viewer_pages:
            await page.get_by_test_id("viewer-name").fill(VIEWER[self.language])
            await page.get_by_test_id("enter-room").click()
            await page.get_by_test_id("viewer-name").wait_for(state="detached", timeout=_WAIT_MS)
        draft = await self._draft(DECK[self.language][0])
        await asyncio.to_thread(client.open_survey, live_session, draft.id)
        for page in viewer_pages:
            await page.get_by_test_id("card-open").wait_for(timeout=_WAIT_MS)
        await crowd.until(lambda: crowd.quiet and all(draft.id in viewer.surveys for viewer in crowd.entered), 20)
        await self.album.take_all(viewer_pages, "viewer-open")
        for page in viewer_pages:
            # the radio button itself is only for keyboards and screen readers; a finger meets its label
            await page.locator("label", has=page.get_by_test_id("option-2")).click()
            await page.get_by_test_id("submit-answer").click()
            await page.get_by_test_id("answer-saved").wait_for(timeout=_WAIT_MS)
        await self.album.take_all(viewer_pages, "viewer-answered")
        await self._lose_connection(viewer_pages)
        for page in host_pages:
            await page.get_by_test_id("survey-chart").wait_for(timeout=_WAIT_MS)
        await self.album.take_all(host_pages, "console-live")
        for page in host_pages:
            await page.get_by_test_id("new-card").click()
            await page.get_by_test_id("card-question").wait_for(timeout=_WAIT_MS)
        await self.album.take_all(host_pages, "console-form")
        await asyncio.to_thread(client.close_survey, live_session, draft.id)
        for page in viewer_pages:
            await page.get_by_test_id("result").first.wait_for(timeout=_WAIT_MS)
        await self.album.take_all(viewer_pages, "viewer-result")

    async def _deliveries(self, pages: Sequence[Page]) -> None:
        for page in pages:
            await page.get_by_test_id("tab-people").click()
            await page.get_by_test_id("viewer-row").first.wait_for(timeout=_WAIT_MS)
        await self.album.take_all(pages, "console-people")
        for page in pages:
            await page.get_by_test_id("tab-deliveries").click()
            await page.get_by_test_id("delivery-row").first.wait_for(timeout=_WAIT_MS)
        await self.album.take_all(pages, "console-deliveries")
        for page in pages:
            await page.get_by_test_id("delivery-row").first.click()
            await page.get_by_test_id("attempt").first.wait_for(timeout=_WAIT_MS)
        await self.album.take_all(pages, "console-attempts")

    async def _lose_connection(self, pages: Sequence[Page]) -> None:
        for page in pages:
            await page.context.set_offline(True)
        for connection in list(self.server.hub.connections):
            connection.end(RESTART)
        for page in pages:
            await page.get_by_test_id("link-lost").wait_for(timeout=_WAIT_MS)
        await self.album.take_all(pages, "viewer-reconnecting")
        for page in pages:
            await page.context.set_offline(False)
            await page.get_by_test_id("link-lost").wait_for(state="detached", timeout=_WAIT_MS)


async def take_pictures(folder: Path, languages: Sequence[Language]) -> None:
    """Every picture in these languages."""
    configure_logs("error", "console")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--font-render-hinting=none"])
        try:
            for language in languages:
                with receiving() as callback_url, tempfile.TemporaryDirectory(prefix="turnout-pictures-") as data_dir:
                    await _tour(browser, language, Album(folder, language), callback_url, data_dir)
        finally:
            await browser.close()


async def _tour(browser: Browser, language: Language, album: Album, callback_url: str, data_dir: str) -> None:
    config = Config(data_dir=data_dir, port=0, base_url=SHOWN_URL, dangerous_allow_private_callbacks=True)
    hasty = QuanshiCallbacks(open_keyring(config).ids, Patience(timeout_s=5.0, waits_s=(0.2, 0.2)))
    async with Server(config, dialects={hasty.name: hasty}).serving() as server:
        url = f"http://127.0.0.1:{server.port}"
        (await set_stage(server, url, language, fresh_live_session=True)).client.close()  # a live session that the next one ends
        stage = await set_stage(server, url, language, fresh_live_session=True)
        with stage.client as client:
            for title in ROOMS[language]:
                await asyncio.to_thread(client.create_room, title)
            await asyncio.to_thread(client.create_callback_endpoint, callback_url, hasty.name)
            await Tour(server, stage, browser, language, album).walk()


def find_chromium() -> str:
    """The browser's program."""
    named = os.environ.get("TURNOUT_TEST_CHROMIUM")
    found = named or next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        sys.exit("pictures: there is no chromium; install one or set TURNOUT_TEST_CHROMIUM")
    return found


def main() -> None:
    """Reads the arguments and takes the pictures."""
    parser = argparse.ArgumentParser(description="Takes the pictures of docs/pictures again.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--only", choices=["zh", "en"])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    run(take_pictures(arguments.out, [arguments.only] if arguments.only else ["zh", "en"]))


if __name__ == "__main__":
    main()
