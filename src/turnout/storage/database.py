"""The read and write seam over SQLite and PostgreSQL.

Promise: a read sees one consistent snapshot and never waits for a writer; a write is one transaction on a connection that belongs to
one writer, and is durable when `commit` returns. SQLite has one writer, PostgreSQL a few. Which engine it is, compose.py chooses; the
statements of a domain are the same on both.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from enum import Enum
from typing import Literal, TypeVar

import sqlalchemy as sa

from turnout.kernel import limits
from turnout.kernel.errors import Overloaded
from turnout.kernel.struct_types import know_struct_types

T = TypeVar("T")

EngineName = Literal["sqlite", "postgresql"]

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
"""The one MetaData: every store.py defines its tables on it. Names of constraints are fixed so that a migration can find them again."""

Table = sa.Table
"""For those who hand a table on without looking into it."""

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The type of a table's single id column: BIGINT, and on SQLite the INTEGER PRIMARY KEY that is the row's own address (write it with
autoincrement=False, since ids come from Tx.new_id). A table with a key of several columns says sqlite_with_rowid=False instead."""

READING_THREADS = 4
"""Threads on which `Database.read` runs queries."""

LONG_READING_THREADS = 1
"""Threads on which `Database.read_long` runs queries: they leave the others free for what people wait for."""


class Verdict(Enum):
    """What an error in a transaction means for the batch that met it."""

    RERUN = "rerun"  # deadlock, serialization failure: the same batch may well pass next time
    LOST = "lost"  # the database cannot be reached now, or its lock not be had; the transaction is gone
    POISON = "poison"  # the statement or the code is at fault


class DatabaseUnreachable(Exception):
    """The database did not answer when the process wanted to begin with it. The text says why, without the password."""


class CommitUnknown(Exception):
    """The connection was lost while COMMIT was under way: the transaction may stand or not. WriteConnection.did_commit() tells."""


class WriteConnection(ABC):
    """One writer's connection. Not for two threads at once. It connects at its first `begin`, and again after it was lost."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None
        self._transaction: sa.RootTransaction | None = None

    def begin(self) -> sa.Connection:
        """Begins a write transaction and returns its connection; waits for a lock that another process holds."""
        if self._connection is None:
            self._connection = self._engine.connect()
        self._transaction = self._connection.begin()
        return self._connection

    @abstractmethod
    def commit(self) -> None:
        """Commits; durable on return. Raises CommitUnknown when the connection was lost on the way; after any other error the transaction
        is undone."""

    @abstractmethod
    def did_commit(self) -> bool:
        """After CommitUnknown, on a new connection: whether that transaction stands. Raises when the database is away; ask again."""

    @abstractmethod
    def verdict(self, error: BaseException) -> Verdict:
        """What this error means for the running transaction."""

    def rollback(self) -> None:
        """Undoes the running transaction, if there is one. Never raises: a connection that cannot roll back is dropped."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        try:
            transaction.rollback()
        except Exception:  # noqa: BLE001 - the server undoes what a dropped connection leaves behind
            self._drop()

    def close(self) -> None:
        """Rolls back and closes. A later `begin` connects again."""
        self.rollback()
        self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._transaction = self._connection, None, None
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except Exception:  # noqa: BLE001 - it is gone already
                return


class Database(ABC):
    """One database with its readers and writers. Close it when done; a closed one is of no further use."""

    engine_name: EngineName
    writers: int
    """Number of independent writers; group commit runs one thread for each."""

    def __init__(self) -> None:
        know_struct_types()  # before there is a second thread
        self._reading_threads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="turnout-read")
        self._long_reading_threads = ThreadPoolExecutor(LONG_READING_THREADS, thread_name_prefix="turnout-read-long")
        self._reads = 0  # queries that run or wait, of either kind
        self._long_reads = 0

    @abstractmethod
    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A read-only transaction over one snapshot. Blocks: not for the event loop's thread."""

    @abstractmethod
    def writing(self, writer: int) -> WriteConnection:
        """A new connection owner for the writer of this number (0 … writers-1)."""

    @abstractmethod
    def migrate(self) -> None:
        """Brings the schema to the newest revision. Safe when two processes start together; nothing happens when it is there already."""

    @abstractmethod
    def erase(self, table: sa.Table) -> bool:
        """Takes every trace of rows that were deleted from this small table, in transactions that have committed, out of the database's
        files, its logs included; the rows that stand are kept. Blocks: not for the event loop's thread. False: somebody was in the way;
        ask again. Safe to repeat, and to be killed in the middle."""

    @abstractmethod
    def _close_engines(self) -> None: ...

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """Runs the query with a read connection on a database thread and returns what it returns. Raises Overloaded when too many wait."""
        if self._reads >= limits.MAX_WAITING_READS:
            raise Overloaded(retry_after_s=1)
        self._reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading_threads, self._run_query, query)
        finally:
            self._reads -= 1

    async def read_long(self, query: Callable[[sa.Connection], T]) -> T:
        """The same for a query whose answer may be large, such as a vendor's reply without pages: it waits for others of its kind and never
        keeps the short ones waiting. Raises Overloaded when too many wait."""
        if self._long_reads >= limits.MAX_WAITING_LONG_READS:
            raise Overloaded(retry_after_s=1)
        self._long_reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._long_reading_threads, self._run_query, query)
        finally:
            self._long_reads -= 1

    def _run_query(self, query: Callable[[sa.Connection], T]) -> T:
        try:
            with self.reading() as connection:
                return query(connection)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # a pooled connection whose server was restarted meanwhile; reading twice is harmless
        with self.reading() as connection:
            return query(connection)

    def close(self) -> None:
        """Waits for running reads and closes every pooled connection. Writers close their own."""
        self._reading_threads.shutdown()
        self._long_reading_threads.shutdown()
        self._close_engines()
