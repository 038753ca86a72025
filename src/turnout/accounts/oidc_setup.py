"""The provider that the configuration names."""

from typing import cast
from urllib.parse import urlsplit

from turnout.accounts.oidc_client import ProviderClient
from turnout.accounts.oidc_rules import Provider
from turnout.accounts.rules import HostRole
from turnout.config import Config, ConfigError, oidc_secret_of
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, IdForms, Kind


def provider_of(config: Config, ids: IdForms) -> Provider | None:
    """None where there is none. Raises ConfigError."""
    if not config.oidc_issuer:
        return None
    try:
        account_id = AccountId(ids.parse_text(Kind.ACCOUNT, config.oidc_account))
    except NotFound:
        raise ConfigError(f"oidc_account: {config.oidc_account!r} is no account's id; `turnout account list` shows them") from None
    pairs = (one.rpartition("=") for one in config.oidc_roles)
    return Provider(
        issuer=config.oidc_issuer,
        client_id=config.oidc_client_id,
        client_secret=oidc_secret_of(config),
        label=config.oidc_label or urlsplit(config.oidc_issuer).hostname or "",
        account_id=account_id,
        role=None if config.oidc_role == "none" else config.oidc_role,
        role_claim=config.oidc_role_claim,
        roles={value: cast("HostRole", role) for value, _, role in pairs},  # config_login has looked at them
        domains=frozenset(config.oidc_domains),
        link=config.oidc_link,
    )


def provider_client_of(config: Config, ids: IdForms) -> ProviderClient | None:
    """What calls it; None where there is none. Raises ConfigError."""
    provider = provider_of(config, ids)
    return None if provider is None else ProviderClient(provider)
