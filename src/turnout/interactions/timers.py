"""Closes what has a time limit when its time is over.

Purpose: an open interaction ends at its moment, also when the server was down then: what is overdue closes at the start, at the moment it
should have. Ordering: longest overdue first. Concurrency: one loop (storage/poller.py); closing is a command like any other, and of two
processes that see the same overdue interaction the second finds it closed. Start: `start`, after group commit. Stop: `stop`. A nudge
("due") only wakes it; a lost one costs at most POLL_S. May import: storage and kernel.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from turnout.kernel.clock import SECOND, Instant
from turnout.storage.group_commit import Action
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

POLL_S = 1.0
"""Seconds between looks when nothing is known to be due and no nudge comes."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one kind of interaction tells the timers.

    next_due: when the next one is due, None when none is. list_due: (lane, command) of those due now, at most a few hundred.
    action: carries the commands out, and does nothing for one that has been closed meanwhile.
    """

    next_due: Callable[[sa.Connection], Instant | None]
    list_due: "ListDue"
    action: Action[Any, Any]


ListDue = Callable[[sa.Connection, Instant], Sequence[tuple[int, Any]]]


def _look(list_due: ListDue, now: Instant, connection: sa.Connection) -> Sequence[tuple[int, Any]]:
    return list_due(connection, now)


class Timers:
    """Runs until stopped. One per process."""

    def __init__(self, runtime: Runtime, kinds: Sequence[Due]) -> None:
        self._runtime = runtime
        self._kinds = kinds
        self._poller = Poller("timers", ("due",), self._close_due, POLL_S)

    async def start(self) -> None:
        """Starts closing; what is overdue is closed first."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends at once; what was not closed is closed at the next start."""
        await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        self._poller.on_nudges(nudges)

    async def _close_due(self) -> float:
        """Closes what is due; returns the seconds until the next look."""
        now = self._runtime.clock.now()
        wait_s = POLL_S
        for kind in self._kinds:
            list_due, next_due = kind.list_due, kind.next_due
            due = await self._runtime.database.read(partial(_look, list_due, now))
            await asyncio.gather(*(self._runtime.commit.run(kind.action, command, lane=lane) for lane, command in due))
            following = await self._runtime.database.read(next_due)
            if following is not None:
                wait_s = min(wait_s, max(0.0, (following - self._runtime.clock.now()) / SECOND))
        return wait_s
