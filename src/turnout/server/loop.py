"""The event loop a server runs on: uvloop, with connections taken in by aiofastnet.

It reads and writes a short message for less than uvloop's own streams do, and there is one of each for every answer of a hall. Connections
that are opened, to receivers and other services, stay uvloop's.
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
