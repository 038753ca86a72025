"""drand: rounds of public randomness, each signed by a group of independent parties, whose time is known and whose value is not.

Round r of a chain is out at genesis + (r - 1) · period. Its signature is over the SHA-256 of r as 8 bytes, big-endian; its randomness is
the SHA-256 of the signature.
"""

from hashlib import sha256

import msgspec
from msgspec import Struct

from turnout.proofs import bls

RFC9380 = "bls-unchained-g1-rfc9380"
PEDERSEN = "pedersen-bls-unchained"

_CHECKS = {RFC9380: bls.verifies_on_g1, PEDERSEN: bls.verifies_on_g2}


class Chain(Struct, frozen=True):
    """A chain of rounds. chain: its hash; public_key: hex; genesis: Unix seconds of round 1."""

    chain: str
    public_key: str
    period_s: int
    genesis: int
    scheme: str = RFC9380


class _Told(Struct, frozen=True):
    """A chain, in drand's own words."""

    hash: str
    public_key: str
    period: int
    genesis_time: int
    scheme: str = msgspec.field(name="schemeID")


def read_chain(told: bytes | str) -> Chain:
    """The chain that tells this of itself at /info, in JSON. Raises ValueError."""
    try:
        found = msgspec.json.decode(told, type=_Told)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return Chain(found.hash, found.public_key, found.period, found.genesis_time, found.scheme)


QUICKNET = Chain(
    chain="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    period_s=3,
    genesis=1_692_803_367,
)
"""The chain that the League of Entropy runs for everybody (docs/draw.md says where this is published)."""


def round_due(chain: Chain, delay_s: int, published_at: int) -> int:
    """The first round that is out delay_s or more after published_at, Unix milliseconds."""
    since_genesis = published_at + 1000 * (delay_s - chain.genesis)
    return max(1, 1 - (-since_genesis // (1000 * chain.period_s)))


def time_of(chain: Chain, number: int) -> int:
    """When a round is out, in Unix seconds."""
    return chain.genesis + (number - 1) * chain.period_s


def verifies(scheme: str, public_key: bytes, number: int, signature: bytes) -> bool:
    """Whether this is the signature of the round with this number. False for a scheme that is not known. Raises bls.Unavailable."""
    check = _CHECKS.get(scheme)
    return check is not None and 0 <= number < 2**64 and check(public_key, sha256(number.to_bytes(8, "big")).digest(), signature)


def randomness_of(signature: bytes) -> bytes:
    """The 32 random bytes of a round with this signature."""
    return sha256(signature).digest()
