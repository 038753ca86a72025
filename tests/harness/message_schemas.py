"""Messages that reached a client, held against docs/asyncapi.json."""

import copy
from collections.abc import Iterable
from functools import cache
from typing import Any

import jsonschema_rs

from turnout.asyncapi import asyncapi_document


@cache
def _validators() -> dict[str, jsonschema_rs.Draft202012Validator]:
    """By op, of what the server sends; members that are not described are faults."""
    document = asyncapi_document()
    schemas = copy.deepcopy(document["components"]["schemas"])
    for schema in schemas.values():
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
    channel = document["channels"]["events"]["messages"]
    messages = {name: document["components"]["messages"][name] for name in channel}
    return {
        name: jsonschema_rs.Draft202012Validator({**message["payload"], "components": {"schemas": schemas}})
        for name, message in messages.items()
    }


def find_faults(message: Any, op: str | None = None) -> list[str]:
    """What is wrong with a message from the server; op: of one that does not say it, the event `end`."""
    name = op or message["op"]
    if name not in _validators():
        return [f"the server never sends {name}"]
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in _validators()[name].iter_errors(message)]


def check_messages(messages: Iterable[Any]) -> None:
    """Fails at the first message that is not as the document says."""
    for message in messages:
        faults = find_faults(message)
        assert not faults, (message, faults)
