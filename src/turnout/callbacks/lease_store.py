"""Statements of the planner and the sender: deliveries planned, claimed under a lease, and judged.

Lease: a claim sets `due_at` to the lease's end and `lease_token` to an id nobody else has. Whoever finds `due_at` in the past may claim the
delivery anew; a result is written only while the token is still the writer's own.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.callbacks.attempt_rules import ABANDONED_CANCELLED_EXPLANATION, ABANDONED_EXPLANATION
from turnout.callbacks.due_store import Due, decoded_endpoint
from turnout.callbacks.due_store import LeaseClock as LeaseClock
from turnout.callbacks.due_store import database_now as database_now
from turnout.callbacks.rules import Attempt, DeliveryState, Endpoint, Outcome
from turnout.callbacks.store import DUE, attempts, deliveries, endpoints
from turnout.kernel.clock import Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage import by_set
from turnout.storage.event_log import unplanned
from turnout.storage.transaction import Tx

# ---- planning


def list_endpoints_of_accounts(tx: Tx, account_ids: Iterable[AccountId]) -> list[Endpoint]:
    """The endpoints of these accounts, held against removal until the commit: an endpoint gets no delivery after its removal."""
    statement = (
        sa.select(endpoints)
        .where(endpoints.c.account_id.in_(sorted(set(account_ids))), endpoints.c.removed_at.is_(None))
        .order_by(endpoints.c.id)
        .with_for_update(read=True)
    )
    return [decoded_endpoint(tuple(row)) for row in tx.connection.execute(statement)]


def has_unplanned(connection: sa.Connection) -> bool:
    """Whether any event waits for its planning."""
    return connection.execute(sa.select(unplanned.c.stream_id).limit(1)).first() is not None


class Planned(msgspec.Struct, frozen=True):
    """A new delivery. body and feed_number: of a feed's alone."""

    event: Event
    endpoint_id: EndpointId
    ordering_key: str
    part: int
    body: bytes | None = None
    feed_number: int | None = None


_OF_PLANNED = (
    "id", "account_id", "stream_id", "event_number", "endpoint_id", "part", "ordering_key", "state",
    "attempts_made", "failures", "due_at", "created_at", "event_title",
)  # fmt: skip


def insert_deliveries(tx: Tx, planned: Sequence[Planned], due_at: Instant) -> list[DeliveryId]:
    """New deliveries; one that exists already is left as it is. Returns the ids of those that are new."""
    ids = tx.new_ids(len(planned))
    titles = {key: _title_of(event) for key, event in {(one.event.stream_id, one.event.number): one.event for one in planned}.items()}
    rows = [
        (
            delivery_id, one.event.account_id, one.event.stream_id, one.event.number, one.endpoint_id, one.part, one.ordering_key,
            DeliveryState.DUE.value, 0, 0, due_at, tx.now,
            titles[one.event.stream_id, one.event.number],
        )
        for delivery_id, one in zip(ids, planned, strict=True)
    ]  # fmt: skip
    inserted: list[by_set.Row] = []
    to_call = [row for row, one in zip(rows, planned, strict=True) if one.feed_number is None]
    if to_call:
        inserted += by_set.insert_new(tx, deliveries, _OF_PLANNED, to_call, ("id",))
    to_read = [(*row, one.body, one.feed_number) for row, one in zip(rows, planned, strict=True) if one.feed_number is not None]
    if to_read:
        inserted += by_set.insert_new(tx, deliveries, (*_OF_PLANNED, "body", "feed_number"), to_read, ("id",))
    return [DeliveryId(row[0]) for row in inserted]


class _Titled(msgspec.Struct):
    """Where the facts of every kind say what they are about; announcements, viewers and endpoints have no title."""

    title: str = ""


_titled = msgspec.json.Decoder(_Titled)


def _title_of(event: Event) -> str:
    try:
        return _titled.decode(event.facts).title
    except msgspec.MsgspecError:
        return ""  # whatever is wrong with them, their encoding will say


def list_planned(tx: Tx, wanted: Iterable[tuple[EndpointId, Event]]) -> set[tuple[EndpointId, int, int, int]]:
    """Which parts of these events these endpoints have deliveries of, as (endpoint, stream, number, part)."""
    keys = [(endpoint_id, event.stream_id, event.number) for endpoint_id, event in wanted]
    columns = ("endpoint_id", "stream_id", "event_number")
    rows = by_set.select_by_keys(tx.connection, deliveries, columns, keys, (*columns, "part"))
    return {(EndpointId(row[0]), row[1], row[2], row[3]) for row in rows}


# ---- claiming


class ClaimRow(msgspec.Struct, frozen=True):
    """What a claim writes to one delivery. body: to be kept; None when it is already. Where it takes the place of another, that one stays
    with the attempts that sent it."""

    due: Due
    lease_token: int
    lease_until: Instant
    url: str
    body: bytes | None


_OF_CLAIMS = ("due_at", "lease_token", "attempts_made")


def save_claims(tx: Tx, claims: Sequence[ClaimRow]) -> None:
    """Puts deliveries under leases, keeps the bodies, and begins an attempt for each; an attempt whose lease ran out becomes abandoned."""
    abandon_attempts(
        tx, [(claim.due.id, claim.due.attempts_made) for claim in claims if claim.due.lease_token is not None], ABANDONED_EXPLANATION
    )
    again = [(claim.due.id, claim.lease_until, claim.lease_token, claim.due.attempts_made + 1) for claim in claims if claim.body is None]
    by_set.update_by_keys(tx, deliveries, ("id",), _OF_CLAIMS, again)
    anew = [
        (claim.due.id, claim.lease_until, claim.lease_token, claim.due.attempts_made + 1, claim.body)
        for claim in claims
        if claim.body is not None
    ]
    by_set.update_by_keys(tx, deliveries, ("id",), (*_OF_CLAIMS, "body"), anew)
    for claim in claims:  # one by one: somebody has redelivered it by hand
        if claim.body is not None and claim.due.body is not None:
            sent = (attempts.c.delivery_id == claim.due.id, attempts.c.body.is_(None))
            tx.connection.execute(attempts.update().where(*sent).values(body=claim.due.body))
    begun = [
        (claim.due.id, claim.due.attempts_made + 1, tx.now, None, Outcome.SENDING.value, None, b"", "{}", "", claim.url, "{}")
        for claim in claims
    ]
    by_set.insert_rows(tx.connection, attempts, ("delivery_id", "number", *_OF_RESULTS, "url", "reply_headers"), begun)


def abandon_attempts(tx: Tx, lapsed: Sequence[tuple[DeliveryId, int]], explanation: str) -> None:
    """Ends attempts, as (delivery, number), whose sender died before it knew."""
    if not lapsed:
        return
    tx.connection.execute(
        attempts.update()
        .where(
            attempts.c.delivery_id == sa.bindparam("b_id"),
            attempts.c.number == sa.bindparam("b_number"),
            attempts.c.outcome == Outcome.SENDING,
        )
        .values(outcome=Outcome.ABANDONED, explanation=explanation),
        [{"b_id": delivery_id, "b_number": number} for delivery_id, number in lapsed],
    )


_OF_RESULTS = ("started_at", "duration_ms", "outcome", "status", "reply", "headers", "explanation")


def insert_attempts(tx: Tx, rows: Sequence[tuple[DeliveryId, Attempt]]) -> None:
    """New attempts."""
    values = [(delivery_id, attempt.number, *_result(attempt), attempt.url) for delivery_id, attempt in rows]
    by_set.insert_rows(tx.connection, attempts, ("delivery_id", "number", *_OF_RESULTS, "reply_headers", "url"), values)


def fail_unsent(tx: Tx, due: Due, explanation: str) -> None:
    """A delivery for which no body can be made: it has failed, and an attempt says why."""
    number = due.attempts_made + 1
    insert_attempts(tx, [(due.id, Attempt(number, "", tx.now, 0, Outcome.NOT_SENDABLE, None, b"", {}, {}, explanation))])
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.id == due.id)
        .values(state=DeliveryState.FAILED, attempts_made=number, failures=due.failures + 1, lease_token=None, finished_at=tx.now)
    )
    release_waiting(tx, [due.id])


# ---- recording


def lock_leases(tx: Tx, delivery_ids: Iterable[DeliveryId]) -> Mapping[DeliveryId, tuple[int | None, DeliveryState]]:
    """Lease token and state of these deliveries, locked in order of their ids."""
    keys = [(delivery_id,) for delivery_id in delivery_ids]
    rows = by_set.select_by_keys(tx.connection, deliveries, ("id",), keys, ("id", "lease_token", "state"), lock="update")
    return {DeliveryId(row[0]): (row[1], DeliveryState(row[2])) for row in rows}


class Result(msgspec.Struct, frozen=True):
    """What a locked delivery becomes by its attempt."""

    delivery_id: DeliveryId
    state: DeliveryState
    failures: int
    due_at: Instant
    finished_at: Instant | None
    attempt: Attempt


def save_results(tx: Tx, results: Sequence[Result]) -> int:
    """Ends the leases of locked deliveries, and lets go what waited for those that have finished; how many that were."""
    by_set.update_by_keys(
        tx,
        deliveries,
        ("id",),
        ("state", "failures", "due_at", "finished_at", "lease_token"),
        [(one.delivery_id, one.state.value, one.failures, one.due_at, one.finished_at, None) for one in results],
    )
    by_set.update_by_keys(
        tx,
        attempts,
        ("delivery_id", "number"),
        (*_OF_RESULTS, "reply_headers"),
        [(one.delivery_id, one.attempt.number, *_result(one.attempt)) for one in results],
    )
    return release_waiting(tx, [one.delivery_id for one in results if one.finished_at is not None])


def release_waiting(tx: Tx, finished: Sequence[DeliveryId]) -> int:
    """What was set aside to wait for these may be claimed again; how many deliveries that are."""
    return by_set.update_by_keys(tx, deliveries, ("waits_for",), ("waits_for",), [(delivery_id, None) for delivery_id in finished])


def _result(attempt: Attempt) -> tuple[object, ...]:
    """The columns _OF_RESULTS and reply_headers."""
    return (
        attempt.started_at,
        attempt.duration_ms,
        attempt.outcome.value,
        attempt.status,
        attempt.reply,
        msgspec.json.encode(attempt.headers).decode() if attempt.headers else "{}",
        attempt.explanation,
        msgspec.json.encode(attempt.reply_headers).decode() if attempt.reply_headers else "{}",
    )


# ---- leases of the dead

ENDED_AT_ONCE = 500
"""Leases ended in one transaction."""

Lease = tuple[DeliveryId, int]
"""A delivery and the token of its lease."""


def list_leases(connection: sa.Connection) -> list[Lease]:
    """Every lease there is. Comes by all deliveries that have not finished."""
    statement = sa.select(deliveries.c.id, deliveries.c.lease_token)
    found = connection.execute(statement.where(deliveries.c.finished_at.is_(None), deliveries.c.lease_token.is_not(None)))
    return [(DeliveryId(row.id), row.lease_token) for row in found]


def end_leases(tx: Tx, leases: Iterable[Lease], now: Instant) -> None:
    """These leases have run out by now."""
    by_set.update_by_keys(tx, deliveries, ("id", "lease_token"), ("due_at",), [(*lease, now) for lease in leases])


# ---- what nobody else comes back to

CANCELLED_AT_ONCE = 500
"""Deliveries of removed endpoints cancelled in one transaction."""

# by way of the removed endpoints, which are few, into the index of unfinished deliveries
_LAPSED_AND_CANCELLED = (
    sa.select(deliveries.c.id, deliveries.c.attempts_made)
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
    .where(
        endpoints.c.removed_at.is_not(None),
        deliveries.c.finished_at.is_(None),
        deliveries.c.state == DeliveryState.CANCELLED,
        deliveries.c.due_at <= sa.bindparam("now"),
    )
)
_before = deliveries.alias("before")
_FORGOTTEN = (
    sa.select(deliveries.c.waits_for)
    .distinct()
    .outerjoin_from(deliveries, _before, _before.c.id == deliveries.c.waits_for)
    .where(deliveries.c.waits_for.is_not(None), deliveries.c.finished_at.is_(None))
    .where(sa.or_(_before.c.id.is_(None), _before.c.finished_at.is_not(None)))
)


# in the order of the index of unfinished deliveries, so that neither engine takes another one, which holds the finished too
_UNFINISHED = (deliveries.c.stream_id, deliveries.c.ordering_key, deliveries.c.event_number, deliveries.c.part)
_STILL_DUE = sa.select(deliveries.c.id).where(deliveries.c.finished_at.is_(None), deliveries.c.state == DUE).order_by(*_UNFINISHED)
_OF_ENDPOINT = _STILL_DUE.where(deliveries.c.endpoint_id == endpoints.c.id).limit(1).correlate(endpoints).scalar_subquery()
_REMOVED_WITH_DUE = sa.select(endpoints.c.id).where(endpoints.c.removed_at.is_not(None), _OF_ENDPOINT.is_not(None)).limit(1)


def has_left_behind(connection: sa.Connection, now: Instant) -> bool:
    """Whether there is anything for `cancel_removed`, `abandon_cancelled` or `release_forgotten`."""
    if connection.execute(_REMOVED_WITH_DUE).first() is not None:
        return True
    if connection.execute(_LAPSED_AND_CANCELLED.limit(1), {"now": now}).first() is not None:
        return True
    return connection.execute(_FORGOTTEN.limit(1)).first() is not None


def cancel_removed(tx: Tx, limit: int) -> int:
    """Cancels what is still due to removed endpoints, at most so many; how many."""
    cancelled = 0
    while cancelled < limit and (endpoint_id := tx.connection.execute(_REMOVED_WITH_DUE).scalar()) is not None:
        count = cancel_due(tx, EndpointId(endpoint_id), limit - cancelled)
        if not count:
            break  # another process has been quicker
        cancelled += count
    return cancelled


def cancel_due(tx: Tx, endpoint_id: EndpointId, limit: int) -> int:
    """Cancels what is still due to a removed endpoint, at most so many; how many. One whose attempt is under way ends when that ends."""
    found = [(row.id,) for row in tx.connection.execute(_STILL_DUE.where(deliveries.c.endpoint_id == endpoint_id).limit(limit))]
    columns = ("id", "state", "lease_token")
    rows = by_set.select_by_keys(tx.connection, deliveries, ("id",), found, columns, lock="update")  # in the order in which all lock them
    cancelled = DeliveryState.CANCELLED.value
    ended = [(row[0], cancelled, tx.now if row[2] is None else None) for row in rows if row[1] == DeliveryState.DUE]
    return by_set.update_by_keys(tx, deliveries, ("id",), ("state", "finished_at"), ended)


def abandon_cancelled(tx: Tx, now: Instant) -> int:
    """Ends the cancelled deliveries whose attempt has outlived its lease; returns how many."""
    found = tx.connection.execute(_LAPSED_AND_CANCELLED.with_for_update(skip_locked=True, of=deliveries), {"now": now})
    lapsed = [(DeliveryId(row.id), int(row.attempts_made)) for row in found]
    if lapsed:
        abandon_attempts(tx, lapsed, ABANDONED_CANCELLED_EXPLANATION)
        by_set.update_by_keys(
            tx, deliveries, ("id",), ("lease_token", "finished_at"), [(delivery_id, None, tx.now) for delivery_id, _ in lapsed]
        )
    return len(lapsed)


def release_forgotten(tx: Tx) -> int:
    """Lets go what waits for a delivery that has finished by another way than an attempt; returns for how many such deliveries it did."""
    finished = [DeliveryId(row[0]) for row in tx.connection.execute(_FORGOTTEN)]
    release_waiting(tx, finished)
    return len(finished)
