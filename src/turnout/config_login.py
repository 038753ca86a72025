"""Configuration of who may log in and how. Part of config.Config; what is wrong is told by key."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from turnout.config_checks import is_provider, key

RoleGiven = Literal["host", "operator", "none"]

ROLES_GIVEN = ("host", "operator")


class LoginConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How people log in to the console."""

    password_logins: Annotated[bool, key("Whether a login name and a password log in. Off only where a provider does.")] = True
    oidc_issuer: Annotated[
        str,
        key(
            "OpenID Connect provider that people may log in with, as it names itself: what stands before "
            "`/.well-known/openid-configuration`. Needs `base_url`. Empty: none.",
            "URL",
        ),
    ] = ""
    oidc_client_id: Annotated[str, key("What the provider calls this server.")] = ""
    oidc_client_secret: Annotated[str, key("Secret for it, where the provider gave one. Never logged or shown.")] = ""
    oidc_client_secret_file: Annotated[str, key("File that holds that secret, in place of the key above.", "path")] = ""
    oidc_label: Annotated[str, key("What the button on the login page says, such as `Acme ID`. Empty: the provider's host name.")] = ""
    oidc_account: Annotated[str, key("Account of the people who log in with the provider, `ac_…`.")] = ""
    oidc_role: Annotated[
        RoleGiven,
        key("Role of whoever logs in for the first time and is given none by `oidc_roles`. `none`: they do not get in."),
    ] = "host"
    oidc_role_claim: Annotated[
        str, key("Claim of the provider's token that says which role somebody has, such as `groups` or `realm_access.roles`.")
    ] = ""
    oidc_roles: Annotated[
        tuple[str, ...],
        key("Which of its values mean which role, such as `turnout-admins=operator`. Looked at again at each login.", "list"),
    ] = ()
    oidc_domains: Annotated[
        tuple[str, ...],
        key("Domains of the verified mail addresses that may log in. Empty: everybody whom the provider lets in.", "list"),
    ] = ()
    oidc_link: Annotated[
        bool,
        key(
            "Whether somebody whose verified mail address is the login name of a host of the account logs in as that host. Only where the "
            "provider lets nobody choose another person's address."
        ),
    ] = False


def login_faults(config: LoginConfig, base_url: str) -> Iterator[tuple[str, str]]:
    """Keys whose value has the right type and still cannot work, each with what it must be."""
    if not config.oidc_issuer:
        if not config.password_logins:
            yield "password_logins", "must be on without oidc_issuer: nobody could log in"
        for field in msgspec.structs.fields(LoginConfig):
            if field.name not in ("password_logins", "oidc_issuer") and getattr(config, field.name) != field.default:
                yield field.name, "is of no use without oidc_issuer"
        return
    if not is_provider(config.oidc_issuer):
        yield "oidc_issuer", "must be like https://login.example.com/tenant; http only on this machine"
    if not base_url:
        yield "base_url", "must be given with oidc_issuer: the provider sends people back there"
    for name in ("oidc_client_id", "oidc_account"):
        if not getattr(config, name):
            yield name, "must be given with oidc_issuer"
    if config.oidc_client_secret and config.oidc_client_secret_file:
        yield "oidc_client_secret_file", "must be empty when oidc_client_secret is given"
    if bool(config.oidc_roles) != bool(config.oidc_role_claim):
        yield "oidc_roles", "must be given with oidc_role_claim, and only then"
    for one in config.oidc_roles:
        value, _, role = one.rpartition("=")
        if not value or role not in ROLES_GIVEN:
            yield "oidc_roles", f"{one!r} is nothing like admins=operator or staff=host"
    for domain in config.oidc_domains:
        if "@" in domain or "." not in domain or domain != domain.strip().lower():
            yield "oidc_domains", f"{domain!r} is no domain like example.com in small letters"
