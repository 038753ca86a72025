"""What retention writes, in small batches: each command is one batch, its outcome how much it let go of."""

from collections.abc import Sequence

import msgspec

from turnout.callbacks import retention_store
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import DeliveryId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class DeleteAttempts(msgspec.Struct, frozen=True):
    """The attempts of those of these deliveries that finished before this instant."""

    delivery_ids: tuple[DeliveryId, ...]
    before: Instant


class FailForgotten(msgspec.Struct, frozen=True):
    """Those of these deliveries that have been due since before this instant at an endpoint that is held, or in a feed: they have failed.
    days: that this is, for the explanation."""

    delivery_ids: tuple[DeliveryId, ...]
    before: Instant
    days: int


class DeleteBeginning(msgspec.Struct, frozen=True):
    """The first events of a stream that happened before one instant, and whose deliveries all finished before another."""

    stream_id: int
    events_before: Instant
    finished_before: Instant
    limit: int


class DeleteOldNews(msgspec.Struct, frozen=True):
    """Hourly figures and dismissed notices of before this instant."""

    before: Instant


def delete_attempts(tx: Tx, commands: Sequence[DeleteAttempts]) -> Sequence[int | TurnoutError]:
    """How many deliveries have lost their attempts. One that became due again keeps them."""
    return [retention_store.delete_attempts(tx, command.delivery_ids, command.before) for command in commands]


def fail_forgotten(tx: Tx, commands: Sequence[FailForgotten]) -> Sequence[int | TurnoutError]:
    """How many deliveries have failed."""
    return [retention_store.fail_forgotten(tx, command.delivery_ids, command.before, _why(command.days)) for command in commands]


def _why(days: int) -> str:
    return f"Nothing was sent: for {days} days the endpoint was paused or disabled, or nobody read the feed. Events are kept no longer."


def delete_beginning(tx: Tx, commands: Sequence[DeleteBeginning]) -> Sequence[int | TurnoutError]:
    """How many events are gone. The stream's lock keeps a redelivery from planning them meanwhile."""
    tx.lock_streams(command.stream_id for command in commands)
    return [
        retention_store.delete_beginning(tx, command.stream_id, command.events_before, command.finished_before, command.limit)
        for command in commands
    ]


def delete_old_news(tx: Tx, commands: Sequence[DeleteOldNews]) -> Sequence[None]:
    """Nothing to tell."""
    for command in commands:
        retention_store.delete_old_news(tx, command.before)
    return [None] * len(commands)


DELETE_ATTEMPTS = Action("delete_attempts", delete_attempts)
FAIL_FORGOTTEN = Action("fail_forgotten", fail_forgotten)
DELETE_BEGINNING = Action("delete_beginning", delete_beginning)
DELETE_OLD_NEWS = Action("delete_old_news", delete_old_news)
