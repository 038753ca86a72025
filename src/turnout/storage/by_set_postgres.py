"""by_set on PostgreSQL: one array parameter per column, unfolded by `unnest`, so that one text and one plan serve any number of rows.

Arrays are written as PostgreSQL's own literals: psycopg's lists cost 1.1 µs more for each row of five columns, and change the type of an
array, and so the prepared statement, with the size of its largest integer.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Names = tuple[str, ...]
Row = tuple[Any, ...]

_FEW = 16
"""Fewer rows than these are not worth a savepoint's two statements."""

_dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_preparer = _dialect.identifier_preparer


def insert_new(
    cursor: psycopg.Cursor[Row], table: sa.Table, columns: Names, rows: Sequence[Row], returning: Names, mostly_new: bool
) -> list[Row]:
    """See by_set.insert_new.

    With `mostly_new` a plain INSERT is tried first, which fails as a whole when a row is not new: looking before each row and reporting it
    doubles the price. What is returned is then known without asking, when all of it was handed in.
    """
    arrays = _arrays(rows)
    places = [columns.index(name) for name in returning if name in columns]
    if mostly_new and len(rows) >= _FEW and len(places) == len(returning):
        cursor.execute("SAVEPOINT insert_new")
        try:
            cursor.execute(_insert(table, columns, False, ()), arrays)
        except psycopg.errors.UniqueViolation:
            cursor.execute("ROLLBACK TO SAVEPOINT insert_new")  # the statement below says which rows are new
        else:
            cursor.execute("RELEASE SAVEPOINT insert_new")
            if places == list(range(len(places))):
                return [row[: len(places)] for row in rows]  # the first so many columns: a slice, which costs a quarter
            return [tuple([row[place] for place in places]) for row in rows]
    return cursor.execute(_insert(table, columns, True, returning), arrays).fetchall()


def insert_rows(cursor: psycopg.Cursor[Row], table: sa.Table, columns: Names, rows: Sequence[Row], skip: bool) -> None:
    """See by_set.insert_rows."""
    cursor.execute(_insert(table, columns, skip, ()), _arrays(rows))


def select_by_keys(
    cursor: psycopg.Cursor[Row], table: sa.Table, key_columns: Names, keys: Sequence[Row], columns: Names, lock: str | None
) -> list[Row]:
    """See by_set.select_by_keys. Locks are taken above the sort, so in its order."""
    return cursor.execute(_select(table, key_columns, columns, lock), _arrays(keys)).fetchall()


def add_counts(cursor: psycopg.Cursor[Row], table: sa.Table, key_columns: Names, count_columns: Names, rows: Sequence[Row]) -> None:
    """See by_set.add_counts."""
    cursor.execute(_add_counts(table, key_columns, count_columns), _arrays(rows))


def update_rows(
    cursor: psycopg.Cursor[Row], table: sa.Table, key_columns: Names, set_columns: Names, rows: Sequence[Row], where_null: str | None
) -> int:
    """See by_set.update_by_keys."""
    return cursor.execute(_update(table, key_columns, set_columns, where_null), _arrays(rows)).rowcount


def delete_by_keys(cursor: psycopg.Cursor[Row], table: sa.Table, key_columns: Names, keys: Sequence[Row]) -> None:
    """See by_set.delete_by_keys."""
    cursor.execute(_delete(table, key_columns), _arrays(keys))


def select_crossed(
    cursor: psycopg.Cursor[Row], table: sa.Table, key_columns: Names, fixed: int, outer: Sequence[int], inner: Sequence[int], columns: Names
) -> list[Row]:
    """See by_set.select_crossed."""
    parameters = (_integers(tuple(outer)), _integers(tuple(inner)), fixed)
    return cursor.execute(_select_crossed(table, key_columns, columns), parameters).fetchall()


def _arrays(rows: Sequence[Row]) -> list[str]:
    return [_array(column) for column in zip(*rows, strict=True)]


def _array(column: Row) -> str:
    sample = column[0] if column[0] is not None else next((value for value in column if value is not None), None)
    if isinstance(sample, str):
        return _texts(column)
    return _octets(column) if isinstance(sample, bytes) else _integers(column)


def _octets(column: Row) -> str:
    # two backslashes: the array's own notation takes one away
    return "{" + ",".join(["NULL" if value is None else '"\\\\x' + value.hex() + '"' for value in column]) + "}"


def _integers(column: Row) -> str:
    if None in column:
        return f"{{{','.join(['NULL' if value is None else str(value) for value in column])}}}"
    return f"{{{','.join(map(str, column))}}}"


def _texts(column: Row) -> str:
    if None in column:
        return f"{{{','.join(['NULL' if value is None else _quoted(value) for value in column])}}}"
    everything = "".join(column)
    if '"' in everything or "\\" in everything:
        return f"{{{','.join(map(_quoted, column))}}}"
    return '{"' + '","'.join(column) + '"}'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(table: sa.Table) -> str:
    return _preparer.format_table(table)


def _list(names: Names) -> str:
    return ", ".join(map(_preparer.quote, names))


def _unnest(table: sa.Table, columns: Names) -> str:
    return f"unnest({', '.join(f'%s::{_type(table.c[name])}[]' for name in columns)})"


def _columns(table: sa.Table, columns: Names) -> str:
    """The same as a select list, which PostgreSQL unfolds in step, without keeping the rows aside first."""
    return ", ".join(f"unnest(%s::{_type(table.c[name])}[])" for name in columns)


def _type(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.String):
        return "text"  # a cast to varchar(n) would cut silently; the column itself refuses what is too long
    if isinstance(column.type, sa.Integer | sa.Boolean):
        return column.type.compile(dialect=_dialect)
    if isinstance(column.type, sa.LargeBinary):
        return "bytea"
    raise TypeError(f"{column} is neither an integer, a boolean, a text nor a binary column")


@lru_cache(maxsize=512)
def _insert(table: sa.Table, columns: Names, skip: bool, returning: Names) -> str:
    statement = f"INSERT INTO {_name(table)} ({_list(columns)}) SELECT {_columns(table, columns)}"
    if skip:
        statement += " ON CONFLICT DO NOTHING"
    return f"{statement} RETURNING {_list(returning)}" if returning else statement


@lru_cache(maxsize=512)
def _select(table: sa.Table, key_columns: Names, columns: Names, lock: str | None) -> str:
    letters = [f"k{place}" for place in range(len(key_columns))]
    matches = " AND ".join(f"t.{_preparer.quote(name)} = k.{letter}" for name, letter in zip(key_columns, letters, strict=True))
    chosen = ", ".join(f"t.{_preparer.quote(name)}" for name in columns)
    keys = f"{_unnest(table, key_columns)} AS k ({', '.join(letters)})"
    statement = f"SELECT {chosen} FROM {keys} JOIN {_name(table)} AS t ON {matches}"  # noqa: S608 - names come from the metadata
    if lock is not None:
        order = ", ".join(f"t.{_preparer.quote(name)}" for name in key_columns)
        statement += f" ORDER BY {order} FOR {'SHARE' if lock == 'share' else 'UPDATE'} OF t"
    return statement


@lru_cache(maxsize=512)
def _add_counts(table: sa.Table, key_columns: Names, count_columns: Names) -> str:
    sums = ", ".join(f"{name} = {_name(table)}.{name} + excluded.{name}" for name in map(_preparer.quote, count_columns))
    return f"{_insert(table, key_columns + count_columns, False, ())} ON CONFLICT ({_list(key_columns)}) DO UPDATE SET {sums}"


@lru_cache(maxsize=512)
def _update(table: sa.Table, key_columns: Names, set_columns: Names, where_null: str | None) -> str:
    keys = [f"k{place}" for place in range(len(key_columns))]
    values = [f"v{place}" for place in range(len(set_columns))]
    sets = ", ".join(f"{_preparer.quote(name)} = k.{value}" for name, value in zip(set_columns, values, strict=True))
    conditions = [f"t.{_preparer.quote(name)} = k.{letter}" for name, letter in zip(key_columns, keys, strict=True)]
    if where_null is not None:
        conditions.append(f"t.{_preparer.quote(where_null)} IS NULL")
    given = f"{_unnest(table, key_columns + set_columns)} AS k ({', '.join(keys + values)})"
    return f"UPDATE {_name(table)} AS t SET {sets} FROM {given} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names of the metadata


@lru_cache(maxsize=512)
def _delete(table: sa.Table, key_columns: Names) -> str:
    letters = [f"k{place}" for place in range(len(key_columns))]
    matches = " AND ".join(f"t.{_preparer.quote(name)} = k.{letter}" for name, letter in zip(key_columns, letters, strict=True))
    given = f"{_unnest(table, key_columns)} AS k ({', '.join(letters)})"
    return f"DELETE FROM {_name(table)} AS t USING {given} WHERE {matches}"  # noqa: S608 - names come from the metadata


@lru_cache(maxsize=512)
def _select_crossed(table: sa.Table, key_columns: Names, columns: Names) -> str:
    chosen = ", ".join(f"t.{_preparer.quote(name)}" for name in columns)
    fixed, outer, inner = (f"t.{_preparer.quote(name)}" for name in key_columns)
    return (
        f"SELECT {chosen} FROM unnest(%s::bigint[]) AS o (v) CROSS JOIN unnest(%s::bigint[]) AS i (v) "  # noqa: S608 - names of the metadata
        f"JOIN {_name(table)} AS t ON {fixed} = %s AND {outer} = o.v AND {inner} = i.v"
    )
