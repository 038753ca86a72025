"""Table and statements of the proof files of draws: bytes that are handed out as they are, kept and read in parts, since the file of a
large draw is as long as all that may be in a process's memory besides.

The table has the live session first in its key, so that it shards by it.
"""

import sqlalchemy as sa

from turnout.interactions.draw.tally_store import DrawKey
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

PART_BYTES = 262_144
"""Bytes of each part of a file but the last."""

draw_paper_parts = sa.Table(
    "draw_paper_parts",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("part", sa.BigInteger, primary_key=True, autoincrement=False),  # from 0
    sa.Column("content", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_COLUMNS = ("live_session_id", "draw_id", "part", "content")


def insert_paper(tx: Tx, key: DrawKey, proof: bytes) -> None:
    """The file of a draw that has none yet."""
    for part, start in enumerate(range(0, len(proof), PART_BYTES)):
        by_set.insert_rows(tx.connection, draw_paper_parts, _COLUMNS, [(*key, part, proof[start : start + PART_BYTES])])


def paper_bytes(connection: sa.Connection, key: DrawKey) -> int | None:
    """How long the file of a draw is, once there is one."""
    parts = draw_paper_parts.c
    statement = sa.select(sa.func.sum(sa.func.length(parts.content))).where(parts.live_session_id == key[0], parts.draw_id == key[1])
    found = connection.execute(statement).scalar()
    return None if found is None else int(found)


def load_part(connection: sa.Connection, key: DrawKey, part: int) -> bytes:
    """One part of the file. Raises LookupError for one that it has not."""
    parts = draw_paper_parts.c
    statement = sa.select(parts.content).where(parts.live_session_id == key[0], parts.draw_id == key[1], parts.part == part)
    content = connection.execute(statement).scalar()
    if content is None:
        raise LookupError(f"draw {key[1]} has no part {part} of a proof file")
    return bytes(content)
