"""What the two channels of one live session have been told, and what they are told next.

Everything here happens without waiting, on the event-loop thread, so nobody can join in the middle of it.
Ordering: one moment's changed tallies, then its events by number; a tally's last version was committed before the close that follows it.
Invariants: `position` is the last event told; a joiner is subscribed in the moment when its snapshot's position, or the end of what it
missed, is `position`; a publication's `previous` is above a listener's position exactly when that listener missed something.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from turnout.hub.backlog import Backlog
from turnout.hub.connection import Connection
from turnout.hub.hub import Hub
from turnout.hub.protocol import RESTART
from turnout.hub.reading import CHANNEL_KINDS, ChannelKind, EventEncoder, Since, Snapshot, Start, TallyNews
from turnout.kernel.connection import refused
from turnout.kernel.errors import InternalError, Overloaded, TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.limits import MAX_MISSED_EVENTS

log = logging.getLogger(__name__)

_CACHED: frozenset[ChannelKind] = frozenset({"session"})
"""Kinds whose snapshot is kept for whoever joins next: of viewers thousands come in one moment, of hosts a few."""


class Joiner(NamedTuple):
    """A command in flight that wants a snapshot, or what was missed since, and what follows it. on_refused: undoes what was done for it so
    far. on_joined: called right after the answer was written."""

    connection: Connection
    kind: ChannelKind
    command_id: str
    reply: Callable[[Start], bytes]
    since: Since | None = None
    on_refused: Callable[[], None] = lambda: None
    on_joined: Callable[[], None] = lambda: None

    def refuse(self, error: TurnoutError) -> None:
        """Answer the command with this error; the client may send it again on the same connection."""
        self.on_refused()
        self.connection.acknowledge(refused(self.command_id, error))


class Reading(NamedTuple):
    """What was read, all of one moment; None stands for what was not. head: epoch and position of the moment. past: events from before the
    backlogs begin, the first of them the one after `past_after`. host_tallies: whether the tallies have what hosts are told."""

    events: Sequence[Event] | None
    tallies: Sequence[TallyNews]
    snapshots: dict[ChannelKind, Snapshot]
    online: int | None
    head: tuple[str, int] | None = None
    past_after: int = 0
    past: Sequence[Event] = ()
    host_tallies: bool | None = None


class _Ready(NamedTuple):
    """A snapshot and the versions of the tallies it contains."""

    snapshot: Snapshot
    versions: dict[int, int]


def channel_name(kind: ChannelKind, live_session_id: int) -> str:
    """The hub's name for a channel: "session:7"."""
    return f"{kind}:{live_session_id}"


class Telling:
    """The channels of one live session. epoch: None until the first snapshot. versions: of the tallies told, by key. host_tallies: whether
    the tallies known have what hosts are told."""

    def __init__(self, live_session_id: int, hub: Hub, encode: EventEncoder, max_missed: int = MAX_MISSED_EVENTS) -> None:
        self.live_session_id = live_session_id
        self.epoch: str | None = None
        self.position = 0
        self.versions: dict[int, int] = {}
        self.host_tallies = False
        self._hub = hub
        self._encode = encode
        self._max_missed = max_missed
        self._names = {kind: channel_name(kind, live_session_id) for kind in CHANNEL_KINDS}
        self._backlogs = {kind: Backlog(kind, max_missed) for kind in CHANNEL_KINDS}
        self._lost_until = -1  # whoever had got no further cannot be told one by one
        self._ready: dict[ChannelKind, _Ready] = {}
        self._tallies: dict[int, TallyNews] = {}
        self._ahead_of_events: dict[int, TallyNews] = {}
        self._online: int | None = None
        self._messages: dict[ChannelKind, list[bytes]] = {kind: [] for kind in CHANNEL_KINDS}
        self._starts: dict[tuple[ChannelKind, int], Start | None] = {}  # of the present position and tallies

    @property
    def has_listeners(self) -> bool:
        """Whether anybody listens to either channel."""
        return any(self._hub.listeners(name) for name in self._names.values())

    @property
    def has_host(self) -> bool:
        """Whether a host listens."""
        return self._hub.listeners(self._names["host"]) > 0

    def needs_snapshot(self, kind: ChannelKind) -> bool:
        """Whether a joiner has to wait for a snapshot to be read. A cached one that is ahead only waits for the events up to it."""
        ready = self._ready.get(kind)
        return kind not in _CACHED or ready is None or ready.snapshot.position < self.position

    def past_wanted(self, joiners: Sequence[Joiner], epoch: str | None, position: int) -> int | None:
        """From which position on events have to be read again, so that these joiners can be told what they missed; None when nothing has.
        epoch, position: of the moment that is being read."""
        lost = self._lost_until if epoch == self.epoch else -1
        wanted = []
        for joiner in joiners:
            since = joiner.since
            floor = self._backlogs[joiner.kind].floor if epoch == self.epoch else position
            if since is not None and since.epoch == epoch and max(lost, floor - self._max_missed - 1) < since.position < floor:
                wanted.append(since.position)
        return min(wanted, default=None)

    def serve(self, joiner: Joiner) -> bool:
        """Attach the joiner when it can be at once, and say whether it was."""
        if joiner.kind not in _CACHED:
            return False
        return self._attach(joiner, wait_for_missed=self._may_be_read(joiner))

    def tell(self, reading: Reading, joiners: list[Joiner]) -> list[Joiner]:
        """Publish what was read and attach the joiners; returns those whose snapshot is ahead of the events read so far."""
        for snapshot in reading.snapshots.values():
            if snapshot.epoch != self.epoch:
                self._begin(snapshot.epoch, snapshot.position)
        if reading.head is not None and self.epoch is not None and reading.head[0] != self.epoch:
            self._begin(*reading.head)
        self._starts.clear()
        self._extend_backlogs(reading)
        changed = [news for news in reading.tallies if news.version != self.versions.get(news.key)]
        for news in reading.tallies:
            self._tallies[news.key] = news
            self.versions[news.key] = news.version
        self._ahead_of_events |= {news.key: news for news in changed}
        if reading.host_tallies is not None:
            self.host_tallies = reading.host_tallies
        for kind, snapshot in reading.snapshots.items():
            self._ready[kind] = _Ready(snapshot, dict(self.versions))
        self._publish_tallies(changed)
        joiners = self._attach_who_can(joiners)
        for event in reading.events or ():
            self._add_publications(event)
            joiners = self._attach_who_can(joiners)
        self._flush()
        if reading.events:
            # what an event says of an interaction replaces what listeners knew of it, and may be older than the tally that went before it
            self._publish_tallies(self._ahead_of_events.values())
        elif reading.events is not None:
            self._ahead_of_events.clear()
            joiners = self._attach_who_can(joiners, all_is_read=True)
            # whose snapshot was forgotten, with the epoch it was of, waits for another
            stuck = [joiner for joiner in joiners if joiner.kind in self._ready]
            if stuck:
                joiners = [joiner for joiner in joiners if joiner.kind not in self._ready] + self._skip_to_snapshot(stuck)
        if reading.online is not None and reading.online != self._online:
            self._online = reading.online
            for name in self._names.values():
                self._hub.publish_news(name, [("online", _online_message(reading.online))])
        return joiners

    def _begin(self, epoch: str, position: int) -> None:
        """Start from here. Under another epoch history was lost (a restore): positions mean nothing any more, and everybody has to come
        again."""
        if self.epoch is not None:
            log.warning("epoch_changed", extra={"live_session_id": self.live_session_id})
            for name in self._names.values():
                self._hub.end_listeners(name, RESTART)
        self.epoch = epoch
        self._lost_until = -1
        self._move_on(position)
        self._ready.clear()
        self._tallies.clear()
        self._ahead_of_events.clear()
        self.versions.clear()

    def _move_on(self, position: int) -> None:
        """Go on from this position without having told what leads to it: whoever was told less sees the gap."""
        self.position = position
        self._starts.clear()
        for backlog in self._backlogs.values():
            backlog.begin(position)

    def _extend_backlogs(self, reading: Reading) -> None:
        """Put what happened before the backlogs begin in front of them, for those who come back and had got that far."""
        if not reading.past:
            return
        after = reading.past_after
        last = after
        for event in reading.past:
            if event.number != last + 1:
                break  # events are missing
            last = event.number
        extended = {kind: backlog for kind, backlog in self._backlogs.items() if after < backlog.floor <= last}
        floor = max((backlog.floor for backlog in extended.values()), default=0)
        try:
            encoded = [(event, self._encode(event)) for event in reading.past if event.number <= floor]
        except Exception:  # who comes back from before it gets a snapshot instead
            log.exception("past_not_encoded", extra={"live_session_id": self.live_session_id})
            extended = {}
        for kind, backlog in extended.items():
            older = [(event, members[kind]) for event, members in encoded if kind in members and event.number <= backlog.floor]
            backlog.extend_back(after, older)
        if not extended or any(backlog.floor > after for backlog in extended.values()):
            self._lost_until = max(self._lost_until, after)  # nobody needs to look for it again

    def _skip_to_snapshot(self, joiners: list[Joiner]) -> list[Joiner]:
        """The log has no events between the position and a snapshot that is ahead of it: they are lost, and listeners are shown the gap.
        A snapshot that lies behind cannot be used at all."""
        positions = [self._ready[joiner.kind].snapshot.position for joiner in joiners]
        log.error("events_missing", extra={"live_session_id": self.live_session_id, "position": self.position, "snapshots": positions})
        ahead = [position for position in positions if position > self.position]
        if ahead:
            self._lost_until = max(self._lost_until, min(ahead) - 1)
            self._move_on(min(ahead))
            return self._attach_who_can(joiners, all_is_read=True)
        self._ready.clear()
        for joiner in joiners:
            joiner.refuse(Overloaded(retry_after_s=1))
        return []

    def _add_publications(self, event: Event) -> None:
        if event.number <= self.position:
            return
        if event.number != self.position + 1:
            self._lost_until = max(self._lost_until, event.number - 2)
            self._move_on(event.number - 1)  # events are missing: let the listeners see it
        self.position = event.number
        self._starts.clear()
        try:
            members = self._encode(event)
        except Exception:  # one event that cannot be encoded must not hold back all that follow; it becomes a gap that listeners see
            log.exception("event_not_encoded", extra={"live_session_id": self.live_session_id, "number": event.number, "kind": event.kind})
            self._lost_until = max(self._lost_until, event.number - 1)
            self._move_on(event.number)
            return
        for kind, backlog in self._backlogs.items():
            if kind in members:
                self._messages[kind].append(backlog.add(event, members[kind]))

    def _flush(self) -> None:
        for kind, messages in self._messages.items():
            if messages:
                self._hub.publish(self._names[kind], *messages)
                messages.clear()

    def _publish_tallies(self, tallies: Collection[TallyNews]) -> None:
        self._hub.publish_news(self._names["session"], [(news.key, news.session) for news in tallies if news.session is not None])
        self._hub.publish_news(self._names["host"], [(news.key, news.host) for news in tallies if news.host is not None])

    # Joining

    def _is_ahead(self, joiner: Joiner) -> bool:
        """Whether the joiner had got further than we have: another process told it, or the one before this."""
        return joiner.since is not None and joiner.since.epoch == self.epoch and joiner.since.position > self.position

    def _may_be_read(self, joiner: Joiner) -> bool:
        """Whether what the joiner missed, or what we did, may be found in the event log."""
        return self._is_ahead(joiner) or self.past_wanted([joiner], self.epoch, self.position) is not None

    def _attach_who_can(self, joiners: list[Joiner], *, all_is_read: bool = False) -> list[Joiner]:
        """Attach whoever can be at the present position; returns who cannot."""
        if not joiners:
            return joiners
        self._flush()
        return [joiner for joiner in joiners if not self._attach(joiner, wait_for_missed=not all_is_read and self._is_ahead(joiner))]

    def _attach(self, joiner: Joiner, *, wait_for_missed: bool) -> bool:
        """Answer the joiner with what it missed or, where that is unknown or longer, with a snapshot of the present position, and let it
        listen from here on; False when neither is at hand. wait_for_missed: whether it had better wait than get a snapshot."""
        start = self._what_was_missed(joiner)
        ready = self._ready.get(joiner.kind)
        versions: dict[int, int] | None = None
        if start is None:
            if wait_for_missed or ready is None or ready.snapshot.position != self.position:
                return False
            start = Start(ready.snapshot.body)
            versions = ready.versions
        connection = joiner.connection
        try:
            payload = joiner.reply(start)
        except Exception:  # a bug in one reply must not keep the other joiners waiting
            log.exception("reply_not_built", extra={"live_session_id": self.live_session_id})
            joiner.refuse(InternalError())
            return True
        connection.make_room(len(payload))
        connection.acknowledge(payload)
        self._hub.subscribe(self._names[joiner.kind], connection)
        news = [] if versions is None else self._tallies_above(joiner.kind, versions)
        if self._online is not None:
            news.append(("online", _online_message(self._online)))
        if news:
            connection.write_news([(key, connection.frame(body)) for key, body in news])
        joiner.on_joined()
        return True

    def _what_was_missed(self, joiner: Joiner) -> Start | None:
        """What was published since the joiner went, and where all tallies stand; None when that is unknown, or longer than a snapshot."""
        since, kind = joiner.since, joiner.kind
        if since is None or since.epoch != self.epoch or (kind == "host" and not self.host_tallies):
            return None
        backlog = self._backlogs[kind]
        if not backlog.floor <= since.position <= self.position:
            return None
        key = kind, since.position
        if key not in self._starts:
            publications = _json_list(backlog.missed(since.position))
            tallies = _json_list([body for _, body in self._tallies_above(kind, {})])
            ready = self._ready.get(kind)
            is_longer = ready is not None and len(publications) + len(tallies) > len(ready.snapshot.body)
            self._starts[key] = None if is_longer else Start(None, publications, tallies)
        return self._starts[key]

    def _tallies_above(self, kind: ChannelKind, versions: dict[int, int]) -> list[tuple[object, bytes]]:
        """The latest tallies of which these versions are not the latest."""
        bodies = [(key, news.version, news.host if kind == "host" else news.session) for key, news in self._tallies.items()]
        return [(key, body) for key, version, body in bodies if body is not None and version > versions.get(key, -1)]


def _json_list(messages: Collection[bytes]) -> bytes:
    return b"[" + b",".join(messages) + b"]"


def _online_message(viewers: int) -> bytes:
    return b'{"op":"online","viewers":%d}' % viewers
