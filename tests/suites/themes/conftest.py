"""A server with rooms, themes and pictures, and a small web app, on both databases."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Customer, Served, create_customer, serving
from turnout.kernel.clock import SECOND
from turnout.pictures import api as pictures_api
from turnout.rooms import api as rooms_api
from turnout.storage.database import Database
from turnout.storage.files import files_in_folder
from turnout.storage.runtime import Runtime
from turnout.themes import api as themes_api
from turnout.themes.pages import RoomPages

INDEX = b'<!doctype html><html lang="zh-CN"><head><title>Turnout</title></head><body><div id="app"></div></body></html>'
LANGUAGES = ("zh-CN", "en")


@pytest.fixture
async def served(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Served]:
    """It serves."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "index.html").write_bytes(INDEX)
    _write_notes(web / ".vite")
    handlers = [*rooms_api.ROUTES, *themes_api.ROUTES, *pictures_api.routes(files_in_folder(tmp_path / "pictures"))]

    def room_pages(runtime: Runtime) -> RoomPages:
        return RoomPages(runtime, now=lambda: clock.now() / SECOND)

    async with serving(database, clock, handlers=handlers, web_root=web, make_room_pages=room_pages) as found:
        yield found


def _write_notes(notes: Path) -> None:
    """What the build leaves for the server: names of files, and the form to enter as it is drawn."""
    notes.mkdir()
    pages = {"src/viewer/ViewerPage.vue": "viewer", "src/screen/ScreenPage.vue": "screen"}
    words = {f"src/i18n/{language}/{area}.ts": area for language in LANGUAGES for area in ("viewer", "screen")}
    (notes / "manifest.json").write_text(json.dumps({name: {"file": f"assets/{file}.js"} for name, file in (pages | words).items()}))
    (notes / "door.head.html").write_text('<script src="/assets/known.js"></script>')
    for language in LANGUAGES:
        (notes / f"door.{language}.plain.html").write_text(f'<div id="app">{language}</div>')
        (notes / f"door.{language}.name.html").write_text(f'<div id="app">{language} turnout-door-name</div>')


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account."""
    return await create_customer(served.runtime.commit)
