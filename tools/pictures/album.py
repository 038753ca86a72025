"""Where the pictures go, and the two screens they are taken on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page

from turnout.rehearsal.pieces import Language

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
WAIT_MS = 30_000
"""How long a screen may take to show what it should."""

_STILL_S = 0.6  # after the last change on the page, for counts and bars to come to rest


class Album:
    """The pictures of one language. whole: of the whole page, not only of what a screen shows at once."""

    def __init__(self, folder: Path, language: Language, *, whole: bool) -> None:
        self._folder = folder
        self._language = language
        self._whole = whole

    async def take(self, screen: str, *pages: Page) -> None:
        """Saves what each page shows now, as SCREEN-phone-LANGUAGE.png or SCREEN-desk-LANGUAGE.png."""
        for page in pages:
            await page.evaluate("document.fonts.ready")
            await asyncio.sleep(_STILL_S)
            size = "phone" if (page.viewport_size or PHONE)["width"] < 600 else "desk"
            path = self._folder / f"{screen}-{size}-{self._language}.png"
            if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                print(f"{path.name} is wider than its screen")
            await page.screenshot(path=path, animations="disabled", full_page=self._whole)
            print(path.name)


async def open_screen(browser: Browser, viewport: dict[str, int], language: Language) -> BrowserContext:
    """A phone or a desk of its own, which nobody has used before."""
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
