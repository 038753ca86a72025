"""Walking the OpenAPI document: every operation, filled with ids and bodies. What the walk has not been told about fails."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.flows.live import LiveServer, Reply, send
from tests.flows.parties import Party

BODIES: dict[str, Any] = {
    "startLiveSession": {"title": "taken over"},
    "createSurvey": {"title": "smuggled", "question": {"title": "?", "options": ["A", "B"]}},
}
"""A body that would do for each operation with ids in its path that reads one."""

OWN = {
    "getLogin": None,
    "logIn": None,
    "logOut": None,
    "setPassword": {"current_password": "", "new_password": "another password 1"},
    "getAccount": None,
    "listRooms": None,
    "createRoom": {"title": "mine"},
    "listCallbackEndpoints": None,
    "createCallbackEndpoint": {"url": "http://127.0.0.1:9/x", "dialect": "quanshi"},
}
"""Operations without ids in their path, which are about the caller's own account, each with a body that would do."""

QUERIES = {"after": ("viewer", "delivery"), "limit": ()}
"""Query parameters, each with the kinds of ids it may take."""


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Path, method and operation of each; a walk that finds fewer than there were in the first version has gone wrong."""
    found = [(path, method.upper(), operation) for path, methods in document["paths"].items() for method, operation in methods.items()]
    assert len(found) >= 27
    yield from found


def parameters(operation: Any, place: str) -> list[str]:
    """The names of its parameters in the path or the query."""
    return [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == place]


def ids_for(name: str, party: Party) -> list[str]:
    """What a path parameter may be given: an id of the right kind, or of any kind where it takes any."""
    if name == "id_text":
        return [texts[0] for texts in party.ids.values()] + party.ids["survey"][1:]
    assert name in party.ids, f"a path parameter {name!r} that the walk does not know: say in parties.py which ids it takes"
    return party.ids[name]


def proofs(party: Party) -> list[dict[str, str]]:
    """The ways in which the party can show who it is: API key, and cookie with CSRF token."""
    return [party.customer.key, party.customer.cookie]


def ask(live: LiveServer, method: str, path: str, operation: Any, headers: Mapping[str, str]) -> Reply:
    """Sends the operation, with a body where it reads one."""
    has_body = "requestBody" in operation
    assert not has_body or operation["operationId"] in BODIES, f"{operation['operationId']}: say in BODIES what to send"
    return send(live.base_url, method, path, BODIES[operation["operationId"]] if has_body else None, headers)


def fill(path: str, names: list[str], values: tuple[str, ...]) -> str:
    """The path with the values in place of its parameters."""
    for name, value in zip(names, values, strict=True):
        path = path.replace(f"{{{name}}}", value)
    return path
