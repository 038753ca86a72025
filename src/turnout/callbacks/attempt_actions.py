"""What the sender writes after an attempt. By set: a batch of results is a fixed number of statements, of however many endpoints.

Locks are taken in one order, each kind by its ids: endpoints that may be disabled by this, their accounts' streams, health, deliveries.
Planning, resuming, redelivery and claims take those they need in the same.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from turnout.callbacks import health_store, lease_store, notices, store
from turnout.callbacks.breaker_rules import Health, after_attempt, explain_disabling, may_disable
from turnout.callbacks.due_store import LeaseClock
from turnout.callbacks.lease_store import Lease, Result
from turnout.callbacks.patience_rules import Next
from turnout.callbacks.rules import Attempt, DeliveryState, Endpoint, Outcome
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import DeliveryId, EndpointId
from turnout.storage.transaction import Tx


class Record(msgspec.Struct, frozen=True):
    """What came of an attempt and what follows from it, under its lease. probe: a half-open breaker had let it through. gone: the receiver
    wants no more."""

    delivery_id: DeliveryId
    endpoint_id: EndpointId
    lease_token: int
    follows: Next
    attempt: Attempt
    probe: bool = False
    gone: bool = False


def record_results(
    lease_clock: LeaseClock,
) -> Callable[[Tx, Sequence[Record]], Sequence[bool | TurnoutError]]:
    """The action that writes results. Its outcome: whether the lease was still the writer's own, and so whether anything was written."""

    def record(tx: Tx, commands: Sequence[Record]) -> Sequence[bool | TurnoutError]:
        held = _hold_failing(tx, commands, lease_clock)
        healths = health_store.load_health(tx, (command.endpoint_id for command in commands), lock=True)
        leases = lease_store.lock_leases(tx, (command.delivery_id for command in commands))
        now = lease_clock(tx.connection, tx.now)
        gone = (None, DeliveryState.CANCELLED)  # a delivery that is kept no longer
        current = [command for command in commands if leases.get(command.delivery_id, gone)[0] == command.lease_token]
        if lease_store.save_results(tx, [_result(tx, command, leases[command.delivery_id][1], now) for command in current]):
            tx.nudge_each("deliveries", {command.endpoint_id for command in current})
        _save_health(tx, healths, current, now, held)
        written = {command.lease_token for command in current}
        return [command.lease_token in written for command in commands]

    return record


def _hold_failing(tx: Tx, commands: Sequence[Record], lease_clock: LeaseClock) -> dict[EndpointId, Endpoint]:
    """The endpoints that these attempts may give up, locked."""
    failed = {command.endpoint_id for command in commands if command.attempt.outcome is not Outcome.ACCEPTED}
    doubtful = {command.endpoint_id for command in commands if command.gone}
    healths = health_store.load_health(tx, failed)
    if any(health.failing_since is not None for health in healths.values()):
        now = lease_clock(tx.connection, tx.now)
        for endpoint_id, health in healths.items():
            with_these = msgspec.structs.replace(health, failures_in_row=health.failures_in_row + len(commands))
            if may_disable(with_these, now):
                doubtful.add(endpoint_id)
    found = [store.load_endpoint(tx.connection, endpoint_id, lock=True) for endpoint_id in sorted(doubtful)]
    held = {endpoint.id: endpoint for endpoint in found if endpoint is not None and endpoint.disabled_at is None}
    if held:
        tx.lock_streams(endpoint.account_id for endpoint in held.values())
    return held


def _result(tx: Tx, command: Record, state: DeliveryState, now: Instant) -> Result:
    follows = command.follows
    # a delivery cancelled while its attempt was under way stays cancelled; the attempt is recorded all the same
    after = follows.state if state is DeliveryState.DUE else state
    finished_at = None if after is DeliveryState.DUE else tx.now
    return Result(command.delivery_id, after, follows.failures, now + follows.wait, finished_at, command.attempt)


def _save_health(
    tx: Tx, healths: Mapping[EndpointId, Health], current: Sequence[Record], now: Instant, held: Mapping[EndpointId, Endpoint]
) -> None:
    """What the attempts say about their endpoints; gives up those that have failed for days, and those that want no more. One that is not
    held, since it came to that while this waited for a lock, is given up by its next failure."""
    counts: list[tuple[EndpointId, bool, int]] = []
    given_up: dict[EndpointId, str] = {}
    changed: dict[EndpointId, Health] = {}
    for command in current:
        attempt, endpoint_id = command.attempt, command.endpoint_id
        before = changed.get(endpoint_id) or healths.get(endpoint_id) or Health()
        after = after_attempt(before, attempt.outcome, attempt.explanation, probe=command.probe, now=now)
        if after is not before:
            changed[endpoint_id] = after
        if attempt.outcome is not Outcome.POSTPONED:
            counts.append((endpoint_id, attempt.outcome is Outcome.ACCEPTED, attempt.duration_ms or 0))
        if command.gone:
            given_up[endpoint_id] = attempt.explanation
        elif attempt.outcome is not Outcome.ACCEPTED and may_disable(after, now):
            given_up.setdefault(endpoint_id, explain_disabling(after, now))
    health_store.save_attempts(tx, changed)
    health_store.add_hours(tx, counts, now)
    for endpoint_id, because in sorted(given_up.items()):
        if endpoint_id in held:
            notices.disable_endpoint(tx, held[endpoint_id], because)


def end_leases(lease_clock: LeaseClock) -> Callable[[Tx, Sequence[Sequence[Lease]]], Sequence[None]]:
    """The action that ends leases whose holders are known to be dead; one that is somebody else's by now stays."""

    def end(tx: Tx, commands: Sequence[Sequence[Lease]]) -> Sequence[None]:
        lease_store.end_leases(tx, [lease for command in commands for lease in command], lease_clock(tx.connection, tx.now))
        return [None] * len(commands)

    return end


def tidy_up(lease_clock: LeaseClock) -> Callable[[Tx, Sequence[None]], Sequence[int]]:
    """The action that ends what nobody comes back to: what is due to a removed endpoint, at most CANCELLED_AT_ONCE of it, cancelled
    deliveries whose attempt's lease ran out, and waiting for a delivery that has finished by another way than an attempt. Its outcome: how
    many."""

    def tidy(tx: Tx, commands: Sequence[None]) -> Sequence[int]:
        cancelled = lease_store.cancel_removed(tx, lease_store.CANCELLED_AT_ONCE)
        ended = lease_store.abandon_cancelled(tx, lease_clock(tx.connection, tx.now))
        released = lease_store.release_forgotten(tx)
        if released:
            tx.nudge("deliveries", 0)
        return [cancelled + ended + released for _ in commands]

    return tidy
