"""What the document of our own API says of an operation beyond the shapes of its request and reply."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from turnout.kernel.errors import TurnoutError

FROM_0: Final[dict[str, Any]] = {"minimum": 0}
"""Beside a parameter's `ge=0`: of its bounds the framework documents those that are true, and 0 is not."""


class Documented(msgspec.Struct, frozen=True):
    """request, reply: examples, as JSON values; None where there is no body. refusals: what may be refused beside what the document derives
    for itself from the operation's shape. reply_types: what a reply that is a file may be, with an example of each, or "" for bytes that no
    document shows. creates: it takes an Idempotency-Key though it does not answer 201."""

    request: Any = None
    reply: Any = None
    refusals: tuple[type[TurnoutError], ...] = ()
    reply_types: Mapping[str, Any] = {}
    creates: bool = False
