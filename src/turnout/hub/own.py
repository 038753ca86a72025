"""What is a viewer's own: read by set for everybody who asks in the same moment, and told to a viewer's other connections.

Purpose: ten thousand viewers who come back at once each want what they answered; one query each would take a minute. And what a viewer does
on the phone shall show on the laptop.
Ordering: what is told was read after the commit whose nudge asked for it; each telling is absolute. Concurrency: the event-loop thread
only; reading is done by the Reader's threads, by at most READS_AT_ONCE tasks. Start: the first question. Stop: `stop`.
Invariant: who asked is answered once. May import: kernel and the hub's own files.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from turnout.hub.connection import Connection
from turnout.hub.protocol import CommandIdText
from turnout.hub.reading import Reader
from turnout.kernel.errors import Overloaded, TurnoutError

log = logging.getLogger(__name__)

READS_AT_ONCE = 2
VIEWERS_PER_READ = 250
"""Viewers in one read. More would not be cheaper, and answering them would keep the event loop from everybody else."""

_RETRY_S = 1.0


class ReadOwn(msgspec.Struct, frozen=True, tag_field="op", tag="read_own"):
    """socket: a viewer asks what the server holds of its own answers, confirmations and draws."""

    id: CommandIdText


Done = Callable[[bytes | TurnoutError], None]
"""Called with the JSON list of what is the viewer's own, or with why it cannot be read."""


class OwnSource(Protocol):
    """Reads what viewers are told of themselves: the native dialect's News."""

    def own(self, connection: Any, live_session_id: Any, viewer_ids: Sequence[Any]) -> dict[Any, bytes]:
        """The JSON list of each of these viewers, in a fixed number of statements. On a database thread."""
        ...


class _Question:
    """What is to be read of one viewer for whom. done: who asked. connections: whom to tell the news."""

    __slots__ = ("connections", "done")

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.connections: set[Connection] = set()


class Own:
    """The viewers of this process and their connections. reader, source: who reads."""

    def __init__(self, reader: Reader, source: OwnSource) -> None:
        self._reader = reader
        self._source = source
        self._questions: dict[int, dict[int, _Question]] = {}  # live session → viewer → what nobody reads yet
        self._free = READS_AT_ONCE
        self._is_due = False
        self._stopped = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._here: dict[int, tuple[Connection, ...]] = {}  # viewer → connections
        self._several: set[int] = set()  # viewers who have more than one
        self._viewers: dict[Connection, tuple[int, int]] = {}  # connection → live session, viewer
        self._entering: dict[Connection, bool] = {}  # not answered yet → whether there is news that the answer may not have

    def ask(self, live_session_id: int, viewer_id: int, done: Done) -> None:
        """Read what is this viewer's own, with that of all others who are asked about in the same moment."""
        if self._stopped:
            done(Overloaded(retry_after_s=1))
        else:
            self._question(live_session_id, viewer_id).done.append(done)

    def enter(self, connection: Connection, live_session_id: int, viewer_id: int) -> None:
        """The viewer is entering on this connection: from now on nothing is missed. To be called before what is in the answer is read."""
        self._viewers[connection] = live_session_id, viewer_id
        here = self._here[viewer_id] = (*self._here.get(viewer_id, ()), connection)
        if len(here) > 1:
            self._several.add(viewer_id)
        self._entering[connection] = False

    def entered(self, connection: Connection) -> None:
        """The entry has been answered: what happened meanwhile is told now."""
        if self._entering.pop(connection, False):
            self._tell_soon(connection)

    def leave(self, connection: Connection) -> None:
        """The connection is gone, or its entry was refused. No effect when it never entered."""
        place = self._viewers.pop(connection, None)
        self._entering.pop(connection, None)
        if place is not None:
            left = tuple(other for other in self._here[place[1]] if other is not connection)
            if left:
                self._here[place[1]] = left
            else:
                del self._here[place[1]]
            if len(left) < 2:
                self._several.discard(place[1])

    def nudge(self, viewer_ids: Iterable[int], *, also_alone: bool = False) -> None:
        """Something of these viewers' own has changed. Who has one connection here has been told already, since its own command did it;
        also_alone: unless somebody else did it."""
        # every answer of a hall comes by here, and most viewers have one connection
        concerned = self._here.keys() & viewer_ids if also_alone else self._several.intersection(viewer_ids)
        for viewer_id in concerned:
            for connection in self._here[viewer_id]:
                if connection in self._entering:
                    self._entering[connection] = True
                else:
                    self._tell_soon(connection)

    async def stop(self) -> None:
        """Answer no more; who waits is refused. Returns when nothing is being read."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(self._tasks)
        waiting, self._questions = self._questions, {}
        for questions in waiting.values():
            _answer(questions, {}, Overloaded(retry_after_s=1))

    def _tell_soon(self, connection: Connection) -> None:
        """Read again what is the own of this connection's viewer, and tell it."""
        place = self._viewers.get(connection)
        if place is not None and not self._stopped:
            self._question(*place).connections.add(connection)

    def _question(self, live_session_id: int, viewer_id: int) -> _Question:
        if self._free and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._begin)
        return self._questions.setdefault(live_session_id, {}).setdefault(viewer_id, _Question())

    def _begin(self) -> None:
        self._is_due = False
        while self._questions and self._free and not self._stopped:
            live_session_id, viewers = next(iter(self._questions.items()))
            some = {viewer_id: viewers.pop(viewer_id) for viewer_id in list(viewers)[:VIEWERS_PER_READ]}
            del self._questions[live_session_id]
            if viewers:
                self._questions[live_session_id] = viewers  # behind the others
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._read(live_session_id, some))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read(self, live_session_id: int, questions: dict[int, _Question]) -> None:
        failure: TurnoutError = Overloaded(retry_after_s=1)
        own: dict[int, bytes] = {}
        try:
            own = await self._reader.read(lambda connection: self._source.own(connection, live_session_id, list(questions)))
        except TurnoutError as error:
            failure = error
        except Exception:
            log.exception("own_unreadable", extra={"live_session_id": live_session_id})
        self._free += 1
        for viewer_id, question in questions.items():
            for connection in question.connections:
                if viewer_id in own:
                    connection.send_coalescible(own_message(own[viewer_id]), "own")
                else:  # nobody waits for it, but somebody would go on seeing what is no longer so
                    asyncio.get_running_loop().call_later(_RETRY_S, self._tell_soon, connection)
        _answer(questions, own, failure)
        self._begin()


def own_message(own: bytes, command_id: str | None = None) -> bytes:
    """The message that tells a viewer what is its own; with a command's id it is the answer to it."""
    if command_id is None:
        return b'{"op":"own","mine":%b}' % own
    return b'{"op":"own","id":"%b","mine":%b}' % (command_id.encode(), own)


def _answer(questions: dict[int, _Question], own: dict[int, bytes], failure: TurnoutError) -> None:
    for viewer_id, question in questions.items():
        for done in question.done:
            try:
                done(own.get(viewer_id, failure))
            except Exception:  # the others are still waiting
                log.exception("own_not_told")
