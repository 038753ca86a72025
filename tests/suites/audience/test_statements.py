"""Entering works by set: what a batch costs does not grow with its entries (design 3.1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.fake_clock import FakeClock
from tests.suites.audience.stage import Stage, code_of
from turnout.audience import actions, queries
from turnout.audience.actions import END_VISITS_OF_DEAD, EndVisitsOfDead
from turnout.storage import by_set, by_set_sqlite
from turnout.storage.database import Database

WIDEST = by_set_sqlite.WIDEST
"""Rows in SQLite's widest statement; PostgreSQL's have no bound."""

FEW, MANY = WIDEST // 2, WIDEST
"""Both enough for what PostgreSQL's side of by_set does with many."""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements run: those of SQLAlchemy, and those that by_set runs on the driver's cursor."""
    statements: list[str] = []

    class Counting:
        """A driver's cursor that counts."""

        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def execute(self, statement: str, *parameters: Any) -> Any:
            statements.append(statement)
            return self._cursor.execute(statement, *parameters)

        def executemany(self, statement: str, *parameters: Any) -> Any:
            statements.append(statement)
            return self._cursor.executemany(statement, *parameters)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

    plain = by_set._cursor
    monkeypatch.setattr(by_set, "_cursor", lambda connection: Counting(plain(connection)))

    def on_execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", on_execute)
    yield statements
    event.remove(sa.Engine, "before_cursor_execute", on_execute)


@contextmanager
def spent(ran: list[str], into: dict[str, list[int]], what: str) -> Iterator[None]:
    """Notes how many statements its block runs."""
    ran.clear()
    yield
    into.setdefault(what, []).append(sum("SAVEPOINT" not in statement for statement in ran))  # around what PostgreSQL tries first


def test_every_way_in(stage: Stage, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """New and returning viewers, by nickname, passcode and pass, with and without a limit: as many statements for 128 as for 64."""
    monkeypatch.setattr(actions, "_followers", [])  # interactions count entries too, where another test has imported them
    counts: dict[str, list[int]] = {}
    for size in (FEW, MANY):
        stage.settings(entry="open", viewer_limit=None)
        entries = [stage.entry() for _ in range(size)]
        with spent(ran, counts, "new"):
            entered = stage.batch(entries)
        with spent(ran, counts, "the same again"):
            stage.batch(entries)
        with spent(ran, counts, "by token"):
            stage.batch([stage.entry(viewer=one.viewer.id) for one in entered])
        with spent(ran, counts, "signed"):
            stage.batch([stage.entry(signed=stage.signed(f"u-{size}-{number}")) for number in range(size)])
        with spent(ran, counts, "signed again"):
            stage.batch([stage.entry(signed=stage.signed(f"u-{size}-{number}", name="Li")) for number in range(size)])
        stage.settings(entry="passcode", passcode=f"secret{size}")
        with spent(ran, counts, "wrong passcode"):
            wrong = [stage.entry(passcode="wrong", subject=f"address:{size}.{number}") for number in range(size)]
            assert {code_of(outcome) for outcome in stage.batch(wrong)} == {"wrong_passcode"}
        with spent(ran, counts, "passcode"):
            stage.batch([stage.entry(viewer=one.viewer.id, passcode=f"secret{size}") for one in entered])
        stage.settings(entry="open", viewer_limit=100_000)
        with spent(ran, counts, "with a limit"):
            stage.batch([stage.entry(viewer=one.viewer.id) for one in entered])
    assert all(len(set(numbers)) == 1 for numbers in counts.values()), counts
    least = counts["by token"][0]  # BEGIN apart: rooms, live sessions, viewers, visits
    assert {what: numbers[0] - least for what, numbers in counts.items()} == {
        "new": 1,
        "the same again": 0,
        "by token": 0,
        "signed": 1,
        "signed again": 1,
        "wrong passcode": 3 - 1,
        "passcode": 2,
        "with a limit": 2,
    }
    assert least <= 5


def test_sqlite_finds_rows_by_keys(sqlite_database: Database, clock: FakeClock, ran: list[str]) -> None:
    """Every statement about visits and viewers goes to its rows by an index: without figures about the tables SQLite is easily led to read
    a whole live session for each viewer, which nobody notices in a small one."""
    stage = Stage(sqlite_database, clock)
    stage.settings(entry="passcode", passcode="secret", viewer_limit=50)
    ran.clear()
    entered = [stage.enter(passcode="secret", name=f"Viewer {number}") for number in range(3)]
    stage.enter(signed=stage.signed())
    stage.enter(signed=stage.signed(name="Li"))
    stage.enter(viewer=entered[0].viewer.id)
    stage.leave(entered[0].seat)
    stage.kick(entered[1].viewer.id)
    stage.block(entered[2].viewer.id)
    stage.do(END_VISITS_OF_DEAD, EndVisitsOfDead(0))
    page = stage.people(limit=1)
    stage.people(after=page.next)
    with sqlite_database.reading() as connection:
        queries.list_removed(connection, 0)
        queries.list_blocked(connection, stage.caller.account_id, stage.room.id, None, 10)
    stage.end()
    whole = {"SEARCH visits USING PRIMARY KEY (live_session_id=?)", "SCAN visits", "SCAN viewers"}
    asked = {statement for statement in ran if " visits" in statement or " viewers" in statement}
    assert len(asked) > 15
    with sqlite_database.reading() as connection:
        for statement in asked:
            parameters = (1,) * statement.count("?")
            plan = {row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)}
            counts_everybody = "count(DISTINCT visits.viewer_id)" in statement and "exited_at" not in statement
            stops_early = "SELECT DISTINCT visits.viewer_id" in statement and "LIMIT" in statement
            assert counts_everybody or stops_early or not plan & whole, (statement, plan)
    stage.close()
