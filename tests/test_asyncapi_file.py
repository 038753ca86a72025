"""docs/asyncapi.json is the server's, says everything that is said on a line, and hangs together."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

import turnout
from tests.harness.message_schemas import find_faults
from turnout import asyncapi
from turnout.compose import Server
from turnout.config import Config

FILE = Path(__file__).parents[1] / "docs" / "asyncapi.json"
DOCUMENT = json.loads(json.dumps(asyncapi.asyncapi_document()))
NOT_OURS = ("turnout.rehearsal", "turnout.client", "turnout.dialects", "turnout.storage.migrations", "turnout.__main__")
"""Where clients are, who have messages of their own, and what cannot be imported by itself."""


def test_the_file_is_what_the_server_says() -> None:
    """After a change of a message's struct: make types."""
    assert json.loads(FILE.read_text("utf-8")) == DOCUMENT, "docs/asyncapi.json is stale: make types"


def _message_structs() -> Iterator[type[msgspec.Struct]]:
    """Every struct of the server that has an op."""
    seen: set[type] = set()
    for module in pkgutil.walk_packages(turnout.__path__, "turnout."):
        if module.name.startswith(NOT_OURS):
            continue
        for found in vars(import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, msgspec.Struct) and found.__struct_config__.tag_field == "op":
                if found not in seen:
                    yield found
                seen.add(found)


def test_every_message_struct_is_in_the_document() -> None:
    """Whether the server takes it or sends it; a new one is put into TAKEN or NEWS."""
    structs = list(_message_structs())
    described = {message["payload"]["$ref"].rpartition("/")[2] for message in DOCUMENT["components"]["messages"].values()}

    assert len(structs) > 10
    assert {struct.__name__ for struct in structs} == described - {"End"}
    assert {asyncapi.name_of(struct) for struct in structs} | {"end"} == set(DOCUMENT["components"]["messages"])


def test_the_messages_taken_are_those_that_have_handlers(tmp_path: Path) -> None:
    """What compose hands to the dispatcher, and the dispatcher's own."""
    server = Server(Config(data_dir=str(tmp_path)))
    try:
        routes = {route.message for route in server._socket_routes()}
    finally:
        server.runtime.database.close()

    assert routes | {asyncapi.Ping} == set(asyncapi.TAKEN)


def test_members_that_are_handed_on_as_bytes_are_described() -> None:
    """Their annotations say nothing of what is in them."""
    raw = {(struct, member) for struct in _message_structs() for member in asyncapi.raw_members(struct)}

    assert raw == set(asyncapi._RAW)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_every_reference_leads_somewhere() -> None:
    """And everything in the components is used."""
    found = set(_references(DOCUMENT))
    for reference in found:
        at = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            assert part in at, reference
            at = at[part]
    unused = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named} - found

    assert unused == set()


def test_every_operation_has_what_asyncapi_asks_for() -> None:
    """An action, a channel, messages of that channel, and for commands the channel and the messages of their answers."""
    for name, operation in DOCUMENT["operations"].items():
        assert operation["action"] in ("send", "receive"), name
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])
        assert operation["summary"], name
        if operation["action"] == "receive":
            reply = operation["reply"]
            assert all(message["$ref"].startswith(f"{reply['channel']['$ref']}/messages/") for message in reply["messages"])
            assert reply["messages"][-1]["$ref"].endswith("/refused")
    for name, channel in DOCUMENT["channels"].items():
        assert channel["address"].startswith("/"), name
        parameters = {part[1:-1] for part in channel["address"].split("/") if part.startswith("{")}
        assert parameters == set(channel.get("parameters", {}))


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ({"op": "pong", "id": "a", "now": "2026"}, False),
        ({"op": "pong", "id": "a"}, True),
        ({"op": "pong", "id": "a", "now": "2026", "more": 1}, True),
        ({"op": "unheard_of"}, True),
        ({"op": "enter", "id": "a", "room": "x"}, True),
        ({"op": "online", "viewers": "12"}, True),
        ({"op": "entered", "id": "a", "viewer": {"id": "v", "name": "n", "role": "attendee"}, "token": "t", "now": "n", "mine": []}, True),
        ({"op": "own", "mine": [{"survey": "sv_1"}]}, True),
        ({"op": "own", "mine": []}, False),
    ],
)
def test_faults_are_found(message: Any, fault: bool) -> None:
    """The control of what the flows do with every message that reaches a client: clients may ignore what they do not know, we may not."""
    assert bool(find_faults(message)) is fault
