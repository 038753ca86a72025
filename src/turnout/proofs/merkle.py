"""The hash tree over the entrants of a draw, as RFC 9162 section 2.1 has it.

It is built level by level. A node without a sibling moves up as it is: that is the same tree as the one RFC 9162 splits at the largest
power of two, without its recursion.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

HASH_BYTES = 32
_LEAF, _NODE = b"\0", b"\1"
_PIECE = 4096  # hashes


class Tree:
    """The tree over these entries, all levels kept: 64 bytes an entry."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        level = _joined(sha256(_LEAF + entry).digest() for entry in entries)
        self.count = len(level) // HASH_BYTES
        self._levels = [level]
        while len(level) > HASH_BYTES:
            level = _above(level)
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        """The hash that fixes every entry and their order; of no entries, the hash of nothing."""
        return self._levels[-1] or sha256().digest()

    def path(self, index: int) -> list[bytes]:
        """The siblings between this entry and the root, from below. Raises IndexError when there is no such entry."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        path = []
        for level in self._levels[:-1]:
            start = (index ^ 1) * HASH_BYTES
            if start < len(level):
                path.append(level[start : start + HASH_BYTES])
            index >>= 1
        return path


def _above(level: bytes) -> bytes:
    width = 2 * HASH_BYTES
    paired = len(level) - len(level) % width
    nodes = _joined(sha256(_NODE + level[start : start + width]).digest() for start in range(0, paired, width))
    return nodes + level[paired:]


def _joined(hashes: Iterator[bytes]) -> bytes:
    """One behind the other. A piece at a time: an object for each of a million hashes would take as much memory as the tree."""
    joined = bytearray()
    while piece := b"".join(islice(hashes, _PIECE)):
        joined += piece
    return bytes(joined)


def root_along(entry: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which this path leads from the entry with this index among so many; None when the path is too long or too short
    (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < count:
        return None
    place, last = index, count - 1
    node = sha256(_LEAF + entry).digest()
    for sibling in path:
        if not last:
            return None
        if place & 1 or place == last:
            node = sha256(_NODE + sibling + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = sha256(_NODE + node + sibling).digest()
        place, last = place >> 1, last >> 1
    return None if last else node
