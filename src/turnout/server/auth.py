"""Who is calling over HTTP: an API key in `Authorization: Bearer tk_…`, or the cookie of a login.

A browser sends cookies along with requests that another site's page made, so a request that changes something and is proved by the cookie
must show two more things: the header X-CSRF-Token with the login's token, which only our own pages can read, and, where the browser says
whose page sent it, an Origin that is ours. Logging in needs the Origin as well. API keys are never sent by a browser by itself.
"""

import hmac
from typing import Any

import msgspec
from litestar import Request

from turnout.accounts import queries
from turnout.accounts.api_keys import hash_secret, is_api_key
from turnout.accounts.caller import CSRF_HEADER, LOGIN_COOKIE, Caller, Login
from turnout.accounts.key_use import KeyUse
from turnout.kernel.errors import NotAllowed, NotLoggedIn
from turnout.server.asgi import ACCOUNT_KEY, Scope, all_headers, header
from turnout.server.origins import Origins
from turnout.server.rates import ApiRates
from turnout.storage.runtime import Runtime

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
AnyRequest = Request[Any, Any, Any]


class OriginNotAllowed(NotAllowed):
    """This page is not allowed to use the server."""

    code = "origin_not_allowed"


class CsrfTokenWrong(NotAllowed):
    """The header X-CSRF-Token is missing or is not that of the login."""

    code = "csrf_token_wrong"


def refuse_foreign_origin(origins: Origins, scope: Scope) -> None:
    """Raises OriginNotAllowed for a request that changes something and that a browser sent from somebody else's page."""
    if scope["method"] in _SAFE_METHODS or _has_bearer(header(scope, b"authorization")):
        return
    if not origins.allow(all_headers(scope, b"origin"), header(scope, b"host") or ""):
        raise OriginNotAllowed


async def provide_login(request: AnyRequest, runtime: Runtime, rates: ApiRates) -> Login:
    """The login of the request's cookie; raises NotLoggedIn, also beside an API key, TooManyRequests, and CsrfTokenWrong."""
    token = request.cookies.get(LOGIN_COOKIE)
    if not token or _has_bearer(request.headers.get("authorization")):
        raise NotLoggedIn
    now = runtime.clock.now()
    token_hash = hash_secret(token)
    rates.take(request.scope, token_hash)  # type: ignore[arg-type] # the framework spells ASGI's types in its own way
    login = await runtime.database.read(lambda c: queries.find_login(c, token_hash, now))
    if login is None:
        raise NotLoggedIn
    request.scope[ACCOUNT_KEY] = login.caller.account_id  # type: ignore[literal-required] # a key of ours
    login = msgspec.structs.replace(login, caller=_from_here(login.caller, request))
    if request.method not in _SAFE_METHODS:
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), login.csrf.encode()):
            raise CsrfTokenWrong
    return login


async def provide_caller(request: AnyRequest, runtime: Runtime, rates: ApiRates, key_use: KeyUse) -> Caller:
    """Who is calling, by API key or by login; raises NotLoggedIn, TooManyRequests and CsrfTokenWrong. A wrong API key is not made good by a
    cookie. The rate is taken before the proof is looked up: a flood under one key costs no query each."""
    authorization = request.headers.get("authorization")
    if not _has_bearer(authorization):
        return (await provide_login(request, runtime, rates)).caller
    key = (authorization or "")[len("bearer ") :].strip()
    if not is_api_key(key):
        raise NotLoggedIn("this is no API key")
    key_hash = hash_secret(key)
    rates.take(request.scope, key_hash)  # type: ignore[arg-type] # the framework spells ASGI's types in its own way
    caller = await runtime.database.read(lambda c: queries.caller_of_api_key(c, key_hash))
    if caller is None:
        raise NotLoggedIn("this API key is unknown or revoked")
    if caller.api_key_id is not None:
        key_use.note(caller.api_key_id)
    request.scope[ACCOUNT_KEY] = caller.account_id  # type: ignore[literal-required] # a key of ours
    return _from_here(caller, request)


def _from_here(caller: Caller, request: AnyRequest) -> Caller:
    return msgspec.structs.replace(caller, address=request.client.host if request.client else "")


def _has_bearer(authorization: str | None) -> bool:
    return authorization is not None and authorization[:7].lower() == "bearer "
