"""Lists of entrants: in order however they come, refused when they are none, and written in pieces as at once."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.draw_vector_cases import code_of
from turnout.kernel.errors import InvalidInput
from turnout.proofs import bounds, making
from turnout.proofs.commitment import Commitment, OfflineRule, Prize, write_commitment
from turnout.proofs.entrants import ClosedList, Entrant, OpenList, entry_of
from turnout.proofs.making import make_cancelled, write_paper
from turnout.proofs.merkle import Tree

_codes = st.text("abyz09_", min_size=1, max_size=8)


@given(st.dictionaries(_codes, st.tuples(st.integers(0, bounds.MAX_WEIGHT), st.sampled_from(["", "ab", "00" * 32]))), st.randoms())
def test_the_order_is_that_of_the_codes(people: dict[str, tuple[int, str]], chance: random.Random) -> None:
    """Also where one is the beginning of another; places, weights, root and total are those of that order."""
    entrants = [Entrant(code, weight, salt) for code, (weight, salt) in people.items()]
    in_order = sorted(entrants)
    chance.shuffle(entrants)
    closed = ClosedList(entrants)
    assert list(closed) == in_order
    assert closed.root == Tree([entry_of(*one) for one in in_order]).root
    assert (closed.count, closed.total_weight) == (len(in_order), sum(weight for weight, _ in people.values()))
    assert closed.all_equal == all(weight == 1 for weight, _ in people.values())
    for index, one in enumerate(in_order):
        assert (closed.index_of(one.code), closed.place_of(one.code), closed[index]) == (index, index, one)
    assert closed.index_of("m") is None
    assert closed.place_of("m") == sum(one.code < "m" for one in in_order)


def test_page_by_page_is_the_same_list() -> None:
    """As the server reads them."""
    people = [Entrant(code_of(number)) for number in range(1_000)]
    opened = OpenList()
    for start in range(0, 1_000, 300):
        opened.add(people[start : start + 300])
    assert ClosedList(opened).root == ClosedList(people).root


@pytest.mark.parametrize(
    "wrong",
    [
        Entrant(""),
        Entrant("a" * 41),
        Entrant("A"),
        Entrant("a\t1"),
        Entrant("a\n"),
        Entrant("ä"),
        Entrant("a", -1),
        Entrant("a", bounds.MAX_WEIGHT + 1),
        Entrant("a", 1, "a"),
        Entrant("a", 1, "AB"),
        Entrant("a", 1, "00" * 33),
        Entrant("a", 1, "ab\t"),
    ],
)
def test_who_can_be_no_entrant(wrong: Entrant) -> None:
    """A code, weight or salt that the tree has no form for."""
    with pytest.raises(InvalidInput):
        ClosedList([Entrant("b"), wrong])


def test_nobody_stands_there_twice() -> None:
    """Whatever weight and salt each time."""
    for second in (Entrant("a"), Entrant("a", 2), Entrant("a", 1, "ab")):
        with pytest.raises(InvalidInput):
            ClosedList([Entrant("a"), Entrant("b"), second])


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_a_file_in_pieces_is_the_file(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is written a piece at a time, and not a byte is another."""
    monkeypatch.setattr(making, "_PIECE", 10)
    text = _commitment()
    paper = make_cancelled(
        text, ClosedList(Entrant(code_of(number), 1, "ab") for number in range(count)), 1_700_000_000_000, with_list=True
    )
    assert write_paper(paper) == msgspec.json.encode(paper)


def _commitment() -> str:
    promised = Commitment(
        draw="dr_1",
        title="Draw",
        nonce="0" * 64,
        prizes=[Prize("pz_1", "Cup", 1)],
        who={},
        repeat_winners=False,
        weighted=False,
        preferred=[],
        entropy=OfflineRule("0" * 64),
    )
    return write_commitment(promised)
