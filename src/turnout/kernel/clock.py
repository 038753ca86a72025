"""Time inside Turnout.

An instant is an integer: microseconds since the Unix epoch, UTC. It is exact, sorts, and costs nothing on the hot path; every
outside form (RFC 3339, China time, Unix seconds) is made where it leaves.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

Instant = int
"""Microseconds since the Unix epoch, UTC."""

SECOND: Instant = 1_000_000
"""Microseconds in one second."""

CHINA = timezone(timedelta(hours=8))
"""The zone in which the Chinese dialects write their times; it has no summer time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Says what time it is. Rules never hold one: they are handed an instant."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """The present instant, from the operating system."""
        return time.time_ns() // 1000


def to_datetime(at: Instant, zone: timezone = UTC) -> datetime:
    """The same instant as an aware datetime, exact to the microsecond."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


@lru_cache(maxsize=10_000)  # what happens at once has its second in common, and most of the price
def _to_the_second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


def rfc3339(at: Instant) -> str:
    """RFC 3339 in UTC with six fraction digits, as our own API writes times: 2026-01-05T08:39:41.120000Z."""
    return f"{_to_the_second(at // SECOND)}.{at % SECOND:06}Z"
