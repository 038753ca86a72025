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
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import turnout
from tests.postgres_server import PostgresServer
from turnout.interactions.draw.paper_store import PART_BYTES, load_part, paper_bytes
from turnout.interactions.survey.answer_store import submissions
from turnout.interactions.survey.facts import load_facts
from turnout.interactions.survey.reading_store import load_surveys
from turnout.kernel.ids import DrawId, LiveSessionId, SurveyId
from turnout.storage.database import Database, metadata
from turnout.storage.migrations import alembic_config
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


FIRST_SURVEYS = """
INSERT INTO surveys (live_session_id, id, account_id, room_id, kind, title, state, host_id, host_name, publish_on_close, created_at,
  opened_at, closed_at, closed_by, settled_at, expected)
VALUES (1, 10, 5, 6, 'answer_card', 'Done', 'settled', 7, 'Lin', true, 100, 100, 200, 'host', 200, 3),
       (1, 11, 5, 6, 'answer_card', 'No right one', 'open', 7, 'Lin', false, 100, 150, NULL, NULL, NULL, 2),
       (2, 12, 5, 6, 'answer_card', 'Draft', 'draft', 7, 'Lin', true, 300, NULL, NULL, NULL, NULL, 0);
INSERT INTO questions (live_session_id, id, survey_id, position, type, title, multiple, required, score, options, option_count,
  right_mask, created_at)
VALUES (1, 20, 10, 0, 'choice', '?', true, false, 7, '["A","B","C"]', 3, 6, 100),
       (1, 21, 11, 0, 'choice', '?', false, false, 7, '["A","B"]', 2, 0, 100),
       (2, 22, 12, 0, 'choice', '?', false, false, 0, '["A","B"]', 2, 1, 300);
INSERT INTO answers (live_session_id, question_id, viewer_id, choices, command_id, answered_at)
VALUES (1, 20, 31, 6, 'a', 110), (1, 20, 32, 6, 'b', 120), (1, 20, 33, 1, 'c', 130), (1, 21, 31, 2, 'd', 160);
INSERT INTO survey_tallies (live_session_id, survey_id, version, answered, "right", answering_us)
VALUES (1, 10, 2, 3, 2, 60), (1, 11, 1, 1, 0, 10);
INSERT INTO choice_tallies (live_session_id, survey_id, question_id, choices, count)
VALUES (1, 10, 20, 6, 2), (1, 10, 20, 1, 1), (1, 11, 21, 2, 1);
"""
"""What an installation of the first release may hold."""


def test_answers_become_submissions(place: str) -> None:
    """An installation of the first release keeps every answer, under the command that gave it, and its counts."""
    database = open_database(place)
    with database.writing(0)._engine.begin() as connection:
        upgrade_to(connection, "0001")
        for statement in FIRST_SURVEYS.split(";")[:-1]:
            connection.exec_driver_sql(statement)
    database.migrate()
    with database.reading() as connection:
        given = connection.execute(sa.select(submissions).order_by(submissions.c.survey_id, submissions.c.viewer_id)).all()
        assert [tuple(row) for row in given] == [
            (1, 10, 31, "a", 110, "[6]", 1, 7, 0, "[]"),
            (1, 10, 32, "b", 120, "[6]", 1, 7, 0, "[]"),
            (1, 10, 33, "c", 130, "[1]", 0, 0, 0, "[]"),
            (1, 11, 31, "d", 160, "[2]", 0, 0, 0, "[]"),
        ]
        done, no_right = load_facts(connection, LiveSessionId(1), load_surveys(connection, LiveSessionId(1), [SurveyId(10), SurveyId(11)]))
        (draft,) = load_facts(connection, LiveSessionId(2), load_surveys(connection, LiveSessionId(2), [SurveyId(12)]))
    assert (done.state, done.settled_by, done.answered, done.right, done.points, done.answering_us) == ("settled", "close", 3, 2, 14, 60)
    assert [(each.number, each.count) for each in done.right_numbers] == [(0, 1), (1, 2)]
    assert {tuple(each.options): each.count for each in done.questions[0].combinations} == {(1, 2): 2, (0,): 1}
    assert (no_right.state, no_right.settled_by, no_right.answered, no_right.right_numbers) == ("open", None, 1, [])
    assert (draft.answered, draft.questions[0].right_options, draft.revision) == (0, [0], 0)
    database.close()


def test_proof_files_are_cut_into_parts(place: str) -> None:
    """Those that an earlier version kept whole are read as they were."""
    proofs = {1: bytes(range(256)) * 2_600, 2: b"short", 3: b"x" * PART_BYTES}
    database = open_database(place)
    with database.writing(0)._engine.begin() as connection:
        upgrade_to(connection, "0011")
        papers = sa.table("draw_papers", sa.column("live_session_id"), sa.column("draw_id"), sa.column("proof", sa.LargeBinary()))
        for draw_id, proof in proofs.items():
            connection.execute(papers.insert().values(live_session_id=9, draw_id=draw_id, proof=proof))
    database.migrate()
    with database.reading() as connection:
        for draw_id, proof in proofs.items():
            key = LiveSessionId(9), DrawId(draw_id)
            assert paper_bytes(connection, key) == len(proof)
            assert b"".join(load_part(connection, key, part) for part in range(-(-len(proof) // PART_BYTES))) == proof
        with pytest.raises(LookupError):
            load_part(connection, (LiveSessionId(9), DrawId(2)), 1)
        assert paper_bytes(connection, (LiveSessionId(9), DrawId(4))) is None
    database.close()


def upgrade_to(connection: sa.Connection, revision: str) -> None:
    """Goes no further than this revision."""
    command.upgrade(alembic_config(connection), revision)


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
