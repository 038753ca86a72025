"""Time inside Turnout.

An instant is an integer: microseconds since the Unix epoch, UTC. It is exact, sorts, and costs nothing on the hot path; every
outside form (RFC 3339, China time, Unix seconds) is made where it leaves.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
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


def rfc3339(at: Instant) -> str:
    """RFC 3339 in UTC with six fraction digits, as our own API writes times: 2026-01-05T08:39:41.120000Z."""
    return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
