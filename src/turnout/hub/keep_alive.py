"""Finds connections whose client is gone without a word: pings who was silent, ends who does not answer.

One timer for the whole process instead of a task per connection (picows' own pings), which would cost an idle connection some kilobytes.
Concurrency: the event-loop thread only. Start: the first `watch`. Stop: by itself when nobody is watched.
Invariant: a silent client is pinged after one to two intervals, and ended one interval after that.
"""

import asyncio
from collections import deque

from turnout.hub.connection import Connection
from turnout.hub.protocol import UNRESPONSIVE

_SLICES = 8


class KeepAlive:
    """Looks at every watched connection once per interval, a slice of them at a time, so that pings do not go out all at once.

    interval_s: seconds between two looks at the same connection. A connection not heard of since the last look is pinged; one that was
    pinged and still was not heard of is ended with 1001.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._slices: deque[dict[Connection, bool]] = deque({} for _ in range(_SLICES))
        self._watched = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, connection: Connection) -> None:
        """Look at the connection from now on, the first time within one interval."""
        self._watched += 1
        self._slices[self._watched % _SLICES][connection] = False
        if self._timer is None:
            self._start()

    def forget(self, connection: Connection) -> None:
        """Look at the connection no more."""
        for some in self._slices:
            if some.pop(connection, None) is not None:
                break

    def _start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval_s / _SLICES, self._look)

    def _look(self) -> None:
        """Look at the slice that waited longest."""
        self._timer = None
        some = self._slices[0]
        self._slices.rotate(-1)
        for connection, was_pinged in list(some.items()):
            if connection.heard:
                connection.heard = False
                some[connection] = False
            elif not was_pinged:
                some[connection] = True
                connection.ping()
            else:
                connection.end(UNRESPONSIVE)
        if any(self._slices):
            self._start()
