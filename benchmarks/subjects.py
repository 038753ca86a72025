"""The servers whose answers are measured, each ready to be put under load again and again.

New viewers come with every run, so the same open surveys serve all of them and every answer is again a first one. While one server
is under load the others stand idle on the same core.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import turnout
from benchmarks.plan import make_rooms, write_plan
from benchmarks.postgres import Postgres, count_answers, new_database
from benchmarks.servers import free_port, python_module, running

SURVEYS = {
    "turnout": 160,
    "limit": 500,
    "baseline": 24,
    "turnout_exams": 160,
    "limit_exams": 400,
    "turnout_postgres": 120,
    "limit_postgres": 300,
}
"""Open surveys of a room, as many as a viewer can answer in a run. Each has to be opened through the API before a run of Turnout, and the
baseline makes all of them ORM objects for each viewer who enters."""

AGAINST = {"limit": "turnout", "baseline": "turnout", "limit_exams": "turnout_exams", "limit_postgres": "turnout_postgres"}
"""What is compared with what."""


@dataclass(frozen=True, slots=True)
class Hall:
    """How many rooms, and how many viewers enter each in every run."""

    rooms: int
    viewers: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that listens. process_ids: its own and its database server's. plan: what the load generator's viewers do there.
    count_answers: the submissions it holds, of all runs."""

    port: int
    process_ids: tuple[int, ...]
    plan: Path
    count_answers: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how subjects run. turnout: the installed program; postgres: where one is needed."""

    hall: Hall
    core: int
    turnout: Path
    postgres: Postgres | None


def _count_file(path: Path) -> int:
    with sqlite3.connect(path) as database:
        count: int = database.execute("select count(*) from answers").fetchone()[0]
        return count


@contextmanager
def _start_module(folder: Path, setting: Setting, name: str, module: str, file: str) -> Iterator[Subject]:
    """The limit or the baseline on SQLite: a module of this folder that takes a port, a folder and a plan, and keeps `file` there."""
    plan, port = folder / "plan.txt", free_port()
    write_plan(make_rooms(setting.hall.rooms, setting.hall.viewers, SURVEYS[name], exams=name.endswith("exams")), plan)
    with running(python_module(module, port, folder, plan), port, setting.core, folder / "server.log") as process_id:
        yield Subject(port, (process_id,), plan, lambda: _count_file(folder / file))


@contextmanager
def _start_limit_on_postgres(folder: Path, setting: Setting) -> Iterator[Subject]:
    plan, port = folder / "plan.txt", free_port()
    write_plan(make_rooms(setting.hall.rooms, setting.hall.viewers, SURVEYS["limit_postgres"]), plan)
    assert setting.postgres is not None
    with new_database(setting.postgres.url) as url:
        command = python_module("benchmarks.limits.postgres", port, url)
        with running(command, port, setting.core, folder / "server.log") as process_id:
            yield Subject(port, (process_id, setting.postgres.process_id), plan, lambda: count_answers(url))


@contextmanager
def _start_turnout(folder: Path, setting: Setting, name: str, database_url: str = "") -> Iterator[Subject]:
    plan, port, hall = folder / "plan.txt", free_port(), setting.hall
    environment: Mapping[str, str] = {**os.environ, **turnout.environment_of(folder, port, database_url)}
    api_key = turnout.make_account(setting.turnout, environment)
    with running([str(setting.turnout), "serve"], port, setting.core, folder / "server.log", environment) as process_id:
        rooms, live_sessions = asyncio.run(
            turnout.prepare(port, api_key, hall.rooms, hall.viewers, SURVEYS[name], exams=name.endswith("exams"))
        )
        write_plan(rooms, plan)
        yield Subject(port, (process_id,), plan, lambda: asyncio.run(turnout.count_answers(port, api_key, live_sessions)))


@contextmanager
def _start_turnout_on_postgres(folder: Path, setting: Setting) -> Iterator[Subject]:
    assert setting.postgres is not None
    with new_database(setting.postgres.url) as url, _start_turnout(folder, setting, "turnout_postgres", url) as subject:
        yield replace(subject, process_ids=(*subject.process_ids, setting.postgres.process_id))


def start(name: str, folder: Path, setting: Setting) -> AbstractContextManager[Subject]:
    """Starts the subject of this name in an empty folder."""
    match name:
        case "turnout" | "turnout_exams":
            return _start_turnout(folder, setting, name)
        case "turnout_postgres":
            return _start_turnout_on_postgres(folder, setting)
        case "limit_postgres":
            return _start_limit_on_postgres(folder, setting)
        case "limit" | "limit_exams":
            return _start_module(folder, setting, name, "benchmarks.limits.sqlite", "limit.db")
        case _:
            return _start_module(folder, setting, name, "benchmarks.baseline.answers", "baseline.db")
