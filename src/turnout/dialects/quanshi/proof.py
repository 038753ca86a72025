"""The optional signature of Quanshi callbacks (contract A.1): headers X-Hook-Timestamp and X-Hook-Signature.

Signature: lower-case hex HMAC-SHA256(secret, timestamp + "." + raw body), timestamp in Unix seconds. It is made for each attempt. The
vendor documents none; headers are additive, so a receiver that knows nothing of them is not disturbed.
"""

import hashlib
import hmac
from collections.abc import Mapping

from turnout.kernel.errors import NotLoggedIn

TIMESTAMP_HEADER = "X-Hook-Timestamp"
SIGNATURE_HEADER = "X-Hook-Signature"

TOLERANCE_S = 600
"""Seconds by which a callback's timestamp may differ from the receiver's clock, unless the receiver says otherwise."""


class WrongSignature(NotLoggedIn):
    """The callback's signature does not hold."""

    code = "wrong_signature"


def sign(secret: bytes, timestamp_s: int, body: bytes) -> str:
    """The signature of a body sent at this Unix second."""
    return hmac.new(secret, f"{timestamp_s}.".encode() + body, hashlib.sha256).hexdigest()


def signed_headers(secret: bytes, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Both headers."""
    return {TIMESTAMP_HEADER: str(timestamp_s), SIGNATURE_HEADER: sign(secret, timestamp_s, body)}


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now_s: float, tolerance_s: float = TOLERANCE_S) -> None:
    """Raises WrongSignature unless the headers, whatever their letter case, hold a signature of exactly these bytes made within the
    tolerance of now_s (Unix seconds)."""
    lowered = {name.lower(): value for name, value in headers.items()}
    timestamp = lowered.get(TIMESTAMP_HEADER.lower(), "")
    signature = lowered.get(SIGNATURE_HEADER.lower(), "")
    if not timestamp or not signature:
        raise WrongSignature("the callback is not signed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WrongSignature("the callback's timestamp is no number of seconds")
    if not hmac.compare_digest(sign(secret, int(timestamp), body).encode(), signature.strip().lower().encode("utf-8", "replace")):
        raise WrongSignature
    if abs(now_s - int(timestamp)) > tolerance_s:
        raise WrongSignature("the callback's timestamp is too far from the present")
