"""The chain of revisions, on both engines: from nothing it leads to exactly the tables in code."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import turnout
from tests.postgres_server import PostgresServer
from turnout.storage.database import Database, metadata
from turnout.storage.migrations.__main__ import TABLE_MODULES, import_tables
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.sqlite import SqliteDatabase

import_tables()

MIGRATE = """
import sys
from turnout.storage.postgres import PostgresDatabase
from turnout.storage.sqlite import SqliteDatabase
place = sys.argv[1]
database = PostgresDatabase(place) if place.startswith("postgresql") else SqliteDatabase(place)
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
database.close()
"""


def open_database(place: str) -> Database:
    """The database of a URL or a path."""
    return PostgresDatabase(place) if place.startswith("postgresql") else SqliteDatabase(place)


@contextmanager
def empty_database(engine: str, server: PostgresServer, folder: Path) -> Iterator[str]:
    """The URL or path of a database without any table."""
    if engine == "sqlite":
        yield str(folder / "empty.db")
    else:
        with server.new_database(empty=True) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each engine."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    with empty_database(request.param, server, tmp_path) as found:
        yield found


def described(connection: sa.Connection) -> dict[str, Any]:
    """Every table as the database itself describes it: columns, types, defaults, keys, uniques, indexes, foreign keys, checks."""
    inspector = sa.inspect(connection)
    tables: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        columns = inspector.get_columns(table)
        tables[table] = {
            "columns": {column["name"]: (str(column["type"]), column["nullable"], column["default"]) for column in columns},
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "uniques": sorted((each["name"] or "", each["column_names"]) for each in inspector.get_unique_constraints(table)),
            "indexes": sorted(  # by their names, which are unique
                (
                    each["name"],
                    each["column_names"],
                    bool(each["unique"]),
                    {key: str(value) for key, value in each.get("dialect_options", {}).items()},
                )
                for each in inspector.get_indexes(table)
            ),
            "foreign keys": sorted(
                (each["constrained_columns"], each["referred_table"], each["referred_columns"])
                for each in inspector.get_foreign_keys(table)
            ),
            "checks": sorted((each["name"] or "", each["sqltext"]) for each in inspector.get_check_constraints(table)),
            "options": str(sorted(inspector.get_table_options(table).items())),
        }
        if connection.dialect.name == "sqlite":
            flags = connection.exec_driver_sql("SELECT wr, strict FROM pragma_table_list WHERE name = ?", (table,)).one()
            tables[table]["without rowid, strict"] = tuple(flags)
    return tables


def test_the_chain_leads_to_the_tables_in_code(
    place: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Migrating an empty database gives what creating all tables of the code in another one gives, as the engine describes both; and
    Alembic finds nothing left to do."""
    database = open_database(place)
    database.migrate()
    with database.reading() as connection:
        migrated = described(connection)
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    database.close()
    server = request.getfixturevalue("postgres_server") if database.engine_name == "postgresql" else None
    with empty_database(database.engine_name, server, tmp_path_factory.mktemp("created")) as other_place:
        other = open_database(other_place)
        owner = other.writing(0)
        metadata.create_all(owner._engine)
        with other.reading() as connection:
            created = described(connection)
        other.close()
    assert set(migrated) == set(created) == set(metadata.tables)
    assert migrated == created


def test_every_module_with_tables_is_known() -> None:
    """Whoever writes a revision or compares the schema sees every table: modules that define tables have one of the known names."""
    root = Path(turnout.__file__).parent
    defining = {path.stem for path in root.rglob("*.py") if re.search(r"\bsa\.Table\(", path.read_text()) and "versions" not in path.parts}
    assert defining
    assert defining <= set(TABLE_MODULES)


def test_migrating_again_changes_nothing(place: str) -> None:
    """At the newest revision `migrate` does nothing."""
    database = open_database(place)
    database.migrate()
    with database.reading() as connection:
        before = described(connection)
    database.migrate()
    with database.reading() as connection:
        assert described(connection) == before
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    database.close()


def test_processes_that_start_together(place: str) -> None:
    """Several processes migrate one empty database at the same time: all succeed, and the schema is there."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    database = open_database(place)
    with database.reading() as connection:
        assert set(described(connection)) == set(metadata.tables)
    database.close()
