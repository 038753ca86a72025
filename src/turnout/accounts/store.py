"""The tables of accounts and their named statements; the only file that sees their rows.

Secrets that only need to be recognised (API keys, login tokens) are kept as SHA-256 in hex, passwords as Argon2id, and secrets that must
sign are kept sealed (storage.keyring).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from turnout.accounts.caller import Caller, Login
from turnout.accounts.rules import Account, ApiKey, EntryKey, Host, OwnLogin
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, ApiKeyId, HostId
from turnout.storage.database import Id, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

dialect_keys_table = sa.Table(
    "dialect_keys",
    metadata,
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("dialect", sa.Text, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),  # sealed: it must sign and verify
    sqlite_with_rowid=False,
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger, nullable=True),
    sa.Column("last_used_at", sa.BigInteger, nullable=True),  # roughly: key_use.py
)

entry_keys = sa.Table(
    "entry_keys",
    metadata,
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary, nullable=False),  # sealed: it must verify
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("works_until", sa.BigInteger),  # null for the newest
    sqlite_with_rowid=False,
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("last_login_at", sa.BigInteger),
    sa.Column("removed_at", sa.BigInteger),  # what refers to a host outlives the login
    sa.CheckConstraint("role IN ('host', 'operator')", name="role"),
)

logins = sa.Table(
    "logins",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("host_id", sa.BigInteger, sa.ForeignKey("hosts.id"), nullable=False, index=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("address", sa.Text),  # null: of logins made before it was kept
    sa.Column("browser", sa.Text),
    sqlite_with_rowid=False,
)

login_failures = sa.Table(
    "login_failures",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Index("login_failures_of_subject", "subject", "at"),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

HOST_COLUMNS = (
    hosts.c.id,
    hosts.c.account_id,
    hosts.c.login,
    hosts.c.name,
    hosts.c.role,
    hosts.c.created_at,
    hosts.c.last_login_at,
    hosts.c.removed_at,
)

# Every request of the API begins with one of these two; building a statement costs a third of running it, so they are built once.
_WORKING_API_KEY = sa.select(api_keys.c.account_id, api_keys.c.id).where(
    api_keys.c.hash == sa.bindparam("key_hash"), api_keys.c.revoked_at.is_(None)
)
_WORKING_LOGIN = (
    sa.select(hosts.c.account_id, hosts.c.id, hosts.c.name, hosts.c.role, logins.c.csrf, logins.c.expires_at)
    .join_from(logins, hosts, logins.c.host_id == hosts.c.id)
    .where(logins.c.token_hash == sa.bindparam("token_hash"), logins.c.expires_at > sa.bindparam("now"), hosts.c.removed_at.is_(None))
)


def _insert_unless_there(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Inserts the row; False when one with the same unique values stands. Waits for a transaction that is just inserting such a one."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(row).on_conflict_do_nothing().returning(sa.literal(1))
    return connection.execute(statement).first() is not None


API_KEY_COLUMNS = (
    *(api_keys.c.id, api_keys.c.account_id, api_keys.c.label, api_keys.c.created_at),
    *(api_keys.c.revoked_at, api_keys.c.last_used_at),
)
"""In the order of ApiKey's members."""


# ---- accounts and API keys


def insert_account(connection: sa.Connection, *, account_id: int, name: str, dialect_keys: Mapping[str, bytes], at: Instant) -> None:
    """A new account with its sealed keys, by dialect."""
    connection.execute(accounts.insert().values(id=account_id, name=name, created_at=at))
    for dialect, sealed in dialect_keys.items():
        connection.execute(dialect_keys_table.insert().values(account_id=account_id, dialect=dialect, key=sealed))


def select_account(connection: sa.Connection, account_id: AccountId) -> Account | None:
    """One account."""
    row = connection.execute(sa.select(accounts.c.id, accounts.c.name, accounts.c.created_at).where(accounts.c.id == account_id)).first()
    return Account(*row) if row else None


def select_accounts(connection: sa.Connection) -> list[Account]:
    """Every account, oldest first."""
    rows = connection.execute(sa.select(accounts.c.id, accounts.c.name, accounts.c.created_at).order_by(accounts.c.id))
    return [Account(*row) for row in rows]


_DIALECT_KEY = sa.select(dialect_keys_table.c.key).where(
    dialect_keys_table.c.account_id == sa.bindparam("account_id"), dialect_keys_table.c.dialect == sa.bindparam("dialect")
)


def select_dialect_key(connection: sa.Connection, account_id: AccountId, dialect: str) -> bytes | None:
    """The account's sealed key of a dialect. Read for every signed query, so the statement is built once."""
    key: bytes | None = connection.execute(_DIALECT_KEY, {"account_id": account_id, "dialect": dialect}).scalar()
    return None if key is None else bytes(key)


def insert_api_key(connection: sa.Connection, *, api_key_id: int, account_id: int, key_hash: str, label: str, at: Instant) -> None:
    """A new API key."""
    connection.execute(api_keys.insert().values(id=api_key_id, account_id=account_id, hash=key_hash, label=label, created_at=at))


def revoke_api_key(connection: sa.Connection, *, account_id: AccountId, api_key_id: ApiKeyId, at: Instant) -> bool:
    """Marks the account's key as revoked, keeping the first moment; False when the account has no such key."""
    mine = (api_keys.c.id == api_key_id) & (api_keys.c.account_id == account_id)
    done = connection.execute(api_keys.update().where(mine).values(revoked_at=sa.func.coalesce(api_keys.c.revoked_at, at)))
    return done.rowcount == 1


def select_api_keys(connection: sa.Connection, account_id: AccountId) -> list[ApiKey]:
    """The account's keys, revoked ones too, oldest first."""
    rows = connection.execute(sa.select(*API_KEY_COLUMNS).where(api_keys.c.account_id == account_id).order_by(api_keys.c.id))
    return [ApiKey(*row) for row in rows]


def select_working_api_key(connection: sa.Connection, key_hash: str) -> tuple[AccountId, ApiKeyId] | None:
    """The account and id of an API key that is not revoked."""
    row = connection.execute(_WORKING_API_KEY, {"key_hash": key_hash}).first()
    return (AccountId(row[0]), ApiKeyId(row[1])) if row else None


def update_last_uses(connection: sa.Connection, uses: Sequence[tuple[ApiKeyId, Instant]]) -> None:
    """Keeps when keys were used last, unless a later moment is kept. uses: in order of the ids."""
    later = sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < sa.bindparam("used_at"))
    statement = api_keys.update().where(api_keys.c.id == sa.bindparam("key_id"), later).values(last_used_at=sa.bindparam("used_at"))
    connection.execute(statement, [{"key_id": key, "used_at": at} for key, at in uses])


def lock_account(connection: sa.Connection, account_id: AccountId) -> bool:
    """Holds the account against others who lock it; False when there is none."""
    return connection.execute(sa.select(accounts.c.id).where(accounts.c.id == account_id).with_for_update()).first() is not None


def insert_entry_key(connection: sa.Connection, key: EntryKey) -> None:
    """A new entry key."""
    row = {"account_id": key.account_id, "number": key.number, "key": key.sealed, "created_at": key.created_at}
    connection.execute(entry_keys.insert().values(row))


def end_entry_keys(connection: sa.Connection, account_id: AccountId, works_until: Instant) -> None:
    """The account's keys work until then at the longest."""
    later = sa.or_(entry_keys.c.works_until.is_(None), entry_keys.c.works_until > works_until)
    connection.execute(entry_keys.update().where(entry_keys.c.account_id == account_id, later).values(works_until=works_until))


def select_entry_keys(connection: sa.Connection, account_id: AccountId) -> list[EntryKey]:
    """The account's entry keys, the oldest first; those that no longer work too."""
    columns = (entry_keys.c.account_id, entry_keys.c.number, entry_keys.c.key, entry_keys.c.created_at, entry_keys.c.works_until)
    rows = connection.execute(sa.select(*columns).where(entry_keys.c.account_id == account_id).order_by(entry_keys.c.number))
    return [EntryKey(row[0], row[1], bytes(row[2]), row[3], row[4]) for row in rows]


# ---- hosts


def insert_host(connection: sa.Connection, host: Host, password_hash: str) -> bool:
    """A new host; False when the login name is taken."""
    row = {
        "id": host.id,
        "account_id": host.account_id,
        "login": host.login,
        "name": host.name,
        "role": host.role,
        "password_hash": password_hash,
        "created_at": host.created_at,
    }
    return _insert_unless_there(connection, hosts, row)


def select_host(connection: sa.Connection, account_id: AccountId, host_id: HostId) -> Host | None:
    """One host of the account, removed or not."""
    mine = (hosts.c.id == host_id) & (hosts.c.account_id == account_id)
    row = connection.execute(sa.select(*HOST_COLUMNS).where(mine)).first()
    return Host(*row) if row else None


def select_hosts(connection: sa.Connection, account_id: AccountId) -> list[Host]:
    """The account's hosts that were not removed, oldest first."""
    there = (hosts.c.account_id == account_id) & hosts.c.removed_at.is_(None)
    rows = connection.execute(sa.select(*HOST_COLUMNS).where(there).order_by(hosts.c.id))
    return [Host(*row) for row in rows]


def select_host_by_login(connection: sa.Connection, login: str) -> tuple[Host, str] | None:
    """The host with this (normal) login name, with the password's hash; none that was removed."""
    there = (hosts.c.login == login) & hosts.c.removed_at.is_(None)
    row = connection.execute(sa.select(*HOST_COLUMNS, hosts.c.password_hash).where(there)).first()
    return (Host(*row[:-1]), row[-1]) if row else None


def lock_password_hash(connection: sa.Connection, host_id: HostId) -> str | None:
    """The hash of the host's password, which nobody changes until this transaction ends."""
    found: str | None = connection.execute(sa.select(hosts.c.password_hash).where(hosts.c.id == host_id).with_for_update()).scalar()
    return found


def update_password(connection: sa.Connection, *, account_id: AccountId, host_id: HostId, password_hash: str) -> bool:
    """Sets the password of the account's host; False when the account has no such host, or no more."""
    mine = (hosts.c.id == host_id) & (hosts.c.account_id == account_id) & hosts.c.removed_at.is_(None)
    return connection.execute(hosts.update().where(mine).values(password_hash=password_hash)).rowcount == 1


# ---- logins


def insert_login(
    connection: sa.Connection,
    *,
    token_hash: str,
    host_id: HostId,
    account_id: AccountId,
    csrf: str,
    address: str,
    browser: str,
    at: Instant,
    expires_at: Instant,
) -> None:
    """A new login: the host's last one."""
    who = {"token_hash": token_hash, "host_id": host_id, "account_id": account_id, "csrf": csrf}
    connection.execute(logins.insert().values(**who, address=address, browser=browser, created_at=at, expires_at=expires_at))
    connection.execute(hosts.update().where(hosts.c.id == host_id).values(last_login_at=at))


def select_login(connection: sa.Connection, token_hash: str, now: Instant) -> Login | None:
    """The login of this token, unless it has expired."""
    row = connection.execute(_WORKING_LOGIN, {"token_hash": token_hash, "now": now}).first()
    if row is None:
        return None
    account_id, host_id, host_name, role, csrf, expires_at = row
    caller = Caller(account_id=account_id, host_id=host_id, host_name=host_name, api_key_id=None, role=role)
    return Login(caller=caller, csrf=csrf, expires_at=expires_at)


def delete_login(connection: sa.Connection, token_hash: str) -> bool:
    """Ends one login; False where it had ended."""
    return connection.execute(logins.delete().where(logins.c.token_hash == token_hash)).rowcount == 1


def select_logins_of_host(connection: sa.Connection, host_id: HostId, now: Instant) -> list[OwnLogin]:
    """The newest of the host's logins that have not ended, the newest first."""
    columns = (logins.c.token_hash, logins.c.created_at, logins.c.expires_at, logins.c.address, logins.c.browser)
    found = sa.select(*columns).where(logins.c.host_id == host_id, logins.c.expires_at > now)
    newest = found.order_by(logins.c.created_at.desc(), logins.c.token_hash).limit(limits.MAX_OWN_LOGINS)
    return [OwnLogin(*row) for row in connection.execute(newest)]


def delete_login_of_host(connection: sa.Connection, host_id: HostId, beginning: str) -> bool:
    """Ends the host's login whose token's hash begins like this; False when the host has none such."""
    mine = (logins.c.host_id == host_id) & logins.c.token_hash.startswith(beginning, autoescape=True)
    return connection.execute(logins.delete().where(mine)).rowcount > 0


def delete_logins_of_host(connection: sa.Connection, host_id: HostId, *, except_token_hash: str | None) -> int:
    """Ends the host's logins, but for one; how many."""
    mine = (logins.c.host_id == host_id) & (logins.c.token_hash != (except_token_hash or ""))
    return connection.execute(logins.delete().where(mine)).rowcount


def delete_expired_logins(connection: sa.Connection, now: Instant) -> None:
    """Forgets the logins that have expired."""
    connection.execute(logins.delete().where(logins.c.expires_at <= now))


# ---- failed logins


def select_failures(connection: sa.Connection, subject: str, since: Instant, most: int) -> list[Instant]:
    """When so many of the newest tries of this subject failed after that moment."""
    counting = (login_failures.c.subject == subject) & (login_failures.c.at > since)
    newest = sa.select(login_failures.c.at).where(counting).order_by(login_failures.c.at.desc()).limit(most)
    return list(connection.execute(newest).scalars())


def insert_failure(connection: sa.Connection, *, failure_id: int, subject: str, at: Instant) -> None:
    """Counts a try against its subject."""
    connection.execute(login_failures.insert().values(id=failure_id, subject=subject, at=at))


def delete_failure(connection: sa.Connection, failure_id: int) -> None:
    """Takes back one counted try."""
    connection.execute(login_failures.delete().where(login_failures.c.id == failure_id))


def delete_failures_of(connection: sa.Connection, subject: str) -> None:
    """Forgets every failure of a subject."""
    connection.execute(login_failures.delete().where(login_failures.c.subject == subject))


def delete_failures_before(connection: sa.Connection, at: Instant) -> None:
    """Forgets what no longer counts."""
    connection.execute(login_failures.delete().where(login_failures.c.at <= at))


# ---- idempotency keys


def claim_idempotency_key(connection: sa.Connection, *, account_id: AccountId, key: str, fingerprint: str, at: Instant) -> bool:
    """Takes the key for this transaction; False when it is taken. Waits for another transaction that is just taking it."""
    row = {"account_id": account_id, "key": key, "fingerprint": fingerprint, "reply": "", "created_at": at}
    return _insert_unless_there(connection, idempotency_keys, row)


def select_first_reply(connection: sa.Connection, *, account_id: AccountId, key: str) -> tuple[str, str]:
    """Fingerprint and reply under a key that is taken."""
    mine = (idempotency_keys.c.account_id == account_id) & (idempotency_keys.c.key == key)
    row = connection.execute(sa.select(idempotency_keys.c.fingerprint, idempotency_keys.c.reply).where(mine)).one()
    return row[0], row[1]


def update_first_reply(connection: sa.Connection, *, account_id: AccountId, key: str, reply: str) -> None:
    """Keeps the reply under a key that this transaction took."""
    mine = (idempotency_keys.c.account_id == account_id) & (idempotency_keys.c.key == key)
    connection.execute(idempotency_keys.update().where(mine).values(reply=reply))


def delete_idempotency_keys(connection: sa.Connection, *, before: Instant, most: int) -> None:
    """Forgets so many of the oldest keys made before that moment; on PostgreSQL not those that another transaction is just forgetting."""
    key = (idempotency_keys.c.account_id, idempotency_keys.c.key)
    old = sa.select(*key).where(idempotency_keys.c.created_at < before).order_by(idempotency_keys.c.created_at).limit(most)
    connection.execute(idempotency_keys.delete().where(sa.tuple_(*key).in_(old.with_for_update(skip_locked=True))))
