"""Brings draws from the end of their entries to their winners: publishes the root of the list, waits for the entropy, draws.

Promise: a draw whose entries have ended gets its root; one whose root is published gets the winners that commitment, root and entropy give,
once; one that was cancelled after its root gets the paper that says so. Whatever process dies at whatever instant: what is left to do
stands in the database and is done after the next start, and the winners are the same, since they are a function of what was published.
A relay that lies is found out (relays.py); a list that no longer has the published root is not drawn from, and logged.
Patience: entropy that has not come limits.ENTROPY_PATIENCE_S after its time never decides the draw; what was published stays public.
From moves.ENTROPY_LATE_S on the draw's hosts are told what the relays answer.
Ordering: longest waiting first. Concurrency: one task looks (storage/poller.py), and each draw that has something to do gets a task of
its own, so that a list of a million holds up nobody else's draw; LISTS_AT_ONCE of them work on lists and FETCHES_AT_ONCE ask relays. What
takes the processor long is done on threads. Of two processes that do the same for a draw the second changes nothing.
Start: `start`, after group commit. Stop: `stop`, at any time. A nudge ("draws") only wakes it; a lost one costs at most POLL_S.
May import: interactions.draw by its actions and queries, proofs, storage, kernel.
"""

import asyncio
import time
from collections.abc import Collection
from functools import partial

import msgspec
import structlog

from turnout.entropy.relays import NoAnswer, Relays
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.closed_lists import ClosedLists, Key
from turnout.interactions.draw.commands import DecideDraw, GiveUpDraw, NoteWaiting, PublishRoot
from turnout.interactions.draw.moves import is_missing, tried_until
from turnout.interactions.draw.queries import Work
from turnout.interactions.draw.rules import DrawState
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import DrawId, Kind
from turnout.proofs.commitment import DrandRule, read_commitment
from turnout.proofs.drawing import chain_of
from turnout.proofs.entrants import ClosedList
from turnout.proofs.making import make_cancelled, make_proof, write_paper
from turnout.proofs.papers import WEAKER, DrandEntropy, Entropy, OfflineEntropy, ProofPaper
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

POLL_S = 2.0
"""Seconds between looks when no nudge comes."""

RETRY_S = 1.0
"""Seconds until the second try of what did not go; each further one waits a half longer than the one before."""

LONGEST_RETRY_S = 15.0
"""Most seconds between two tries."""

LISTS_AT_ONCE = 2
"""Draws whose lists are in the works."""

FETCHES_AT_ONCE = 8
"""Draws for which relays are being asked."""


_Step = tuple[DrawId, DrawState]


class _NotYet(Exception):
    """No relay has the round. The text says what they answered."""


class Keeper:
    """Runs until stopped. One per process. relays: started and stopped with it."""

    def __init__(
        self,
        runtime: Runtime,
        actions: DrawActions,
        lists: ClosedLists,
        relays: Relays,
        *,
        poll_s: float = POLL_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._runtime = runtime
        self._actions = actions
        self._lists = lists
        self._relays = relays
        self._poll_s = poll_s
        self._retry_s = retry_s
        self._poller = Poller("draw keeper", ("draws",), self._look, poll_s)
        self._in_hand: dict[DrawId, asyncio.Task[None]] = {}
        self._waits: dict[_Step, tuple[float, float]] = {}  # after a try: not again before this (monotonic), having waited so long
        self._noted: dict[DrawId, str] = {}  # what hosts have been told of those that wait for their entropy
        self._list_slots = asyncio.Semaphore(LISTS_AT_ONCE)
        self._fetch_slots = asyncio.Semaphore(FETCHES_AT_ONCE)

    async def start(self) -> None:
        """Starts working; what was left undone is done first."""
        await self._relays.start()
        await self._poller.start()

    async def stop(self) -> None:
        """Takes up nothing more and lets go of what is in hand; that is done after the next start."""
        await self._poller.stop()
        tasks = list(self._in_hand.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._relays.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        self._poller.on_nudges(nudges)

    async def _look(self) -> float:
        """Takes up what can be done now; returns the seconds until the next look."""
        self._lists.sweep()
        working = await self._list_working()
        self._waits = {step: self._waits[step] for step in map(_step, working) if step in self._waits}
        self._noted = {work.draw_id: self._noted[work.draw_id] for work in working if work.draw_id in self._noted}
        wait_s = self._poll_s
        for work in working:
            if work.draw_id in self._in_hand:
                continue
            left_s = self._left_s(work)
            if left_s > 0:
                wait_s = min(wait_s, left_s)
            else:
                self._take_up(work)
        return wait_s

    async def _list_working(self) -> list[Work]:
        """All of it: a page of draws that wait for a round must not hide one whose entries have just ended."""
        working: list[Work] = []
        while True:
            after = (working[-1].work_since, working[-1].draw_id) if working else None
            page = await self._runtime.database.read(partial(queries.list_working, after=after))
            working += page
            if len(page) < limits.MAX_PAGE_LENGTH:
                return working

    def _left_s(self, work: Work) -> float:
        """Seconds until something can be done for this draw."""
        left_s = self._waits.get(_step(work), (0.0, 0.0))[0] - time.monotonic()
        if work.state is DrawState.CLOSED and work.decided_at is not None:
            left_s = max(left_s, work.decided_at - self._runtime.clock.now() / SECOND)
        return left_s

    def _take_up(self, work: Work) -> None:
        task = asyncio.create_task(self._try(work), name="draw keeper's draw")
        self._in_hand[work.draw_id] = task
        task.add_done_callback(lambda _: self._put_down(work.draw_id))

    def _put_down(self, draw_id: DrawId) -> None:
        del self._in_hand[draw_id]
        self._poller.wake()  # there may be a next step

    async def _try(self, work: Work) -> None:
        try:
            await self._advance(work)
        except _NotYet:
            log.info("draw_waits_for_entropy", draw=self._text(work), round=work.round)
        except TurnoutError as error:
            log.warning("draw_delayed", draw=self._text(work), code=error.code, reason=error.message)
        except Exception:
            # it stays undone and is tried again: a keeper that dies would hold back every draw silently
            log.exception("draw_failed", draw=self._text(work))
        # also after a success: a step that was done is not listed again, and one that is must not be repeated without a pause
        _, waited_s = self._waits.get(_step(work), (0.0, 0.0))
        wait_s = min(LONGEST_RETRY_S, max(self._retry_s, waited_s * 1.5))
        self._waits[_step(work)] = time.monotonic() + wait_s, wait_s

    # ---- one step of one draw

    async def _advance(self, work: Work) -> None:
        if work.state is DrawState.CLOSING:
            await self._publish(work)
        elif work.state is DrawState.CLOSED:
            await self._decide(work)
        else:
            await self._give_up(work, "")

    async def _publish(self, work: Work) -> None:
        async with self._list_slots:
            closed = await self._lists.make(_key(work))
        command = PublishRoot(work.live_session_id, work.draw_id, closed.root.hex(), closed.count, closed.total_weight)
        await self._runtime.commit.run(self._actions.publish_root, command, lane=work.live_session_id)

    async def _decide(self, work: Work) -> None:
        try:
            entropy = await self._entropy(work)
        except _NotYet as reason:
            now = self._runtime.clock.now()
            if work.decided_at is None or now < tried_until(work.decided_at):
                if is_missing(work.decided_at, now):
                    await self._note_waiting(work, str(reason))
                raise
            log.error("draw_given_up", draw=self._text(work), round=work.round)
            await self._give_up(work, f"no relay of drand had round {work.round} in time")
            return
        async with self._list_slots:
            closed = await self._list(work)
            make = partial(make_proof, work.commitment, closed, _published_at(work), entropy, with_list=work.with_list)
            paper, file = await asyncio.to_thread(_written, make)
        picked = paper.winners or []
        winners = await self._runtime.database.read_long(
            lambda connection: queries.complete_winners(connection, self._runtime.ids, *_key(work), picked)
        )
        command = DecideDraw(work.live_session_id, work.draw_id, winners, msgspec.json.encode(entropy).decode(), file)
        await self._runtime.commit.run(self._actions.decide_draw, command, lane=work.live_session_id)
        log.info("draw_decided", draw=self._text(work), winners=len(winners))

    async def _entropy(self, work: Work) -> Entropy:
        """What decides this draw; raises _NotYet."""
        if work.seed is not None:
            return OfflineEntropy(work.seed.hex(), WEAKER)
        rule = read_commitment(work.commitment).entropy
        if not isinstance(rule, DrandRule) or work.round is None:
            raise RuntimeError("a draw without a seed and without a round")
        async with self._fetch_slots:
            found = await self._relays.fetch(chain_of(rule), work.round)
        if isinstance(found, NoAnswer):
            raise _NotYet(found.problem)
        return DrandEntropy(work.round, found)

    async def _note_waiting(self, work: Work, problem: str) -> None:
        if self._noted.get(work.draw_id) != problem:
            command = NoteWaiting(work.live_session_id, work.draw_id, problem)
            await self._runtime.commit.run(self._actions.note_waiting, command, lane=work.live_session_id)
            self._noted[work.draw_id] = problem

    async def _give_up(self, work: Work, because: str) -> None:
        async with self._list_slots:
            closed = await self._list(work)
            make = partial(make_cancelled, work.commitment, closed, _published_at(work), with_list=work.with_list)
            _, file = await asyncio.to_thread(_written, make)
        command = GiveUpDraw(work.live_session_id, work.draw_id, because, file)
        await self._runtime.commit.run(self._actions.give_up_draw, command, lane=work.live_session_id)

    async def _list(self, work: Work) -> ClosedList:
        """The list that was published."""
        closed = self._lists.find(_key(work)) or await self._lists.make(_key(work))
        if closed.root.hex() != work.root:
            raise RuntimeError("the list is not the one whose root was published")
        return closed

    def _text(self, work: Work) -> str:
        return self._runtime.ids.text(Kind.DRAW, work.draw_id)


def _key(work: Work) -> Key:
    return work.live_session_id, work.draw_id


def _step(work: Work) -> _Step:
    return work.draw_id, work.state


def _published_at(work: Work) -> int:
    if work.published_at is None:
        raise RuntimeError("a closed draw without the time of its root")
    return work.published_at


def _written(make: "partial[ProofPaper]") -> tuple[ProofPaper, bytes]:
    """A paper and its file. For a thread."""
    paper = make()
    return paper, write_paper(paper)
