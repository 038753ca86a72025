"""What the receiver of a feed changes: how far it has got."""

from collections.abc import Sequence

import msgspec

from turnout.callbacks import feed_store, queries
from turnout.callbacks.delivery_rules import FeedPosition
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import AccountId, EndpointId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

ACKNOWLEDGED_AT_ONCE = 2_000
"""Messages acknowledged in one transaction."""


class Acknowledge(msgspec.Struct, frozen=True):
    """This message and all before it have been taken in."""

    account_id: AccountId
    endpoint_id: EndpointId
    through: int


def acknowledge(tx: Tx, commands: Sequence[Acknowledge]) -> Sequence[FeedPosition | TurnoutError]:
    """How far each feed has got now: at most ACKNOWLEDGED_AT_ONCE messages further than before, so whoever asked for more asks again.
    What was acknowledged before stays so; a number that no message has had yet is refused."""
    return [_acknowledge(tx, command) for command in commands]


def _acknowledge(tx: Tx, command: Acknowledge) -> FeedPosition:
    # the endpoint's lock first, as in its removal: of the two one sees what the other did
    queries.access_feed(tx.connection, command.account_id, command.endpoint_id, lock=True)
    position = feed_store.load_position(tx.connection, command.endpoint_id, lock=True)
    if not 0 <= command.through <= position.last:
        raise InvalidInput(f"from 0 to {position.last}, the newest message", field="through")
    # counted in messages: after a restore numbers are skipped
    last = feed_store.number_of(tx.connection, command.endpoint_id, position.acknowledged, ACKNOWLEDGED_AT_ONCE)
    through = command.through if last is None else min(command.through, last)
    if through <= position.acknowledged:
        return position
    feed_store.save_acknowledged(tx, command.endpoint_id, position.acknowledged, through)
    return FeedPosition(through, position.last)


ACKNOWLEDGE = Action("acknowledge_feed", acknowledge, barrier=True)
