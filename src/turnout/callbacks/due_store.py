"""Statements that find what may be sent now, however much may not.

First attempts (no failure since the delivery became due) and later ones stand in two partial indexes, since breaker and rate hold back the
former only: a backlog behind an open breaker is never read. What order holds back is read once: a claim that meets many such deliveries
notes the one each waits for, which takes it out of the index until that one has finished (lease_store.release_waiting).

Two steps, so that no row is locked that is not taken: `look` reads without locks, `take` locks what was chosen and is still due.
Each step is one statement on PostgreSQL. SQLite has no LATERAL, and a statement for each endpoint costs it some 10 µs.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.callbacks.breaker_rules import LONGEST_BURST
from turnout.callbacks.rules import Endpoint
from turnout.callbacks.store import DUE, deliveries, endpoint_health, endpoint_of_row, endpoints
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DeliveryId, EndpointId
from turnout.storage import by_set
from turnout.storage.transaction import Tx

ENDPOINTS_KEPT = 10_000
"""Endpoints a process keeps decoded."""

LeaseClock = Callable[[sa.Connection, Instant], Instant]
"""The clock by which deliveries become due and leases run: `database_now`, or a test's."""


def database_now(connection: sa.Connection, otherwise: Instant) -> Instant:
    """The clock by which leases run: the database's own on PostgreSQL, where several machines share it; else what is given, since a SQLite
    file has one machine."""
    if connection.dialect.name != "postgresql":
        return otherwise
    return int(connection.exec_driver_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").scalar_one())


class Wanted(NamedTuple):
    """How many due deliveries of an endpoint to look at: later attempts, and first ones."""

    endpoint_id: EndpointId
    later: int
    first: int


class Seen(NamedTuple):
    """A due delivery. waits_for: the last unfinished one before it under its ordering key; None when it may go."""

    endpoint_id: EndpointId
    id: DeliveryId
    is_first: bool
    waits_for: DeliveryId | None


class Due(msgspec.Struct, frozen=True):
    """A delivery that may be claimed now, locked by the transaction that found it."""

    id: DeliveryId
    endpoint_id: EndpointId
    stream_id: int
    event_number: int
    part: int
    ordering_key: str
    body: bytes | None
    attempts_made: int
    failures: int
    lease_token: int | None


# ---- which endpoints


def _step(due: sa.ColumnElement[bool], name: str) -> sa.CTE:
    # steps from one endpoint id to the next over an index of due deliveries: a long backlog costs no more than a short one
    steps = sa.select(sa.func.min(deliveries.c.endpoint_id).label("endpoint_id")).where(due).cte(name, recursive=True)
    following = sa.select(sa.func.min(deliveries.c.endpoint_id)).where(due, deliveries.c.endpoint_id > steps.c.endpoint_id).correlate(steps)
    return steps.union_all(sa.select(following.scalar_subquery()).where(steps.c.endpoint_id.is_not(None)))


# zero is written into the statement: with a parameter in its place neither engine would use the partial indexes
_ZERO: sa.ColumnElement[int] = sa.literal_column("0")
_IS_FIRST = sa.and_(deliveries.c.state == DUE, deliveries.c.waits_for.is_(None), deliveries.c.failures == _ZERO)
_IS_LATER = sa.and_(deliveries.c.state == DUE, deliveries.c.failures > _ZERO)


def _is_due(kind: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    one = sa.select(deliveries.c.id).where(
        deliveries.c.endpoint_id == endpoints.c.id, kind, deliveries.c.due_at <= sa.bindparam("now", type_=sa.BigInteger)
    )
    return one.limit(1).correlate(endpoints).scalar_subquery().is_not(None)


def _calling() -> sa.Select[tuple[int]]:
    now = sa.bindparam("now", type_=sa.BigInteger)
    health = endpoint_health.c
    lets_through = sa.and_(
        sa.or_(health.breaker_until.is_(None), health.breaker_until <= now),
        sa.or_(endpoints.c.calls_per_minute.is_(None), health.rate_from <= now + LONGEST_BURST),
    )
    steps = sa.union(sa.select(_step(_IS_FIRST, "firsts").c.endpoint_id), sa.select(_step(_IS_LATER, "laters").c.endpoint_id)).subquery()
    return (
        sa.select(endpoints.c.id)
        .join(steps, steps.c.endpoint_id == endpoints.c.id)
        .join(endpoint_health, health.endpoint_id == endpoints.c.id)
        .where(
            endpoints.c.dialect.in_(sa.bindparam("dialects", expanding=True)),
            endpoints.c.url != "",
            endpoints.c.removed_at.is_(None),
            endpoints.c.paused_at.is_(None),
            endpoints.c.disabled_at.is_(None),
            sa.or_(_is_due(_IS_LATER), sa.and_(lets_through, _is_due(_IS_FIRST))),
        )
    )


_CALLING = _calling()  # built once: putting it together anew each time costs more than running it
_ENDPOINT_COLUMNS = tuple(column.name for column in endpoints.columns)
_EndpointRow = namedtuple("_EndpointRow", _ENDPOINT_COLUMNS)  # type: ignore[misc]


def list_calling(connection: sa.Connection, now: Instant, dialects: Iterable[str]) -> list[EndpointId]:
    """Endpoints for which something is due that their breaker does not hold back. What order or, for moments, a rate holds back counts
    too."""
    found = connection.execute(_CALLING, {"now": now, "dialects": sorted(dialects)})
    return [EndpointId(row.id) for row in found]


def load_endpoints(tx: Tx, endpoint_ids: Iterable[EndpointId]) -> list[Endpoint]:
    """These endpoints, whatever has become of them."""
    keys = [(endpoint_id,) for endpoint_id in endpoint_ids]
    rows = by_set.select_by_keys(tx.connection, endpoints, ("id",), keys, _ENDPOINT_COLUMNS)
    return [decoded_endpoint(tuple(row)) for row in rows]


@lru_cache(maxsize=ENDPOINTS_KEPT)
def decoded_endpoint(row: by_set.Row) -> Endpoint:
    """The endpoint in a row of its table, columns in the table's order; one that has not changed is not decoded anew."""
    endpoint = endpoint_of_row(_EndpointRow(*row))  # type: ignore[arg-type]  # it has a Row's attributes
    return msgspec.structs.replace(endpoint, native_tail=bool(endpoint.native_tail))  # SQLite's driver knows integers only


# ---- which deliveries

_WAITS_FOR = """
  (SELECT e.id FROM deliveries e WHERE e.endpoint_id = d.endpoint_id AND e.stream_id = d.stream_id AND e.ordering_key = d.ordering_key
   AND e.finished_at IS NULL AND (e.event_number, e.part) < (d.event_number, d.part) ORDER BY e.event_number DESC, e.part DESC LIMIT 1)
"""

# the scalar subquery keeps PostgreSQL from a join: over tables without statistics it compared every due delivery with every other
_LOOK_POSTGRES = f"""
SELECT w.endpoint_id, d.id, d.is_first, d.waits_for
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS w (endpoint_id, later, first) CROSS JOIN LATERAL (
  (SELECT d.id, false AS is_first, {_WAITS_FOR} AS waits_for FROM deliveries d
   WHERE d.endpoint_id = w.endpoint_id AND d.state = 'due' AND d.failures > 0 AND d.due_at <= %s ORDER BY d.due_at LIMIT w.later)
  UNION ALL
  (SELECT d.id, true, {_WAITS_FOR} FROM deliveries d
   WHERE d.endpoint_id = w.endpoint_id AND d.state = 'due' AND d.waits_for IS NULL AND d.failures = 0 AND d.due_at <= %s
   ORDER BY d.due_at LIMIT w.first)
) d
"""  # noqa: S608 - nothing comes from outside
_LOOK_LATER_SQLITE = f"""
SELECT d.endpoint_id, d.id, {_WAITS_FOR} FROM deliveries d
WHERE d.endpoint_id = ? AND d.state = 'due' AND d.failures > 0 AND d.due_at <= ? ORDER BY d.due_at LIMIT ?
"""  # noqa: S608
_LOOK_FIRST_SQLITE = f"""
SELECT d.endpoint_id, d.id, {_WAITS_FOR} FROM deliveries d
WHERE d.endpoint_id = ? AND d.state = 'due' AND d.waits_for IS NULL AND d.failures = 0 AND d.due_at <= ? ORDER BY d.due_at LIMIT ?
"""  # noqa: S608

_DUE_COLUMNS = Due.__struct_fields__
_TAKE_POSTGRES = f"""
SELECT {", ".join(_DUE_COLUMNS)} FROM deliveries
WHERE id = ANY(%s::bigint[]) AND state = 'due' AND due_at <= %s ORDER BY id FOR UPDATE SKIP LOCKED
"""  # noqa: S608
_HOLD_POSTGRES = "SELECT id FROM deliveries WHERE id = ANY(%s::bigint[]) AND finished_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED"


def look(tx: Tx, wanted: Sequence[Wanted], now: Instant) -> list[Seen]:
    """Due deliveries of these endpoints, the longest due first, those that order holds back among them."""
    if not wanted:
        return []
    if tx.engine_name == "postgresql":
        ids, laters, firsts = map(list, zip(*wanted, strict=True))
        found = tx.connection.exec_driver_sql(_LOOK_POSTGRES, (ids, laters, firsts, now, now))
        return [Seen(*row) for row in found]
    cursor = tx.connection.connection.cursor()
    seen: list[Seen] = []
    for endpoint_id, later, first in wanted:
        if later:
            seen += [Seen(row[0], row[1], False, row[2]) for row in cursor.execute(_LOOK_LATER_SQLITE, (endpoint_id, now, later))]
        if first:
            seen += [Seen(row[0], row[1], True, row[2]) for row in cursor.execute(_LOOK_FIRST_SQLITE, (endpoint_id, now, first))]
    return seen


def take(tx: Tx, delivery_ids: Sequence[DeliveryId], now: Instant) -> list[Due]:
    """Locks those of these deliveries that are still due; what another sender is taking is skipped."""
    if not delivery_ids:
        return []
    if tx.engine_name == "postgresql":
        return [Due(*row) for row in tx.connection.exec_driver_sql(_TAKE_POSTGRES, (sorted(delivery_ids), now))]
    rows = by_set.select_by_keys(tx.connection, deliveries, ("id",), [(one,) for one in delivery_ids], _DUE_COLUMNS)
    return [Due(*row) for row in rows]


def set_aside(tx: Tx, waiting: Sequence[tuple[DeliveryId, DeliveryId]]) -> None:
    """Takes deliveries out of what `look` reads, as (delivery, the unfinished one it waits for), until that one has finished.

    The one waited for is locked until the commit: whoever finishes it comes after, and sees who waits. What waits for one that somebody
    else has in hand just now is left alone.
    """
    if tx.engine_name == "postgresql":
        found = tx.connection.exec_driver_sql(_HOLD_POSTGRES, (sorted({before for _, before in waiting}),))
        held = {row[0] for row in found}
        waiting = [one for one in waiting if one[1] in held]
    by_set.update_by_keys(tx, deliveries, ("id",), ("waits_for",), waiting)
