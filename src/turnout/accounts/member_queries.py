"""Reading members, join links, API keys and the audit log: for operators and API keys, but for who opens a join link."""

import sqlalchemy as sa

from turnout.accounts import audit_store, member_store, store
from turnout.accounts.audit_rules import AuditFilter, AuditPlace, AuditRecord
from turnout.accounts.caller import Caller
from turnout.accounts.member_rules import JoinLink, require_open
from turnout.accounts.rules import Account, ApiKey, Host
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import ApiKeyId, HostId, JoinLinkId


def list_members(connection: sa.Connection, caller: Caller, after: HostId | None, limit: int) -> list[Host]:
    """A page of the account's members, in the order in which they came. Raises NotAllowed."""
    caller.require_operator()
    return member_store.select_members(connection, caller.account_id, after, limit)


def list_join_links(connection: sa.Connection, caller: Caller, before: JoinLinkId | None, limit: int) -> list[JoinLink]:
    """A page of the account's join links, newest first; those of the past too. Raises NotAllowed."""
    caller.require_operator()
    return member_store.select_join_links(connection, caller.account_id, before, limit)


def look_at_join_link(connection: sa.Connection, secret_hash: str, now: Instant) -> tuple[JoinLink, Account]:
    """The open link of this secret and its account, for whoever has the link. Raises NoSuchJoinLink, JoinLinkUsed, JoinLinkRevoked,
    JoinLinkExpired."""
    link = require_open(member_store.select_join_link_by_secret(connection, secret_hash), now)
    account = store.select_account(connection, link.account_id)
    if account is None:
        raise NotFound
    return link, account


def list_api_keys(connection: sa.Connection, caller: Caller, before: ApiKeyId | None, limit: int) -> list[ApiKey]:
    """A page of the account's API keys, newest first; revoked ones too. Raises NotAllowed."""
    caller.require_operator()
    return member_store.select_api_key_page(connection, caller.account_id, before, limit)


def list_records(connection: sa.Connection, caller: Caller, wanted: AuditFilter, after: AuditPlace | None, limit: int) -> list[AuditRecord]:
    """A page of the account's audit log, newest first. Raises NotAllowed."""
    caller.require_operator()
    return audit_store.select_records(connection, caller.account_id, wanted, after, limit)
