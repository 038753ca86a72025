"""make pictures: starts a server with made data, walks browsers through every screen, and saves what they see in docs/pictures.

Two languages, a phone (390×844), a desk (1440×900) and a hall's big screen (1920×1080), in light; one picture of each page in dark too.
python -m tools.pictures [--out FOLDER] [--only zh|en] [--part PART] [--theme light|dark] [--every-dark] [--whole]
Needs the built web app and a chromium (TURNOUT_TEST_CHROMIUM, or one on PATH).
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.harness.drand_relay import SigningChain, relaying
from tools.pictures import account_screens as account
from tools.pictures import activity_screens as activities
from tools.pictures import console_screens as console
from tools.pictures import stage_screens as stage_of
from tools.pictures import viewer_screens as viewer
from tools.pictures.album import LOCALES, Album, Theme
from tools.pictures.customer import receiving
from tools.pictures.pages import find_gaps
from tools.pictures.scene import Scene
from tools.pictures.words import LAST_LESSON, NEXT_LESSON, ROOMS
from turnout.cli.demo_account import set_stage
from turnout.cli.running import run
from turnout.compose import Server, open_keyring
from turnout.config import Config
from turnout.dialects.contract import Patience
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.rehearsal.pieces import Language, Piece
from turnout.server.logs import configure_logs

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN_URL = "http://live.example.com"
"""The address in links and QR codes, so that no picture names the machine it was taken on."""

PARTS = ("door", "account", "activities", "surveys", "stage")

CHAIN_AGE_S = 40_000_000
CHAIN_PERIOD_S = 3
"""So that the numbers of rounds look as those of quicknet do."""


def _tomorrow() -> str:
    """Its afternoon, RFC 3339."""
    day = datetime.now(UTC).date() + timedelta(days=1)
    return datetime.combine(day, clock_time(15), UTC).isoformat()


async def _walk(scene: Scene, part: str, chain: SigningChain, folder: Path) -> None:
    """part: only these pictures, one of PARTS; '': all."""
    if part in ("", "door"):
        await viewer.take_door(scene)
        await stage_of.take_early_hall(scene)
        await stage_of.take_not_found(scene)
        await console.take_login(scene)
    await console.log_in(scene)
    if part in ("", "door"):
        await console.take_rooms(scene)
        await console.take_empty_desk(scene)
    if part in ("", "account"):
        await account.take_account(scene)
        if part:
            return
    await scene.crowd.enter()
    await viewer.take_seats(scene)
    if part in ("", "activities"):
        await activities.take_check_in(scene)
        await activities.take_draw(scene, chain)
        await activities.take_other_draws(scene)
    if part in ("", "surveys"):
        await _walk_surveys(scene, folder)
    if part in ("", "stage"):
        screen = await stage_of.take_stage(scene)
        await viewer.take_end(scene)
        await stage_of.take_thanks(scene, screen)
    elif part == "surveys":
        await viewer.take_end(scene)


async def _walk_surveys(scene: Scene, folder: Path) -> None:
    def piece(kind: str, number: int = 0) -> Piece:
        return [piece for piece in scene.pieces if piece.kind == kind][number]

    await console.to_desk(scene)
    card = await viewer.take_kind(scene, piece("answer_card"), meanwhile="console-live")
    await viewer.take_result(scene, card)
    vote = await viewer.take_kind(scene, piece("vote", 1))
    await viewer.take_result(scene, vote)
    questionnaire = await viewer.take_kind(scene, piece("questionnaire"))
    await viewer.take_result(scene, questionnaire)
    exam = await viewer.take_kind(scene, piece("exam"), meanwhile="console-live-exam")
    await console.take_answers(scene, exam)
    await viewer.take_result(scene, exam)
    for survey in (card, vote, questionnaire, exam):
        await console.take_results(scene, survey)

    await console.take_editors(scene)
    await console.take_people(scene)
    await viewer.take_kicked(scene)
    await console.take_callbacks(scene)
    await account.take_endpoint(scene)
    await console.take_bank(scene, folder)
    await console.take_room(scene)


async def _tour(browser: Browser, language: Language, album: Album, part: str, callback_url: str, folder: Path) -> None:
    chain = SigningChain(genesis=int(time.time()) - CHAIN_AGE_S, period_s=CHAIN_PERIOD_S)
    with relaying(chain) as relay:
        config = Config(
            data_dir=str(folder / "data"),
            port=0,
            base_url=SHOWN_URL,
            dangerous_allow_private_callbacks=True,
            drand_urls=(relay.url,),
            drand_chain=chain.told,
            draw_delay_s=activities.DRAW_DELAY_S,
        )
        await _tour_of(browser, language, album, part, callback_url, folder, config, chain)


async def _tour_of(
    browser: Browser, language: Language, album: Album, part: str, callback_url: str, folder: Path, config: Config, chain: SigningChain
) -> None:
    hasty = QuanshiCallbacks(open_keyring(config).ids, Patience(timeout_s=5.0, waits_s=(0.2, 0.2)), lambda: SHOWN_URL)
    async with Server(config, dialects={hasty.name: hasty}).serving() as server:
        url = f"http://127.0.0.1:{server.port}"
        earlier = await set_stage(server, url, language, fresh_live_session=True)
        with earlier.client as client:
            await asyncio.to_thread(client.end_live_session, earlier.live_session.id)
            await asyncio.to_thread(client.start_live_session, earlier.room.id, LAST_LESSON[language])
        stage = await set_stage(server, url, language, fresh_live_session=True)
        with stage.client as client:
            for title, plan in zip(ROOMS[language], (NEXT_LESSON[language], ""), strict=True):
                planned = {"next_title": plan, "next_start_at": _tomorrow()} if plan else {}
                await asyncio.to_thread(partial(client.create_room, title, **planned))
            await asyncio.to_thread(client.create_endpoint, callback_url, hasty.name)
            scene = Scene(server, stage, browser, language, album)
            try:
                await scene.begin()
                await _walk(scene, part, chain, folder)
            finally:
                await scene.end()


async def take_pictures(
    folder: Path, languages: Sequence[Language], part: str, themes: Sequence[Theme], *, every_dark: bool, whole: bool
) -> None:
    """Every picture of this part in these languages and themes; part: '' for all, and then no page may be missing."""
    configure_logs("error", "console")
    async with async_playwright() as playwright:
        for language in languages:
            # its own controls, such as those of dates, speak the language the browser was started in
            arguments = ["--no-sandbox", "--font-render-hinting=none", f"--lang={LOCALES[language]}"]
            environment: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": LOCALES[language].replace("-", "_")}
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments, env=environment)
            try:
                await _hear(browser, language)
                with receiving() as callback_url, tempfile.TemporaryDirectory(prefix="turnout-pictures-") as place:
                    album = Album(folder, language, themes=themes, every_dark=every_dark, whole=whole)
                    await _tour(browser, language, album, part, callback_url, Path(place))
                if not part and (missing := album.find_missing()):
                    sys.exit(f"pictures: not taken: {', '.join(missing)}")
            finally:
                await browser.close()


async def _hear(browser: Browser, language: Language) -> None:
    """Says so when the browser's own words, as in its fields for dates, will not be in this language: Debian's has them in a package."""
    page = await browser.new_page()
    await page.set_content("<input required>")
    words: str = await page.evaluate("document.querySelector('input').validationMessage")
    await page.close()
    if words.isascii() != (language == "en"):
        print(f"pictures: this chromium has no {LOCALES[language]} (on Debian: chromium-l10n); its date fields will be in another language")


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
    parser.add_argument("--part", choices=PARTS, default="", help="only a part of the walk")
    parser.add_argument("--theme", choices=["light", "dark"], help="only those in light, or only those in dark")
    parser.add_argument("--every-dark", action="store_true", help="everything in dark too, to be looked at; not only one of each page")
    parser.add_argument("--whole", action="store_true", help="whole pages, not only what a screen shows at once")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    languages: list[Language] = [arguments.only] if arguments.only else ["zh", "en"]
    themes: list[Theme] = [arguments.theme] if arguments.theme else ["light", "dark"]
    if gaps := find_gaps():
        sys.exit(f"pictures: {'; '.join(gaps)} (tools/pictures/pages.py)")
    run(take_pictures(arguments.out, languages, arguments.part, themes, every_dark=arguments.every_dark, whole=arguments.whole))


if __name__ == "__main__":
    main()
