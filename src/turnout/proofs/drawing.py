"""A draw from its commitment, its list and its entropy: what the server does once, and every verifier again."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from turnout.proofs import drand
from turnout.proofs.commitment import Commitment, DrandRule, OfflineRule
from turnout.proofs.papers import WEAKER, DrandEntropy, Entropy
from turnout.proofs.selection import EqualUrn, Pick, WeightedUrn, select
from turnout.proofs.stream import Stream, stream_key

_OFFLINE_DOMAIN = b"turnout-draw-offline-1"


def chain_of(rule: DrandRule) -> drand.Chain:
    """The chain a commitment names."""
    return drand.Chain(rule.chain, rule.public_key, rule.period_s, rule.genesis, rule.scheme)


def round_of(rule: DrandRule, published_at: int) -> int:
    """The round that decides a draw whose list was published then, Unix milliseconds."""
    return drand.round_due(chain_of(rule), rule.delay_s, published_at)


def rule_problem(rule: DrandRule | OfflineRule, entropy: Entropy, published_at: int) -> str | None:
    """Why this is not the entropy the commitment announced; None when it is."""
    if isinstance(rule, DrandRule):
        if not isinstance(entropy, DrandEntropy):
            return "a drand round was promised, and this is a seed"
        due = round_of(rule, published_at)
        return None if entropy.round == due else f"by the rule it is round {due}, and this is round {entropy.round}"
    if isinstance(entropy, DrandEntropy):
        return "a seed of the server's was promised, and this is a drand round"
    return None if entropy.label == WEAKER else "an offline proof must be labelled as the weaker one it is"


def randomness_of(rule: DrandRule | OfflineRule, entropy: Entropy, root: bytes) -> bytes | None:
    """The 32 random bytes of a draw; None when the signature does not hold, or the seed is not the one committed to. Raises
    bls.Unavailable."""
    if isinstance(entropy, DrandEntropy):
        signature = bytes.fromhex(entropy.signature)
        if not isinstance(rule, DrandRule):
            return None
        holds = drand.verifies(rule.scheme, bytes.fromhex(rule.public_key), entropy.round, signature)
        return drand.randomness_of(signature) if holds else None
    seed = bytes.fromhex(entropy.seed)
    if not isinstance(rule, OfflineRule) or sha256(seed).hexdigest() != rule.seed_sha256:
        return None
    return sha256(_OFFLINE_DOMAIN + seed + root).digest()


def draw_winners(
    commitment: Commitment,
    commitment_hash: bytes,
    root: bytes,
    count: int,
    weights: Sequence[int] | None,
    index_of: Callable[[str], int | None],
    randomness: bytes,
) -> Iterator[Pick]:
    """The winners, in the order of drawing. weights: of everybody, where the draw is weighted; index_of: the place of a declared preferred
    winner, None when absent."""
    stream = Stream(stream_key(randomness, commitment_hash, root, count))
    urn = EqualUrn(count) if weights is None else WeightedUrn(weights)
    preferred = [(one.prize, index) for one in commitment.preferred if (index := index_of(one.code)) is not None]
    return select(stream, urn, [prize.count for prize in commitment.prizes], preferred, repeat_winners=commitment.repeat_winners)
