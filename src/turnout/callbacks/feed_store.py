"""Statements about feeds: endpoints without a URL, whose deliveries are read in the order of their numbers."""

import sqlalchemy as sa

from turnout.callbacks.delivery_rules import FeedMessage, FeedPosition
from turnout.callbacks.rules import DeliveryState
from turnout.callbacks.store import deliveries, endpoint_health, endpoints
from turnout.kernel.ids import DeliveryId, EndpointId
from turnout.storage.event_log import events
from turnout.storage.transaction import Tx


def load_position(connection: sa.Connection, endpoint_id: EndpointId, *, lock: bool = False) -> FeedPosition:
    """How far a feed has got. lock: FOR UPDATE, against numbering and against another acknowledgement."""
    health = endpoint_health.c
    statement = sa.select(health.feed_acknowledged, health.feed_number).where(health.endpoint_id == endpoint_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return FeedPosition(0, 0) if row is None else FeedPosition(row.feed_acknowledged, row.feed_number)


def number_of(connection: sa.Connection, endpoint_id: EndpointId, after: int, count: int) -> int | None:
    """The number of the last of so many messages above `after`; None where there are fewer."""
    statement = (
        sa.select(deliveries.c.feed_number)
        .where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.feed_number > after)
        .order_by(deliveries.c.feed_number)
        .offset(count - 1)
        .limit(1)
    )
    number: int | None = connection.execute(statement).scalar()
    return number


def skip_numbers(tx: Tx, count: int) -> int:
    """No message of any feed gets one of its next so many numbers; how many feeds there are."""
    feeds = sa.select(endpoints.c.id).where(endpoints.c.url == "", endpoints.c.removed_at.is_(None))
    statement = endpoint_health.update().where(endpoint_health.c.endpoint_id.in_(feeds))
    return tx.connection.execute(statement.values(feed_number=endpoint_health.c.feed_number + count)).rowcount


def list_messages(connection: sa.Connection, endpoint_id: EndpointId, after: int, limit: int) -> list[FeedMessage]:
    """The feed's messages that are kept with numbers above `after`, in order."""
    statement = (
        sa.select(deliveries.c.id, deliveries.c.feed_number, events.c.kind, events.c.at, deliveries.c.body)
        .join(events, sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number))
        .where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.feed_number > after)
        .order_by(deliveries.c.feed_number)
        .limit(limit)
    )
    return [
        FeedMessage(DeliveryId(row.id), row.feed_number, row.kind, row.at, b"null" if row.body is None else bytes(row.body))
        for row in connection.execute(statement)
    ]


def save_acknowledged(tx: Tx, endpoint_id: EndpointId, after: int, through: int) -> None:
    """The messages of a locked feed with numbers above `after` and up to `through` have been taken in."""
    tx.connection.execute(
        deliveries.update()
        .where(
            deliveries.c.endpoint_id == endpoint_id,
            deliveries.c.feed_number > after,
            deliveries.c.feed_number <= through,
            deliveries.c.state.in_([DeliveryState.DUE.value, DeliveryState.FAILED.value]),
        )
        .values(state=DeliveryState.SUCCEEDED, finished_at=tx.now)
    )
    tx.connection.execute(
        endpoint_health.update()
        .where(endpoint_health.c.endpoint_id == endpoint_id)
        .values(feed_acknowledged=through, succeeded_at=tx.now, failing_since=None)
    )
