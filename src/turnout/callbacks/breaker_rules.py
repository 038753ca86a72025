"""What an endpoint's record says about the next call to it: its breaker, its rate, and whether it is given up. Pure.

closed ──failures in a row──▶ open ──time──▶ half open ──one probe accepted──▶ closed          half open ──probe failed──▶ open, longer

Both breaker and rate hold back first attempts alone: deliveries that have not failed since they became due. Neither spends patience.
Attempts that follow a failure go out on their schedule whatever the breaker says, and whatever comes of them it takes as news.
"""

from enum import Enum

import msgspec

from turnout.callbacks.rules import Outcome
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant

MINUTE = 60 * SECOND

_NO_NEWS = (Outcome.POSTPONED, Outcome.NOT_SENDABLE)  # neither says anything about the receiver


class Health(msgspec.Struct, frozen=True):
    """How an endpoint has been doing. failing_since: the first failure after its last success. breaker_until: first attempts wait until
    then; None while the breaker is closed. breaker_opened: how often in a row. rate_from: when the next first attempt would be exactly on
    time."""

    failing_since: Instant | None = None
    failures_in_row: int = 0
    breaker_until: Instant | None = None
    breaker_opened: int = 0
    rate_from: Instant = 0
    succeeded_at: Instant | None = None
    failed_at: Instant | None = None
    last_explanation: str = ""


class Gate(Enum):
    """How many first attempts the breaker lets through."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


def gate(health: Health, now: Instant) -> Gate:
    """What the breaker lets through now."""
    if health.breaker_until is None:
        return Gate.ALL
    return Gate.ONE if health.breaker_until <= now else Gate.NONE


def probing(health: Health, until: Instant) -> Health:
    """One first attempt is under way under a lease that ends at `until`; nobody else sends another before its result or that instant."""
    return msgspec.structs.replace(health, breaker_until=until)


def after_attempt(health: Health, outcome: Outcome, explanation: str, *, probe: bool, now: Instant) -> Health:
    """The health after one more attempt. probe: it was the one that a half-open breaker let through."""
    if outcome in _NO_NEWS:
        return msgspec.structs.replace(health, breaker_until=now) if probe else health
    if outcome is Outcome.ACCEPTED:
        if _is_known_well(health, explanation, now):
            return health
        return msgspec.structs.replace(
            health,
            failing_since=None,
            failures_in_row=0,
            breaker_until=None,
            breaker_opened=0,
            succeeded_at=now,
            last_explanation=explanation,
        )
    failures = health.failures_in_row + 1
    opened, until = health.breaker_opened, health.breaker_until
    if failures >= limits.BREAKER_FAILURES and (until is None or probe or until <= now):
        opened, until = opened + 1, now + _open_for(opened + 1)
    return msgspec.structs.replace(
        health,
        failing_since=now if health.failing_since is None else health.failing_since,
        failures_in_row=failures,
        breaker_until=until,
        breaker_opened=opened,
        failed_at=now,
        last_explanation=explanation,
    )


def _is_known_well(health: Health, explanation: str, now: Instant) -> bool:
    """Whether a success just now says what was written a moment ago: of a busy endpoint not every batch of them needs a write."""
    well = health.failing_since is None and health.breaker_until is None and health.last_explanation == explanation
    return well and health.succeeded_at is not None and 0 <= now - health.succeeded_at < SECOND


def may_disable(health: Health, now: Instant) -> bool:
    """Whether it has failed for so long, and so often, that it is given up."""
    return (
        health.failing_since is not None
        and now - health.failing_since >= limits.DISABLE_AFTER_S * SECOND
        and health.failures_in_row >= limits.DISABLE_AFTER_FAILURES
    )


def explain_disabling(health: Health, now: Instant) -> str:
    """Why it is given up, in a sentence for its owner."""
    days = 0.0 if health.failing_since is None else (now - health.failing_since) / (86_400 * SECOND)
    return f"Every one of the last {health.failures_in_row} attempts failed, over {days:.1f} days. {health.last_explanation}"


def _open_for(opened: int) -> Instant:
    doubled = limits.BREAKER_FIRST_WAIT_S << min(opened - 1, 20)
    return min(doubled, limits.BREAKER_LONGEST_WAIT_S) * SECOND


# ---- rate: the generic cell rate algorithm. A tenth of a minute's calls may come at once; the rest are spaced so that no minute has more
# than it may have.


LONGEST_BURST = 7 * SECOND
"""No rate lets first attempts begin further ahead of rate_from than this."""


def count_allowed(calls_per_minute: int, rate_from: Instant, now: Instant) -> int:
    """How many first attempts may begin now."""
    ahead = max(rate_from, now)
    slack = now + _burst(calls_per_minute) - ahead
    return 0 if slack < 0 else slack // _spacing(calls_per_minute) + 1


def charge(calls_per_minute: int, rate_from: Instant, now: Instant, count: int) -> Instant:
    """The new rate_from after so many have begun."""
    return max(rate_from, now) + count * _spacing(calls_per_minute)


def allowed_at(calls_per_minute: int, rate_from: Instant) -> Instant:
    """When the next one may begin."""
    return rate_from - _burst(calls_per_minute)


def _at_once(calls_per_minute: int) -> int:
    return max(1, calls_per_minute // 10)


def _spacing(calls_per_minute: int) -> Instant:
    return -(-MINUTE // (calls_per_minute - _at_once(calls_per_minute) + 1))


def _burst(calls_per_minute: int) -> Instant:
    return (_at_once(calls_per_minute) - 1) * _spacing(calls_per_minute)
