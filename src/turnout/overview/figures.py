"""The figures of live sessions as the overview shows them: kept for a moment, since every open overview asks again every few seconds and
counting reads all visits. However many ask, one count of a live session is under way; what has ended is counted once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId
from turnout.rooms.rules import LiveSession, LiveSessionState
from turnout.storage.database import Database

KEPT_S = 3.0
"""Seconds for which the figures of a running live session are kept."""


class Figures(NamedTuple):
    """Of one live session. viewers: different ones altogether. peak: the most at once, and when first; None where nobody ever stayed."""

    online: int
    viewers: int
    peak: tuple[int, Instant] | None


_Key = tuple[LiveSessionId, LiveSessionState]
_Counted = dict[LiveSessionId, Figures]


class KeptFigures:
    """One per process. now: seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: OrderedDict[_Key, tuple[float, Figures]] = OrderedDict()  # the one counted last is last
        self._under_way: dict[_Key, asyncio.Task[_Counted]] = {}

    async def of(self, database: Database, live_sessions: Sequence[LiveSession]) -> _Counted:
        """The figures of each of them. Raises Overloaded."""
        keys = [(one.id, one.state) for one in live_sessions]
        found = {key[0]: kept[1] for key in keys if (kept := self._kept.get(key)) is not None and kept[0] > self._now()}
        for state in LiveSessionState:
            self._begin(database, [key for key in keys if key[0] not in found and key[1] is state and key not in self._under_way])
        awaited = {key[0]: self._under_way[key] for key in keys if key[0] not in found}
        for live_session_id, task in awaited.items():
            found[live_session_id] = (await asyncio.shield(task))[live_session_id]  # one who leaves does not take it from the others
        return found

    def _begin(self, database: Database, keys: list[_Key]) -> None:
        if not keys:
            return
        # the many visits of what is over keep nobody waiting
        read = database.read_long if keys[0][1] is LiveSessionState.ENDED else database.read
        task = asyncio.create_task(read(lambda connection: count_figures(connection, keys)))
        self._under_way |= dict.fromkeys(keys, task)
        task.add_done_callback(lambda done: self._keep(keys, done))

    def _keep(self, keys: list[_Key], done: asyncio.Task[_Counted]) -> None:
        for key in keys:
            del self._under_way[key]
        if done.cancelled() or done.exception() is not None:
            return
        for key in keys:
            self._kept[key] = (self._now() + KEPT_S if key[1] is LiveSessionState.RUNNING else float("inf"), done.result()[key[0]])
            self._kept.move_to_end(key)
        while len(self._kept) > limits.FIGURES_KEPT:
            self._kept.popitem(last=False)


def count_figures(connection: sa.Connection, keys: Sequence[_Key]) -> _Counted:
    """Reads all visits of these live sessions."""
    ids = [live_session_id for live_session_id, _ in keys]
    running = [live_session_id for live_session_id, state in keys if state is LiveSessionState.RUNNING]
    online = audience.count_online_in(connection, running) if running else {}
    viewers = audience.count_viewers_in(connection, ids)
    peaks = audience.list_peaks(connection, ids)
    return {one: Figures(online.get(one, 0), viewers.get(one, 0), peaks.get(one)) for one in ids}
