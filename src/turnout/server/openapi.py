"""The OpenAPI 3.1 document of the native API: what the framework derives from the handlers, with the errors put right and examples added.

The web app's types are generated from it. Every operation has an id, a tag, an example of its request and of its reply, and every error it
may answer with, by code (docs/api.md explains them).
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from turnout import __version__
from turnout.accounts.caller import CSRF_HEADER, LOGIN_COOKIE
from turnout.accounts.rules import IdempotencyKeyReused
from turnout.kernel import limits
from turnout.kernel.documented import Documented
from turnout.kernel.errors import InternalError, InvalidInput, NotFound, NotLoggedIn, Overloaded, TooManyRequests, TurnoutError
from turnout.server.auth import CsrfTokenWrong, OriginNotAllowed
from turnout.server.errors import BodyTooLarge, ErrorBody, ErrorOut
from turnout.storage.batch import OutcomeUnknown

_DESCRIPTION = """Turnout's own API. Times are RFC 3339 in UTC. Every error has one shape: `{"error": {"code", "message"}}`, with
`field` for an input that cannot be understood and `retry_after_s` where waiting helps; docs/api.md explains every code.

Prove yourself with an API key (`Authorization: Bearer tk_…`) or with the cookie of a login; with the cookie, requests that change something
also need the header `X-CSRF-Token`, which `POST /api/v1/login` and `GET /api/v1/login` return. Creating requests take an
`Idempotency-Key`: sent again under the same key they return the first outcome. Lists come in pages: `next` of a reply is the next request's
`after`, and null on the last page. Each API key and each login has a rate; the headers `RateLimit-Policy` and `RateLimit` say how it
stands, and 429 comes with `Retry-After`."""

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
    "schema": {"type": "string", "minLength": 1, "maxLength": limits.MAX_IDEMPOTENCY_KEY_LENGTH, "pattern": "^[!-~]+$"},
    "description": "Any text of the caller's. The same request under the same key is carried out once and gets the first outcome.",
}
_HEADERS = {
    "RateLimit-Policy": {
        "description": "How many requests the key or the login may make at once (q), and in how many seconds that many come back (w).",
        "schema": {"type": "string"},
        "example": '"api";q=200;w=4',
    },
    "RateLimit": {
        "description": "How many of them are left (r), and the seconds until there is one more (t).",
        "schema": {"type": "string"},
        "example": '"api";r=199;t=1',
    },
    "Retry-After": {"description": "Seconds after which another try makes sense.", "schema": {"type": "integer"}, "example": 1},
}
_JSON = "application/json"


def openapi_document(app: Litestar, documented: Mapping[str, Documented]) -> dict[str, Any]:
    """The document as JSON-able values. documented: by operation id; an operation that is missing there has no examples."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    components = document["components"]
    _, shapes = msgspec.json.schema_components([ErrorOut], ref_template="#/components/schemas/{name}")
    components["schemas"] = {**components.get("schemas", {}), **shapes}
    components["headers"] = _HEADERS
    examples: dict[str, Any] = {}
    components["examples"] = examples
    for path in document["paths"].values():
        for method, operation in path.items():
            if isinstance(operation, dict) and "responses" in operation:
                _put_right(method, operation, documented.get(operation["operationId"], Documented()), examples)
    return document


def _put_right(method: str, operation: dict[str, Any], notes: Documented, examples: dict[str, Any]) -> None:
    is_proven = {} not in operation.get("security", [])
    # the framework documents its own shape for what it refuses; nobody ever gets that
    replies = {status: reply for status, reply in operation["responses"].items() if status < "400"}
    for status, reply in replies.items():
        if status == "204":
            reply.pop("content", None)
        elif notes.reply_types:
            reply["content"] = _raw(notes.reply_types)
        elif notes.reply is not None:
            reply["content"][_JSON]["examples"] = {"example": {"value": notes.reply}}
    if notes.request is not None:
        operation["requestBody"]["content"][_JSON]["examples"] = {"example": {"value": notes.request}}
    headers = []
    if method != "get" and is_proven:
        headers.append(_CSRF_TOKEN)
    is_creating = notes.creates or (method == "post" and "201" in replies)
    if is_creating:
        headers.append(_IDEMPOTENCY_KEY)
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
    operation["responses"] = replies | _refusals(method, operation, notes, examples, is_proven=is_proven, is_creating=is_creating)
    if is_proven:
        for reply in operation["responses"].values():
            reply["headers"] = {**reply.get("headers", {}), **_named("RateLimit-Policy", "RateLimit")}


def _refusals(
    method: str, operation: dict[str, Any], notes: Documented, examples: dict[str, Any], *, is_proven: bool, is_creating: bool
) -> dict[str, Any]:
    """A response for each status of refusal, with an example for each code that comes with it."""
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    possible: list[type[TurnoutError]] = [InternalError, Overloaded, *notes.refusals]
    if is_proven:
        possible += [NotLoggedIn, TooManyRequests]
        if method != "get":
            possible += [CsrfTokenWrong]
    if method != "get":
        possible += [OriginNotAllowed, OutcomeUnknown]
    if "path" in places or "after" in names:
        possible.append(NotFound)
    if "query" in places:
        possible.append(InvalidInput)
    if "requestBody" in operation:
        possible += [InvalidInput, BodyTooLarge]
    if is_creating:
        possible += [InvalidInput, IdempotencyKeyReused]
    by_status: dict[int, dict[str, type[TurnoutError]]] = {}
    for error in possible:
        by_status.setdefault(error.status, {}).setdefault(error.code, error)
    found = {}
    for status, errors in sorted(by_status.items()):
        for code, error in errors.items():
            examples[code] = {"summary": error().message, "value": _example(error)}
        sentences = [f"`{code}`: {examples[code]['summary']}" for code in sorted(errors)]
        found[str(status)] = {
            "description": "\n".join(sentences),
            "content": {
                _JSON: {
                    "schema": {"$ref": "#/components/schemas/ErrorOut"},
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in sorted(errors)},
                }
            },
        }
        if status in (TooManyRequests.status, Overloaded.status):
            found[str(status)]["headers"] = _named("Retry-After")
    return found


def _example(error: type[TurnoutError]) -> Any:
    waits = error.status in (TooManyRequests.status, Overloaded.status)
    return msgspec.to_builtins(ErrorOut(ErrorBody(error.code, error().message, retry_after_s=1.0 if waits else None)))


def _raw(types: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"schema": {"type": "string"} if isinstance(example, str) else {}, "examples": {"example": {"value": example}}}
        if example
        else {"schema": {"type": "string", "format": "binary"}}
        for name, example in types.items()
    }


def _named(*headers: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
