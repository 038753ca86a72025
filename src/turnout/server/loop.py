"""The event loop a server runs on: uvloop, with connections taken in by aiofastnet.

Reading and writing a short message costs half of what uvloop's own streams take for it, and there is one for every answer of a hall.
Connections that are opened, to receivers and databases, stay uvloop's.
"""

import asyncio
from functools import partial

import aiofastnet
import uvloop


def new_event_loop() -> asyncio.AbstractEventLoop:
    """For asyncio.Runner(loop_factory=…)."""
    loop = uvloop.new_event_loop()
    loop.create_server = partial(aiofastnet.create_server, loop)  # type: ignore[method-assign]
    return loop
