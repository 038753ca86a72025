"""The OpenAPI document: what generated clients rely on."""

from typing import Any

import pytest

from tests.suites.server.harness import Served


@pytest.fixture
async def document(served: Served) -> dict[str, Any]:
    """The document as served."""
    reply = await served.client.get("/api/openapi.json")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    found: dict[str, Any] = reply.json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path."""
    return {(method, path): operation for path, item in document["paths"].items() for method, operation in item.items()}


async def test_it_is_openapi_3_1_of_turnout(document: dict[str, Any]) -> None:
    """With both ways to prove oneself, either of which will do."""
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Turnout"
    schemes = document["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["cookie"]["type"], schemes["cookie"]["in"], schemes["cookie"]["name"]) == ("apiKey", "cookie", "turnout_login")
    assert document["security"] == [{"bearer": []}, {"cookie": []}]


async def test_every_operation_has_a_name_of_its_own_and_our_errors(document: dict[str, Any]) -> None:
    """And none documents a refusal in a shape that nobody ever gets."""
    found = operations(document)
    assert ("post", "/api/v1/login") in found
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    for operation in found.values():
        refusals = {status: reply for status, reply in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(refusals)
        for reply in refusals.values():
            assert reply["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorOut"}
    assert set(document["components"]["schemas"]["ErrorBody"]["required"]) == {"code", "message"}


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """A generator would stop at one that does not."""

    def walk(value: object) -> None:
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                _, components, kind, name = reference.split("/")
                assert name in document[components][kind]
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(document)


async def test_headers_of_changing_requests_are_documented(document: dict[str, Any]) -> None:
    """The CSRF token where a cookie may prove who calls, the idempotency key where something is made."""

    def headers(method: str, path: str) -> set[str]:
        return {entry["name"] for entry in operations(document)[method, path].get("parameters", []) if entry["in"] == "header"}

    assert headers("post", "/api/v1/cards") == {"X-CSRF-Token", "Idempotency-Key"}
    assert headers("delete", "/api/v1/login") == {"X-CSRF-Token"}
    assert headers("post", "/api/v1/login") == set()
    assert headers("get", "/api/v1/account") == set()
