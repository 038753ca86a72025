"""Ends the sockets of those who may no longer be there.

Purpose: a host's socket tells what viewers must not know, so it lasts no longer than the login it was opened with: log-out, a new password,
the login's last day. A big screen's lasts no longer than the room's screen link, or the login, that opened it. A viewer's lasts no longer
than until he is kicked or blocked. Either may happen on any process. Concurrency: one loop (storage/poller.py). Start: `start`. Stop:
`stop`, at any time. A nudge ("logins", "screens", "removed") makes it look at once; without one it looks for viewers every REMOVED_S and
for logins and links every LOGINS_S. May import: accounts, audience, rooms, storage, kernel.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Literal

import sqlalchemy as sa
import structlog

from turnout.accounts.queries import caller_of_login
from turnout.audience.queries import list_removed
from turnout.audience.rules import HostSeat, RemovedViewer, ScreenProof, ScreenSeat, Seat, WaitingSeat
from turnout.audience.screens import prove_screen
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.connection import Connection
from turnout.kernel.errors import TurnoutError
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

REMOVED_S = 1.0
"""Seconds between looks for viewers who were kicked or blocked."""

LOGINS_S = 10.0
"""Seconds between looks at the logins and links behind the sockets of hosts and screens."""

_LOOK_BACK: Instant = 60 * SECOND
"""How far back each look for removed viewers goes beyond the one before: further than clocks of two processes differ, and than an entry
that began before the removal takes to be seated."""

Reason = Literal["not_allowed", "kicked", "blocked"]


class Watchers:
    """One per process. connections: all that are open. dismiss: ends one for good, and says why."""

    def __init__(
        self, runtime: Runtime, connections: Callable[[], Iterable[Connection]], dismiss: Callable[[Connection, Reason], None]
    ) -> None:
        self._runtime = runtime
        self._connections = connections
        self._dismiss = dismiss
        self._poller = Poller("watchers", ("logins", "screens", "removed"), self._look, REMOVED_S)
        self._logins_due = True
        self._logins_at = 0.0
        self._looked_at: Instant | None = None

    async def start(self) -> None:
        """Starts looking."""
        await self._poller.start()

    async def stop(self) -> None:
        """Ends at once."""
        await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        self._logins_due |= any(nudge.topic in ("logins", "screens") for nudge in nudges)
        self._poller.on_nudges(nudges)

    async def _look(self) -> float:
        await self._look_for_removed()
        now_s = asyncio.get_running_loop().time()
        if self._logins_due or now_s >= self._logins_at:
            self._logins_due = False
            self._logins_at = now_s + LOGINS_S
            await self._look_at_logins()
        return REMOVED_S

    async def _look_for_removed(self) -> None:
        now = self._runtime.clock.now()
        since = min(now, now if self._looked_at is None else self._looked_at) - _LOOK_BACK
        removed = await self._runtime.database.read(lambda connection: list_removed(connection, since))
        self._looked_at = now
        if not removed:
            return
        by_id = {viewer.viewer_id: viewer for viewer in removed}
        for connection in self._connections():
            seat = connection.seat
            reason = _reason(seat, by_id.get(seat.viewer_id)) if isinstance(seat, Seat) else None
            if reason is not None:
                self._dismiss(connection, reason)

    async def _look_at_logins(self) -> None:
        """At hosts, and at big screens."""
        proofs = [(connection, proof) for connection in self._connections() if (proof := _proof_of(connection.seat)) is not None]
        if not proofs:
            return
        different = {proof for _, proof in proofs}
        now = self._runtime.clock.now()
        ended = await self._runtime.database.read(lambda c: {proof for proof in different if not _holds(c, proof, now)})
        for connection, proof in proofs:
            if proof in ended:
                self._dismiss(connection, "not_allowed")


def _proof_of(seat: object) -> str | ScreenProof | None:
    """By what a host (the login's token, hashed) or a big screen is there."""
    if isinstance(seat, HostSeat):
        return seat.token_hash
    if isinstance(seat, ScreenSeat):
        return seat.proof
    return seat.screen if isinstance(seat, WaitingSeat) else None


def _holds(connection: sa.Connection, proof: str | ScreenProof, now: Instant) -> bool:
    if isinstance(proof, str):
        return caller_of_login(connection, proof, now) is not None
    try:
        prove_screen(connection, proof, now)
    except TurnoutError:
        return False
    return True


def _reason(seat: Seat, removed: RemovedViewer | None) -> Reason | None:
    """Why this seat must end, as the viewer stands now: one who was unblocked meanwhile may stay."""
    if removed is None:
        return None
    if removed.blocked:
        return "blocked"
    return "kicked" if removed.kicked_from == seat.live_session_id else None
