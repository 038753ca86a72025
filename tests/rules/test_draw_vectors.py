"""The vectors that the Python and the TypeScript verifier share: up to date, and kept."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tools.draw_vectors import FOLDER, vectors
from turnout.kernel.errors import InvalidInput
from turnout.proofs import bls, drand
from turnout.proofs.commitment import canonical, commitment_hash, read_commitment
from turnout.proofs.entrants import fingerprint_of
from turnout.proofs.merkle import Tree, root_along
from turnout.proofs.selection import EqualUrn, WeightedUrn, select
from turnout.proofs.stream import Stream, stream_key
from turnout.proofs.verifying import verify_file, verify_membership, verify_proof


def load(name: str) -> Any:
    """A file of vectors."""
    return json.loads((FOLDER / name).read_text())


PROOFS = load("proofs.json")
MEMBERSHIPS = load("memberships.json")
CHAINS = [msgspec.convert(chain, drand.Chain) for chain in PROOFS["chains"]]


def written(value: Any) -> bytes:
    """A file with this JSON."""
    return json.dumps(value, ensure_ascii=False).encode()


def test_the_vectors_are_up_to_date() -> None:
    """What another implementation is tested against is what this one does: python -m tools.draw_vectors."""
    there = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in Path(FOLDER).rglob("*.json")}

    assert there == vectors()


@pytest.mark.parametrize("vector", load("merkle.json")["trees"], ids=lambda vector: str(vector["count"]))
def test_trees(vector: dict[str, Any]) -> None:
    """Roots and paths; every path leads to the root."""
    entries = [entry.encode() for entry in vector["entries"]]
    tree = Tree(entries)

    assert tree.root.hex() == vector["root"]
    for path in vector["paths"]:
        hashes = [bytes.fromhex(sibling) for sibling in path["path"]]
        assert tree.path(path["index"]) == hashes
        assert root_along(entries[path["index"]], path["index"], vector["count"], hashes) == tree.root


@pytest.mark.parametrize("vector", load("merkle.json")["wrong"], ids=lambda vector: str(vector["why"]))
def test_paths_that_lead_elsewhere(vector: dict[str, Any]) -> None:
    """No path proves more than it does."""
    path = [bytes.fromhex(sibling) for sibling in vector["path"]]

    assert root_along(vector["entry"].encode(), vector["index"], vector["count"], path) != bytes.fromhex(vector["root"])


def test_streams() -> None:
    """Keys, words and numbers below a limit."""
    found = load("stream.json")
    for vector in found["keys"]:
        fixed = [bytes.fromhex(vector[name]) for name in ("randomness", "commitment_sha256", "root")]
        key = stream_key(fixed[0], fixed[1], fixed[2], vector["count"])
        stream = Stream(key)
        assert key.hex() == vector["key"]
        assert [str(stream.word()) for _ in vector["words"]] == vector["words"]
    for vector in found["uniform"]:
        stream = Stream(bytes.fromhex(vector["key"]))
        assert [str(stream.uniform(int(below))) for below in vector["below"]] == vector["results"]


@pytest.mark.parametrize("vector", load("selection.json"), ids=lambda vector: str(vector["name"]))
def test_selections(vector: dict[str, Any]) -> None:
    """Who wins."""
    urn = EqualUrn(vector["entrants"]) if vector["weights"] is None else WeightedUrn(vector["weights"])
    preferred = [(prize, index) for prize, index in vector["preferred"]]
    picks = select(Stream(bytes.fromhex(vector["key"])), urn, vector["counts"], preferred, repeat_winners=vector["repeat_winners"])

    assert [[pick.prize, pick.index, pick.preferred] for pick in picks] == vector["winners"]


def test_canonical_texts() -> None:
    """One value has one text; any other spelling is refused."""
    found = load("commitment.json")
    for vector in found["canonical"]:
        assert canonical(json.loads(vector["text"])) == vector["text"]
        assert commitment_hash(vector["text"]).hex() == vector["sha256"]
    for text in found["not_canonical"]:
        with pytest.raises(InvalidInput):
            read_commitment(text)


def test_fingerprints() -> None:
    """The fingerprint over commitment, root, count, weight and time."""
    for vector in load("fingerprint.json"):
        fixed = bytes.fromhex(vector["commitment_sha256"]), bytes.fromhex(vector["root"])
        assert fingerprint_of(*fixed, vector["count"], vector["total_weight"], vector["published_at"]).hex() == vector["fingerprint"]


def test_rounds_of_drand() -> None:
    """Signatures good and bad, their randomness, and the round a time gives."""
    found = load("drand.json")
    for vector in found["signatures"]:
        key, signature = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["signature"])
        assert drand.verifies(vector["scheme"], key, vector["round"], signature) is vector["holds"], vector
        if vector["holds"]:
            assert drand.randomness_of(signature).hex() == vector["randomness"]
    for vector in found["rounds"]:
        chain = drand.Chain("", "", vector["period_s"], vector["genesis"])
        number = drand.round_due(chain, vector["delay_s"], vector["published_at"])
        assert number == vector["round"]
        due = 1000 * drand.time_of(chain, number) - 1000 * vector["delay_s"] - vector["published_at"]
        assert due >= 0
        assert number == 1 or due < 1000 * vector["period_s"]


def test_another_scheme_and_a_number_that_is_none_do_not_hold() -> None:
    """Nothing is believed that cannot be checked."""
    vector = load("drand.json")["signatures"][0]
    key, signature = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["signature"])

    assert not drand.verifies("bls-unchained-on-g1", key, 38, signature)
    assert not drand.verifies(drand.RFC9380, key, -1, signature)
    assert not drand.verifies(drand.RFC9380, key, 2**64, signature)
    assert not bls.verifies_on_g1(b"", b"", b"")


@pytest.mark.parametrize("name", PROOFS["hold"])
def test_proofs_that_hold(name: str) -> None:
    """Every check of a good file holds."""
    raw = (FOLDER / name).read_bytes()

    assert verify_proof(raw, CHAINS).failed() == []
    assert verify_file(raw, None, CHAINS).ok


@pytest.mark.parametrize("vector", PROOFS["changed"], ids=lambda vector: f"{vector['file']} {vector['at']} {vector['fails']}")
def test_one_value_changed(vector: dict[str, Any]) -> None:
    """The check that is about it fails."""
    proof = load(vector["file"])
    inner = proof
    for step in vector["at"][:-1]:
        inner = inner[step]
    if "to" in vector:
        inner[vector["at"][-1]] = vector["to"]
    else:
        del inner[vector["at"][-1]]

    assert vector["fails"] in verify_proof(written(proof), CHAINS).failed()


@pytest.mark.parametrize("vector", PROOFS["crafted"], ids=lambda vector: str(vector["name"]))
def test_files_made_with_care_to_deceive(vector: dict[str, Any]) -> None:
    """Hashes, root and fingerprint fit, and still the check that is about it fails."""
    chains = [msgspec.convert(chain, drand.Chain) for chain in vector["chains"]] if "chains" in vector else CHAINS

    assert vector["fails"] in verify_proof(written(vector["proof"]), chains).failed()


@pytest.mark.parametrize("text", PROOFS["no_files"], ids=lambda text: text[:30])
def test_what_is_no_proof_at_all(text: str) -> None:
    """It has not the form; nothing is raised."""
    assert verify_file(text.encode()).failed() == ["format"]
    assert verify_membership(text.encode(), text.encode()).failed() == ["format"]


@pytest.mark.parametrize("vector", MEMBERSHIPS["hold"], ids=lambda vector: f"{vector['proof']} {vector['membership']['index']}")
def test_memberships_that_hold(vector: dict[str, Any]) -> None:
    """Alone, and with the proof of the draw."""
    raw = written(vector["membership"])

    assert verify_file(raw).ok
    assert verify_file(raw, (FOLDER / vector["proof"]).read_bytes(), CHAINS).failed() == []


@pytest.mark.parametrize("vector", MEMBERSHIPS["wrong"], ids=lambda vector: f"{vector['fails']} {vector['proof']}")
def test_memberships_that_do_not(vector: dict[str, Any]) -> None:
    """The check that is about it fails."""
    report = verify_membership(written(vector["membership"]), (FOLDER / vector["proof"]).read_bytes(), CHAINS)

    assert vector["fails"] in report.failed()
