"""THQS: how a request to CC's query interface shows which account sent it (contract section 1). Both ends, pure.

    qs   = the parameters as k=v, by byte order of the key, joined by &
    hash = MD5(qs & time=T & salt=K), hex; T in Unix seconds, K the account's CC key, which never travels

Clients differ in how they escape a value before hashing, so a hash is tried over the query as it came, and over the values
escaped in form style, in percent style, and not at all. Escaping nothing is ambiguous: "a+b" is what form style makes of "a b". A
value with &, % or + is therefore never tried unescaped, and no hash stands for two different sets of parameters.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, quote_plus

from turnout.kernel.clock import SECOND, Instant

DIALECT = "csslcloud"
"""This dialect's name: that of its key."""

_MILLISECOND_DIGITS = 13
_AMBIGUOUS = frozenset("&%+")


class Escaping(StrEnum):
    """How a client escapes keys and values before it hashes them."""

    FORM = "form"
    """A blank is +, all else percent-escaped in upper case: the vendor's own demo."""
    PERCENT = "percent"
    """A blank is %20."""
    NONE = "none"
    """Raw UTF-8 text."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says and how it says so.

    values: its parameters, decoded, without `time` and `hash`. received: the same pairs as raw bytes where all of them came in a
    query string or a form, else None. time, hash: as text, as sent.
    """

    values: Mapping[str, str]
    received: Sequence[tuple[bytes, bytes]] | None
    time: str
    hash: str


def sign(values: Mapping[str, str], time: str, key: bytes, escaping: Escaping = Escaping.FORM) -> str:
    """The hash of a request, 32 upper-case hex digits. time: the digits that are sent as `time`. key: the account's CC key."""
    return _digest(_escaped_pairs(values, escaping), time, key)


def is_proven(signed: Signed, key: bytes) -> bool:
    """Whether the hash is the one only a holder of `key` can make. Letter case does not matter; takes no longer for a near miss."""
    claimed = signed.hash.encode().upper()
    if signed.received is not None and hmac.compare_digest(_digest(signed.received, signed.time, key).encode(), claimed):
        return True
    return any(
        hmac.compare_digest(sign(signed.values, signed.time, key, escaping).encode(), claimed)
        for escaping in Escaping
        if escaping is not Escaping.NONE or _is_plain(signed.values)
    )


def is_instant_text(text: str) -> bool:
    """Whether `time` can be read: 1 to 13 digits."""
    return text.isascii() and text.isdigit() and len(text) <= _MILLISECOND_DIGITS


def is_current(time: str, now: Instant, window_s: int) -> bool:
    """Whether `time` (digits; 13 of them are milliseconds) is at most window_s whole seconds away from now; 0 allows any."""
    if window_s == 0:
        return True
    sent_s = int(time) // 1000 if len(time) == _MILLISECOND_DIGITS else int(time)
    return abs(now // SECOND - sent_s) <= window_s


def escape(text: str, escaping: Escaping) -> str:
    """One key or value as a client of that escaping hashes it."""
    match escaping:
        case Escaping.FORM:
            return quote_plus(text)
        case Escaping.PERCENT:
            return quote(text, safe="")
        case Escaping.NONE:
            return text


def _escaped_pairs(values: Mapping[str, str], escaping: Escaping) -> list[tuple[bytes, bytes]]:
    return [(escape(name, escaping).encode(), escape(value, escaping).encode()) for name, value in values.items()]


def _digest(pairs: Iterable[tuple[bytes, bytes]], time: str, key: bytes) -> str:
    query = b"&".join(name + b"=" + value for name, value in sorted(pairs))
    # MD5 is the vendor's choice; the secret at the end keeps a hash from being extended
    return hashlib.md5(query + b"&time=" + time.encode() + b"&salt=" + key, usedforsecurity=False).hexdigest().upper()


def _is_plain(values: Mapping[str, str]) -> bool:
    return all(_AMBIGUOUS.isdisjoint(value) for value in values.values()) and all(
        _AMBIGUOUS.isdisjoint(name) and "=" not in name for name in values
    )
