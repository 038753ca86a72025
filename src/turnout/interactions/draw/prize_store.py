"""Table and statements of the prizes of draws.

The table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from turnout.interactions.draw.rules import CustomKind, FormField, Prize, PrizeType
from turnout.kernel.ids import DrawId, LiveSessionId, PrizeId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_prizes = sa.Table(
    "draw_prizes",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False),  # drawn in this order
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("custom", sa.Text),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger),
    sa.Column("asks", sa.Text, nullable=False),  # JSON array
    sa.Column("won", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("prizes_by_id", "id", unique=True),
    sqlite_with_rowid=False,
)

_KEY = ("live_session_id", "draw_id", "id")
_TOLD = ("name", "count", "type", "custom", "batch", "points", "asks")


class PrizeRow(msgspec.Struct, frozen=True):
    """A prize. won: how many were drawn."""

    draw_id: DrawId
    prize: Prize
    won: int


def insert_prizes(tx: Tx, live_session_id: LiveSessionId, draw_id: DrawId, prizes: Sequence[Prize]) -> None:
    """The prizes of a new draw, in their order."""
    rows = [
        (
            live_session_id,
            draw_id,
            prize.id,
            position,
            prize.name,
            prize.count,
            prize.type.value,
            None if prize.custom is None else prize.custom.value,
            prize.batch,
            prize.points,
            msgspec.json.encode(prize.asks).decode(),
        )
        for position, prize in enumerate(prizes)
    ]
    by_set.insert_rows(tx.connection, draw_prizes, (*_KEY, "position", *_TOLD), rows)


def delete_prizes(tx: Tx, live_session_id: LiveSessionId, draw_id: DrawId) -> None:
    """All prizes of a draft."""
    prizes = draw_prizes.c
    tx.connection.execute(sa.delete(draw_prizes).where(prizes.live_session_id == live_session_id, prizes.draw_id == draw_id))


def load_prizes(connection: sa.Connection, live_session_id: LiveSessionId, draw_ids: Collection[DrawId]) -> dict[DrawId, list[PrizeRow]]:
    """The prizes of these draws, in their order."""
    prizes = draw_prizes.c
    statement = (
        sa.select(prizes.draw_id, prizes.id, *(prizes[name] for name in _TOLD), prizes.won)
        .where(prizes.live_session_id == live_session_id, prizes.draw_id.in_(draw_ids))
        .order_by(prizes.draw_id, prizes.position)
    )
    found: dict[DrawId, list[PrizeRow]] = {draw_id: [] for draw_id in draw_ids}
    for row in connection.execute(statement):
        found[row[0]].append(PrizeRow(row[0], _prize(row[1:]), row[-1]))
    return found


def find_draw(connection: sa.Connection, prize_id: PrizeId) -> DrawId | None:
    """Whose prize this is."""
    return connection.execute(sa.select(draw_prizes.c.draw_id).where(draw_prizes.c.id == prize_id)).scalar()


def load_asks(tx: Tx, keys: Iterable[tuple[LiveSessionId, DrawId, PrizeId]]) -> dict[tuple[int, int, int], list[FormField]]:
    """What these prizes ask for; prizes that are not there are left out."""
    rows = by_set.select_by_keys(tx.connection, draw_prizes, _KEY, keys, (*_KEY, "asks"))
    return {row[:3]: _asks_in.decode(row[3]) for row in rows}


def save_won(tx: Tx, live_session_id: LiveSessionId, draw_id: DrawId, won: Iterable[tuple[PrizeId, int]]) -> None:
    """How many were drawn of each."""
    by_set.update_by_keys(tx, draw_prizes, _KEY, ("won",), [(live_session_id, draw_id, prize_id, number) for prize_id, number in won])


_asks_in = msgspec.json.Decoder(list[FormField])


def _prize(row: Sequence[Any]) -> Prize:
    prize_id, name, count, type_, custom, batch, points, asks = row[:8]
    return Prize(
        name=name,
        count=count,
        type=PrizeType(type_),
        custom=None if custom is None else CustomKind(custom),
        batch=batch,
        points=points,
        asks=_asks_in.decode(asks),
        id=PrizeId(prize_id),
    )
