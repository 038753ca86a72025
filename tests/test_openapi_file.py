"""The OpenAPI file in the repository is the server's."""

import json
from pathlib import Path

from turnout.compose import openapi_document

FILE = Path(__file__).parents[1] / "web/openapi.json"


def test_the_file_is_what_the_server_says() -> None:
    """Clients and the web app's types are made from this file; after a change of routes or structs: make types."""
    served = json.loads(json.dumps(openapi_document()))

    assert json.loads(FILE.read_text("utf-8")) == served, "web/openapi.json is stale: make types"
