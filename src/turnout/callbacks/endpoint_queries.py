"""Reading endpoints with how they have been doing. What belongs to another account is not found, exactly like what does not exist."""

import sqlalchemy as sa

from turnout.callbacks import queries, store
from turnout.callbacks.rules import Endpoint, EndpointHealth, EndpointHour
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, EndpointId


def inspect_endpoint(connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId) -> tuple[Endpoint, EndpointHealth]:
    """The account's endpoint and its health; raises NoSuchEndpoint."""
    return queries.access_endpoint(connection, account_id, endpoint_id), load_health(connection, endpoint_id)


def list_endpoints(
    connection: sa.Connection, account_id: AccountId, after: EndpointId | None, limit: int
) -> list[tuple[Endpoint, EndpointHealth]]:
    """A page of the account's endpoints with their health, oldest first; as queries.list_endpoints."""
    found = queries.list_endpoints(connection, account_id, after, limit)
    health = store.list_health(connection, [endpoint.id for endpoint in found])
    return [(endpoint, health.get(endpoint.id, EndpointHealth())) for endpoint in found]


def load_health(connection: sa.Connection, endpoint_id: EndpointId) -> EndpointHealth:
    """The health of an endpoint that is there."""
    return store.list_health(connection, [endpoint_id]).get(endpoint_id, EndpointHealth())


def inspect_health(
    connection: sa.Connection, account_id: AccountId, endpoint_id: EndpointId, since: Instant
) -> tuple[EndpointHealth, list[EndpointHour]]:
    """The health of the account's endpoint, and its hours from this instant on; raises NoSuchEndpoint."""
    queries.access_endpoint(connection, account_id, endpoint_id)
    return load_health(connection, endpoint_id), store.list_hours(connection, endpoint_id, since)
