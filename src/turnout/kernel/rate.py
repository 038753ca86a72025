"""How often: a token bucket per key, pure, with the clock passed in."""

from turnout.kernel.clock import SECOND, Instant


class TokenBuckets:
    """Lets each key act `per_second` times a second on average and `burst` times at once.

    Kept as one instant per key, the one at which its bucket will be full again, so that an idle key costs nothing and is forgotten.
    Counts within one process and starts full; not thread-safe: the caller holds a lock where threads share it.
    """

    def __init__(self, per_second: int, burst: int, sweep_at: int = 10_000) -> None:
        """sweep_at: number of keys at which full buckets are swept out; both rates at least 1, or ValueError."""
        if per_second < 1 or burst < 1:
            raise ValueError("a bucket needs a rate and a size of at least 1")
        self._token: Instant = SECOND // per_second
        self._slack: Instant = self._token * (burst - 1)
        self._sweep_at = sweep_at
        self._full_at: dict[int, Instant] = {}

    def take(self, key: int, now: Instant) -> bool:
        """Takes a token of `key`; False, and nothing taken, when none is left at `now`."""
        full_at = max(self._full_at.get(key, now), now)
        if full_at - now > self._slack + self._token:
            full_at = now  # emptier than empty: the clock was set back; nobody is locked out until it has caught up
        if full_at - now > self._slack:
            return False
        if len(self._full_at) >= self._sweep_at:
            self._sweep(now)
        self._full_at[key] = full_at + self._token
        return True

    def look(self, key: int, now: Instant) -> tuple[int, Instant]:
        """How many tokens `key` has left at `now`, and how long it takes until it has one more than that; 0 when it has all."""
        waits = max(self._full_at.get(key, now), now) - now
        if waits == 0 or waits > self._slack + self._token:
            return self._slack // self._token + 1, 0
        return (self._slack + self._token - waits) // self._token, (waits - 1) % self._token + 1

    def _sweep(self, now: Instant) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        # When all are still in use the next sweep waits for twice as many, so that sweeping stays cheap per take.
        self._sweep_at = max(self._sweep_at, 2 * len(self._full_at))
