"""Writing the audit log: `note`, which actions call where a change has really happened.

A record is written in the transaction of the change it tells of, so both stand or fall together; what was refused, what changed nothing and
what is a repeat under one Idempotency-Key leaves none. Only hosts, API keys and the command line are noted: nothing that a viewer does
comes here, and answers cost what they cost before.
"""

from turnout.accounts import audit_store
from turnout.accounts.audit_rules import Actor, AuditKind, AuditRecord, Fact, Thing
from turnout.accounts.caller import Caller
from turnout.kernel.ids import AccountId, AuditRecordId
from turnout.storage.transaction import Tx


def note(tx: Tx, by: Caller | AccountId, kind: AuditKind, thing: Thing | None = None, **facts: Fact) -> AuditRecordId:
    """Writes down what was just done, and by whom; the new record's id. by: the caller, or for the command line the account it was about.
    facts: small, no secrets."""
    account_id = by.account_id if isinstance(by, Caller) else by
    return note_as(tx, account_id, _actor(tx, by), kind, thing, **facts)


def note_as(tx: Tx, account_id: AccountId, actor: Actor, kind: AuditKind, thing: Thing | None = None, **facts: Fact) -> AuditRecordId:
    """The same of somebody who is no caller yet: who tries to log in, or joins."""
    record = AuditRecord(AuditRecordId(tx.new_id()), account_id, tx.now, kind, actor, thing, facts)
    audit_store.insert_record(tx.connection, record)
    return record.id


def take_back(tx: Tx, record_id: AuditRecordId) -> None:
    """Unwrites a failed login that did not fail after all."""
    audit_store.delete_record(tx.connection, record_id)


def _actor(tx: Tx, by: Caller | AccountId) -> Actor:
    if not isinstance(by, Caller):
        return Actor("command_line")
    if by.host_id is not None:
        return Actor("member", by.host_id, by.host_name, by.address)
    if by.api_key_id is None:
        return Actor("api_key", None, "", by.address)
    return Actor("api_key", by.api_key_id, audit_store.select_label(tx.connection, by.account_id, by.api_key_id), by.address)
