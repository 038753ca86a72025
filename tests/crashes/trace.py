"""Runs a server under strace and reads from its system calls whether any acknowledgement left before what it acknowledges was flushed.

A line of the trace is a call that came back with nothing in between, or one of its two ends (`<unfinished ...>`, `<... resumed>`). strace
stops a thread at both ends of each call and writes the lines in the order of these stops; a thread goes on only after its line is written.
So whatever one call caused stands below it, and the order of the lines is enough: no clock is compared.

The id of a command stands in the frame that brings it, in the row that keeps it, and so in the page of the write-ahead log that holds this
row, and in its answer. Hence, for each command by its own id: first a call that reads it, then one that writes it into the log, then a
flush of the log begun after that write, and only after this flush has returned a call that writes the answer.
"""

import os
import re
import shutil
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.harness.server import SERVE, ServerProcess

_CALLS = "read,recvfrom,recvmsg,readv,write,writev,sendto,sendmsg,pwrite64,pwritev,fdatasync,fsync"

_LINE = re.compile(r"(?P<thread>\d+) +[\d.]+ (?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\()(?P<rest>.*)")
_READS = frozenset({"read", "recvfrom", "recvmsg", "readv"})
_SENDS = frozenset({"write", "writev", "sendto", "sendmsg"})
_LOG_WRITES = frozenset({"pwrite64", "pwritev", "write", "writev"})
_FLUSHES = frozenset({"fdatasync", "fsync"})
_ON_LOG = re.compile(r"\d+<[^>]*turnout\.db-wal>")

# within a string of the trace, quotes are escaped
_COMMAND = re.compile(r'\\"op\\": ?\\"(?:answer|enter)\\", ?\\"id\\": ?\\"([\w-]+)\\"')
_OUTCOME = re.compile(r'\\"op\\": ?\\"(?:accepted|entered)\\", ?\\"id\\": ?\\"([\w-]+)\\"')


@dataclass(slots=True)
class Trace:
    """received, answered: commands whose reading and whose good answer was seen, by id. early: those answered before they were flushed."""

    received: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)


def traced_serve(trace: Path, command: Sequence[str] = SERVE) -> list[str]:
    """The command that runs a server under strace, which writes to the file `trace`. Fails where there is no strace."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is not installed, and only it shows when the server flushes: apt-get install strace")
    return [strace, "-f", "--seccomp-bpf", "-qq", "-ttt", "-y", "-s", "65536", "-e", f"trace={_CALLS}", "-o", str(trace), *command]


def stop_traced(server: ServerProcess) -> None:
    """Ends the server that runs under strace, so that strace writes what it still holds and ends too."""
    for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGTERM)
    server.wait()


def read_trace(lines: Iterable[str]) -> Trace:
    """Judges a trace."""
    found = Trace()
    begun: dict[str, tuple[str, str, int]] = {}  # thread → name, text and first line of the call it is in
    logged: dict[str, int] = {}  # command → the line in which it had been written to the log
    durable: set[str] = set()
    for number, line in enumerate(lines):
        match = _LINE.match(line)
        if match is None:
            continue  # a signal, or a thread's end
        thread, text = match["thread"], match["rest"]
        if match["resumed"]:
            name, beginning, began = begun.pop(thread, (match["resumed"], "", number))
            text = beginning + text
        else:
            name, began = match["name"], number
            if name in _SENDS:  # what leaves, leaves at the earliest when the call begins
                answered = set(_OUTCOME.findall(text))
                found.answered |= answered
                found.early |= answered - durable
        if text.endswith("<unfinished ...>"):
            begun[thread] = (name, text.removesuffix("<unfinished ...>"), number)
        elif name in _READS:
            found.received.update(_COMMAND.findall(text))
        elif name in _LOG_WRITES and _ON_LOG.match(text):
            logged |= {command: number for command in found.received - logged.keys() if command in text}
        elif name in _FLUSHES and _ON_LOG.match(text) and text.endswith("= 0"):
            durable.update(command for command, at in logged.items() if at < began)
    return found
