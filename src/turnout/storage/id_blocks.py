"""Ids in blocks.

The table holds the first id not yet given to any process. A writer reserves a block in a transaction of its own, before the batch that
may need it, and hands ids out from memory: no id is given out twice, whatever is rolled back or killed; unused rests are skipped.
When a batch needs more than is left, IdsSpent stops it, and it runs again after a larger block was reserved.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.kernel.ids import MAX_ID
from turnout.storage.database import WriteConnection, metadata

id_blocks = sa.Table(
    "id_blocks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next_id", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

BLOCK = 65_536
"""Ids reserved at once by a server's writer."""

LOW = 10_000
"""With fewer ids left than this a writer reserves a new block before its next batch."""

_RESERVE_SQLITE = (
    "INSERT INTO id_blocks (name, next_id) VALUES ('id', ? + 1) "
    "ON CONFLICT (name) DO UPDATE SET next_id = id_blocks.next_id + excluded.next_id - 1 RETURNING next_id"
)
_RESERVE_POSTGRES = _RESERVE_SQLITE.replace("?", "%s")


class IdsSpent(Exception):
    """The block has too few ids left for this batch."""


class IdSource:
    """The ids one writer may hand out. Used by that writer's thread alone."""

    __slots__ = ("_block", "_end", "_next", "_spent")

    def __init__(self, block: int = BLOCK) -> None:
        self._next = 1
        self._end = 1
        self._block = block
        self._spent = 0  # how many ids were last asked for in vain

    def is_low(self) -> bool:
        """Whether to reserve before the next batch."""
        return self._end - self._next < min(LOW, self._block)

    def take(self) -> int:
        """The next id; raises IdsSpent."""
        number = self._next
        if number >= self._end:
            self._spent = 1
            raise IdsSpent
        self._next = number + 1
        return number

    def take_many(self, count: int) -> Sequence[int]:
        """The next ids, ascending; raises IdsSpent and takes none when there are too few."""
        first = self._next
        if first + count > self._end:
            self._spent = count
            raise IdsSpent
        self._next = first + count
        return range(first, first + count)

    def reserve(self, owner: WriteConnection) -> None:
        """Reserves a new block, durable on return; a larger one than before when the last was too small for one batch."""
        if self._spent:
            self._block = 2 * max(self._block, self._spent)
            self._spent = 0
        connection = owner.begin()
        try:
            statement = _RESERVE_SQLITE if connection.dialect.name == "sqlite" else _RESERVE_POSTGRES
            end = int(connection.exec_driver_sql(statement, (self._block,)).scalar_one())
            if end > MAX_ID:
                raise OverflowError("there are no ids left below 2^53")
            owner.commit()
        except BaseException:
            owner.rollback()
            raise
        self._next, self._end = end - self._block, end
