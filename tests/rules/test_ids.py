"""Ids: every outside form is a reversible permutation under a key, and foreign text resolves to nothing."""

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from turnout.kernel import ids
from turnout.kernel.ids import MAX_ID, IdForms, Kind, UnknownId

FORMS = IdForms(bytes(range(32)))
OTHER = IdForms(bytes(range(1, 33)))

numbers = st.integers(0, MAX_ID) | st.integers(0, 1000) | st.integers(MAX_ID - 1000, MAX_ID)
kinds = st.sampled_from(Kind)

Form = tuple[Callable[[IdForms, Kind, int], object], Callable[[IdForms, Kind, object], int], str]

FORM_PAIRS: dict[str, Form] = {
    "text": (lambda f, k, n: f.text(k, n), lambda f, k, v: f.parse_text(k, v), r"[a-z]{2}_[0-9a-hjkmnp-tv-z]{13}"),  # type: ignore[arg-type]
    "hex16": (lambda f, k, n: f.hex16(k, n), lambda f, k, v: f.parse_hex16(k, v), r"[0-9A-F]{16}"),  # type: ignore[arg-type]
    "hex32": (lambda f, k, n: f.hex32(k, n), lambda f, k, v: f.parse_hex32(k, v), r"[0-9a-f]{32}"),  # type: ignore[arg-type]
    "integer": (lambda f, k, n: f.integer(k, n), lambda f, k, v: f.parse_integer(k, v), r"[0-9]{1,16}"),  # type: ignore[arg-type]
}
forms = pytest.mark.parametrize("form", FORM_PAIRS.values(), ids=FORM_PAIRS)


@forms
@given(kind=kinds, number=numbers)
def test_every_form_leads_back(form: Form, kind: Kind, number: int) -> None:
    """Parsing a form gives the id it was made of; the form looks as documented."""
    make, parse, pattern = form
    outside = make(FORMS, kind, number)
    assert parse(FORMS, kind, outside) == number
    assert re.fullmatch(pattern, str(outside))


@forms
@given(kind=kinds, first=numbers, second=numbers)
def test_two_ids_never_share_a_form(form: Form, kind: Kind, first: int, second: int) -> None:
    """Different ids of one kind have different forms."""
    assume(first != second)
    assert form[0](FORMS, kind, first) != form[0](FORMS, kind, second)


@given(kind=kinds, value=st.integers(0, MAX_ID))
def test_every_integer_is_some_ids_form(kind: Kind, value: int) -> None:
    """The integer form is a permutation of 0 … 2^53-1: what is no existing id resolves to one that was never given out."""
    assert FORMS.integer(kind, FORMS.parse_integer(kind, value)) == value


@pytest.mark.parametrize("bits", [53, 64, 128])
@given(block=st.integers(0, 2**128 - 1), kind=kinds)
def test_the_permutation_is_one(bits: int, block: int, kind: Kind) -> None:
    """Restoring any block gives a value that would be permuted into that block; none is lost between widths."""
    block &= 2**bits - 1
    value = ids._restore(b"k" * 32, kind, bits, block)
    assert 0 <= value < 2**bits
    if value <= MAX_ID:
        assert ids._permute(b"k" * 32, kind, bits, value) == block


def test_small_widths_are_permutations() -> None:
    """Over a whole small domain each value is hit exactly once, for even and odd widths."""
    for bits in (2, 3, 8, 9, 11):
        assert {ids._permute(b"k", Kind.ROOM, bits, value) for value in range(2**bits)} == set(range(2**bits))
        assert all(ids._restore(b"k", Kind.ROOM, bits, ids._permute(b"k", Kind.ROOM, bits, value)) == value for value in range(2**bits))


@forms
@given(number=numbers)
def test_kinds_and_keys_are_unrelated(form: Form, number: int) -> None:
    """The same id looks different as another kind and under another key; a form of one kind is not accepted as the text of another."""
    make = form[0]
    shapes = {str(make(FORMS, kind, number)).partition("_")[2] or str(make(FORMS, kind, number)) for kind in Kind}
    assert len(shapes) == len(Kind)
    assert make(FORMS, Kind.ROOM, number) != make(OTHER, Kind.ROOM, number)


@given(number=numbers, kind=kinds, other=kinds)
def test_a_prefix_binds(number: int, kind: Kind, other: Kind) -> None:
    """Native text of one kind is no id of another kind, also when its prefix is exchanged."""
    assume(kind is not other)
    text = FORMS.text(kind, number)
    with pytest.raises(UnknownId):
        FORMS.parse_text(other, text)
    with suppress(UnknownId):
        assert FORMS.parse_text(other, other.value + text[2:]) != number


def test_neighbours_look_unrelated() -> None:
    """Of ten thousand neighbours, about half of the bits differ between one and the next: nothing can be guessed from a neighbour."""
    blocks = [int(FORMS.hex16(Kind.ROOM, number), 16) for number in range(10_000)]
    changed = sum((one ^ other).bit_count() for one, other in pairwise(blocks)) / (len(blocks) - 1)
    assert 31 < changed < 33
    integers = [FORMS.integer(Kind.ROOM, number) for number in range(10_000)]
    changed = sum((one ^ other).bit_count() for one, other in pairwise(integers)) / (len(integers) - 1)
    assert 25.5 < changed < 27.5


@given(text=st.text(max_size=40))
def test_foreign_text_is_no_id(text: str) -> None:
    """Arbitrary text is refused by every parser and never raises anything else."""
    for parse in (FORMS.parse_text, FORMS.parse_hex16, FORMS.parse_hex32):
        with pytest.raises(UnknownId):
            parse(Kind.ROOM, text)


@given(text=st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_random_hex_is_no_id(text: str) -> None:
    """Of 2^128 texts of 32 hex digits only 2^53 are ids: one made up at random is none. Of 16 digits 1 in 2,048 resolves, at random."""
    with pytest.raises(UnknownId):
        FORMS.parse_hex32(Kind.ROOM, text)


@pytest.mark.parametrize(
    "text",
    ["rm_", "rm_0000000000000 ", " rm_0000000000000", "rm_zzzzzzzzzzzzz", "rm_000000000000i", "rm_000000000000u", "rm0000000000000",
     "vw_0000000000000", "rm_00000000000000", "rm_٠٠٠٠٠٠٠٠٠٠٠٠٠", "rm__000000000000", "", "rm_\x000000000000000"],
)  # fmt: skip
def test_text_of_the_wrong_shape(text: str) -> None:
    """Wrong prefix, length, letters, blanks and other scripts' digits are no ids."""
    with pytest.raises(UnknownId):
        FORMS.parse_text(Kind.ROOM, text)


@pytest.mark.parametrize(
    "text", ["0x00000000000000", "+000000000000000", "-000000000000000", "0_0000000000000_", " 00000000000000 ", "٠" * 16]
)
def test_hex_of_the_wrong_shape(text: str) -> None:
    """What int(text, 16) would take beyond plain digits is no id."""
    with pytest.raises(UnknownId):
        FORMS.parse_hex16(Kind.ROOM, text)
    with pytest.raises(UnknownId):
        FORMS.parse_hex32(Kind.ROOM, text * 2)


@pytest.mark.parametrize("value", [-1, MAX_ID + 1, 2**64])
def test_integers_out_of_range(value: int) -> None:
    """Integers outside 0 … 2^53-1 are no ids; an id outside them has no form."""
    with pytest.raises(UnknownId):
        FORMS.parse_integer(Kind.ROOM, value)
    with pytest.raises(ValueError, match="2\\^53"):
        FORMS.text(Kind.ROOM, value)


def test_letter_case_does_not_matter() -> None:
    """Hex digits and native text are taken in either case."""
    assert FORMS.parse_hex32(Kind.ROOM, FORMS.hex32(Kind.ROOM, 77).upper()) == 77
    assert FORMS.parse_hex16(Kind.ROOM, FORMS.hex16(Kind.ROOM, 77).lower()) == 77
    assert FORMS.parse_text(Kind.ROOM, FORMS.text(Kind.ROOM, 77).upper()) == 77


@pytest.mark.parametrize(
    ("kind", "number", "text", "hex16", "hex32", "integer"),
    [
        (Kind.ROOM, 1, "rm_9yntz38gv3zn2", "9F575F1A21B1FEA2", "925df6b50e980f14c8e569ed1e55f3b6", 1831988925832056),
        (Kind.VIEWER, MAX_ID, "vw_721pwncft5qqx", "7106DCAB1FA2DEFD", "9ffdac25c39d1b96873a359e25eded82", 6467664756909499),
    ],
)
def test_the_forms_stay_as_they_are(kind: Kind, number: int, text: str, hex16: str, hex32: str, integer: int) -> None:
    """Customers' systems keep the forms: with another construction none of them would resolve (docs/decisions/0008)."""
    made = (FORMS.text(kind, number), FORMS.hex16(kind, number), FORMS.hex32(kind, number), FORMS.integer(kind, number))
    assert made == (text, hex16, hex32, integer)


def test_a_passing_form_is_the_form() -> None:
    """Nothing is remembered of it, and it leads back all the same."""
    forms = IdForms(bytes(range(32)))
    for number in (0, 1, 123_456, MAX_ID):
        text = forms.passing_text(Kind.ENTRY, number)
        assert text == forms.text(Kind.ENTRY, number)
        assert forms.parse_text(Kind.ENTRY, text) == number
        assert forms.passing_hex32(Kind.VIEWER, number) == forms.hex32(Kind.VIEWER, number)
        assert forms.passing_integer(Kind.VIEWER, number) == forms.integer(Kind.VIEWER, number)
