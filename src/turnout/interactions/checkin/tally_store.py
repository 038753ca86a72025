"""Table and statements of the tallies of check-ins: running counts that equal their rows at every commit.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.checkin.store import checkins
from turnout.interactions.lifecycle import State
from turnout.kernel.ids import CheckInId, LiveSessionId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

checkin_tallies = sa.Table(
    "checkin_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("checkin_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with every commit that changes a count
    sa.Column("expected", sa.BigInteger, nullable=False),
    sa.Column("confirmed", sa.BigInteger, nullable=False),  # of the expected
    sa.Column("unexpected", sa.BigInteger, nullable=False),  # confirmed without being expected
    sqlite_with_rowid=False,
)

CheckInKey = tuple[LiveSessionId, CheckInId]


class Tally(NamedTuple):
    """A check-in's running counts."""

    version: int
    expected: int
    confirmed: int
    unexpected: int


class Added(NamedTuple):
    """What a commit adds to a check-in's counts."""

    expected: int = 0
    confirmed: int = 0
    unexpected: int = 0


NO_TALLY = Tally(0, 0, 0, 0)
"""What stands before anybody is expected."""

_COUNTS = ("version", "expected", "confirmed", "unexpected")


def add_to_tallies(tx: Tx, added: Mapping[CheckInKey, Added]) -> None:
    """Adds to the counts, a version each; whoever follows them is nudged after the commit."""
    rows = [(*key, 1, *counts) for key, counts in added.items() if any(counts)]
    by_set.add_counts(tx, checkin_tallies, ("live_session_id", "checkin_id"), _COUNTS, rows, distinct=True)
    for live_session_id, *_ in rows:
        tx.nudge("tally", live_session_id)


def load_tallies(connection: sa.Connection, live_session_id: LiveSessionId, checkin_ids: Collection[CheckInId]) -> dict[CheckInId, Tally]:
    """The counts of these check-ins, NO_TALLY where nobody is expected yet."""
    tallies = checkin_tallies.c
    statement = sa.select(tallies.checkin_id, *(tallies[name] for name in _COUNTS)).where(
        tallies.live_session_id == live_session_id, tallies.checkin_id.in_(checkin_ids)
    )
    found = {CheckInId(row[0]): Tally(*row[1:]) for row in connection.execute(statement)} if checkin_ids else {}
    return {checkin_id: found.get(checkin_id, NO_TALLY) for checkin_id in checkin_ids}


_HEADS = (
    sa.select(checkin_tallies.c.checkin_id, checkins.c.show_counts, *(checkin_tallies.c[name] for name in _COUNTS))
    .join(checkins, sa.and_(checkins.c.live_session_id == checkin_tallies.c.live_session_id, checkins.c.id == checkin_tallies.c.checkin_id))
    .where(checkin_tallies.c.live_session_id == sa.bindparam("live_session_id"), checkins.c.state.in_((State.OPEN, State.CLOSED)))
)


def load_heads(connection: sa.Connection, live_session_id: LiveSessionId) -> list[tuple[CheckInId, bool, Tally]]:
    """Every check-in of a live session that was opened and not withdrawn, whether viewers see its counts, and these. Read several times a
    second for each live session with listeners, so the statement is built once."""
    rows = connection.execute(_HEADS, {"live_session_id": live_session_id})
    return [(row[0], bool(row[1]), Tally(*row[2:])) for row in rows]
