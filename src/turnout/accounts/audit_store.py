"""The table of the audit log and its statements."""

from typing import Any

import msgspec
import sqlalchemy as sa

from turnout.accounts.audit_rules import Actor, AuditFilter, AuditPlace, AuditRecord, Thing
from turnout.accounts.store import api_keys
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, ApiKeyId, AuditRecordId, Kind
from turnout.storage.database import Id, metadata

audit_records = sa.Table(
    "audit_records",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),  # for what is kept no longer
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.BigInteger),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("thing_kind", sa.Text),
    sa.Column("thing_id", sa.BigInteger),
    sa.Column("thing_name", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),  # a JSON object
    sa.Index("audit_records_of_account", "account_id", "at", "id"),
)


def insert_record(connection: sa.Connection, record: AuditRecord) -> None:
    """A new record."""
    thing = record.thing
    row = {
        "id": record.id,
        "account_id": record.account_id,
        "at": record.at,
        "kind": record.kind,
        "actor_kind": record.actor.kind,
        "actor_id": record.actor.id,
        "actor_name": record.actor.name,
        "address": record.actor.address,
        "thing_kind": None if thing is None else thing.kind.value,
        "thing_id": None if thing is None else thing.id,
        "thing_name": "" if thing is None else thing.name,
        "facts": msgspec.json.encode(record.facts).decode(),
    }
    connection.execute(audit_records.insert().values(row))


def select_records(
    connection: sa.Connection, account_id: AccountId, wanted: AuditFilter, after: AuditPlace | None, limit: int
) -> list[AuditRecord]:
    """The account's records that fit, newest first, after this place."""
    table = audit_records.c
    statement = sa.select(audit_records).where(table.account_id == account_id)
    if wanted.kind is not None:
        statement = statement.where(table.kind == wanted.kind)
    if wanted.actor_id is not None:
        statement = statement.where(table.actor_id == wanted.actor_id)
    if wanted.since is not None:
        statement = statement.where(table.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(table.at < wanted.until)
    if after is not None:
        statement = statement.where(sa.tuple_(table.at, table.id) < sa.tuple_(sa.literal(after.at), sa.literal(after.id)))
    rows = connection.execute(statement.order_by(table.at.desc(), table.id.desc()).limit(limit))
    return [_record(row) for row in rows]


def _record(row: Any) -> AuditRecord:
    return AuditRecord(
        id=AuditRecordId(row.id),
        account_id=AccountId(row.account_id),
        at=row.at,
        kind=row.kind,
        actor=Actor(row.actor_kind, row.actor_id, row.actor_name, row.address),
        thing=None if row.thing_kind is None else Thing(Kind(row.thing_kind), row.thing_id, row.thing_name),
        facts=msgspec.json.decode(row.facts),
    )


def delete_record(connection: sa.Connection, record_id: AuditRecordId) -> None:
    """Takes one record back: a try that was written down as failed before anybody had looked, and has not failed."""
    connection.execute(audit_records.delete().where(audit_records.c.id == record_id))


def delete_before(connection: sa.Connection, at: Instant, most: int) -> int:
    """Forgets so many of the oldest records of before that moment; how many. Those that another transaction is just forgetting are left."""
    old = sa.select(audit_records.c.id).where(audit_records.c.at < at).order_by(audit_records.c.at).limit(most)
    return connection.execute(audit_records.delete().where(audit_records.c.id.in_(old.with_for_update(skip_locked=True)))).rowcount


def select_label(connection: sa.Connection, account_id: AccountId, api_key_id: ApiKeyId) -> str:
    """What the account calls an API key; empty where it has none of this id."""
    mine = (api_keys.c.id == api_key_id) & (api_keys.c.account_id == account_id)
    return connection.execute(sa.select(api_keys.c.label).where(mine)).scalar() or ""
