"""The signature of Volcengine's callbacks (contracts/volcengine.md section 2): it stands in the body, under `Sign`.

MD5, as 32 lower-case hex digits, of AccountSecret and of the values of certain fields in the alphabetical order of their names, without
anything between them. Which fields those are depends on the callback. It proves who sent the callback, and not what it says: winners,
prizes and RequestUuid are not signed. That takes HTTPS, and a look at the age of Timestamp, which is signed.
"""

import hashlib
import hmac
from collections.abc import Mapping

from turnout.dialects.volcengine.messages import AWARD_EVENT
from turnout.kernel.errors import NotLoggedIn

SIGNED_FIELDS = {
    AWARD_EVENT: ("AccountID", "ActivityID", "EventType", "Timestamp"),
}
"""The fields signed in each callback, by its EventType."""

TOLERANCE_S = 600
"""Seconds by which a callback's Timestamp may differ from the receiver's clock, unless the receiver says otherwise."""


class WrongSignature(NotLoggedIn):
    """The callback's signature does not hold."""

    code = "wrong_signature"


def sign(secret: bytes, fields: Mapping[str, str], signed: tuple[str, ...] = SIGNED_FIELDS[AWARD_EVENT]) -> str:
    """The signature of a callback with these fields. signed: the names of those that count, in their order."""
    text = secret + "".join(fields[name] for name in signed).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def verify(secret: bytes, fields: Mapping[str, str], now_s: float, tolerance_s: float | None = TOLERANCE_S) -> None:
    """Raises WrongSignature unless `Sign`, in capitals or not, is the signature of these fields and their Timestamp within the tolerance of
    now_s (Unix seconds); None for any age."""
    if not hmac.compare_digest(sign(secret, fields).encode(), fields["Sign"].strip().lower().encode("utf-8", "replace")):
        raise WrongSignature
    timestamp = fields["Timestamp"]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WrongSignature("the callback's Timestamp is no number of seconds")
    if tolerance_s is not None and abs(now_s - int(timestamp)) > tolerance_s:
        raise WrongSignature("the callback's Timestamp is too far from the present")
