"""After a restore: what feeds' receivers were given in the lost time shall not be given to them as something else."""

from collections.abc import Sequence
from typing import NamedTuple

from turnout.callbacks import feed_store
from turnout.storage.action import Action
from turnout.storage.restored import SKIPPED_IDS
from turnout.storage.transaction import Tx


class LeaveLostNumbers(NamedTuple):
    """The database was put back from a backup. Outcome: how many feeds go on at other numbers."""


def leave_lost_numbers(tx: Tx, commands: Sequence[LeaveLostNumbers]) -> Sequence[int]:
    """Skips numbers of every feed, as ids are skipped. A receiver that kept a number of the lost time goes on behind it and misses nothing
    that comes now. Doing it again, or without need, costs nothing but numbers."""
    return [feed_store.skip_numbers(tx, SKIPPED_IDS) for _ in commands]


LEAVE_LOST_NUMBERS = Action("leave_lost_numbers", leave_lost_numbers)
