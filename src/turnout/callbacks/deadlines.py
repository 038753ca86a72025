"""Ends calls that take too long, with one timer for all that may take equally long.

asyncio.timeout sets a timer of its own for every call and takes it away again, which costs more than signing the body. Calls with the same
limit come to it in the order they began, so the timer of the first is enough: when it rings, or finds that one gone, it waits for the next.
"""

import asyncio
from types import TracebackType
from typing import Self


class Deadlines:
    """On one event loop. Holds nothing of a call that has ended."""

    def __init__(self) -> None:
        self._lines: dict[float, _Line] = {}

    def within(self, seconds: float) -> "_Deadline":
        """A `with` block that raises TimeoutError when it has not ended by itself after so many seconds. For a block in a task; being
        cancelled by somebody else stays a cancellation, as with asyncio.timeout."""
        line = self._lines.get(seconds)
        if line is None:
            line = self._lines[seconds] = _Line(self, seconds)
        return _Deadline(line)

    def close(self) -> None:
        """Takes back every timer; blocks under way are not ended any more."""
        for line in self._lines.values():
            line.stop()
        self._lines.clear()

    def forget(self, seconds: float) -> None:
        """Nothing of this limit is under way."""
        self._lines.pop(seconds, None)


class _Line:
    """The blocks of one limit, in the order they began, which is that of their ends."""

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self.seconds = seconds
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[_Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def join(self, deadline: "_Deadline") -> None:
        deadline.at = self._loop.time() + self.seconds
        self._waiting[deadline] = None
        if self._timer is None:
            self._timer = self._loop.call_at(deadline.at, self._ring)

    def leave(self, deadline: "_Deadline") -> None:
        self._waiting.pop(deadline, None)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        now = self._loop.time()
        self._timer = None
        over: list[_Deadline] = []
        for deadline in self._waiting:
            if deadline.at > now:
                self._timer = self._loop.call_at(deadline.at, self._ring)
                break
            over.append(deadline)
        for deadline in over:
            del self._waiting[deadline]
            deadline.expire()
        if self._timer is None:
            self._deadlines.forget(self.seconds)


class _Deadline:
    """See Deadlines.within."""

    __slots__ = ("_cancelling", "_expired", "_line", "_task", "at")

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._expired = False
        self.at = 0.0

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be ended")
        self._task, self._cancelling = task, task.cancelling()
        self._line.join(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._expired:
            self._line.leave(self)
        elif self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """On the event loop, when the time is over."""
        self._expired = True
        self._task.cancel()
