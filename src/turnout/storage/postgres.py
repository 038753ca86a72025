"""PostgreSQL through psycopg 3: a few writers, each with a connection of its own, and a pool of readers.

Writers run at READ COMMITTED and take row locks in order; readers at REPEATABLE READ, READ ONLY: one snapshot. A writer's first statement
in every transaction moves its mark in writer_marks from n-1 to n. When the connection is lost while COMMIT is under way, the same
statement on a new connection answers whether it stands: it waits for the row lock as long as the lost transaction lives, and then
finds n (it stands) or n-1 (it does not).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool
from typing_extensions import override

from turnout.storage.database import CommitUnknown, Database, DatabaseUnreachable, Verdict, WriteConnection, metadata
from turnout.storage.migrations import upgrade

writer_marks = sa.Table(
    "writer_marks",
    metadata,
    sa.Column("writer", sa.Text, primary_key=True),  # made up anew by every writer that starts
    sa.Column("batch", sa.BigInteger, nullable=False),  # its last transaction that committed
    sqlite_with_rowid=False,
)

IDLE_IN_TRANSACTION_TIMEOUT_S = 10
"""Seconds after which the server ends a writer's transaction that lies idle, as one does whose client vanished from the network."""

ERASE_TIMEOUT_MS = 500
"""How long an erasure waits for the table, in milliseconds: whoever wants to read it waits behind."""

_MIGRATION_LOCK = 0x7475726E6F7574  # "turnout"

_CONNECT = {
    "connect_timeout": 5,
    "application_name": "turnout",
    # a vanished server is noticed within about 15 s; without meaning on a Unix socket
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}

_SET_UP_WRITER = f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_TIMEOUT_S}s'"
_KEEP_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"

_ADD_MARK = "INSERT INTO writer_marks (writer, batch) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_MOVE_MARK = "UPDATE writer_marks SET batch = %s WHERE writer = %s AND batch = %s"
_REMOVE_MARK = "DELETE FROM writer_marks WHERE writer = %s"

_RERUN = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available
_LOST = frozenset({"25006", "25P03", "53300", "57P01", "57P02", "57P03"})  # read-only, idle, full, shut down, crashed, starting


class PostgresDatabase(Database):
    """The database behind a URL such as postgresql://name:password@host:5432/turnout."""

    engine_name = "postgresql"

    def __init__(self, url: str, writers: int = 2) -> None:
        super().__init__()
        self.writers = writers
        address = sa.make_url(url).set(drivername="postgresql+psycopg")
        # hide_parameters: an error names the statement and never what was written: secrets do not belong into logs
        common: dict[str, Any] = {"connect_args": _CONNECT, "use_native_hstore": False, "hide_parameters": True}
        self._write_engine = sa.create_engine(address, poolclass=NullPool, isolation_level="READ COMMITTED", **common)
        self._read_engine = sa.create_engine(address, pool_size=8, max_overflow=12, isolation_level="REPEATABLE READ", **common)
        event.listen(self._write_engine, "connect", _set_up_writer)
        event.listen(self._read_engine, "connect", _set_up_reader)

    @override
    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._read_engine.connect() as connection, connection.begin():
            yield connection

    @override
    def writing(self, writer: int) -> WriteConnection:
        return PostgresWriteConnection(self._write_engine, f"{secrets.token_hex(8)}:{writer}")

    @override
    def migrate(self) -> None:
        try:
            self._write_engine.connect().close()
        except sa.exc.OperationalError as error:
            raise DatabaseUnreachable(str(error.orig).strip()) from error
        with self._write_engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            upgrade(connection)

    @override
    def erase(self, table: sa.Table) -> bool:
        """TRUNCATE gives the table a new file and takes the old one away at the commit. VACUUM FULL would do so too, but it copies deleted
        rows that some transaction may still see. The table must be unlogged, and its columns without statistics: the write-ahead log and
        pg_statistic are not ours to clean."""
        try:
            with self._write_engine.begin() as connection:
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {ERASE_TIMEOUT_MS}")
                connection.exec_driver_sql(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
                rows = [dict(row._mapping) for row in connection.execute(sa.select(table))]
                connection.exec_driver_sql(f"TRUNCATE TABLE {name}")
                if rows:
                    connection.execute(table.insert(), rows)
        except sa.exc.OperationalError as error:
            if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                return False
            raise
        return True

    @override
    def _close_engines(self) -> None:
        self._read_engine.dispose()
        self._write_engine.dispose()


class PostgresWriteConnection(WriteConnection):
    """One writer with its mark."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        super().__init__(engine)
        self._name = name
        self._batch = 0  # the last transaction known to stand
        self._unknown = False  # the one after it may stand too

    @override
    def begin(self) -> sa.Connection:
        if self._unknown:
            self.did_commit()
        self._connect()
        connection = super().begin()
        if not self._move_mark(connection):
            raise RuntimeError(f"the mark of writer {self._name} was changed by somebody else")
        return connection

    @override
    def commit(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            raise RuntimeError("there is no transaction to commit")
        try:
            transaction.commit()
        except Exception as error:
            lost = self.verdict(error) is Verdict.LOST
            self._drop()
            if not lost:
                raise
            self._unknown = True
            raise CommitUnknown from error
        self._batch += 1

    @override
    def did_commit(self) -> bool:
        self._drop()
        self._connect()
        connection = super().begin()
        try:
            stands = not self._move_mark(connection)
        finally:
            self.rollback()
        self._batch += stands
        self._unknown = False
        return stands

    @override
    def verdict(self, error: BaseException) -> Verdict:
        if isinstance(error, CommitUnknown) or self._is_closed():
            return Verdict.LOST
        original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if not isinstance(original, psycopg.Error):
            return Verdict.POISON
        state = original.sqlstate
        if state in _RERUN:
            return Verdict.RERUN
        # an OperationalError without a state is libpq's own: it could not connect, or the line broke
        if state in _LOST or (state or "").startswith("08") or (state is None and isinstance(original, psycopg.OperationalError)):
            return Verdict.LOST
        return Verdict.POISON

    @override
    def close(self) -> None:
        """Takes the mark away too, where that is still possible; the mark of a process that died stays, one small row."""
        if self._connection is not None and not self._unknown:
            self.rollback()
            try:
                with self._connection.begin():
                    self._connection.exec_driver_sql(_REMOVE_MARK, (self._name,))
            except Exception:  # noqa: BLE001 - only tidying
                self._drop()
        super().close()

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = self._engine.connect()
            try:
                with self._connection.begin():
                    self._connection.exec_driver_sql(_ADD_MARK, (self._name, self._batch))
            except BaseException:
                self._drop()
                raise

    def _move_mark(self, connection: sa.Connection) -> bool:
        return connection.exec_driver_sql(_MOVE_MARK, (self._batch + 1, self._name, self._batch)).rowcount == 1

    def _is_closed(self) -> bool:
        if self._connection is None:
            return False
        if self._connection.invalidated or self._connection.closed:
            return True
        driver = self._connection.connection.driver_connection
        return isinstance(driver, psycopg.Connection) and driver.closed


def _set_up_writer(connection: psycopg.Connection, _record: object) -> None:
    connection.execute(_SET_UP_WRITER)
    connection.execute(_KEEP_DURABLE)
    connection.commit()


def _set_up_reader(connection: psycopg.Connection, _record: object) -> None:
    connection.read_only = True
