"""A draw of 10,000 among 1,000,000: the seconds of one processor from the entrants to the proof file, against those of a bare Merkle tree
over the same entrants, and what checking the proof takes a stranger.

What the keeper does is done with the keeper's own functions: the list closed and checked, the tree with all its levels, the round's
signature verified, the selection, the proof with a path for every winner, the file. Reading the list from the database is not in it. The
two take turns, and every round has other entrants. After each the roots must be the same, and the proof must hold.

Run: python -m benchmarks.draws [--rounds N] [--entrants N] [--winners N]. Exit status 1 when it takes longer than promised, or anything is
not right.
"""

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from benchmarks.limits.draws import root_of
from benchmarks.machine import describe_machine
from benchmarks.promised import PROMISED_OF_BARE_TREE
from tools.draw_vector_cases import ROUND_38, TEST_CHAIN
from turnout.proofs.commitment import Commitment, DrandRule, Prize, write_commitment
from turnout.proofs.entrants import ClosedList, Entrant
from turnout.proofs.making import make_proof, write_paper
from turnout.proofs.papers import DrandEntropy
from turnout.proofs.verifying import verify_file

HERE = Path(__file__).parent

PUBLISHED_AT = 1_687_506_919_766
"""Unix milliseconds for which the rule gives round 38, whose signature drand published as a test vector."""

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"

T = TypeVar("T")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entrants", type=int, default=1_000_000)
    parser.add_argument("--winners", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "draws.json")
    return parser.parse_args()


def _entrants(rng: random.Random, count: int) -> list[Entrant]:
    """Viewers in no order, with codes as long as the server's."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add("vw_" + "".join(rng.choices(_LETTERS, k=13)))
    return [Entrant(code) for code in codes]


def _commitment(winners: int) -> str:
    rule = DrandRule(
        TEST_CHAIN.chain, TEST_CHAIN.public_key, "bls-unchained-g1-rfc9380", TEST_CHAIN.period_s, TEST_CHAIN.genesis, delay_s=6
    )
    return write_commitment(
        Commitment(
            draw="dr_5q0v7b2n4t8kd",
            title="Benchmark",
            nonce="0" * 64,
            prizes=[Prize("pz_1c6w9h3s5y0fm", "Cup", winners)],
            who={"kind": "tap"},
            repeat_winners=False,
            weighted=False,
            preferred=[],
            entropy=rule,
        )
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it returns, and the processor seconds it took."""
    gc.collect()
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def _draw(commitment: str, entrants: list[Entrant]) -> tuple[bytes, bytes]:
    """Root and proof file."""
    closed = ClosedList(entrants)
    paper = make_proof(commitment, closed, PUBLISHED_AT, DrandEntropy(38, ROUND_38))
    return closed.root, write_paper(paper)


def _round(rng: random.Random, options: argparse.Namespace) -> dict[str, Any]:
    entrants, commitment = _entrants(rng, options.entrants), _commitment(options.winners)
    bare_root, bare_s = _timed(lambda: root_of(entrants))
    (root, file), draw_s = _timed(lambda: _draw(commitment, entrants))
    report, verify_s = _timed(lambda: verify_file(file, None, [TEST_CHAIN]))
    drawn = 0 if report.drawn is None else len(report.drawn.winners)
    right = root == bare_root and report.ok and drawn == min(options.winners, options.entrants)
    return {"bare_s": bare_s, "draw_s": draw_s, "verify_s": verify_s, "proof_bytes": len(file), "right": right}


def main() -> int:
    """Measures, writes the report, and says whether it is as promised."""
    options = _options()
    rng = random.Random(options.entrants)  # noqa: S311 - made-up codes
    runs = []
    for number in range(options.rounds):
        run = _round(rng, options)
        runs.append(run)
        print(f"{number}: bare tree {run['bare_s']:.2f} s, draw {run['draw_s']:.2f} s, verify {run['verify_s']:.2f} s", flush=True)
    report = {
        "measured_at": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(HERE),
        "shape": {"rounds": options.rounds, "entrants": options.entrants, "winners": options.winners},
        "runs": runs,
        "medians": {name: median(run[name] for run in runs) for name in ("bare_s", "draw_s", "verify_s", "proof_bytes")},
        "of_bare_tree": median(run["draw_s"] / run["bare_s"] for run in runs),
        "verify_of_draw": median(run["verify_s"] / run["draw_s"] for run in runs),
    }
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(f"{report['of_bare_tree']:.2f} of the bare tree, verifying {report['verify_of_draw']:.2f} of the draw")
    return 0 if all(run["right"] for run in runs) and report["of_bare_tree"] <= PROMISED_OF_BARE_TREE else 1


if __name__ == "__main__":
    sys.exit(main())
