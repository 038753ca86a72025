"""Statements that let go of what has been kept for long enough: attempts, what waited for nobody, events with their deliveries."""

import itertools
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from turnout.callbacks.attempt_rules import ABANDONED_HELD_EXPLANATION
from turnout.callbacks.delivery_rules import Sizes
from turnout.callbacks.lease_store import abandon_attempts, release_waiting
from turnout.callbacks.rules import DeliveryState, Outcome
from turnout.callbacks.store import DUE, attempts, deliveries, endpoint_hours, endpoints, notices
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DeliveryId
from turnout.storage import by_set
from turnout.storage.event_log import delete_events, event_streams, events, unplanned
from turnout.storage.transaction import Tx

Finished = tuple[Instant, DeliveryId]
"""When a delivery finished, and which."""


def list_finished(connection: sa.Connection, after: Finished, before: Instant, limit: int) -> list[Finished]:
    """Deliveries with attempts that finished after this one and before this instant, in that order."""
    finished = (deliveries.c.finished_at, deliveries.c.id)
    has_attempts = sa.exists().where(attempts.c.delivery_id == deliveries.c.id)
    statement = (
        sa.select(*finished)
        .where(
            deliveries.c.finished_at.is_not(None),
            deliveries.c.finished_at >= after[0],  # for the index, which is of this column alone
            sa.tuple_(*finished) > sa.tuple_(*after),
            deliveries.c.finished_at < before,
            has_attempts,
        )
        .order_by(*finished)
        .limit(limit)
    )
    return [(row.finished_at, DeliveryId(row.id)) for row in connection.execute(statement)]


def delete_attempts(tx: Tx, delivery_ids: Iterable[DeliveryId], before: Instant) -> int:
    """Deletes the attempts of those of these deliveries that finished before this instant, and were not redelivered since; how many they
    are."""
    keys = [(delivery_id,) for delivery_id in delivery_ids]
    rows = by_set.select_by_keys(tx.connection, deliveries, ("id",), keys, ("id", "finished_at"), lock="update")
    old = [(row[0],) for row in rows if row[1] is not None and row[1] < before]
    by_set.delete_by_keys(tx, attempts, ("delivery_id",), old)
    return len(old)


def list_forgotten(connection: sa.Connection, before: Instant, limit: int) -> list[DeliveryId]:
    """Deliveries that have been due since before this instant at an endpoint that is held, or in a feed. Comes by all that wait there."""
    return [DeliveryId(row.id) for row in connection.execute(_forgotten(before).limit(limit))]


def fail_forgotten(tx: Tx, delivery_ids: Collection[DeliveryId], before: Instant, explanation: str) -> int:
    """Makes those of these that are such deliveries still failed, each with an attempt that says why; how many."""
    those = _forgotten(before).where(deliveries.c.id.in_(delivery_ids)).order_by(deliveries.c.id)
    found = tx.connection.execute(those.with_for_update(skip_locked=True, of=deliveries)).all()
    if found:
        # so long ago that any lease has run out: the sender died, and nobody claims what is held
        lapsed = [(DeliveryId(row.id), int(row.attempts_made)) for row in found if row.lease_token is not None]
        abandon_attempts(tx, lapsed, ABANDONED_HELD_EXPLANATION)
        tx.connection.execute(
            attempts.insert(),
            [
                {
                    "delivery_id": row.id,
                    "number": row.attempts_made + 1,
                    "started_at": tx.now,
                    "duration_ms": 0,
                    "outcome": Outcome.EXPIRED.value,
                    "reply": b"",
                    "headers": "{}",
                    "explanation": explanation,
                }
                for row in found
            ],
        )
        tx.connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_([row.id for row in found]))
            .values(
                state=DeliveryState.FAILED,
                attempts_made=deliveries.c.attempts_made + 1,
                waits_for=None,
                lease_token=None,
                finished_at=tx.now,
            )
        )
        release_waiting(tx, [DeliveryId(row.id) for row in found])
    return len(found)


def _forgotten(before: Instant) -> sa.Select[tuple[int, int, int | None]]:
    return (
        sa.select(deliveries.c.id, deliveries.c.attempts_made, deliveries.c.lease_token)
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(
            sa.or_(endpoints.c.disabled_at.is_not(None), endpoints.c.paused_at.is_not(None), endpoints.c.url == ""),
            endpoints.c.removed_at.is_(None),
            deliveries.c.finished_at.is_(None),  # for the index of unfinished ones, endpoint by endpoint
            deliveries.c.state == DUE,
            deliveries.c.due_at < before,
        )
    )


def list_account_streams(connection: sa.Connection, before: Instant) -> list[int]:
    """Accounts whose first event that is kept, of their own and of no live session, is from before this instant."""

    def of_first(column: sa.Column[int]) -> sa.ScalarSelect[int]:
        first = sa.select(column).where(events.c.stream_id == event_streams.c.stream_id).order_by(events.c.number).limit(1)
        return first.correlate(event_streams).scalar_subquery()

    statement = sa.select(event_streams.c.stream_id).where(
        of_first(events.c.account_id) == event_streams.c.stream_id, of_first(events.c.at) < before
    )
    return [row[0] for row in connection.execute(statement)]


def delete_beginning(tx: Tx, stream_id: int, events_before: Instant, finished_before: Instant, limit: int) -> int:
    """Deletes the first events of a locked stream with all their deliveries and attempts, up to the first one that happened later, is not
    planned, or has a delivery that has not finished for long enough; how many events. At most `limit`."""
    first = sa.select(events.c.number, events.c.at).where(events.c.stream_id == stream_id).order_by(events.c.number).limit(limit)
    numbers = [row.number for row in itertools.takewhile(lambda row: row.at < events_before, tx.connection.execute(first))]
    if not numbers:
        return 0
    through = numbers[-1]
    waiting = sa.select(sa.func.min(unplanned.c.number)).where(unplanned.c.stream_id == stream_id, unplanned.c.number <= through)
    through = _before(through, tx.connection.execute(waiting).scalar())
    of_deliveries = (deliveries.c.stream_id == stream_id, deliveries.c.event_number <= through)
    statement = (
        sa.select(deliveries.c.id, deliveries.c.event_number, deliveries.c.finished_at)
        .where(*of_deliveries)
        .order_by(deliveries.c.id)
        .with_for_update()
    )
    rows = tx.connection.execute(statement).all()
    needed = (row.event_number for row in rows if row.finished_at is None or row.finished_at >= finished_before)
    through = _before(through, min(needed, default=None))
    if through < numbers[0]:
        return 0
    gone = [(row.id,) for row in rows if row.event_number <= through]
    by_set.delete_by_keys(tx, attempts, ("delivery_id",), gone)
    by_set.delete_by_keys(tx, deliveries, ("id",), gone)
    delete_events(tx, stream_id, through)
    return sum(number <= through for number in numbers)


def _before(through: int, needed: int | None) -> int:
    return through if needed is None else min(through, needed - 1)


def delete_old_news(tx: Tx, before: Instant) -> None:
    """Deletes hourly figures and dismissed notices of before this instant."""
    # endpoint by endpoint, for the key
    of_endpoints = endpoint_hours.c.endpoint_id.in_(sa.select(endpoints.c.id))
    tx.connection.execute(endpoint_hours.delete().where(of_endpoints, endpoint_hours.c.hour < before))
    tx.connection.execute(notices.delete().where(notices.c.dismissed_at < before))


def sizes(connection: sa.Connection) -> Sizes:
    """How much is kept."""

    def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())

    return Sizes(
        events=count(events),
        deliveries=count(deliveries),
        attempts=count(attempts),
        due=count(deliveries, deliveries.c.finished_at.is_(None), deliveries.c.state == DUE),
        oldest_event_at=connection.execute(sa.select(sa.func.min(events.c.at))).scalar(),
    )
