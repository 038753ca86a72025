"""How much one connection, and all connections from one address, may say and hold.

Both are token buckets that are refilled only when they are empty, so that a message costs two subtractions: a bucket that was never empty
held enough, and an empty one gets what has come together since the last time. A connection's bucket stands on the connection itself
(credit, credited_at); an address's is its Source.
Concurrency: the event-loop thread only. Counts within one process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from turnout.hub.protocol import TOO_FAST
from turnout.kernel import limits
from turnout.kernel.errors import TooManyRequests

if TYPE_CHECKING:
    from turnout.hub.connection import Connection

_PLENTY = 1 << 29
"""Tokens that stand for no limit; a bucket that gets through them is filled again. One digit of Python's integers, which is quicker."""

_COME_AGAIN_S = 1.0
"""Seconds after which a refused client should come again: not just one message's time, since it is not alone."""

_PREFIX_V6 = 64
"""Bits of an IPv6 address that say whose it is; the rest a client chooses at will."""


class TooManyConnections(TooManyRequests):
    """Too many connections come from this address."""

    code = "too_many_connections"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is allowed; 0 is no limit. connection_messages, address_messages: a second, on average, limits.MESSAGE_BURST_S seconds' worth of
    them at once. address_connections: open at once."""

    connection_messages: int = limits.SOCKET_MESSAGES_PER_SECOND
    address_messages: int = limits.ADDRESS_MESSAGES_PER_SECOND
    address_connections: int = limits.ADDRESS_CONNECTIONS


class Source:
    """All connections from one address (of one network, where a client has many addresses). left: messages it may send before it is looked
    at again. connections: how many are open."""

    __slots__ = ("connections", "filled_at", "left")

    def __init__(self, left: int, filled_at: float) -> None:
        self.left = left
        self.filled_at = filled_at
        self.connections = 0


UNCOUNTED = Source(_PLENTY, 0.0)
"""For connections nobody counts."""


class Rates:
    """The buckets of one process. clock: seconds that only grow. sweep_at: how many addresses are kept before idle ones are forgotten."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic, sweep_at: int = 10_000) -> None:
        self._allowance = allowance
        self._clock = clock
        self._sweep_at = sweep_at
        self._connection_burst = allowance.connection_messages * limits.MESSAGE_BURST_S
        self._address_burst = allowance.address_messages * limits.MESSAGE_BURST_S or _PLENTY
        self._sources: dict[str, Source] = {}

    def admit(self, address: str) -> Source:
        """The source of a connection that is about to be opened from the address; raises TooManyConnections. It is counted by whoever keeps
        the connection, once it is open (Hub.opened)."""
        key = _network_of(address)
        source = self._sources.get(key)
        if source is None:
            if len(self._sources) >= self._sweep_at:
                self._sweep()
            source = self._sources[key] = Source(self._address_burst, self._clock())
        if 0 < self._allowance.address_connections <= source.connections:
            raise TooManyConnections(retry_after_s=5)
        return source

    def refill(self, connection: "Connection") -> float | None:
        """Look again at a connection whose own bucket is empty: fill it and take one; or say in how many seconds it makes sense to come
        again. A connection that goes on without caring is ended."""
        rate = self._allowance.connection_messages
        if not rate:
            connection.credit = _PLENTY
            return None
        now = self._clock()
        if not connection.credited_at:
            connection.credited_at = now
            connection.credit = self._connection_burst - 1
            return None
        due = int((now - connection.credited_at) * rate)
        if due >= 1:
            # what is left of a message's time counts next time, so that the rate is exact
            connection.credited_at = now if due >= self._connection_burst else connection.credited_at + due / rate
            connection.credit = min(due, self._connection_burst) - 1
            return None
        connection.credit -= 1  # below zero it counts the refusals since it was last allowed
        if connection.credit < -limits.MAX_IGNORED_REFUSALS:
            connection.end(TOO_FAST)
        return _COME_AGAIN_S

    def refill_source(self, source: Source) -> float | None:
        """The same for an address."""
        rate = self._allowance.address_messages
        now = self._clock()
        due = int((now - source.filled_at) * rate) if rate else _PLENTY
        if due >= 1:
            source.filled_at = now if due >= self._address_burst else source.filled_at + due / rate
            source.left = min(due, self._address_burst) - 1
            return None
        return _COME_AGAIN_S

    def _sweep(self) -> None:
        """Forget addresses that have no connection, and whose bucket would be full."""
        full_at = self._clock() - limits.MESSAGE_BURST_S
        self._sources = {key: source for key, source in self._sources.items() if source.connections or source.filled_at > full_at}
        self._sweep_at = max(self._sweep_at, 2 * len(self._sources))


def _network_of(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> _PREFIX_V6 << _PREFIX_V6, _PREFIX_V6)).network_address)
    return address
