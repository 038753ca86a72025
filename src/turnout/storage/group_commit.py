"""Group commit: many waiting commands, one transaction, then the acknowledgements.

Purpose: durable writes at the price of a fraction of a commit each. Ordering: plan.py. Concurrency: commands arrive on the event loop's
thread and wait in a list; each writer is a thread with a connection of its own. A batch is what waits when its writer is free, so there is
no timer: the next batch forms while the last one commits, and is handed over before the last one's acknowledgements are sent. It is
formed by the loop's next iteration, so that everything readable in one iteration joins it.
Start and stop: `start` on the loop that will submit; `stop` refuses new commands, runs what waits, acknowledges it and joins the threads.
Invariants: a command is acknowledged once, after the commit that holds it, on the loop's thread. May import storage and kernel.

Price (one of two shared cores, batches of 1,000): 0.5 to 0.8 µs a command on the loop's thread for submit, acknowledgement and a trivial
`done`; below 0.5 µs on the writer's for the plan; hence tuples, one list, and no lock or future for each command.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog

from turnout.kernel import limits
from turnout.kernel.clock import Clock
from turnout.kernel.errors import InternalError, Overloaded
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter, OutcomeUnknown
from turnout.storage.database import Database
from turnout.storage.plan import Waiting
from turnout.storage.transaction import Nudge

__all__ = ["Action", "GroupCommit", "OutcomeUnknown", "write"]

log = structlog.get_logger()

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - the outcome of an Action[C, O]

STOP_PATIENCE_S = 10.0
"""Seconds a stopping server goes on trying to reach a database that is away."""

COMMAND_LINE_ID_BLOCK = 64
"""Ids reserved by one `write`."""


class GroupCommit:
    """The writers of one process. `submit` and `run` are for the thread of the loop on which `start` was awaited.

    on_commit: called on that thread after each commit that has nudges. max_waiting: commands not yet acknowledged before more are refused.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        on_commit: Callable[[frozenset[Nudge]], None],
        max_waiting: int = limits.MAX_WAITING_COMMANDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_commit = on_commit
        self._max_waiting = max_waiting
        self._held = 0  # commands not yet acknowledged
        self._open = False
        self._stop_by: float | None = None
        self._all_done = asyncio.Event()
        self._writers: list[_Writer] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Starts the writers' threads. They connect at their first batch."""
        self._loop = asyncio.get_running_loop()
        self._writers = [_Writer(self, number) for number in range(self._database.writers)]
        self._open = True

    def give_up_soon(self) -> None:
        """The server is stopping: a database that cannot be reached is waited for STOP_PATIENCE_S more, then commands are refused. Called
        before anything that waits for the last commands. A second call changes nothing."""
        if self._stop_by is None:
            self._stop_by = time.monotonic() + STOP_PATIENCE_S

    async def stop(self) -> None:
        """Refuses new commands, runs what waits, sends its acknowledgements and ends the threads. A second call does nothing more."""
        if not self._open:
            return
        self._open = False
        self.give_up_soon()
        if self._held:
            await self._all_done.wait()
        for writer in self._writers:
            writer.batches.put(None)
        await asyncio.gather(*(asyncio.to_thread(writer.thread.join) for writer in self._writers))

    def submit(self, action: Action[C, O], command: C, done: Callable[[C, O | BaseException], None], *, lane: int, order: int = 0) -> None:
        """Puts the command into the next batch and calls `done` with the command and its outcome or its refusal, after the commit.

        lane: the live session, or the room or account of what has none. order: the person within the lane; 0: in no order.
        Raises Overloaded, with nothing done, when too many commands wait or the server is stopping.
        """
        if self._held >= self._max_waiting or not self._open:
            raise self._refusal()
        self._held += 1
        writers = self._writers
        writer = writers[lane % len(writers)] if len(writers) > 1 else writers[0]
        writer.waiting.append((action, command, done, lane, order))
        if not writer.busy:
            writer.busy = True
            writer.call_soon(writer.hand_over)

    async def run(self, action: Action[C, O], command: C, *, lane: int, order: int = 0) -> O:
        """Submits the command and returns its outcome after the commit; raises its refusal. A caller that goes away undoes nothing."""
        future: asyncio.Future[O | BaseException] = asyncio.get_running_loop().create_future()

        def done(_command: C, outcome: O | BaseException) -> None:
            if not future.done():
                future.set_result(outcome)

        self.submit(action, command, done, lane=lane, order=order)
        outcome = await future
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    @property
    def waiting(self) -> int:
        """Commands not yet acknowledged."""
        return self._held

    def _refusal(self) -> Overloaded:
        if not self._open:
            return Overloaded("The server is stopping; nothing was done.", retry_after_s=1)
        return Overloaded(retry_after_s=1)

    def _keep_trying(self) -> bool:
        return self._stop_by is None or time.monotonic() < self._stop_by

    def _release(self, count: int) -> None:
        self._held -= count
        if not self._held and not self._open:
            self._all_done.set()


class _Writer:
    """One writer's queue and thread."""

    def __init__(self, commit: GroupCommit, number: int) -> None:
        loop = asyncio.get_running_loop()
        self.call_soon = loop.call_soon
        self._call_soon_threadsafe = loop.call_soon_threadsafe
        self.waiting: list[Waiting] = []
        self.busy = False  # a batch is with the thread, or about to be
        self.batches: queue.SimpleQueue[Sequence[Waiting] | None] = queue.SimpleQueue()
        self._commit = commit
        self._batch_writer = BatchWriter(commit._database, number, commit._clock, commit._keep_trying)
        self.thread = threading.Thread(target=self._write_batches, name=f"turnout-write-{number}", daemon=True)
        self.thread.start()

    def hand_over(self) -> None:
        """Gives the thread what waits, in batches of at most MAX_BATCH. On the loop's thread."""
        waiting = self.waiting
        if not waiting:
            self.busy = False
            return
        if len(waiting) <= limits.MAX_BATCH:
            self.waiting = []
            self.batches.put(waiting)
        else:
            self.waiting = waiting[limits.MAX_BATCH :]
            self.batches.put(waiting[: limits.MAX_BATCH])

    def _write_batches(self) -> None:
        try:
            while (batch := self.batches.get()) is not None:
                try:
                    outcomes, nudges = self._batch_writer.write(batch)
                except BaseException as error:
                    log.critical("writer_failed", exc_info=error)
                    outcomes, nudges = [InternalError()] * len(batch), frozenset()
                self._call_soon_threadsafe(self._acknowledge, batch, outcomes, nudges)
        finally:
            self._batch_writer.close()

    def _acknowledge(self, batch: Sequence[Waiting], outcomes: list[Any], nudges: frozenset[Nudge]) -> None:
        self.hand_over()  # first: the next batch shall not wait for this one's acknowledgements
        for waiting, outcome in zip(batch, outcomes, strict=True):
            try:
                waiting[2](waiting[1], outcome)
            except Exception:
                log.exception("acknowledgement_failed", action=waiting[0].name)
        self._commit._release(len(batch))
        if nudges:
            self._commit._on_commit(nudges)


def write(database: Database, clock: Clock, action: Action[C, O], command: C, *, lane: int = 0) -> O:
    """One command in a transaction of its own, without a loop: for the command line. Returns its outcome; raises its refusal.

    Nudges are not sent: a server beside it finds what changed at its next poll.
    """
    writer = BatchWriter(database, lane % database.writers, clock, _for_seconds(STOP_PATIENCE_S), COMMAND_LINE_ID_BLOCK)
    try:
        outcomes, _nudges = writer.write([(action, command, _ignore, lane, 0)])
    finally:
        writer.close()
    if isinstance(outcomes[0], BaseException):
        raise outcomes[0]
    outcome: O = outcomes[0]
    return outcome


def _for_seconds(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def _ignore(_command: object, _outcome: object) -> None:
    return None
