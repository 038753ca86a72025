"""Proofs of draws: whoever changes anything is found out, and whatever a file holds, checking it ends with an answer."""

import functools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.draw_vector_cases import ROUND_38, TEST_CHAIN, code_of
from tools.draw_vector_proofs import PUBLISHED_AT
from tools.draw_vectors import FOLDER
from turnout.kernel.errors import InvalidInput
from turnout.proofs import bounds, drand, verifying
from turnout.proofs.commitment import Commitment, OfflineRule, Preferred, Prize, is_code, read_commitment, write_commitment
from turnout.proofs.entrants import ClosedList, Entrant
from turnout.proofs.making import make_cancelled, make_membership, make_proof, write_paper
from turnout.proofs.papers import WEAKER, DrandEntropy, OfflineEntropy
from turnout.proofs.verifying import verify_file, verify_membership, verify_proof

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.name for path in (FOLDER / "proofs").glob("*.json"))
SEED = bytes(range(32))


@pytest.fixture(scope="module", autouse=True)
def _signatures_checked_once() -> Iterator[None]:
    """The same question has the same answer: thousands of changed files ask it about a few signatures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drand, "verifies", functools.cache(drand.verifies))
        yield


def leaves_of(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the values of a JSON document stand that are neither object nor list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield at
    else:
        for key, one in inner:
            yield from leaves_of(one, (*at, key))


def changed(value: Any) -> list[Any]:
    """Other values in place of this one: near it, and of another kind."""
    if isinstance(value, bool):
        return [not value, 1, None]
    if isinstance(value, int):
        return [value + 1, value - 1, value * 2 + 1, str(value)]
    if value is None:
        return [0, {}]
    near = [value[:-1] + chr(ord(value[-1]) ^ 1), chr(ord(value[0]) ^ 1) + value[1:], value[:-1]] if value else []
    return [*near, value + "0", f"{value} ", 0]


def put(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A copy with this value there."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return copy


@pytest.mark.parametrize("name", NAMES)
def test_whoever_changes_any_value_is_found_out(name: str) -> None:
    """Every leaf of the file, in several ways: at least one check fails."""
    proof = json.loads((FOLDER / "proofs" / name).read_text())
    assert verify_proof(json.dumps(proof).encode(), [TEST_CHAIN]).ok
    unnoticed = []
    for at in leaves_of(proof):
        value = functools.reduce(lambda inner, step: inner[step], at, proof)
        tried = [put(proof, at, other) for other in changed(value)]
        unnoticed += [at for other in tried if verify_proof(json.dumps(other).encode(), [TEST_CHAIN]).ok]

    assert unnoticed == []


@pytest.mark.parametrize("name", NAMES)
def test_whoever_removes_any_member_is_found_out(name: str) -> None:
    """Objects and lists lose none of theirs, except what a proof may go without."""
    proof = json.loads((FOLDER / "proofs" / name).read_text())
    unnoticed = set()
    for at in {leaf[:length] for leaf in leaves_of(proof) for length in range(1, len(leaf) + 1)}:
        copy = json.loads(json.dumps(proof))
        inner = functools.reduce(lambda inner, step: inner[step], at[:-1], copy)
        del inner[at[-1]]
        if verify_proof(json.dumps(copy).encode(), [TEST_CHAIN]).ok:
            unnoticed.add(at)

    assert unnoticed <= ({("entrants", "list")} if name == "cancelled_listed.json" else set())


def test_whoever_changes_a_membership_is_found_out() -> None:
    """Beside the proof of its draw, every leaf of it is checked."""
    vector = json.loads((FOLDER / "memberships.json").read_text())["hold"][0]
    proof, member = (FOLDER / vector["proof"]).read_bytes(), vector["membership"]
    unnoticed = [
        (at, other)
        for at in leaves_of(member)
        for other in changed(functools.reduce(lambda inner, step: inner[step], at, member))
        if verify_membership(json.dumps(put(member, at, other)).encode(), proof, [TEST_CHAIN]).ok
    ]

    assert unnoticed == []


people_with_weights = st.dictionaries(
    st.from_regex(r"[a-z0-9_]{1,5}", fullmatch=True), st.tuples(st.integers(0, 3), st.sampled_from(["", "00", "ff" * 32])), max_size=12
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_stands_anywhere_there_is_an_answer(name: str, data: st.DataObject) -> None:
    """Any JSON in place of any part of a file; nothing is raised."""
    proof = json.loads((FOLDER / "proofs" / name).read_text())
    places = sorted({leaf[:length] for leaf in leaves_of(proof) for length in range(1, len(leaf) + 1)}, key=str)
    at = data.draw(st.sampled_from(places))
    raw = json.dumps(put(proof, at, data.draw(anything))).encode()

    assert verify_file(raw, None, [TEST_CHAIN]).checks
    assert verify_file(raw, raw, [TEST_CHAIN]).checks


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(raw: bytes) -> None:
    """Not even JSON, not even text."""
    assert not verify_file(raw).ok
    assert not verify_file(raw, raw).ok


def offline_commitment(**others: Any) -> Commitment:
    """A commitment that needs no network."""
    rule = OfflineRule("0" * 64) if "entropy" not in others else others.pop("entropy")
    members = {"title": "", "nonce": "0" * 64, "prizes": [Prize("p", "", 2)], "who": {}, "repeat_winners": False, "weighted": False}
    return Commitment(**{"draw": "dr_1", "preferred": [], "entropy": rule, **members, **others})


@given(
    people_with_weights,
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.from_regex(r"[a-z0-9_]{1,2}", fullmatch=True)), max_size=4, unique=True),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None)
def test_every_proof_that_is_made_holds(
    people: dict[str, tuple[int, str]], counts: list[int], declared: list[tuple[int, str]], weighted: bool, repeat: bool, listed: bool
) -> None:
    """With and without list, weights, preferred winners; beside each membership."""
    text = json.loads((FOLDER / "proofs" / "drand.json").read_text())["commitment"]["text"]
    commitment = offline_commitment(
        prizes=[Prize(f"p{place}", "", count) for place, count in enumerate(counts)],
        preferred=[Preferred(prize, code) for prize, code in declared if prize < len(counts)],
        weighted=weighted,
        repeat_winners=repeat,
        entropy=read_commitment(text).entropy,
    )
    try:
        text = write_commitment(commitment)
    except InvalidInput as refused:
        assert "preferred" in refused.message  # noqa: PT017 - more of them than prizes
        return
    closed = ClosedList(Entrant(code, weight if weighted else 1, salt) for code, (weight, salt) in people.items())
    proof = write_paper(make_proof(text, closed, PUBLISHED_AT, DrandEntropy(38, ROUND_38), with_list=listed))

    assert verify_proof(proof, [TEST_CHAIN]).failed() == []
    assert verify_proof(write_paper(make_cancelled(text, closed, PUBLISHED_AT, with_list=listed))).ok
    for code in people:
        member = write_paper(make_membership(text, closed, PUBLISHED_AT, code))
        assert verify_membership(member, proof, [TEST_CHAIN]).failed() == []


def test_a_wrong_proof_is_not_made() -> None:
    """Entropy that was not promised, weights where there are none, nobody's membership."""
    text = json.loads((FOLDER / "proofs" / "drand.json").read_text())["commitment"]["text"]
    offline = write_commitment(offline_commitment())
    closed = ClosedList([Entrant("a"), Entrant("b")])
    wrong: list[Callable[[], object]] = [
        lambda: make_proof(text, closed, PUBLISHED_AT, DrandEntropy(39, ROUND_38)),
        lambda: make_proof(text, closed, PUBLISHED_AT + 3000, DrandEntropy(39, ROUND_38)),
        lambda: make_proof(text, closed, PUBLISHED_AT, OfflineEntropy(SEED.hex(), WEAKER)),
        lambda: make_proof(offline, closed, PUBLISHED_AT, DrandEntropy(38, ROUND_38)),
        lambda: make_proof(offline, closed, PUBLISHED_AT, OfflineEntropy(SEED.hex(), WEAKER)),
        lambda: make_cancelled(text, ClosedList([Entrant("a", 2)]), PUBLISHED_AT),
        lambda: make_membership(text, closed, PUBLISHED_AT, "c"),
    ]
    for make in wrong:
        with pytest.raises(InvalidInput):
            make()


@pytest.mark.parametrize(
    "people",
    [
        [Entrant("a"), Entrant("a", 2)],
        [Entrant("")],
        [Entrant("a" * 41)],
        [Entrant("A")],
        [Entrant("中")],
        [Entrant("a\tb")],
        [Entrant("a\n")],
        [Entrant("a", -1)],
        [Entrant("a", bounds.MAX_WEIGHT + 1)],
        [Entrant("a", 1, "0")],
        [Entrant("a", 1, "AA")],
        [Entrant("a", 1, "00" * 33)],
    ],
)
def test_a_list_that_is_none_is_refused(people: list[Entrant]) -> None:
    """What no verifier would take is not published."""
    with pytest.raises(InvalidInput):
        ClosedList(people)


@pytest.mark.parametrize(
    "others",
    [
        {"prizes": []},
        {"prizes": [Prize("p", "", 0)]},
        {"prizes": [Prize("p", "x" * 201, 1)]},
        {"prizes": [Prize("P", "", 1)]},
        {"title": "x" * 201},
        {"title": "\ud800"},
        {"who": {"share": 0.5}},
        {"who": {"big": 2**53}},
        {"draw": "draw"},
        {"nonce": "00"},
        {"preferred": [Preferred(1, "a")]},
        {"preferred": [Preferred(0, "a")] * 2},
        {"preferred": [Preferred(0, code_of(number)) for number in range(3)]},
    ],
)
def test_a_commitment_that_is_none_is_refused(others: dict[str, Any]) -> None:
    """What no verifier would take is not promised."""
    with pytest.raises(InvalidInput):
        write_commitment(offline_commitment(**others))


@given(st.text(max_size=45) | st.from_regex(r"[a-z0-9_]{1,41}", fullmatch=True))
def test_a_code_is_a_code(text: str) -> None:
    """The same everywhere it is asked."""
    assert is_code(text) == (1 <= len(text) <= 40 and set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789_"))


def test_without_the_curve_nothing_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is missing the check says so and fails; an offline proof needs it not."""
    monkeypatch.setitem(sys.modules, "py_arkworks_bls12381", None)
    monkeypatch.setattr(drand, "verifies", drand.verifies.__wrapped__)  # type: ignore[attr-defined]

    report = verify_proof((FOLDER / "proofs" / "drand.json").read_bytes(), [TEST_CHAIN])

    assert report.failed() == ["entropy"]
    assert 'pip install "turnout[verify]"' in next(check.text for check in report.checks if not check.ok)
    assert verify_proof((FOLDER / "proofs" / "offline.json").read_bytes()).ok


def test_a_file_past_its_bounds_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length is looked at first."""
    monkeypatch.setattr(bounds, "MAX_FILE_BYTES", 100)

    assert "longer than" in verify_file((FOLDER / "proofs" / "drand.json").read_bytes()).checks[0].text


def test_a_file_makes_no_more_work_than_it_has_winners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Millions of winners that are asked for and not there are not drawn."""
    proof = json.loads((FOLDER / "proofs" / "drand_listed.json").read_text())
    monkeypatch.setattr(verifying, "draw_winners", lambda *_: iter(range(10**12)))

    assert verifying.verify_proof(json.dumps(proof | {"winners": []}).encode(), [TEST_CHAIN]).failed() == ["selection"]


def test_the_page_tells_the_bounds() -> None:
    """docs/draw.md lists every bound with its value, and its example has the numbers of the vectors."""
    page = (ROOT / "docs" / "draw.md").read_text()
    named = {name: value for name, value in vars(bounds).items() if name.startswith("MAX_")}
    known = "".join(path.read_text() for path in FOLDER.rglob("*.json")) + msgspec.json.encode(drand.QUICKNET).decode()

    for name, value in named.items():
        assert f"`{name}` | {value:,} |" in page
    assert WEAKER in page
    for word in set(page.replace("`", " ").split()):
        if len(word) >= 16 and set(word) <= set("0123456789abcdef"):
            assert word in known, word
