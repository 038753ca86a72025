"""The event log: what happened, numbered within its stream, in the transaction in which it happened.

A stream is a live session, or an account for what belongs to no live session. Its row in event_streams is locked while an event is
numbered, so numbers are without gaps and commit in order: a reader that follows one stream skips none. There is no global cursor
(under several writers it skips: tests/races/test_global_cursor.py); instead each event also leaves a row in `unplanned`, which the
callback planner deletes in the transaction that inserts the deliveries owed.
"""

import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId
from turnout.storage import by_set
from turnout.storage.database import metadata

if TYPE_CHECKING:
    from turnout.storage.transaction import Tx

event_streams = sa.Table(
    "event_streams",
    metadata,
    sa.Column("stream_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False),  # changes only when history was lost, by a restore
    sqlite_with_rowid=False,
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("stream_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),  # JSON
    sa.Index("events_of_account", "account_id", "at", "stream_id", "number"),
    sqlite_with_rowid=False,
)

unplanned = sa.Table(
    "unplanned",
    metadata,
    sa.Column("stream_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

EventRow = tuple[int, int, AccountId, str, Instant, str]
"""A row of events, its columns in order."""

_COLUMNS = ("stream_id", "number", "account_id", "kind", "at", "facts")


class EventKey(NamedTuple):
    """By which an event is known."""

    stream_id: int
    number: int


# Read several times a second for each live session with listeners, so built once.
@lru_cache(maxsize=16)
def _events_after(bare: tuple[str, ...]) -> sa.Select[Any]:
    facts = sa.case((events.c.kind.in_(bare), ""), else_=events.c.facts) if bare else events.c.facts
    return (
        sa.select(*(events.c[name] for name in _COLUMNS[:-1]), facts.label("facts"))
        .where(events.c.stream_id == sa.bindparam("stream_id"), events.c.number > sa.bindparam("after"))
        .order_by(events.c.number)
        .limit(sa.bindparam("limit"))
    )


_HEAD = sa.select(event_streams.c.epoch, event_streams.c.last_number).where(event_streams.c.stream_id == sa.bindparam("stream_id"))


def read_events(connection: sa.Connection, stream_id: int, after: int, limit: int, *, bare: tuple[str, ...] = ()) -> list[Event]:
    """At most `limit` events of the stream with numbers above `after`, in order. bare: kinds that come without their facts, which may be
    large."""
    chosen = connection.execute(_events_after(bare), {"stream_id": stream_id, "after": after, "limit": limit})
    return [_event(row) for row in chosen]


def stream_head(connection: sa.Connection, stream_id: int) -> tuple[str, int]:
    """The stream's epoch and the number of its last event; ("", 0) for a stream without events."""
    row = connection.execute(_HEAD, {"stream_id": stream_id}).first()
    return ("", 0) if row is None else (row.epoch, row.last_number)


def take_unplanned(tx: "Tx", limit: int) -> list[EventKey]:
    """Takes at most `limit` events for which nobody has planned deliveries yet, in order within each stream.

    Their `unplanned` rows are deleted in this transaction, so exactly one taker that commits gets each event. On PostgreSQL rows that
    another transaction is taking are skipped, and so are later events of the same stream: deliveries of one stream are planned in order.
    """
    if tx.engine_name == "postgresql":
        taken = tx.connection.exec_driver_sql(_TAKE_POSTGRES, (limit,)).all()
    else:
        taken = tx.connection.exec_driver_sql(_TAKE_SQLITE, (limit,)).all()
    return sorted(EventKey(row[0], row[1]) for row in taken)


def load_events(connection: sa.Connection, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Event]:
    """These events, by (stream, number)."""
    rows = by_set.select_by_keys(connection, events, ("stream_id", "number"), keys, _COLUMNS)
    return {(row[0], row[1]): _event(row) for row in rows}


def lock_streams(connection: sa.Connection, stream_ids: Iterable[int]) -> dict[int, int]:
    """Locks these streams in order of their ids, makes those not yet there, and returns the last number of each."""
    keys = [(stream_id,) for stream_id in sorted(set(stream_ids))]
    locked = _lock(connection, keys)
    if len(locked) < len(keys):
        new = [(stream_id, 0, secrets.token_hex(8)) for (stream_id,) in keys if stream_id not in locked]
        by_set.insert_rows(connection, event_streams, ("stream_id", "last_number", "epoch"), new, skip=True)
        locked = _lock(connection, keys)
    return locked


def hold_streams(connection: sa.Connection, stream_ids: Iterable[int]) -> None:
    """Keeps the events of these streams from being deleted until the commit."""
    keys = [(stream_id,) for stream_id in stream_ids]
    by_set.select_by_keys(connection, event_streams, ("stream_id",), keys, ("stream_id",), lock="share")


def delete_events(tx: "Tx", stream_id: int, through: int) -> None:
    """Deletes the stream's events up to this number, under the lock of lock_streams. The stream goes on where it was: its next number and
    its epoch stay, and who had got less far is told to fetch a snapshot."""
    tx.connection.execute(events.delete().where(events.c.stream_id == stream_id, events.c.number <= through))


def append(connection: sa.Connection, rows: Sequence[EventRow]) -> None:
    """Inserts events already numbered under their streams' locks."""
    by_set.insert_rows(connection, events, _COLUMNS, rows)
    by_set.insert_rows(connection, unplanned, ("stream_id", "number", "account_id"), [row[:3] for row in rows])
    last = {row[0]: row[1] for row in rows}  # rows of one stream ascend, so the last one wins
    by_set.update_rows(connection, event_streams, ("stream_id",), ("last_number",), sorted(last.items()))


def _lock(connection: sa.Connection, keys: Sequence[tuple[int]]) -> dict[int, int]:
    rows = by_set.select_by_keys(connection, event_streams, ("stream_id",), keys, ("stream_id", "last_number"), lock="update")
    return dict(rows)


def _event(row: Sequence[object]) -> Event:
    stream_id, number, account_id, kind, at, facts = row
    return Event(stream_id, number, account_id, kind, at, facts.encode())  # type: ignore[arg-type,attr-defined]  # the table's own types


_TAKE_SQLITE = """
DELETE FROM unplanned WHERE (stream_id, number) IN (SELECT stream_id, number FROM unplanned ORDER BY stream_id, number LIMIT ?)
RETURNING stream_id, number
"""

# held: streams of which another taker has an event in hand (still visible, not among ours); from that number on we leave them
_TAKE_POSTGRES = """
WITH waiting AS MATERIALIZED (
  SELECT stream_id, number FROM unplanned ORDER BY stream_id, number LIMIT %s FOR UPDATE SKIP LOCKED
), held AS (
  SELECT u.stream_id, min(u.number) AS number FROM unplanned u LEFT JOIN waiting w USING (stream_id, number)
  WHERE u.stream_id IN (SELECT stream_id FROM waiting) AND w.number IS NULL GROUP BY u.stream_id
)
DELETE FROM unplanned u USING waiting w LEFT JOIN held h ON h.stream_id = w.stream_id
WHERE u.stream_id = w.stream_id AND u.number = w.number AND (h.number IS NULL OR w.number < h.number)
RETURNING u.stream_id, u.number
"""
