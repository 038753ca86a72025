"""ed25519, from the package cryptography: loaded at the first use, since a receiver that shares a secret does without it."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
"""Bytes of a private key's seed, and of a public key."""


class Unavailable(ImportError):
    """ed25519 needs the package cryptography: pip install "turnout[ed25519]"."""

    def __init__(self) -> None:
        super().__init__((self.__doc__ or "").strip())


def sign(seed: bytes, signed: bytes) -> bytes:
    """The signature of these bytes. Raises Unavailable."""
    return _private(seed).sign(signed)


def public_half(seed: bytes) -> bytes:
    """The public key of a private one. Raises Unavailable."""
    return _private(seed).public_key().public_bytes_raw()


def verifies(public: bytes, signature: bytes, signed: bytes) -> bool:
    """Whether this is a signature of these bytes by the owner of this key. Raises Unavailable."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise Unavailable from None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=256)  # making a key of its seed costs as much again as signing with it
def _private(seed: bytes) -> "Ed25519PrivateKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise Unavailable from None
    return Ed25519PrivateKey.from_private_bytes(seed)
