"""The OpenAPI 3.1 document of the native API: what the framework derives from the handlers, with the errors put right.

The web app's types are generated from it. Every operation has an id, a tag and the error shape of server/errors.py.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from turnout import __version__
from turnout.accounts.caller import CSRF_HEADER, LOGIN_COOKIE
from turnout.kernel import limits
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


_REFUSED = {
    "description": "Refused; `error.code` says why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
}
_CSRF_TOKEN = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The login's token; needed where the cookie proves who calls.",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": limits.MAX_IDEMPOTENCY_KEY_LENGTH},
    "description": "Any text of the caller's. The same request under the same key is carried out once and gets the first outcome.",
}


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The document as JSON-able values."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    schemas = document["components"].setdefault("schemas", {})
    _, shapes = msgspec.json.schema_components([ErrorOut], ref_template="#/components/schemas/{name}")
    schemas |= shapes
    for path in document["paths"].values():
        for method, operation in path.items():
            if isinstance(operation, dict) and "responses" in operation:
                _put_right(method, operation)
    return document


def _put_right(method: str, operation: dict[str, Any]) -> None:
    # the framework documents its own shape for what it refuses; nobody ever gets that
    replies = {status: reply for status, reply in operation["responses"].items() if status < "400"}
    if "204" in replies:
        replies["204"].pop("content", None)
    operation["responses"] = {**replies, "default": _REFUSED}
    headers = []
    if method != "get" and {} not in operation.get("security", []):
        headers.append(_CSRF_TOKEN)
    if method == "post" and "201" in replies:
        headers.append(_IDEMPOTENCY_KEY)
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
