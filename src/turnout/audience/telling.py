"""One message to many connections at once, while others are served in between."""

import asyncio
from collections.abc import Callable, Sequence

from turnout.kernel.connection import Connection

_AT_ONCE = 500


async def tell(connections: Sequence[Connection], message: bytes, is_due: Callable[[Connection], bool]) -> None:
    """is_due: asked at the moment of sending, since a connection may have moved on, or be gone, by then."""
    for start in range(0, len(connections), _AT_ONCE):
        for connection in connections[start : start + _AT_ONCE]:
            if is_due(connection):
                connection.send(message)
        await asyncio.sleep(0)
