"""How many of many things, of which each may be large, are taken in hand at once. Small ones go together, in few statements; large ones a
few at a time, so that memory does not grow with how many there are."""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

PORTION_BYTES = 1_048_576
"""Bytes that a portion should not have more of, as far as the one before tells."""

FIRST = 4
"""Things in the first portion, of which nothing is known yet."""


class Portions(Generic[T]):
    """Iterates over the things, portion by portion. bytes_seen: to be added to by who uses them, before the next one."""

    def __init__(self, things: Sequence[T]) -> None:
        self._things = things
        self.bytes_seen = 0

    def __iter__(self) -> Iterator[Sequence[T]]:
        done, size, before = 0, FIRST, 0
        while done < len(self._things):
            portion = self._things[done : done + size]
            yield portion
            done += len(portion)
            each = (self.bytes_seen - before) // len(portion)
            before = self.bytes_seen
            size = max(1, min(len(self._things), PORTION_BYTES // max(1, each)))
