"""What surveys tell the timers and the burner: what is to be closed by itself, and whose seal is to be burned."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.interactions.burner import Burning
from turnout.interactions.survey import actions, queries
from turnout.interactions.survey.anonymous_store import seals
from turnout.interactions.timers import Due
from turnout.kernel.clock import Instant


def _list_overdue(connection: sa.Connection, now: Instant) -> Sequence[tuple[int, actions.CloseOverdue]]:
    return [(key[0], actions.CloseOverdue(*key)) for key in queries.list_due(connection, now)]


def _list_interrupted(connection: sa.Connection, _now: Instant) -> Sequence[tuple[int, actions.CloseInterrupted]]:
    return [(key[0], actions.CloseInterrupted(*key)) for key in queries.list_interrupted(connection)]


def _next_interrupted(_connection: sa.Connection) -> None:
    return None  # a seal is lost without notice: the timers look whenever they look


def _list_unburned(connection: sa.Connection) -> Sequence[tuple[int, actions.NoteBurned]]:
    return [(key[0], actions.NoteBurned(*key)) for key in queries.list_unburned(connection)]


OVERDUE = Due(next_due=queries.next_due, list_due=_list_overdue, action=actions.CLOSE_OVERDUE)
"""Surveys whose time is over."""

INTERRUPTED = Due(next_due=_next_interrupted, list_due=_list_interrupted, action=actions.CLOSE_INTERRUPTED)
"""Anonymous surveys that are open and have lost their seal."""

BURNING = Burning(table=seals, list_unburned=_list_unburned, action=actions.NOTE_BURNED)
"""Anonymous surveys that have ended."""
