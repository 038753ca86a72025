"""Table and statements of the tallies of draws: how many take part, a running count that equals its rows at every commit.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.draw.rules import DrawState
from turnout.interactions.draw.store import draws
from turnout.kernel.ids import DrawId, LiveSessionId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_tallies = sa.Table(
    "draw_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with every commit that changes the count
    sa.Column("entered", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

DrawKey = tuple[LiveSessionId, DrawId]


class Tally(NamedTuple):
    """How many take part in a draw."""

    version: int
    entered: int


NO_TALLY = Tally(0, 0)
"""What stands before anybody does."""


def add_to_tallies(tx: Tx, added: Mapping[DrawKey, int]) -> None:
    """Adds to the counts, a version each; whoever follows them is nudged after the commit."""
    rows = [(*key, 1, count) for key, count in added.items() if count]
    by_set.add_counts(tx, draw_tallies, ("live_session_id", "draw_id"), ("version", "entered"), rows, distinct=True)
    for live_session_id, *_ in rows:
        tx.nudge("tally", live_session_id)


def load_tallies(connection: sa.Connection, live_session_id: LiveSessionId, draw_ids: Collection[DrawId]) -> dict[DrawId, Tally]:
    """The counts of these draws, NO_TALLY where nobody takes part yet."""
    tallies = draw_tallies.c
    statement = sa.select(tallies.draw_id, tallies.version, tallies.entered).where(
        tallies.live_session_id == live_session_id, tallies.draw_id.in_(draw_ids)
    )
    found = {DrawId(row[0]): Tally(*row[1:]) for row in connection.execute(statement)} if draw_ids else {}
    return {draw_id: found.get(draw_id, NO_TALLY) for draw_id in draw_ids}


_HEADS = (
    sa.select(draw_tallies.c.draw_id, draw_tallies.c.version, draw_tallies.c.entered)
    .join(draws, sa.and_(draws.c.live_session_id == draw_tallies.c.live_session_id, draws.c.id == draw_tallies.c.draw_id))
    .where(
        draw_tallies.c.live_session_id == sa.bindparam("live_session_id"),
        draws.c.state.not_in((DrawState.DRAFT, DrawState.CANCELLED)),
    )
)


def load_heads(connection: sa.Connection, live_session_id: LiveSessionId) -> list[tuple[DrawId, int, int]]:
    """(draw, version, entered) of every draw of a live session that was committed and not cancelled. Read several times a second for each
    live session with listeners, so the statement is built once."""
    return [(row[0], row[1], row[2]) for row in connection.execute(_HEADS, {"live_session_id": live_session_id})]
