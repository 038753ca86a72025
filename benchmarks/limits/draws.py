"""The limit for draws: the tree of RFC 9162 over the entrants, and nothing else.

Whatever fixes a list by a tree must put the entrants in order, write each of them down, and hash 2n - 1 times; that is done here as barely
as Python does it. It checks nothing, keeps no path, selects nobody and proves nothing: what a draw takes longer is what those cost.
"""

from collections.abc import Sequence
from hashlib import sha256
from operator import itemgetter


def root_of(entrants: Sequence[tuple[str, int, str]]) -> bytes:
    """The root over entrants that are in no order. Each with its own code, so that the code alone is the order."""
    ordered = sorted(entrants, key=itemgetter(0))
    level = [sha256(f"\0{code}\t{weight}\t{salt}".encode()).digest() for code, weight, salt in ordered]
    while len(level) > 1:
        above = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
