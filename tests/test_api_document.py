"""The OpenAPI document and docs/api.md, held against the server: examples that fit, and every error by its code."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import turnout
from turnout.api_examples import DOCUMENTED
from turnout.api_routes import openapi_document
from turnout.kernel.errors import TurnoutError

ROOT = Path(__file__).parents[1]
DOCUMENT = openapi_document()
OPERATIONS = {
    operation["operationId"]: (method, operation) for methods in DOCUMENT["paths"].values() for method, operation in methods.items()
}


def validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Of a schema of the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


def test_every_operation_is_documented_and_no_other() -> None:
    """A new operation needs a line in turnout.api_examples."""
    assert set(DOCUMENTED) == set(OPERATIONS)


def _bodies(operation: Any) -> Iterator[tuple[str, str, Any]]:
    """Where, media type and content of the request and of every good reply."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "request", media_type, content
    for status, reply in operation["responses"].items():
        if status < "400":
            for media_type, content in reply.get("content", {}).items():
                yield status, media_type, content


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_fit_their_schema(name: str) -> None:
    """Every request and every reply has an example, and it is valid. Bytes that no text can show are let off."""
    _, operation = OPERATIONS[name]
    for where, media_type, content in _bodies(operation):
        if content["schema"].get("format") == "binary":
            continue
        assert content.get("examples"), f"{name}: {where} {media_type} has no example: add it to turnout.api_examples"
        for example in content["examples"].values():
            if media_type == "application/json":
                validator(content["schema"]).validate(example["value"])
            else:
                assert isinstance(example["value"], str)
    has_body = bool(operation.get("requestBody"))
    assert has_body or DOCUMENTED[name].request is None, f"{name} reads no body"


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_least_of_every_number_is_documented(name: str) -> None:
    """The framework leaves out a bound that is 0."""
    _, operation = OPERATIONS[name]
    for parameter in operation.get("parameters", ()):
        for schema in (parameter["schema"], *parameter["schema"].get("oneOf", ())):
            assert schema.get("type") != "integer" or "minimum" in (schema | parameter["schema"]), parameter


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_say_everything(name: str) -> None:
    """An example of a reply shows every member that the reply always has, and knows no member that is none."""
    _, operation = OPERATIONS[name]
    for where, media_type, content in _bodies(operation):
        if media_type != "application/json":
            continue
        for example in content["examples"].values():
            _check_members(content["schema"], example["value"], f"{name} {where}")


def _check_members(schema: Any, value: Any, place: str) -> None:
    schema = _resolved(schema)
    choices = [_resolved(each) for each in schema.get("oneOf", []) + schema.get("anyOf", [])]
    if choices:
        fitting = [each for each in choices if validator(each).is_valid(value)]
        schema = fitting[0]
    if isinstance(value, dict) and "properties" in schema:
        assert set(value) <= set(schema["properties"]), f"{place}: {set(value) - set(schema['properties'])} is in no schema"
        for member, inner in value.items():
            _check_members(schema["properties"][member], inner, f"{place}.{member}")
    if isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            _check_members(schema["items"], inner, f"{place}[{number}]")


def _resolved(schema: Any) -> Any:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_refusal_is_documented_by_code(name: str) -> None:
    """Each status of refusal lists the codes that come with it, with an example of each, in our one shape; none says only `default`."""
    _, operation = OPERATIONS[name]
    refusals = {status: reply for status, reply in operation["responses"].items() if status >= "400"}
    assert "500" in refusals
    assert "default" not in refusals
    for status, reply in refusals.items():
        content = reply["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorOut"}
        assert content["examples"]
        for code, reference in content["examples"].items():
            example = DOCUMENT["components"]["examples"][reference["$ref"].rpartition("/")[2]]["value"]
            assert example["error"]["code"] == code
            validator(content["schema"]).validate(example)
            assert ERRORS[code].status == int(status)
            assert f"`{code}`" in reply["description"]


SHORT = {"listEntryKeys", "listOwnLogins"}
"""Lists that are never long enough for pages, or of which the newest are all that is wanted."""

FOLLOWED = {"readFeed"}
"""Read page by page too, and by no name of a list: their `next` is never null."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_lists_are_paged_alike(name: str) -> None:
    """Whatever has a `next` in its reply takes `after` and `limit`, and what takes `after` has `next`."""
    _, operation = OPERATIONS[name]
    queries = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    replies = [
        _resolved(content["schema"])
        for where, media_type, content in _bodies(operation)
        if (where, media_type) == ("200", "application/json")
    ]
    is_list = name in FOLLOWED or (name.startswith("list") and name not in SHORT)
    assert is_list == any("next" in reply.get("properties", {}) for reply in replies)
    assert is_list == ({"after", "limit"} <= queries)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_creates_takes_an_idempotency_key(name: str) -> None:
    """Every POST that answers 201, and an import, which answers 200 because it may keep nothing; and no other."""
    method, operation = OPERATIONS[name]
    headers = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
    creates = name == "importTemplates" or (method == "post" and "201" in operation["responses"])
    assert ("Idempotency-Key" in headers) == creates


def _all_errors(error: type[TurnoutError]) -> Iterator[type[TurnoutError]]:
    for each in error.__subclasses__():
        yield each
        yield from _all_errors(each)


for _module in pkgutil.walk_packages(turnout.__path__, "turnout."):  # so that every error is known, whichever tests run
    if not _module.name.endswith("__main__") and ".migrations." not in _module.name:
        importlib.import_module(_module.name)

ERRORS = {error.code: error for error in _all_errors(TurnoutError) if error.__module__.startswith("turnout.")}
"""Every error of the program by its code; several errors may share one, with one status."""

NEVER_ANSWERED = {"callback_being_handled", "not_a_callback", "unreadable_callback", "unsupported_callback", "wrong_signature"}
"""Codes of the public clients and receivers, which no server sends."""

BASES = {"conflict", "invalid_answer"}
"""Codes of classes that stand only above others."""


def test_a_code_has_one_status() -> None:
    """A client may go by either."""
    for error in _all_errors(TurnoutError):
        if error.__module__.startswith("turnout."):
            assert error.status == ERRORS[error.code].status, error


def test_the_calls_on_the_page_exist() -> None:
    """docs/api.md shortens four of their paths, and says how."""
    page = (ROOT / "docs/api.md").read_text("utf-8").partition("## What there is")[2].partition("\n## ")[0]
    calls = re.findall(r"`(GET|POST|PUT|PATCH) ([^`]+)`", page)
    live_session = "/live-sessions/{live_session}"
    long = {"ls": live_session, "sv": live_session + "/surveys/{survey}", "ci": live_session + "/checkins/{checkin}"}
    long["dr"] = live_session + "/draws/{draw}"
    whole = [(method.lower(), "/api/v1" + re.sub("^(ls|sv|ci|dr)", lambda short: long[short[0]], path)) for method, path in calls]

    assert len(calls) > 20
    assert [call for call in whole if call[0] not in DOCUMENT["paths"].get(call[1], {})] == []


def test_the_page_lists_every_error() -> None:
    """docs/api.md has one row for each code, with its status."""
    page = (ROOT / "docs/api.md").read_text("utf-8")
    rows = {code: int(status) for code, status in re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", page, re.MULTILINE)}
    assert rows == {code: error.status for code, error in ERRORS.items() if code not in NEVER_ANSWERED | BASES}
