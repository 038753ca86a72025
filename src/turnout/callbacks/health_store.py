"""Statements about how endpoints have been doing: the rows that breaker, rate and disabling go by, and the figures by hour."""

from collections.abc import Iterable, Mapping, Sequence

from turnout.callbacks.breaker_rules import Health
from turnout.callbacks.store import endpoint_health, endpoint_hours
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import EndpointId
from turnout.storage import by_set
from turnout.storage.transaction import Tx

HOUR = 3600 * SECOND

_OF_HEALTH = Health.__struct_fields__
_OF_ATTEMPTS = tuple(name for name in _OF_HEALTH if name != "rate_from")
_OF_CLAIMS = ("breaker_until", "rate_from")


def load_health(tx: Tx, endpoint_ids: Iterable[EndpointId], *, lock: bool = False) -> dict[EndpointId, Health]:
    """The health of these endpoints. lock: FOR UPDATE in order of their ids, and before any delivery of theirs is locked."""
    keys = [(endpoint_id,) for endpoint_id in endpoint_ids]
    rows = by_set.select_by_keys(
        tx.connection, endpoint_health, ("endpoint_id",), keys, ("endpoint_id", *_OF_HEALTH), lock="update" if lock else None
    )
    return {EndpointId(row[0]): Health(*row[1:]) for row in rows}


def save_attempts(tx: Tx, healths: Mapping[EndpointId, Health]) -> None:
    """What attempts have changed of locked health; their rate is the claims' to write."""
    rows = [(endpoint_id, *(getattr(health, name) for name in _OF_ATTEMPTS)) for endpoint_id, health in healths.items()]
    by_set.update_by_keys(tx, endpoint_health, ("endpoint_id",), _OF_ATTEMPTS, rows)


def save_claims(tx: Tx, healths: Mapping[EndpointId, Health]) -> None:
    """What a claim has changed of locked health: a probe is under way, first attempts were counted."""
    rows = [(endpoint_id, health.breaker_until, health.rate_from) for endpoint_id, health in healths.items()]
    by_set.update_by_keys(tx, endpoint_health, ("endpoint_id",), _OF_CLAIMS, rows)


def let_one_through(tx: Tx, endpoint_ids: Iterable[EndpointId]) -> None:
    """An open breaker lets one first attempt go at once: somebody wants to know."""
    keys = [(endpoint_id,) for endpoint_id in endpoint_ids]
    rows = by_set.select_by_keys(tx.connection, endpoint_health, ("endpoint_id",), keys, ("endpoint_id", "breaker_until"), lock="update")
    by_set.update_by_keys(
        tx, endpoint_health, ("endpoint_id",), ("breaker_until",), [(row[0], tx.now) for row in rows if row[1] is not None]
    )


def add_hours(tx: Tx, counts: Sequence[tuple[EndpointId, bool, int]], now: Instant) -> None:
    """Counts attempts as (endpoint, whether it was accepted, its milliseconds) for the running hour."""
    hour = now - now % HOUR
    rows = [(endpoint_id, hour, int(accepted), int(not accepted), duration_ms) for endpoint_id, accepted, duration_ms in counts]
    by_set.add_counts(tx, endpoint_hours, ("endpoint_id", "hour"), ("accepted", "failed", "duration_ms"), rows)


def take_feed_numbers(tx: Tx, counts: Mapping[EndpointId, int]) -> dict[EndpointId, int]:
    """Takes so many numbers of each feed under the lock that makes them commit in order; the last number before those taken."""
    keys = [(endpoint_id,) for endpoint_id in counts]
    rows = by_set.select_by_keys(tx.connection, endpoint_health, ("endpoint_id",), keys, ("endpoint_id", "feed_number"), lock="update")
    last = {EndpointId(endpoint_id): int(number) for endpoint_id, number in rows}
    taken = [(endpoint_id, number + counts[endpoint_id]) for endpoint_id, number in last.items()]
    by_set.update_by_keys(tx, endpoint_health, ("endpoint_id",), ("feed_number",), taken)
    return last
