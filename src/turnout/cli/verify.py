"""turnout verify: check the proof of a draw, or a membership in it. What it does stands in turnout.verify, which runs without the server's
packages too."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from turnout import verify as verifying
from turnout.cli.output import AsJson


def verify(
    file: Annotated[Path, Parameter(help=verifying.FILE_HELP)],
    /,
    *,
    proof: Annotated[Path | None, Parameter(help=verifying.PROOF_HELP)] = None,
    trust_chain: Annotated[Path | None, Parameter(help=verifying.TRUST_CHAIN_HELP)] = None,
    json: AsJson = False,
) -> int:
    """Check the proof of a draw, or a membership in it. Status 1 when a check fails, 2 when a file cannot be read."""
    return verifying.run(file, proof, trust_chain, as_json=json)
