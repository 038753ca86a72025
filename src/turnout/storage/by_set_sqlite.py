"""by_set on SQLite: `VALUES` lists whose number of rows is a power of two, so that few texts exist and the driver keeps them prepared."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

Names = tuple[str, ...]
Row = tuple[Any, ...]

WIDEST = 128
"""Rows in the widest statement: past it the gain is lost in preparing the text."""

_preparer = sqlite.dialect().identifier_preparer


def insert_new(
    cursor: sqlite3.Cursor, table: sa.Table, columns: Names, rows: Sequence[Row], returning: Names, _mostly_new: bool
) -> list[Row]:
    """See by_set.insert_new.

    Almost always every row is new, and a plain INSERT, which fails as a whole when one is not, is half the price of one that
    reports its rows. What is returned is then known without asking, when all of it was handed in.
    """
    inserted: list[Row] = []
    places = [columns.index(name) for name in returning if name in columns]
    known = len(places) == len(returning)
    width = len(places) if places == list(range(len(places))) else 0  # the first so many columns: a slice, which costs a quarter
    for part in _parts(rows):
        flat = list(chain.from_iterable(part))
        if known:
            try:
                cursor.execute(_insert(table, columns, len(part)), flat)
            except sqlite3.IntegrityError:
                pass  # SQLite has undone this statement alone; the next one says which rows are new
            else:
                inserted.extend([row[:width] if width else tuple([row[place] for place in places]) for row in part])
                continue
        inserted.extend(cursor.execute(_insert_new(table, columns, len(part), returning), flat).fetchall())
    return inserted


def insert_rows(cursor: sqlite3.Cursor, table: sa.Table, columns: Names, rows: Sequence[Row], skip: bool) -> None:
    """See by_set.insert_rows."""
    for part in _parts(rows):
        statement = _insert_new(table, columns, len(part), ()) if skip else _insert(table, columns, len(part))
        cursor.execute(statement, list(chain.from_iterable(part)))


def select_by_keys(
    cursor: sqlite3.Cursor, table: sa.Table, key_columns: Names, keys: Sequence[Row], columns: Names, lock: str | None
) -> list[Row]:
    """See by_set.select_by_keys; keys come sorted when `lock` is given, and SQLite's outer loop keeps that order."""
    found: list[Row] = []
    for part in _parts(keys):
        statement = _select(table, key_columns, columns, len(part))
        found.extend(cursor.execute(statement, list(chain.from_iterable(part))).fetchall())
    return found


def add_counts(cursor: sqlite3.Cursor, table: sa.Table, key_columns: Names, count_columns: Names, rows: Sequence[Row]) -> None:
    """See by_set.add_counts."""
    cursor.executemany(_add_counts(table, key_columns, count_columns), rows)


def update_rows(
    cursor: sqlite3.Cursor, table: sa.Table, key_columns: Names, set_columns: Names, rows: Sequence[Row], where_null: str | None
) -> int:
    """See by_set.update_by_keys. A statement for each row is as fast here as UPDATE … FROM over a list."""
    cursor.executemany(_update(table, key_columns, set_columns, where_null), rows)
    return cursor.rowcount


def delete_by_keys(cursor: sqlite3.Cursor, table: sa.Table, key_columns: Names, keys: Sequence[Row]) -> None:
    """See by_set.delete_by_keys."""
    cursor.executemany(_delete(table, key_columns), keys)


def select_crossed(
    cursor: sqlite3.Cursor, table: sa.Table, key_columns: Names, fixed: int, outer: Sequence[int], inner: Sequence[int], columns: Names
) -> list[Row]:
    """See by_set.select_crossed. Of a list of single integers json_each makes rows as fast as VALUES would, for any number of them."""
    parameters = (json.dumps(outer), json.dumps(inner), fixed)
    return cursor.execute(_select_crossed(table, key_columns, columns), parameters).fetchall()


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start, left, width = 0, len(rows), WIDEST
    while left:
        while width > left:
            width //= 2
        yield rows[start : start + width]
        start += width
        left -= width


def _name(table: sa.Table) -> str:
    return _preparer.format_table(table)


def _list(names: Names) -> str:
    return ", ".join(map(_preparer.quote, names))


def _values(columns: int, rows: int) -> str:
    one = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([one] * rows)}"


@lru_cache(maxsize=4096)
def _insert(table: sa.Table, columns: Names, rows: int) -> str:
    return f"INSERT INTO {_name(table)} ({_list(columns)}) {_values(len(columns), rows)}"


@lru_cache(maxsize=4096)
def _insert_new(table: sa.Table, columns: Names, rows: int, returning: Names) -> str:
    statement = f"{_insert(table, columns, rows)} ON CONFLICT DO NOTHING"
    return f"{statement} RETURNING {_list(returning)}" if returning else statement


@lru_cache(maxsize=4096)
def _select(table: sa.Table, key_columns: Names, columns: Names, rows: int) -> str:
    letters = [f"k{place}" for place in range(len(key_columns))]
    matches = " AND ".join(f"t.{_preparer.quote(name)} = k.{letter}" for name, letter in zip(key_columns, letters, strict=True))
    chosen = ", ".join(f"t.{_preparer.quote(name)}" for name in columns)
    # CROSS JOIN keeps the keys in the outer loop: each is one look-up in the index
    return (
        f"WITH k ({', '.join(letters)}) AS ({_values(len(key_columns), rows)}) "  # noqa: S608 - names come from the metadata
        f"SELECT {chosen} FROM k CROSS JOIN {_name(table)} AS t WHERE {matches}"
    )


@lru_cache(maxsize=512)
def _add_counts(table: sa.Table, key_columns: Names, count_columns: Names) -> str:
    columns = key_columns + count_columns
    sums = ", ".join(f"{name} = {_name(table)}.{name} + excluded.{name}" for name in map(_preparer.quote, count_columns))
    return f"{_insert(table, columns, 1)} ON CONFLICT ({_list(key_columns)}) DO UPDATE SET {sums}"


@lru_cache(maxsize=512)
def _update(table: sa.Table, key_columns: Names, set_columns: Names, where_null: str | None) -> str:
    width = len(key_columns)
    sets = ", ".join(f"{_preparer.quote(name)} = ?{width + place + 1}" for place, name in enumerate(set_columns))
    conditions = [f"{_preparer.quote(name)} = ?{place + 1}" for place, name in enumerate(key_columns)]
    if where_null is not None:
        conditions.append(f"{_preparer.quote(where_null)} IS NULL")
    return f"UPDATE {_name(table)} SET {sets} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names come from the metadata


@lru_cache(maxsize=512)
def _delete(table: sa.Table, key_columns: Names) -> str:
    conditions = " AND ".join(f"{name} = ?" for name in map(_preparer.quote, key_columns))
    return f"DELETE FROM {_name(table)} WHERE {conditions}"  # noqa: S608 - names come from the metadata


@lru_cache(maxsize=512)
def _select_crossed(table: sa.Table, key_columns: Names, columns: Names) -> str:
    chosen = ", ".join(f"t.{_preparer.quote(name)}" for name in columns)
    fixed, outer, inner = (f"t.{_preparer.quote(name)}" for name in key_columns)
    # MATERIALIZED: the inner list is taken apart once, and not again for each member of the outer one
    return (
        "WITH o (v) AS MATERIALIZED (SELECT value FROM json_each(?)), i (v) AS MATERIALIZED (SELECT value FROM json_each(?)) "  # noqa: S608
        f"SELECT {chosen} FROM o CROSS JOIN i CROSS JOIN {_name(table)} AS t WHERE {fixed} = ? AND {outer} = o.v AND {inner} = i.v"
    )
