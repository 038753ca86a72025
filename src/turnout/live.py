"""Between the hub, which knows channels and bytes, and the domains: brings viewers and hosts up to date, and keeps them so.

Concurrency: the event-loop thread only; reading is done on database threads. Start: by the first who joins. Stop: `stop`.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from turnout.audience import entrance, wire
from turnout.audience.actions import Entered
from turnout.audience.rules import NotEntered, Seat
from turnout.dialects.native.news import UNTOLD, ChannelKind, News
from turnout.hub.connection import Connection
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.own import Own, ReadOwn, own_message
from turnout.hub.reading import SharedReader, Since, Start
from turnout.hub.telling import Joiner
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339
from turnout.kernel.connection import refused
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import LiveSessionId
from turnout.storage import event_log
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

_encode = msgspec.json.Encoder().encode


class _FeedSource:
    """What the feed reads: the event log and the domains' views."""

    def __init__(self, news: News) -> None:
        self._news = news

    def events(self, connection: sa.Connection, stream_id: int, after: int) -> Sequence[Event]:
        return event_log.read_events(connection, stream_id, after, limits.MAX_PAGE_LENGTH, bare=UNTOLD)

    def snapshot(self, connection: sa.Connection, live_session_id: int, channel_kind: ChannelKind) -> tuple[str, int, bytes]:
        epoch, position = event_log.stream_head(connection, live_session_id)
        body = self._news.snapshot(connection, LiveSessionId(live_session_id), channel_kind, epoch, position)
        return epoch, position, body

    def head(self, connection: sa.Connection, live_session_id: int) -> tuple[str, int]:
        return event_log.stream_head(connection, live_session_id)

    def tallies(self, connection: sa.Connection, live_session_id: int, known: Mapping[int, int], *, for_hosts: bool) -> Sequence[Any]:
        return self._news.tallies(connection, LiveSessionId(live_session_id), known, for_hosts=for_hosts)

    def online(self, connection: sa.Connection, live_session_id: int) -> int:
        return self._news.online(connection, LiveSessionId(live_session_id))


class Live:
    """What this process tells the people of its live sessions."""

    def __init__(self, runtime: Runtime, hub: Hub, news: News) -> None:
        self._runtime = runtime
        self._hub = hub
        self._news = news
        reader = SharedReader(runtime.database)
        self.feed = Feed(hub, reader, cast("Any", _FeedSource(news)), news.publication)
        self.own = Own(reader, news)

    async def stop(self) -> None:
        """Tells nothing more; who waits is refused."""
        await self.feed.stop()
        await self.own.stop()

    def join(self, connection: Any, message: wire.EnterMessage, token: str, entered: Entered) -> None:
        """A viewer has entered (entrance.Join): answers with what the viewer has answered, and the snapshot or what was missed."""
        self.leave_channels(connection)  # of the room's live session before this one
        self.own.leave(connection)
        seat = entered.seat
        self.own.enter(connection, seat.live_session_id, seat.viewer_id)
        answer = partial(self._answer_entry, connection, message, token, entered)
        if entered.fresh:
            answer(b"[]")
        else:
            self.own.ask(seat.live_session_id, seat.viewer_id, answer)

    def _answer_entry(
        self, connection: Connection, message: wire.EnterMessage, token: str, entered: Entered, mine: bytes | TurnoutError
    ) -> None:
        viewer = wire.seated_viewer(self._runtime.ids, entered.viewer)

        def reply(start: Start) -> bytes:
            now = rfc3339(self._runtime.clock.now())
            own = msgspec.Raw(cast("bytes", mine))
            return _encode(wire.EnteredMessage(message.id, viewer, token, now, own, **_members(start)))

        # the entry is undone when it is refused, so that the same command can be sent again on this connection
        undo = partial(self.leave, connection)
        joiner = Joiner(connection, "session", message.id, reply, _since(message), undo, partial(self.own.entered, connection))
        if isinstance(mine, TurnoutError):
            joiner.refuse(mine)
        else:
            self.feed.join(entered.seat.live_session_id, joiner)

    def watch(self, connection: Any, message: wire.WatchMessage, live_session_id: LiveSessionId) -> None:
        """A host may watch (entrance.Watch): answers with the snapshot or what was missed."""

        def reply(start: Start) -> bytes:
            return _encode(wire.WatchingMessage(message.id, rfc3339(self._runtime.clock.now()), **_members(start)))

        def unseat() -> None:
            connection.seat = None

        self.feed.join(live_session_id, Joiner(connection, "host", message.id, reply, _since(message), unseat))

    def show(self, connection: Any, message: wire.WatchScreenMessage, live_session_id: LiveSessionId, viewer_url: str) -> None:
        """A big screen may show a live session (screens.Projector): it is told what viewers are told."""

        def reply(start: Start) -> bytes:
            now = rfc3339(self._runtime.clock.now())
            return _encode(wire.WatchingMessage(message.id, now, viewer_url=viewer_url, **_members(start)))

        def unseat() -> None:
            connection.seat = None

        self.feed.join(live_session_id, Joiner(connection, "session", message.id, reply, _since(message), unseat))

    def leave_channels(self, connection: Any) -> None:
        """Tells this connection nothing more of the live session it was told of (screens.Projector)."""
        for channel in connection.channels:
            self._hub.unsubscribe(channel, connection)

    def count_answers(self, connection: sa.Connection, live_session_id: LiveSessionId) -> int:
        """Submissions to a live session's surveys (screens.Projector)."""
        return self._news.count_answers(connection, live_session_id)

    def read_own(self, connection: Any, message: ReadOwn) -> None:
        """A viewer asks for what is its own."""
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered

        def done(mine: bytes | TurnoutError) -> None:
            connection.acknowledge(own_message(mine, message.id) if isinstance(mine, bytes) else refused(message.id, mine))

        connection.in_flight += 1
        self.own.ask(seat.live_session_id, seat.viewer_id, done)

    def leave(self, connection: Connection) -> None:
        """The connection is gone, or its entry is undone."""
        self.own.leave(connection)
        entrance.leave(self._runtime, connection)

    def on_commit(self, nudges: Collection[Nudge]) -> Collection[Nudge]:
        """Takes a commit's nudges; returns those that may concern others."""
        others = []
        for nudge in nudges:
            if nudge.topic == "own":
                self.own.nudge(nudge.keys or (nudge.key,))
            elif nudge.topic == "marked":
                self.own.nudge(nudge.keys or (nudge.key,), also_alone=True)
            else:
                others.append(nudge)
        self.feed.on_commit(others)
        return others


def _since(message: wire.EnterMessage | wire.WatchMessage | wire.WatchScreenMessage) -> Since | None:
    """How far the client had got, when it says so."""
    return None if message.epoch is None or message.position is None else Since(message.epoch, message.position)


def _members(start: Start) -> dict[str, Any]:
    """The members with which an answer brings its client up to date."""
    if start.snapshot is not None:
        return {"snapshot": msgspec.Raw(start.snapshot)}
    # lists, joined once for everybody who had got as far
    return {"resumed": True, "publications": msgspec.Raw(start.publications), "tallies": msgspec.Raw(start.tallies)}
