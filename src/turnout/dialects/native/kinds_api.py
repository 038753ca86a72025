"""HTTP handler of the catalogue of native callbacks."""

from typing import Any

import msgspec
from litestar import get

from turnout.accounts.caller import Caller
from turnout.dialects.native import catalogue


class KindView(msgspec.Struct, frozen=True):
    """A kind of event of which callbacks tell. schema: JSON Schema (2020-12) of the whole body of a native callback; example: such
    a body."""

    kind: str
    description: str
    schema: dict[str, Any]
    example: dict[str, Any]


class KindsReply(msgspec.Struct, frozen=True):
    """Every kind of event of which native callbacks tell."""

    kinds: list[KindView]


@get("/api/v1/callbacks/kinds", tags=["callbacks"], operation_id="getCallbackKinds", summary="The catalogue of kinds of callbacks")
async def get_kinds(caller: Caller) -> KindsReply:
    """Each kind with what it means, the JSON Schema of its body in the native dialect, and an example."""
    return KindsReply([KindView(*described) for described in catalogue.described()])


ROUTES = [get_kinds]
