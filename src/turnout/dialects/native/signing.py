"""Proof of native callbacks, both ends of it: the signatures of Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks,
read 2026-11).

Signed is `id.timestamp.body`, timestamp in Unix seconds of the attempt. A secret `whsec_…` (base64 of 24 to 64 bytes) signs by HMAC-SHA256
as `v1,…`; a key `whsk_…` (base64 of an ed25519 seed and its public key, or of the seed alone) signs as `v1a,…`, and `whpk_…`, the public
key, verifies. The header holds the signatures of all keys that are valid, with a blank between them, so that a receiver may change its key
at any moment.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as chance
from collections.abc import Iterable, Mapping
from functools import lru_cache

from turnout.dialects.native import ed25519
from turnout.kernel.errors import InvalidInput, NotLoggedIn

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"

MIN_SECRET_BYTES = 24
MAX_SECRET_BYTES = 64

TOLERANCE_S = 300
"""Seconds by which a callback's timestamp may differ from the receiver's clock, unless the receiver says otherwise."""

MAX_SIGNATURES = 16
"""Signatures of one callback that a receiver looks at: a header is a stranger's until one of them holds."""


class WrongSignature(NotLoggedIn):
    """The callback's signature does not hold."""

    code = "wrong_signature"


def new_secret() -> str:
    """A random secret `whsec_…` of 256 bits."""
    return SECRET_PREFIX + base64.b64encode(chance.token_bytes(32)).decode()


def new_key_pair() -> tuple[str, str]:
    """A random `whsk_…` for the sender and its `whpk_…` for the receiver. Raises ed25519.Unavailable."""
    seed = chance.token_bytes(ed25519.KEY_BYTES)
    public = ed25519.public_half(seed)
    return PRIVATE_PREFIX + base64.b64encode(seed + public).decode(), PUBLIC_PREFIX + base64.b64encode(public).decode()


def check_secret(secret: str) -> None:
    """Raises InvalidInput, naming the field `secret`, for one nobody can sign with."""
    if secret.startswith(PRIVATE_PREFIX):
        _read_private(secret)
    elif secret.startswith(SECRET_PREFIX):
        _read_symmetric(secret)
    elif secret.startswith(PUBLIC_PREFIX):
        raise InvalidInput("this is a public key: messages are signed with the private one, whsk_…", field="secret")
    else:
        raise InvalidInput("must begin with whsec_ (HMAC-SHA256) or whsk_ (ed25519)", field="secret")


def check_key(key: str) -> None:
    """Raises InvalidInput, naming the field `secret`, for one nobody can verify with."""
    if key.startswith(PUBLIC_PREFIX):
        _read_public(key)
    else:
        _read_symmetric(key)


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """One signature of this body, with the name of its scheme. Raises InvalidInput for what check_secret refuses."""
    signed = _signed(message_id, timestamp_s, body)
    if secret.startswith(PRIVATE_PREFIX):
        return f"v1a,{base64.b64encode(ed25519.sign(_read_private(secret), signed)).decode()}"
    return f"v1,{base64.b64encode(_hmac(_read_symmetric(secret), signed)).decode()}"


def signed_headers(secrets: Iterable[str], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers, with a signature by each secret, in their order; without secrets there is no signature."""
    headers = {ID_HEADER: message_id, TIMESTAMP_HEADER: str(timestamp_s)}
    signatures = [sign(secret, message_id, timestamp_s, body) for secret in secrets]
    return {**headers, SIGNATURE_HEADER: " ".join(signatures)} if signatures else headers


def verify(keys: Iterable[str], headers: Mapping[str, str], body: bytes, now_s: float, tolerance_s: float = TOLERANCE_S) -> str:
    """The message's id, when the headers, whatever their letter case, hold a signature of exactly these bytes by one of these keys
    (`whsec_…` or `whpk_…`), made within the tolerance of now_s (Unix seconds). Raises WrongSignature, ed25519.Unavailable, and InvalidInput
    for a key that is none."""
    lowered = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = lowered.get(ID_HEADER, ""), lowered.get(TIMESTAMP_HEADER, "")
    signatures = lowered.get(SIGNATURE_HEADER, "").split()[:MAX_SIGNATURES]
    if not message_id or not timestamp or not signatures:
        raise WrongSignature("the callback is not signed")
    if "." in message_id or not message_id.isascii():
        raise WrongSignature("the callback's id has a full stop or a letter in it that no id has")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WrongSignature("the callback's timestamp is no number of seconds")
    signed = _signed(message_id, int(timestamp), body)
    if not any(_holds(key, signatures, signed) for key in keys):
        raise WrongSignature
    if abs(now_s - int(timestamp)) > tolerance_s:
        raise WrongSignature("the callback's timestamp is too far from the present")
    return message_id


def _holds(key: str, signatures: Iterable[str], signed: bytes) -> bool:
    if key.startswith(PUBLIC_PREFIX):
        public = _read_public(key)
        return any(ed25519.verifies(public, given, signed) for given in _of_scheme("v1a", signatures))
    expected = _hmac(_read_symmetric(key), signed)
    return any(hmac.compare_digest(expected, given) for given in _of_scheme("v1", signatures))


def _of_scheme(scheme: str, signatures: Iterable[str]) -> Iterable[bytes]:
    """The bytes of those signatures that are of this scheme; what a later version of the standard adds is passed over."""
    for signature in signatures:
        name, _, text = signature.partition(",")
        if name == scheme:
            try:
                yield base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                continue


def _signed(message_id: str, timestamp_s: int, body: bytes) -> bytes:
    return f"{message_id}.{timestamp_s}.".encode() + body


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, hashlib.sha256)


@lru_cache(maxsize=2_000)  # of the keys in use: a sender signs every call
def _read_symmetric(secret: str) -> bytes:
    return _read(secret, SECRET_PREFIX, range(MIN_SECRET_BYTES, MAX_SECRET_BYTES + 1))


def _read_public(key: str) -> bytes:
    return _read(key, PUBLIC_PREFIX, (ed25519.KEY_BYTES,))


def _read_private(secret: str) -> bytes:
    """The seed of a private key."""
    found = _read(secret, PRIVATE_PREFIX, (ed25519.KEY_BYTES, 2 * ed25519.KEY_BYTES))
    seed, public = found[: ed25519.KEY_BYTES], found[ed25519.KEY_BYTES :]
    if public and public != ed25519.public_half(seed):
        raise InvalidInput("the second half of this key is not the public key of the first", field="secret")
    return seed


def _read(text: str, prefix: str, lengths: range | tuple[int, ...]) -> bytes:
    """The bytes of a key. Raises InvalidInput unless it has this prefix, is base64 and of one of these lengths."""
    if not text.startswith(prefix):
        raise InvalidInput(f"must begin with {prefix}", field="secret")
    try:
        found = base64.b64decode(text.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"what follows {prefix} must be base64", field="secret") from None
    if len(found) not in lengths:
        wanted = f"{min(lengths)} to {max(lengths)}" if isinstance(lengths, range) else " or ".join(map(str, lengths))
        raise InvalidInput(f"what follows {prefix} must be base64 of {wanted} bytes; these are {len(found)}", field="secret")
    return found
