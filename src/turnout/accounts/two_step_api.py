"""/login/code, /login/two-step and /login/logins of the native API: what a host does about the own login."""

from typing import Any

from litestar import Response, delete, get, post
from litestar.types import ControllerRouterHandler

from turnout.accounts import actions, queries, totp, two_step_actions, wire
from turnout.accounts import two_step_wire as own_wire
from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import LOGIN_COOKIE, Login
from turnout.accounts.logging_in import count_try, host_id_of, logged_in, new_login, prove_password
from turnout.accounts.logout_actions import END_LOGINS, EndLogins
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import AnyRequest
from turnout.accounts.rules import Host
from turnout.accounts.two_step_rules import CodeProof, LoginTicketEnded, TwoStepOff
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import HostId
from turnout.storage.runtime import Runtime

_COOKIE_ONLY: dict[str, Any] = {"tags": ["login"], "security": [{"cookie": []}]}


@post("/api/v1/login/code", operation_id="logInByCode", tags=["login"], status_code=200, security=[{}], summary="Log in: the code")
async def log_in_by_code(data: own_wire.LoginCodeBody, request: AnyRequest, runtime: Runtime) -> Response[wire.LoginOut]:
    """The second step of a login with two-step login on. A code is good once. After five wrong ones in a row the next is looked at only
    after a wait, which doubles; a recovery code is not held up by it."""
    ticket_hash = hash_secret(data.ticket)
    now = runtime.clock.now()
    found = await runtime.database.read(lambda c: queries.find_host_of_ticket(c, ticket_hash, now))
    if found is None:
        raise LoginTicketEnded
    host, two_step = found
    proof = _proof(runtime, host.id, two_step.sealed, data.code, data.recovery_code)
    login_try = await count_try(request, runtime, host.login)
    token, new = new_login(request)
    command = two_step_actions.LogInByCode(ticket_hash, proof, login_try, new)
    outcome = await runtime.commit.run(two_step_actions.LOG_IN_BY_CODE, command, lane=actions.LOGIN_LANE)
    assert isinstance(outcome, actions.LoggedIn)  # noqa: S101 - a refusal was raised
    return await logged_in(request, runtime, host, token, new, outcome)


@get("/api/v1/login/two-step", operation_id="getTwoStep", summary="Whether two-step login is on", **_COOKIE_ONLY)
async def get_two_step(login: Login, runtime: Runtime) -> own_wire.TwoStepOut:
    """Of the host who is logged in."""
    host = await _own_host(login, runtime)
    two_step = await runtime.database.read(lambda c: queries.find_two_step(c, host.id))
    left = await runtime.database.read(lambda c: queries.count_recovery_codes(c, host.id))
    has_password = await runtime.database.read(lambda c: queries.has_password(c, host))
    return own_wire.two_step_out(two_step, recovery_codes_left=left, has_password=has_password)


@post("/api/v1/login/two-step", operation_id="beginTwoStep", status_code=200, summary="Set up two-step login", **_COOKIE_ONLY)
async def begin_two_step(
    data: own_wire.BeginTwoStepBody, login: Login, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker
) -> own_wire.TwoStepSecretOut:
    """Makes the secret for an authenticator app (RFC 6238), shown this once. Nothing changes until its first code confirms it; setting up
    again before that makes another secret."""
    host = await _own_host(login, runtime)
    login_try, _ = await prove_password(request, runtime, passwords, host.login, data.password)
    secret, sealed = totp.new_secret(runtime.keyring)
    command = two_step_actions.BeginTwoStep(host.id, sealed, login_try)
    await runtime.commit.run(two_step_actions.BEGIN_TWO_STEP, command, lane=actions.LOGIN_LANE)
    return own_wire.TwoStepSecretOut(totp.secret_text(secret), totp.app_uri(secret, host.login))


@post("/api/v1/login/two-step/confirm", operation_id="confirmTwoStep", status_code=200, summary="Turn two-step login on", **_COOKIE_ONLY)
async def confirm_two_step(
    data: own_wire.ConfirmTwoStepBody, login: Login, request: AnyRequest, runtime: Runtime
) -> own_wire.RecoveryCodesOut:
    """By the first code of the app. The reply has the recovery codes, this once. The host's other logins end."""
    host_id = host_id_of(login.caller)
    proof = await _own_proof(runtime, host_id, data.code, None)
    codes, hashes = _recovery_codes(runtime, host_id)
    command = two_step_actions.ConfirmTwoStep(login.caller, host_id, proof, hashes, hash_secret(request.cookies[LOGIN_COOKIE]))
    await runtime.commit.run(two_step_actions.CONFIRM_TWO_STEP, command, lane=actions.LOGIN_LANE)
    return own_wire.RecoveryCodesOut(codes)


@post("/api/v1/login/two-step/off", operation_id="endTwoStep", status_code=204, summary="Turn two-step login off", **_COOKIE_ONLY)
async def end_two_step(
    data: own_wire.TwoStepProofBody, login: Login, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker
) -> None:
    """By password and code; a recovery code does too."""
    host = await _own_host(login, runtime)
    login_try, _ = await prove_password(request, runtime, passwords, host.login, data.password)
    proof = await _own_proof(runtime, host.id, data.code, data.recovery_code)
    command = two_step_actions.EndTwoStep(login.caller, host.id, proof, login_try)
    await runtime.commit.run(two_step_actions.END_TWO_STEP, command, lane=actions.LOGIN_LANE)


@post(
    "/api/v1/login/two-step/recovery-codes",
    operation_id="makeRecoveryCodes",
    status_code=200,
    summary="Make new recovery codes",
    **_COOKIE_ONLY,
)
async def make_recovery_codes(
    data: own_wire.TwoStepProofBody, login: Login, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker
) -> own_wire.RecoveryCodesOut:
    """By password and code. Those made before are worth nothing from then on."""
    host = await _own_host(login, runtime)
    login_try, _ = await prove_password(request, runtime, passwords, host.login, data.password)
    proof = await _own_proof(runtime, host.id, data.code, data.recovery_code)
    codes, hashes = _recovery_codes(runtime, host.id)
    command = two_step_actions.ReplaceRecoveryCodes(login.caller, host.id, proof, hashes, login_try)
    await runtime.commit.run(two_step_actions.REPLACE_RECOVERY_CODES, command, lane=actions.LOGIN_LANE)
    return own_wire.RecoveryCodesOut(codes)


@get("/api/v1/login/logins", operation_id="listOwnLogins", summary="List one's own logins", **_COOKIE_ONLY)
async def list_own_logins(login: Login, request: AnyRequest, runtime: Runtime) -> own_wire.OwnLoginsOut:
    """Where the host is logged in, the newest first."""
    now = runtime.clock.now()
    found = await runtime.database.read(lambda c: queries.list_own_logins(c, host_id_of(login.caller), now))
    current = hash_secret(request.cookies[LOGIN_COOKIE])
    return own_wire.OwnLoginsOut([own_wire.own_login_out(one, current) for one in found])


@delete("/api/v1/login/logins/{own_login:str}", operation_id="endOwnLogin", summary="End one of one's own logins", **_COOKIE_ONLY)
async def end_own_login(own_login: str, login: Login, request: AnyRequest, runtime: Runtime) -> None:
    """It ends at once, and with it the lines that were opened by it."""
    await _end_logins(login, request, runtime, own_login)


@delete("/api/v1/login/logins", operation_id="endOtherLogins", summary="End one's other logins", **_COOKIE_ONLY)
async def end_other_logins(login: Login, request: AnyRequest, runtime: Runtime) -> None:
    """All but the one that asks."""
    await _end_logins(login, request, runtime, None)


ROUTES: list[ControllerRouterHandler] = [
    log_in_by_code,
    get_two_step,
    begin_two_step,
    confirm_two_step,
    end_two_step,
    make_recovery_codes,
    list_own_logins,
    end_own_login,
    end_other_logins,
]
"""What server.app.build_app is handed."""


async def _own_host(login: Login, runtime: Runtime) -> Host:
    caller = login.caller
    return await runtime.database.read(lambda c: queries.find_host(c, caller.account_id, host_id_of(caller)))


async def _own_proof(runtime: Runtime, host_id: HostId, code: str | None, recovery_code: str | None) -> CodeProof:
    two_step = await runtime.database.read(lambda c: queries.find_two_step(c, host_id))
    if two_step is None:
        raise TwoStepOff
    return _proof(runtime, host_id, two_step.sealed, code, recovery_code)


def _proof(runtime: Runtime, host_id: HostId, sealed: bytes, code: str | None, recovery_code: str | None) -> CodeProof:
    if (code is None) == (recovery_code is None):
        raise InvalidInput("give either a code or a recovery code", field="code")
    if code is not None:
        return CodeProof(sealed, step=totp.matching_step(runtime.keyring, sealed, code, runtime.clock.now()))
    return CodeProof(sealed, recovery_hash=totp.hash_recovery_code(runtime.keyring, host_id, recovery_code or ""))


def _recovery_codes(runtime: Runtime, host_id: HostId) -> tuple[list[str], tuple[str, ...]]:
    codes = totp.new_recovery_codes()
    return codes, tuple(totp.hash_recovery_code(runtime.keyring, host_id, code) for code in codes)


async def _end_logins(login: Login, request: AnyRequest, runtime: Runtime, login_id: str | None) -> None:
    command = EndLogins(login.caller, host_id_of(login.caller), login_id, hash_secret(request.cookies[LOGIN_COOKIE]))
    await runtime.commit.run(END_LOGINS, command, lane=actions.LOGIN_LANE)
