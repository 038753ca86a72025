"""What every way of logging in shares: the proof of a password, the new login with its cookie, and who it is."""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from turnout.accounts import actions, queries, rules, wire
from turnout.accounts.api_keys import hash_secret, new_token
from turnout.accounts.caller import LOGIN_COOKIE, Caller
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import AnyRequest
from turnout.kernel import limits
from turnout.kernel.errors import NotLoggedIn, Overloaded
from turnout.kernel.ids import HostId
from turnout.storage.runtime import Runtime


async def prove_password(
    request: AnyRequest, runtime: Runtime, passwords: PasswordChecker, login: str, password: str
) -> tuple[actions.LoginTry, tuple[rules.Host, str]]:
    """Counts a try, then checks the password; raises TooManyLoginFailures or WrongPassword. An unknown login name takes the same steps."""
    login_try = await count_try(request, runtime, login)
    found = await runtime.database.read(lambda c: queries.find_host_for_login(c, rules.normal_login(login)))
    try:
        held = await passwords.check(found[1] if found else None, password)
    except Overloaded:
        await runtime.commit.run(actions.TAKE_BACK_LOGIN_TRY, login_try, lane=actions.LOGIN_LANE)
        raise
    if found is None or not held:
        raise rules.WrongPassword
    return login_try, found


async def count_try(request: AnyRequest, runtime: Runtime, login: str) -> actions.LoginTry:
    """Counts a try under this login name from the request's address; raises TooManyLoginFailures."""
    command = actions.RecordLoginFailure(login, address_of(request))
    found = await runtime.commit.run(actions.RECORD_LOGIN_FAILURE, command, lane=actions.LOGIN_LANE)
    assert isinstance(found, actions.LoginTry)  # noqa: S101 - a refusal was raised
    return found


def new_login(request: AnyRequest) -> tuple[str, actions.NewLogin]:
    """A new token, and the login it will stand for."""
    token = new_token()
    return token, actions.NewLogin(hash_secret(token), new_token(), address_of(request), browser_of(request))


async def logged_in(
    request: AnyRequest, runtime: Runtime, host: rules.Host, token: str, new: actions.NewLogin, outcome: actions.LoggedIn
) -> Response[Any]:
    """The reply that gives the browser its login."""
    account = await runtime.database.read(lambda c: queries.find_account(c, host.account_id))
    left = outcome.recovery_codes_left
    return Response(
        wire.login_out(runtime.ids, host, account, csrf=new.csrf, expires_at=outcome.expires_at, recovery_codes_left=left),
        cookies=[login_cookie(request, runtime, token, max_age=limits.LOGIN_DAYS * 86_400)],
    )


def login_cookie(request: AnyRequest, runtime: Runtime, token: str, *, max_age: int) -> Cookie:
    """Strict: another site's links and forms never carry it."""
    return Cookie(
        key=LOGIN_COOKIE, value=token, max_age=max_age, path="/", httponly=True, samesite="strict", secure=is_https(request, runtime)
    )


def is_https(request: AnyRequest, runtime: Runtime) -> bool:
    """Whether the public address is https, so that cookies shall be Secure."""
    return runtime.base_url.startswith("https:") if runtime.base_url else request.scope["scheme"] == "https"


def address_of(request: AnyRequest) -> str:
    """The client's own address."""
    return request.client.host if request.client else ""


def browser_of(request: AnyRequest) -> str:
    """What the client calls itself, as far as it is kept."""
    told = request.headers.get("user-agent", "")[: limits.MAX_USER_AGENT_LENGTH]
    return "".join(letter for letter in told if letter.isprintable())


def host_id_of(caller: Caller) -> HostId:
    """Raises NotLoggedIn for an API key."""
    if caller.host_id is None:
        raise NotLoggedIn("an API key is no login")
    return caller.host_id
