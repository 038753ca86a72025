"""After a restore: what was given out after the backup shall mean nothing any more.

A database that was put back from a backup goes on from an earlier moment, and would give out the same numbers a second time. A page that
followed a live session beyond that moment would go on where it never was; a token, a link or a vendor's id of the lost time would lead to
somebody else. So every stream gets another epoch, under which old positions mean nothing, and the ids of the lost time are skipped.
"""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.storage import by_set
from turnout.storage.action import Action
from turnout.storage.event_log import event_streams
from turnout.storage.id_blocks import id_blocks
from turnout.storage.transaction import Tx

SKIPPED_IDS = 2**32
"""More than are given out between two backups; and there are 2^53."""


class LeaveLostTime(NamedTuple):
    """The database was put back from a backup. Outcome: how many streams have another epoch."""


def leave_lost_time(tx: Tx, commands: Sequence[LeaveLostTime]) -> Sequence[int]:
    """Gives every stream another epoch, and skips ids. Doing it again, or without need, costs every page a snapshot and nothing else."""
    counts: list[int] = []
    for _ in commands:
        stream_ids = tx.connection.execute(sa.select(event_streams.c.stream_id).order_by(event_streams.c.stream_id)).scalars().all()
        epochs = [(stream_id, secrets.token_hex(8)) for stream_id in stream_ids]
        by_set.update_by_keys(tx, event_streams, ("stream_id",), ("epoch",), epochs)
        tx.connection.execute(id_blocks.update().values(next_id=id_blocks.c.next_id + SKIPPED_IDS))
        counts.append(len(epochs))
    return counts


LEAVE_LOST_TIME = Action("leave_lost_time", leave_lost_time)
