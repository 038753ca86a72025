"""One client's line, whatever carries it: writes within a byte bound, collects, holds back, ends.

Its two ends are a WebSocket (web_socket.py) and an event stream with posts beside it (event_stream.py); both write whole frames, made once
for all connections of their kind.
Ordering: messages are handled, and frames written, in the order they came. Concurrency: the event-loop thread only.
Start: server/door.py lets one in. Stop: `end`, the client's goodbye, or a lost line; then Keeper.closed runs once.
Invariants: at most one ending leaves, and nothing after it; once the unsent bytes are above half the bound every further write is checked
against it.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Protocol

from turnout.hub.protocol import TOO_SLOW, Ending
from turnout.hub.rates import UNCOUNTED, Source
from turnout.kernel.connection import Command, accepted, refused
from turnout.kernel.limits import MAX_CONNECTION_BACKLOG_BYTES

_CLOSE_PATIENCE_S = 2.0
"""Seconds an ended connection may take to go before its line is cut."""


class Keeper(Protocol):
    """Who keeps the connections: the hub."""

    def opened(self, connection: "Connection") -> None:
        """The line stands; the connection may be written to."""
        ...

    def closed(self, connection: "Connection") -> None:
        """The line is gone. Called once, after the last message was handled."""
        ...

    def flush_later(self, connection: "Connection") -> None:
        """Call connection.flush before the event loop waits again."""
        ...


_NONE: tuple[str, ...] = ()

Frame = Callable[[bytes], bytes]
"""Makes the frame of one message (JSON text) for one kind of line."""


class Connection:
    """One line of one client.

    address: the client's, behind trusted proxies. cookies, user_agent: of the request that opened it. seat: what the domains keep here
    about who sits on this connection; the hub never looks at it. in_flight: commands handed on and not yet answered; the handler adds one,
    `acknowledge` takes one away. channels: names it is subscribed to. open: whether it can still be written to. ending: why the server
    ended it, None when it did not. close_code: the code that was said last, by whichever side; None when none was. heard: see
    keep_alive.py. source, credit, credited_at: see rates.py. kind: of line, for logs. frame: how messages look on it.
    """

    # a class of two bases may have slots in one of them only, and the socket library's has some already: each end takes these
    __slots__ = _NONE
    SLOTS: ClassVar = (
        "_bound",
        "_closing",
        "_congested",
        "_dispatch",
        "_flush_due",
        "_half",
        "_held",
        "_keeper",
        "_last_words",
        "_line",
        "_patience_s",
        "_waiting",
        "_write",
        "address",
        "channels",
        "close_code",
        "cookies",
        "credit",
        "credited_at",
        "ending",
        "heard",
        "in_flight",
        "open",
        "seat",
        "source",
        "user_agent",
    )

    kind: ClassVar[str]
    address: str
    cookies: Mapping[str, str]
    user_agent: str
    seat: Any
    in_flight: int
    channels: tuple[str, ...]
    open: bool
    ending: Ending | None
    close_code: int | None
    heard: bool
    source: Source
    credit: int
    credited_at: float
    _dispatch: Callable[["Connection", str], None]
    _keeper: Keeper
    _bound: int
    _half: int
    _patience_s: float
    _congested: bool
    _flush_due: bool
    _waiting: list[bytes] | None
    _held: dict[object, bytes] | None
    _last_words: Ending | None
    _closing: asyncio.TimerHandle | None
    _line: asyncio.Transport
    _write: Callable[[bytes], None]

    def __init__(
        self,
        dispatch: Callable[["Connection", str], None],
        keeper: Keeper,
        *,
        address: str,
        cookies: Mapping[str, str],
        user_agent: str = "",
        source: Source = UNCOUNTED,
        backlog_bytes: int = MAX_CONNECTION_BACKLOG_BYTES,
        close_patience_s: float = _CLOSE_PATIENCE_S,
    ) -> None:
        self.address = address
        self.cookies = cookies
        self.user_agent = user_agent
        self.seat = None
        self.in_flight = 0
        self.channels = ()
        self.ending = None
        self.close_code = None
        self.open = False
        self.heard = True
        self.source = source
        self.credit = 0
        self.credited_at = 0.0
        self._dispatch = dispatch
        self._keeper = keeper
        self._bound = backlog_bytes
        self._half = backlog_bytes // 2
        self._patience_s = close_patience_s
        self._congested = False
        self._flush_due = False
        self._waiting = None
        self._held = None
        self._last_words = None
        self._closing = None

    # Writing

    @staticmethod
    @abstractmethod
    def frame(payload: bytes) -> bytes:
        """The frame of one message, as this kind of line carries it."""

    def send(self, payload: bytes) -> None:
        """Write one message (JSON text); ignored once the connection is closed or ending."""
        self.write(self.frame(payload))

    def make_room(self, size: int) -> None:
        """Allow for one long message, such as a snapshot: when it is longer than half the bound, it must not end the connection it was made
        for, so the bound grows by its length."""
        if size > self._half:
            self._bound += size

    def send_coalescible(self, payload: bytes, key: object) -> None:
        """Write news that a later message under the same key replaces. While more than half the bound is unsent it is held back; when the
        client has caught up, the latest of each key is sent."""
        self.write_news(((key, self.frame(payload)),))

    def acknowledge(self, payload: bytes) -> None:
        """Answer one command that was counted in in_flight. Answers to a connection that has more commands in flight are collected until
        the end of this turn of the event loop and written together."""
        in_flight = self.in_flight = self.in_flight - 1
        if not self.open:
            return
        if in_flight > 0:
            if self._waiting is None:
                self._waiting = [self.frame(payload)]
            else:
                self._waiting.append(self.frame(payload))
            if not self._flush_due:
                self._flush_due = True
                self._keeper.flush_later(self)
            return
        self.send(payload)
        if self._last_words is not None:
            self.end(self._last_words)

    def tell_outcome(self, command: Command, outcome: object) -> None:
        """Answer one command that was counted in in_flight, as acknowledge does: it is accepted, or refused."""
        if isinstance(outcome, BaseException):
            self.acknowledge(refused(command.command_id, outcome))
        elif self.in_flight != 1 or self._last_words is not None:
            self.acknowledge(accepted(command.command_id))
        else:  # what nearly every answer of a hall comes to, with as few calls as can be
            self.in_flight = 0
            if self._held is None and self._waiting is None and not self._congested and self.open:
                self._write_one(accepted(command.command_id))
            else:
                self.send(accepted(command.command_id))

    def write(self, wire: bytes) -> None:
        """Write whole frames, as `frame` makes them; one call is one system call."""
        if not self.open:
            return
        if self._waiting is not None or self._held is not None:
            wire = self._with_collected(wire)
        if self._congested and self._line.get_write_buffer_size() + len(wire) > self._bound:
            self.end(TOO_SLOW)
            return
        self._write(wire)

    def write_news(self, news: Iterable[tuple[object, bytes]], together: bytes | None = None) -> None:
        """Write coalescible frames, each with its key; `together` is all of them joined, when the caller has it.

        To a client that waits for an answer they go with the answer, which is not far away: nearly half the system calls of a hall that
        answers would be for them otherwise.
        """
        if not self.open:
            return
        if self.in_flight == 0 and not self._congested:
            wire = together if together is not None else b"".join(wire for _, wire in news)
            if self._held is None and self._waiting is None:
                self._write(wire)  # what a fan-out to ten thousand comes to, without another call
            else:
                self.write(wire)
        elif self._waiting is not None and not self._congested:
            self._waiting += [wire for _, wire in news]  # behind what was collected before it
        else:
            if self._held is None:
                self._held = {}
            self._held.update(news)

    def _write_one(self, payload: bytes) -> None:
        """Write one short message when nothing else waits to be written."""
        self._write(self.frame(payload))

    def flush(self) -> None:
        """Write the answers that were collected, if any wait."""
        self._flush_due = False
        if self._waiting is not None:
            self.write(b"")

    def _with_collected(self, wire: bytes) -> bytes:
        """What was collected, and these frames behind it. News that was held back is older than the answers that were collected."""
        collected: list[bytes] = []
        if self._held is not None and not self._congested:
            collected += self._held.values()
            self._held = None
        if self._waiting is not None:
            collected += self._waiting
            self._waiting = None
        collected.append(wire)
        return b"".join(collected)

    @abstractmethod
    def ping(self) -> None:
        """Ask for a sign of life; `heard` turns true with whatever the client sends next."""

    # Ending

    def end(self, ending: Ending) -> None:
        """Say why, and cut the line when the client has gone, or after the patience. Harmless when already ending."""
        if not self.open:
            return
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._write(b"".join(waiting))
        self.ending = ending
        self.close_code = ending.code
        self.open = False
        self._say_goodbye(ending)
        self._cut_later()

    def finish(self, ending: Ending) -> None:
        """End as soon as every command in flight has been answered; new messages are no longer read. The patience bounds this too."""
        if not self.open or self.in_flight == 0:
            self.end(ending)
            return
        self._last_words = ending
        self._closing = asyncio.get_running_loop().call_later(self._patience_s, self.end, ending)

    @abstractmethod
    def _say_goodbye(self, ending: Ending) -> None: ...

    def _cut_later(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(self._patience_s, self._line.abort)

    # What the ends call

    def _begin(self, line: asyncio.Transport) -> None:
        """The line stands."""
        self._line = line
        self._write = line.write
        # above the high mark the transport calls pause_writing: only from there on do writes pay for a look at the unsent bytes
        line.set_write_buffer_limits(high=self._half, low=self._half // 2)
        self.open = True
        self._keeper.opened(self)

    def _lost(self) -> None:
        """The line is gone."""
        self.open = False
        self._waiting = self._held = None
        if self._closing is not None:
            self._closing.cancel()
        self._keeper.closed(self)

    def _pause(self) -> None:
        self._congested = True

    def _resume(self) -> None:
        self._congested = False
        while self._held and not self._congested:
            news, self._held = self._held, None
            key = next(iter(news))
            wire = news.pop(key)
            self.write(wire)
            if news:
                self._held = news
