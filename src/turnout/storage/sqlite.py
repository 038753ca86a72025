"""SQLite: one file in write-ahead mode, one writer, any number of readers.

`synchronous=FULL` makes COMMIT return only after the log is on the disk. Writers begin with BEGIN IMMEDIATE, so that a transaction that
has begun never fails for a lock; a lock held by another process (the command line beside the server) is waited for.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.pool import NullPool
from typing_extensions import override

from turnout.storage.database import Database, Verdict, WriteConnection
from turnout.storage.migrations import upgrade

log = structlog.get_logger()

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite itself waits for a lock before it says so, in milliseconds; we then log and wait on."""

ERASE_TIMEOUT_MS = 100
"""How long an erasure waits for readers, in milliseconds: it keeps the writer waiting meanwhile."""

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-65536",  # 64 MiB, so that the hot pages of a busy session stay in memory
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten with zeros: `erase` relies on it
)


class SqliteDatabase(Database):
    """The database in one file. The folder must exist; the file is made by `migrate`."""

    engine_name = "sqlite"
    writers = 1

    def __init__(self, path: Path | str) -> None:
        super().__init__()
        url = sa.URL.create("sqlite", database=str(path))
        # an error names the statement and never what was written: secrets do not belong into logs
        self._write_engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"cached_statements": 1024})
        self._read_engine = sa.create_engine(url, pool_size=5, max_overflow=20, hide_parameters=True)
        for engine in (self._write_engine, self._read_engine):
            event.listen(engine, "connect", _prepare)
        event.listen(self._read_engine, "connect", _forbid_writing)
        event.listen(self._write_engine, "begin", _begin_writing)
        event.listen(self._read_engine, "begin", _begin_reading)

    @override
    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._read_engine.connect() as connection, connection.begin():
            yield connection

    @override
    def writing(self, writer: int) -> WriteConnection:
        return SqliteWriteConnection(self._write_engine)

    @override
    def migrate(self) -> None:
        owner = SqliteWriteConnection(self._write_engine, migrating=True)  # a table is changed by copying and dropping it
        try:
            # BEGIN IMMEDIATE keeps a second process out until the first has finished; SQLite undoes schema changes with the rest
            connection = owner.begin()
            upgrade(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"the migration would leave rows that refer to nothing: {broken[:5]}")
            owner.commit()
        finally:
            owner.close()

    @override
    def erase(self, table: sa.Table) -> bool:
        name = self._write_engine.dialect.identifier_preparer.format_table(table)
        connection = self._write_engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            rows = cursor.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - a name of the metadata
            # pages may hold bytes of cells that were moved within them; a table emptied as a whole has all its pages set to zero
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608
            if rows:
                cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
            cursor.execute("COMMIT")
            cursor.execute(f"PRAGMA busy_timeout={ERASE_TIMEOUT_MS}")
            busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            return False
        finally:
            connection.close()

    @override
    def _close_engines(self) -> None:
        self._read_engine.dispose()
        self._write_engine.dispose()


class SqliteWriteConnection(WriteConnection):
    """The writer of a SQLite file."""

    def __init__(self, engine: sa.Engine, *, migrating: bool = False) -> None:
        """migrating: without foreign keys, and waiting for another process's lock however long it is held."""
        super().__init__(engine)
        self._migrating = migrating

    @override
    def begin(self) -> sa.Connection:
        while True:
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                    if self._migrating:
                        self._connection.connection.cursor().execute("PRAGMA foreign_keys=OFF").close()
                return super().begin()
            except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
                if self.verdict(error) is not Verdict.LOST:
                    raise
                log.warning("database_locked", waited_ms=BUSY_TIMEOUT_MS)
                if not self._migrating:
                    raise  # whoever runs the batch decides how long to go on trying

    @override
    def commit(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            raise RuntimeError("there is no transaction to commit")
        try:
            transaction.commit()
        except Exception:
            self._drop()  # a COMMIT that failed may leave the transaction open; closing the connection undoes it
            raise

    @override
    def did_commit(self) -> bool:
        raise RuntimeError("a commit to SQLite never ends in doubt: there is no connection to lose")

    @override
    def verdict(self, error: BaseException) -> Verdict:
        original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if isinstance(original, sqlite3.OperationalError):
            code = getattr(original, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary result code
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return Verdict.LOST  # another process holds the lock, for as long as it likes
        return Verdict.POISON


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions of its own
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_writing(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _forbid_writing(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON").close()


def _begin_reading(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
