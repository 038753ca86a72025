"""The login of somebody whom the provider vouches for. Batches of one, in actions.LOGIN_LANE."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit, member_store, oidc_store, store
from turnout.accounts.actions import LoggedIn, NewLogin, begin_login
from turnout.accounts.audit_rules import Actor, Fact, Thing
from turnout.accounts.member_rules import NoSuchMember, TooManyMembers
from turnout.accounts.oidc_rules import NotInvited, Person
from turnout.accounts.rules import Host, HostRole, LoginTaken
from turnout.kernel import limits
from turnout.kernel.ids import AccountId, HostId, Kind
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


class Readmit(msgspec.Struct, frozen=True):
    """By the command line: somebody who was removed as a member may come back with the provider, as a new one."""

    account_id: AccountId
    member_id: HostId


def log_in_by_provider(tx: Tx, commands: Sequence[LogInByProvider]) -> Sequence[LoggedIn]:
    """A new login for the host whom the provider knows under this name; at the first time for the host with this mail address where that
    is allowed, or else for a new host. Raises LoginTaken where another host has the login name, TooManyMembers, and NotInvited where the
    account is not theirs or is gone, or they were removed."""
    return [_log_in_by_provider(tx, command) for command in commands]


def _log_in_by_provider(tx: Tx, command: LogInByProvider) -> LoggedIn:
    person = command.person
    if not store.lock_account(tx.connection, command.account_id):  # as for every change of members: of two operators one stays
        raise NotInvited("the account of the configuration does not exist")
    host = oidc_store.select_host_of_identity(tx.connection, person.issuer, person.subject) or _first_time(tx, command)
    if host.account_id != command.account_id or host.removed_at is not None:
        raise NotInvited
    if command.role_follows and host.role != person.role:
        _give_role(tx, host, person.role, command.new.address)
    return LoggedIn(begin_login(tx, host.account_id, host.id, command.new, by="provider"))


def _first_time(tx: Tx, command: LogInByProvider) -> Host:
    host = _linked(tx, command) or _joined(tx, command)
    oidc_store.insert_identity(tx.connection, issuer=command.person.issuer, subject=command.person.subject, host_id=host.id, at=tx.now)
    return host


def _linked(tx: Tx, command: LogInByProvider) -> Host | None:
    found = store.select_host_by_login(tx.connection, command.person.login)
    if found is None:
        return None
    if not command.link or command.person.mail is None or found[0].account_id != command.account_id:
        raise LoginTaken
    return found[0]


def _joined(tx: Tx, command: LogInByProvider) -> Host:
    person = command.person
    if member_store.count_members(tx.connection, command.account_id) >= limits.MAX_MEMBERS_PER_ACCOUNT:
        raise TooManyMembers
    host = Host(HostId(tx.new_id()), command.account_id, person.login, person.name, person.role, tx.now)
    if not store.insert_host(tx.connection, host, NO_PASSWORD):
        raise LoginTaken  # by a host of another account, at this moment
    facts: dict[str, Fact] = {"login": host.login, "role": host.role, "by": "provider"}
    audit.note_as(tx, host.account_id, _actor(host, command.new.address), "member.joined", _thing(host), **facts)
    return host


def _give_role(tx: Tx, host: Host, role: HostRole, address: str) -> None:
    """As the groups say, unless the account would be left without an operator."""
    if host.role == "operator" and member_store.count_members(tx.connection, host.account_id, "operator") <= 1:
        return
    member_store.update_member(tx.connection, host.id, name=host.name, role=role)
    revoked = member_store.revoke_join_links_of(tx.connection, host.id, tx.now) if role == "host" else 0
    facts: dict[str, Fact] = {"role": role, "before": host.role, "join_links_revoked": revoked, "by": "provider"}
    audit.note_as(tx, host.account_id, _actor(host, address), "member.role_changed", _thing(host), **facts)


def _actor(host: Host, address: str) -> Actor:
    return Actor("member", host.id, host.name, address)


def _thing(host: Host) -> Thing:
    return Thing(Kind.HOST, host.id, host.name)


def readmit(tx: Tx, commands: Sequence[Readmit]) -> Sequence[Host]:
    """The removed member, whom the provider's person is no more. Raises NoSuchMember for one who was not removed, or never came by the
    provider."""
    return [_readmit(tx, command) for command in commands]


def _readmit(tx: Tx, command: Readmit) -> Host:
    host = store.select_host(tx.connection, command.account_id, command.member_id)
    if host is None or host.removed_at is None or not oidc_store.delete_identities(tx.connection, host.id):
        raise NoSuchMember
    audit.note(tx, host.account_id, "member.readmitted", _thing(host))
    return host


READMIT = Action("readmit", readmit)
LOG_IN_BY_PROVIDER = Action("log_in_by_provider", log_in_by_provider)
