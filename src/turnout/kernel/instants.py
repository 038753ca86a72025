"""Instants as people and programs write them into a request."""

from datetime import UTC, datetime, timedelta

from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(text: str, field: str) -> Instant:
    """The instant of an RFC 3339 time; raises InvalidInput for another text, and for one without its offset from UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("a time like 2026-01-05T08:00:00Z", field=field) from None
    if at.tzinfo is None:
        raise InvalidInput("a time with its offset from UTC, like 2026-01-05T08:00:00Z", field=field)
    return (at - _EPOCH) // timedelta(microseconds=1)
