"""Table and statements of the proof files of draws: bytes that are handed out as they are.

The table has the live session first in its key, so that it shards by it.
"""

import sqlalchemy as sa

from turnout.interactions.draw.tally_store import DrawKey
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

draw_papers = sa.Table(
    "draw_papers",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("draw_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("proof", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


def insert_paper(tx: Tx, key: DrawKey, proof: bytes) -> None:
    """The file of a draw that has none yet."""
    tx.connection.execute(draw_papers.insert().values(live_session_id=key[0], draw_id=key[1], proof=proof))


def load_paper(connection: sa.Connection, key: DrawKey) -> bytes | None:
    """The file of a draw, once there is one."""
    statement = sa.select(draw_papers.c.proof).where(draw_papers.c.live_session_id == key[0], draw_papers.c.draw_id == key[1])
    proof = connection.execute(statement).scalar()
    return None if proof is None else bytes(proof)
