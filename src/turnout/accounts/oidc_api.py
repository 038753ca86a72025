"""Logging in with the provider, as a browser goes through it; and which ways of logging in there are.

The browser is sent to the provider with a state, a nonce and a PKCE challenge; what belongs to them waits sealed in a cookie of that
browser, so that nobody else's answer is taken and a stranger's knocking costs no row. The cookie is Lax, since the way back comes from the
provider's site; the login's own cookie is Strict, and the console's page, to which the way back leads, asks for the login itself.
"""

import base64
import binascii
import hmac
import secrets
from urllib.parse import urlencode

import msgspec
import structlog
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from turnout.accounts import actions, oidc_actions
from turnout.accounts.logging_in import is_https, login_cookie, new_login
from turnout.accounts.oidc_client import ProviderClient
from turnout.accounts.oidc_rules import Person, ProviderLoginEnded, ProviderRefused, own_path, person_of
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import AnyRequest
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.storage.keyring import CannotOpen
from turnout.storage.runtime import Runtime

log = structlog.get_logger()

START_PATH = "/api/login/provider"
RETURN_PATH = "/api/login/return"

_COOKIE = "turnout_provider"
_PURPOSE = "accounts.provider_login"


class ProviderOut(msgspec.Struct, frozen=True):
    """The provider that people may log in with. path: where a browser begins."""

    label: str
    path: str


class LoginWaysOut(msgspec.Struct, frozen=True):
    """How people log in here. provider: null where there is none."""

    password: bool
    provider: ProviderOut | None


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """A login at the provider, under way in one browser."""

    state: str
    nonce: str
    verifier: str
    to: str
    ends_at: Instant


def routes(client: ProviderClient | None) -> list[ControllerRouterHandler]:
    """What server.app.build_app is handed. client: None without a provider."""

    @get("/api/v1/login/ways", operation_id="getLoginWays", tags=["login"], security=[{}], summary="How one logs in", sync_to_thread=False)
    def get_login_ways(passwords: PasswordChecker) -> LoginWaysOut:
        """What the login page offers: a password, the provider that the server's operator has configured, or both."""
        return LoginWaysOut(passwords.log_in, None if client is None else ProviderOut(client.provider.label, START_PATH))

    @get(START_PATH, include_in_schema=False)
    async def begin_provider_login(request: AnyRequest, runtime: Runtime, to: str | None = None) -> Response[None]:
        """Sends the browser to the provider."""
        wanted = own_path(to)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = _Begun(state, nonce, verifier, wanted, runtime.clock.now() + limits.PROVIDER_LOGIN_S * SECOND)
        try:
            address = await _require(client).address(return_to=_return_to(runtime), state=state, nonce=nonce, verifier=verifier)
        except TurnoutError as refusal:
            return _back_to_login(refusal, wanted, [])
        sealed = base64.urlsafe_b64encode(runtime.keyring.seal(msgspec.json.encode(begun), _PURPOSE)).decode()
        return _redirect(address, [_cookie(request, runtime, sealed, max_age=limits.PROVIDER_LOGIN_S)])

    @get(RETURN_PATH, include_in_schema=False)
    async def end_provider_login(request: AnyRequest, runtime: Runtime) -> Response[None]:
        """The browser is back with a code, or with a refusal."""
        gone = _cookie(request, runtime, "", max_age=0)
        begun = _begun_in(request, runtime)
        wanted = own_path(begun.to if begun else None)
        try:
            provider_client = _require(client)
            if begun is None:
                raise ProviderLoginEnded
            person = await _person(provider_client, request, runtime, begun)
            provider = provider_client.provider
            token, new = new_login(request)
            command = oidc_actions.LogInByProvider(provider.account_id, person, bool(provider.roles), provider.link, new)
            await runtime.commit.run(oidc_actions.LOG_IN_BY_PROVIDER, command, lane=actions.LOGIN_LANE)
        except TurnoutError as refusal:
            return _back_to_login(refusal, wanted, [gone])
        return _redirect(wanted, [gone, login_cookie(request, runtime, token, max_age=limits.LOGIN_DAYS * 86_400)])

    return [get_login_ways, begin_provider_login, end_provider_login]


async def _person(client: ProviderClient, request: AnyRequest, runtime: Runtime, begun: _Begun) -> Person:
    query = request.query_params
    if not hmac.compare_digest(query.get("state", "").encode(), begun.state.encode()) or runtime.clock.now() >= begun.ends_at:
        raise ProviderLoginEnded
    if query.get("iss", client.provider.issuer) != client.provider.issuer:  # RFC 9207: the answer of another provider
        raise ProviderRefused
    code = query.get("code", "")
    if not code:
        raise ProviderRefused
    claims, everything = await client.claims(
        code, return_to=_return_to(runtime), nonce=begun.nonce, verifier=begun.verifier, now=runtime.clock.now()
    )
    return person_of(claims, everything, client.provider)


def _require(client: ProviderClient | None) -> ProviderClient:
    if client is None:
        raise NotFound
    return client


def _return_to(runtime: Runtime) -> str:
    return f"{runtime.base_url}{RETURN_PATH}"


def _begun_in(request: AnyRequest, runtime: Runtime) -> _Begun | None:
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "").encode())
        return msgspec.json.decode(runtime.keyring.open(sealed, _PURPOSE), type=_Begun)
    except (CannotOpen, binascii.Error, ValueError):
        return None


def _cookie(request: AnyRequest, runtime: Runtime, value: str, *, max_age: int) -> Cookie:
    secure = is_https(request, runtime)
    return Cookie(key=_COOKIE, value=value, max_age=max_age, path="/api/login", httponly=True, samesite="lax", secure=secure)


def _back_to_login(refusal: TurnoutError, wanted: str, cookies: list[Cookie]) -> Response[None]:
    # the page tells people what to do; why it was is for the server's operator
    log.warning("provider_login_refused", code=refusal.code, reason=refusal.message, about=refusal.field)
    return _redirect(f"/console/login?{urlencode({'refused': refusal.code, 'to': wanted})}", cookies)


def _redirect(address: str, cookies: list[Cookie]) -> Response[None]:
    return Response(None, status_code=302, headers={"location": address}, cookies=cookies)
