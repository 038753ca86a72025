"""Ids: one integer inside, many forms outside (docs/decisions/0008).

Every entity has one integer id, at most 2^53-1, given out in order. What leaves the server is a keyed permutation of it: reversible
with the key, and without the key the id of one entity says nothing about its neighbour's. A form is made per kind of entity, so
the room 5 and the viewer 5 look unrelated.

The permutation is a balanced or near-balanced Feistel network of eight rounds, as many as FF3-1 has (NIST SP 800-38G), with BLAKE2s of the
key and a half as its round function: one block to hash for each round.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from struct import Struct
from typing import NewType

from turnout.kernel.errors import NotFound

AccountId = NewType("AccountId", int)
HostId = NewType("HostId", int)
ApiKeyId = NewType("ApiKeyId", int)
RoomId = NewType("RoomId", int)
LiveSessionId = NewType("LiveSessionId", int)
ViewerId = NewType("ViewerId", int)
SurveyId = NewType("SurveyId", int)
QuestionId = NewType("QuestionId", int)
EndpointId = NewType("EndpointId", int)
DeliveryId = NewType("DeliveryId", int)
TemplateId = NewType("TemplateId", int)
PictureId = NewType("PictureId", int)
NoticeId = NewType("NoticeId", int)
CheckInId = NewType("CheckInId", int)
DrawId = NewType("DrawId", int)
PrizeId = NewType("PrizeId", int)
EntrantId = NewType("EntrantId", int)
JoinLinkId = NewType("JoinLinkId", int)
AuditRecordId = NewType("AuditRecordId", int)
AnnouncementId = NewType("AnnouncementId", int)

MAX_ID = 2**53 - 1
"""The largest id: JavaScript's largest exact integer."""

_FORMED = 100_000
"""Texts of which the id is remembered."""

_ROUNDS = 8
_pack, _unpack = Struct(">Q").pack, Struct(">Q").unpack  # of a half and of a hash, at half the price of int's own
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_TEXT_LENGTH = 13  # 13 letters of 5 bits hold 64 bits


class Kind(StrEnum):
    """A kind of entity; the value is the prefix of its native text form."""

    ACCOUNT = "ac"
    HOST = "hs"
    API_KEY = "ak"
    ROOM = "rm"
    LIVE_SESSION = "ls"
    VIEWER = "vw"
    SURVEY = "sv"
    QUESTION = "qn"
    ENDPOINT = "ep"
    DELIVERY = "dl"
    TEMPLATE = "tp"
    PICTURE = "pc"
    NOTICE = "nt"
    CHECKIN = "ci"
    DRAW = "dr"
    PRIZE = "pz"
    ENTRY = "en"
    JOIN_LINK = "jl"
    AUDIT_RECORD = "au"
    ANNOUNCEMENT = "an"


class UnknownId(NotFound):
    """There is nothing with this id."""

    code = "not_found"


class IdForms:
    """The outside forms of ids under one key.

    key: 32 secret bytes, the same in every process of one installation; with another key every id ever handed out stops resolving.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._formed: dict[str, int] = {}  # text → id, of texts we gave out: a hall answers with the names it has just been told
        self.text: Callable[[Kind, int], str] = lru_cache(maxsize=200_000)(self._text)
        self.parse_text: Callable[[Kind, str], int] = lru_cache(maxsize=200_000)(self._parse_text)
        self.hex32: Callable[[Kind, int], str] = lru_cache(maxsize=200_000)(self.passing_hex32)
        self.integer: Callable[[Kind, int], int] = lru_cache(maxsize=200_000)(self.passing_integer)

    def _text(self, kind: Kind, number: int) -> str:
        """Native text: prefix, underscore, 13 letters of Crockford's base 32, such as rm_0f3kq8z1m2n4p."""
        text = self.passing_text(kind, number)
        if len(self._formed) >= _FORMED:
            self._formed.clear()
        self._formed[text] = number
        return text

    def passing_text(self, kind: Kind, number: int) -> str:
        """The same native text, of which nothing is remembered: for one of very many, which would put out what is needed again."""
        block = _permute(self._key, kind, 64, number)
        letters = [_PAIRS[block >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)]
        return f"{kind.value}_{_ALPHABET[block >> 60]}{''.join(letters)}"

    def _parse_text(self, kind: Kind, text: str) -> int:
        """The id behind a native text; raises UnknownId for any other text. Letter case does not matter."""
        formed = self._formed.get(text)
        if formed is not None and text.startswith(kind.value):
            return formed
        prefix, _, letters = text.lower().partition("_")
        if prefix != kind.value or len(letters) != _TEXT_LENGTH:
            raise UnknownId
        block = 0
        for letter in letters:
            value = _VALUES.get(letter)
            if value is None:
                raise UnknownId
            block = block << 5 | value
        if block >> 64:
            raise UnknownId
        return self._whole(kind, 64, block)

    def hex16(self, kind: Kind, number: int) -> str:
        """Sixteen upper-case hex digits."""
        return f"{_permute(self._key, kind, 64, number):016X}"

    def parse_hex16(self, kind: Kind, text: str) -> int:
        """The id behind sixteen hex digits of either case; raises UnknownId."""
        return self._whole(kind, 64, _from_hex(text, 16))

    def passing_hex32(self, kind: Kind, number: int) -> str:
        """Thirty-two lower-case hex digits; see passing_text."""
        return f"{_permute(self._key, kind, 128, number):032x}"

    def parse_hex32(self, kind: Kind, text: str) -> int:
        """The id behind thirty-two hex digits of either case; raises UnknownId."""
        return self._whole(kind, 128, _from_hex(text, 32))

    def passing_integer(self, kind: Kind, number: int) -> int:
        """An integer from 0 to 2^53-1; see passing_text."""
        return _permute(self._key, kind, 53, number)

    def parse_integer(self, kind: Kind, value: int) -> int:
        """The id behind such an integer; raises UnknownId when it is out of range."""
        if not 0 <= value <= MAX_ID:
            raise UnknownId
        return _restore(self._key, kind, 53, value)

    def _whole(self, kind: Kind, bits: int, block: int) -> int:
        number = _restore(self._key, kind, bits, block)
        if number > MAX_ID:
            raise UnknownId
        return number


def _from_hex(text: str, digits: int) -> int:
    # int() alone would also take signs, blanks, underscores and other scripts' digits
    if len(text) != digits or not all(letter in "0123456789abcdefABCDEF" for letter in text):
        raise UnknownId
    return int(text, 16)


@lru_cache(maxsize=1_000)
def _rounds(key: bytes, kind: Kind, bits: int) -> "tuple[Callable[[], hashlib.blake2s], ...]":
    """What begins the hash of each round. The key goes before the half and not into BLAKE2's own parameter, which would make it a block
    more; all that is hashed under one key is of one length, so nothing can be appended."""
    begun = [hashlib.blake2s(key, digest_size=8, person=f"{kind.value}{bits}.{number}".encode()) for number in range(_ROUNDS)]
    return tuple(one.copy for one in begun)


def _permute(key: bytes, kind: Kind, bits: int, value: int) -> int:
    """The keyed permutation of the integers below 2^bits. Odd widths alternate halves of unequal size."""
    if not 0 <= value <= MAX_ID:
        raise ValueError("an id is an integer from 0 to 2^53-1")
    low_bits = bits // 2
    high_bits = bits - low_bits
    high, low = value >> low_bits, value & ((1 << low_bits) - 1)
    high_mask, low_mask = (1 << high_bits) - 1, (1 << low_bits) - 1
    for begin in _rounds(key, kind, bits):
        digest = begin()
        digest.update(_pack(low))
        high, low = low, (high ^ _unpack(digest.digest())[0]) & high_mask
        high_mask, low_mask = low_mask, high_mask
    return high << low_bits | low  # after an even number of rounds the halves are as wide as in the beginning


def _restore(key: bytes, kind: Kind, bits: int, block: int) -> int:
    """The inverse of _permute."""
    low_bits = bits // 2
    high_bits = bits - low_bits
    high, low = block >> low_bits, block & ((1 << low_bits) - 1)
    high_mask, low_mask = (1 << high_bits) - 1, (1 << low_bits) - 1
    for begin in reversed(_rounds(key, kind, bits)):
        high_mask, low_mask = low_mask, high_mask
        digest = begin()
        digest.update(_pack(high))
        high, low = (low ^ _unpack(digest.digest())[0]) & high_mask, high
    return high << low_bits | low
