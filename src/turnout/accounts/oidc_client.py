"""The provider, called over HTTP: what it says of itself, its keys, and its word for a code.

Promise: a call ends within TIMEOUT_S, at most REPLY_BYTES of a reply are read, redirects are not followed, and neither cookies nor proxies
of the environment are used. Whatever the provider does, a caller gets ProviderUnavailable or ProviderWordWrong and the log says why; no
secret, code or token is logged. No more than AT_ONCE logins wait for the provider; further ones are refused at once.
It is used on the event loop and opens at the first call; `stop` closes it. May import: accounts' rules and tokens, kernel, the HTTP client.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec
import structlog

from turnout import __version__
from turnout.accounts.oidc_rules import Claims, Provider, ProviderUnavailable, ProviderWordWrong
from turnout.accounts.oidc_tokens import Header, Key, fitting_key, read_header, read_id_token
from turnout.kernel.clock import Instant

T = TypeVar("T")

log = structlog.get_logger()

TIMEOUT_S = 8.0
"""Seconds one call is given."""

REPLY_BYTES = 262_144
"""Most bytes of a reply."""

KEPT_S = 3_600.0
"""Seconds for which what the provider says of itself is not read again."""

AT_ONCE = 16
"""Logins that wait for the provider."""


class _Metadata(msgspec.Struct, frozen=True):
    """What the provider says of itself (OpenID Connect Discovery, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Keys(msgspec.Struct, frozen=True):
    keys: list[Key]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class ProviderClient:
    """Asks this provider. One per process."""

    def __init__(self, provider: Provider, *, timeout_s: float = TIMEOUT_S) -> None:
        self.provider = provider
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._waiting = 0
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, list[Key]] | None = None

    async def stop(self) -> None:
        """Closes every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def address(self, *, return_to: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser goes to log in; raises ProviderUnavailable."""
        async with self._turn():
            endpoint = (await self._known()).authorization_endpoint
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": return_to,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def claims(self, code: str, *, return_to: str, nonce: str, verifier: str, now: Instant) -> tuple[Claims, dict[str, Any]]:
        """Whom the provider vouches for with this code; raises ProviderUnavailable and ProviderWordWrong."""
        async with self._turn():
            metadata = await self._known()
            token = await self._token(metadata, code, return_to, verifier)
            key = await self._key(metadata, read_header(token))
        return await asyncio.to_thread(read_id_token, token, key, self.provider, nonce, now)

    async def _known(self) -> _Metadata:
        if self._metadata is not None and time.monotonic() - self._metadata[0] < KEPT_S:
            return self._metadata[1]
        issuer = self.provider.issuer
        found = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", _Metadata)
        if found.issuer != issuer:
            raise _unavailable("it calls itself otherwise", told=found.issuer)
        in_clear = issuer.startswith("http:")  # which config.py allows on this machine only
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if urlsplit(address).scheme != "https" and not in_clear:
                raise _unavailable("one of its addresses is not https", told=address)
        self._metadata = time.monotonic(), found
        return found

    async def _key(self, metadata: _Metadata, header: Header) -> Key:
        """Keys that the provider has taken back count no longer than anything else it says of itself."""
        if self._keys is not None and time.monotonic() - self._keys[0] < KEPT_S:
            key = fitting_key(header, self._keys[1])
            if key is not None:
                return key
        keys = (await self._get(metadata.jwks_uri, _Keys)).keys  # the provider may have new ones
        self._keys = time.monotonic(), keys
        key = fitting_key(header, keys)
        if key is None:
            raise ProviderWordWrong(field="kid")
        return key

    async def _token(self, metadata: _Metadata, code: str, return_to: str, verifier: str) -> str:
        """The id token for a code (RFC 6749, section 4.1.3, and RFC 7636)."""
        provider = self.provider
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": return_to, "code_verifier": verifier}
        headers = {}
        if not provider.client_secret:
            form["client_id"] = provider.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        status, body = await self._call("POST", metadata.token_endpoint, form, headers)
        if 400 <= status < 500:
            log.warning("provider_refused_code", status=status)
            raise ProviderWordWrong(field="code")
        return _decoded(status, body, _Tokens).id_token

    async def _get(self, url: str, wanted: type[T]) -> T:
        status, body = await self._call("GET", url)
        return _decoded(status, body, wanted)

    async def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        if self._session is None:
            self._session = self._open()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._session.request(method, url, data=form, headers=headers, allow_redirects=False) as response,
            ):
                body = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > REPLY_BYTES:
                        response.close()  # more was coming: the connection cannot be used again
                        raise _unavailable("its reply is too long")
                return response.status, bytes(body)
        except TimeoutError:
            raise _unavailable(f"it took longer than {self._timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unavailable(f"it cannot be reached ({type(error).__name__})") from None

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"Accept": "application/json", "User-Agent": f"Turnout/{__version__}"},
            skip_auto_headers=("Accept-Encoding",),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # one limit around all of a call
        )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= AT_ONCE:
            raise _unavailable("too many logins wait for it")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


def _decoded(status: int, body: bytes, wanted: type[T]) -> T:
    if status != 200:
        raise _unavailable(f"it answered {status}")
    try:
        return msgspec.json.decode(body, type=wanted)
    except (ValueError, RecursionError):
        raise _unavailable("its reply is not what the standard says") from None


def _unavailable(reason: str, **facts: str) -> ProviderUnavailable:
    log.warning("provider_unavailable", reason=reason, **facts)
    return ProviderUnavailable()
