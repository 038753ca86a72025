"""A server with a question bank, surveys and pictures, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.suites.question_bank.desk import Desk
from tests.suites.server.harness import Served, create_customer, serving
from turnout.interactions.question_bank import api as question_bank_api
from turnout.interactions.question_bank import file_api as question_bank_file_api
from turnout.interactions.survey import answer_api, export_api
from turnout.interactions.survey import api as survey_api
from turnout.pictures import api as pictures_api
from turnout.rooms import api as rooms_api
from turnout.storage.database import Database
from turnout.storage.files import files_in_folder


@pytest.fixture
async def served(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Served]:
    """The server."""
    handlers = [
        *rooms_api.ROUTES,
        *survey_api.ROUTES,
        *answer_api.ROUTES,
        *export_api.ROUTES,
        *question_bank_api.ROUTES,
        *question_bank_file_api.ROUTES,
        *pictures_api.routes(files_in_folder(tmp_path / "pictures")),
    ]
    async with serving(database, clock, handlers=handlers) as running:
        yield running


@pytest.fixture
async def desk(served: Served) -> Desk:
    """A host's desk in an account of its own."""
    return Desk(served, await create_customer(served.runtime.commit))


@pytest.fixture
async def stranger(served: Served) -> Desk:
    """The same of another account."""
    return Desk(served, await create_customer(served.runtime.commit, "eve", "Eve Ltd"))
