"""Writes tests/vectors/draw/: what every implementation of draw proofs must agree on, byte for byte (docs/draw.md). The Python and the
TypeScript verifier are both tested against these files, and tests/rules/test_draw_vectors.py fails when they are not up to date.

Run by hand: python -m tools.draw_vectors
"""

import json
from pathlib import Path
from typing import Any

from tools.draw_vector_cases import (
    commitment_vectors,
    drand_vectors,
    fingerprint_vectors,
    merkle_vectors,
    selection_vectors,
    stream_vectors,
)
from tools.draw_vector_proofs import example, membership_vectors, proof_files, proof_vectors

FOLDER = Path(__file__).parent.parent / "tests" / "vectors" / "draw"
"""Where the files stand."""


def vectors() -> dict[str, str]:
    """The content of every file, by its name."""
    proofs = proof_files()
    documents: dict[str, Any] = {
        "merkle.json": merkle_vectors(),
        "stream.json": stream_vectors(),
        "selection.json": selection_vectors(),
        "commitment.json": commitment_vectors(),
        "fingerprint.json": fingerprint_vectors(),
        "drand.json": drand_vectors(),
        "proofs.json": proof_vectors(proofs),
        "example.json": example(proofs),
        "memberships.json": membership_vectors(proofs),
        **{f"proofs/{name}.json": proof for name, proof in proofs.items()},
    }
    return {name: json.dumps(document, ensure_ascii=False, indent=1) + "\n" for name, document in documents.items()}


def main() -> None:
    """Writes them."""
    for name, text in vectors().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
