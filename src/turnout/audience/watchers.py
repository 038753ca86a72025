"""Ends the sockets of hosts whose login has ended.

Purpose: a host's socket tells what viewers must not know, so it lasts no longer than the login it was opened with: log-out, a new password,
the login's last day, on whichever process it happened. Concurrency: one task on the event loop. Start: `start`. Stop: `stop`, at any time.
A nudge ("logins") makes it look at once; without one it looks every CHECK_S. May import: accounts, audience, storage, kernel.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable

import sqlalchemy as sa
import structlog

from turnout.accounts.queries import caller_of_login
from turnout.audience.rules import HostSeat
from turnout.kernel.clock import Instant
from turnout.kernel.connection import Connection
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

log = structlog.get_logger()

CHECK_S = 10.0
"""Seconds between looks at the logins behind open host sockets."""


class Watchers:
    """One per process. connections: all that are open. dismiss: ends one for good."""

    def __init__(self, runtime: Runtime, connections: Callable[[], Iterable[Connection]], dismiss: Callable[[Connection], None]) -> None:
        self._runtime = runtime
        self._connections = connections
        self._dismiss = dismiss
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts looking."""
        self._task = asyncio.create_task(self._run(), name="watchers")

    async def stop(self) -> None:
        """Ends at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges."""
        if any(nudge.topic == "logins" for nudge in nudges):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            handle = asyncio.get_running_loop().call_later(CHECK_S, self._wake.set)
            await self._wake.wait()
            handle.cancel()
            self._wake.clear()
            try:
                await self._look()
            except Exception:
                log.exception("watchers_failed")

    async def _look(self) -> None:
        hosts = [(connection, connection.seat) for connection in self._connections() if isinstance(connection.seat, HostSeat)]
        if not hosts:
            return
        tokens = {seat.token_hash for _, seat in hosts}
        now = self._runtime.clock.now()
        ended = await self._runtime.database.read(lambda c: _ended(c, tokens, now))
        for connection, seat in hosts:
            if seat.token_hash in ended:
                self._dismiss(connection)


def _ended(connection: sa.Connection, tokens: set[str], now: Instant) -> set[str]:
    return {token for token in tokens if caller_of_login(connection, token, now) is None}
