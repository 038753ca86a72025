"""Tables of endpoints, deliveries and attempts, and the statements that set endpoints up and look at deliveries.

What the planner and the sender write is in lease_store.py; no other file of this folder sees a row.
"""

import msgspec
import sqlalchemy as sa

from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Endpoint, Outcome
from turnout.dialects.contract import OptionValue
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId
from turnout.storage.database import Id, metadata
from turnout.storage.event_log import events
from turnout.storage.transaction import Tx

endpoints = sa.Table(
    "endpoints",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("dialect", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary),  # sealed
    sa.Column("options", sa.Text, nullable=False),  # JSON object
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("removed_at", sa.BigInteger),
    sa.Index("endpoints_of_account", "account_id", "id"),
)

_DUE = sa.text("state = 'due'")
_UNFINISHED = sa.text("finished_at IS NULL")

DUE: sa.ColumnElement[str] = sa.literal_column("'due'")
"""The state of the partial indexes, written into the statement: with a parameter in its place neither engine would use them."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("stream_id", sa.BigInteger, nullable=False),
    sa.Column("event_number", sa.BigInteger, nullable=False),
    sa.Column("endpoint_id", sa.BigInteger, nullable=False),
    sa.Column("part", sa.BigInteger, nullable=False),
    sa.Column("ordering_key", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),  # from the first attempt on, never changed
    sa.Column("attempts_made", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),  # failed attempts since it last became due: an abandoned one is none
    # when it may be claimed: the next attempt's instant, or the end of the lease while an attempt is under way
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("lease_token", sa.BigInteger),  # the claim that may write the result; set while an attempt is under way
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("finished_at", sa.BigInteger),  # null while it is due, and after it was cancelled while an attempt is under way
    sa.Index("one_delivery_per_part", "endpoint_id", "stream_id", "event_number", "part", unique=True),
    sa.Index("deliveries_of_stream", "stream_id", "event_number", "id"),
    # two predicates for the same rows: what looks for earlier ones shall not be able to take the wrong index, as PostgreSQL did without
    # statistics
    sa.Index("due_deliveries", "endpoint_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
    sa.Index(
        "unfinished_deliveries",
        "endpoint_id",
        "stream_id",
        "ordering_key",
        "event_number",
        "part",
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("duration_ms", sa.BigInteger),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("status", sa.BigInteger),
    sa.Column("reply", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),  # JSON object of those sent
    sa.Column("explanation", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)


# ---- endpoints


def insert_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    """A new endpoint."""
    tx.connection.execute(
        endpoints.insert().values(
            id=endpoint.id,
            account_id=endpoint.account_id,
            url=endpoint.url,
            dialect=endpoint.dialect,
            secret=endpoint.secret,
            options=msgspec.json.encode(endpoint.options).decode(),
            created_at=endpoint.created_at,
            removed_at=None,
        )
    )


def load_endpoint(connection: sa.Connection, endpoint_id: EndpointId, *, lock: bool = False) -> Endpoint | None:
    """The endpoint, whoever owns it, also a removed one. lock: FOR UPDATE, against planning and redelivery."""
    statement = sa.select(endpoints).where(endpoints.c.id == endpoint_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return None if row is None else endpoint_of_row(row)


def list_endpoints(
    connection: sa.Connection, account_id: AccountId, after: tuple[Instant, EndpointId] | None, limit: int
) -> list[Endpoint]:
    """An account's endpoints that are not removed, oldest first; `after`: those after this (created at, id) in that order."""
    statement = sa.select(endpoints).where(endpoints.c.account_id == account_id, endpoints.c.removed_at.is_(None))
    if after is not None:
        statement = statement.where(sa.tuple_(endpoints.c.created_at, endpoints.c.id) > sa.tuple_(*after))
    statement = statement.order_by(endpoints.c.created_at, endpoints.c.id).limit(limit)
    return [endpoint_of_row(row) for row in connection.execute(statement)]


def count_endpoints(connection: sa.Connection, account_id: AccountId) -> int:
    """How many endpoints an account has."""
    statement = sa.select(sa.func.count()).where(endpoints.c.account_id == account_id, endpoints.c.removed_at.is_(None))
    return int(connection.execute(statement).scalar_one())


def remove_endpoint(tx: Tx, endpoint_id: EndpointId) -> None:
    """Marks a locked endpoint as removed and cancels what is still due to it; an attempt under way ends its delivery when it ends."""
    tx.connection.execute(endpoints.update().where(endpoints.c.id == endpoint_id).values(removed_at=tx.now))
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.state == DUE)
        .values(state=DeliveryState.CANCELLED, finished_at=sa.case((deliveries.c.lease_token.is_(None), tx.now), else_=None))
    )


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


def list_attempts(connection: sa.Connection, delivery_id: DeliveryId) -> list[Attempt]:
    """A delivery's attempts, first one first."""
    statement = sa.select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.number)
    return [_attempt(row) for row in connection.execute(statement)]


def load_stream_account(connection: sa.Connection, stream_id: int) -> AccountId | None:
    """Whose stream of events this is; None for one without events."""
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


def redeliver(tx: Tx, delivery_id: DeliveryId, due_at: Instant) -> None:
    """Makes a locked delivery due again, with the dialect's whole patience."""
    tx.connection.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.DUE, failures=0, due_at=due_at, lease_token=None, finished_at=None)
    )


def _delivery_rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            deliveries,
            events.c.kind.label("event_kind"),
            events.c.at.label("event_at"),
            endpoints.c.url.label("endpoint_url"),
            endpoints.c.dialect.label("dialect"),
            sa.func.coalesce(attempts.c.explanation, "").label("last_explanation"),
        )
        .join(events, sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number))
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .outerjoin(attempts, sa.and_(attempts.c.delivery_id == deliveries.c.id, attempts.c.number == deliveries.c.attempts_made))
    )


def _delivery(row: sa.Row[tuple[object, ...]]) -> Delivery:
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
    )


def endpoint_of_row(row: sa.Row[tuple[object, ...]]) -> Endpoint:
    """The endpoint in a row of its table."""
    return Endpoint(
        id=EndpointId(row.id),
        account_id=AccountId(row.account_id),
        url=row.url,
        dialect=row.dialect,
        secret=None if row.secret is None else bytes(row.secret),
        options=msgspec.json.decode(row.options, type=dict[str, OptionValue]),
        created_at=row.created_at,
        removed_at=row.removed_at,
    )


def _attempt(row: sa.Row[tuple[object, ...]]) -> Attempt:
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        outcome=Outcome(row.outcome),
        status=row.status,
        reply=bytes(row.reply),
        headers=msgspec.json.decode(row.headers, type=dict[str, str]),
        explanation=row.explanation,
    )
