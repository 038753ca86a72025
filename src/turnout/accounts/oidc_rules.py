"""Logging in with an OpenID Connect provider: whom it may vouch for, and as what: pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from turnout.accounts.rules import HostRole, check_login, check_name
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput, NotAllowed, NotLoggedIn, TurnoutError
from turnout.kernel.ids import AccountId

LEEWAY: Instant = limits.PROVIDER_LEEWAY_S * SECOND
"""By how much the provider's clock may differ from ours, in microseconds."""

HOME = "/console"
"""Where a login leads that wanted nothing else."""


class ProviderUnavailable(TurnoutError):
    """The provider cannot be reached."""

    code = "provider_unavailable"
    status = 502


class ProviderRefused(NotLoggedIn):
    """The provider has not let you in."""

    code = "provider_refused"


class ProviderLoginEnded(NotLoggedIn):
    """The login with the provider took too long, or was begun in another browser."""

    code = "provider_login_ended"


class ProviderWordWrong(NotLoggedIn):
    """What the provider said does not hold."""

    code = "provider_word_wrong"


class NotInvited(NotAllowed):
    """The provider knows you, but this account has no place for you."""

    code = "not_invited"


class Provider(msgspec.Struct, frozen=True):
    """The provider as the operator configured it. roles: by value of the claim; empty where a role is given once and is ours to change."""

    issuer: str
    client_id: str
    client_secret: str
    label: str
    account_id: AccountId
    role: HostRole | None
    role_claim: str
    roles: Mapping[str, HostRole]
    domains: frozenset[str]
    link: bool


class Claims(msgspec.Struct, frozen=True):
    """What an id token says (OpenID Connect Core, section 2), in the shapes that providers use."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nonce: str | None = None
    azp: str | None = None
    nbf: int | float | None = None
    name: str | None = None
    preferred_username: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None


class Person(msgspec.Struct, frozen=True):
    """Whom the provider vouches for. mail: only a verified one, in the form of a login name. role: by its groups, or the first one."""

    subject: str
    name: str
    mail: str | None
    role: HostRole
    issuer: str

    @property
    def login(self) -> str:
        """The login name of a new host: the mail address, or one that nobody else can have chosen."""
        return self.mail or f"oidc-{hashlib.sha256(f'{self.issuer} {self.subject}'.encode()).hexdigest()[:16]}"


def check_claims(claims: Claims, provider: Provider, nonce: str, now: Instant) -> None:
    """Raises ProviderWordWrong unless the token is this provider's, for us, for this very login, and of now."""
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    wrong = (
        "iss" if claims.iss != provider.issuer
        else "aud" if provider.client_id not in audiences
        else "azp" if claims.azp is None and len(audiences) > 1
        else "azp" if claims.azp is not None and claims.azp != provider.client_id
        else "nonce" if claims.nonce != nonce
        else "exp" if now >= claims.exp * SECOND + LEEWAY
        else "iat" if claims.iat * SECOND > now + LEEWAY
        else "nbf" if claims.nbf is not None and claims.nbf * SECOND > now + LEEWAY
        else "sub" if not 1 <= len(claims.sub) <= limits.MAX_SUBJECT_LENGTH or not claims.sub.isprintable()
        else None
    )  # fmt: skip
    if wrong:
        raise ProviderWordWrong(field=wrong)


def person_of(claims: Claims, everything: Mapping[str, Any], provider: Provider) -> Person:
    """Who that is here; raises NotInvited. everything: all claims, of which one may say the role."""
    mail = _verified_mail(claims)
    if provider.domains and (mail is None or mail.rpartition("@")[2] not in provider.domains):
        raise NotInvited
    said = [provider.roles[value] for value in _values(everything, provider.role_claim) if value in provider.roles]
    role: HostRole | None = "operator" if "operator" in said else "host" if said else provider.role
    if role is None:
        raise NotInvited
    return Person(claims.sub, _name(claims), mail, role, provider.issuer)


def own_path(wanted: str | None) -> str:
    """Where a login leads: to a page of the console or a screen, so that no link can lead away after it."""
    plain = (
        wanted is not None and wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= limits.MAX_PATH_LENGTH
    )
    if wanted is None or not plain or not wanted.startswith((f"{HOME}/", "/screen/")) or wanted.startswith(f"{HOME}/login"):
        return HOME
    return wanted


def _verified_mail(claims: Claims) -> str | None:
    if claims.email is None or claims.email_verified not in (True, "true"):
        return None
    try:
        mail = check_login(claims.email)
    except InvalidInput:
        return None
    return mail if mail.count("@") == 1 else None


def _values(everything: Mapping[str, Any], path: str) -> list[str]:
    """The texts of a claim: one, or a list. A claim within another is reached by a dot."""
    found: Any = everything.get(path)
    if found is None:
        found = everything
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return [found] if isinstance(found, str) else [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _name(claims: Claims) -> str:
    for told in (claims.name, claims.preferred_username, claims.email, claims.sub):
        if told:
            kept = "".join(letter for letter in told if letter.isprintable()).strip()[: limits.MAX_NAME_LENGTH]
            if kept.strip():
                return check_name(kept, "name")
    return "–"
