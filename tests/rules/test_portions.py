"""Many things, of which each may be large: small ones go together, large ones a few at a time, and none is left out."""

from hypothesis import given
from hypothesis import strategies as st

from turnout.storage.portions import FIRST, PORTION_BYTES, Portions


def portions_of(sizes: list[int]) -> list[list[int]]:
    """How things of these sizes are portioned."""
    portions = Portions(sizes)
    found: list[list[int]] = []
    for portion in portions:
        found.append(list(portion))
        portions.bytes_seen += sum(portion)
    return found


@given(st.lists(st.integers(0, 2 * PORTION_BYTES), max_size=200))
def test_each_comes_once_and_in_order(sizes: list[int]) -> None:
    """Whatever their sizes."""
    assert [size for portion in portions_of(sizes) for size in portion] == sizes


def test_small_ones_go_together() -> None:
    """Five hundred in two portions."""
    assert [len(portion) for portion in portions_of([1_000] * 500)] == [FIRST, 500 - FIRST]


def test_large_ones_go_a_few_at_a_time() -> None:
    """After the first portion no more of them than the bytes allow, and one at least."""
    assert {len(portion) for portion in portions_of([PORTION_BYTES // 4] * 40)[1:]} == {4}
    assert {len(portion) for portion in portions_of([3 * PORTION_BYTES] * 20)[1:]} == {1}
