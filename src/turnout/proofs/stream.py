"""Numbers that everybody can draw again: a stream of HMAC-SHA256 blocks under a key made of the randomness and of what was fixed before."""

import hmac
from struct import Struct

_DOMAIN = b"turnout-draw-1"
_eight, _words = Struct(">Q").pack, Struct(">4Q").unpack
_ALL = 2**64


def stream_key(randomness: bytes, commitment: bytes, root: bytes, count: int) -> bytes:
    """The key of a draw's stream. commitment: the SHA-256 of its text."""
    return hmac.digest(randomness, _DOMAIN + commitment + root + _eight(count), "sha256")


class Stream:
    """The words of a stream, in their order, each taken once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._block = 0
        self._waiting: list[int] = []  # of the present block, the next one last

    def word(self) -> int:
        """The next 64 bits."""
        if not self._waiting:
            block = hmac.digest(self._key, _eight(self._block), "sha256")
            self._block += 1
            self._waiting = list(_words(block)[::-1])
        return self._waiting.pop()

    def uniform(self, below: int) -> int:
        """An integer from 0 to below - 1, each equally likely: words of the last, incomplete round of remainders are passed over."""
        limit = _ALL - _ALL % below
        while (word := self.word()) >= limit:
            pass
        return word % below
