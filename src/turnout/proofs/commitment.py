"""What a draw commits to before entries open: a JSON object, kept as the very text whose SHA-256 was published."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from turnout.kernel.errors import InvalidInput
from turnout.proofs import bounds

Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}\Z")]
Whole = Annotated[int, Meta(ge=0, le=bounds.MAX_INTEGER)]
_Name = Annotated[str, Meta(max_length=bounds.MAX_NAME_LENGTH)]


class Prize(Struct, frozen=True):
    """What may be won, and how many times."""

    id: str
    name: str
    count: int


class Preferred(Struct, frozen=True):
    """A preferred winner, declared beforehand. prize: its place among the prizes."""

    prize: int
    code: Code


class DrandRule(Struct, frozen=True, tag_field="kind", tag="drand"):
    """The draw is decided by the first round of this chain that is out delay_s after the list was published."""

    chain: Hash
    public_key: Annotated[str, Meta(pattern=r"^[0-9a-f]{192}\Z")]
    scheme: Literal["bls-unchained-g1-rfc9380"]
    period_s: Annotated[int, Meta(ge=1, le=bounds.MAX_PERIOD_S)]
    genesis: Whole
    delay_s: Annotated[int, Meta(ge=0, le=bounds.MAX_DELAY_S)]


class OfflineRule(Struct, frozen=True, tag_field="kind", tag="offline"):
    """The draw is decided by a seed of the server's, of which this is the hash, together with the root."""

    seed_sha256: Hash


class Commitment(Struct, frozen=True, kw_only=True):
    """What is promised before anybody enters. who: the rule of who may win, in words of the server's that no verifier reads."""

    version: Literal[1] = 1
    draw: Annotated[str, Meta(pattern=r"^dr_[a-z0-9]{1,40}\Z")]
    title: _Name
    nonce: Hash
    prizes: list[Prize]
    who: dict[str, Any]
    repeat_winners: bool
    weighted: bool
    preferred: list[Preferred]
    entropy: DrandRule | OfflineRule


def write_commitment(commitment: Commitment, others: Mapping[str, Any] | None = None) -> str:
    """The text to keep and publish. others: further members, shown and hashed, that no verifier reads. Raises InvalidInput."""
    text = canonical({**(others or {}), **msgspec.to_builtins(commitment)})
    read = read_commitment(text)
    if (problem := prizes_problem(read) or preferred_problem(read)) is not None:
        raise InvalidInput(problem, field="prizes")
    return text


def read_commitment(text: str) -> Commitment:
    """What this text promises. Raises InvalidInput unless it is canonical and has every member in its form."""
    try:
        if len(text.encode()) > bounds.MAX_COMMITMENT_BYTES:
            raise InvalidInput(f"the text is longer than {bounds.MAX_COMMITMENT_BYTES:,} bytes")
        if canonical(json.loads(text)) != text:
            raise InvalidInput("the text is not canonical JSON")
        return msgspec.json.decode(text, type=Commitment)
    except (ValueError, RecursionError) as error:  # of json, of msgspec, and of text with half a surrogate pair
        raise InvalidInput(f"the text is no commitment: {error}") from None


def commitment_hash(text: str) -> bytes:
    """The SHA-256 by which a commitment is known."""
    return sha256(text.encode()).digest()


def canonical(value: object) -> str:
    """The one JSON text of this value: keys in the order of their code points, no blanks, no escapes but those JSON requires. Raises
    InvalidInput for what has none: fractions, integers past 2^53-1, nesting past MAX_NESTING, half a surrogate pair."""
    _check(value, bounds.MAX_NESTING)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a text has half a surrogate pair") from None
    return text


def _check(value: object, depth: int) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > bounds.MAX_INTEGER:
            raise InvalidInput("an integer is past 2^53-1")
        return
    if not isinstance(value, dict | list):
        raise InvalidInput("a number is not an integer")
    if not depth:
        raise InvalidInput(f"nested deeper than {bounds.MAX_NESTING}")
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        raise InvalidInput("a key is no text")
    for one in value.values() if isinstance(value, dict) else value:
        _check(one, depth - 1)


def prizes_problem(commitment: Commitment) -> str | None:
    """What is wrong with the prizes."""
    prizes = commitment.prizes
    if not 1 <= len(prizes) <= bounds.MAX_PRIZES:
        return f"a draw has 1 to {bounds.MAX_PRIZES} prizes"
    if len({prize.id for prize in prizes}) < len(prizes):
        return "two prizes have the same id"
    for prize in prizes:
        if not is_code(prize.id):
            return "the id of a prize is 1 to 40 of a-z 0-9 _"
        if len(prize.name) > bounds.MAX_NAME_LENGTH:
            return f"the name of a prize has at most {bounds.MAX_NAME_LENGTH} characters"
        if not 1 <= prize.count <= bounds.MAX_COUNT:
            return f"a prize can be won 1 to {bounds.MAX_COUNT:,} times"
    return None


def preferred_problem(commitment: Commitment) -> str | None:
    """What is wrong with the preferred winners as declared. Of one prize there are no more than its count: so each who enters wins."""
    declared = commitment.preferred
    if len(declared) > bounds.MAX_PREFERRED:
        return f"at most {bounds.MAX_PREFERRED:,} preferred winners"
    if len(set(declared)) < len(declared):
        return "somebody is declared twice for the same prize"
    for prize, number in Counter(one.prize for one in declared).items():
        if not 0 <= prize < len(commitment.prizes):
            return f"there is no prize with the place {prize}"
        if number > commitment.prizes[prize].count:
            return f"more preferred winners than there are of the prize with the place {prize}"
    return None


def is_code(text: str) -> bool:
    """Whether this is 1 to 40 of a-z 0-9 _."""
    return 0 < len(text) <= 40 and text.isascii() and text.replace("_", "0").isalnum() and text == text.lower()
