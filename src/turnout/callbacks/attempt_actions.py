"""What the sender writes: claims before an attempt, results after it. By set: a batch of results is a fixed number of statements."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from turnout.callbacks import lease_store
from turnout.callbacks.lease_store import ClaimRow, Due, LeaseClock
from turnout.callbacks.rules import Attempt, DeliveryState, Endpoint, Next, lease_s, not_sendable
from turnout.dialects.contract import CallbackDialect, Part
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage.transaction import Tx

log = structlog.get_logger()

ENDPOINTS_AT_ONCE = 100
"""Endpoints served by one claim; the next claim follows at once."""

CLAIMS_AT_ONCE = 500
"""Deliveries taken by one claim."""


class Claim(msgspec.Struct, frozen=True):
    """Asks for what may be sent now. busy: attempts this sender has under way, by endpoint; per_endpoint: the most it may have."""

    busy: dict[EndpointId, int]
    per_endpoint: int


class Claimed(msgspec.Struct, frozen=True):
    """A delivery under a lease, with all that its attempt needs. secret: sealed. failures: before this attempt."""

    delivery_id: DeliveryId
    endpoint_id: EndpointId
    account_id: AccountId
    dialect: str
    url: str
    secret: bytes | None
    body: bytes
    lease_token: int
    number: int
    failures: int


class Record(msgspec.Struct, frozen=True):
    """What came of an attempt and what follows from it, under its lease."""

    delivery_id: DeliveryId
    lease_token: int
    follows: Next
    attempt: Attempt


class ClaimAction:
    """Claims due deliveries: locks them, encodes bodies that do not exist yet, stores those, the leases and the beginning attempts.

    A body that cannot be made fails its delivery here, with an attempt that says so: it would not succeed a second time.
    """

    def __init__(self, dialects: Mapping[str, CallbackDialect], lease_clock: LeaseClock) -> None:
        self._dialects = dialects
        self._lease_clock = lease_clock

    def __call__(self, tx: Tx, commands: Sequence[Claim]) -> Sequence[Sequence[Claimed] | TurnoutError]:
        return [self._claim(tx, command) for command in commands]

    def _claim(self, tx: Tx, command: Claim) -> list[Claimed]:
        now = self._lease_clock(tx.connection, tx.now)
        full = [endpoint_id for endpoint_id, count in command.busy.items() if count >= command.per_endpoint]
        found: list[tuple[Endpoint, Due]] = []
        for endpoint in lease_store.list_endpoints_with_due(tx.connection, now, self._dialects, full, ENDPOINTS_AT_ONCE):
            free = command.per_endpoint - command.busy.get(endpoint.id, 0)
            found += [(endpoint, due) for due in lease_store.list_due(tx, endpoint.id, now, min(free, CLAIMS_AT_ONCE - len(found)))]
            if len(found) >= CLAIMS_AT_ONCE:
                break
        unencoded = [(due.stream_id, due.event_number) for _, due in found if due.body is None]
        events = lease_store.load_events(tx.connection, unencoded) if unencoded else {}
        encoded: dict[tuple[object, ...], bytes] = {}  # endpoints that differ in their URL alone get one encoding
        rows: list[ClaimRow] = []
        claimed: list[Claimed] = []
        for endpoint, due in found:
            body = self._body(tx, endpoint, due, events, encoded)
            if body is None:
                continue
            lease_until = now + round(lease_s(self._dialects[endpoint.dialect].patience) * SECOND)
            row = ClaimRow(due, tx.new_id(), lease_until, body)
            rows.append(row)
            claimed.append(
                Claimed(
                    delivery_id=due.id,
                    endpoint_id=endpoint.id,
                    account_id=endpoint.account_id,
                    dialect=endpoint.dialect,
                    url=endpoint.url,
                    secret=endpoint.secret,
                    body=body,
                    lease_token=row.lease_token,
                    number=due.attempts_made + 1,
                    failures=due.failures,
                )
            )
        lease_store.save_claims(tx, rows)
        return claimed

    def _body(
        self,
        tx: Tx,
        endpoint: Endpoint,
        due: Due,
        events: Mapping[tuple[int, int], Event],
        encoded: dict[tuple[object, ...], bytes],
    ) -> bytes | None:
        if due.body is not None:
            return bytes(due.body)
        key = (endpoint.dialect, tuple(sorted(endpoint.options.items())), due.stream_id, due.event_number, due.ordering_key, due.part)
        if key in encoded:
            return encoded[key]
        try:
            event = events[due.stream_id, due.event_number]
            body = self._dialects[endpoint.dialect].encode(event, Part(due.ordering_key, due.part), endpoint.options)
        except Exception as error:
            log.exception("encode_failed", delivery_id=due.id, dialect=endpoint.dialect)
            lease_store.fail_unsent(tx, due, not_sendable(type(error).__name__).explanation)
            tx.nudge("deliveries", 0)  # what waited for this one under its ordering key may go
            return None
        encoded[key] = body
        return body


def abandon_cancelled(lease_clock: LeaseClock) -> Callable[[Tx, Sequence[None]], Sequence[int]]:
    """The action that ends cancelled deliveries whose attempt's lease ran out, which nobody claims again. Its outcome: how many."""

    def abandon(tx: Tx, commands: Sequence[None]) -> Sequence[int]:
        ended = lease_store.abandon_cancelled(tx, lease_clock(tx.connection, tx.now))
        return [ended for _ in commands]

    return abandon


def record_results(
    lease_clock: LeaseClock,
) -> Callable[[Tx, Sequence[Record]], Sequence[bool | TurnoutError]]:
    """The action that writes results. Its outcome: whether the lease was still the writer's own, and so whether anything was written."""

    def record(tx: Tx, commands: Sequence[Record]) -> Sequence[bool | TurnoutError]:
        leases = lease_store.lock_leases(tx, (command.delivery_id for command in commands))
        now = lease_clock(tx.connection, tx.now)
        current = [command for command in commands if leases[command.delivery_id][0] == command.lease_token]
        lease_store.save_results(tx, [_result(tx, command, leases[command.delivery_id][1], now) for command in current])
        held = {command.lease_token for command in current}
        return [command.lease_token in held for command in commands]

    return record


def _result(
    tx: Tx, command: Record, state: DeliveryState, now: Instant
) -> tuple[DeliveryId, DeliveryState, int, Instant, Instant | None, Attempt]:
    follows = command.follows
    # a delivery cancelled while its attempt was under way stays cancelled; the attempt is recorded all the same
    after = follows.state if state is DeliveryState.DUE else state
    finished_at = None if after is DeliveryState.DUE else tx.now
    return command.delivery_id, after, follows.failures, now + follows.wait, finished_at, command.attempt
