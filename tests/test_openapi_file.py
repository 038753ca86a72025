"""The OpenAPI file in the repository is the server's."""

import json
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[1] / "web/openapi.json"


def test_the_file_is_what_the_server_says() -> None:
    """Clients and the web app's types are made from this file; after a change of routes or structs: make types."""
    # in a process of its own, since tests that send the document's examples put ids of theirs into them
    served = subprocess.run([sys.executable, "-m", "turnout", "openapi"], capture_output=True, timeout=60, check=True)

    assert json.loads(FILE.read_text("utf-8")) == json.loads(served.stdout), "web/openapi.json is stale: make types"
