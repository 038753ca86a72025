"""What changes two-step login, and the login by a code. Batches of one; all in actions.LOGIN_LANE."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit, store, two_step_store
from turnout.accounts.actions import LoggedIn, LoginTry, NewLogin, begin_login, forgive
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.accounts.rules import FAILURE_WINDOW, TooManyLoginFailures, refuse_locked_out
from turnout.accounts.two_step_rules import (
    CodeProof,
    LoginTicketEnded,
    TooManyWrongCodes,
    TwoStep,
    TwoStepOff,
    TwoStepOn,
    WrongCode,
    recovery_subject,
    refuse_code,
    wait_after,
)
from turnout.kernel import limits
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.kernel.ids import AccountId, HostId, Kind
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx


class BeginTwoStep(msgspec.Struct, frozen=True):
    """sealed: a new secret (totp.new_secret). login_try: the one that proved the password, to be taken back."""

    host_id: HostId
    sealed: bytes
    login_try: LoginTry


class ConfirmTwoStep(msgspec.Struct, frozen=True):
    """The first code: proof that the app has the secret. keep_token_hash: the login that confirms, which stays. by: the host."""

    by: Caller
    host_id: HostId
    proof: CodeProof
    recovery_hashes: tuple[str, ...]
    keep_token_hash: str


class EndTwoStep(msgspec.Struct, frozen=True):
    """By password and code. by: the host."""

    by: Caller
    host_id: HostId
    proof: CodeProof
    login_try: LoginTry


class ReplaceRecoveryCodes(msgspec.Struct, frozen=True):
    """By password and code. by: the host."""

    by: Caller
    host_id: HostId
    proof: CodeProof
    recovery_hashes: tuple[str, ...]
    login_try: LoginTry


class ResetTwoStep(msgspec.Struct, frozen=True):
    """By the command line, for a host who has lost the phone and the recovery codes."""

    account_id: AccountId
    host_id: HostId


class LogInByCode(msgspec.Struct, frozen=True):
    """The second step. login_try: counted under the login name and the address, like every try to log in."""

    ticket_hash: str
    proof: CodeProof
    login_try: LoginTry
    new: NewLogin


def begin_two_step(tx: Tx, commands: Sequence[BeginTwoStep]) -> Sequence[TurnoutError | None]:
    """Keeps a new secret, which counts once a code confirms it; one that was never confirmed is replaced. Refuses with TwoStepOn."""
    return [_begin_two_step(tx, command) for command in commands]


def _begin_two_step(tx: Tx, command: BeginTwoStep) -> TurnoutError | None:
    forgive(tx, command.login_try)
    store.lock_password_hash(tx.connection, command.host_id)  # or what another process just turns on would be taken for a mere draft
    if two_step_store.is_on(tx.connection, command.host_id):
        return TwoStepOn()
    two_step_store.delete_two_step(tx.connection, command.host_id)
    two_step_store.insert_two_step(tx.connection, command.host_id, TwoStep(command.sealed, None, 0, 0, 0))
    return None


def confirm_two_step(tx: Tx, commands: Sequence[ConfirmTwoStep]) -> Sequence[TurnoutError | None]:
    """Turns it on with these recovery codes and ends the host's other logins, which no code was asked for. Refuses with WrongCode, and
    raises TwoStepOn and TwoStepOff."""
    return [_confirm_two_step(tx, command) for command in commands]


def _confirm_two_step(tx: Tx, command: ConfirmTwoStep) -> TurnoutError | None:
    connection, host_id = tx.connection, command.host_id
    store.lock_password_hash(connection, host_id)  # so that no login without a code slips past its being turned on
    two_step = two_step_store.select_two_step(connection, host_id, lock=True)
    if two_step is None:
        raise TwoStepOff
    if two_step.on_since is not None:
        raise TwoStepOn
    refusal = _prove_code(tx, host_id, two_step, command.proof)
    if refusal is not None:
        return refusal
    two_step_store.turn_on(connection, host_id, tx.now)
    two_step_store.replace_recovery_codes(connection, host_id, command.recovery_hashes)
    store.delete_logins_of_host(connection, host_id, except_token_hash=command.keep_token_hash)
    tx.nudge("logins", 0)
    audit.note(tx, command.by, "two_step.on", _own(command.by))
    return None


def end_two_step(tx: Tx, commands: Sequence[EndTwoStep]) -> Sequence[TurnoutError | None]:
    """Turns it off. Refuses with TwoStepOff, WrongCode, TooManyWrongCodes and TooManyLoginFailures."""
    return [_end_two_step(tx, command) for command in commands]


def _end_two_step(tx: Tx, command: EndTwoStep) -> TurnoutError | None:
    refusal = _prove_own(tx, command.host_id, command.proof, command.login_try)
    if refusal is None:
        two_step_store.delete_two_step(tx.connection, command.host_id)
        audit.note(tx, command.by, "two_step.off", _own(command.by))
    return refusal


def replace_recovery_codes(tx: Tx, commands: Sequence[ReplaceRecoveryCodes]) -> Sequence[TurnoutError | None]:
    """New recovery codes; those before are worth nothing. Refuses as end_two_step does."""
    return [_replace_recovery_codes(tx, command) for command in commands]


def _replace_recovery_codes(tx: Tx, command: ReplaceRecoveryCodes) -> TurnoutError | None:
    refusal = _prove_own(tx, command.host_id, command.proof, command.login_try)
    if refusal is None:
        two_step_store.replace_recovery_codes(tx.connection, command.host_id, command.recovery_hashes)
        audit.note(tx, command.by, "recovery_codes.made", _own(command.by))
    return refusal


def _own(by: Caller) -> Thing | None:
    return None if by.host_id is None else Thing(Kind.HOST, by.host_id, by.host_name)


def reset_two_step(tx: Tx, commands: Sequence[ResetTwoStep]) -> Sequence[bool]:
    """Turns it off without a code, and ends the host's logins; False when it was not on. Raises NotFound."""
    done = []
    for command in commands:
        host = store.select_host(tx.connection, command.account_id, command.host_id)
        if host is None:
            raise NotFound
        store.lock_password_hash(tx.connection, host.id)  # or what is just turned on would be told not to have been
        was_on = two_step_store.is_on(tx.connection, host.id)  # else it may have been set up, and no code has confirmed it
        if was_on:
            audit.note(tx, host.account_id, "two_step.reset", Thing(Kind.HOST, host.id, host.name))
        two_step_store.delete_two_step(tx.connection, command.host_id)
        done.append(was_on)
        store.delete_logins_of_host(tx.connection, command.host_id, except_token_hash=None)
        tx.nudge("logins", 0)
    return done


def log_in_by_code(tx: Tx, commands: Sequence[LogInByCode]) -> Sequence[LoggedIn | TurnoutError]:
    """A new login for the host of the ticket, which is used up. Refuses with LoginTicketEnded, WrongCode, TooManyWrongCodes and
    TooManyLoginFailures: as outcomes, so that what they count stays counted."""
    return [_log_in_by_code(tx, command) for command in commands]


def _log_in_by_code(tx: Tx, command: LogInByCode) -> LoggedIn | TurnoutError:
    connection = tx.connection
    ticket = two_step_store.select_ticket(connection, command.ticket_hash, tx.now)
    if ticket is None:
        return LoginTicketEnded()
    two_step = two_step_store.select_two_step(connection, ticket.host_id, lock=True)
    if two_step is None or two_step.on_since is None:
        return LoginTicketEnded()
    refusal = _prove_code(tx, ticket.host_id, two_step, command.proof)
    if refusal is not None:
        return refusal
    if not two_step_store.delete_ticket(connection, command.ticket_hash):
        return LoginTicketEnded()  # another process was quicker
    forgive(tx, command.login_try)
    if command.proof.recovery_hash is None:
        return LoggedIn(begin_login(tx, ticket.account_id, ticket.host_id, command.new, by="code"))
    left = two_step_store.count_recovery_codes(connection, ticket.host_id)
    return LoggedIn(begin_login(tx, ticket.account_id, ticket.host_id, command.new, by="recovery_code"), left)


def _prove_own(tx: Tx, host_id: HostId, proof: CodeProof, login_try: LoginTry) -> TurnoutError | None:
    forgive(tx, login_try)
    two_step = two_step_store.select_two_step(tx.connection, host_id, lock=True)
    if two_step is None or two_step.on_since is None:
        return TwoStepOff()
    return _prove_code(tx, host_id, two_step, proof)


def _prove_code(tx: Tx, host_id: HostId, two_step: TwoStep, proof: CodeProof) -> TurnoutError | None:
    """None for a code that was accepted and never is again; the host's row is locked, so of two requests with one code one comes second."""
    if proof.recovery_hash is not None:
        return _use_recovery_code(tx, host_id, proof.recovery_hash)
    try:
        refuse_code(two_step, tx.now)
    except TooManyWrongCodes as refusal:
        return refusal
    if proof.sealed == two_step.sealed and proof.step is not None and proof.step > two_step.last_step:
        two_step_store.accept_step(tx.connection, host_id, proof.step)
        return None
    failures = two_step.failures + 1
    two_step_store.refuse_until(tx.connection, host_id, failures=failures, until=tx.now + wait_after(failures))
    return WrongCode()


def _use_recovery_code(tx: Tx, host_id: HostId, recovery_hash: str) -> TurnoutError | None:
    subject, most = recovery_subject(host_id), limits.MAX_LOGIN_FAILURES
    try:
        refuse_locked_out(store.select_failures(tx.connection, subject, tx.now - FAILURE_WINDOW, most), most, tx.now)
    except TooManyLoginFailures as refusal:
        return refusal
    if two_step_store.use_recovery_code(tx.connection, host_id, recovery_hash):
        store.delete_failures_of(tx.connection, subject)
        return None
    store.insert_failure(tx.connection, failure_id=tx.new_id(), subject=subject, at=tx.now)
    return WrongCode()


BEGIN_TWO_STEP = Action("begin_two_step", begin_two_step)
CONFIRM_TWO_STEP = Action("confirm_two_step", confirm_two_step)
END_TWO_STEP = Action("end_two_step", end_two_step)
REPLACE_RECOVERY_CODES = Action("replace_recovery_codes", replace_recovery_codes)
RESET_TWO_STEP = Action("reset_two_step", reset_two_step)
LOG_IN_BY_CODE = Action("log_in_by_code", log_in_by_code)
