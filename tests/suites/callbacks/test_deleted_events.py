"""A page that comes back to a live session whose events are gone."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tests.suites.callbacks.conftest import World, opening
from tests.suites.callbacks.test_retention import DAY_S, LIVE_SESSION, delivered, event_numbers, keeping
from tests.suites.hub.lines import connect
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.reading import ChannelKind, Since, Start, TallyNews
from turnout.hub.telling import Joiner
from turnout.kernel.events import Event
from turnout.storage.event_log import read_events, stream_head


class _Source:
    """What a feed of the hub reads: the event log, and a snapshot that says its position."""

    def events(self, connection: sa.Connection, stream_id: int, after: int) -> Sequence[Event]:
        """As the server has it."""
        return read_events(connection, stream_id, after, 500)

    def head(self, connection: sa.Connection, live_session_id: int) -> tuple[str, int]:
        """As the server has it."""
        return stream_head(connection, live_session_id)

    def snapshot(self, connection: sa.Connection, live_session_id: int, _kind: ChannelKind) -> tuple[str, int, bytes]:
        """Longer than what was missed."""
        epoch, position = stream_head(connection, live_session_id)
        return epoch, position, b'{"position":%d,"text":"%b"}' % (position, b"x" * 10_000)

    def tallies(self, _connection: sa.Connection, _stream: int, _known: Mapping[int, int], *, for_hosts: bool) -> Sequence[TallyNews]:
        """None, for anybody."""
        assert for_hosts is False
        return ()

    def online(self, _connection: sa.Connection, _live_session_id: int) -> int:
        """Nobody."""
        return 0


async def _come_back(world: World, position: int) -> Start:
    """What a page of the session is told that had got so far, by a process that has followed nothing yet."""
    hub = Hub()
    source: Any = _Source()
    feed = Feed(hub, world.database, source, lambda _event: {"session": b'"new":true'})
    started: asyncio.Future[Start] = asyncio.get_running_loop().create_future()

    def reply(start: Start) -> bytes:
        started.set_result(start)
        return b"{}"

    connection, _line = connect(hub)
    connection.in_flight += 1
    epoch, _ = await world.database.read(lambda reading: stream_head(reading, LIVE_SESSION))
    feed.join(LIVE_SESSION, Joiner(connection, "session", "c", reply, Since(epoch, position)))
    async with asyncio.timeout(10):
        start = await started
    await feed.stop()
    return start


async def test_who_comes_back_to_deleted_events_is_given_a_snapshot(world: World) -> None:
    """Also where only the first are gone; who had got far enough is told what it missed, as before."""
    await world.endpoint()
    await delivered(world, 3)
    await world.plan()
    await world.record(opening(7), opening(8))
    await world.planned()
    before = await _come_back(world, 2)
    world.clock.advance(91 * DAY_S)
    await keeping(world).let_go()
    assert await event_numbers(world) == [4, 5]

    assert before.snapshot is None
    for position in (0, 1, 2):
        assert (await _come_back(world, position)).snapshot is not None
    for position, missed in ((3, 2), (4, 1), (5, 0)):
        start = await _come_back(world, position)
        assert (start.snapshot, start.publications.count(b'"op":"publication"')) == (None, missed)
