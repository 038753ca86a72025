"""Statements that look at deliveries and attempts, and those that make deliveries due again."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.callbacks.delivery_rules import Asked, Counts, Filter, Redelivery
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, EndpointState, Outcome
from turnout.callbacks.store import DUE, attempts, deliveries, endpoint_health, endpoints, redeliveries
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage.event_log import events
from turnout.storage.transaction import Tx

# ---- looking at deliveries


def load_delivery(connection: sa.Connection, delivery_id: DeliveryId) -> Delivery | None:
    """The delivery, whoever owns it."""
    row = connection.execute(_delivery_rows().where(deliveries.c.id == delivery_id)).first()
    return None if row is None else _delivery(row)


def load_body(connection: sa.Connection, delivery_id: DeliveryId) -> bytes | None:
    """The body of a delivery; None before its first attempt."""
    body: bytes | None = connection.execute(sa.select(deliveries.c.body).where(deliveries.c.id == delivery_id)).scalar()
    return None if body is None else bytes(body)


def list_deliveries(connection: sa.Connection, stream_id: int, before: tuple[int, int] | None, limit: int) -> list[Delivery]:
    """Deliveries for a stream's events, newest event first; `before`: those after this (event number, delivery id) in that order."""
    statement = _delivery_rows().where(deliveries.c.stream_id == stream_id)
    if before is not None:
        number, delivery_id = before
        statement = statement.where(
            sa.or_(
                deliveries.c.event_number < number,
                sa.and_(deliveries.c.event_number == number, deliveries.c.id < delivery_id),
            )
        )
    statement = statement.order_by(deliveries.c.event_number.desc(), deliveries.c.id.desc()).limit(limit)
    return [_delivery(row) for row in connection.execute(statement)]


def list_filtered(connection: sa.Connection, asked: Filter, before: tuple[Instant, DeliveryId] | None, limit: int) -> list[Delivery]:
    """The deliveries asked for, newest first; `before`: those after this (created at, id) in that order."""
    made = (deliveries.c.created_at, deliveries.c.id)
    statement = _delivery_rows().where(deliveries.c.account_id == asked.account_id)
    if asked.endpoint_id is not None:
        statement = statement.where(deliveries.c.endpoint_id == asked.endpoint_id)
    if asked.stream_ids is not None:
        statement = statement.where(deliveries.c.stream_id.in_(asked.stream_ids))
    if asked.state is not None:
        statement = statement.where(*_STANDING[asked.state])
    if asked.kind is not None:
        statement = statement.where(events.c.kind == asked.kind)
    if asked.from_at is not None:
        statement = statement.where(deliveries.c.created_at >= asked.from_at)
    if asked.to_at is not None:
        statement = statement.where(deliveries.c.created_at < asked.to_at)
    if before is not None:
        statement = statement.where(sa.tuple_(*made) < sa.tuple_(*before))
    statement = statement.order_by(*(column.desc() for column in made)).limit(limit)
    return [_delivery(row) for row in connection.execute(statement)]


_UNDER_LEASE = deliveries.c.lease_token.is_not(None)
_STANDING: dict[Asked, tuple[sa.ColumnElement[bool], ...]] = {
    Asked.DUE: (deliveries.c.state == DUE,),
    Asked.WAITING: (deliveries.c.state == DUE, ~_UNDER_LEASE, deliveries.c.attempts_made == 0),
    Asked.RETRYING: (deliveries.c.state == DUE, ~_UNDER_LEASE, deliveries.c.attempts_made > 0),
    Asked.SENDING: (deliveries.c.state == DUE, _UNDER_LEASE),
    Asked.SUCCEEDED: (deliveries.c.state == DeliveryState.SUCCEEDED,),
    Asked.FAILED: (deliveries.c.state == DeliveryState.FAILED,),
    Asked.CANCELLED: (deliveries.c.state == DeliveryState.CANCELLED,),
}


def list_attempts(connection: sa.Connection, delivery_id: DeliveryId) -> list[Attempt]:
    """A delivery's attempts that are kept, first one first."""
    statement = sa.select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.number)
    return [_attempt(row) for row in connection.execute(statement)]


def load_stream_account(connection: sa.Connection, stream_id: int) -> AccountId | None:
    """Whose stream of events this is; None for one of which no event is kept."""
    account_id = connection.execute(sa.select(events.c.account_id).where(events.c.stream_id == stream_id).limit(1)).scalar()
    return None if account_id is None else AccountId(account_id)


def count_deliveries(connection: sa.Connection, account_id: AccountId | None = None) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state, of one account or of all."""
    statement = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    if account_id is not None:
        statement = statement.where(deliveries.c.account_id == account_id)
    counts = dict.fromkeys(DeliveryState, 0)
    counts.update({DeliveryState(state): count for state, count in connection.execute(statement)})
    return counts


def count_of_endpoint(connection: sa.Connection, endpoint_id: EndpointId) -> Counts:
    """How many deliveries of an endpoint stand where."""
    counts = dict.fromkeys(Asked, 0)
    chosen = [sa.func.count().filter(sa.and_(*_STANDING[asked])).label(asked.value) for asked in Asked]
    oldest = sa.func.min(deliveries.c.due_at).filter(deliveries.c.state == DUE, ~_UNDER_LEASE).label("oldest_due_at")
    row = connection.execute(sa.select(*chosen, oldest).where(deliveries.c.endpoint_id == endpoint_id)).one()
    counts.update({asked: getattr(row, asked.value) for asked in Asked})
    return Counts(**{asked.value: count for asked, count in counts.items() if asked is not Asked.DUE}, oldest_due_at=row.oldest_due_at)


def _is_behind() -> sa.ColumnElement[bool]:
    # as due_store decides it; a scalar subquery for the reason given there
    before = deliveries.alias("before")
    last = (
        sa.select(before.c.id)
        .where(
            before.c.endpoint_id == deliveries.c.endpoint_id,
            before.c.stream_id == deliveries.c.stream_id,
            before.c.ordering_key == deliveries.c.ordering_key,
            before.c.finished_at.is_(None),
            sa.tuple_(before.c.event_number, before.c.part) < sa.tuple_(deliveries.c.event_number, deliveries.c.part),
        )
        .order_by(before.c.event_number.desc(), before.c.part.desc())
        .limit(1)
        .correlate(deliveries)
        .scalar_subquery()
    )
    return sa.case((sa.and_(deliveries.c.state == DUE, deliveries.c.feed_number.is_(None)), last.is_not(None)), else_=sa.false())


def _delivery_rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            *(column for column in deliveries.columns if column.name != "body"),
            events.c.kind.label("event_kind"),
            events.c.at.label("event_at"),
            endpoints.c.url.label("endpoint_url"),
            endpoints.c.dialect.label("dialect"),
            endpoints.c.name.label("endpoint_name"),
            endpoints.c.paused_at,
            endpoints.c.disabled_at,
            endpoints.c.removed_at,
            endpoints.c.calls_per_minute,
            endpoint_health.c.breaker_until,
            endpoint_health.c.rate_from,
            _is_behind().label("is_behind"),
            attempts.c.outcome.label("last_outcome"),
            sa.func.coalesce(attempts.c.explanation, "").label("last_explanation"),
        )
        .join(events, sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number))
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .join(endpoint_health, endpoint_health.c.endpoint_id == deliveries.c.endpoint_id)
        .outerjoin(attempts, sa.and_(attempts.c.delivery_id == deliveries.c.id, attempts.c.number == deliveries.c.attempts_made))
    )


def _delivery(row: sa.Row[tuple[object, ...]]) -> Delivery:
    state = EndpointState.ACTIVE if row.endpoint_url else EndpointState.FEED
    if row.disabled_at is not None:
        state = EndpointState.DISABLED
    elif row.paused_at is not None:
        state = EndpointState.PAUSED
    return Delivery(
        id=DeliveryId(row.id),
        account_id=AccountId(row.account_id),
        stream_id=row.stream_id,
        event_number=row.event_number,
        event_kind=row.event_kind,
        event_at=row.event_at,
        endpoint_id=EndpointId(row.endpoint_id),
        endpoint_url=row.endpoint_url,
        dialect=row.dialect,
        part=row.part,
        state=DeliveryState(row.state),
        attempts_made=row.attempts_made,
        due_at=row.due_at,
        in_flight=row.lease_token is not None,
        created_at=row.created_at,
        finished_at=row.finished_at,
        last_explanation=row.last_explanation,
        endpoint_name=row.endpoint_name,
        endpoint_state=state,
        feed_number=row.feed_number,
        failures=row.failures,
        last_outcome=None if row.last_outcome is None else Outcome(row.last_outcome),
        endpoint_removed=row.removed_at is not None,
        is_behind=bool(row.is_behind),
        breaker_until=row.breaker_until,
        calls_per_minute=row.calls_per_minute,
        rate_from=row.rate_from,
        event_title=row.event_title,
    )


def _attempt(row: sa.Row[tuple[object, ...]]) -> Attempt:
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        outcome=Outcome(row.outcome),
        status=row.status,
        reply=bytes(row.reply),
        url=row.url,
        reply_headers=msgspec.json.decode(row.reply_headers, type=dict[str, str]),
        headers=msgspec.json.decode(row.headers, type=dict[str, str]),
        explanation=row.explanation,
        body=None if row.body is None else bytes(row.body),
    )


# ---- making them due again


def redeliver(tx: Tx, delivery_ids: Sequence[DeliveryId], due_at: Instant) -> None:
    """Makes locked deliveries due again, with the dialect's whole patience."""
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.id.in_(delivery_ids))
        .values(state=DeliveryState.DUE, failures=0, due_at=due_at, waits_for=None, lease_token=None, finished_at=None)
    )


def insert_redelivery(tx: Tx, redelivery: Redelivery) -> None:
    """Somebody wants this sent again."""
    done_at, done_id, done_number = redelivery.done
    tx.connection.execute(
        redeliveries.insert().values(
            id=redelivery.id,
            account_id=redelivery.account_id,
            endpoint_id=redelivery.endpoint_id,
            missing=redelivery.missing,
            from_at=redelivery.from_at,
            to_at=redelivery.to_at,
            states=msgspec.json.encode(redelivery.states).decode(),
            kinds=msgspec.json.encode(redelivery.kinds).decode(),
            done_at=done_at,
            done_id=done_id,
            done_number=done_number,
        )
    )


def has_redelivery(connection: sa.Connection) -> bool:
    """Whether anything waits to be sent again."""
    return connection.execute(sa.select(redeliveries.c.id).limit(1)).first() is not None


def count_redeliveries(connection: sa.Connection, endpoint_id: EndpointId) -> int:
    """How many redeliveries to an endpoint are not done."""
    statement = sa.select(sa.func.count()).select_from(redeliveries).where(redeliveries.c.endpoint_id == endpoint_id)
    return int(connection.execute(statement).scalar_one())


def take_redelivery(tx: Tx) -> Redelivery | None:
    """A redelivery that is not done, locked: any of them, so that a long one holds back no other; those another process is at are
    skipped."""
    any_of = sa.select(redeliveries).order_by(sa.func.random()).limit(1).with_for_update(skip_locked=True)
    row = tx.connection.execute(any_of).first()
    if row is None:
        return None
    return Redelivery(
        id=row.id,
        account_id=AccountId(row.account_id),
        endpoint_id=EndpointId(row.endpoint_id),
        missing=row.missing,
        from_at=row.from_at,
        to_at=row.to_at,
        states=msgspec.json.decode(row.states, type=tuple[DeliveryState, ...]),
        kinds=msgspec.json.decode(row.kinds, type=tuple[str, ...]),
        done=(row.done_at, row.done_id, row.done_number),
    )


def save_redelivery(tx: Tx, redelivery_id: int, done: tuple[int, int, int]) -> None:
    """How far it has got."""
    done_at, done_id, done_number = done
    tx.connection.execute(
        redeliveries.update().where(redeliveries.c.id == redelivery_id).values(done_at=done_at, done_id=done_id, done_number=done_number)
    )


def delete_redelivery(tx: Tx, redelivery_id: int) -> None:
    """It is done."""
    tx.connection.execute(redeliveries.delete().where(redeliveries.c.id == redelivery_id))


class Looked(NamedTuple):
    """What a redelivery came by: where, as in Redelivery.done, and whether it is about this."""

    place: tuple[int, int, int]
    wanted: bool


def count_redeliverable(connection: sa.Connection, redelivery: Redelivery) -> int:
    """How many deliveries a redelivery of what was sent is about."""
    return int(connection.execute(_made(redelivery, sa.func.count()).where(_is_redeliverable(redelivery))).scalar_one())


def look_for_redeliverable(connection: sa.Connection, redelivery: Redelivery, limit: int) -> list[Looked]:
    """The next deliveries that were made in its time, wanted or not: a few among millions must not keep the writer looking."""
    made = (deliveries.c.created_at, deliveries.c.id)
    statement = _made(redelivery, *made, _is_redeliverable(redelivery).label("wanted"))
    statement = statement.where(sa.tuple_(*made) > sa.tuple_(*redelivery.done[:2])).order_by(*made).limit(limit)
    return [Looked((row.created_at, row.id, 0), bool(row.wanted)) for row in connection.execute(statement)]


def _made(redelivery: Redelivery, *chosen: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    statement = sa.select(*chosen).where(
        deliveries.c.endpoint_id == redelivery.endpoint_id,
        deliveries.c.created_at >= max(redelivery.from_at, redelivery.done[0]),  # one bound, for the index to begin at
        deliveries.c.created_at < redelivery.to_at,
    )
    if not redelivery.kinds:
        return statement
    of_event = sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number)
    return statement.select_from(deliveries.join(events, of_event))


def _is_redeliverable(redelivery: Redelivery) -> sa.ColumnElement[bool]:
    stands = deliveries.c.state.in_([state.value for state in redelivery.states])
    return sa.and_(stands, events.c.kind.in_(redelivery.kinds)) if redelivery.kinds else stands


def count_missing(connection: sa.Connection, redelivery: Redelivery) -> int:
    """Of how many events a redelivery of what is missing finds no delivery."""
    return int(connection.execute(_recorded(redelivery, sa.func.count()).where(_is_missing(redelivery))).scalar_one())


def look_for_missing(connection: sa.Connection, redelivery: Redelivery, limit: int) -> list[Looked]:
    """The next events that were recorded in its time, wanted or not, in the order of their instants and numbers."""
    place = (events.c.at, events.c.stream_id, events.c.number)
    statement = _recorded(redelivery, *place, _is_missing(redelivery).label("wanted"))
    statement = statement.where(sa.tuple_(*place) > sa.tuple_(*redelivery.done)).order_by(*place).limit(limit)
    return [Looked((row.at, row.stream_id, row.number), bool(row.wanted)) for row in connection.execute(statement)]


def _recorded(redelivery: Redelivery, *chosen: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*chosen).where(
        events.c.account_id == redelivery.account_id,
        events.c.at >= max(redelivery.from_at, redelivery.done[0]),
        events.c.at < redelivery.to_at,
    )


def _is_missing(redelivery: Redelivery) -> sa.ColumnElement[bool]:
    its_own = (
        sa.select(deliveries.c.id)
        .where(
            deliveries.c.endpoint_id == redelivery.endpoint_id,
            deliveries.c.stream_id == events.c.stream_id,
            deliveries.c.event_number == events.c.number,
        )
        .limit(1)
        .correlate(events)
    )
    missing = its_own.scalar_subquery().is_(None)
    return sa.and_(events.c.kind.in_(redelivery.kinds), missing) if redelivery.kinds else missing
