"""Table and statements of the winners of draws.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.draw.rules import WinnerFacts
from turnout.interactions.draw.tally_store import DrawKey
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId, PrizeId, RoomId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_winners = sa.Table(
    "draw_winners",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),  # in the order of drawing
    sa.Column("prize_id", sa.BigInteger, nullable=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("entrant_id", sa.BigInteger, nullable=False),
    sa.Column("viewer_id", sa.BigInteger),
    sa.Column("external_id", sa.Text),  # also of a viewer from the customer's own login
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("index", sa.BigInteger, nullable=False),  # in the list
    sa.Column("preferred", sa.Boolean, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("terminal", sa.Text, nullable=False),
    sa.Column("extra", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    # who has won in a room before, and what a viewer has won
    sa.Index("winners_of_room", "room_id", "viewer_id"),
    sa.Index(
        "listed_winners_of_room",
        "room_id",
        "external_id",
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

_FIRST = ("live_session_id", "draw_id", "place", "prize_id", "room_id")
_FACTS = ("entrant_id", "viewer_id", "external_id", "name", "index", "preferred", "address", "terminal", "extra", "phone", "email")
_WON = ("room_id", "live_session_id", "draw_id", "prize_id", "entrant_id", "viewer_id", "external_id")


class WinnerRow(NamedTuple):
    """A winner, as hosts and everybody read it."""

    draw_id: DrawId
    place: int
    prize_id: PrizeId
    entrant_id: EntrantId
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    preferred: bool


class WonRow(NamedTuple):
    """A prize that somebody has won."""

    room_id: RoomId
    live_session_id: LiveSessionId
    draw_id: DrawId
    prize_id: PrizeId
    entrant_id: EntrantId
    viewer_id: ViewerId | None
    external_id: str | None


def insert_winners(tx: Tx, key: DrawKey, room_id: RoomId, won: Iterable[tuple[PrizeId, WinnerFacts]]) -> None:
    """The winners of a draw that has none yet."""
    rows = [(*key, one.place, prize_id, room_id, *(getattr(one, name) for name in _FACTS), one.group) for prize_id, one in won]
    by_set.insert_rows(tx.connection, draw_winners, (*_FIRST, *_FACTS, "group_name"), rows)


_READ = tuple(draw_winners.c[name] for name in WinnerRow._fields)


def list_winners(connection: sa.Connection, key: DrawKey, *, after: int | None, limit: int) -> list[WinnerRow]:
    """A page of the winners of a draw, in the order of drawing. after: the place of the last one of the page before."""
    winners = draw_winners.c
    statement = sa.select(*_READ).where(winners.live_session_id == key[0], winners.draw_id == key[1]).order_by(winners.place).limit(limit)
    if after is not None:
        statement = statement.where(winners.place > after)
    return [_winner(row) for row in connection.execute(statement)]


def load_winners(connection: sa.Connection, keys: Iterable[tuple[LiveSessionId, DrawId, int]]) -> list[WinnerRow]:
    """The winners at these places, in no particular order."""
    key = ("live_session_id", "draw_id", "place")
    return [_winner(row) for row in by_set.select_by_keys(connection, draw_winners, key, keys, WinnerRow._fields)]


def find_won(connection: sa.Connection, keys: Collection[tuple[RoomId, ViewerId]]) -> list[WonRow]:
    """All that these viewers have won in these rooms, ever."""
    return [WonRow(*row) for row in by_set.select_by_keys(connection, draw_winners, ("room_id", "viewer_id"), keys, _WON)]


def find_won_by_external_ids(connection: sa.Connection, keys: Collection[tuple[RoomId, str]]) -> list[WonRow]:
    """The same of people whom the customer knows by these ids."""
    return [WonRow(*row) for row in by_set.select_by_keys(connection, draw_winners, ("room_id", "external_id"), keys, _WON)]


def list_people(connection: sa.Connection, room_id: RoomId) -> list[tuple[ViewerId | None, str | None]]:
    """Everybody who has ever won in a room, as (viewer, external id)."""
    statement = sa.select(draw_winners.c.viewer_id, draw_winners.c.external_id).where(draw_winners.c.room_id == room_id).distinct()
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _winner(row: Sequence[object]) -> WinnerRow:
    found = WinnerRow(*row)  # type: ignore[arg-type]  # the columns are the fields
    return found._replace(preferred=bool(found.preferred))
