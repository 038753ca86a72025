"""by_set, on both engines: the same statements mean the same, however many rows and whatever text."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
import sqlalchemy as sa

from turnout.storage import by_set
from turnout.storage.database import Database
from turnout.storage.id_blocks import IdSource
from turnout.storage.transaction import Tx

metadata = sa.MetaData()

pairs = sa.Table(
    "pairs",
    metadata,
    sa.Column("left", sa.BigInteger, primary_key=True, autoincrement=False),  # names that SQL reserves must be quoted
    sa.Column("right", sa.Text, primary_key=True),
    sa.Column("order", sa.BigInteger),
    sa.Column("text", sa.Text),
    sa.Column("made_by", sa.Text, server_default="somebody", nullable=False),
    sa.Column("count", sa.BigInteger, server_default="0", nullable=False),
)

TEXTS = ["", "a", "NULL", "null", "{a,b}", '"', "'", "\\", "\\n", "\n", "a,b", "{}", "答题卡", "😀", "%s", "?", "$1", ":name", " a "]


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    """A transaction over an empty table of pairs."""
    owner = database.writing(0)
    metadata.create_all(owner.begin())
    owner.commit()
    yield Tx(owner.begin(), database.engine_name, 1, IdSource())
    owner.close()


def all_pairs(tx: Tx, *columns: str) -> list[tuple[object, ...]]:
    """These columns of every row, in order of the keys."""
    chosen = sa.select(*(pairs.c[name] for name in columns)).order_by(
        pairs.c.left, sa.collate(pairs.c.right, "C") if tx.engine_name == "postgresql" else pairs.c.right
    )
    return [tuple(row) for row in tx.connection.execute(chosen)]


@pytest.mark.parametrize("mostly_new", [False, True])
@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 1000])
def test_insert_new_reports_what_is_new(tx: Tx, count: int, mostly_new: bool) -> None:
    """Only rows whose key is free are inserted and returned; those there already stay as they were."""
    rows = [(number, "x", number, None) for number in range(count)]
    columns = ("left", "right", "order", "text")
    insert_new = partial(by_set.insert_new, tx, pairs, columns, mostly_new=mostly_new)
    assert sorted(insert_new(rows[::3], ("left",))) == [(number,) for number in range(0, count, 3)]
    again = [(number, "x", -1, "again") for number in range(count)]
    new = [number for number in range(count) if number % 3]
    assert sorted(insert_new(again, ("left", "text"))) == [(number, "again") for number in new]
    assert all_pairs(tx, "left", "order") == [(number, -1 if number % 3 else number) for number in range(count)]


def test_insert_new_takes_the_first_of_a_key(tx: Tx) -> None:
    """Of several rows with one key in one call one is inserted and returned, the first."""
    rows = [(1, "x", 10), (2, "x", 20), (1, "x", 11), (2, "x", 21)]
    assert sorted(by_set.insert_new(tx, pairs, ("left", "right", "order"), rows, ("left", "order"))) == [(1, 10), (2, 20)]
    assert all_pairs(tx, "left", "order") == [(1, 10), (2, 20)]


def test_insert_new_returns_what_the_database_fills_in(tx: Tx) -> None:
    """A column with a default can be returned although it was not given."""
    assert by_set.insert_new(tx, pairs, ("left", "right"), [(1, "x")], ("made_by", "left")) == [("somebody", 1)]


def test_nothing_to_do_is_done(tx: Tx) -> None:
    """Every function takes no rows at all."""
    assert by_set.insert_new(tx, pairs, ("left",), [], ("left",)) == []
    by_set.insert_rows(tx.connection, pairs, ("left",), [])
    assert by_set.select_by_keys(tx.connection, pairs, ("left",), [], ("left",)) == []
    by_set.add_counts(tx, pairs, ("left", "right"), ("count",), [])
    assert by_set.update_by_keys(tx, pairs, ("left",), ("order",), []) == 0


def test_a_violated_constraint_is_an_error(tx: Tx) -> None:
    """A row that breaks another constraint than its key is not skipped silently."""
    savepoint = tx.connection.begin_nested()
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        by_set.insert_new(tx, pairs, ("left", "right", "made_by"), [(1, "x", "me"), (2, "x", None)], ("left",))
    savepoint.rollback()
    assert all_pairs(tx, "left") == []
    by_set.insert_rows(tx.connection, pairs, ("left", "right"), [(1, "x")])
    savepoint = tx.connection.begin_nested()
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        by_set.insert_rows(tx.connection, pairs, ("left", "right"), [(1, "x")])
    savepoint.rollback()
    by_set.insert_rows(tx.connection, pairs, ("left", "right"), [(1, "x"), (2, "x")], skip=True)
    assert all_pairs(tx, "left") == [(1,), (2,)]


def test_text_and_integers_arrive_as_they_are(tx: Tx) -> None:
    """Quotes, braces, empty text, null, other scripts and the largest integers come back unchanged, as keys and as values."""
    numbers = [0, -1, 2**53 - 1, 2**63 - 1, -(2**63), 32_767, 32_768, 2**31]
    rows = [(number, text, None if text == "a" else number, None if text == "b" else text) for number in numbers for text in TEXTS]
    columns = ("left", "right", "order", "text")
    assert len(by_set.insert_new(tx, pairs, columns, rows, ("left", "right"))) == len(rows)
    found = by_set.select_by_keys(tx.connection, pairs, ("left", "right"), [row[:2] for row in rows], columns)
    assert sorted(found, key=repr) == sorted(rows, key=repr)
    assert by_set.update_by_keys(tx, pairs, ("left", "right"), ("text",), [(row[0], row[1], row[1] + "!") for row in rows]) == len(rows)
    assert {row[1] for row in all_pairs(tx, "left", "text")} == {text + "!" for text in TEXTS}


@pytest.mark.parametrize("lock", [None, "share", "update"])
def test_select_by_keys(tx: Tx, lock: by_set.Lock) -> None:
    """Each matching row comes once, however often its key is given; a key may match several rows; locked rows come in order."""
    by_set.insert_rows(tx.connection, pairs, ("left", "right", "order"), [(n, right, n) for n in range(300) for right in "xy"])
    keys = [(n,) for n in range(299, -1, -2)] * 2 + [(1000,)]
    found = by_set.select_by_keys(tx.connection, pairs, ("left",), keys, ("left", "right"), lock=lock)
    assert sorted(found) == [(n, right) for n in range(1, 300, 2) for right in "xy"]
    if lock:
        assert [left for left, _ in found] == sorted(left for left, _ in found)


def test_add_counts(tx: Tx) -> None:
    """Counts of a new key begin with what is given; later ones are added; rows of one key are added up, in any order."""
    by_set.add_counts(tx, pairs, ("left", "right"), ("order", "count"), [(2, "x", 1, 10), (1, "x", 1, 10), (2, "x", 1, 5)])
    by_set.add_counts(tx, pairs, ("left", "right"), ("order", "count"), [(2, "x", 1, 100), (3, "x", 0, -1)])
    assert all_pairs(tx, "left", "order", "count") == [(1, 1, 10), (2, 3, 115), (3, 0, -1)]


def test_update_by_keys(tx: Tx) -> None:
    """Rows with the keys change and are counted; keys that match nothing do not; where_null leaves alone what was written before."""
    by_set.insert_rows(tx.connection, pairs, ("left", "right"), [(n, "x") for n in range(300)])
    changes = [(n, "x", n * 2, f"t{n}") for n in range(0, 600, 2)]
    assert by_set.update_by_keys(tx, pairs, ("left", "right"), ("order", "text"), changes) == 150
    assert all_pairs(tx, "left", "order", "text")[:3] == [(0, 0, "t0"), (1, None, None), (2, 4, "t2")]
    first_wins = [(n, -1) for n in range(300)]
    assert by_set.update_by_keys(tx, pairs, ("left",), ("order",), first_wins, where_null="order") == 150
    assert all_pairs(tx, "left", "order")[:3] == [(0, 0), (1, -1), (2, 4)]


def test_the_last_change_of_a_key_wins(tx: Tx) -> None:
    """Several changes of one row in one call: the last one stands, on both engines."""
    by_set.insert_rows(tx.connection, pairs, ("left", "right"), [(1, "x")])
    assert by_set.update_by_keys(tx, pairs, ("left",), ("order",), [(1, 5), (1, 6), (1, 7)]) == 1
    assert all_pairs(tx, "order") == [(7,)]


def test_against_a_dictionary(tx: Tx) -> None:
    """A thousand random statements leave the same rows as the same changes to a dictionary."""
    choose = random.Random(20260105)  # noqa: S311 - the same statements every time
    model: dict[tuple[int, str], list[int | None]] = {}

    def some_keys() -> list[tuple[int, str]]:
        return [(choose.randrange(40), choose.choice("xyz")) for _ in range(choose.choice((1, 3, 17, 150)))]

    def insert() -> None:
        rows = [(*key, choose.choice((None, 1, 2)), choose.randrange(5)) for key in some_keys()]
        new = []
        for left, right, order, count in rows:
            if (left, right) not in model:
                model[left, right] = [order, count]
                new.append((left, right))
        assert sorted(by_set.insert_new(tx, pairs, ("left", "right", "order", "count"), rows, ("left", "right"))) == sorted(new)

    def add() -> None:
        rows = [(*key, choose.randrange(-3, 9)) for key in some_keys()]
        for left, right, count in rows:
            counts = model.setdefault((left, right), [None, 0])
            counts[1] = (counts[1] or 0) + count
        distinct = choose.random() < 0.5
        if distinct:
            rows = [(*key, sum(row[2] for row in rows if row[:2] == key)) for key in {row[:2] for row in rows}]
        by_set.add_counts(tx, pairs, ("left", "right"), ("count",), rows, distinct=distinct)

    def update() -> None:
        rows = list({key: (*key, choose.randrange(9)) for key in some_keys()}.values())
        only_null = choose.random() < 0.5
        changed = 0
        for left, right, order in rows:
            if (left, right) in model and not (only_null and model[left, right][0] is not None):
                model[left, right][0] = order
                changed += 1
        assert by_set.update_by_keys(tx, pairs, ("left", "right"), ("order",), rows, "order" if only_null else None) == changed

    def select() -> None:
        keys = some_keys()
        found = by_set.select_by_keys(tx.connection, pairs, ("left", "right"), keys, ("right", "left", "order", "count"))
        expected = [(right, left, *model[left, right]) for left, right in set(keys) if (left, right) in model]
        assert sorted(found, key=repr) == sorted(expected, key=repr)

    def delete() -> None:
        keys = some_keys()
        by_set.delete_by_keys(tx, pairs, ("left", "right"), keys)
        for key in keys:
            model.pop(key, None)

    statements: list[Callable[[], None]] = [insert, add, update, select, delete]
    for _ in range(1000):
        choose.choice(statements)()
    expected_rows = [(*key, *model[key]) for key in sorted(model)]
    assert all_pairs(tx, "left", "right", "order", "count") == expected_rows


cells = sa.Table(
    "cells",
    metadata,
    *(sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False) for name in ("sheet", "row", "column")),
    sa.Column("shown", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_select_crossed_looks_up_every_pair(tx: Tx, count: int) -> None:
    """Each pair of the two lists is looked up, however often a list names its member; other sheets are left alone."""
    rows = [(sheet, row, column, (row + column) % 2 == 0) for sheet in (1, 2) for row in range(count) for column in range(5)]
    by_set.insert_rows(tx.connection, cells, ("sheet", "row", "column", "shown"), rows)
    wanted, columns = [*range(0, count, 2), 0, 10_000], [1, 3, 3, 77]
    found = by_set.select_crossed(
        tx.connection, cells, ("sheet", 2), ("row", wanted), ("column", columns), ("sheet", "row", "column", "shown")
    )
    expected = [(2, row, column, (row + column) % 2 == 0) for row in range(0, count, 2) for column in (1, 3)]
    assert sorted((sheet, row, column, bool(shown)) for sheet, row, column, shown in found) == expected
    assert by_set.select_crossed(tx.connection, cells, ("sheet", 2), ("row", []), ("column", [1]), ("row",)) == []


def test_booleans(tx: Tx) -> None:
    """Booleans are written and changed like numbers and texts."""
    by_set.insert_rows(tx.connection, cells, ("sheet", "row", "column", "shown"), [(1, 1, 1, False), (1, 1, 2, True)])
    assert by_set.update_by_keys(tx, cells, ("sheet", "row", "column"), ("shown",), [(1, 1, 1, True), (1, 1, 2, False)]) == 2
    shown = sa.select(cells.c.column, cells.c.shown).order_by(cells.c.column)
    assert [tuple(row) for row in tx.connection.execute(shown)] == [(1, True), (2, False)]


def test_outside_a_transaction_it_refuses(database: Database) -> None:
    """Nothing is written or read by set without a transaction around it."""
    owner = database.writing(0)
    connection = owner.begin()
    owner.rollback()
    with pytest.raises(RuntimeError):
        by_set.select_by_keys(connection, pairs, ("left",), [(1,)], ("left",))
    owner.close()


@pytest.mark.parametrize("rows", [[b""], [None, b"\x00\xff", b'"\\x{},NULL'], [b"x" * 70_000, None], [None, None], [bytes(range(256))]])
def test_bytes_stay_as_they_are(tx: Tx, rows: list[bytes | None]) -> None:
    """Written, changed and read, the missing ones among them."""
    octets = sa.Table("octets", sa.MetaData(), sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("body", sa.LargeBinary))
    octets.create(tx.connection)
    numbered = list(enumerate(rows))

    by_set.insert_rows(tx.connection, octets, ("id", "body"), numbered)
    assert sorted(by_set.select_by_keys(tx.connection, octets, ("id",), [(n,) for n, _ in numbered], ("id", "body"))) == numbered

    changed = [(number, (body or b"") + b"!") for number, body in numbered]
    assert by_set.update_by_keys(tx, octets, ("id",), ("body",), changed) == len(rows)
    assert sorted(by_set.select_by_keys(tx.connection, octets, ("id",), [(n,) for n, _ in numbered], ("id", "body"))) == changed
