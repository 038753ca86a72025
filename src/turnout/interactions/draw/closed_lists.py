"""The lists of closed draws with the trees over them, for whoever proves something of them: the keeper, and the public routes.

A list is a function of rows that never change again, so it may be forgotten at any time and made anew. Kept are those used last, together
at most PEOPLE_KEPT people, and none for longer than KEPT_S after its last use. Making one takes a processor some seconds for a million
people: it is made on threads, a page at a time, so that whatever else the process does goes on meanwhile; once for everybody who waits
for it, and for the public one after the other.
Belongs to the event loop. May import: queries, proofs, storage, kernel.
"""

import asyncio
import time
from collections import OrderedDict
from functools import partial

from turnout.interactions.draw import queries
from turnout.kernel import limits
from turnout.kernel.errors import Overloaded
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId
from turnout.proofs.entrants import ClosedList, OpenList
from turnout.storage.runtime import Runtime

PEOPLE_KEPT = limits.MAX_ENTRANTS
"""People in the lists that one process keeps: one draw of the largest kind, or many smaller ones."""

WAITING_LISTS = 20
"""Lists being made, or waiting to be made, for the public; who asks for one more is told that the server is behind."""

KEPT_S = 600.0
"""Seconds a list is kept after its last use."""

Key = tuple[LiveSessionId, DrawId]


class ClosedLists:
    """One per process. most: people in the lists that are kept; a longer list is kept by nobody."""

    def __init__(self, runtime: Runtime, most: int = PEOPLE_KEPT) -> None:
        self._runtime = runtime
        self._most = most
        self._kept: OrderedDict[Key, tuple[ClosedList, float]] = OrderedDict()  # with its last use; the one used last is last
        self._people = 0
        self._under_way: dict[Key, asyncio.Task[ClosedList]] = {}
        self._one_by_one = asyncio.Semaphore()

    def find(self, key: Key) -> ClosedList | None:
        """The list, if it is kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept[key] = found[0], time.monotonic()
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, closed: ClosedList) -> None:
        """Keeps a list that was made."""
        self._forget(key)
        if closed.count > self._most:
            return
        self._kept[key] = closed, time.monotonic()
        self._people += closed.count
        while self._people > self._most:
            self._forget(next(iter(self._kept)))

    def sweep(self) -> None:
        """Forgets what nobody has used for KEPT_S."""
        before = time.monotonic() - KEPT_S
        for key in [key for key, (_, used_at) in self._kept.items() if used_at < before]:
            self._forget(key)

    async def make(self, key: Key) -> ClosedList:
        """The list from its rows, kept from now on. Raises InvalidInput for rows that are no list."""
        opened = OpenList()
        after: EntrantId | None = None
        while True:
            load = partial(queries.list_for_closing, ids=self._runtime.ids, live_session_id=key[0], draw_id=key[1], after=after)
            page, after = await self._runtime.database.read_long(load)
            await asyncio.to_thread(opened.add, page)
            if after is None:
                break
        closed = await asyncio.to_thread(ClosedList, opened)
        self.keep(key, closed)
        return closed

    async def get(self, key: Key) -> ClosedList:
        """The list, kept or made. For the public: raises Overloaded when too many different ones are waited for."""
        kept = self.find(key)
        if kept is not None:
            return kept
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) >= WAITING_LISTS:
                raise Overloaded(retry_after_s=5)
            task = self._under_way[key] = asyncio.create_task(self._make_in_turn(key))
            task.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(task)  # one who leaves does not take it from the others

    async def _make_in_turn(self, key: Key) -> ClosedList:
        async with self._one_by_one:
            return self.find(key) or await self.make(key)

    def _end(self, key: Key, done: asyncio.Task[ClosedList]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at here, since all who waited for it may have left

    def _forget(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._people -= dropped[0].count
