"""The client's call about the catalogue of callbacks."""

from typing import Any

import msgspec

from turnout.dialects.native.calling import Calling


class CallbackKind(msgspec.Struct, frozen=True):
    """A kind of event of which callbacks tell. schema: JSON Schema of the whole body of a native callback; example: such a body."""

    kind: str
    description: str
    schema: dict[str, Any]
    example: dict[str, Any]


class _Kinds(msgspec.Struct):
    kinds: list[CallbackKind]


class KindCalls(Calling):
    """What callbacks tell of."""

    def list_callback_kinds(self) -> list[CallbackKind]:
        """Every kind of event."""
        return self._get("/callbacks/kinds", _Kinds).kinds
