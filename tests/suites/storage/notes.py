"""A table and actions with which the tests of the writer show what they did."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.kernel.errors import Conflict, TurnoutError
from turnout.storage import by_set
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.transaction import Tx

metadata = sa.MetaData()

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("lane", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
)


class NoteTaken(Conflict):
    """There is a note of this number already."""

    code = "note_taken"


class Note(NamedTuple):
    """Write a note. Outcome: its number."""

    lane: int
    number: int
    text: str | None = None


def make_notes(database: Database) -> sa.Table:
    """Makes the tables and returns the one of notes."""
    owner = database.writing(0)
    metadata.create_all(owner.begin())
    owner.commit()
    owner.close()
    return notes


def all_notes(database: Database) -> list[tuple[int, int, str | None]]:
    """Every note that is committed."""
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(notes).order_by(notes.c.lane, notes.c.number))]


def count_of(database: Database, counter: int) -> int:
    """What the counter says; 0 when it is not there."""
    with database.reading() as connection:
        return connection.execute(sa.select(counters.c.count).where(counters.c.id == counter)).scalar() or 0


def take_notes(tx: Tx, commands: Sequence[Note]) -> Sequence[int | TurnoutError]:
    """Inserts the notes by set; refuses those whose number is taken."""
    written = set(by_set.insert_new(tx, notes, ("lane", "number", "text"), commands, ("lane", "number")))
    return [command.number if (command.lane, command.number) in written else NoteTaken() for command in commands]


TAKE_NOTES = Action("take_notes", take_notes)
