"""What the two channels of one live session have been told, and what they are told next.

Everything here happens without waiting, on the event-loop thread, so nobody can join in the middle of it.
Ordering: one moment's changed tallies, then its events by number; a tally's last version was committed before the close that follows it.
Invariants: `position` is the last event told; a joiner is subscribed in the moment when its snapshot's position is `position`; a
publication's `previous` is above a listener's position exactly when that listener missed something.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from turnout.hub.connection import Connection
from turnout.hub.hub import Hub
from turnout.hub.protocol import RESTART
from turnout.hub.reading import CHANNEL_KINDS, ChannelKind, EventEncoder, Snapshot, TallyNews
from turnout.kernel.clock import rfc3339
from turnout.kernel.connection import InternalError, refused
from turnout.kernel.errors import Overloaded, TurnoutError
from turnout.kernel.events import Event

log = logging.getLogger(__name__)

_CACHED: frozenset[ChannelKind] = frozenset({"session"})
"""Kinds whose snapshot changes only with an event or a tally. The host's also changes when a draft is made: it is read for each joiner."""


class Joiner(NamedTuple):
    """A command in flight that wants a snapshot and what follows it. on_refused: undoes what was done for it so far."""

    connection: Connection
    kind: ChannelKind
    command_id: str
    reply: Callable[[bytes], bytes]
    on_refused: Callable[[], None] = lambda: None

    def refuse(self, error: TurnoutError) -> None:
        """Answer the command with this error; the client may send it again on the same connection."""
        self.on_refused()
        self.connection.acknowledge(refused(self.command_id, error))


class Reading(NamedTuple):
    """What was read, all of one moment. online: None when it was not read."""

    events: Sequence[Event]
    tallies: Sequence[TallyNews]
    snapshots: dict[ChannelKind, Snapshot]
    online: int | None


class _Ready(NamedTuple):
    """A snapshot and the versions of the tallies it contains."""

    snapshot: Snapshot
    versions: dict[int, int]


def channel_name(kind: ChannelKind, live_session_id: int) -> str:
    """The hub's name for a channel: "session:7"."""
    return f"{kind}:{live_session_id}"


class Telling:
    """The channels of one live session. epoch: None until the first snapshot. versions: of the tallies told, by key."""

    def __init__(self, live_session_id: int, hub: Hub, encode: EventEncoder) -> None:
        self.live_session_id = live_session_id
        self.epoch: str | None = None
        self.position = 0
        self.versions: dict[int, int] = {}
        self._hub = hub
        self._encode = encode
        self._names = {kind: channel_name(kind, live_session_id) for kind in CHANNEL_KINDS}
        self._previous: dict[ChannelKind, int] = {}
        self._ready: dict[ChannelKind, _Ready] = {}
        self._tallies: dict[int, TallyNews] = {}
        self._ahead_of_events: dict[int, TallyNews] = {}
        self._online: int | None = None
        self._frames: dict[ChannelKind, list[bytes]] = {kind: [] for kind in CHANNEL_KINDS}

    @property
    def has_listeners(self) -> bool:
        """Whether anybody listens to either channel."""
        return any(self._hub.listeners(name) for name in self._names.values())

    def needs_snapshot(self, kind: ChannelKind) -> bool:
        """Whether a joiner has to wait for a snapshot to be read. A cached one that is ahead only waits for the events up to it."""
        ready = self._ready.get(kind)
        return kind not in _CACHED or ready is None or ready.snapshot.position < self.position

    def serve(self, joiner: Joiner) -> bool:
        """Attach the joiner when a snapshot of the present position is at hand, and say whether it was."""
        ready = self._ready.get(joiner.kind)
        if joiner.kind not in _CACHED or ready is None or ready.snapshot.position != self.position:
            return False
        self._attach(joiner, ready)
        return True

    def tell(self, reading: Reading, joiners: list[Joiner]) -> list[Joiner]:
        """Publish what was read and attach the joiners; returns those whose snapshot is ahead of the events read so far."""
        for snapshot in reading.snapshots.values():
            if snapshot.epoch != self.epoch:
                self._begin(snapshot)
        for news in reading.tallies:
            self._tallies[news.key] = self._ahead_of_events[news.key] = news
            self.versions[news.key] = news.version
        for kind, snapshot in reading.snapshots.items():
            self._ready[kind] = _Ready(snapshot, dict(self.versions))
        self._publish_tallies(reading.tallies)
        for event in reading.events:
            joiners = self._attach_at_position(joiners)
            self._add_publications(event)
        self._flush()
        joiners = self._attach_at_position(joiners)
        if reading.events:
            # what an event says of an interaction replaces what listeners knew of it, and may be older than the tally that went before it
            self._publish_tallies(self._ahead_of_events.values())
        else:
            self._ahead_of_events.clear()
            if joiners:
                joiners = self._skip_to_snapshot(joiners)
        if reading.online is not None and reading.online != self._online:
            self._online = reading.online
            for name in self._names.values():
                self._hub.publish_news(name, [("online", _online_frame(reading.online))])
        return joiners

    def _begin(self, snapshot: Snapshot) -> None:
        """Start from this snapshot. Under another epoch history was lost (a restore): positions mean nothing any more, and everybody has
        to come again."""
        if self.epoch is not None:
            log.warning("epoch_changed", extra={"live_session_id": self.live_session_id})
            for name in self._names.values():
                self._hub.end_listeners(name, RESTART)
        self.epoch = snapshot.epoch
        self.position = snapshot.position
        self._previous = dict.fromkeys(CHANNEL_KINDS, snapshot.position)
        self._ready.clear()
        self._tallies.clear()
        self._ahead_of_events.clear()
        self.versions.clear()

    def _skip_to_snapshot(self, joiners: list[Joiner]) -> list[Joiner]:
        """The log has no events between the position and a snapshot that is ahead of it: they are lost, and listeners are shown the gap.
        A snapshot that lies behind cannot be used at all."""
        positions = [self._ready[joiner.kind].snapshot.position for joiner in joiners if joiner.kind in self._ready]
        log.error("events_missing", extra={"live_session_id": self.live_session_id, "position": self.position, "snapshots": positions})
        ahead = [position for position in positions if position > self.position]
        if ahead:
            self.position = min(ahead)
            self._previous = dict.fromkeys(CHANNEL_KINDS, self.position)
            return self._attach_at_position(joiners)
        self._ready.clear()
        for joiner in joiners:
            joiner.refuse(Overloaded(retry_after_s=1))
        return []

    def _add_publications(self, event: Event) -> None:
        if event.number <= self.position:
            return
        if event.number != self.position + 1:
            self._previous = dict.fromkeys(CHANNEL_KINDS, event.number - 1)  # events are missing: let the listeners see it
        self.position = event.number
        try:
            members = self._encode(event)
        except Exception:  # one event that cannot be encoded must not hold back all that follow; it becomes a gap that listeners see
            log.exception("event_not_encoded", extra={"live_session_id": self.live_session_id, "number": event.number, "kind": event.kind})
            self._previous = dict.fromkeys(CHANNEL_KINDS, event.number)
            return
        for kind in CHANNEL_KINDS:
            if kind in members:
                self._frames[kind].append(_publication_frame(kind, self._previous[kind], event, members[kind]))
                self._previous[kind] = event.number

    def _flush(self) -> None:
        for kind, frames in self._frames.items():
            if frames:
                self._hub.publish(self._names[kind], *frames)
                frames.clear()

    def _publish_tallies(self, tallies: Collection[TallyNews]) -> None:
        self._hub.publish_news(self._names["session"], [(news.key, news.session) for news in tallies if news.session is not None])
        self._hub.publish_news(self._names["host"], [(news.key, news.host) for news in tallies if news.host is not None])

    def _attach_at_position(self, joiners: list[Joiner]) -> list[Joiner]:
        """Attach who has a snapshot of the present position; returns who has not."""
        if not joiners:
            return joiners
        self._flush()
        waiting = []
        for joiner in joiners:
            ready = self._ready.get(joiner.kind)
            if ready is not None and ready.snapshot.position == self.position:
                self._attach(joiner, ready)
            else:
                waiting.append(joiner)
        return waiting

    def _attach(self, joiner: Joiner, ready: _Ready) -> None:
        connection = joiner.connection
        try:
            frame = joiner.reply(ready.snapshot.body)
        except Exception:  # a bug in one reply must not keep the other joiners waiting
            log.exception("reply_not_built", extra={"live_session_id": self.live_session_id})
            joiner.refuse(InternalError())
            return
        connection.make_room(len(frame))
        connection.acknowledge(frame)
        self._hub.subscribe(self._names[joiner.kind], connection)
        for key, news in self._tallies.items():
            body = news.host if joiner.kind == "host" else news.session
            if body is not None and news.version > ready.versions.get(key, -1):
                connection.send_coalescible(body, key)
        if self._online is not None:
            connection.send_coalescible(_online_frame(self._online), "online")


def _publication_frame(kind: ChannelKind, previous: int, event: Event, members: bytes) -> bytes:
    return b'{"op":"publication","channel":"%b","position":%d,"previous":%d,"kind":"%b","at":"%b"%b}' % (
        kind.encode(),
        event.number,
        previous,
        event.kind.encode(),
        rfc3339(event.at).encode(),
        b"," + members if members else b"",
    )


def _online_frame(viewers: int) -> bytes:
    return b'{"op":"online","viewers":%d}' % viewers
