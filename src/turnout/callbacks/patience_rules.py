"""When the next attempt of a delivery is due, and when to give it up. Pure: chance is handed in.

An endpoint's own timeout and waits go before its dialect's. The native tail comes after either, so that a vendor's spacing stays exact as
far as it goes. An attempt that was postponed spends nothing, until that has happened too often, and neither does one that was never begun.
"""

import msgspec

from turnout.callbacks.rules import DeliveryState, Endpoint, Outcome
from turnout.dialects.contract import NATIVE_PATIENCE, Patience
from turnout.kernel.clock import SECOND, Instant

LEASE_MARGIN_S = 15.0
"""Seconds by which a lease outlives the hard deadline of its attempt: time to record the result, also when the writer is busy."""

POSTPONED_WAIT_S = 10.0
"""Seconds to the next attempt after one that was postponed: time for look-ups that hang to give up."""


POSTPONED_FREE = 60
"""Attempts of a delivery that may be no failures. Past them a postponed one spends patience like any other: somebody must be told."""


class Schedule(msgspec.Struct, frozen=True):
    """The patience with one endpoint. waits: (seconds, jitter) between the attempts."""

    timeout_s: float
    waits: tuple[tuple[float, float], ...]


class Next(msgspec.Struct, frozen=True):
    """What becomes of a delivery after an attempt. wait: microseconds to the next attempt while it is due."""

    state: DeliveryState
    failures: int
    wait: Instant


def schedule_of(endpoint: Endpoint, patience: Patience) -> Schedule:
    """The patience with this endpoint, whose dialect has that one."""
    if endpoint.waits_s is None:
        waits = tuple((wait_s, patience.jitter) for wait_s in patience.waits_s)
    else:
        waits = tuple((wait_s, 0.0) for wait_s in endpoint.waits_s)
    if endpoint.native_tail:
        waits += tuple((wait_s, NATIVE_PATIENCE.jitter) for wait_s in NATIVE_PATIENCE.waits_s)
    return Schedule(patience.timeout_s if endpoint.timeout_s is None else endpoint.timeout_s, waits)


def lease_s(timeout_s: float) -> float:
    """Seconds a claim lasts whose attempt is given so many."""
    return timeout_s + LEASE_MARGIN_S


def decide_next(
    schedule: Schedule,
    failures: int,
    outcome: Outcome,
    *,
    chance: float = 0.0,
    asked_s: float = 0.0,
    gone: bool = False,
    free: int = 0,
) -> Next:
    """What becomes of a delivery that had failed `failures` times since it became due and has now had one more attempt.

    chance: from 0 to 1, which share of the jitter is added. asked_s: the receiver wants at least that many seconds of peace. gone: it wants
    nothing more at all. free: attempts before this one that were no failures, or were made before it became due.
    """
    if outcome is Outcome.ACCEPTED:
        return Next(DeliveryState.SUCCEEDED, failures, 0)
    if outcome is Outcome.POSTPONED and free < POSTPONED_FREE:
        return Next(DeliveryState.DUE, failures, round(POSTPONED_WAIT_S * SECOND))  # nobody's fault over there: no patience is spent
    if gone or failures >= len(schedule.waits):
        return Next(DeliveryState.FAILED, failures + 1, 0)
    wait_s, jitter = schedule.waits[failures]
    return Next(DeliveryState.DUE, failures + 1, round(max(wait_s * (1 + jitter * chance), asked_s) * SECOND))
