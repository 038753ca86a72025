"""The catalogue of native callbacks: complete, true, and the same on the page."""

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

import turnout
from tests.dialects.quanshi import facts as survey_facts
from turnout.dialects.contract import DISABLED, TESTED
from turnout.dialects.native import kind_examples as examples
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.native.catalogue import CHOOSABLE, KINDS, MessageKind
from turnout.dialects.native.receiver import _KINDS as KINDS_OF_THE_RECEIVER
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import SurveyFacts
from turnout.kernel.events import Event

PAGE = (Path(__file__).parents[3] / "docs" / "dialects" / "native.md").read_text("utf-8")
DIALECT = NativeCallbacks(examples.IDS)
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


def encoded(event: Event) -> Any:
    """The body of an event's callback, as JSON values."""
    (part,) = DIALECT.plan(event, {})
    return json.loads(DIALECT.encode(event, part, {}))


def validator(kind: MessageKind) -> jsonschema_rs.Draft202012Validator:
    """Of the kind's bodies."""
    return jsonschema_rs.Draft202012Validator(kind.schema, validate_formats=True)


def recorded_kinds() -> set[str]:
    """The kinds of events that some action records: the words in its call of record."""
    return {
        word.value
        for path in Path(turnout.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and (getattr(node.func, "attr", None) or getattr(node.func, "id", "")).removeprefix("_") == "record"
        for word in [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and "." in word.value
    }


STEPS = {
    "survey.drafted",
    "checkin.drafted",
    "draw.drafted",
    "draw.counting",
    "draw.closing",
    "draw.waiting",
    "room.changed",
    "theme.changed",
}
"""Told to who watches, on the socket alone: what a receiver does comes before and after them, or it has made
the change itself, and drafts are the hosts' alone."""


def test_every_kind_of_event_has_its_message() -> None:
    """A kind that is recorded and not in the catalogue would be lost to everybody; one that nothing records would promise too much."""
    assert recorded_kinds() | {TESTED, DISABLED} == set(KINDS) | STEPS
    assert set(CHOOSABLE) == set(KINDS) - {TESTED}


@every_kind
def test_the_schema_is_a_schema(kind: MessageKind) -> None:
    """Of JSON Schema 2020-12, whole in itself."""
    schema = kind.schema

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(schema)
    assert set(_references(schema)) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        return [each for name, inner in schema.items() for each in ([inner] if name == "$ref" else _references(inner))]
    return [each for inner in schema for each in _references(inner)] if isinstance(schema, list) else []


@every_kind
def test_the_example_is_what_is_sent(kind: MessageKind) -> None:
    """It fits its schema, is what the dialect writes for such an event, and shows every member the schema has."""
    example = kind.example

    validator(kind).validate(example)
    assert encoded(examples.event_of(kind.name, kind.facts)) == example
    assert (example["type"], list(example)) == (kind.name, ["type", "timestamp", "data"])
    for name, definition in kind.schema["$defs"].items():
        if definition.get("type") == "object" and name == kind.content.__name__:
            assert set(example["data"]) == set(definition["properties"])


@pytest.mark.parametrize("facts", [facts for facts in vars(survey_facts).values() if isinstance(facts, SurveyFacts)])
@pytest.mark.parametrize("state", State)
def test_whatever_is_sent_fits_the_schema(facts: SurveyFacts, state: State) -> None:
    """Surveys of every kind and state, with questions of every type."""
    kind = KINDS["survey.closed"]
    event = examples.event_of(kind.name, msgspec.structs.replace(facts, state=state))

    validator(kind).validate(encoded(event))


def test_what_does_not_fit_is_found() -> None:
    """The schemas are no rubber stamps."""
    good = KINDS["survey.closed"].example
    without_survey = {name: value for name, value in good["data"].items() if name != "survey"}
    bad = [
        {**good, "type": "survey.opened"},
        {**good, "timestamp": "yesterday"},
        {**good, "data": {**good["data"], "host": None}},
        {**good, "data": {**good["data"], "survey": {**good["data"]["survey"], "answered": "38"}}},
        {**good, "data": without_survey},
    ]
    check = validator(KINDS["survey.closed"])

    assert check.is_valid(good)
    assert [body for body in bad if check.is_valid(body)] == []


def test_an_address_with_secrets_in_it_is_not_passed_on() -> None:
    """One endpoint's receiver need not be another's friend: of the address only the host is told."""
    facts = msgspec.structs.replace(examples.DISABLED, url="https://hooks.example.com:8443/T00/secret?token=abc")
    body = encoded(examples.event_of(DISABLED, facts))

    assert body["data"]["endpoint"]["host"] == "hooks.example.com"
    assert "secret" not in json.dumps(body)
    for target in ("https://hooks.example.com/T00/secret?token=abc", "/T00/secret", "?token=secret"):
        words = f"The receiver answered 302 Found, a redirect to {target}. Redirects are not followed."
        redirected = encoded(examples.event_of(DISABLED, msgspec.structs.replace(facts, last_explanation=words)))
        assert "secret" not in json.dumps(redirected)
        assert redirected["data"]["last_explanation"].endswith("… Redirects are not followed.")
    assert encoded(examples.event_of(TESTED, msgspec.structs.replace(facts, url="")))["data"]["endpoint"]["host"] is None


def test_the_receiver_knows_the_same_kinds() -> None:
    """None of today's kinds comes out as a dict."""
    assert {f"{family}.{what}" for family, all_of_it in KINDS_OF_THE_RECEIVER.items() for what in all_of_it} == set(KINDS)


def kinds_table() -> str:
    """The table of docs/dialects/native.md."""
    lines = ["| `type` | Means | `data` |", "| --- | --- | --- |"]
    for kind in KINDS.values():
        members = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(kind.content))
        lines.append(f"| `{kind.name}` | {kind.description} | {members} |")
    return "\n".join(lines)


def test_the_page_lists_every_kind() -> None:
    """When this fails, put the table it prints into the page."""
    assert kinds_table() in PAGE, f"\n{kinds_table()}"


def test_the_example_on_the_page_is_the_catalogues() -> None:
    """What integrators copy is what comes."""
    shown = PAGE.partition("```json\n")[2].partition("```")[0]

    assert json.loads(shown) == KINDS["survey.closed"].example
