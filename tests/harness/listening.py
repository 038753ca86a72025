"""A running `turnout callbacks listen`, read line by line."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

PATIENCE_S = 30.0
"""Seconds a test waits for a line before it fails."""


class Listening:
    """url: where it listens. process: the command."""

    def __init__(self, process: subprocess.Popen[str], output: IO[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()
        self.start: dict[str, Any] = self.line()["listening"]
        self.url: str = self.start["url"]
        self.port: int = self.start["port"]

    def line(self) -> Any:
        """The next line, decoded."""
        return json.loads(self._lines.get(timeout=PATIENCE_S))

    def call(self) -> Any:
        """The next line, which tells of a call."""
        return self.line()["call"]

    def stop(self) -> Any:
        """Ctrl-C; the sums in the last line. What was said before and not read is dropped."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE_S) == 0
        self._reader.join(PATIENCE_S)
        lines = [json.loads(line) for line in self._lines.queue]
        return lines[-1]["sums"]

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(line)


@contextmanager
def listening(*arguments: str, port: int = 0) -> Iterator[Listening]:
    """A receiver on this port, or a free one, of this machine, until the context ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TURNOUT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "turnout", "callbacks", "listen", "--json", "--port", str(port), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Listening(process, process.stdout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
