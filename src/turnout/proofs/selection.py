"""Who wins: the published algorithm, fed by a stream. It knows entrants by their place in the list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from turnout.proofs.stream import Stream


@dataclass(frozen=True, slots=True)
class Pick:
    """An entrant who wins. prize: its place among the prizes; preferred: declared beforehand, not drawn."""

    prize: int
    index: int
    preferred: bool


class Urn(Protocol):
    """The entrants who may still win."""

    def take(self, index: int) -> bool:
        """Takes this one out; False when it was out already."""
        ...

    def draw(self, stream: Stream) -> int | None:
        """Draws one and takes it out; None when nobody who can be drawn is left."""
        ...

    def start_over(self) -> None:
        """Puts back everybody who was taken out."""
        ...


class EqualUrn:
    """Everybody is equally likely: Fisher and Yates, over a list of which only the places that were moved are kept."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.start_over()

    def start_over(self) -> None:
        """Urn.start_over."""
        self._taken = 0
        self._at: dict[int, int] = {}  # place → who stands there, where it is not the one with this number
        self._place: dict[int, int] = {}  # the reverse

    def take(self, index: int) -> bool:
        """Urn.take."""
        place = self._place.get(index, index)
        if place < self._taken:
            return False
        self._swap_out(place)
        return True

    def draw(self, stream: Stream) -> int | None:
        """Urn.draw."""
        if self._taken == self._count:
            return None
        return self._swap_out(self._taken + stream.uniform(self._count - self._taken))

    def _swap_out(self, place: int) -> int:
        """Moves who stands there to the end of those taken, and who stood at that end to this place."""
        first = self._taken
        out, moved = self._at.get(place, place), self._at.get(first, first)
        self._at[first], self._at[place] = out, moved
        self._place[moved], self._place[out] = place, first
        self._taken += 1
        return out


class WeightedUrn:
    """Everybody is as likely as the weight says: running sums in a Fenwick tree."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights = weights
        self._count = len(weights)
        self._total = sum(weights)
        self._sums = [0, *weights]
        for place in range(1, self._count + 1):
            if (above := place + (place & -place)) <= self._count:
                self._sums[above] += self._sums[place]
        self._taken: set[int] = set()

    def start_over(self) -> None:
        """Urn.start_over."""
        for index in self._taken:
            self._add(index, self._weights[index])
        self._taken.clear()

    def take(self, index: int) -> bool:
        """Urn.take."""
        if index in self._taken:
            return False
        self._taken.add(index)
        self._add(index, -self._weights[index])
        return True

    def draw(self, stream: Stream) -> int | None:
        """Urn.draw."""
        if not self._total:
            return None
        rest, index = stream.uniform(self._total), 0
        for step in (1 << bit for bit in range(self._count.bit_length() - 1, -1, -1)):
            if index + step <= self._count and self._sums[index + step] <= rest:
                index += step
                rest -= self._sums[index]
        self.take(index)
        return index

    def _add(self, index: int, weight: int) -> None:
        self._total += weight
        place = index + 1
        while place <= self._count:
            self._sums[place] += weight
            place += place & -place


def select(
    stream: Stream, urn: Urn, counts: Sequence[int], preferred: Sequence[tuple[int, int]], *, repeat_winners: bool
) -> Iterator[Pick]:
    """The winners, in the order of drawing. counts: how many of each prize; preferred: (prize, index) of those who are entrants, in the
    order of the commitment; repeat_winners: who won an earlier prize may win again. There are fewer winners when nobody is left."""
    for prize, count in enumerate(counts):
        if repeat_winners:
            urn.start_over()
        left = count
        for its_prize, index in preferred:
            if its_prize == prize and left and urn.take(index):
                left -= 1
                yield Pick(prize, index, preferred=True)
        for _ in range(left):
            drawn = urn.draw(stream)
            if drawn is None:
                break
            yield Pick(prize, drawn, preferred=False)
