"""The OpenAPI 3.1 document of the native API: what the framework derives from the handlers, with the errors put right.

The web app's types are generated from it. Every operation has an id, a tag and the error shape of server/errors.py.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from turnout import __version__
from turnout.accounts.caller import LOGIN_COOKIE
from turnout.server.errors import ErrorOut

_DESCRIPTION = """Turnout's own API. Times are RFC 3339 in UTC. Every error has one shape: `{"error": {"code", "message"}}`, with
`field` for an input that cannot be understood and `retry_after_s` where waiting helps.

Prove yourself with an API key (`Authorization: Bearer tk_…`) or with the cookie of a login; with the cookie, requests that change something
also need the header `X-CSRF-Token`, which `POST /api/v1/login` and `GET /api/v1/login` return. Creating requests take an
`Idempotency-Key`: sent again under the same key they return the first outcome."""

CONFIG = OpenAPIConfig(
    title="Turnout",
    version=__version__,
    description=_DESCRIPTION,
    use_handler_docstrings=True,
    security=[{"bearer": []}, {"cookie": []}],
    components=Components(
        security_schemes={
            "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key of the account, tk_…"),
            "cookie": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=LOGIN_COOKIE, description="A host's login."),
        }
    ),
    path="/.openapi",  # the framework's own pages: no request for this path is ever sent to it
)


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The document as JSON-able values."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    schemas = document["components"].setdefault("schemas", {})
    _, shapes = msgspec.json.schema_components([ErrorOut], ref_template="#/components/schemas/{name}")
    schemas |= shapes
    refused = {
        "description": "Refused; `error.code` says why.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
    }
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                # the framework documents its own shape for what it refuses; nobody ever gets that
                good = {status: reply for status, reply in operation["responses"].items() if status < "400"}
                operation["responses"] = {**good, "default": refused}
    return document
