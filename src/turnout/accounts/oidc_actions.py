"""The login of somebody whom the provider vouches for. Batches of one, in actions.LOGIN_LANE."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import oidc_store, store
from turnout.accounts.actions import LoggedIn, NewLogin, begin_login
from turnout.accounts.oidc_rules import NotInvited, Person
from turnout.accounts.rules import Host, LoginTaken
from turnout.kernel.ids import AccountId, HostId
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx

NO_PASSWORD = ""
"""The hash of a host who has no password: no password ever fits it."""


class LogInByProvider(msgspec.Struct, frozen=True):
    """role_follows: the provider's groups say the role at each login. link: a verified mail address that is the login name of a host of the
    account means that host."""

    account_id: AccountId
    person: Person
    role_follows: bool
    link: bool
    new: NewLogin


def log_in_by_provider(tx: Tx, commands: Sequence[LogInByProvider]) -> Sequence[LoggedIn]:
    """A new login for the host whom the provider knows under this name; at the first time for the host with this mail address where that
    is allowed, or else for a new host. Raises LoginTaken where another host has the login name, and NotInvited where the account is not
    theirs or is gone, or they were removed."""
    return [_log_in_by_provider(tx, command) for command in commands]


def _log_in_by_provider(tx: Tx, command: LogInByProvider) -> LoggedIn:
    person = command.person
    host = oidc_store.select_host_of_identity(tx.connection, person.issuer, person.subject) or _first_time(tx, command)
    if host.account_id != command.account_id or host.removed_at is not None:
        raise NotInvited
    if command.role_follows and host.role != person.role:
        oidc_store.update_role(tx.connection, host, person.role)
    return LoggedIn(begin_login(tx, host.account_id, host.id, command.new))


def _first_time(tx: Tx, command: LogInByProvider) -> Host:
    person = command.person
    if store.select_account(tx.connection, command.account_id) is None:
        raise NotInvited("the account of the configuration does not exist")
    host = Host(HostId(tx.new_id()), command.account_id, person.login, person.name, person.role, tx.now)
    if not store.insert_host(tx.connection, host, NO_PASSWORD):
        # the same person in another process at the same moment, or another host with this login name
        known = oidc_store.select_host_of_identity(tx.connection, person.issuer, person.subject)
        host = known or _linked(tx, command)
    oidc_store.insert_identity(tx.connection, issuer=person.issuer, subject=person.subject, host_id=host.id, at=tx.now)
    return host


def _linked(tx: Tx, command: LogInByProvider) -> Host:
    found = store.select_host_by_login(tx.connection, command.person.login)
    if found is None or not command.link or command.person.mail is None or found[0].account_id != command.account_id:
        raise LoginTaken
    return found[0]


LOG_IN_BY_PROVIDER = Action("log_in_by_provider", log_in_by_provider)
