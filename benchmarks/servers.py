"""Starting a server of a benchmark on its own core, and stopping it."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_START_S = 120.0


class ServerFailed(Exception):
    """A server of the benchmark did not start, or did not stop cleanly."""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def allow_many_connections() -> None:
    """Raises this process's limit of open files, which its children inherit, to the hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def python_module(module: str, *arguments: object) -> list[str]:
    """The command that runs a module of this folder."""
    return [sys.executable, "-m", module, *map(str, arguments)]


@contextmanager
def running(command: Sequence[str], port: int, core: int, log: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Runs the command pinned to one core until it listens on the port; ends it with SIGTERM. Its output goes to `log`.

    Gives the id of its process. Raises ServerFailed when it ends or does not listen within two minutes.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        try:
            _wait_until_listening(process, port, log)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServerFailed(f"the server ended with {process.returncode}: {log.read_text()[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise ServerFailed(f"nothing listens on port {port} after {_START_S:.0f} s: {log.read_text()[-2000:]}")
