"""When a delivery is tried again, and what an endpoint's record does to the next call: pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.callbacks.breaker_rules import (
    LONGEST_BURST,
    MINUTE,
    Gate,
    Health,
    after_attempt,
    allowed_at,
    charge,
    count_allowed,
    gate,
    may_disable,
    probing,
)
from turnout.callbacks.patience_rules import POSTPONED_FREE, Next, Schedule, decide_next, schedule_of
from turnout.callbacks.rules import DeliveryState, Endpoint, Outcome
from turnout.dialects.contract import NATIVE_PATIENCE, Patience
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import AccountId, EndpointId

PATIENCE = Patience(timeout_s=5.0, waits_s=(5.0, 15.0, 60.0))
DAY = 86_400 * SECOND
NOW = 1_800_000_000 * SECOND


def an_endpoint(**settings: object) -> Endpoint:
    """An endpoint with these settings."""
    return Endpoint(
        id=EndpointId(1),
        account_id=AccountId(2),
        url="https://example.com/",
        dialect="strict",
        created_at=0,
        **settings,  # type: ignore[arg-type]
    )


def waits_of(schedule: Schedule, chance: float = 0.0) -> list[float]:
    """Seconds between the attempts of a delivery that never succeeds."""
    failures, waits = 0, []
    follows = Next(DeliveryState.DUE, 0, 0)
    while follows.state is DeliveryState.DUE:
        follows = decide_next(schedule, failures, Outcome.REJECTED, chance=chance)
        failures = follows.failures
        waits.append(follows.wait / SECOND)
    assert (follows.state, failures, waits.pop()) == (DeliveryState.FAILED, len(waits) + 1, 0)
    return waits


SCHEDULE = schedule_of(an_endpoint(), PATIENCE)


def test_waits_are_used_in_order_and_then_it_has_failed() -> None:
    """One attempt more than there are waits; a vendor's spacing is exact."""
    assert waits_of(SCHEDULE, chance=0.9) == [5, 15, 60]


def test_an_endpoints_own_patience_goes_before_its_dialects() -> None:
    """Its timeout and its waits each for itself; no waits at all are a patience too."""
    assert schedule_of(an_endpoint(timeout_s=2.5), PATIENCE) == Schedule(2.5, SCHEDULE.waits)
    assert waits_of(schedule_of(an_endpoint(waits_s=(1.0, 2.0)), NATIVE_PATIENCE), chance=1.0) == [1, 2]
    assert waits_of(schedule_of(an_endpoint(waits_s=()), PATIENCE)) == []


def test_the_native_tail_follows_the_vendors_patience() -> None:
    """Ten attempts more, jittered, after spacing that stays exact."""
    schedule = schedule_of(an_endpoint(native_tail=True), PATIENCE)

    assert waits_of(schedule) == [5, 15, 60, *NATIVE_PATIENCE.waits_s]
    assert waits_of(schedule, chance=1.0) == pytest.approx([5, 15, 60, *(wait * 1.2 for wait in NATIVE_PATIENCE.waits_s)])


@given(st.integers(min_value=0, max_value=8), st.floats(min_value=0, max_value=1))
def test_jitter_only_lengthens(failures: int, chance: float) -> None:
    """By at most its share."""
    wait_s = NATIVE_PATIENCE.waits_s[failures]

    follows = decide_next(schedule_of(an_endpoint(), NATIVE_PATIENCE), failures, Outcome.REJECTED, chance=chance)

    assert wait_s * SECOND <= follows.wait <= wait_s * 1.2 * SECOND


def test_a_receiver_may_put_off_the_next_attempt_but_not_advance_it() -> None:
    """It comes no earlier than asked and no earlier than planned, and patience is spent as ever."""
    assert decide_next(SCHEDULE, 0, Outcome.REJECTED, asked_s=120.0) == Next(DeliveryState.DUE, 1, 120 * SECOND)
    assert decide_next(SCHEDULE, 2, Outcome.REJECTED, asked_s=10.0) == Next(DeliveryState.DUE, 3, 60 * SECOND)
    assert decide_next(SCHEDULE, 3, Outcome.REJECTED, asked_s=120.0) == Next(DeliveryState.FAILED, 4, 0)


def test_who_wants_no_more_gets_no_more() -> None:
    """Whatever patience is left."""
    assert decide_next(SCHEDULE, 0, Outcome.REJECTED, gone=True) == Next(DeliveryState.FAILED, 1, 0)


@given(st.integers(min_value=0, max_value=10))
def test_a_postponed_attempt_spends_no_patience(failures: int) -> None:
    """Also when none is left, as long as that does not happen again and again."""
    follows = decide_next(SCHEDULE, failures, Outcome.POSTPONED, free=POSTPONED_FREE - 1)

    assert (follows.state, follows.failures) == (DeliveryState.DUE, failures)
    assert follows.wait > 0


def test_postponing_has_an_end() -> None:
    """One that never gets its turn fails after its patience like any other, and so is seen."""
    failures, attempts = 0, 0
    while (follows := decide_next(SCHEDULE, failures, Outcome.POSTPONED, free=attempts - failures)).state is DeliveryState.DUE:
        failures, attempts = follows.failures, attempts + 1

    assert (follows.state, attempts) == (DeliveryState.FAILED, POSTPONED_FREE + len(SCHEDULE.waits))


@given(st.integers(min_value=0, max_value=10))
def test_acceptance_ends_a_delivery_at_any_attempt(failures: int) -> None:
    """Also at the last one."""
    assert decide_next(SCHEDULE, failures, Outcome.ACCEPTED).state is DeliveryState.SUCCEEDED


def failed(health: Health, times: int, now: int = NOW, *, probe: bool = False) -> Health:
    """After so many more failures at once."""
    for _ in range(times):
        health = after_attempt(health, Outcome.REJECTED, "It answered 500.", probe=probe, now=now)
    return health


def test_the_breaker_opens_after_failures_in_a_row_and_a_success_closes_it() -> None:
    """Four do nothing, the fifth holds first attempts back, whatever else fails meanwhile changes nothing, a success ends it."""
    assert gate(failed(Health(), 4), NOW) is Gate.ALL
    opened = failed(Health(), 5)
    assert opened.breaker_until == NOW + 30 * SECOND
    assert (gate(opened, NOW), gate(opened, NOW + 30 * SECOND - 1), gate(opened, NOW + 30 * SECOND)) == (Gate.NONE, Gate.NONE, Gate.ONE)
    assert failed(opened, 11).breaker_until == opened.breaker_until

    closed = after_attempt(opened, Outcome.ACCEPTED, "It answered 200.", probe=False, now=NOW + 1)

    assert gate(closed, NOW + 1) is Gate.ALL
    assert closed == Health(succeeded_at=NOW + 1, failed_at=NOW, last_explanation="It answered 200.")
    assert gate(failed(closed, 4), NOW) is Gate.ALL


def test_each_failed_probe_doubles_the_wait_up_to_ten_minutes() -> None:
    """And while one is under way no other goes, until its lease is over."""
    health, now = failed(Health(), 5), NOW
    waits = []
    for _ in range(7):
        assert health.breaker_until is not None
        waits.append((health.breaker_until - now) // SECOND)
        now = health.breaker_until
        health = probing(health, now + 20 * SECOND)
        assert (gate(health, now), gate(health, now + 20 * SECOND)) == (Gate.NONE, Gate.ONE)
        health = failed(health, 1, now, probe=True)

    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_later_attempt_is_news_for_the_breaker() -> None:
    """A failure of one opens a half-open breaker again, without any probe."""
    health = failed(Health(), 5)
    later = NOW + 40 * SECOND

    assert failed(health, 1, later).breaker_until == later + 60 * SECOND


@pytest.mark.parametrize("outcome", [Outcome.POSTPONED, Outcome.NOT_SENDABLE])
def test_what_is_not_the_receivers_fault_says_nothing_about_it(outcome: Outcome) -> None:
    """A probe of that kind leaves the next one its turn."""
    health = failed(Health(), 5)

    assert after_attempt(health, outcome, "", probe=False, now=NOW + 1) == health
    assert gate(after_attempt(probing(health, NOW + DAY), outcome, "", probe=True, now=NOW + 1), NOW + 1) is Gate.ONE


def test_a_success_is_written_once_a_second() -> None:
    """As long as it says nothing new."""
    health = after_attempt(Health(), Outcome.ACCEPTED, "It answered 200.", probe=False, now=NOW)

    assert after_attempt(health, Outcome.ACCEPTED, "It answered 200.", probe=False, now=NOW + SECOND - 1) is health
    assert after_attempt(health, Outcome.ACCEPTED, "It answered 204.", probe=False, now=NOW + 1).last_explanation == "It answered 204."
    assert after_attempt(health, Outcome.ACCEPTED, "It answered 200.", probe=False, now=NOW + SECOND).succeeded_at == NOW + SECOND
    failing = after_attempt(health, Outcome.REJECTED, "It answered 200.", probe=False, now=NOW + 1)
    assert after_attempt(failing, Outcome.ACCEPTED, "It answered 200.", probe=False, now=NOW + 2).failing_since is None


def test_days_of_failure_end_in_disabling() -> None:
    """Five days with ten failures and no success; fewer of either do not."""
    health = failed(Health(), 1)

    assert not may_disable(failed(health, 100, NOW + 5 * DAY - 1), NOW + 5 * DAY - 1)
    assert not may_disable(failed(health, 8, NOW + 5 * DAY), NOW + 5 * DAY)
    assert may_disable(failed(health, 9, NOW + 5 * DAY), NOW + 5 * DAY)
    success = after_attempt(health, Outcome.ACCEPTED, "", probe=False, now=NOW + DAY)
    assert not may_disable(failed(success, 100, NOW + 5 * DAY), NOW + 5 * DAY)


@given(
    calls_per_minute=st.integers(min_value=1, max_value=2_000),
    steps=st.lists(st.tuples(st.integers(min_value=0, max_value=2 * MINUTE), st.integers(min_value=0, max_value=300)), max_size=40),
)
def test_no_minute_has_more_first_attempts_than_it_may(calls_per_minute: int, steps: list[tuple[int, int]]) -> None:
    """However the wishes fall, and none waits for ever."""
    now, rate_from, begun = NOW, 0, []
    for pause, wanted in steps:
        now += pause
        count = min(wanted, count_allowed(calls_per_minute, rate_from, now))
        rate_from = charge(calls_per_minute, rate_from, now, count)
        begun += [now] * count
        assert count_allowed(calls_per_minute, rate_from, max(now, allowed_at(calls_per_minute, rate_from))) >= 1

    for place, first in enumerate(begun):
        assert sum(first <= at < first + MINUTE for at in begun[place:]) <= calls_per_minute


@given(st.integers(min_value=1, max_value=60_000))
def test_a_rate_is_used(calls_per_minute: int) -> None:
    """Who sends as soon as it may gets nine tenths of it at least, from the first minute on."""
    now, rate_from, begun = NOW, 0, 0
    while now < NOW + MINUTE:
        count = count_allowed(calls_per_minute, rate_from, now)
        begun += count
        rate_from = charge(calls_per_minute, rate_from, now, count)
        now = max(allowed_at(calls_per_minute, rate_from), now + MINUTE // 50)

    assert 0.9 * calls_per_minute <= begun <= calls_per_minute
    assert allowed_at(calls_per_minute, rate_from) >= rate_from - LONGEST_BURST
