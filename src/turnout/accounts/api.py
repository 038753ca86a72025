"""/login and /account of the native API.

A login is a cookie that scripts cannot read, and a CSRF token that only our own pages get to read. Every handler that changes something
takes the dependency `caller` or `login`, which checks the token (server/auth.py).
"""

from litestar import Response, delete, get, post, put
from litestar.types import ControllerRouterHandler

from turnout.accounts import actions, member_actions, queries, rules, secrets, wire
from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import LOGIN_COOKIE, Caller, Login
from turnout.accounts.logging_in import host_id_of, logged_in, login_cookie, new_login, prove_password
from turnout.accounts.logout_actions import LOG_OUT, LogOut
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.kernel.clock import rfc3339
from turnout.storage.runtime import Runtime


@post("/api/v1/login", operation_id="logIn", tags=["login"], status_code=200, security=[{}], summary="Log in")
async def log_in(
    data: wire.LoginBody, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker
) -> Response[wire.LoginOut | wire.LoginTicketOut]:
    """Begins a login: sets its cookie and returns its CSRF token. Where the host has two-step login on it returns a ticket instead, which
    `POST /api/v1/login/code` takes with a code of the host's app within five minutes."""
    if not passwords.log_in:
        raise rules.PasswordLoginsOff
    login_try, found = await prove_password(request, runtime, passwords, data.login, data.password)
    host, password_hash = found
    token, new = new_login(request)
    command = actions.LogIn(login_try, host.account_id, host.id, password_hash, new)
    outcome = await runtime.commit.run(actions.LOG_IN, command, lane=actions.LOGIN_LANE)
    if isinstance(outcome, actions.CodeNeeded):
        return Response(wire.LoginTicketOut(ticket=token, expires_at=rfc3339(outcome.expires_at)))
    return await logged_in(request, runtime, host, token, new, outcome)


@get("/api/v1/login", operation_id="getLogin", tags=["login"], security=[{"cookie": []}], summary="Who is logged in")
async def get_login(login: Login, runtime: Runtime) -> wire.LoginOut:
    """The login of the cookie, with its CSRF token: how a page that was reloaded finds itself again."""
    caller = login.caller
    host = await runtime.database.read(lambda c: queries.find_host(c, caller.account_id, host_id_of(caller)))
    account = await runtime.database.read(lambda c: queries.find_account(c, caller.account_id))
    return wire.login_out(runtime.ids, host, account, csrf=login.csrf, expires_at=login.expires_at)


@delete("/api/v1/login", operation_id="logOut", tags=["login"], security=[{"cookie": []}], summary="Log out")
async def log_out(login: Login, request: AnyRequest, runtime: Runtime) -> Response[None]:
    """Ends the login of the cookie."""
    token = request.cookies[LOGIN_COOKIE]
    await runtime.commit.run(LOG_OUT, LogOut(hash_secret(token), login.caller), lane=login.caller.account_id)
    return Response(None, cookies=[login_cookie(request, runtime, "", max_age=0)])


@put(
    "/api/v1/login/password",
    operation_id="setPassword",
    tags=["login"],
    status_code=204,
    security=[{"cookie": []}],
    summary="Change the password",
)
async def set_password(data: wire.PasswordBody, login: Login, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker) -> None:
    """Changes the password of the host who is logged in. The host's other logins end; this one stays."""
    rules.check_password(data.new_password, "new_password")
    caller = login.caller
    host = await runtime.database.read(lambda c: queries.find_host(c, caller.account_id, host_id_of(caller)))
    login_try, _ = await prove_password(request, runtime, passwords, host.login, data.current_password)
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
    caller: Caller, runtime: Runtime, request: AnyRequest, data: wire.EntryKeyBody | None = None
) -> wire.NewEntryKeyOut:
    """The key with which your own login signs passes for viewers (docs/entry.md). It is shown this once; the earlier key works for 24 hours
    more. For operators and API keys. Send an Idempotency-Key to be safe against repeats."""
    _, sealed = secrets.new_entry_key(runtime.keyring)
    end_earlier = data is not None and data.end_earlier
    command = member_actions.MakeEntryKey(caller=caller, sealed=sealed, end_earlier=end_earlier, once=await once_of_request(request))
    *earlier, made = await runtime.commit.run(member_actions.MAKE_ENTRY_KEY, command, lane=caller.account_id)
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
