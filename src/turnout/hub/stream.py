"""The loop that follows one live session: when to look, what to read, who waits to join.

Purpose: turn what is committed into publications (telling.py), so that snapshot + publications = a fresh snapshot.
Ordering: turns never overlap; everything a turn reads is of one moment. Concurrency: one task on the event loop, which waits only for its
reads; `join` and `nudge` come from the same thread. Start: when built, for the first joiner. Stop: `stop`, or by itself after Pace.idle_s
without listeners. Invariant: what waits in _joiners is answered, with a snapshot or a refusal. May import: kernel and the hub's own files.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from turnout.hub.reading import ChannelKind, FeedSource, Reader, Snapshot, TallyNews
from turnout.hub.telling import Joiner, Reading, Telling
from turnout.kernel.errors import Overloaded, TurnoutError
from turnout.kernel.limits import ONLINE_INTERVAL_MS, TALLY_INTERVAL_MS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream looks, in seconds. poll_s: for events and tallies nobody nudged about. tally_s: shortest time between two
    publications of tallies, unless events or joiners make it read them anyway. online_s: the same for the online count. online_poll_s: for
    viewers who came and went on other processes. head_poll_s: for an epoch that has changed. idle_s: how long a stream without listeners
    stays, so that the next one finds its snapshot ready."""

    poll_s: float = 0.5
    tally_s: float = TALLY_INTERVAL_MS / 1000
    online_s: float = ONLINE_INTERVAL_MS / 1000
    online_poll_s: float = 3.0
    head_poll_s: float = 5.0
    idle_s: float = 10.0


class Stream:
    """Follows one live session; Feed builds it. ended: called once, when it follows no more."""

    def __init__(self, telling: Telling, reader: Reader, source: FeedSource, pace: Pace, ended: Callable[["Stream"], None]) -> None:
        self.live_session_id = telling.live_session_id
        self._telling = telling
        self._reader = reader
        self._source = source
        self._pace = pace
        self._phase = telling.live_session_id % _PHASES / _PHASES
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._joiners: list[Joiner] = []
        self._events_due = False
        self._tally_due = False
        self._online_due = True
        # moments on the loop's clock from which on something may be read again
        self._poll_at = self._tally_at = self._online_at = self._head_at = self._listened_at = self._loop.time()
        self._task = self._loop.create_task(self._run(), name=f"stream-{self.live_session_id}")

    def join(self, joiner: Joiner) -> None:
        """See Feed.join."""
        if not self._telling.serve(joiner):
            self._joiners.append(joiner)
            self._wake.set()

    def nudge(self, topic: str) -> None:
        """See Feed.nudge."""
        if topic == "stream":
            self._events_due = True
        elif topic == "tally" and not self._tally_due:
            self._tally_due = True
        elif topic == "online" and not self._online_due:
            self._online_due = True
        else:
            return
        self._wake.set()

    async def stop(self) -> None:
        """Follow no more; joiners that wait are refused. Returns when the task has ended."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._refuse_joiners(Overloaded(retry_after_s=1))  # the task may have been cancelled before its first step

    async def _run(self) -> None:
        try:
            while self._is_wanted():
                await self._sleep_until_due()
                try:
                    await self._turn()
                except Exception:  # the stream must outlive a database that is away and a source with a bug
                    log.exception("stream_turn_failed", extra={"live_session_id": self.live_session_id})
                    self._refuse_joiners(Overloaded(retry_after_s=1))
                    self._events_due = False
        finally:
            self._ended(self)
            self._refuse_joiners(Overloaded(retry_after_s=1))

    def _is_wanted(self) -> bool:
        if self._telling.epoch is None:
            return bool(self._joiners)
        now = self._loop.time()
        if self._joiners or self._telling.has_listeners:
            self._listened_at = now
        return now - self._listened_at <= self._pace.idle_s

    async def _sleep_until_due(self) -> None:
        while not self._joiners and not self._events_due:
            due_at = self._poll_at
            if self._tally_due:
                due_at = min(due_at, self._tally_at)
            if self._online_due:
                due_at = min(due_at, self._online_at)
            if due_at <= self._loop.time():
                return
            self._wake.clear()
            timer = self._loop.call_at(due_at, self._wake.set)
            await self._wake.wait()
            timer.cancel()

    async def _turn(self) -> None:
        now = self._loop.time()
        joiners = [joiner for joiner in self._joiners if not self._telling.serve(joiner)]
        self._joiners = []
        online_due = now >= (self._online_at if self._online_due else self._online_at + self._pace.online_poll_s)
        plan = _Plan(
            joiners=joiners,
            events=self._events_due or bool(joiners) or now >= self._poll_at,
            snapshots={joiner.kind for joiner in joiners if self._telling.needs_snapshot(joiner.kind)},
            tallies=now >= self._tally_at,
            for_hosts=self._telling.has_host or any(joiner.kind == "host" for joiner in joiners),
            online=online_due,
            head=now >= self._head_at,
        )
        if plan.events:
            self._poll_at = _tick_after(now, self._poll_at, self._pace.poll_s, self._phase)
            self._events_due = False
        if plan.tallies or plan.snapshots:
            self._tally_due = False
            self._tally_at = _tick_after(now, self._tally_at, self._pace.tally_s, self._phase)
        if online_due:
            self._online_due = False
            self._online_at = _tick_after(now, self._online_at, self._pace.online_s, self._phase)
        if plan.head:
            self._head_at = now + self._pace.head_poll_s
        try:
            reading = await self._reader.read(lambda connection: self._read(connection, plan))
        except TurnoutError as error:
            for joiner in joiners:
                joiner.refuse(error)
            return
        except BaseException:
            self._joiners = joiners + self._joiners  # _run refuses them
            raise
        self._joiners = self._telling.tell(reading, joiners) + self._joiners
        self._events_due |= bool(reading.events)  # there may be more: a source may return fewer events than there are

    def _read(self, connection: Any, plan: "_Plan") -> Reading:
        """Runs on a database thread; what it reads of _telling does not change before the turn goes on."""
        this, telling, source = self.live_session_id, self._telling, self._source
        snapshots = {kind: Snapshot(*source.snapshot(connection, this, kind)) for kind in plan.snapshots}
        head = next(((snapshot.epoch, snapshot.position) for snapshot in snapshots.values()), None)
        if head is None and (plan.head or any(joiner.since is not None for joiner in plan.joiners)):
            head = source.head(connection, this)
        begins = head is not None and head[0] != telling.epoch
        # what nobody was nudged about waits for the poll: most turns are for tallies alone
        events = source.events(connection, this, telling.position) if plan.events and not begins else None
        tallies: Sequence[TallyNews] = []
        host_tallies = None
        if plan.tallies or snapshots or events or begins:
            host_tallies = plan.for_hosts
            all_are_known = not begins and (telling.host_tallies or not host_tallies)
            tallies = source.tallies(connection, this, telling.versions if all_are_known else {}, for_hosts=host_tallies)
        past_after = None if head is None else telling.past_wanted(plan.joiners, *head)
        past = [] if past_after is None else source.events(connection, this, past_after)
        online = source.online(connection, this) if plan.online else None
        return Reading(events, tallies, snapshots, online, head, past_after or 0, past, host_tallies)

    def _refuse_joiners(self, error: TurnoutError) -> None:
        joiners, self._joiners = self._joiners, []
        for joiner in joiners:
            joiner.refuse(error)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one turn reads. for_hosts: whether its tallies are to have what hosts are told."""

    joiners: list[Joiner]
    events: bool
    snapshots: set[ChannelKind]
    tallies: bool
    for_hosts: bool
    online: bool
    head: bool


def _tick_after(now: float, due_at: float, interval_s: float, phase: float) -> float:
    """When to look again: at least the interval after this look, and on a tick that all streams of the phase share, so that those who look
    often look at the same moments, and read together. due_at: when this look was due; it is counted from there when it is only a little
    late. phase: how far into the interval the ticks are, as a part of it."""
    if not interval_s:
        return now
    began = due_at if now - due_at < interval_s else now
    return (math.ceil(began / interval_s - phase + 1 - _ROUNDING) + phase) * interval_s


_PHASES = 5
"""Groups of streams that look at different moments: were all rooms told at once, answers would wait until all were."""

_ROUNDING = 1e-6
