"""The secrets an account is made with.

`new_account` makes them all and returns two things: the command that stores them as hashes and sealed, and the plain texts, which are
shown to the operator once and kept nowhere.
"""

import secrets
import string
from collections.abc import Collection

import msgspec

from turnout.accounts import rules
from turnout.accounts.actions import CreateAccount
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.passwords import hash_password
from turnout.storage.keyring import Keyring

_LETTERS = string.ascii_letters + string.digits
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
_ENTRY_KEY = "accounts.entry_key"
_REPEAT = "accounts.repeat"
DIALECT_KEY_LENGTH = 32
"""Letters of a key that signs queries in a vendor's dialect: A-Z a-z 0-9."""


class AccountSecrets(msgspec.Struct, frozen=True):
    """What the operator is shown once. api_key: of the native API. dialect_keys: what queries are signed with, by dialect."""

    api_key: str
    dialect_keys: dict[str, str]
    host_login: str
    host_password: str


def new_account(
    keyring: Keyring, dialects: Collection[str], *, name: str, host_login: str, host_name: str, host_password: str | None = None
) -> tuple[CreateAccount, AccountSecrets]:
    """The command for CREATE_ACCOUNT and the plain secrets. dialects: those whose queries are signed with a key we give. A password is made
    up where none is given. Raises InvalidInput. Blocks for the time of one password hash."""
    shown = AccountSecrets(
        api_key=new_api_key(),
        dialect_keys={dialect: "".join(secrets.choice(_LETTERS) for _ in range(DIALECT_KEY_LENGTH)) for dialect in dialects},
        host_login=rules.check_login(host_login),
        host_password=rules.check_password(new_password() if host_password is None else host_password, "host_password"),
    )
    command = CreateAccount(
        name=rules.check_name(name, "name"),
        host_login=shown.host_login,
        host_name=rules.check_name(host_name, "host_name"),
        password_hash=hash_password(shown.host_password),
        dialect_keys={dialect: keyring.seal(key.encode(), _purpose(dialect)) for dialect, key in shown.dialect_keys.items()},
        api_key_hash=hash_secret(shown.api_key),
    )
    return command, shown


def open_dialect_key(keyring: Keyring, dialect: str, sealed: bytes) -> str:
    """The key behind what queries.dialect_key_of returns."""
    return keyring.open(sealed, _purpose(dialect)).decode()


def new_entry_key(keyring: Keyring) -> tuple[str, bytes]:
    """A new entry key, ek_ and 43 letters, and the same sealed."""
    key = f"ek_{secrets.token_urlsafe(32)}"
    return key, keyring.seal(key.encode(), _ENTRY_KEY)


def open_entry_key(keyring: Keyring, sealed: bytes) -> str:
    """The key behind EntryKey.sealed."""
    return keyring.open(sealed, _ENTRY_KEY).decode()


def seal_for_repeat(keyring: Keyring, secret: str) -> bytes:
    """A secret that is shown once and kept as a hash, for whoever repeats the request that made it: under its Idempotency-Key, and for as
    long."""
    return keyring.seal(secret.encode(), _REPEAT)


def open_for_repeat(keyring: Keyring, sealed: bytes) -> str:
    """The secret behind what seal_for_repeat made."""
    return keyring.open(sealed, _REPEAT).decode()


def _purpose(dialect: str) -> str:
    return f"accounts.dialect_key.{dialect}"


def new_password() -> str:
    """A password to be read and typed: 4 groups of 5 letters, 99 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
