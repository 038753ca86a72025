"""Tables of endpoints, deliveries and attempts, and the statements that set endpoints up and look at deliveries.

What the planner and the sender write is in lease_store.py; no other file of this folder sees a row.
"""

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from turnout.callbacks.rules import Endpoint, EndpointHealth, EndpointHour, Ordering
from turnout.dialects.contract import OptionValue
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, EndpointId, RoomId
from turnout.storage.database import Id, metadata
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
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("room_id", sa.BigInteger),
    sa.Column("kinds", sa.Text, nullable=False, server_default="[]"),  # JSON array
    sa.Column("old_secret", sa.LargeBinary),  # sealed
    sa.Column("old_secret_until", sa.BigInteger),
    sa.Column("headers", sa.LargeBinary),  # sealed JSON object: there may be passwords among them
    sa.Column("client_certificate", sa.LargeBinary),  # sealed
    sa.Column("timeout_ms", sa.BigInteger),
    sa.Column("waits_ms", sa.Text),  # JSON array
    sa.Column("calls_per_minute", sa.BigInteger),
    sa.Column("concurrency", sa.BigInteger, nullable=False, server_default="16"),
    sa.Column("ordering", sa.Text, nullable=False, server_default="dialect"),
    sa.Column("native_tail", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("notify", sa.Text, nullable=False, server_default=""),
    sa.Column("paused_at", sa.BigInteger),
    sa.Column("disabled_at", sa.BigInteger),
    sa.Column("disabled_because", sa.Text, nullable=False, server_default=""),
    sa.Index("endpoints_of_account", "account_id", "id"),
)

# Apart from the endpoints, whose rows are held while events are planned: this changes with every attempt.
endpoint_health = sa.Table(
    "endpoint_health",
    metadata,
    sa.Column("endpoint_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("failing_since", sa.BigInteger),  # null after a success
    sa.Column("failures_in_row", sa.BigInteger, nullable=False),
    sa.Column("breaker_until", sa.BigInteger),  # first attempts wait until then; null while the breaker is closed
    sa.Column("breaker_opened", sa.BigInteger, nullable=False),  # how often in a row
    sa.Column("rate_from", sa.BigInteger, nullable=False),  # when the next first attempt would be on time (GCRA's arrival time)
    sa.Column("succeeded_at", sa.BigInteger),
    sa.Column("failed_at", sa.BigInteger),
    sa.Column("last_explanation", sa.Text, nullable=False),
    sa.Column("feed_number", sa.BigInteger, nullable=False),  # the last one given to a delivery of this feed
    sa.Column("feed_acknowledged", sa.BigInteger, nullable=False, server_default="0"),  # this one and all before it
    sqlite_with_rowid=False,
)

endpoint_hours = sa.Table(
    "endpoint_hours",
    metadata,
    sa.Column("endpoint_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),  # its first instant
    sa.Column("accepted", sa.BigInteger, nullable=False),  # attempts
    sa.Column("failed", sa.BigInteger, nullable=False),
    sa.Column("duration_ms", sa.BigInteger, nullable=False),  # of all of them together
    sqlite_with_rowid=False,
)

_MAIL_DUE = sa.text("mail_due_at IS NOT NULL")

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("endpoint_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),  # JSON
    sa.Column("dismissed_at", sa.BigInteger),
    sa.Column("mail_to", sa.Text, nullable=False),
    sa.Column("mail_due_at", sa.BigInteger),  # null: nothing to mail, mailed, or given up
    sa.Column("mail_failures", sa.BigInteger, nullable=False),
    sa.Column("mailed_at", sa.BigInteger),
    sa.Index("notices_of_account", "account_id", "id"),
    sa.Index("mail_due", "mail_due_at", sqlite_where=_MAIL_DUE, postgresql_where=_MAIL_DUE),
)

_DUE_FIRST = sa.text("state = 'due' AND waits_for IS NULL AND failures = 0")
_DUE_LATER = sa.text("state = 'due' AND failures > 0")
_WAITS = sa.text("waits_for IS NOT NULL")
_UNFINISHED = sa.text("finished_at IS NULL")
_FINISHED = sa.text("finished_at IS NOT NULL")
_OF_FEED = sa.text("feed_number IS NOT NULL")

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
    # as the facts of its event have it: those of a page of winners are too long to be read for a list
    sa.Column("event_title", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    # from the first attempt on; changed only by a redelivery, for a signature that stands in it
    sa.Column("body", sa.LargeBinary),
    sa.Column("attempts_made", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),  # failed attempts since it last became due: an abandoned one is none
    # when it may be claimed: the next attempt's instant, or the end of the lease while an attempt is under way
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("lease_token", sa.BigInteger),  # the claim that may write the result; set while an attempt is under way
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("finished_at", sa.BigInteger),  # null while it is due, and after it was cancelled while an attempt is under way
    sa.Column("feed_number", sa.BigInteger),  # of a feed's: without gaps, in the order of commits
    # an unfinished one of its ordering key behind which a claim found it: it is not looked at again before that one has finished
    sa.Column("waits_for", sa.BigInteger),
    sa.Index("deliveries_of_account", "account_id", "created_at", "id"),
    sa.Index("deliveries_of_endpoint", "endpoint_id", "created_at", "id"),
    sa.Index("finished_deliveries", "finished_at", sqlite_where=_FINISHED, postgresql_where=_FINISHED),
    sa.Index("deliveries_of_feed", "endpoint_id", "feed_number", sqlite_where=_OF_FEED, postgresql_where=_OF_FEED),
    sa.Index("one_delivery_per_part", "endpoint_id", "stream_id", "event_number", "part", unique=True),
    sa.Index("deliveries_of_stream", "stream_id", "event_number", "id"),
    # two predicates for the same rows: what looks for earlier ones shall not be able to take the wrong index, as PostgreSQL did without
    # statistics
    sa.Index("due_first_attempts", "endpoint_id", "due_at", sqlite_where=_DUE_FIRST, postgresql_where=_DUE_FIRST),
    sa.Index("due_later_attempts", "endpoint_id", "due_at", sqlite_where=_DUE_LATER, postgresql_where=_DUE_LATER),
    sa.Index("waiting_deliveries", "waits_for", sqlite_where=_WAITS, postgresql_where=_WAITS),
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
    sa.Column("url", sa.Text, nullable=False, server_default=""),
    sa.Column("reply_headers", sa.Text, nullable=False, server_default="{}"),  # JSON object
    sa.Column("body", sa.LargeBinary),  # what was sent, where the delivery's body is another by now
    sqlite_with_rowid=False,
)

# What somebody wants redelivered of an endpoint, until it is done: page by page, so that neither a kill nor its length matters.
redeliveries = sa.Table(
    "redeliveries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("endpoint_id", sa.BigInteger, nullable=False),
    sa.Column("missing", sa.Boolean, nullable=False),  # what was never planned, instead of what was sent
    sa.Column("from_at", sa.BigInteger, nullable=False),
    sa.Column("to_at", sa.BigInteger, nullable=False),  # not included
    sa.Column("states", sa.Text, nullable=False),  # JSON array
    sa.Column("kinds", sa.Text, nullable=False),  # JSON array, empty for all
    # how far it has got: (created at, delivery, 0), or (at, stream, number) of an event
    sa.Column("done_at", sa.BigInteger, nullable=False),
    sa.Column("done_id", sa.BigInteger, nullable=False),
    sa.Column("done_number", sa.BigInteger, nullable=False),
)


# ---- endpoints


def insert_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    """A new endpoint, and the row its health is kept in."""
    tx.connection.execute(endpoints.insert().values(_row_of_endpoint(endpoint)))
    tx.connection.execute(
        endpoint_health.insert().values(
            endpoint_id=endpoint.id, failures_in_row=0, breaker_opened=0, rate_from=0, last_explanation="", feed_number=0
        )
    )


def update_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    """A locked endpoint becomes as given."""
    tx.connection.execute(endpoints.update().where(endpoints.c.id == endpoint.id).values(_row_of_endpoint(endpoint)))


def disable_endpoint(tx: Tx, endpoint_id: EndpointId, because: str) -> bool:
    """Disables an endpoint that is neither disabled nor removed; whether it was one."""
    statement = (
        endpoints.update()
        .where(endpoints.c.id == endpoint_id, endpoints.c.disabled_at.is_(None), endpoints.c.removed_at.is_(None))
        .values(disabled_at=tx.now, disabled_because=because)
    )
    return tx.connection.execute(statement).rowcount == 1


def reset_health(tx: Tx, endpoint_id: EndpointId) -> None:
    """Forgets the failures of an endpoint, so that it is tried at once and not disabled again by its past."""
    tx.connection.execute(
        endpoint_health.update()
        .where(endpoint_health.c.endpoint_id == endpoint_id)
        .values(failing_since=None, failures_in_row=0, breaker_until=None, breaker_opened=0)
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


def list_health(connection: sa.Connection, endpoint_ids: Collection[EndpointId]) -> dict[EndpointId, EndpointHealth]:
    """How these endpoints have been doing."""
    statement = sa.select(endpoint_health).where(endpoint_health.c.endpoint_id.in_(endpoint_ids))
    return {
        EndpointId(row.endpoint_id): EndpointHealth(
            failing_since=row.failing_since,
            failures_in_row=row.failures_in_row,
            breaker_until=row.breaker_until,
            succeeded_at=row.succeeded_at,
            failed_at=row.failed_at,
            last_explanation=row.last_explanation,
        )
        for row in connection.execute(statement)
    }


def list_hours(connection: sa.Connection, endpoint_id: EndpointId, since: Instant) -> list[EndpointHour]:
    """An endpoint's hours from this instant on in which an attempt ended, first one first."""
    statement = (
        sa.select(endpoint_hours)
        .where(endpoint_hours.c.endpoint_id == endpoint_id, endpoint_hours.c.hour >= since)
        .order_by(endpoint_hours.c.hour)
    )
    return [EndpointHour(row.hour, row.accepted, row.failed, row.duration_ms) for row in connection.execute(statement)]


def count_endpoints(connection: sa.Connection, account_id: AccountId) -> int:
    """How many endpoints an account has."""
    statement = sa.select(sa.func.count()).where(endpoints.c.account_id == account_id, endpoints.c.removed_at.is_(None))
    return int(connection.execute(statement).scalar_one())


def remove_endpoint(tx: Tx, endpoint_id: EndpointId) -> None:
    """Marks a locked endpoint as removed and forgets its secrets: nothing more is claimed or planned for it. What is still due to it is
    cancelled by lease_store.cancel_due."""
    forgotten = dict.fromkeys(("secret", "old_secret", "headers", "client_certificate"))
    tx.connection.execute(endpoints.update().where(endpoints.c.id == endpoint_id).values(removed_at=tx.now, **forgotten))


def endpoint_of_row(row: sa.Row[tuple[object, ...]]) -> Endpoint:
    """The endpoint in a row of its table."""
    return Endpoint(
        id=EndpointId(row.id),
        account_id=AccountId(row.account_id),
        url=row.url,
        dialect=row.dialect,
        name=row.name,
        room_id=None if row.room_id is None else RoomId(row.room_id),
        kinds=msgspec.json.decode(row.kinds, type=tuple[str, ...]),
        secret=_bytes(row.secret),
        old_secret=_bytes(row.old_secret),
        old_secret_until=row.old_secret_until,
        options=msgspec.json.decode(row.options, type=dict[str, OptionValue]),
        headers=_bytes(row.headers),
        client_certificate=_bytes(row.client_certificate),
        timeout_s=None if row.timeout_ms is None else row.timeout_ms / 1000,
        waits_s=None if row.waits_ms is None else tuple(wait / 1000 for wait in msgspec.json.decode(row.waits_ms, type=list[int])),
        calls_per_minute=row.calls_per_minute,
        concurrency=row.concurrency,
        ordering=Ordering(row.ordering),
        native_tail=row.native_tail,
        notify=row.notify,
        created_at=row.created_at,
        paused_at=row.paused_at,
        disabled_at=row.disabled_at,
        disabled_because=row.disabled_because,
        removed_at=row.removed_at,
    )


def _row_of_endpoint(endpoint: Endpoint) -> dict[str, object]:
    row = msgspec.structs.asdict(endpoint)
    timeout_s, waits_s = row.pop("timeout_s"), row.pop("waits_s")
    return row | {
        "kinds": msgspec.json.encode(endpoint.kinds).decode(),
        "options": msgspec.json.encode(endpoint.options).decode(),
        "timeout_ms": None if timeout_s is None else round(timeout_s * 1000),
        "waits_ms": None if waits_s is None else msgspec.json.encode([round(wait * 1000) for wait in waits_s]).decode(),
        "ordering": endpoint.ordering.value,
    }


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
