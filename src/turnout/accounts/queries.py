"""Reading accounts: who a proof belongs to, and what an account has."""

import sqlalchemy as sa

from turnout.accounts import store, two_step_store
from turnout.accounts.caller import Caller, Login
from turnout.accounts.rules import Account, ApiKey, EntryKey, Host, OwnLogin
from turnout.accounts.two_step_rules import TwoStep
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, HostId


def caller_of_api_key(connection: sa.Connection, key_hash: str) -> Caller | None:
    """Who calls with the API key of this hash (api_keys.hash_secret); None for a key that is unknown or revoked."""
    found = store.select_working_api_key(connection, key_hash)
    if found is None:
        return None
    account_id, api_key_id = found
    return Caller(account_id=account_id, host_id=None, host_name="", api_key_id=api_key_id, role="api_key")


def find_login(connection: sa.Connection, token_hash: str, now: Instant) -> Login | None:
    """The login whose token has this hash (api_keys.hash_secret); None for one that is unknown, ended or expired."""
    return store.select_login(connection, token_hash, now)


def caller_of_login(connection: sa.Connection, token_hash: str, now: Instant) -> Caller | None:
    """Who calls with that login, for where no CSRF token is needed: the upgrade of a socket, whose Origin is checked instead."""
    login = store.select_login(connection, token_hash, now)
    return login.caller if login else None


def find_host_for_login(connection: sa.Connection, login: str) -> tuple[Host, str] | None:
    """The host with this normal login name (rules.normal_login) and the hash of its password."""
    return store.select_host_by_login(connection, login)


def find_account(connection: sa.Connection, account_id: AccountId) -> Account:
    """The account; raises NotFound."""
    account = store.select_account(connection, account_id)
    if account is None:
        raise NotFound
    return account


def list_accounts(connection: sa.Connection) -> list[Account]:
    """Every account, oldest first: for the command line of the operator, never for a caller."""
    return store.select_accounts(connection)


def dialect_key_of(connection: sa.Connection, account_id: AccountId, dialect: str) -> bytes | None:
    """The key that signs the account's queries in a dialect, sealed (secrets.open_dialect_key opens it); None for an unknown account."""
    return store.select_dialect_key(connection, account_id, dialect)


def list_api_keys(connection: sa.Connection, account_id: AccountId) -> list[ApiKey]:
    """The account's API keys, revoked ones too, oldest first."""
    return store.select_api_keys(connection, account_id)


def list_entry_keys(connection: sa.Connection, account_id: AccountId, now: Instant) -> list[EntryKey]:
    """The account's entry keys that work, the oldest first."""
    return [key for key in store.select_entry_keys(connection, account_id) if key.works_at(now)]


def list_hosts(connection: sa.Connection, account_id: AccountId) -> list[Host]:
    """The account's hosts, oldest first."""
    return store.select_hosts(connection, account_id)


def find_host(connection: sa.Connection, account_id: AccountId, host_id: HostId) -> Host:
    """The account's host; raises NotFound."""
    host = store.select_host(connection, account_id, host_id)
    if host is None:
        raise NotFound
    return host


def list_own_logins(connection: sa.Connection, host_id: HostId, now: Instant) -> list[OwnLogin]:
    """The logins of a host that have not ended, the newest first."""
    return store.select_logins_of_host(connection, host_id, now)


def find_two_step(connection: sa.Connection, host_id: HostId) -> TwoStep | None:
    """The host's two-step login, set up or on."""
    return two_step_store.select_two_step(connection, host_id)


def count_recovery_codes(connection: sa.Connection, host_id: HostId) -> int:
    """How many recovery codes the host has left."""
    return two_step_store.count_recovery_codes(connection, host_id)


def find_host_of_ticket(connection: sa.Connection, ticket_hash: str, now: Instant) -> tuple[Host, TwoStep] | None:
    """Whose password was proved for this ticket, and the two-step login; None for a ticket that is unknown, used or expired."""
    ticket = two_step_store.select_ticket(connection, ticket_hash, now)
    if ticket is None:
        return None
    two_step = two_step_store.select_two_step(connection, ticket.host_id)
    return None if two_step is None else (find_host(connection, ticket.account_id, ticket.host_id), two_step)


def has_password(connection: sa.Connection, host: Host) -> bool:
    """Whether the host has a password; whoever a provider vouches for may have none."""
    found = store.select_host_by_login(connection, host.login)
    return found is not None and bool(found[1])


def host_name(connection: sa.Connection, account_id: AccountId, host_id: HostId) -> str:
    """The name of the account's host; raises NotFound."""
    return find_host(connection, account_id, host_id).name


def default_host(connection: sa.Connection, account_id: AccountId) -> Host:
    """The host in whose name the account's own systems act: its first one. Raises NotFound for an account without hosts."""
    found = store.select_hosts(connection, account_id)
    if not found:
        raise NotFound("the account has no host")
    return found[0]


def host_of(connection: sa.Connection, caller: Caller) -> tuple[HostId, str]:
    """Id and name of the host in whose name the caller acts: the one logged in, or the account's first for an API key."""
    if caller.host_id is not None:
        return caller.host_id, caller.host_name
    host = default_host(connection, caller.account_id)
    return host.id, host.name
