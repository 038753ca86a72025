"""What the database says about itself: its schema's revision, and whether a commit is really on the disk when it returns."""

import pkgutil
from dataclasses import dataclass

import sqlalchemy as sa

from turnout.storage.database import Database
from turnout.storage.migrations import versions


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """revision: of the schema in the database, None when it has none. newest: the one this version of Turnout needs. risks: settings under
    which an acknowledged answer could be lost, in words; empty when there are none."""

    revision: str | None
    newest: str
    risks: list[str]


def newest_revision() -> str:
    """The last revision of the chain; file names begin with it."""
    return max(module.name.partition("_")[0] for module in pkgutil.iter_modules(versions.__path__))


def inspect_database(database: Database) -> DatabaseHealth:
    """Looks, and writes nothing. Raises sqlalchemy's errors when the database cannot be reached."""
    if database.engine_name == "postgresql":
        with database.reading() as connection:
            return _look(connection)
    writing = database.writing(0)  # SQLite's settings are those of a connection
    try:
        return _look(writing.begin())
    finally:
        writing.close()


def _look(connection: sa.Connection) -> DatabaseHealth:
    return DatabaseHealth(_revision(connection), newest_revision(), _risks(connection))


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _risks(connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        wanted = {"journal_mode": ("wal",), "synchronous": ("2", "3"), "foreign_keys": ("1",)}  # 2: FULL, 3: EXTRA
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    else:
        # synchronous_commit is no question: every writer keeps it on for itself
        wanted = {"fsync": ("on",), "full_page_writes": ("on",)}
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted}
    return [f"{name} is {value}" for name, value in found.items() if str(value) not in wanted[name]]
