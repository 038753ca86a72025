"""A table of the tests' own, beside the product's."""

import pytest
import sqlalchemy as sa

from tests.suites.storage.notes import make_notes
from turnout.storage.database import Database


@pytest.fixture
def notes(database: Database) -> sa.Table:
    """The empty table of notes, in the database of the test."""
    return make_notes(database)
