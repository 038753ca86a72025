"""The latest publications of one channel, kept for clients that come back.

Kept as what is the same for everybody, without `previous`: that is written in the moment of sending, because whoever listened since the
start and whoever comes back knows of different predecessors. Pure.
Invariant: every publication of the channel with a number above `floor` is here, in order.
"""

from collections import deque
from collections.abc import Iterable

from turnout.hub.reading import ChannelKind
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339
from turnout.kernel.events import Event


class Backlog:
    """Of one channel. floor: everything after this event's number is here. last: the number of the channel's last publication, as far as it
    is known; publications of the channel up to `floor` may be older than that says, but none is newer."""

    def __init__(
        self, kind: ChannelKind, max_events: int = limits.MAX_MISSED_EVENTS, max_bytes: int = limits.MAX_STREAM_BACKLOG_BYTES
    ) -> None:
        self.floor = 0
        self.last = 0
        self._head = b'{"op":"publication","channel":"%b"' % kind.encode()
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._kept: deque[tuple[int, bytes]] = deque()
        self._bytes = 0

    def begin(self, position: int) -> None:
        """Forget everything; what comes next comes after this position."""
        self._kept.clear()
        self._bytes = 0
        self.floor = self.last = position

    def add(self, event: Event, members: bytes) -> bytes:
        """Keep a publication, the newest one, and return its message."""
        tail = _tail(event, members)
        message = self._message(event.number, self.last, tail)
        self.last = event.number
        self._kept.append((event.number, tail))
        self._bytes += len(tail)
        self._trim()
        return message

    def extend_back(self, floor: int, events: Iterable[tuple[Event, bytes]]) -> None:
        """Put in front what came before: every publication after `floor` up to the present floor. The oldest of them are dropped again when
        they are too many or too long: look at `floor`."""
        older = [(event.number, _tail(event, members)) for event, members in events]
        if not self._kept:
            # nothing was published since the present floor, so the last publication is one of these, or was before all of them
            self.last = older[-1][0] if older else min(self.last, floor)
        self._kept.extendleft(reversed(older))
        self._bytes += sum(len(tail) for _, tail in older)
        self.floor = floor
        self._trim()

    def missed(self, position: int) -> list[bytes]:
        """The messages of all publications after the position, which is at least `floor`."""
        messages = []
        previous = position
        for number, tail in self._kept:
            if number > position:
                messages.append(self._message(number, previous, tail))
                previous = number
        return messages

    def _trim(self) -> None:
        while len(self._kept) > self._max_events or self._bytes > self._max_bytes:
            self.floor, oldest = self._kept.popleft()
            self._bytes -= len(oldest)

    def _message(self, number: int, previous: int, tail: bytes) -> bytes:
        return b'%b,"position":%d,"previous":%d%b' % (self._head, number, previous, tail)


def _tail(event: Event, members: bytes) -> bytes:
    return b',"kind":"%b","at":"%b"%b}' % (event.kind.encode(), rfc3339(event.at).encode(), b"," + members if members else b"")
