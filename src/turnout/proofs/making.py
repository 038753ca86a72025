"""Making proofs: the server's side. What is made here holds for whoever verifies it; InvalidInput says why it cannot be made."""

import msgspec
from msgspec import UNSET

from turnout.kernel.errors import InvalidInput
from turnout.proofs.commitment import Commitment, commitment_hash, read_commitment
from turnout.proofs.drawing import draw_winners, randomness_of, rule_problem
from turnout.proofs.entrants import ClosedList, fingerprint_of
from turnout.proofs.papers import (
    AbsencePaper,
    CommitmentPaper,
    DrandEntropy,
    EntrantsPaper,
    Entropy,
    LeafPaper,
    MembershipPaper,
    ProofPaper,
    WinnerPaper,
)

_PIECE = 10_000  # entrants


def make_proof(text: str, closed: ClosedList, published_at: int, entropy: Entropy, *, with_list: bool = False) -> ProofPaper:
    """The proof of a draw that was decided. text: of the commitment; published_at: Unix milliseconds; with_list: the whole list, which a
    weighted draw and an offline one always carry. Raises InvalidInput when this entropy is not the one that was promised, and
    bls.Unavailable."""
    commitment = read_commitment(text)
    if (problem := rule_problem(commitment.entropy, entropy, published_at)) is not None:
        raise InvalidInput(problem, field="entropy")
    randomness = randomness_of(commitment.entropy, entropy, closed.root)
    if randomness is None:
        raise InvalidInput("the signature does not hold, or the seed is not the one that was promised", field="entropy")
    weights = _weights(commitment, closed)
    listed = with_list or commitment.weighted or not isinstance(entropy, DrandEntropy)
    picks = draw_winners(commitment, commitment_hash(text), closed.root, closed.count, weights, closed.index_of, randomness)
    winners = []
    for pick in picks:
        entrant = closed[pick.index]
        path = UNSET if listed else _path(closed, pick.index)
        winners.append(WinnerPaper(pick.prize, entrant.code, pick.index, entrant.weight, entrant.salt, pick.preferred, path))
    absent = [] if listed else [_absence(closed, code) for code in _declared(commitment) if closed.index_of(code) is None]
    published = _published(text, closed, published_at, with_list=listed)
    return _proof(text, "drawn", published, entropy, winners, absent or UNSET)


def make_cancelled(text: str, closed: ClosedList, published_at: int, *, with_list: bool = False) -> ProofPaper:
    """What stays public of a draw that was cancelled after its list had been closed. Raises InvalidInput."""
    _weights(read_commitment(text), closed)
    return _proof(text, "cancelled", _published(text, closed, published_at, with_list=with_list))


def make_membership(text: str, closed: ClosedList, published_at: int, code: str) -> MembershipPaper:
    """That this entrant stands in the list. Raises InvalidInput when there is none of this code."""
    index = closed.index_of(code)
    if index is None:
        raise InvalidInput("nobody of this code takes part", field="code")
    leaf, published = _leaf(closed, index), _published(text, closed, published_at, with_list=False)
    return MembershipPaper(
        format="turnout-draw-membership",
        version=1,
        draw=read_commitment(text).draw,
        code=leaf.code,
        index=leaf.index,
        weight=leaf.weight,
        salt=leaf.salt,
        count=published.count,
        root=published.root,
        fingerprint=published.fingerprint,
        path=leaf.path,
    )


def write_paper(paper: ProofPaper | MembershipPaper) -> bytes:
    """The file. A long list is written a piece at a time: one call for a million would keep every other thread waiting."""
    entries = paper.entrants.entries if isinstance(paper, ProofPaper) else UNSET
    if not isinstance(paper, ProofPaper) or entries is UNSET:
        return msgspec.json.encode(paper)
    pieces = [msgspec.json.encode(entries[start : start + _PIECE])[1:-1] for start in range(0, len(entries), _PIECE)]
    without = msgspec.to_builtins(msgspec.structs.replace(paper.entrants, entries=UNSET))
    with_list = {**without, "list": msgspec.Raw(b"[" + b",".join(pieces) + b"]")}
    members = {name: getattr(paper, name) for name in ProofPaper.__struct_fields__} | {"entrants": with_list}
    return msgspec.json.encode({name: member for name, member in members.items() if member is not UNSET})


def _proof(
    text: str,
    state: str,
    published: EntrantsPaper,
    entropy: Entropy | msgspec.UnsetType = UNSET,
    winners: list[WinnerPaper] | msgspec.UnsetType = UNSET,
    absent: list[AbsencePaper] | msgspec.UnsetType = UNSET,
) -> ProofPaper:
    commitment = CommitmentPaper(text, commitment_hash(text).hex())
    return ProofPaper(
        "turnout-draw-proof", 1, commitment, "drawn" if state == "drawn" else "cancelled", published, entropy, winners, absent
    )


def _published(text: str, closed: ClosedList, published_at: int, *, with_list: bool) -> EntrantsPaper:
    fingerprint = fingerprint_of(commitment_hash(text), closed.root, closed.count, closed.total_weight, published_at)
    entries = [(code, weight, salt) for code, weight, salt in closed] if with_list else UNSET
    return EntrantsPaper(closed.count, closed.root.hex(), published_at, closed.total_weight, fingerprint.hex(), entries)


def _weights(commitment: Commitment, closed: ClosedList) -> list[int] | None:
    if commitment.weighted:
        return [entrant.weight for entrant in closed]
    if not closed.all_equal:
        raise InvalidInput("in a draw without weights every weight is 1", field="weighted")
    return None


def _declared(commitment: Commitment) -> list[str]:
    """The codes of the preferred winners, each at its first mention."""
    return list(dict.fromkeys(one.code for one in commitment.preferred))


def _absence(closed: ClosedList, code: str) -> AbsencePaper:
    place = closed.place_of(code)
    return AbsencePaper(code, _leaf(closed, place - 1) if place else None, _leaf(closed, place) if place < closed.count else None)


def _leaf(closed: ClosedList, index: int) -> LeafPaper:
    entrant = closed[index]
    return LeafPaper(index, entrant.code, entrant.weight, entrant.salt, _path(closed, index))


def _path(closed: ClosedList, index: int) -> list[str]:
    return [sibling.hex() for sibling in closed.tree.path(index)]
