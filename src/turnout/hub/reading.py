"""What the feed needs from outside, and hands it in: reading, encoding. compose implements it over the domains."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event

T = TypeVar("T")

ChannelKind = Literal["session", "host"]
"""session: the public stream of a live session; host: the host's view of it."""

CHANNEL_KINDS: tuple[ChannelKind, ...] = ("session", "host")

EventEncoder = Callable[[Event], dict[str, bytes]]
"""The members a publication of this event has on each kind of channel, as JSON members without braces: {"session": b'"survey":{…}'}.
b"" is a publication without further members; a kind that is missing does not get the event. Called once per event, on the event loop."""


class Snapshot(NamedTuple):
    """All a listener needs to begin. position: number of the last event it contains. body: a JSON object that names both."""

    epoch: str
    position: int
    body: bytes


class Since(NamedTuple):
    """How far a client that comes back had got: the position up to which it was told everything."""

    epoch: str
    position: int


class Start(NamedTuple):
    """What a listener begins with. snapshot: a JSON object, or None for one that is told what it missed: publications and tallies, JSON
    lists of whole messages, to be folded in that order."""

    snapshot: bytes | None
    publications: bytes = b"[]"
    tallies: bytes = b"[]"


class TallyNews(NamedTuple):
    """A tally that changed. key: the interaction's id. version: grows with every change. session, host: the whole message
    {"op":"tally",…}, {"op":"checkin_tally",…} or {"op":"draw_tally",…} for each kind of channel; None where it is not shown."""

    key: int
    version: int
    session: bytes | None
    host: bytes | None


class Reader(Protocol):
    """Runs queries off the event loop: storage's Database."""

    async def read(self, query: Callable[[Any], T]) -> T:
        """What `query` returns for a read connection on which everything read belongs to one moment (a snapshot transaction)."""
        ...


class FeedSource(Protocol):
    """Reads what the feed tells. Every method runs on a database thread, with a read connection; several calls of one stream's turn share
    a connection, and so a moment."""

    def events(self, connection: Any, stream_id: int, after: int) -> Sequence[Event]:
        """The events after that number, in order, without gaps; it may return fewer than there are."""
        ...

    def snapshot(self, connection: Any, live_session_id: int, channel_kind: ChannelKind) -> tuple[str, int, bytes]:
        """epoch, position and body (see Snapshot). A TurnoutError it raises refuses those who wanted to join."""
        ...

    def head(self, connection: Any, live_session_id: int) -> tuple[str, int]:
        """epoch and number of the last event."""
        ...

    def tallies(self, connection: Any, live_session_id: int, known: Mapping[int, int], *, for_hosts: bool) -> Sequence[TallyNews]:
        """The tallies whose version is above the one in `known` (key → version), of closed interactions too: a final tally is told even
        when the close was committed before the tally was read. for_hosts: whether `host` is wanted, which costs more."""
        ...

    def online(self, connection: Any, live_session_id: int) -> int:
        """How many viewers are there now."""
        ...


class SharedReader:
    """A Reader that runs all queries of one turn of the event loop in one read: a hall with twenty rooms asks twenty times within the same
    millisecond, and a hand-over to a thread and a transaction cost more than most of the queries.

    reader: who runs them. at_once: how many of its reads may be under way; what is asked meanwhile waits for the next. most: queries in
    one.
    A query that fails fails alone: the others of its read are run again without it.
    """

    def __init__(self, reader: Reader, at_once: int = 2, most: int = 64) -> None:
        self._reader = reader
        self._free = at_once
        self._most = most
        self._waiting: list[tuple[Callable[[Any], Any], asyncio.Future[Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_due = False

    async def read(self, query: Callable[[Any], T]) -> T:
        """See Reader."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((query, future))
        if self._free and not self._is_due:
            self._is_due = True
            loop.call_soon(self._begin)
        return await future

    def _begin(self) -> None:
        self._is_due = False
        while self._waiting and self._free:
            some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._run(some))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, asked: Sequence[tuple[Callable[[Any], Any], asyncio.Future[Any]]]) -> None:
        wanted = [(query, future) for query, future in asked if not future.done()]
        try:
            results = await self._reader.read(lambda connection: [_result(query, connection) for query, _ in wanted])
        except Exception:  # noqa: BLE001 - who of them it was shows when each runs alone
            await asyncio.gather(*(self._run_alone(query, future) for query, future in wanted))
        else:
            for (_, future), result in zip(wanted, results, strict=True):
                _tell(future, result)
                await asyncio.sleep(0)  # what is told to a whole room comes of it: answers shall not wait for all rooms' tallies
        self._free += 1
        self._begin()

    async def _run_alone(self, query: Callable[[Any], Any], future: asyncio.Future[Any]) -> None:
        try:
            _tell(future, await self._reader.read(query))
        except Exception as error:  # noqa: BLE001 - it is the answer to who asked
            _tell(future, error)


def _result(query: Callable[[Any], Any], connection: Any) -> Any:
    """What the query returns, or its refusal; whatever else goes wrong may have spoilt the transaction."""
    try:
        return query(connection)
    except TurnoutError as error:
        return error


def _tell(future: asyncio.Future[Any], result: Any) -> None:
    if future.done():
        return  # who asked has gone
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
