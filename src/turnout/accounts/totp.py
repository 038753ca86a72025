"""Codes that change with time (RFC 6238: SHA-1, 30 seconds, 6 digits, which is what every authenticator app takes), and recovery codes.

The secret is kept sealed. Of recovery codes a MAC under the installation's secret is kept: whoever gets the database alone cannot try them
out.
"""

import base64
import re
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import HostId
from turnout.storage.keyring import Keyring

STEP_S = 30
"""Seconds for which an app shows one code."""

WINDOW = 1
"""Steps by which a phone's clock may differ from ours."""

_PURPOSE = "accounts.two_step"
_RECOVERY = "accounts.recovery_code"
_SECRET_BYTES = 20
_DIGITS = 6
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
_GROUP = 5
_NOT_IN_CODES = re.compile(r"[\s-]+")


def new_secret(keyring: Keyring) -> tuple[bytes, bytes]:
    """A new secret, and the same sealed."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    return secret, keyring.seal(secret, _PURPOSE)


def secret_text(secret: bytes) -> str:
    """The secret as a person types it into an app: base 32."""
    return base64.b32encode(secret).decode()


def app_uri(secret: bytes, login: str) -> str:
    """The address that an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(login, "Turnout")


def matching_step(keyring: Keyring, sealed: bytes, code: str, now: Instant) -> int | None:
    """The time step whose code this is, of those within the window; None for a wrong code."""
    digits = _NOT_IN_CODES.sub("", code)
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    totp = _totp(keyring.open(sealed, _PURPOSE))
    present = now // SECOND // STEP_S
    for step in range(present - WINDOW, present + WINDOW + 1):
        try:
            totp.verify(digits.encode(), step * STEP_S)
        except InvalidToken:
            continue
        return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes to be written down: two groups of five letters each, 49 bits."""
    return ["-".join("".join(secrets.choice(_READABLE) for _ in range(_GROUP)) for _ in range(2)) for _ in range(limits.RECOVERY_CODES)]


def hash_recovery_code(keyring: Keyring, host_id: HostId, code: str) -> str:
    """What is kept of a host's recovery code, however its letters are grouped and cased."""
    letters = _NOT_IN_CODES.sub("", code).casefold()
    return keyring.mac(_RECOVERY, f"{host_id} {letters}".encode("utf-8", "surrogatepass")).hex()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), STEP_S)  # noqa: S303 - the algorithm of the RFC that apps know; HMAC does not need more of it
