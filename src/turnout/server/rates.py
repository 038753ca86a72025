"""How often one API key or one login may call the native API, and the headers that say so.

Each has a bucket of its own in this process, full at the start: `per_second` on average, `burst` at once. Every reply to such a request
says how it stands, in the fields RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers; a refused one has Retry-After too.
"""

import math

from turnout.kernel.clock import SECOND, Clock
from turnout.kernel.errors import TooManyRequests
from turnout.kernel.rate import TokenBuckets
from turnout.server.asgi import RATE_KEY, Header, Scope


class ApiRates:
    """Takes a token for each request. per_second: 0 for no limit. On the event-loop thread."""

    def __init__(self, per_second: int, burst: int, clock: Clock) -> None:
        self._buckets = TokenBuckets(per_second, burst) if per_second else None
        self._clock = clock
        self._burst = burst
        policy = f'"api";q={burst};w={math.ceil(burst / per_second)}' if per_second else ""
        self._policy: Header = (b"ratelimit-policy", policy.encode())

    def take(self, scope: Scope, proof_hash: str) -> None:
        """Counts a request of whoever has this proof; raises TooManyRequests. proof_hash: hex, of the key or of the login's token."""
        if self._buckets is None:
            return
        key = int(proof_hash[:15], 16)
        now = self._clock.now()
        taken = self._buckets.take(key, now)
        left, more_in = self._buckets.look(key, now)
        scope[RATE_KEY] = [self._policy, (b"ratelimit", f'"api";r={left};t={math.ceil(more_in / SECOND)}'.encode())]
        if not taken:
            raise TooManyRequests(retry_after_s=more_in / SECOND)
