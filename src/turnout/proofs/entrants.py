"""Who takes part, once entries are closed: a list in a fixed order, the root that fixes it, and the fingerprint that is published."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

from turnout.kernel.errors import InvalidInput
from turnout.proofs import bounds
from turnout.proofs.merkle import Tree

_FINGERPRINT_DOMAIN = b"turnout-draw-fingerprint-1"
_three_numbers = Struct(">3Q").pack
_BEGINNING = 5  # letters: two of them behind a prefix like vw_
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


class OpenList:
    """Entrants as they come, in no order, from which a list is closed. Only their lines are kept, on shelves by how they begin: many short
    lists are put in order sooner than a long one, and without keeping every other thread waiting."""

    def __init__(self) -> None:
        self.count = 0
        self.total_weight = 0
        self.all_equal = True  # nobody weighs anything but 1
        self.shelves: dict[str, list[str]] = {}

    def add(self, entrants: Iterable[Entrant]) -> None:
        """Some more. Raises InvalidInput for who can be none."""
        shelves = self.shelves
        for code, weight, salt in entrants:
            line = f"{code}\t{weight}\t{salt}"
            if not _ENTRY.fullmatch(line) or weight > bounds.MAX_WEIGHT:
                raise InvalidInput("a code is 1 to 40 of a-z 0-9 _, a weight 0 to 1,000,000, a salt up to 32 bytes in hex")
            self.count += 1
            self.total_weight += weight
            self.all_equal &= weight == 1
            beginning = line[:_BEGINNING]
            shelf = shelves.get(beginning)
            if shelf is None:
                shelves[beginning] = [line]
            else:
                shelf.append(line)
        if self.count > bounds.MAX_ENTRANTS:
            raise InvalidInput(f"at most {bounds.MAX_ENTRANTS:,} entrants")


class ClosedList:
    """The entrants of a draw in the order of their codes, with the tree over them: some 150 bytes for each. Raises InvalidInput for a list
    that is none."""

    def __init__(self, entrants: Iterable[Entrant] | OpenList) -> None:
        if isinstance(entrants, OpenList):
            opened = entrants
        else:
            opened = OpenList()
            opened.add(entrants)
        self._lines: list[str] = []  # a TAB stands before every letter of a code, so lines are in the order of their codes
        for beginning in sorted(opened.shelves):
            self._lines += sorted(opened.shelves[beginning])
        before = ""
        for line in self._lines:
            code, _, _ = line.partition("\t")
            if code == before:
                raise InvalidInput("an entrant stands twice in the list")
            before = code
        self.tree = Tree(line.encode() for line in self._lines)
        self.total_weight = opened.total_weight
        self.all_equal = opened.all_equal

    @property
    def count(self) -> int:
        """How many take part."""
        return len(self._lines)

    @property
    def root(self) -> bytes:
        """The hash that fixes the list."""
        return self.tree.root

    def __getitem__(self, index: int) -> Entrant:
        """The entrant at this place."""
        code, weight, salt = self._lines[index].split("\t")
        return Entrant(code, int(weight), salt)

    def __iter__(self) -> Iterator[Entrant]:
        """Everybody, in order."""
        return map(self.__getitem__, range(self.count))

    def index_of(self, code: str) -> int | None:
        """The place of this entrant; None when there is none of this code."""
        place = self.place_of(code)
        return place if place < self.count and self[place].code == code else None

    def place_of(self, code: str) -> int:
        """How many codes come before this one: its place, or where it would stand."""
        return bisect_left(self._lines, f"{code}\t")
