"""Statements of the planner and the sender: deliveries planned, claimed under a lease, and judged.

Lease: a claim sets `due_at` to the lease's end and `lease_token` to an id nobody else has. Whoever finds `due_at` in the past may claim the
delivery anew; a result is written only while the token is still the writer's own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.callbacks.rules import ABANDONED_CANCELLED_EXPLANATION, ABANDONED_EXPLANATION, Attempt, DeliveryState, Endpoint, Outcome
from turnout.callbacks.store import DUE, attempts, deliveries, endpoint_of_row, endpoints
from turnout.kernel.clock import Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage import by_set
from turnout.storage.event_log import events, unplanned
from turnout.storage.transaction import Tx


class Due(msgspec.Struct, frozen=True):
    """A delivery that may be claimed now, locked by the transaction that found it."""

    id: DeliveryId
    stream_id: int
    event_number: int
    part: int
    ordering_key: str
    body: bytes | None
    attempts_made: int
    failures: int
    lease_token: int | None


LeaseClock = Callable[[sa.Connection, Instant], Instant]
"""The clock by which deliveries become due and leases run: `database_now`, or a test's."""


def database_now(connection: sa.Connection, otherwise: Instant) -> Instant:
    """The clock by which leases run: the database's own on PostgreSQL, where several machines share it; else what is given, since a SQLite
    file has one machine."""
    if connection.dialect.name != "postgresql":
        return otherwise
    return int(connection.execute(sa.text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")).scalar_one())


# ---- planning


def list_endpoints_of_accounts(tx: Tx, account_ids: Iterable[AccountId]) -> list[Endpoint]:
    """The endpoints of these accounts, held against removal until the commit: an endpoint gets no delivery after its removal."""
    statement = (
        sa.select(endpoints)
        .where(endpoints.c.account_id.in_(sorted(set(account_ids))), endpoints.c.removed_at.is_(None))
        .order_by(endpoints.c.id)
        .with_for_update(read=True)
    )
    return [endpoint_of_row(row) for row in tx.connection.execute(statement)]


def has_unplanned(connection: sa.Connection) -> bool:
    """Whether any event waits for its planning."""
    return connection.execute(sa.select(unplanned.c.stream_id).limit(1)).first() is not None


def insert_deliveries(tx: Tx, rows: Sequence[tuple[Event, EndpointId, str, int]], due_at: Instant) -> None:
    """New deliveries as (event, endpoint, ordering key, part); one that exists already is left as it is."""
    ids = tx.new_ids(len(rows))
    by_set.insert_new(
        tx,
        deliveries,
        (
            "id", "account_id", "stream_id", "event_number", "endpoint_id", "part", "ordering_key", "state",
            "attempts_made", "failures", "due_at", "created_at",
        ),
        [
            (ids[i], event.account_id, event.stream_id, event.number, endpoint_id, part, key, DeliveryState.DUE.value, 0, 0, due_at, tx.now)
            for i, (event, endpoint_id, key, part) in enumerate(rows)
        ],
        ("id",),
    )  # fmt: skip


# ---- sending


def _claimable() -> sa.ColumnElement[bool]:
    """Due at :now, not under a lease, and nothing earlier under its ordering key still due.

    A scalar subquery, since PostgreSQL would turn NOT EXISTS into a join: over tables without statistics it then compared every due
    delivery with every other (1,200 ms for 1,500 of them; so 1 ms).
    """
    earlier = deliveries.alias("earlier")
    blocker = (
        sa.select(earlier.c.id)
        .where(
            earlier.c.endpoint_id == deliveries.c.endpoint_id,
            earlier.c.stream_id == deliveries.c.stream_id,
            earlier.c.ordering_key == deliveries.c.ordering_key,
            earlier.c.finished_at.is_(None),
            sa.tuple_(earlier.c.event_number, earlier.c.part) < sa.tuple_(deliveries.c.event_number, deliveries.c.part),
        )
        .limit(1)
        .correlate(deliveries)
    )
    return sa.and_(deliveries.c.state == DUE, deliveries.c.due_at <= sa.bindparam("now"), blocker.scalar_subquery().is_(None))


def _endpoints_with_due() -> sa.Select[tuple[object, ...]]:
    # steps from one endpoint id to the next over the index of due deliveries: a long backlog costs no more than a short one
    first = sa.select(sa.func.min(deliveries.c.endpoint_id).label("endpoint_id")).where(deliveries.c.state == DUE)
    waiting = first.cte("waiting", recursive=True)
    following = (
        sa.select(sa.func.min(deliveries.c.endpoint_id))
        .where(deliveries.c.state == DUE, deliveries.c.endpoint_id > waiting.c.endpoint_id)
        .correlate(waiting)
        .scalar_subquery()
    )
    waiting = waiting.union_all(sa.select(following).where(waiting.c.endpoint_id.is_not(None)))
    sendable = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.endpoint_id == endpoints.c.id, _claimable())
        .limit(1)
        .correlate(endpoints)
        .scalar_subquery()
    )
    return (
        sa.select(endpoints)
        .join(waiting, waiting.c.endpoint_id == endpoints.c.id)
        .where(
            endpoints.c.dialect.in_(sa.bindparam("dialects", expanding=True)),
            endpoints.c.id.not_in(sa.bindparam("full", expanding=True)),
            sendable.is_not(None),
        )
        .limit(sa.bindparam("at_most"))
    )


_DUE_COLUMNS = [deliveries.c[name] for name in Due.__struct_fields__]

# built once: putting these together anew for each claim cost more than running them
_ENDPOINTS_WITH_DUE = _endpoints_with_due()
_DUE_TO_ENDPOINT = (
    sa.select(*_DUE_COLUMNS)
    .where(deliveries.c.endpoint_id == sa.bindparam("endpoint_id"), _claimable())
    .order_by(deliveries.c.due_at)
    .limit(sa.bindparam("at_most"))
    .with_for_update(skip_locked=True, of=deliveries)
)


def list_endpoints_with_due(
    connection: sa.Connection, now: Instant, dialects: Iterable[str], full: Iterable[EndpointId], limit: int
) -> list[Endpoint]:
    """Endpoints to which something may be sent now, except those that have all they may have under way (`full`)."""
    asked = {"now": now, "dialects": sorted(dialects), "full": sorted(full), "at_most": limit}
    return [endpoint_of_row(row) for row in connection.execute(_ENDPOINTS_WITH_DUE, asked)]


def list_due(tx: Tx, endpoint_id: EndpointId, now: Instant, limit: int) -> list[Due]:
    """Deliveries to an endpoint that may be claimed, the longest due first; those another sender is claiming are skipped."""
    asked = {"endpoint_id": endpoint_id, "now": now, "at_most": limit}
    return [Due(*row) for row in tx.connection.execute(_DUE_TO_ENDPOINT, asked)]


def load_events(connection: sa.Connection, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Event]:
    """Events by (stream, number)."""
    columns = ("stream_id", "number", "account_id", "kind", "at", "facts")
    rows = by_set.select_by_keys(connection, events, ("stream_id", "number"), sorted(set(keys)), columns)
    return {(row[0], row[1]): Event(row[0], row[1], row[2], row[3], row[4], row[5].encode()) for row in rows}


class ClaimRow(msgspec.Struct, frozen=True):
    """What a claim writes to one delivery."""

    due: Due
    lease_token: int
    lease_until: Instant
    body: bytes


def save_claims(tx: Tx, claims: Sequence[ClaimRow]) -> None:
    """Puts deliveries under leases, keeps the bodies, and begins an attempt for each; an attempt whose lease ran out becomes abandoned."""
    lapsed = [{"b_id": claim.due.id, "b_number": claim.due.attempts_made} for claim in claims if claim.due.lease_token is not None]
    if lapsed:
        _abandon_attempts(tx, lapsed, ABANDONED_EXPLANATION)
    if claims:
        tx.connection.execute(
            deliveries.update()
            .where(deliveries.c.id == sa.bindparam("b_id"))
            .values(
                due_at=sa.bindparam("b_until"),
                lease_token=sa.bindparam("b_token"),
                body=sa.func.coalesce(deliveries.c.body, sa.bindparam("b_body", type_=sa.LargeBinary)),
                attempts_made=deliveries.c.attempts_made + 1,
            ),
            [
                {
                    "b_id": claim.due.id,
                    "b_until": claim.lease_until,
                    "b_token": claim.lease_token,
                    "b_body": None if claim.due.body else claim.body,
                }
                for claim in claims
            ],
        )
        insert_attempts(tx, [(claim.due.id, _begun(claim.due.attempts_made + 1, tx.now)) for claim in claims])


def _abandon_attempts(tx: Tx, lapsed: Sequence[dict[str, int]], explanation: str) -> None:
    tx.connection.execute(
        attempts.update()
        .where(
            attempts.c.delivery_id == sa.bindparam("b_id"),
            attempts.c.number == sa.bindparam("b_number"),
            attempts.c.outcome == Outcome.SENDING,
        )
        .values(outcome=Outcome.ABANDONED, explanation=explanation),
        lapsed,
    )


# by way of the removed endpoints, which are few, into the index of unfinished deliveries
_LAPSED_AND_CANCELLED = (
    sa.select(deliveries.c.id, deliveries.c.attempts_made)
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
    .where(
        endpoints.c.removed_at.is_not(None),
        deliveries.c.finished_at.is_(None),
        deliveries.c.state == DeliveryState.CANCELLED,
        deliveries.c.due_at <= sa.bindparam("now"),
    )
)


def has_cancelled_to_abandon(connection: sa.Connection, now: Instant) -> bool:
    """Whether an attempt under way to a removed endpoint has outlived its lease."""
    return connection.execute(_LAPSED_AND_CANCELLED.limit(1), {"now": now}).first() is not None


def abandon_cancelled(tx: Tx, now: Instant) -> int:
    """Ends the cancelled deliveries whose attempt has outlived its lease; returns how many."""
    rows = tx.connection.execute(_LAPSED_AND_CANCELLED.with_for_update(skip_locked=True, of=deliveries), {"now": now})
    lapsed = [{"b_id": row.id, "b_number": row.attempts_made} for row in rows]
    if lapsed:
        _abandon_attempts(tx, lapsed, ABANDONED_CANCELLED_EXPLANATION)
        tx.connection.execute(
            deliveries.update().where(deliveries.c.id == sa.bindparam("b_id")).values(lease_token=None, finished_at=tx.now),
            [{"b_id": one["b_id"]} for one in lapsed],
        )
    return len(lapsed)


def _begun(number: int, at: Instant) -> Attempt:
    return Attempt(number, at, None, Outcome.SENDING, None, b"", {}, "")


def insert_attempts(tx: Tx, rows: Sequence[tuple[DeliveryId, Attempt]]) -> None:
    """New attempts."""
    tx.connection.execute(attempts.insert(), [{"delivery_id": delivery_id, **_attempt_values(attempt)} for delivery_id, attempt in rows])


def fail_unsent(tx: Tx, due: Due, explanation: str) -> None:
    """A delivery for which no body can be made: it has failed, and an attempt says why."""
    number = due.attempts_made + 1
    insert_attempts(tx, [(due.id, Attempt(number, tx.now, 0, Outcome.NOT_SENDABLE, None, b"", {}, explanation))])
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.id == due.id)
        .values(state=DeliveryState.FAILED, attempts_made=number, failures=due.failures + 1, lease_token=None, finished_at=tx.now)
    )


def lock_leases(tx: Tx, delivery_ids: Iterable[DeliveryId]) -> Mapping[DeliveryId, tuple[int | None, DeliveryState]]:
    """Lease token and state of these deliveries, locked in order of their ids."""
    statement = (
        sa.select(deliveries.c.id, deliveries.c.lease_token, deliveries.c.state)
        .where(deliveries.c.id.in_(sorted(set(delivery_ids))))
        .order_by(deliveries.c.id)
        .with_for_update()
    )
    return {DeliveryId(row.id): (row.lease_token, DeliveryState(row.state)) for row in tx.connection.execute(statement)}


def save_results(tx: Tx, results: Sequence[tuple[DeliveryId, DeliveryState, int, Instant, Instant | None, Attempt]]) -> None:
    """Ends the leases of locked deliveries: (delivery, state, failures, due at, finished at, its attempt with the result)."""
    if not results:
        return
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.id == sa.bindparam("b_id"))
        .values(
            state=sa.bindparam("b_state"),
            failures=sa.bindparam("b_failures"),
            due_at=sa.bindparam("b_due_at"),
            finished_at=sa.func.coalesce(deliveries.c.finished_at, sa.bindparam("b_finished_at", type_=sa.BigInteger)),
            lease_token=None,
        ),
        [
            {"b_id": delivery_id, "b_state": state, "b_failures": failures, "b_due_at": due_at, "b_finished_at": finished_at}
            for delivery_id, state, failures, due_at, finished_at, _ in results
        ],
    )
    # the prefix keeps the parameters apart from the columns of their names, which SQLAlchemy reserves
    values = [{f"b_{name}": value for name, value in _attempt_values(attempt).items()} for *_, attempt in results]
    tx.connection.execute(
        attempts.update()
        .where(attempts.c.delivery_id == sa.bindparam("b_delivery_id"), attempts.c.number == sa.bindparam("b_number"))
        .values({column.name: sa.bindparam(f"b_{column.name}") for column in attempts.columns if not column.primary_key}),
        [{"b_delivery_id": result[0], **value} for result, value in zip(results, values, strict=True)],
    )


def _attempt_values(attempt: Attempt) -> dict[str, object]:
    return {
        "number": attempt.number,
        "started_at": attempt.started_at,
        "duration_ms": attempt.duration_ms,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "reply": attempt.reply,
        "headers": msgspec.json.encode(attempt.headers).decode(),
        "explanation": attempt.explanation,
    }
