"""Statements about members, and the table of join links."""

from typing import Any

import sqlalchemy as sa

from turnout.accounts.member_rules import JoinLink
from turnout.accounts.rules import ApiKey, Host, HostRole
from turnout.accounts.store import API_KEY_COLUMNS, HOST_COLUMNS, api_keys, hosts
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, ApiKeyId, HostId, JoinLinkId
from turnout.storage.database import Id, metadata

join_links = sa.Table(
    "join_links",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("hosts.id"), index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Column("used_by", sa.BigInteger, sa.ForeignKey("hosts.id")),
    sa.Column("revoked_at", sa.BigInteger),
    sa.CheckConstraint("role IN ('host', 'operator')", name="role"),
    sa.Index("join_links_of_account", "account_id", "id"),
)

_OF_NOBODY = "-"
"""Stands where the hash of a password would, and is the hash of none."""


def _made_at(table: sa.Table, entry_id: int) -> sa.ScalarSelect[int]:
    """When an entry was made: ids are given out in blocks, and what the command line made meanwhile has a later block's."""
    return sa.select(table.c.created_at).where(table.c.id == entry_id).scalar_subquery()


# ---- members


def select_members(connection: sa.Connection, account_id: AccountId, after: HostId | None, limit: int) -> list[Host]:
    """A page of the account's members, in the order in which they came."""
    statement = sa.select(*HOST_COLUMNS).where(hosts.c.account_id == account_id, hosts.c.removed_at.is_(None))
    if after is not None:
        statement = statement.where(sa.tuple_(hosts.c.created_at, hosts.c.id) > sa.tuple_(_made_at(hosts, after), after))
    return [Host(*row) for row in connection.execute(statement.order_by(hosts.c.created_at, hosts.c.id).limit(limit))]


def count_members(connection: sa.Connection, account_id: AccountId, role: HostRole | None = None) -> int:
    """How many members the account has, or how many of one role."""
    there = (hosts.c.account_id == account_id) & hosts.c.removed_at.is_(None)
    statement = sa.select(sa.func.count()).select_from(hosts).where(there if role is None else there & (hosts.c.role == role))
    return connection.execute(statement).scalar_one()


def update_member(connection: sa.Connection, host_id: HostId, *, name: str, role: HostRole) -> None:
    """Sets a member's name and role."""
    connection.execute(hosts.update().where(hosts.c.id == host_id).values(name=name, role=role))


def remove_member(connection: sa.Connection, host_id: HostId, at: Instant) -> None:
    """Marks a member as removed: no password fits any more, and the login name is free. Its new one has a blank in it, as none that is
    chosen has."""
    gone = {"removed_at": at, "login": f"removed {host_id}", "password_hash": _OF_NOBODY}
    connection.execute(hosts.update().where(hosts.c.id == host_id).values(**gone))


# ---- join links

_maker, _joiner = hosts.alias("maker"), hosts.alias("joiner")
_LINKS = (
    sa.select(
        join_links.c.id,
        join_links.c.account_id,
        join_links.c.role,
        join_links.c.label,
        join_links.c.made_by,
        sa.func.coalesce(_maker.c.name, ""),
        join_links.c.created_at,
        join_links.c.expires_at,
        join_links.c.used_at,
        join_links.c.used_by,
        _joiner.c.name,
        join_links.c.revoked_at,
    )
    .select_from(join_links)
    .outerjoin(_maker, _maker.c.id == join_links.c.made_by)
    .outerjoin(_joiner, _joiner.c.id == join_links.c.used_by)
)


def insert_join_link(connection: sa.Connection, link: JoinLink, secret_hash: str) -> None:
    """A new link."""
    row: dict[str, Any] = {
        "id": link.id,
        "account_id": link.account_id,
        "secret_hash": secret_hash,
        "role": link.role,
        "label": link.label,
        "made_by": link.made_by,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
    }
    connection.execute(join_links.insert().values(row))


def select_join_link(connection: sa.Connection, account_id: AccountId, link_id: JoinLinkId) -> JoinLink | None:
    """One link of the account."""
    row = connection.execute(_LINKS.where(join_links.c.id == link_id, join_links.c.account_id == account_id)).first()
    return JoinLink(*row) if row else None


def select_join_link_by_secret(connection: sa.Connection, secret_hash: str) -> JoinLink | None:
    """The link whose secret has this hash."""
    row = connection.execute(_LINKS.where(join_links.c.secret_hash == secret_hash)).first()
    return JoinLink(*row) if row else None


def select_join_links(connection: sa.Connection, account_id: AccountId, before: JoinLinkId | None, limit: int) -> list[JoinLink]:
    """A page of the account's links, newest first."""
    statement = _LINKS.where(join_links.c.account_id == account_id)
    if before is not None:
        statement = statement.where(sa.tuple_(join_links.c.created_at, join_links.c.id) < sa.tuple_(_made_at(join_links, before), before))
    order = (join_links.c.created_at.desc(), join_links.c.id.desc())
    return [JoinLink(*row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def count_open_join_links(connection: sa.Connection, account_id: AccountId, now: Instant) -> int:
    """How many links somebody can still join by."""
    statement = sa.select(sa.func.count()).select_from(join_links).where(join_links.c.account_id == account_id, *_open_at(now))
    return connection.execute(statement).scalar_one()


def use_join_link(connection: sa.Connection, link_id: JoinLinkId, host_id: HostId, now: Instant) -> bool:
    """Marks the link as used by this new member; False where it is not open any more. Of two at once the second finds it used."""
    mine = join_links.update().where(join_links.c.id == link_id, *_open_at(now))
    return connection.execute(mine.values(used_at=now, used_by=host_id)).rowcount == 1


def revoke_join_link(connection: sa.Connection, link_id: JoinLinkId, now: Instant) -> bool:
    """Revokes the link; False where it is not open any more."""
    return connection.execute(join_links.update().where(join_links.c.id == link_id, *_open_at(now)).values(revoked_at=now)).rowcount == 1


def revoke_join_links_of(connection: sa.Connection, host_id: HostId, now: Instant) -> int:
    """Revokes every open link that this member has made; how many."""
    mine = join_links.update().where(join_links.c.made_by == host_id, *_open_at(now))
    return connection.execute(mine.values(revoked_at=now)).rowcount


def _open_at(now: Instant) -> tuple[sa.ColumnElement[bool], ...]:
    return (join_links.c.used_at.is_(None), join_links.c.revoked_at.is_(None), join_links.c.expires_at > now)


# ---- API keys


def select_api_key_page(connection: sa.Connection, account_id: AccountId, before: ApiKeyId | None, limit: int) -> list[ApiKey]:
    """A page of the account's keys, newest first; revoked ones too."""
    statement = sa.select(*API_KEY_COLUMNS).where(api_keys.c.account_id == account_id)
    if before is not None:
        statement = statement.where(sa.tuple_(api_keys.c.created_at, api_keys.c.id) < sa.tuple_(_made_at(api_keys, before), before))
    order = (api_keys.c.created_at.desc(), api_keys.c.id.desc())
    return [ApiKey(*row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def select_api_key(connection: sa.Connection, account_id: AccountId, api_key_id: ApiKeyId) -> ApiKey | None:
    """One key of the account, revoked or not."""
    row = connection.execute(sa.select(*API_KEY_COLUMNS).where(api_keys.c.id == api_key_id, api_keys.c.account_id == account_id)).first()
    return ApiKey(*row) if row else None


def count_working_api_keys(connection: sa.Connection, account_id: AccountId) -> int:
    """How many keys of the account are not revoked."""
    working = (api_keys.c.account_id == account_id) & api_keys.c.revoked_at.is_(None)
    return connection.execute(sa.select(sa.func.count()).select_from(api_keys).where(working)).scalar_one()
