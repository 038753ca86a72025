"""Query parameters nobody knows, and repeated ones, are refused: a misspelt `after` that is ignored lets its sender read the first page for
ever, and of two limits nobody knows which one was meant."""

from functools import cache
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.typing import FieldDefinition

from turnout.kernel.errors import InvalidInput


def _spelled(name: str, field: FieldDefinition) -> str:
    spelled: str | None = getattr(field.kwarg_definition, "name", None)
    return spelled or name


@cache
def _taken(route_handler: BaseRouteHandler) -> dict[str, FieldDefinition]:
    """What the handler takes, and what the dependencies of its own take for it, under the names in the code."""
    found = dict(route_handler.parsed_fn_signature.parameters)
    provided = route_handler.resolve_dependencies()
    for name in route_handler.dependencies or {}:
        found |= provided[name].parsed_fn_signature.parameters
    return found


@cache
def _known(route_handler: BaseRouteHandler) -> dict[str, FieldDefinition]:
    return {_spelled(name, field): field for name, field in _taken(route_handler).items()}


def known_parameters_only(connection: ASGIConnection[Any, Any, Any, Any], route_handler: BaseRouteHandler) -> None:
    """A guard of the framework: raises InvalidInput for a query parameter the handler does not take, and for one that is said twice and
    holds one value. Probes may add what they like."""
    if not connection.scope["path"].startswith("/api/v1/"):
        return
    known = _known(route_handler)
    for name in connection.query_params:
        if name not in known:
            raise InvalidInput("there is no such parameter", field=name)
        if len(connection.query_params.getall(name)) > 1 and not known[name].is_non_string_sequence:
            raise InvalidInput("say this parameter once", field=name)


def taken_as(route_handler: BaseRouteHandler, name: str) -> tuple[str, Any]:
    """How the parameter that a handler takes under this name is spelled in the request, and its type."""
    field = _taken(route_handler).get(name)
    return (name, Any) if field is None else (_spelled(name, field), field.annotation)
