"""From what is committed to what listeners see: snapshots, publications, tallies, the online count.

The feed keeps one Stream (stream.py) for each live session that somebody on this process listens to. A nudge only wakes a stream; a
lost one costs at most `poll_s`. What is read, and how it looks, is handed in (reading.py): the hub knows positions and bytes.
Ordering: within a live session, that of the event log. Concurrency: the event-loop thread only; reading is done by the Reader's threads.
Start: the first `join` of a live session. Stop: `stop`, or by itself when nobody has listened to a live session for `idle_s`.
Invariant: what a listener was sent, folded, equals a fresh snapshot at its position. May import: kernel.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from turnout.hub.hub import Hub
from turnout.hub.reading import EventEncoder, FeedSource, Reader
from turnout.hub.stream import Pace, Stream
from turnout.hub.telling import Joiner, Telling
from turnout.kernel.errors import Overloaded
from turnout.kernel.limits import MAX_MISSED_EVENTS


class Feed:
    """Follows every live session that has listeners on this process and publishes to their channels.

    hub: whose channels. reader, source, encode: see reading.py. pace: see Pace. max_missed: events that are told one by one to who comes
    back.
    """

    def __init__(
        self,
        hub: Hub,
        reader: Reader,
        source: FeedSource,
        encode: EventEncoder,
        pace: Pace | None = None,
        *,
        max_missed: int = MAX_MISSED_EVENTS,
    ) -> None:
        self._hub = hub
        self._reader = reader
        self._source = source
        self._encode = encode
        self._pace = pace or Pace()
        self._max_missed = max_missed
        self._streams: dict[int, Stream] = {}
        self._stopped = False

    def join(self, live_session_id: int, joiner: Joiner) -> None:
        """Answer the joiner's command and let its connection listen from there on.

        Takes over a command that is in flight: it is answered here, through connection.acknowledge, with what joiner.reply makes of the
        snapshot, or of what was missed; or with a refusal when that cannot be read. Returns at once. A connection that listens already gets
        a newer snapshot and misses nothing in between.
        """
        if self._stopped:
            joiner.refuse(Overloaded())
            return
        stream = self._streams.get(live_session_id)
        if stream is None:
            telling = Telling(live_session_id, self._hub, self._encode, self._max_missed)
            stream = Stream(telling, self._reader, self._source, self._pace, self._ended)
            self._streams[live_session_id] = stream
        stream.join(joiner)

    def nudge(self, topic: str, key: int) -> None:
        """Something was committed. topics: "stream" (events), "tally", "online"; key: the live session's id. Others are ignored."""
        stream = self._streams.get(key)
        if stream is not None:
            stream.nudge(topic)

    def on_commit(self, nudges: Iterable[Sequence[Any]]) -> None:
        """All nudges of one commit, each a topic and a key, whatever else; made to be group commit's on_commit."""
        for nudge in nudges:
            self.nudge(nudge[0], nudge[1])

    async def stop(self) -> None:
        """Follow nothing any more; returns when every stream's task has ended."""
        self._stopped = True
        for stream in list(self._streams.values()):
            await stream.stop()
        self._streams.clear()

    def _ended(self, stream: Stream) -> None:
        self._streams.pop(stream.live_session_id, None)
