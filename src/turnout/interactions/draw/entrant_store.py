"""Table and statements of who takes part in draws: who has entered, who is on a list, and who was gathered when entries ended.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.draw.tally_store import DrawKey
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_entrants = sa.Table(
    "draw_entrants",
    metadata,
    # one viewer, one entry per draw: the database referees
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # the viewer's id; of somebody on a list who is no viewer an id that no viewer has
    sa.Column("entrant_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger),
    sa.Column("external_id", sa.Text),  # only of somebody on a list who is no viewer
    sa.Column("name", sa.Text, nullable=False),  # as a list has it
    sa.Column("weight", sa.BigInteger, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    # the id of the command by which a viewer entered himself: a repeat of it, also after a restart, is accepted again; else empty
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("entered_at", sa.BigInteger, nullable=False),
    sa.Index(
        "listed_entrants",
        "live_session_id",
        "draw_id",
        "external_id",
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

_KEY = ("live_session_id", "draw_id", "entrant_id")
_ROW = (*_KEY, "viewer_id", "external_id", "name", "weight", "salt", "command_id", "entered_at")

EntrantKey = tuple[LiveSessionId, DrawId, EntrantId]
NewEntrant = tuple[LiveSessionId, DrawId, EntrantId, ViewerId | None, str | None, str, int, str, str, Instant]
"""A key, and then viewer, external id, name, weight, salt, command id, entered at."""


class EntrantRow(NamedTuple):
    """Somebody who takes part."""

    entrant_id: EntrantId
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    weight: int


def insert_entries(tx: Tx, rows: Sequence[NewEntrant]) -> Sequence[EntrantKey]:
    """New entries; says which keys were free, the rest stood already."""
    return by_set.insert_new(tx, draw_entrants, _ROW, rows, _KEY, mostly_new=True)


def load_commands(tx: Tx, keys: Iterable[EntrantKey]) -> dict[EntrantKey, str]:
    """The ids of the commands by which these entered."""
    columns = (*_KEY, "command_id")
    return {row[:3]: row[3] for row in by_set.select_by_keys(tx.connection, draw_entrants, _KEY, keys, columns)}


def insert_people(tx: Tx, rows: Sequence[NewEntrant]) -> Sequence[EntrantKey]:
    """People of a list, or gathered ones; says which were not there yet."""
    return by_set.insert_new(tx, draw_entrants, _ROW, rows, _KEY)


def delete_people(tx: Tx, keys: Iterable[EntrantKey]) -> None:
    """They take part under another id, or not at all."""
    by_set.delete_by_keys(tx, draw_entrants, _KEY, keys)


def delete_list(tx: Tx, key: DrawKey) -> None:
    """Everybody leaves the list of a draft."""
    people = draw_entrants.c
    tx.connection.execute(sa.delete(draw_entrants).where(people.live_session_id == key[0], people.draw_id == key[1]))


def has_weights(connection: sa.Connection, key: DrawKey) -> bool:
    """Whether somebody on the list of a draft has another weight than 1."""
    people = draw_entrants.c
    one = sa.select(people.entrant_id).where(people.live_session_id == key[0], people.draw_id == key[1], people.weight != 1).limit(1)
    return connection.execute(one).first() is not None


def list_people(connection: sa.Connection, key: DrawKey, *, after: int | None = None, limit: int | None = None) -> list[EntrantRow]:
    """A page of who takes part, by entrant; everybody without a limit. after: the last one of the page before."""
    people = draw_entrants.c
    statement = (
        sa.select(people.entrant_id, people.viewer_id, people.external_id, people.name, people.weight)
        .where(people.live_session_id == key[0], people.draw_id == key[1])
        .order_by(people.entrant_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(people.entrant_id > after)
    return [EntrantRow(*row) for row in connection.execute(statement)]


def load_people(connection: sa.Connection, keys: Iterable[EntrantKey]) -> dict[EntrantId, EntrantRow]:
    """These entrants of one draw."""
    rows = by_set.select_by_keys(connection, draw_entrants, _KEY, keys, EntrantRow._fields)
    return {row[0]: EntrantRow(*row) for row in rows}


def load_by_external_ids(connection: sa.Connection, keys: Iterable[tuple[LiveSessionId, DrawId, str]]) -> dict[str, EntrantRow]:
    """Those on one draw's list who are known by these external ids alone, by them."""
    key = ("live_session_id", "draw_id", "external_id")
    rows = by_set.select_by_keys(connection, draw_entrants, key, keys, EntrantRow._fields)
    return {row[2]: EntrantRow(*row) for row in rows}


def list_external_ids(connection: sa.Connection, key: DrawKey) -> list[str]:
    """By which those on a draw's list are known who are no viewers."""
    people = draw_entrants.c
    statement = sa.select(people.external_id).where(
        people.live_session_id == key[0], people.draw_id == key[1], people.external_id.is_not(None)
    )
    return [row[0] for row in connection.execute(statement)]


def list_viewers(connection: sa.Connection, key: DrawKey) -> list[EntrantRow]:
    """Those of a draw's entrants who are viewers."""
    people = draw_entrants.c
    statement = sa.select(*(people[name] for name in EntrantRow._fields)).where(
        people.live_session_id == key[0], people.draw_id == key[1], people.viewer_id.is_not(None)
    )
    return [EntrantRow(*row) for row in connection.execute(statement)]


def list_leaves(
    connection: sa.Connection, key: DrawKey, *, after: EntrantId | None = None, limit: int | None = None
) -> list[tuple[EntrantId, ViewerId | None, int, str]]:
    """A page of who takes part, by entrant, as (entrant, viewer, weight, salt); everybody without a limit. after: the last one of the page
    before."""
    people = draw_entrants.c
    statement = (
        sa.select(people.entrant_id, people.viewer_id, people.weight, people.salt)
        .where(people.live_session_id == key[0], people.draw_id == key[1])
        .order_by(people.entrant_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(people.entrant_id > after)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def list_own(
    connection: sa.Connection, live_session_id: LiveSessionId, draw_ids: Sequence[DrawId], viewer_ids: Sequence[ViewerId]
) -> list[tuple[DrawId, ViewerId]]:
    """Which of these draws these viewers have entered by themselves."""
    columns = ("draw_id", "viewer_id", "command_id")
    fixed = ("live_session_id", live_session_id)
    found = by_set.select_crossed(connection, draw_entrants, fixed, ("draw_id", draw_ids), ("entrant_id", viewer_ids), columns)
    return [(row[0], row[1]) for row in found if row[2]]
