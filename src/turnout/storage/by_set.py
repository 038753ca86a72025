"""Statements over many rows at once: few round trips and few plans, however many commands a batch holds.

Each statement is generated once per table and columns, kept, and run on the driver's own cursor inside the running transaction.
SQLite gets `VALUES` lists of a power-of-two number of rows, PostgreSQL one array per column and `unnest`. Integer, boolean, text and
binary columns, nullable ones too. Callers may hand in rows in any order; where rows are locked the order is that of their keys. An error
of the driver is raised as the driver's own (sqlite3.Error, psycopg.Error).

Why not SQLAlchemy Core: µs a row, one of two shared cores, Python 3.11, SQLite 3.40 and PostgreSQL 18 over a Unix socket, rows of three
integer keys, an integer and a short text, without the commit; by_set against Core's statement for the same:

    rows in the batch            SQLite 20    SQLite 1,000    PostgreSQL 20    PostgreSQL 1,000
    insert_new                   2.9 / 13.6     2.3 /  8.1      14.4 /  39.0      8.0 /  50.6
    select_by_keys               2.7 / 59.7     2.1 / 16.3       9.7 / 103.7      3.5 / 375.1
    update_by_keys               4.1 / 10.8     3.9 /  7.9       8.7 /  23.3     11.0 /  19.9

On SQLite VALUES beat a JSON parameter with json_each (insert 4.2, select 3.9, update 5.4 against VALUES' 2.2, 1.7 and executemany's 3.5).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import sqlalchemy as sa

from turnout.storage import by_set_postgres, by_set_sqlite

if TYPE_CHECKING:
    from turnout.storage.transaction import Tx

Lock = Literal["share", "update"] | None
Row = tuple[Any, ...]
Names = tuple[str, ...]


class _Engine(Protocol):
    """What by_set_sqlite and by_set_postgres each have."""

    def insert_new(
        self, cursor: Any, table: sa.Table, columns: Names, rows: Sequence[Row], returning: Names, mostly_new: bool
    ) -> list[Row]: ...
    def insert_rows(self, cursor: Any, table: sa.Table, columns: Names, rows: Sequence[Row], skip: bool) -> None: ...
    def select_by_keys(
        self, cursor: Any, table: sa.Table, key_columns: Names, keys: Sequence[Row], columns: Names, lock: str | None
    ) -> list[Row]: ...
    def add_counts(self, cursor: Any, table: sa.Table, key_columns: Names, count_columns: Names, rows: Sequence[Row]) -> None: ...
    def update_rows(
        self, cursor: Any, table: sa.Table, key_columns: Names, set_columns: Names, rows: Sequence[Row], where_null: str | None
    ) -> int: ...
    def delete_by_keys(self, cursor: Any, table: sa.Table, key_columns: Names, keys: Sequence[Row]) -> None: ...
    def select_crossed(
        self, cursor: Any, table: sa.Table, key_columns: Names, fixed: int, outer: Sequence[int], inner: Sequence[int], columns: Names
    ) -> list[Row]: ...


def insert_new(
    tx: "Tx", table: sa.Table, columns: Sequence[str], rows: Sequence[Row], returning: Sequence[str], *, mostly_new: bool = False
) -> list[Row]:
    """Inserts the rows whose unique keys are free and returns, in no particular order, the `returning` columns of those inserted.

    Of several rows with one key the first is taken. On PostgreSQL a key that another transaction is inserting is waited for.
    mostly_new: a key is hardly ever taken, and one that is may be named in PostgreSQL's own log.
    """
    if not rows:
        return []
    return _engine(tx.connection).insert_new(_cursor(tx.connection), table, tuple(columns), rows, tuple(returning), mostly_new)


def insert_rows(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row], *, skip: bool = False) -> None:
    """Inserts all rows. With `skip` those whose unique key is taken are left out, otherwise one of them fails the statement."""
    if rows:
        _engine(connection).insert_rows(_cursor(connection), table, tuple(columns), rows, skip)


def select_by_keys(
    connection: sa.Connection,
    table: sa.Table,
    key_columns: Sequence[str],
    keys: Iterable[Row],
    columns: Sequence[str],
    *,
    lock: Lock = None,
) -> list[Row]:
    """The `columns` of every row with one of these keys; a key may match several rows or none, and counts once however often it is given.

    lock: on PostgreSQL takes the row locks in order of the keys; on SQLite the one writer holds the whole file already. Rows come in
    order of their keys when locked, else in no particular order.
    """
    distinct = sorted(set(keys)) if lock else list(set(keys))
    if not distinct:
        return []
    return _engine(connection).select_by_keys(_cursor(connection), table, tuple(key_columns), distinct, tuple(columns), lock)


def select_crossed(
    connection: sa.Connection,
    table: sa.Table,
    fixed: tuple[str, int],
    some: tuple[str, Sequence[int]],
    others: tuple[str, Sequence[int]],
    columns: Sequence[str],
) -> list[Row]:
    """The `columns` of every row whose first integer key is this, whose second is one of these and whose third is one of those: every pair
    of the two lists is looked up, in one statement, and neither list is repeated. Rows come in no particular order."""
    if not some[1] or not others[1]:
        return []
    key_columns = (fixed[0], some[0], others[0])
    distinct, distinct_others = list(set(some[1])), list(set(others[1]))
    return _engine(connection).select_crossed(_cursor(connection), table, key_columns, fixed[1], distinct, distinct_others, tuple(columns))


def add_counts(
    tx: "Tx", table: sa.Table, key_columns: Sequence[str], count_columns: Sequence[str], rows: Iterable[Row], *, distinct: bool = False
) -> None:
    """Adds to counters: each row is a key and one integer per count column. A key's first row makes it, with these counts; every other
    column of the table needs a default. Rows of one key are added up, and keys are written in order. distinct: no key comes twice, which
    saves the adding up."""
    if distinct:
        merged = sorted(rows)
    else:
        width = len(key_columns)
        sums: dict[Row, Row] = {}
        for row in rows:
            key, counts = row[:width], row[width:]
            earlier = sums.get(key)
            sums[key] = counts if earlier is None else tuple(map(int.__add__, earlier, counts))
        merged = [key + sums[key] for key in sorted(sums)]
    if merged:
        _engine(tx.connection).add_counts(_cursor(tx.connection), table, tuple(key_columns), tuple(count_columns), merged)


def update_by_keys(
    tx: "Tx", table: sa.Table, key_columns: Sequence[str], set_columns: Sequence[str], rows: Iterable[Row], where_null: str | None = None
) -> int:
    """Sets columns of the rows with these keys and returns how many rows changed hands. Each given row is a key and then the new values.

    where_null: only rows in which this column is null are changed: the first one to write it wins.
    """
    return update_rows(tx.connection, table, key_columns, set_columns, rows, where_null)


def delete_by_keys(tx: "Tx", table: sa.Table, key_columns: Sequence[str], keys: Iterable[Row]) -> None:
    """Deletes every row with one of these keys; a key without a row is no matter."""
    distinct = sorted(set(keys))
    if distinct:
        _engine(tx.connection).delete_by_keys(_cursor(tx.connection), table, tuple(key_columns), distinct)


def update_rows(
    connection: sa.Connection,
    table: sa.Table,
    key_columns: Sequence[str],
    set_columns: Sequence[str],
    rows: Iterable[Row],
    where_null: str | None = None,
) -> int:
    """update_by_keys for storage's own statements, which have a connection and no Tx."""
    width = len(key_columns)
    last = {row[:width]: row for row in rows}  # PostgreSQL would take any one of several rows for one key; the last shall win on both
    if not last:
        return 0
    ordered = [last[key] for key in sorted(last)]
    return _engine(connection).update_rows(_cursor(connection), table, tuple(key_columns), tuple(set_columns), ordered, where_null)


def _engine(connection: sa.Connection) -> _Engine:
    return by_set_sqlite if connection.dialect.name == "sqlite" else by_set_postgres


def _cursor(connection: sa.Connection) -> Any:
    if not connection.in_transaction():
        raise RuntimeError("by_set runs inside a transaction: begin one first")
    return connection.connection.cursor()
