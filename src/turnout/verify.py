"""Checking the files of a draw: what `turnout verify` does. It needs turnout.proofs and nothing of the server, so that a stranger installs
turnout[verify] and no more.

Exit status: 0 everything holds, 1 a check failed, 2 a file cannot be read or the command was not understood.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from turnout.proofs.bounds import MAX_FILE_BYTES
from turnout.proofs.drand import Chain, read_chain
from turnout.proofs.verifying import Report, verify_file

FILE_HELP = "A proof file, or a membership file."
PROOF_HELP = "With a membership file: the proof file of its draw."
TRUST_CHAIN_HELP = "A file with what a drand chain tells of itself at /info: its rounds are believed as quicknet's are."


class _Unreadable(Exception):
    """A file that is not there, or is not what it should be."""


def run(file: Path, proof: Path | None, trust_chain: Path | None, *, as_json: bool) -> int:
    """Checks, says what holds, and returns the exit status."""
    try:
        chains = [] if trust_chain is None else [_chain_of(trust_chain)]
        report = verify_file(_read(file), None if proof is None else _read(proof), chains)
    except _Unreadable as error:
        if as_json:
            _document({"error": {"code": "unreadable", "message": str(error)}})
        else:
            sys.stderr.write(f"turnout: {_safe(str(error))}\n")
        return 2
    if as_json:
        _document({"ok": report.ok, "checks": report.checks, "remarks": report.remarks, "drawn": report.drawn})
    else:
        _write("\n".join(lines_of(report)))
    return 0 if report.ok else 1


def main(arguments: Sequence[str]) -> int:
    """The command where the server's packages, and with them its command line, are not installed."""
    parser = argparse.ArgumentParser(
        prog="turnout verify", description="Check the proof of a draw, or a membership in it.", allow_abbrev=False
    )
    parser.add_argument("file", type=Path, help=FILE_HELP)
    parser.add_argument("--proof", type=Path, help=PROOF_HELP)
    parser.add_argument("--trust-chain", type=Path, help=TRUST_CHAIN_HELP)
    parser.add_argument("--json", action="store_true", dest="as_json", help="Print exactly one JSON document.")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:  # argparse has said why
        return ended.code if isinstance(ended.code, int) else 2
    return run(given.file, given.proof, given.trust_chain, as_json=given.as_json)


def lines_of(report: Report) -> list[str]:
    """The report for a person."""
    drawn, lines = report.drawn, []
    if drawn is not None:
        lines += [
            f"Draw {drawn.draw}, {drawn.title}: {drawn.state}, {len(drawn.winners):,} won of {drawn.count:,} entrants.",
            f"Fingerprint {drawn.fingerprint}",
            "",
        ]
    width = max(len(check.name) for check in report.checks)
    lines += [f"{'ok    ' if check.ok else 'FAILED'}  {check.name:<{width}}  {check.text}" for check in report.checks]
    lines += ["", *(f"Note: {remark}" for remark in report.remarks)] if report.remarks else []
    failed = ", ".join(report.failed())
    lines += ["", f"It does not hold: {failed}." if failed else "Everything that can be checked holds."]
    return [_safe(line) for line in lines]


def _read(path: Path) -> bytes:
    """The file, or a byte more than any may have."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _Unreadable(f"{path} cannot be read: {error.strerror}") from None


def _chain_of(path: Path) -> Chain:
    try:
        return read_chain(_read(path))
    except ValueError as error:
        raise _Unreadable(f"{path} does not describe a drand chain: {error}") from None


def _safe(text: str) -> str:
    """What a stranger wrote, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _document(value: object) -> None:
    _write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
