"""Checking proofs: what anybody can do with nothing but the file. Whatever the file holds, a list of named checks comes out, each with a
sentence; a check that had nothing left to stand on is left out.

No check can show when the list was really published, nor that its entrants are real people: that stands among the remarks.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct

from turnout.kernel.errors import InvalidInput
from turnout.proofs import bls, bounds
from turnout.proofs.commitment import Commitment, DrandRule, commitment_hash, preferred_problem, prizes_problem, read_commitment
from turnout.proofs.drand import QUICKNET, Chain, time_of
from turnout.proofs.drawing import chain_of, draw_winners, randomness_of, rule_problem
from turnout.proofs.entrants import entry_of, fingerprint_of
from turnout.proofs.list_checks import absence_problem, order_problem, tree_problem, weights_problem
from turnout.proofs.merkle import root_along
from turnout.proofs.papers import DrandEntropy, MembershipPaper, OfflineEntropy, ProofPaper, WinnerPaper

_Paper = TypeVar("_Paper", ProofPaper, MembershipPaper)

_FINGERPRINT_REMARK = (
    "When the list was published is the server's own word: compare the fingerprint with the one that was shown when entries closed. With "
    "another fingerprint this is another draw."
)
_OFFLINE_REMARK = (
    "Offline proofs are weaker: the server knew its seed before entries closed, and could have added entrants until it liked the outcome."
)
_PATHS_REMARK = (
    "The file holds the winners' places, not the whole list: it cannot show that nobody stands there twice. Everybody can check their own "
    "place with a membership file."
)
_CANCELLED_REMARK = "The draw was cancelled after its list had been closed: nobody won."


class Check(Struct, frozen=True):
    """One thing that was looked at. text: what holds, or what does not."""

    name: str
    ok: bool
    text: str


class Drawn(Struct, frozen=True):
    """What the file says of the draw, for whoever reads the checks; only as good as they are. winners: names of prizes, and codes."""

    draw: str
    title: str
    state: str
    count: int
    root: str
    fingerprint: str
    published_at: int
    winners: list[tuple[str, str]] = []


class Report(Struct, frozen=True):
    """All checks in their order, and what no check can show."""

    checks: list[Check]
    remarks: list[str] = []
    drawn: Drawn | None = None

    @property
    def ok(self) -> bool:
        """Whether the file holds."""
        return all(check.ok for check in self.checks)

    def failed(self) -> list[str]:
        """The names of what does not hold."""
        return [check.name for check in self.checks if not check.ok]


class _Format(Struct):
    """Of a file, what it says to be."""

    format: str = ""


class _Checks(list[Check]):
    def say(self, name: str, problem: str | None, holds: str) -> bool:
        """Notes a check, and whether it holds."""
        sentence = holds if problem is None else f"{problem[:1].upper()}{problem[1:].removesuffix('.')}."
        self.append(Check(name, problem is None, sentence))
        return problem is None


def verify_proof(raw: bytes, chains: Sequence[Chain] = ()) -> Report:
    """What holds of a proof file. chains: those whose rounds are believed besides quicknet's."""
    checks = _Checks()
    proof, problem = _read(raw, ProofPaper)
    if proof is not None:
        problem = _members_problem(proof)
    if not checks.say("format", problem, "The file has the form of a proof.") or proof is None:
        return Report(checks)
    commitment, problem = _read_commitment(proof)
    if not checks.say("commitment", problem, "The commitment is the very text that was hashed.") or commitment is None:
        return Report(checks)
    entropy, winners = proof.entropy, proof.winners
    prizes_hold = checks.say("prizes", prizes_problem(commitment), f"{_many(len(commitment.prizes), 'prize')}, in order.")
    problem = preferred_problem(commitment) or absence_problem(proof, commitment)
    preferred_hold = checks.say("preferred", problem, _preferred_sentence(commitment))
    checks.say("fingerprint", _fingerprint_problem(proof), "The fingerprint is that of this commitment, list and time.")
    problem = tree_problem(proof, needs_list=winners is not UNSET and (commitment.weighted or isinstance(entropy, OfflineEntropy)))
    tree_holds = checks.say("tree", problem, _tree_sentence(proof))
    checks.say("order", order_problem(proof), "Nobody stands in the wrong place.")
    weights_hold = checks.say("weights", weights_problem(proof, weighted=commitment.weighted), "The weights sum up as published.")
    if entropy is not UNSET and winners is not UNSET:
        if isinstance(commitment.entropy, DrandRule):
            checks.say("chain", _chain_problem(commitment.entropy, chains), "The chain of rounds is one whose key is known.")
        problem = rule_problem(commitment.entropy, entropy, proof.entrants.published_at)
        rule_holds = checks.say("entropy_rule", problem, _rule_sentence(commitment, entropy))
        randomness, problem = _randomness(proof, commitment, entropy)
        holds = "The round's signature holds." if isinstance(entropy, DrandEntropy) else "The seed is the one that was promised."
        checks.say("entropy", problem, holds)
        if randomness is not None and all((prizes_hold, preferred_hold, tree_holds, weights_hold, rule_holds)):
            problem = _selection_problem(proof, commitment, winners, randomness)
            checks.say("selection", problem, f"{_many(len(winners), 'winner')}: exactly those the algorithm draws.")
    return Report(checks, _remarks(proof), _drawn(proof, commitment))


def verify_membership(raw: bytes, proof: bytes | None = None, chains: Sequence[Chain] = ()) -> Report:
    """What holds of a membership file, alone or beside the proof of its draw, which is checked too."""
    checks = _Checks()
    member, problem = _read(raw, MembershipPaper)
    if not checks.say("format", problem, "The file has the form of a membership.") or member is None:
        return Report(checks)
    entry, path = entry_of(member.code, member.weight, member.salt), [bytes.fromhex(sibling) for sibling in member.path]
    leads = root_along(entry, member.index, member.count, path) == bytes.fromhex(member.root)
    problem = None if leads else "The path does not lead from this entrant to this root."
    checks.say("path", problem, f"{member.code} stands at place {member.index} under this root.")
    if proof is None:
        return Report(
            checks,
            [
                "This file alone does not prove of which draw the root is, nor how many take part: check it with the draw's proof "
                "(--proof), or compare root and fingerprint with those that were shown when entries closed."
            ],
        )
    of_draw = verify_proof(proof, chains)
    failed = ", ".join(of_draw.failed())
    checks.say("proof", None if of_draw.ok else f"The proof does not hold: {failed}.", "The proof of the draw holds.")
    problem = _other_draw_problem(member, proof)
    checks.say("same_draw", problem, "The membership and the proof are of the same draw and list.")
    won = [f"{member.code} won: {prize}." for prize, code in of_draw.drawn.winners if code == member.code] if of_draw.drawn else []
    return Report(checks, [*won, *of_draw.remarks], of_draw.drawn)


def verify_file(raw: bytes, proof: bytes | None = None, chains: Sequence[Chain] = ()) -> Report:
    """What holds of a file that is a proof or a membership, whichever it says. proof: that of a membership's draw."""
    try:
        is_membership = msgspec.json.decode(raw, type=_Format).format == "turnout-draw-membership"
    except (ValueError, RecursionError):
        is_membership = False
    if is_membership or proof is not None:
        return verify_membership(raw, proof, chains)
    return verify_proof(raw, chains)


def _read(raw: bytes, form: type[_Paper]) -> tuple[_Paper | None, str | None]:
    """The file, or what is wrong with it."""
    if len(raw) > bounds.MAX_FILE_BYTES:
        return None, f"The file is longer than {bounds.MAX_FILE_BYTES:,} bytes."
    try:
        return msgspec.json.decode(raw, type=form), None
    except (ValueError, RecursionError) as error:
        return None, f"The file has not the form it should have: {error}"


def _members_problem(proof: ProofPaper) -> str | None:
    if proof.state == "drawn" and (proof.entropy is UNSET or proof.winners is UNSET):
        return "A draw that was drawn has its entropy and its winners."
    if proof.state == "cancelled" and not (proof.entropy is proof.winners is proof.absent_preferred is UNSET):
        return "A cancelled draw has no entropy and no winners."
    return None


def _read_commitment(proof: ProofPaper) -> tuple[Commitment | None, str | None]:
    try:
        commitment = read_commitment(proof.commitment.text)
    except InvalidInput as error:
        return None, f"The commitment cannot be read: {error.message}."
    if commitment_hash(proof.commitment.text).hex() != proof.commitment.sha256:
        return None, "The commitment's hash is not that of its text."
    return commitment, None


def _fingerprint_problem(proof: ProofPaper) -> str | None:
    of = proof.entrants
    fingerprint = fingerprint_of(bytes.fromhex(proof.commitment.sha256), bytes.fromhex(of.root), of.count, of.total_weight, of.published_at)
    return None if fingerprint.hex() == of.fingerprint else "The fingerprint is not that of this commitment, list and time."


def _chain_problem(rule: DrandRule, chains: Iterable[Chain]) -> str | None:
    if chain_of(rule) in (QUICKNET, *chains):
        return None
    if rule.chain == QUICKNET.chain:
        return "The commitment names quicknet, with another key, genesis or period than quicknet has."
    return f"The chain {rule.chain} is not known here: whoever has its key may have chosen the outcome."


def _randomness(proof: ProofPaper, commitment: Commitment, entropy: DrandEntropy | OfflineEntropy) -> tuple[bytes | None, str | None]:
    try:
        randomness = randomness_of(commitment.entropy, entropy, bytes.fromhex(proof.entrants.root))
    except bls.Unavailable as error:
        return None, f"This cannot be told: {error}"
    if randomness is None and isinstance(entropy, DrandEntropy):
        return None, f"The signature is not that of round {entropy.round} by the key of the chain."
    return randomness, None if randomness is not None else "The seed is not the one that was promised."


def _selection_problem(proof: ProofPaper, commitment: Commitment, winners: list[WinnerPaper], randomness: bytes) -> str | None:
    """Draws again, as far as the file agrees: a file makes no more work than it has winners."""
    entries = proof.entrants.entries
    listed = None if entries is UNSET else {code: index for index, (code, _, _) in enumerate(entries)}
    index_of = {winner.code: winner.index for winner in winners} if listed is None else listed
    weights = [weight for _, weight, _ in entries] if entries is not UNSET and commitment.weighted else None
    root = bytes.fromhex(proof.entrants.root)
    drawn = draw_winners(commitment, bytes.fromhex(proof.commitment.sha256), root, proof.entrants.count, weights, index_of.get, randomness)
    for place, winner in enumerate(winners):
        pick = next(drawn, None)
        if pick is None:
            return f"The algorithm draws {_many(place, 'winner')}, and the file has more."
        if (pick.prize, pick.index, pick.preferred) != (winner.prize, winner.index, winner.preferred):
            how = "preferred" if pick.preferred else "drawn"
            return f"Winner {place + 1} should be the entrant at place {pick.index}, {how}, for the prize at place {pick.prize}."
    return None if next(drawn, None) is None else "The algorithm draws more winners than the file has."


def _other_draw_problem(member: MembershipPaper, raw: bytes) -> str | None:
    proof, _ = _read(raw, ProofPaper)
    commitment = None if proof is None else _read_commitment(proof)[0]
    if proof is None or commitment is None:
        return "The proof cannot be read."
    of = proof.entrants
    if (member.draw, member.count, member.root, member.fingerprint) != (commitment.draw, of.count, of.root, of.fingerprint):
        return "The membership is of another draw or another list than the proof."
    if of.entries is not UNSET and of.entries[member.index : member.index + 1] != [(member.code, member.weight, member.salt)]:
        return "At this place of the list stands somebody else."
    return None


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _preferred_sentence(commitment: Commitment) -> str:
    declared = len(commitment.preferred)
    return f"{_many(declared, 'preferred winner')} declared beforehand." if declared else "Nobody was preferred."


def _tree_sentence(proof: ProofPaper) -> str:
    if proof.entrants.entries is not UNSET:
        return f"The list of {_many(proof.entrants.count, 'entrant')} has this root."
    return "The path of every entrant in the file leads to the root."


def _rule_sentence(commitment: Commitment, entropy: DrandEntropy | OfflineEntropy) -> str:
    if isinstance(entropy, DrandEntropy) and isinstance(commitment.entropy, DrandRule):
        at = time_of(chain_of(commitment.entropy), entropy.round)
        return f"Round {entropy.round} is the one the rule gives; it was out at {at} (Unix seconds), after the list."
    return "The entropy is a seed of the server's, as was said beforehand."


def _remarks(proof: ProofPaper) -> list[str]:
    remarks = [_FINGERPRINT_REMARK]
    if proof.state == "cancelled":
        return [_CANCELLED_REMARK, *remarks]
    if isinstance(proof.entropy, OfflineEntropy):
        remarks.append(_OFFLINE_REMARK)
    if proof.entrants.entries is UNSET:
        remarks.append(_PATHS_REMARK)
    return remarks


def _drawn(proof: ProofPaper, commitment: Commitment) -> Drawn:
    names = dict(enumerate(prize.name for prize in commitment.prizes))
    winners = [] if proof.winners is UNSET else [(names.get(winner.prize, ""), winner.code) for winner in proof.winners]
    of = proof.entrants
    return Drawn(commitment.draw, commitment.title, proof.state, of.count, of.root, of.fingerprint, of.published_at, winners)
