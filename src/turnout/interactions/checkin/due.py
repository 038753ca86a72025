"""What check-ins tell the timers: those that are to be closed by themselves."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.interactions.checkin import actions, queries
from turnout.interactions.timers import Due
from turnout.kernel.clock import Instant


def _list_overdue(connection: sa.Connection, now: Instant) -> Sequence[tuple[int, actions.CloseOverdueCheckIn]]:
    return [(key[0], actions.CloseOverdueCheckIn(*key)) for key in queries.list_due(connection, now)]


OVERDUE = Due(next_due=queries.next_due, list_due=_list_overdue, action=actions.CLOSE_OVERDUE_CHECKIN)
"""Check-ins whose time is over."""
