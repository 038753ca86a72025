"""`turnout serve`, broken on purpose in one of two ways. Whoever checks that no callback is lost must catch both.

forgetful: an event counts as planned one transaction before its deliveries are inserted, as in a service that commits here and enqueues
there. hasty: a delivery counts as acknowledged before its call is made. Everything else is the server's own.
"""

import asyncio
import sys
import time
from typing import Any

from turnout.callbacks import planner
from turnout.callbacks.attempt_rules import Reply
from turnout.callbacks.post import Post
from turnout.cli import main
from turnout.storage import event_log
from turnout.storage.event_log import EventKey
from turnout.storage.transaction import Tx

HOLD_S = 0.2
"""Seconds between what is said and what is done: a slow disk or a slow network, so that a kill finds the gap."""


def broken_server(how: str) -> tuple[str, ...]:
    """The command that runs it. how: forgetful or hasty."""
    return sys.executable, __file__, "serve", how


_take_unplanned = event_log.take_unplanned
_held: list[EventKey] = []


def _take_and_forget(tx: Tx, limit: int) -> list[EventKey]:
    """Deletes the rows of what happened now, and hands out what the transaction before deleted."""
    global _held
    taken, _held = _held, _take_unplanned(tx, limit)
    if _held:
        tx.nudge("unplanned", 0)
    if taken:
        time.sleep(HOLD_S)
    return taken


_post = Post.post
_calls: set[asyncio.Task[object]] = set()


async def _answer_and_post(self: Post, *args: Any, **kwargs: Any) -> Reply:
    """Says 200 and calls later."""

    async def call() -> None:
        await asyncio.sleep(HOLD_S)
        await _post(self, *args, **kwargs)

    task = asyncio.create_task(call())
    _calls.add(task)
    task.add_done_callback(_calls.discard)
    return Reply(200)


if __name__ == "__main__":
    if sys.argv.pop() == "forgetful":
        planner.take_unplanned = _take_and_forget  # type: ignore[attr-defined]  # this is the breakage
    else:
        Post.post = _answer_and_post  # type: ignore[method-assign]  # this is the breakage
    sys.exit(main())
