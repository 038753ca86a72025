"""Errors as replies: {"error": {"code", "message", "field"?, "retry_after_s"?}}, whatever went wrong and wherever.

TurnoutError keeps its code and status. What the framework finds (no such path, wrong method, a parameter that does not convert) is
translated into the same tree. Anything unexpected is logged with its traceback and answered as `internal`, which tells nothing.
"""

import math
import re
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from turnout.kernel import limits
from turnout.kernel.choices import name_choices
from turnout.kernel.errors import InternalError, InvalidInput, NotFound, TurnoutError
from turnout.server.asgi import Header
from turnout.server.parameters import taken_as

log = structlog.get_logger("turnout.server")

_PATH = re.compile(r" - at `(?:key` in `)?\$(.*?)`$", re.DOTALL)
_MISSING = re.compile(r"Missing required \w+ parameter '(.+?)'")
_NAMED_FIELD = re.compile(r"(?:missing required|contains unknown) field `(.+?)`")


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong. code: stable, documented. message: an English sentence. field: path of the offending field.
    retry_after_s: seconds after which another try makes sense."""

    code: str
    message: str
    field: str | None = None
    retry_after_s: float | None = None


class ErrorOut(msgspec.Struct, frozen=True):
    """The body of every reply with a status of 400 or more."""

    error: ErrorBody


class BodyTooLarge(InvalidInput):
    """The body of the request is too long."""

    code = "body_too_large"
    status = 413


class MethodNotAllowed(InvalidInput):
    """This path does not take this method."""

    code = "method_not_allowed"
    status = 405


def body_too_large(longest: int = limits.MAX_BODY_BYTES) -> BodyTooLarge:
    """The refusal of a body over the limit. longest: in bytes."""
    return BodyTooLarge(f"a body has at most {longest} bytes")


def encode_error(error: TurnoutError) -> tuple[int, bytes, list[Header]]:
    """Status, body and headers of the reply."""
    body = msgspec.json.encode(ErrorOut(ErrorBody(error.code, error.message, error.field, error.retry_after_s)))
    headers = [(b"content-type", b"application/json")]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(math.ceil(error.retry_after_s)).encode()))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    return error.status, body, headers


def of_validation(error: msgspec.ValidationError, wanted: Any) -> InvalidInput:
    """The refusal of a JSON body of the wrong shape, with the path of the field: question.options[2]. wanted: the type it should have."""
    text = str(error)
    path = ""
    found = _PATH.search(text)
    if found:
        text, path = text[: found.start()], found.group(1)
    named = _NAMED_FIELD.search(text)
    if named:
        path += f".{named.group(1)}"
    path = path.lstrip(".")
    return InvalidInput(name_choices(text, wanted, path), field=path or None)


def as_turnout_error(error: Exception) -> TurnoutError:
    """The error of our tree that says the same. Logs what was not expected."""
    if isinstance(error, TurnoutError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error
    if isinstance(error, ValidationException):
        return _of_parameters(error)
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_framework(error)
    if isinstance(error, TurnoutError) and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return error
    log.error("request_failed", exc_info=error)
    return error if isinstance(error, TurnoutError) else InternalError()


def _of_parameters(error: ValidationException) -> InvalidInput:
    first = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    key = str(first.get("key", "")) or None
    if key == "data":
        return InvalidInput("the request needs a JSON body")
    missing = _MISSING.match(error.detail)
    if missing:
        return InvalidInput("this parameter is required", field=missing.group(1))
    return InvalidInput(str(first.get("message") or error.detail), field=key)


def _of_framework(error: HTTPException) -> TurnoutError:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed()
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return body_too_large()
    return InvalidInput(error.detail)


def _of_request(request: Request[Any, Any, Any], error: Exception) -> TurnoutError:
    refusal = as_turnout_error(error)
    if isinstance(error, ValidationException) and refusal.field is not None:
        name, wanted = taken_as(request.route_handler, refusal.field)
        return InvalidInput(name_choices(refusal.message, wanted), field=name)
    return refusal


def _handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status, body, headers = encode_error(_of_request(request, error))
    named = {key.decode(): value.decode() for key, value in headers}
    if isinstance(error, HTTPException) and error.headers:
        named |= {key.lower(): value for key, value in error.headers.items() if key.lower() == "allow"}
    return Response(body, status_code=status, media_type=named.pop("content-type"), headers=named)


HANDLERS: ExceptionHandlersMap = {TurnoutError: _handle, HTTPException: _handle, Exception: _handle}
"""The framework's exception handlers."""
