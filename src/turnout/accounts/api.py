"""/login and /account of the native API.

A login is a cookie that scripts cannot read, and a CSRF token that only our own pages get to read. Every handler that changes something
takes the dependency `caller` or `login`, which checks the token (server/auth.py).
"""

from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie, State
from litestar.types import ControllerRouterHandler

from turnout.accounts import actions, queries, rules, secrets, wire
from turnout.accounts.api_keys import hash_secret, new_token
from turnout.accounts.caller import LOGIN_COOKIE, Caller, Login
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import once_of_request
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import NotLoggedIn, Overloaded
from turnout.kernel.ids import HostId
from turnout.storage.runtime import Runtime

HttpRequest = Request[None, None, State]


@post("/api/v1/login", operation_id="logIn", tags=["login"], status_code=200, security=[{}], summary="Log in")
async def log_in(data: wire.LoginBody, request: HttpRequest, runtime: Runtime, passwords: PasswordChecker) -> Response[wire.LoginOut]:
    """Begins a login: sets its cookie and returns its CSRF token."""
    login_try, found = await _prove_password(request, runtime, passwords, data.login, data.password)
    host, password_hash = found
    token, csrf = new_token(), new_token()
    logged_in = await runtime.commit.run(
        actions.LOG_IN,
        actions.LogIn(
            login_try=login_try,
            account_id=host.account_id,
            host_id=host.id,
            password_hash=password_hash,
            token_hash=hash_secret(token),
            csrf=csrf,
            address=address_of(request),
        ),
        lane=actions.LOGIN_LANE,
    )
    account = await runtime.database.read(lambda c: queries.find_account(c, host.account_id))
    return Response(
        wire.login_out(runtime.ids, host, account, csrf=csrf, expires_at=logged_in.expires_at),
        cookies=[login_cookie(request, runtime, token, max_age=limits.LOGIN_DAYS * 86_400)],
    )


@get("/api/v1/login", operation_id="getLogin", tags=["login"], security=[{"cookie": []}], summary="Who is logged in")
async def get_login(login: Login, runtime: Runtime) -> wire.LoginOut:
    """The login of the cookie, with its CSRF token: how a page that was reloaded finds itself again."""
    caller = login.caller
    host = await runtime.database.read(lambda c: queries.find_host(c, caller.account_id, _host_id(caller)))
    account = await runtime.database.read(lambda c: queries.find_account(c, caller.account_id))
    return wire.login_out(runtime.ids, host, account, csrf=login.csrf, expires_at=login.expires_at)


@delete("/api/v1/login", operation_id="logOut", tags=["login"], security=[{"cookie": []}], summary="Log out")
async def log_out(login: Login, request: HttpRequest, runtime: Runtime) -> Response[None]:
    """Ends the login of the cookie."""
    token = request.cookies[LOGIN_COOKIE]
    await runtime.commit.run(actions.LOG_OUT, actions.LogOut(hash_secret(token), login.caller), lane=login.caller.account_id)
    return Response(None, cookies=[login_cookie(request, runtime, "", max_age=0)])


@put(
    "/api/v1/login/password",
    operation_id="setPassword",
    tags=["login"],
    status_code=204,
    security=[{"cookie": []}],
    summary="Change the password",
)
async def set_password(data: wire.PasswordBody, login: Login, request: HttpRequest, runtime: Runtime, passwords: PasswordChecker) -> None:
    """Changes the password of the host who is logged in. The host's other logins end; this one stays."""
    rules.check_password(data.new_password, "new_password")
    caller = login.caller
    host = await runtime.database.read(lambda c: queries.find_host(c, caller.account_id, _host_id(caller)))
    login_try, _ = await _prove_password(request, runtime, passwords, host.login, data.current_password)
    await runtime.commit.run(
        actions.SET_PASSWORD,
        actions.SetPassword(
            account_id=host.account_id,
            host_id=host.id,
            password_hash=await passwords.hash(data.new_password),
            keep_token_hash=hash_secret(request.cookies[LOGIN_COOKIE]),
            login_try=login_try,
            by=caller,
        ),
        lane=actions.LOGIN_LANE,
    )


@get("/api/v1/account", operation_id="getAccount", tags=["account"], summary="The caller's account")
async def get_account(caller: Caller, runtime: Runtime) -> wire.AccountOut:
    """The account of the caller, with its id as each dialect writes it."""
    return wire.account_out(runtime.ids, await runtime.database.read(lambda c: queries.find_account(c, caller.account_id)))


@post("/api/v1/account/entry-key", operation_id="makeEntryKey", tags=["account"], status_code=201, summary="Make an entry key")
async def make_entry_key(
    caller: Caller, runtime: Runtime, request: HttpRequest, data: wire.EntryKeyBody | None = None
) -> wire.NewEntryKeyOut:
    """The key with which your own login signs passes for viewers (docs/entry.md). It is shown this once; the earlier key works for 24 hours
    more. For operators and API keys. Send an Idempotency-Key to be safe against repeats."""
    _, sealed = secrets.new_entry_key(runtime.keyring)
    end_earlier = data is not None and data.end_earlier
    command = actions.MakeEntryKey(caller=caller, sealed=sealed, end_earlier=end_earlier, once=await once_of_request(request))
    *earlier, made = await runtime.commit.run(actions.MAKE_ENTRY_KEY, command, lane=caller.account_id)
    return wire.NewEntryKeyOut(
        kid=wire.kid_of(runtime.ids, made),
        key=secrets.open_entry_key(runtime.keyring, made.sealed),
        created_at=rfc3339(made.created_at),
        earlier=[wire.entry_key_out(runtime.ids, one) for one in earlier],
    )


@get("/api/v1/account/entry-keys", operation_id="listEntryKeys", tags=["account"], summary="List entry keys")
async def list_entry_keys(caller: Caller, runtime: Runtime) -> wire.EntryKeysOut:
    """The entry keys that work, without their secrets, the oldest first. For operators and API keys."""
    caller.require_operator()
    now = runtime.clock.now()
    found = await runtime.database.read(lambda c: queries.list_entry_keys(c, caller.account_id, now))
    return wire.EntryKeysOut(entry_keys=[wire.entry_key_out(runtime.ids, key) for key in found])


ROUTES: list[ControllerRouterHandler] = [log_in, get_login, log_out, set_password, get_account, make_entry_key, list_entry_keys]
"""What server.app.build_app is handed."""


async def _prove_password(
    request: HttpRequest, runtime: Runtime, passwords: PasswordChecker, login: str, password: str
) -> tuple[actions.LoginTry, tuple[rules.Host, str]]:
    """Counts a try, then checks the password; raises TooManyLoginFailures or WrongPassword. An unknown login name takes the same steps."""
    address = address_of(request)
    login_try = await runtime.commit.run(actions.RECORD_LOGIN_FAILURE, actions.RecordLoginFailure(login, address), lane=actions.LOGIN_LANE)
    found = await runtime.database.read(lambda c: queries.find_host_for_login(c, rules.normal_login(login)))
    try:
        held = await passwords.check(found[1] if found else None, password)
    except Overloaded:
        await runtime.commit.run(actions.TAKE_BACK_LOGIN_TRY, login_try, lane=actions.LOGIN_LANE)
        raise
    if found is None or not held:
        raise rules.WrongPassword
    return login_try, found


def _host_id(caller: Caller) -> HostId:
    if caller.host_id is None:
        raise NotLoggedIn("an API key is no login")
    return caller.host_id


def address_of(request: HttpRequest) -> str:
    """Where a request came from, as server/proxies.py believes it."""
    return request.client.host if request.client else ""


def login_cookie(request: HttpRequest, runtime: Runtime, token: str, *, max_age: int) -> Cookie:
    """Strict: another site's links and forms never carry it. Secure where the public address is https."""
    secure = runtime.base_url.startswith("https:") if runtime.base_url else request.scope["scheme"] == "https"
    return Cookie(key=LOGIN_COOKIE, value=token, max_age=max_age, path="/", httponly=True, samesite="strict", secure=secure)
