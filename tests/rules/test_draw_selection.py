"""The tree and the urns, against the plainest thing that does the same; and that everybody is as likely as promised."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.proofs.merkle import Tree, root_along
from turnout.proofs.selection import EqualUrn, Pick, WeightedUrn, select
from turnout.proofs.stream import Stream


def recursive_root(entries: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + recursive_root(entries[:split]) + recursive_root(entries[split:])).digest()


def recursive_path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1, word for word."""
    if len(entries) == 1:
        return []
    split = 1 << (len(entries) - 1).bit_length() - 1
    if index < split:
        return [*recursive_path(index, entries[:split]), recursive_root(entries[split:])]
    return [*recursive_path(index - split, entries[split:]), recursive_root(entries[:split])]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_tree_is_the_one_of_the_rfc(entries: list[bytes]) -> None:
    """Root and every path, without the recursion."""
    tree = Tree(entries)

    assert tree.root == recursive_root(entries)
    for index, entry in enumerate(entries):
        path = tree.path(index)
        assert path == recursive_path(index, entries)
        assert root_along(entry, index, len(entries), path) == tree.root


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=40, unique=True), st.data())
def test_a_path_proves_one_entry_at_one_place(entries: list[bytes], data: st.DataObject) -> None:
    """No other entry, and none at another place."""
    tree = Tree(entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(st.integers(-1, len(entries)))
    path = tree.path(index)

    assert root_along(b"", index, len(entries), path) != tree.root
    if other != index:
        assert root_along(entries[index], other, len(entries), path) != tree.root


@pytest.mark.parametrize("index", [-1, 3])
def test_nobody_outside_the_tree_has_a_path(index: int) -> None:
    """Asked for, it is an error, not the path of somebody else."""
    with pytest.raises(IndexError):
        Tree([b"a", b"b", b"c"]).path(index)


def plain_selection(
    stream: Stream, weights: list[int], equal: bool, counts: list[int], preferred: list[tuple[int, int]], repeat: bool
) -> list[Pick]:
    """What docs/draw.md says, with whole lists."""
    picks: list[Pick] = []
    order, left = list(range(len(weights))), dict(enumerate(weights))
    taken = 0
    for prize, count in enumerate(counts):
        if repeat:
            order, left, taken = list(range(len(weights))), dict(enumerate(weights)), 0
        won = 0
        for its_prize, index in preferred:
            if its_prize == prize and won < count and index in left:
                place = order.index(index)
                order[place], order[taken] = order[taken], order[place]
                taken += 1
                del left[index]
                won += 1
                picks.append(Pick(prize, index, True))
        while won < count and left and (equal or sum(left.values())):
            if equal:
                place = taken + stream.uniform(len(weights) - taken)
                order[place], order[taken] = order[taken], order[place]
                winner = order[taken]
            else:
                rest = stream.uniform(sum(left.values()))
                for winner in sorted(left):
                    if rest < left[winner]:
                        break
                    rest -= left[winner]
            taken += 1
            del left[winner]
            won += 1
            picks.append(Pick(prize, winner, False))
    return picks


@given(
    st.lists(st.integers(0, 5), max_size=30),
    st.booleans(),
    st.lists(st.integers(1, 8), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 29)), max_size=8),
    st.booleans(),
    st.binary(min_size=32, max_size=32),
)
def test_the_urns_draw_what_whole_lists_draw(
    weights: list[int], equal: bool, counts: list[int], preferred: list[tuple[int, int]], repeat: bool, key: bytes
) -> None:
    """Neither the sparse list nor the running sums change who wins."""
    preferred = [(prize, index) for prize, index in preferred if index < len(weights)]
    urn = EqualUrn(len(weights)) if equal else WeightedUrn(weights)

    drawn = list(select(Stream(key), urn, counts, preferred, repeat_winners=repeat))

    assert drawn == plain_selection(Stream(key), weights, equal, counts, preferred, repeat)


@given(st.integers(1, 2**63 + 2**62), st.binary(min_size=1, max_size=32))
def test_numbers_stay_below_their_limit(below: int, key: bytes) -> None:
    """Whatever the limit."""
    assert 0 <= Stream(key).uniform(below) < below


DRAWS = 20_000


def chi_square(draw: Callable[[Stream], tuple[int, ...]], expected: Mapping[Any, float]) -> float:
    """How far as many draws are from what is expected; each has a stream of its own, and all are the same at every run."""
    found = Counter(draw(Stream(hashlib.sha256(b"draw %d" % number).digest())) for number in range(DRAWS))
    assert set(found) <= set(expected)
    return sum((found[who] - chance * DRAWS) ** 2 / (chance * DRAWS) for who, chance in expected.items())


def too_far(categories: int) -> float:
    """What chi-square exceeds once in more than ten thousand times (Wilson and Hilferty)."""
    freedom = categories - 1
    return freedom * (1 - 2 / (9 * freedom) + 3.8 * (2 / (9 * freedom)) ** 0.5) ** 3  # type: ignore[no-any-return]


def two_of(urn: EqualUrn | WeightedUrn) -> Callable[[Stream], tuple[int, ...]]:
    """Draws two and puts them back."""

    def draw(stream: Stream) -> tuple[int, ...]:
        urn.start_over()
        return tuple(pick.index for pick in select(stream, urn, [2], [], repeat_winners=False))

    return draw


def test_everybody_is_equally_likely() -> None:
    """First and second winner together: every ordered pair as often as every other."""
    expected = {(first, second): 1 / (12 * 11) for first in range(12) for second in range(12) if first != second}

    assert chi_square(two_of(EqualUrn(12)), expected) < too_far(len(expected))


def test_everybody_is_as_likely_as_the_weight() -> None:
    """First and second winner together; who has no weight never wins."""
    weights = [1, 2, 0, 3, 10, 4, 5]
    total = sum(weights)
    expected = {
        (first, second): weights[first] / total * weights[second] / (total - weights[first])
        for first in range(7)
        for second in range(7)
        if first != second and weights[first] and weights[second]
    }

    assert chi_square(two_of(WeightedUrn(weights)), expected) < too_far(len(expected))


def test_the_measure_notices_a_small_bias() -> None:
    """Negative control: one of twelve is a fifth more likely than the others."""
    expected = {(who,): 1 / 12 for who in range(12)}
    biased = WeightedUrn([*[100] * 11, 120])

    assert chi_square(lambda stream: (two_of(biased)(stream)[0],), expected) > too_far(len(expected))
