"""Table and statements of what winners give for their prizes: told to hosts alone.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from turnout.interactions.draw.rules import Form
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId, PrizeId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_forms = sa.Table(
    "draw_forms",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("prize_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("entrant_id", sa.BigInteger, primary_key=True, autoincrement=False),  # who won
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("filled_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_KEY = ("live_session_id", "draw_id", "prize_id", "entrant_id")
_GIVEN = ("name", "phone", "address", "filled_at")

FormKey = tuple[LiveSessionId, DrawId, PrizeId, EntrantId]


def save_forms(tx: Tx, given: Sequence[tuple[FormKey, Form, Instant]]) -> None:
    """Forms, in place of what was given before; of several for one prize of one winner the last."""
    latest = {key: (*key, form.name, form.phone, form.address, at) for key, form, at in given}
    rows = list(latest.values())
    fresh = set(by_set.insert_new(tx, draw_forms, (*_KEY, *_GIVEN), rows, _KEY))
    by_set.update_by_keys(tx, draw_forms, _KEY, _GIVEN, [row for row in rows if row[:4] not in fresh])


def load_forms(connection: sa.Connection, keys: Iterable[FormKey]) -> dict[FormKey, tuple[Form, Instant]]:
    """What was given for these, and when."""
    rows = by_set.select_by_keys(connection, draw_forms, _KEY, keys, (*_KEY, *_GIVEN))
    return {row[:4]: (Form(row[4], row[5], row[6]), row[7]) for row in rows}
