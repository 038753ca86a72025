"""A clock that stands still until a test moves it."""

from turnout.kernel.clock import SECOND, Instant

START: Instant = 1_767_600_000 * SECOND
"""Where a new FakeClock stands: 2026-01-05T08:00:00Z, 16:00 in China."""


class FakeClock:
    """Says what it was told. Safe to read from other threads."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def now(self) -> Instant:
        """The instant it stands at."""
        return self.at

    def advance(self, seconds: float) -> Instant:
        """Moves it on and returns where it then stands."""
        self.at += round(seconds * SECOND)
        return self.at
