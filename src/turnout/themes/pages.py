"""What the page of a room needs before anybody has entered: who may frame it, where its stream comes from, how it looks.

The server asks for every request of such a page, so it is kept in memory: dropped at once when something changes on this process, and
looked at again after KEPT_S, since it may change on another. However many ask at the same time, one read is under way for each room. While
the database does not answer, the page stays as it was known last.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from turnout.kernel import limits
from turnout.kernel.ids import IdForms
from turnout.rooms.queries import find_by_code
from turnout.rooms.rules import NoSuchRoom, read_code, stream_origins_of
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge
from turnout.themes.queries import find_theme
from turnout.themes.wire import ThemeView, theme_view

log = structlog.get_logger("turnout.themes")

KEPT_S = 2.0
"""Seconds for which another process's change may go unseen."""


class RoomPage(NamedTuple):
    """Of one room. stream_origins: hosts besides this one that its stream comes from. frame_origins: sites that may frame the page. told:
    JSON that the page finds in its head."""

    stream_origins: tuple[str, ...]
    frame_origins: tuple[str, ...]
    told: bytes


NOTHING = RoomPage(stream_origins=(), frame_origins=(), told=b"")
"""For a code without a room."""


class _Told(msgspec.Struct, frozen=True):
    """Anybody who knows the code may know it. theme: as in a snapshot. embed: the sites that may frame the page."""

    theme: ThemeView
    embed: tuple[str, ...]


class RoomPages:
    """One per process. now: seconds of a clock that never goes back."""

    def __init__(self, runtime: Runtime, now: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._now = now
        self._kept: OrderedDict[str, tuple[float, RoomPage]] = OrderedDict()  # the one read last is last
        self._under_way: dict[str, asyncio.Task[RoomPage]] = {}

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if any(nudge.topic == "shown" for nudge in nudges):
            self._kept.clear()
            self._under_way.clear()  # what is being read may be of before

    async def find(self, typed: str) -> RoomPage:
        """The page of the room with this code, as somebody typed it. Raises what the database does for a room that is not remembered."""
        try:
            code = read_code(typed)
        except NoSuchRoom:
            return NOTHING
        kept = self._kept.get(code)
        if kept is not None and kept[0] > self._now():
            return kept[1]
        task = self._under_way.get(code)
        if task is None:
            task = self._under_way[code] = asyncio.create_task(self._read(code))
            task.add_done_callback(lambda done: self._keep(code, done))
        try:
            return await asyncio.shield(task)  # one who leaves does not take it from the others
        except Exception as error:
            kept = self._kept.get(code)
            if kept is None:
                raise
            log.warning("room_page_kept", error=type(error).__name__)
            return kept[1]

    async def _read(self, code: str) -> RoomPage:
        return await self._runtime.database.read(lambda connection: _page_of(connection, self._runtime.ids, code))

    def _keep(self, code: str, done: asyncio.Task[RoomPage]) -> None:
        is_newest = self._under_way.get(code) is done
        if is_newest:
            del self._under_way[code]
        if done.cancelled() or done.exception() is not None or not is_newest:
            return
        self._kept[code] = (self._now() + KEPT_S, done.result())
        self._kept.move_to_end(code)
        while len(self._kept) > limits.ROOM_PAGES_KEPT:
            self._kept.popitem(last=False)


def _page_of(connection: sa.Connection, ids: IdForms, code: str) -> RoomPage:
    room = find_by_code(connection, code)
    if room is None:
        return NOTHING
    theme = theme_view(ids, find_theme(connection, room.account_id))
    return RoomPage(
        stream_origins=stream_origins_of(room),
        frame_origins=room.embed_origins,
        told=msgspec.json.encode(_Told(theme, room.embed_origins)),
    )
