"""Reading endpoints, deliveries and attempts. What belongs to another account is not found, exactly like what does not exist."""

import sqlalchemy as sa

from turnout.callbacks import store
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Endpoint, NoSuchDelivery, NoSuchEndpoint, NoSuchStream
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
            raise NoSuchEndpoint
        from_ = (last.created_at, last.id)
    return store.list_endpoints(connection, account_id, from_, limit)


def access_delivery(connection: sa.Connection, account_id: AccountId, delivery_id: DeliveryId) -> Delivery:
    """The account's delivery; raises NoSuchDelivery."""
    delivery = store.load_delivery(connection, delivery_id)
    if delivery is None or delivery.account_id != account_id:
        raise NoSuchDelivery
    return delivery


def inspect_delivery(
    connection: sa.Connection, account_id: AccountId, delivery_id: DeliveryId
) -> tuple[Delivery, bytes | None, list[Attempt]]:
    """The account's delivery with its body (None before the first attempt) and its attempts; raises NoSuchDelivery."""
    delivery = access_delivery(connection, account_id, delivery_id)
    return delivery, store.load_body(connection, delivery_id), store.list_attempts(connection, delivery_id)


def list_deliveries(
    connection: sa.Connection, account_id: AccountId, stream_id: int, after: DeliveryId | None, limit: int
) -> list[Delivery]:
    """Deliveries for the events of the account's live session, newest event first, from the one that follows `after`.

    Raises NoSuchStream, and NoSuchDelivery when `after` is none of them.
    """
    if store.load_stream_account(connection, stream_id) != account_id:
        raise NoSuchStream
    before = None
    if after is not None:
        last = access_delivery(connection, account_id, after)
        if last.stream_id != stream_id:
            raise NoSuchDelivery
        before = (last.event_number, last.id)
    return store.list_deliveries(connection, stream_id, before, limit)


def count_deliveries(connection: sa.Connection, account_id: AccountId | None = None) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state, of one account or of all; an event that waits for its planning counts for nothing yet."""
    return store.count_deliveries(connection, account_id)
