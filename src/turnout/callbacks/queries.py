"""Reading endpoints, deliveries and attempts. What belongs to another account is not found, exactly like what does not exist."""

import sqlalchemy as sa

from turnout.callbacks import delivery_store, feed_store, retention_store, store
from turnout.callbacks.delivery_rules import Counts, FeedMessage, FeedPosition, Filter, Redelivery, Sizes
from turnout.callbacks.naming import asked_by
from turnout.callbacks.rules import (
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    NoSuchDelivery,
    NoSuchEndpoint,
    NoSuchStream,
    NotAFeed,
)
from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId


def access_endpoint(connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId, *, lock: bool = False) -> Endpoint:
    """The account's endpoint; raises NoSuchEndpoint, also for one that was removed. lock: FOR UPDATE."""
    endpoint = store.load_endpoint(connection, endpoint_id, lock=lock)
    if endpoint is None or endpoint.account_id != account_id or endpoint.removed_at is not None:
        raise NoSuchEndpoint
    return endpoint


def list_endpoints(connection: sa.Connection, account_id: AccountId, after: EndpointId | None, limit: int) -> list[Endpoint]:
    """A page of the account's endpoints, oldest first, from the one that follows `after`, which may have been removed meanwhile.

    Raises NoSuchEndpoint when `after` is none of the account's.
    """
    from_ = None
    if after is not None:
        last = store.load_endpoint(connection, after)
        if last is None or last.account_id != account_id:
            raise NoSuchEndpoint(field="after")
        from_ = (last.created_at, last.id)
    return store.list_endpoints(connection, account_id, from_, limit)


def access_delivery(connection: sa.Connection, account_id: AccountId, delivery_id: DeliveryId) -> Delivery:
    """The account's delivery; raises NoSuchDelivery."""
    delivery = delivery_store.load_delivery(connection, delivery_id)
    if delivery is None or delivery.account_id != account_id:
        raise NoSuchDelivery
    return delivery


def inspect_delivery(
    connection: sa.Connection, account_id: AccountId, delivery_id: DeliveryId
) -> tuple[Delivery, bytes | None, list[Attempt]]:
    """The account's delivery with its body (None before the first attempt) and its attempts; raises NoSuchDelivery."""
    delivery = access_delivery(connection, account_id, delivery_id)
    return delivery, delivery_store.load_body(connection, delivery_id), delivery_store.list_attempts(connection, delivery_id)


def list_deliveries(
    connection: sa.Connection, account_id: AccountId, stream_id: int, after: DeliveryId | None, limit: int
) -> list[Delivery]:
    """Deliveries for the events of the account's live session, newest event first, from the one that follows `after`.

    Raises NoSuchStream, and NoSuchDelivery when `after` is none of them.
    """
    if delivery_store.load_stream_account(connection, stream_id) != account_id:
        raise NoSuchStream
    before = None
    if after is not None:
        with asked_by("after"):
            last = access_delivery(connection, account_id, after)
        if last.stream_id != stream_id:
            raise NoSuchDelivery(field="after")
        before = (last.event_number, last.id)
    return delivery_store.list_deliveries(connection, stream_id, before, limit)


def list_filtered(connection: sa.Connection, asked: Filter, after: DeliveryId | None, limit: int) -> list[Delivery]:
    """The account's deliveries for which all that is asked holds, newest first, from the one that follows `after`.

    Raises NoSuchEndpoint for another account's endpoint, not for one that was removed, and NoSuchDelivery when `after` is none of the
    account's. What is asked of another account's live session finds nothing.
    """
    if asked.endpoint_id is not None:
        endpoint = store.load_endpoint(connection, asked.endpoint_id)
        if endpoint is None or endpoint.account_id != asked.account_id:
            raise NoSuchEndpoint(field="endpoint")
    before = None
    if after is not None:
        with asked_by("after"):
            last = access_delivery(connection, asked.account_id, after)
        before = (last.created_at, last.id)
    return delivery_store.list_filtered(connection, asked, before, limit)


def count_deliveries(connection: sa.Connection, account_id: AccountId | None = None) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state, of one account or of all; an event that waits for its planning counts for nothing yet."""
    return delivery_store.count_deliveries(connection, account_id)


def count_of_endpoint(connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId) -> Counts:
    """How many deliveries of the account's endpoint stand where; raises NoSuchEndpoint."""
    access_endpoint(connection, account_id, endpoint_id)
    return delivery_store.count_of_endpoint(connection, endpoint_id)


def count_redelivery(connection: sa.Connection, redelivery: Redelivery) -> int:
    """How many deliveries a redelivery is about; of missing ones, of how many events there is none."""
    count = delivery_store.count_missing if redelivery.missing else delivery_store.count_redeliverable
    return count(connection, redelivery)


def has_redelivery(connection: sa.Connection) -> bool:
    """Whether anything waits to be sent again."""
    return delivery_store.has_redelivery(connection)


def access_feed(connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId, *, lock: bool = False) -> Endpoint:
    """The account's endpoint that is a feed; raises NoSuchEndpoint or NotAFeed. lock: FOR UPDATE."""
    endpoint = access_endpoint(connection, account_id, endpoint_id, lock=lock)
    if not endpoint.is_feed:
        raise NotAFeed
    return endpoint


def read_feed(
    connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId, after: int | None, limit: int
) -> tuple[list[FeedMessage], int, FeedPosition]:
    """Messages of the account's feed after this number, or after the last one acknowledged; that number; and how far the feed has got.
    Raises NoSuchEndpoint, NotAFeed, and InvalidInput for a number no message has had: whoever kept it is ahead of a restored server, and
    would skip what gets these numbers now."""
    access_feed(connection, account_id, endpoint_id)
    position = feed_store.load_position(connection, endpoint_id)
    if after is not None and after > position.last:
        raise InvalidInput(f"the newest message is {position.last}", field="after")
    from_number = position.acknowledged if after is None else after
    return feed_store.list_messages(connection, endpoint_id, from_number, limit), from_number, position


def sizes(connection: sa.Connection) -> Sizes:
    """How much is kept."""
    return retention_store.sizes(connection)


def list_forgotten(connection: sa.Connection, before: Instant, limit: int) -> list[DeliveryId]:
    """Deliveries that have been due since before this instant at an endpoint that is held, or in a feed."""
    return retention_store.list_forgotten(connection, before, limit)


def list_finished(
    connection: sa.Connection, after: tuple[Instant, DeliveryId], before: Instant, limit: int
) -> list[tuple[Instant, DeliveryId]]:
    """Deliveries of all accounts with attempts that finished after this one and before this instant, in that order."""
    return retention_store.list_finished(connection, after, before, limit)


def list_account_streams(connection: sa.Connection, before: Instant) -> list[int]:
    """Accounts whose first event that is kept, of their own and of no live session, is from before this instant."""
    return retention_store.list_account_streams(connection, before)
