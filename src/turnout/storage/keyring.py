"""The installation's one secret and what is derived from it.

Every purpose has a key of its own (HKDF-SHA256 over the secret, the purpose as its info), so a sealed value of one purpose never opens
under another. With another secret nothing sealed opens and every id ever handed out stops resolving.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from turnout.kernel.ids import IdForms

SECRET_BYTES = 32
"""Length of the installation's secret."""

_VERSION = b"\x01"  # first byte of what is sealed: AES-256-GCM, 12 byte nonce, 16 byte tag
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """The sealed bytes were changed, or sealed for another purpose or under another secret."""


class Keyring:
    """Seals and signs. Safe to use from any thread; keep it out of logs."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
        self._secret = secret
        self._cipher = lru_cache(maxsize=64)(self._make_cipher)
        self._mac_key = lru_cache(maxsize=64)(lambda purpose: self._derive(f"mac {purpose}"))
        self.ids = IdForms(self._derive("ids"))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """The plain bytes encrypted, different each time; 29 bytes longer than they were."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher(purpose).encrypt(nonce, plain, _VERSION)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What `seal` was given for this purpose; raises CannotOpen for anything else."""
        start = len(_VERSION) + _NONCE_BYTES
        if sealed[:1] != _VERSION:
            raise CannotOpen("this was not sealed by a version we know")
        try:
            return self._cipher(purpose).decrypt(sealed[1:start], sealed[start:], _VERSION)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("the sealed bytes do not open under this purpose and secret") from error

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 of the message under the purpose's key, 32 bytes. Compare with hmac.compare_digest."""
        return hmac.digest(self._mac_key(purpose), message, hashlib.sha256)

    def _make_cipher(self, purpose: str) -> AESGCM:
        return AESGCM(self._derive(f"seal {purpose}"))

    def _derive(self, info: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"turnout {info}".encode()).derive(self._secret)
