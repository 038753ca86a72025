"""The secrets an account is made with.

`new_account` makes them all and returns two things: the command that stores them as hashes and sealed, and the plain texts, which are
shown to the operator once and kept nowhere.
"""

import secrets
import string

import msgspec

from turnout.accounts import rules
from turnout.accounts.actions import CreateAccount
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.passwords import hash_password
from turnout.storage.keyring import Keyring

_CSSLCLOUD_PURPOSE = "accounts.csslcloud_key"
_LETTERS = string.ascii_letters + string.digits
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
CSSLCLOUD_KEY_LENGTH = 32
"""Letters of a new CC key: A-Z a-z 0-9."""


class AccountSecrets(msgspec.Struct, frozen=True):
    """What the operator is shown once. api_key: of the native API. csslcloud_key: what CC's interface signs with."""

    api_key: str
    csslcloud_key: str
    host_login: str
    host_password: str


def new_account(
    keyring: Keyring, *, name: str, host_login: str, host_name: str, host_password: str | None = None
) -> tuple[CreateAccount, AccountSecrets]:
    """The command for CREATE_ACCOUNT and the plain secrets; a password is made up where none is given. Raises InvalidInput. Blocks for
    the time of one password hash."""
    shown = AccountSecrets(
        api_key=new_api_key(),
        csslcloud_key="".join(secrets.choice(_LETTERS) for _ in range(CSSLCLOUD_KEY_LENGTH)),
        host_login=rules.check_login(host_login),
        host_password=rules.check_password(new_password() if host_password is None else host_password, "host_password"),
    )
    command = CreateAccount(
        name=rules.check_name(name, "name"),
        host_login=shown.host_login,
        host_name=rules.check_name(host_name, "host_name"),
        password_hash=hash_password(shown.host_password),
        csslcloud_key=keyring.seal(shown.csslcloud_key.encode(), _CSSLCLOUD_PURPOSE),
        api_key_hash=hash_secret(shown.api_key),
    )
    return command, shown


def open_csslcloud_key(keyring: Keyring, sealed: bytes) -> str:
    """The CC key behind what queries.csslcloud_key_of returns."""
    return keyring.open(sealed, _CSSLCLOUD_PURPOSE).decode()


def new_password() -> str:
    """A password to be read and typed: 4 groups of 5 letters, 99 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
