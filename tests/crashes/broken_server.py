"""`turnout serve`, broken on purpose: acknowledgements of answers leave before the commit. Whoever checks durability must catch this one.

It differs from the server in one thing only: what a batch's answers came to is told as soon as their action has run, and the commit follows
HOLD_S later. Everything else, the order of commands and what is written, is the same. Hosts' commands are told in time, because
their handlers read what they wrote, and would fail for another reason than the one that is to be found.
"""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from typing_extensions import override

from turnout.cli import main
from turnout.storage import group_commit
from turnout.storage.plan import Group, Waiting
from turnout.storage.transaction import Nudge, Tx

BROKEN_SERVER = (sys.executable, __file__, "serve")
"""The command that runs it."""

HOLD_S = 0.2
"""Seconds between the premature acknowledgements and the commit: a slow disk, so that a kill finds the gap."""


class EarlyWriter(group_commit._Writer):
    """Tells outcomes before the commit."""

    @override
    def _write_batches(self) -> None:
        writer = self._batch_writer
        write, run = writer.write, writer._run
        current: list[Waiting] = []

        def write_and_note(batch: Sequence[Waiting]) -> tuple[list[Any], frozenset[Nudge]]:
            nonlocal current
            current = batch  # type: ignore[assignment]  # group commit hands over its list, and reads it again to acknowledge
            return write(batch)

        def run_and_tell(groups: Sequence[Group], size: int, careful: bool) -> tuple[list[Any], Tx]:
            outcomes, tx = run(groups, size, careful)
            early: list[Callable[[], None]] = []
            for place, (action, command, done, lane, order) in enumerate(current):
                if action.name == "submit":
                    early.append(partial(done, command, outcomes[place]))
                    current[place] = (action, command, _ignore, lane, order)  # so that nobody is told twice
            if early:
                self._call_soon_threadsafe(_tell, early)
                time.sleep(HOLD_S)
            return outcomes, tx

        writer.write = write_and_note  # type: ignore[method-assign]  # this is the breakage
        writer._run = run_and_tell  # type: ignore[method-assign]
        super()._write_batches()


def _tell(early: list[Callable[[], None]]) -> None:
    for tell in early:
        tell()


def _ignore(_command: object, _outcome: object) -> None:
    return None


if __name__ == "__main__":
    group_commit._Writer = EarlyWriter  # type: ignore[misc]
    sys.exit(main())
