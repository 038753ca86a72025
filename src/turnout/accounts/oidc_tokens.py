"""The provider's signed word: an id token under RS256 or ES256 and nothing else, by a key that the provider publishes."""

from collections.abc import Sequence
from typing import Any, Literal

import jwt
import msgspec

from turnout.accounts.oidc_rules import Claims, Provider, ProviderWordWrong, check_claims
from turnout.kernel.clock import Instant

LEAST_RSA_BITS = 2_048

Key = dict[str, Any]
"""A public key as the provider publishes it: a JWK."""

_KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
_jws = jwt.PyJWS(algorithms=list(_KEY_TYPES))


class Header(msgspec.Struct, frozen=True):
    """Of an id token. Another algorithm is refused here already, before any key is looked at."""

    alg: Literal["RS256", "ES256"]
    kid: str | None = None


def read_header(token: str) -> Header:
    """What a token says it is signed with; raises ProviderWordWrong."""
    try:
        return msgspec.json.decode(jwt.utils.base64url_decode(token.partition(".")[0]), type=Header)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise ProviderWordWrong(field="alg") from None


def fitting_key(header: Header, keys: Sequence[Key]) -> Key | None:
    """The published key that the header names; without a name the only one of its type. None where there is none, as before the provider's
    new keys are read."""
    fitting = [key for key in keys if key.get("kty") == _KEY_TYPES[header.alg] and key.get("use", "sig") == "sig"]
    fitting = [key for key in fitting if key.get("alg", header.alg) == header.alg]
    named = [key for key in fitting if key.get("kid") == header.kid] if header.kid is not None else fitting
    return named[0] if len(named) == 1 else None


def read_id_token(token: str, key: Key, provider: Provider, nonce: str, now: Instant) -> tuple[Claims, dict[str, Any]]:
    """What it says, once its signature, its times, and that it is for us and this very login hold; raises ProviderWordWrong."""
    header = read_header(token)
    try:
        public = jwt.PyJWK(key, algorithm=header.alg)
        if header.alg == "RS256" and public.key.key_size < LEAST_RSA_BITS:
            raise ProviderWordWrong(field="key")
        payload = _jws.decode(token, public.key, algorithms=[header.alg])
        everything = msgspec.json.decode(payload, type=dict[str, Any])
        claims = msgspec.convert(everything, Claims)
    except (jwt.PyJWTError, ValueError, TypeError, msgspec.MsgspecError, RecursionError):
        raise ProviderWordWrong from None
    check_claims(claims, provider, nonce, now)
    return claims, everything
