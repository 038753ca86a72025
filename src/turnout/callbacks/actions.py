"""What customers change: their endpoints, and deliveries they want sent again. Batches of one, except redeliveries."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import idempotency
from turnout.callbacks import lease_store, queries, store
from turnout.callbacks.rules import Delivery, Endpoint, TooManyEndpoints, decide_redelivery
from turnout.dialects.contract import OptionValue
from turnout.kernel import limits
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

SECRET_PURPOSE = "callback endpoint secret"  # noqa: S105 - the name of a purpose
"""What the secrets of endpoints are sealed for."""


class CreateEndpoint(msgspec.Struct, frozen=True):
    """A checked URL, dialect and options (rules.check_url, rules.check_dialect). secret: sealed for SECRET_PURPOSE."""

    account_id: AccountId
    url: str
    dialect: str
    secret: bytes | None
    options: dict[str, OptionValue]
    once: idempotency.Once | None = None


class RemoveEndpoint(msgspec.Struct, frozen=True):
    """Nothing more is sent to it; what was due is cancelled, what is under way ends as it ends."""

    account_id: AccountId
    endpoint_id: EndpointId


class Redeliver(msgspec.Struct, frozen=True):
    """A failed delivery becomes due again, with the same bytes and the dialect's whole patience."""

    account_id: AccountId
    delivery_id: DeliveryId


def create_endpoint(tx: Tx, commands: Sequence[CreateEndpoint]) -> Sequence[Endpoint | TurnoutError]:
    """A new endpoint: it gets what is planned from now on."""
    created: list[Endpoint | TurnoutError] = []
    for command in commands:

        def make(command: CreateEndpoint = command) -> Endpoint:
            return _create_endpoint(tx, command)

        created.append(idempotency.once(tx, command.account_id, command.once, Endpoint, make))
    return created


def _create_endpoint(tx: Tx, command: CreateEndpoint) -> Endpoint:
    if store.count_endpoints(tx.connection, command.account_id) >= limits.MAX_ENDPOINTS_PER_ACCOUNT:
        raise TooManyEndpoints(f"an account has at most {limits.MAX_ENDPOINTS_PER_ACCOUNT} callback endpoints")
    endpoint = Endpoint(
        id=EndpointId(tx.new_id()),
        account_id=command.account_id,
        url=command.url,
        dialect=command.dialect,
        secret=command.secret,
        options=command.options,
        created_at=tx.now,
        removed_at=None,
    )
    store.insert_endpoint(tx, endpoint)
    return endpoint


def remove_endpoint(tx: Tx, commands: Sequence[RemoveEndpoint]) -> Sequence[TurnoutError | None]:
    """Removes endpoints. One that is removed already is not found."""
    for command in commands:
        queries.access_endpoint(tx.connection, command.account_id, command.endpoint_id, lock=True)
        store.remove_endpoint(tx, command.endpoint_id)
    return [None] * len(commands)


def redeliver(tx: Tx, commands: Sequence[Redeliver]) -> Sequence[Delivery | TurnoutError]:
    """Makes failed deliveries due again; refused for any other state, and when the endpoint has been removed."""
    return [_redeliver(tx, command) for command in commands]


def _redeliver(tx: Tx, command: Redeliver) -> Delivery:
    seen = queries.access_delivery(tx.connection, command.account_id, command.delivery_id)
    # the endpoint's lock first, as in its removal: of the two one sees what the other did
    endpoint = store.load_endpoint(tx.connection, seen.endpoint_id, lock=True)
    _, state = lease_store.lock_leases(tx, [command.delivery_id])[command.delivery_id]
    decide_redelivery(state, endpoint.removed_at if endpoint else tx.now)
    store.redeliver(tx, command.delivery_id, lease_store.database_now(tx.connection, tx.now))
    tx.nudge("deliveries", 0)
    return queries.access_delivery(tx.connection, command.account_id, command.delivery_id)


CREATE_ENDPOINT = Action("create_endpoint", create_endpoint, barrier=True)
REMOVE_ENDPOINT = Action("remove_endpoint", remove_endpoint, barrier=True)
REDELIVER = Action("redeliver", redeliver, barrier=True)
