"""Server processes that begin with everything loaded: a process that has loaded the server, and serves none, splits off one for each start.

Loading is most of what a start costs, and the crash tests start a server a hundred times. What has been split off is a process like any
other: of its own group, to be killed. That `turnout serve` starts from nothing is shown in tests/flows/test_cli.py.
"""

import multiprocessing
import multiprocessing.process
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["turnout.cli.serve", "turnout.compose"])


class ForkedServer:
    """`turnout serve` in a process of its own. The methods are those of subprocess.Popen that tests use."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._process = _context.Process(target=_serve, args=(dict(environment), str(log)))
        self._process.start()
        # when tests end they would wait for it; whoever starts a server ends it (running)
        multiprocessing.process._children.discard(self._process)  # type: ignore[attr-defined]

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, or the signal that ended it as a negative number; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, within_s: float | None = None) -> int:
        """The exit status; raises subprocess.TimeoutExpired."""
        self._process.join(within_s)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("turnout serve", within_s or 0)
        return self._process.exitcode


def _serve(environment: dict[str, str], log: str) -> None:
    os.setsid()  # so that what it starts dies with it, and a Ctrl-C in the terminal is the test's alone
    os.environ.clear()
    os.environ.update(environment)
    silence, written = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for descriptor, opened in ((0, silence), (1, written), (2, written)):
        os.dup2(opened, descriptor)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115 - for as long as it lives
    from turnout.cli import main

    sys.argv = ["turnout", "serve"]
    sys.exit(main(["serve"]))
