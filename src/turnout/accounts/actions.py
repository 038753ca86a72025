"""What changes accounts, API keys, hosts and logins. Batches of one."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from turnout.accounts import audit, store, two_step_store
from turnout.accounts.audit_rules import Actor, Fact, Thing
from turnout.accounts.caller import Caller
from turnout.accounts.rules import (
    FAILURE_WINDOW,
    LOGIN_LIFE,
    Host,
    HostRole,
    LoginTaken,
    TooManyLoginFailures,
    WrongPassword,
    login_subjects,
    normal_login,
    refuse_locked_out,
)
from turnout.accounts.two_step_rules import TICKET_LIFE
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.kernel.ids import AccountId, ApiKeyId, AuditRecordId, HostId, Kind
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx

LOGIN_LANE = 0
"""The lane of tries to log in: all of a process in one, so that one writer counts them in order and none slips past the limit."""


class CreateAccount(msgspec.Struct, frozen=True):
    """Made by secrets.new_account. host_login: normal form. dialect_keys: sealed, by dialect."""

    name: str
    host_login: str
    host_name: str
    password_hash: str
    dialect_keys: dict[str, bytes]
    api_key_hash: str


class CreatedAccount(msgspec.Struct, frozen=True):
    """The ids of a new account and of what it begins with."""

    account_id: AccountId
    host_id: HostId
    api_key_id: ApiKeyId


class CreateApiKey(msgspec.Struct, frozen=True):
    """label: what the operator calls it."""

    account_id: AccountId
    key_hash: str
    label: str


class CreateHost(msgspec.Struct, frozen=True):
    """login: normal form (rules.check_login)."""

    account_id: AccountId
    login: str
    name: str
    role: HostRole
    password_hash: str


class LoginTry(msgspec.Struct, frozen=True):
    """A try that was counted as failed; LOG_IN takes it back. subject: of the login name at its address. record_id: in the audit log of the
    account whose login name it was."""

    subject: str
    failure_ids: tuple[int, ...]
    record_id: AuditRecordId | None = None


class NewLogin(msgspec.Struct, frozen=True):
    """A login to be made. browser: what it calls itself."""

    token_hash: str
    csrf: str
    address: str
    browser: str


class SetPassword(msgspec.Struct, frozen=True):
    """Ends the host's logins. keep_token_hash: the login that made the change, which stays. login_try: the one that proved the old
    password, to be taken back. by: None for the command line."""

    account_id: AccountId
    host_id: HostId
    password_hash: str
    keep_token_hash: str | None = None
    login_try: LoginTry | None = None
    by: Caller | None = None


class RecordLoginFailure(msgspec.Struct, frozen=True):
    """One try to log in, before its password is looked at."""

    login: str
    address: str


class LogIn(msgspec.Struct, frozen=True):
    """A try whose password held. password_hash: the one it was checked against. address: for the audit log."""

    login_try: LoginTry
    account_id: AccountId
    host_id: HostId
    password_hash: str
    new: NewLogin


class LoggedIn(msgspec.Struct, frozen=True):
    """expires_at: when the login ends by itself. recovery_codes_left: told where one was used up."""

    expires_at: Instant
    recovery_codes_left: int | None = None


class CodeNeeded(msgspec.Struct, frozen=True):
    """The password held, and the host has two-step login on: the token is that of a ticket, with which a code makes the login."""

    expires_at: Instant


def create_account(tx: Tx, commands: Sequence[CreateAccount]) -> Sequence[CreatedAccount]:
    """A new account with its first host, an operator, and its first API key; raises LoginTaken."""
    return [_create_account(tx, command) for command in commands]


def _create_account(tx: Tx, command: CreateAccount) -> CreatedAccount:
    account_id = AccountId(tx.new_id())
    store.insert_account(tx.connection, account_id=account_id, name=command.name, dialect_keys=command.dialect_keys, at=tx.now)
    host = _insert_host(tx, CreateHost(account_id, command.host_login, command.host_name, "operator", command.password_hash))
    api_key_id = _insert_api_key(tx, CreateApiKey(account_id, command.api_key_hash, "first"))
    audit.note(tx, account_id, "account.created", Thing(Kind.ACCOUNT, account_id, command.name), login=host.login)
    return CreatedAccount(account_id, host.id, api_key_id)


def create_api_key(tx: Tx, commands: Sequence[CreateApiKey]) -> Sequence[ApiKeyId]:
    """A further API key, made on the command line; raises NotFound for an unknown account."""
    made = [_insert_api_key(tx, command) for command in commands]
    for api_key_id, command in zip(made, commands, strict=True):
        audit.note(tx, command.account_id, "api_key.created", Thing(Kind.API_KEY, api_key_id, command.label))
    return made


def _insert_api_key(tx: Tx, command: CreateApiKey) -> ApiKeyId:
    _require_account(tx, command.account_id)
    api_key_id = ApiKeyId(tx.new_id())
    store.insert_api_key(
        tx.connection,
        api_key_id=api_key_id,
        account_id=command.account_id,
        key_hash=command.key_hash,
        label=command.label,
        at=tx.now,
    )
    return api_key_id


def create_host(tx: Tx, commands: Sequence[CreateHost]) -> Sequence[Host]:
    """A further host or operator, added on the command line; raises LoginTaken, or NotFound for an unknown account."""
    made = [_insert_host(tx, command) for command in commands]
    for host in made:
        audit.note(tx, host.account_id, "member.added", Thing(Kind.HOST, host.id, host.name), login=host.login, role=host.role)
    return made


def _insert_host(tx: Tx, command: CreateHost) -> Host:
    _require_account(tx, command.account_id)
    host = Host(HostId(tx.new_id()), command.account_id, command.login, command.name, command.role, tx.now)
    if not store.insert_host(tx.connection, host, command.password_hash):
        raise LoginTaken
    return host


def _require_account(tx: Tx, account_id: AccountId) -> None:
    if store.select_account(tx.connection, account_id) is None:
        raise NotFound("there is no such account")


def set_password(tx: Tx, commands: Sequence[SetPassword]) -> Sequence[None]:
    """Sets a host's password and ends the host's other logins; raises NotFound."""
    for command in commands:
        if not store.update_password(
            tx.connection, account_id=command.account_id, host_id=command.host_id, password_hash=command.password_hash
        ):
            raise NotFound
        store.delete_logins_of_host(tx.connection, command.host_id, except_token_hash=command.keep_token_hash)
        two_step_store.delete_tickets_of_host(tx.connection, command.host_id)
        tx.nudge("logins", 0)
        if command.login_try is not None:
            forgive(tx, command.login_try)
        host = store.select_host(tx.connection, command.account_id, command.host_id)
        thing = Thing(Kind.HOST, command.host_id, "" if host is None else host.name)
        audit.note(tx, command.by or command.account_id, "password.changed", thing)
    return [None] * len(commands)


def record_login_failure(tx: Tx, commands: Sequence[RecordLoginFailure]) -> Sequence[LoginTry | TurnoutError]:
    """Counts a try as failed, under each of rules.login_subjects, before its password is looked at; TooManyLoginFailures refuses it.

    Counting comes first so that many tries at the same time cannot all pass before the first has failed, and so that a crash in between
    forgives nothing. Processes that count on one PostgreSQL at the same moment may each let one try too many through.
    """
    store.delete_failures_before(tx.connection, tx.now - FAILURE_WINDOW)
    return [_record_login_failure(tx, command) for command in commands]


def _record_login_failure(tx: Tx, command: RecordLoginFailure) -> LoginTry | TurnoutError:
    subjects = login_subjects(command.login, command.address)
    try:
        for subject in subjects:
            newest = store.select_failures(tx.connection, subject.text, tx.now - FAILURE_WINDOW, subject.most)
            refuse_locked_out(newest, subject.most, tx.now)
    except TooManyLoginFailures as refusal:
        return refusal
    found = store.select_host_by_login(tx.connection, normal_login(command.login))
    record_id = None
    if found is not None and len(newest) < limits.MAX_NOTED_LOGIN_FAILURES:  # newest: of the name, which stands last
        record_id = _note_login(tx, found[0], "login.failed", command.address)
    login_try = LoginTry(subjects[0].text, tuple(tx.new_ids(len(subjects))), record_id)
    for failure_id, subject in zip(login_try.failure_ids, subjects, strict=True):
        store.insert_failure(tx.connection, failure_id=failure_id, subject=subject.text, at=tx.now)
    return login_try


def log_in(tx: Tx, commands: Sequence[LogIn]) -> Sequence[LoggedIn | CodeNeeded]:
    """A new login, or a ticket for one where the host has two-step login on. Raises WrongPassword when the password was changed since it
    was checked. A login forgets the failures of its login name at its address; a ticket only takes this try back."""
    return [_log_in(tx, command) for command in commands]


def _log_in(tx: Tx, command: LogIn) -> LoggedIn | CodeNeeded:
    if store.lock_password_hash(tx.connection, command.host_id) != command.password_hash:
        raise WrongPassword
    if two_step_store.is_on(tx.connection, command.host_id):
        _uncount(tx, command.login_try)
        expires_at = tx.now + TICKET_LIFE
        two_step_store.insert_ticket(
            tx.connection, token_hash=command.new.token_hash, host_id=command.host_id, at=tx.now, expires_at=expires_at
        )
        return CodeNeeded(expires_at)
    forgive(tx, command.login_try)
    return LoggedIn(begin_login(tx, command.account_id, command.host_id, command.new, by="password"))


def begin_login(
    tx: Tx, account_id: AccountId, host_id: HostId, new: NewLogin, *, by: Literal["password", "code", "recovery_code", "provider"]
) -> Instant:
    """Makes a login for whoever has proved to be this host; returns when it ends by itself."""
    store.delete_expired_logins(tx.connection, tx.now)
    expires_at = tx.now + LOGIN_LIFE
    store.insert_login(
        tx.connection,
        token_hash=new.token_hash,
        host_id=host_id,
        account_id=account_id,
        csrf=new.csrf,
        address=new.address,
        browser=new.browser,
        at=tx.now,
        expires_at=expires_at,
    )
    host = store.select_host(tx.connection, account_id, host_id)
    if host is not None:
        _note_login(tx, host, "login.began", new.address, by=by)
    return expires_at


def _note_login(tx: Tx, host: Host, kind: Literal["login.began", "login.failed"], address: str, **facts: Fact) -> AuditRecordId:
    """Under the name of the host whose login it is, or would have been."""
    actor = Actor("member", host.id, host.name, address)
    return audit.note_as(tx, host.account_id, actor, kind, Thing(Kind.HOST, host.id, host.name), login=host.login, **facts)


def forgive(tx: Tx, login_try: LoginTry) -> None:
    """Forgets every failure of the try's login name at its address, and this one wherever else it counts, in the audit log too."""
    store.delete_failures_of(tx.connection, login_try.subject)
    _uncount(tx, login_try)


def _uncount(tx: Tx, login_try: LoginTry) -> None:
    if login_try.record_id is not None:
        audit.take_back(tx, login_try.record_id)
    for failure_id in login_try.failure_ids:
        store.delete_failure(tx.connection, failure_id)


def take_back_login_try(tx: Tx, commands: Sequence[LoginTry]) -> Sequence[None]:
    """Uncounts tries whose password was never looked at."""
    for login_try in commands:
        _uncount(tx, login_try)
    return [None] * len(commands)


CREATE_ACCOUNT = Action("create_account", create_account)
CREATE_API_KEY = Action("create_api_key", create_api_key)
CREATE_HOST = Action("create_host", create_host)
SET_PASSWORD = Action("set_password", set_password)
RECORD_LOGIN_FAILURE = Action("record_login_failure", record_login_failure)
LOG_IN: Action[LogIn, LoggedIn | CodeNeeded] = Action("log_in", log_in)
TAKE_BACK_LOGIN_TRY = Action("take_back_login_try", take_back_login_try)
