"""The token bucket: the rate on average, the burst at once, per key."""

import pytest

from turnout.kernel.clock import SECOND
from turnout.kernel.rate import TokenBuckets


def test_a_burst_then_the_rate() -> None:
    """Twenty at once, then one every twentieth of a second."""
    buckets = TokenBuckets(20, burst=20)

    assert [buckets.take(1, 0) for _ in range(22)] == [True] * 20 + [False] * 2
    assert not buckets.take(1, SECOND // 20 - 1)
    assert buckets.take(1, SECOND // 20)
    assert not buckets.take(1, SECOND // 20)


def test_keys_do_not_share_and_a_full_bucket_holds_no_more() -> None:
    """Another key is not held back, and a long rest saves up no more than the burst."""
    buckets = TokenBuckets(2, burst=3)

    assert [buckets.take(1, 0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take(2, 0)
    assert [buckets.take(1, 3600 * SECOND) for _ in range(4)] == [True, True, True, False]


def test_a_clock_set_back_locks_nobody_out() -> None:
    """After the clock went back by an hour the bucket is not empty for an hour, but full."""
    buckets = TokenBuckets(2, burst=3)

    assert [buckets.take(1, 3600 * SECOND) for _ in range(4)] == [True, True, True, False]
    assert [buckets.take(1, 10 * SECOND) for _ in range(4)] == [True, True, True, False]


def test_idle_keys_are_forgotten() -> None:
    """A sweep drops full buckets and only them."""
    buckets = TokenBuckets(1, burst=1, sweep_at=3)
    for key in (1, 2, 3):
        assert buckets.take(key, key * SECOND)

    assert buckets.take(4, 3 * SECOND + 1)
    assert not buckets.take(3, 3 * SECOND + 2)
    assert len(buckets._full_at) == 2


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (1, 0), (-1, 5)])
def test_a_bucket_that_could_never_be_used_is_refused(rate: int, burst: int) -> None:
    """Rates below one are a mistake of the caller."""
    with pytest.raises(ValueError, match="at least 1"):
        TokenBuckets(rate, burst)
