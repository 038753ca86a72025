"""What draws tell the timers: those whose countdown ends entries by itself."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.interactions.draw import actions, queries
from turnout.interactions.timers import Due
from turnout.kernel.clock import Instant


def _list_overdue(connection: sa.Connection, now: Instant) -> Sequence[tuple[int, actions.CloseOverdueDraw]]:
    return [(key[0], actions.CloseOverdueDraw(*key)) for key in queries.list_due(connection, now)]


OVERDUE = Due(next_due=queries.next_due, list_due=_list_overdue, action=actions.CLOSE_OVERDUE_DRAW)
"""Draws whose countdown is over."""
