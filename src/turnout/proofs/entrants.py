"""Who takes part, once entries are closed: a list in a fixed order, the root that fixes it, and the fingerprint that is published."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import sha256
from operator import eq, itemgetter
from struct import Struct
from typing import NamedTuple

from turnout.kernel.errors import InvalidInput
from turnout.proofs import bounds
from turnout.proofs.merkle import Tree

_FINGERPRINT_DOMAIN = b"turnout-draw-fingerprint-1"
_three_numbers = Struct(">3Q").pack
_ENTRY = re.compile("[a-z0-9_]{1,40}\\t[0-9]{1,7}\\t(?:[0-9a-f]{2}){0,32}")


class Entrant(NamedTuple):
    """One who takes part. code: its text id; salt: of its own choice, an even number of hex digits."""

    code: str
    weight: int = 1
    salt: str = ""


def entry_of(code: str, weight: int, salt: str) -> bytes:
    """The bytes of an entrant, as they stand in the tree."""
    return f"{code}\t{weight}\t{salt}".encode("ascii")


def fingerprint_of(commitment: bytes, root: bytes, count: int, total_weight: int, published_at: int) -> bytes:
    """What is published when entries close, and noted by whoever does not trust the server: it fixes the list, its length and the time.
    commitment: its hash; published_at: Unix milliseconds."""
    return sha256(_FINGERPRINT_DOMAIN + commitment + root + _three_numbers(count, total_weight, published_at)).digest()


class ClosedList:
    """The entrants of a draw in the order of their codes, with the tree over them. Raises InvalidInput for a list that is none."""

    def __init__(self, entrants: Iterable[Entrant]) -> None:
        self.entrants = sorted(entrants, key=itemgetter(0))
        self._codes = [entrant.code for entrant in self.entrants]
        if len(self.entrants) > bounds.MAX_ENTRANTS:
            raise InvalidInput(f"at most {bounds.MAX_ENTRANTS:,} entrants")
        if any(map(eq, self._codes, self._codes[1:])):
            raise InvalidInput("an entrant stands twice in the list")
        texts = [f"{code}\t{weight}\t{salt}" for code, weight, salt in self.entrants]
        if not all(map(_ENTRY.fullmatch, texts)) or any(weight > bounds.MAX_WEIGHT for _, weight, _ in self.entrants):
            raise InvalidInput("a code is 1 to 40 of a-z 0-9 _, a weight 0 to 1,000,000, a salt up to 32 bytes in hex")
        self.tree = Tree([text.encode() for text in texts])
        self.total_weight = sum(weight for _, weight, _ in self.entrants)

    @property
    def count(self) -> int:
        """How many take part."""
        return len(self.entrants)

    @property
    def root(self) -> bytes:
        """The hash that fixes the list."""
        return self.tree.root

    def index_of(self, code: str) -> int | None:
        """The place of this entrant; None when there is none of this code."""
        place = self.place_of(code)
        return place if place < self.count and self._codes[place] == code else None

    def place_of(self, code: str) -> int:
        """How many codes come before this one: its place, or where it would stand."""
        return bisect_left(self._codes, code)
