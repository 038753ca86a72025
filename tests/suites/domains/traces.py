"""Where bytes are found in the files of a database: every file of its folder on SQLite, every file of the server's on PostgreSQL."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from turnout.storage.database import Database

_FOLDERS = """
SELECT 'pg_wal/' || name FROM pg_ls_waldir()
UNION ALL SELECT folder || '/' || pg_ls_dir(folder) FROM (
  SELECT 'base/' || oid AS folder FROM pg_database WHERE datname = current_database() UNION ALL SELECT 'global'
) AS folders
"""
_SEARCH = "SELECT coalesce(position(%s::bytea IN pg_read_binary_file(%s, true)), 0) > 0"


def files_with(database: Database, needle: bytes) -> list[str]:
    """The names of the files that hold these bytes, as a copy made now would have them."""
    return _on_sqlite(database, needle) if database.engine_name == "sqlite" else _on_postgres(database, needle)


def _on_sqlite(database: Database, needle: bytes) -> list[str]:
    url = database.writing(0)._engine.url
    folder = Path(url.database or "").parent
    return sorted(path.name for path in folder.iterdir() if path.is_file() and needle in path.read_bytes())


def _on_postgres(database: Database, needle: bytes) -> list[str]:
    engine = database.writing(0)._engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _write_all(connection)
        names: Sequence[str] = connection.exec_driver_sql(_FOLDERS).scalars().all()
        files = [name for name in names if _is_file(connection, name)]
        return sorted(name for name in files if connection.exec_driver_sql(_SEARCH, (needle, name)).scalar())


def _write_all(connection: sa.Connection) -> None:
    """Writes what the server has in memory only: tables, also unlogged ones, which an ordinary checkpoint leaves out, and the log."""
    name = f"turnout_test_{uuid.uuid4().hex}"  # before a database is copied file by file, everything is written
    connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY")
    connection.exec_driver_sql(f"DROP DATABASE {name}")
    connection.exec_driver_sql("SELECT pg_switch_wal()")


def _is_file(connection: sa.Connection, name: str) -> bool:
    is_folder = connection.exec_driver_sql("SELECT isdir FROM pg_stat_file(%s, true)", (name,)).scalar()
    return is_folder is False  # None: gone since it was listed
