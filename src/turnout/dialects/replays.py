"""What a receiver of callbacks remembers of those it has taken, so that one that comes again is not taken twice.

It is the memory of one process and of a window of time: it stops repeats and replays that follow each other closely. What must be taken
once for ever belongs under a unique key in the receiver's own database, in the transaction that stores what the message says.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock

from turnout.kernel.errors import Conflict


class StillTaken(Conflict):
    """The same message is being handled at this moment."""

    code = "callback_being_handled"


class Replays:
    """The keys of the messages taken within a window. Threads may share it.

    window_s: seconds a key is remembered; twice the tolerance of the signature's timestamp, so that a copy is either remembered or too old.
    most: keys held at once; past it the oldest is forgotten. clock: seconds that never go back.
    """

    def __init__(self, window_s: float = 1_200.0, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._taken: dict[Hashable, float] = {}  # in the order in which they were taken
        self._under_way: set[Hashable] = set()

    @contextmanager
    def once(self, key: Hashable) -> Iterator[bool]:
        """Whether this is the first time, for the block that handles it.

        When the block raises, the key is forgotten: the message was not taken and may come again. Raises StillTaken while another thread is
        inside a block with this key; answer that with a refusal, and the sender comes back when it is clear whether it was taken.
        """
        with self._lock:
            if key in self._under_way:
                raise StillTaken
            first = not self._knows(key)
            if first:
                self._under_way.add(key)
        if not first:
            yield False
            return
        try:
            yield True
        except BaseException:
            with self._lock:
                self._under_way.discard(key)
            raise
        with self._lock:
            self._under_way.discard(key)
            self._taken[key] = self._clock()
            while len(self._taken) > self._most:
                del self._taken[next(iter(self._taken))]

    def _knows(self, key: Hashable) -> bool:
        now = self._clock()
        while self._taken:
            oldest = next(iter(self._taken))
            if now - self._taken[oldest] <= self._window_s:
                break
            del self._taken[oldest]
        return key in self._taken
