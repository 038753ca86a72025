"""Running a server from the command line: its loop, its signals, its limit of open files."""

import asyncio
import gc
import resource
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from turnout.server.loop import new_event_loop

T = TypeVar("T")


class Interrupted(Exception):
    """The operator asked to stop before the work was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs it on a loop of its own."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def stop_signals() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets. A second signal ends the process at once, as if nobody caught it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    return stop


async def unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T:
    """The outcome of the work; raises Interrupted, with the work cancelled, when the operator stops it first."""
    task = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise Interrupted
    return await task


def raise_file_limit() -> int:
    """Lets this process have as many open files, and so sockets, as the system allows it; returns how many."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


HANDOVER_S = 0.0005
"""Seconds after which a thread that wants to run is let: with Python's own 5 ms acknowledgements wait for whoever reads or writes."""


def settle() -> None:
    """For a process that goes on for long, once it serves: what has been loaded stays until the end, so the garbage collector shall not
    walk over it again and again, and its threads hand over to each other soon."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(HANDOVER_S)
