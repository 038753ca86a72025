"""The checks of a proof that are about its list: whether those named stand where they should, and nobody twice. Each says what is wrong, or
None."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol

from msgspec import UNSET

from turnout.proofs.commitment import Commitment
from turnout.proofs.entrants import entry_of
from turnout.proofs.merkle import Tree, root_along
from turnout.proofs.papers import AbsencePaper, LeafPaper, ProofPaper, WinnerPaper


class _Entrant(Protocol):
    """What winners and neighbours have in common."""

    @property
    def index(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def weight(self) -> int: ...
    @property
    def salt(self) -> str: ...


def tree_problem(proof: ProofPaper, *, needs_list: bool) -> str | None:
    """Whether the list, or each path, leads to the root, and the winners are the entrants at their places."""
    of = proof.entrants
    root, count = bytes.fromhex(of.root), of.count
    if of.entries is not UNSET:
        if len(of.entries) != count:
            return f"The list has {len(of.entries):,} entrants, and {count:,} were published."
        if Tree(entry_of(*entry) for entry in of.entries).root != root:
            return "The list has not this root."
        for winner in _winners(proof):
            if winner.index >= count or of.entries[winner.index] != (winner.code, winner.weight, winner.salt):
                return f"{winner.code} does not stand at place {winner.index} of the list."
    elif needs_list:
        return "With weights, and offline, a proof carries its whole list."
    elif not count and root != Tree(()).root:
        return "The root of no entrants is the hash of nothing."
    for entrant, path in _paths(proof):
        leads = root_along(entry_of(entrant.code, entrant.weight, entrant.salt), entrant.index, count, path) == root
        if not leads:
            return f"The path of {entrant.code} does not lead from place {entrant.index} to the root."
    if of.entries is UNSET and any(winner.path is UNSET for winner in _winners(proof)):
        return "Without the list, each winner needs a path."
    return None


def order_problem(proof: ProofPaper) -> str | None:
    """Whether codes ascend, as far as the file shows them."""
    entries = proof.entrants.entries
    if entries is not UNSET:
        in_order = all(first[0] < second[0] for first, second in pairwise(entries))
    else:
        shown = sorted({(entrant.index, entrant.code) for entrant in _shown(proof)})
        in_order = all(first[0] < second[0] and first[1] < second[1] for first, second in pairwise(shown))
    return None if in_order else "The list is not in the order of the codes, or somebody stands in it twice."


def weights_problem(proof: ProofPaper, *, weighted: bool) -> str | None:
    """Whether the weights are those that were published; without weights, everybody has 1."""
    of = proof.entrants
    if of.entries is not UNSET and sum(weight for _, weight, _ in of.entries) != of.total_weight:
        return "The weights do not sum up to what was published."
    if weighted:
        return None
    if of.total_weight != of.count:
        return "Without weights the total is the number of entrants."
    if any(entrant.weight != 1 for entrant in _shown(proof)) or (of.entries is not UNSET and any(entry[1] != 1 for entry in of.entries)):
        return "Without weights everybody has 1."
    return None


def absence_problem(proof: ProofPaper, commitment: Commitment) -> str | None:
    """Whether each declared preferred winner won, or is shown to have been absent."""
    absent = [] if proof.absent_preferred is UNSET else proof.absent_preferred
    if proof.winners is UNSET:
        return None
    if proof.entrants.entries is not UNSET or proof.absent_preferred == []:
        return None if proof.absent_preferred is UNSET else "Who was absent is shown where the file has no list, and somebody was."
    won = {winner.code for winner in proof.winners}
    expected = list(dict.fromkeys(one.code for one in commitment.preferred if one.code not in won))
    if [absence.code for absence in absent] != expected:
        return "A preferred winner neither won nor is shown to have been absent, or is shown absent without having been declared."
    for absence in absent:
        if not _between(absence, proof.entrants.count):
            return f"That {absence.code} was absent is not shown: its two neighbours do not stand next to each other around it."
    return None


def _between(absence: AbsencePaper, count: int) -> bool:
    left, right = absence.left, absence.right
    before = -1 if left is None else left.index
    after = count if right is None else right.index
    return after == before + 1 and (left is None or left.code < absence.code) and (right is None or absence.code < right.code)


def _winners(proof: ProofPaper) -> list[WinnerPaper]:
    return [] if proof.winners is UNSET else proof.winners


def _neighbours(proof: ProofPaper) -> Iterator[LeafPaper]:
    for absence in [] if proof.absent_preferred is UNSET else proof.absent_preferred:
        yield from (leaf for leaf in (absence.left, absence.right) if leaf is not None)


def _shown(proof: ProofPaper) -> Iterator[_Entrant]:
    yield from _winners(proof)
    yield from _neighbours(proof)


def _paths(proof: ProofPaper) -> Iterator[tuple[_Entrant, list[bytes]]]:
    for winner in _winners(proof):
        if winner.path is not UNSET:
            yield winner, [bytes.fromhex(sibling) for sibling in winner.path]
    for leaf in _neighbours(proof):
        yield leaf, [bytes.fromhex(sibling) for sibling in leaf.path]
