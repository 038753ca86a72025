"""The servers that are compared: each started on its core with its rooms and open questions, ready to be put under load again and again.

New viewers come with every run, so the same open questions serve all of them and every answer is again a first one. While one server
is under load the others stand idle on the same core.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import turnout
from benchmarks.plan import make_rooms, write_plan
from benchmarks.servers import free_port, python_module, running

QUESTIONS = {"turnout": 160, "limit": 500, "baseline": 24}
"""Open questions of a room, as many as a viewer can answer in a run. Each has to be opened through the API before a run of Turnout,
and the baseline makes all of them ORM objects for each viewer who enters."""


@dataclass(frozen=True, slots=True)
class Hall:
    """How many rooms, and how many viewers enter each in every run."""

    rooms: int
    viewers: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that listens. plan: what the load generator's viewers do there. count_answers: the answers it holds, of all runs."""

    port: int
    process_id: int
    plan: Path
    count_answers: Callable[[], int]


Start = Callable[[Path, Hall, int], AbstractContextManager[Subject]]
"""Starts a subject in an empty folder, for a hall, on a core."""


def _count_rows(path: Path) -> int:
    with sqlite3.connect(path) as database:
        count: int = database.execute("select count(*) from answers").fetchone()[0]
        return count


@contextmanager
def _start_module(folder: Path, hall: Hall, core: int, name: str) -> Iterator[Subject]:
    """The limit or the baseline: a module of this folder that takes a port, a folder and a plan, and keeps NAME.db there."""
    plan, port = folder / "plan.txt", free_port()
    write_plan(make_rooms(hall.rooms, hall.viewers, QUESTIONS[name]), plan)
    package = {"limit": "limits", "baseline": "baseline"}[name]
    command = python_module(f"benchmarks.{package}.answers", port, folder, plan)
    with running(command, port, core, folder / "server.log") as process_id:
        yield Subject(port, process_id, plan, lambda: _count_rows(folder / f"{name}.db"))


@contextmanager
def _start_turnout(folder: Path, hall: Hall, core: int, command: Path) -> Iterator[Subject]:
    plan, port = folder / "plan.txt", free_port()
    environment: Mapping[str, str] = {**os.environ, **turnout.environment_of(folder, port)}
    api_key = turnout.make_account(command, environment)
    with running([str(command), "serve"], port, core, folder / "server.log", environment) as process_id:
        rooms, live_sessions = asyncio.run(turnout.prepare(port, api_key, hall.rooms, hall.viewers, QUESTIONS["turnout"]))
        write_plan(rooms, plan)
        yield Subject(port, process_id, plan, lambda: asyncio.run(turnout.count_answers(port, api_key, live_sessions)))


def starts(turnout_command: Path) -> dict[str, Start]:
    """How to start each subject, by its name; `turnout_command` is the installed program."""
    return {
        "turnout": lambda folder, hall, core: _start_turnout(folder, hall, core, turnout_command),
        "limit": lambda folder, hall, core: _start_module(folder, hall, core, "limit"),
        "baseline": lambda folder, hall, core: _start_module(folder, hall, core, "baseline"),
    }
