"""turnout verify: plain words, a document, and three statuses; and it needs nothing of the server."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.draw_vector_cases import TEST_CHAIN
from tools.draw_vectors import FOLDER
from turnout import verify
from turnout.proofs.verifying import Check, Drawn, Report

PROOF = str(FOLDER / "proofs" / "drand.json")


@pytest.fixture
def chain(tmp_path: Path) -> str:
    """What the chain of the vectors would tell of itself."""
    told = {
        "public_key": TEST_CHAIN.public_key,
        "period": TEST_CHAIN.period_s,
        "genesis_time": TEST_CHAIN.genesis,
        "hash": TEST_CHAIN.chain,
        "groupHash": "",
        "schemeID": TEST_CHAIN.scheme,
        "metadata": {"beaconID": "quicknet-t"},
    }
    (tmp_path / "chain.json").write_text(json.dumps(told))
    return str(tmp_path / "chain.json")


@pytest.fixture
def membership(tmp_path: Path) -> str:
    """A file of somebody who took part in the draw of PROOF."""
    vector = json.loads((FOLDER / "memberships.json").read_text())["hold"][0]
    assert vector["proof"] == "proofs/drand.json"
    (tmp_path / "membership.json").write_text(json.dumps(vector["membership"]))
    return str(tmp_path / "membership.json")


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int) -> Any:
    """The one document of the command."""
    assert verify.main([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_what_holds_is_said_in_plain_words(chain: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a check, what cannot be checked, and the fingerprint to compare."""
    assert verify.main([PROOF, "--trust-chain", chain]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Draw dr_drand0000, 年会抽奖 “Year's end”: drawn, 8 won of 500 entrants."
    assert lines[1] == "Fingerprint " + json.loads(Path(PROOF).read_text())["entrants"]["fingerprint"]
    assert len([line for line in lines if line.startswith("ok ")]) == 12
    assert lines[-1] == "Everything that can be checked holds."


def test_what_does_not_hold_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A chain nobody here knows: status 1, in words and as a document."""
    assert verify.main([PROOF]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "It does not hold: chain."

    found = document(capsys, PROOF, status=1)
    assert not found["ok"]
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["chain"]


def test_a_membership_alone_and_with_its_proof(membership: str, chain: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The second says more: the draw is checked too."""
    assert [check["name"] for check in document(capsys, membership, status=0)["checks"]] == ["format", "path"]
    beside = document(capsys, membership, "--proof", PROOF, "--trust-chain", chain, status=0)
    assert [check["name"] for check in beside["checks"]] == ["format", "path", "proof", "same_draw"]
    assert not document(capsys, membership, "--proof", membership, status=1)["ok"]
    assert not document(capsys, PROOF, "--proof", PROOF, status=1)["ok"]


def test_what_cannot_be_read_has_a_status_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there, a folder, a chain that is none; and what the command does not know."""
    for arguments in ([str(tmp_path / "none")], [str(tmp_path)], [PROOF, "--trust-chain", PROOF], [PROOF, "--proof", "none"]):
        assert document(capsys, *arguments, status=2)["error"]["code"] == "unreadable"
        assert verify.main(arguments) == 2
        assert capsys.readouterr().err.startswith("turnout: ")
    assert verify.main([PROOF, "--trust"]) == 2
    assert verify.main([]) == 2


def test_a_stranger_s_title_moves_no_cursor() -> None:
    """What a file holds is printed without what a terminal obeys."""
    drawn = Drawn("dr_1", "\x1b[2J\nok", "drawn", 0, "", "", 0)

    assert not any("\x1b" in line or "\n" in line for line in verify.lines_of(Report([Check("format", True, "\x1b")], [], drawn)))


NAMES_LOADED = """
import sys
sys.path[:] = {path!r}
import turnout.verify
names = set(sys.modules)
print(sorted({{name.partition(".")[0] for name in names}} - sys.stdlib_module_names - {{"__main__"}}))
print(sorted({{name.split(".")[1] for name in names if name.startswith("turnout.")}}))
"""


def test_it_needs_nothing_of_the_server() -> None:
    """Loaded with it are the kernel, the proofs and msgspec; the curve comes when a signature is looked at."""
    program = NAMES_LOADED.format(path=sys.path)
    ran = subprocess.run([sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True)

    packages, modules = (set(ast.literal_eval(line)) for line in ran.stdout.splitlines())
    assert packages - {"typing_extensions"} == {"msgspec", "turnout"}  # which msgspec takes where it is there
    assert modules == {"kernel", "proofs", "verify"}
