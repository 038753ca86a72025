"""Where the pictures go, and the screens they are taken on."""

import asyncio
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page

from tools.pictures.pages import SHOWS, is_page
from turnout.rehearsal.pieces import Language

Theme = Literal["light", "dark"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
HALL = {"width": 1920, "height": 1080}
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
WAIT_MS = 30_000
"""How long a screen may take to show what it should."""

_SIZES = {PHONE["width"]: "phone", DESK["width"]: "desk", HALL["width"]: "hall"}
_PNGQUANT = shutil.which("pngquant")
_STILL_S = 0.6  # after the last change on the page, for counts and bars to come to rest


class Album:
    """The pictures of one language: everything in light; in dark one of each page, that of PAGES, or with every_dark everything. whole: of
    the whole page, not only what a screen shows at once."""

    def __init__(self, folder: Path, language: Language, *, themes: Collection[Theme], every_dark: bool, whole: bool) -> None:
        self._folder = folder
        self._language = language
        self._themes = themes
        self._every_dark = every_dark
        self._whole = whole
        self._taken: set[str] = set()

    async def take(self, screen: str, *pages: Page) -> None:
        """Saves what each page shows now, as SCREEN-SIZE-LANGUAGE.png, in dark with -dark after it; SIZE is phone, desk or hall."""
        for page in pages:
            picture = f"{screen}-{_SIZES[(page.viewport_size or PHONE)['width']]}"
            self._taken.add(picture)
            if picture in SHOWS and not any(is_page(SHOWS[picture], urlsplit(frame.url).path) for frame in page.frames):
                raise RuntimeError(f"{picture} is to show {SHOWS[picture]}, not {page.url}")
            await page.evaluate("document.fonts.ready")
            if "light" in self._themes:
                await self._save(page, f"{picture}-{self._language}.png")
            if "dark" in self._themes and (self._every_dark or picture in SHOWS):
                await page.emulate_media(color_scheme="dark")
                await self._save(page, f"{picture}-{self._language}-dark.png")
                await page.emulate_media(color_scheme="light")

    def find_missing(self) -> list[str]:
        """Pages of which no picture was taken."""
        return sorted(SHOWS.keys() - self._taken)

    async def _save(self, page: Page, name: str) -> None:
        await page.mouse.move(0, 0)  # nothing is pointed at
        await asyncio.sleep(_STILL_S)
        if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            print(f"{name} is wider than its screen")
        await page.screenshot(path=self._folder / name, animations="disabled", full_page=self._whole)
        if _PNGQUANT:  # a page has few colours: a third of the bytes
            options = ("--speed", "3", "--quality", "60-98", "--strip", "--skip-if-larger", "--force", "--ext", ".png")
            await (await asyncio.create_subprocess_exec(_PNGQUANT, *options, str(self._folder / name))).wait()
        print(name, flush=True)


async def open_screen(browser: Browser, viewport: dict[str, int], language: Language) -> BrowserContext:
    """A phone, a desk or a hall's projector of its own, which nobody has used before."""
    phone = viewport is PHONE
    context = await browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]},
        device_scale_factor=1.5 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(WAIT_MS)
    return context


async def see(pages: Sequence[Page], test_id: str) -> None:
    """Waits until each page shows it."""
    for page in pages:
        await page.get_by_test_id(test_id).first.wait_for()
