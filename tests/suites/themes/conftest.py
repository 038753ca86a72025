"""A server with rooms, themes and pictures, and a small web app, on both databases."""

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

INDEX = b"<!doctype html><html><head><title>Turnout</title></head><body></body></html>"


@pytest.fixture
async def served(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Served]:
    """It serves."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "index.html").write_bytes(INDEX)
    handlers = [*rooms_api.ROUTES, *themes_api.ROUTES, *pictures_api.routes(files_in_folder(tmp_path / "pictures"))]

    def room_pages(runtime: Runtime) -> RoomPages:
        return RoomPages(runtime, now=lambda: clock.now() / SECOND)

    async with serving(database, clock, handlers=handlers, web_root=web, make_room_pages=room_pages) as found:
        yield found


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account."""
    return await create_customer(served.runtime.commit)
