"""The files of a draw, as they stand on paper: the proof, and the membership of one entrant. A member that is not named here makes a file
unreadable, so that nothing travels in a proof that nobody checked."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from turnout.proofs import bounds
from turnout.proofs.commitment import Code, Hash, Whole

WEAKER = "weaker: an operator could have added entrants until it liked the outcome"
"""How every offline proof is labelled."""

Weight = Annotated[int, Meta(ge=0, le=bounds.MAX_WEIGHT)]
Salt = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){0,32}\Z")]
Index = Annotated[int, Meta(ge=0, lt=bounds.MAX_ENTRANTS)]
Path = Annotated[list[Hash], Meta(max_length=bounds.MAX_PATH)]
_Entries = Annotated[list[tuple[Code, Weight, Salt]], Meta(max_length=bounds.MAX_ENTRANTS)]


class CommitmentPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """The commitment's text and its SHA-256."""

    text: str
    sha256: Hash


class EntrantsPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """What was published when entries closed. published_at: Unix milliseconds; entries: everybody, where the file has them."""

    count: Annotated[int, Meta(ge=0, le=bounds.MAX_ENTRANTS)]
    root: Hash
    published_at: Whole
    total_weight: Whole
    fingerprint: Hash
    entries: _Entries | UnsetType = field(default=UNSET, name="list")


class DrandEntropy(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="drand"):
    """A round of the chain."""

    round: Annotated[int, Meta(ge=1, le=bounds.MAX_INTEGER)]
    signature: Annotated[str, Meta(pattern=r"^[0-9a-f]{96}\Z")]


class OfflineEntropy(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="offline"):
    """The seed of the server's."""

    seed: Hash
    label: str


Entropy = DrandEntropy | OfflineEntropy


class WinnerPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """A winner. prize: its place among the prizes; path: where the file has no list."""

    prize: Annotated[int, Meta(ge=0, lt=bounds.MAX_PRIZES)]
    code: Code
    index: Index
    weight: Weight
    salt: Salt
    preferred: bool
    path: Path | UnsetType = UNSET


class LeafPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """An entrant with the path that shows its place."""

    index: Index
    code: Code
    weight: Weight
    salt: Salt
    path: Path


class AbsencePaper(Struct, frozen=True, forbid_unknown_fields=True):
    """A preferred winner who did not enter: between these two neighbours nobody stands."""

    code: Code
    left: LeafPaper | None
    right: LeafPaper | None


class ProofPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """The proof of a draw, or that it was cancelled after its list was closed."""

    format: Literal["turnout-draw-proof"]
    version: Literal[1]
    commitment: CommitmentPaper
    state: Literal["drawn", "cancelled"]
    entrants: EntrantsPaper
    entropy: Entropy | UnsetType = UNSET
    winners: list[WinnerPaper] | UnsetType = UNSET
    absent_preferred: Annotated[list[AbsencePaper], Meta(max_length=bounds.MAX_PREFERRED)] | UnsetType = UNSET


class MembershipPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """That somebody stands in the list of a draw."""

    format: Literal["turnout-draw-membership"]
    version: Literal[1]
    draw: Annotated[str, Meta(pattern=r"^dr_[a-z0-9]{1,40}\Z")]
    code: Code
    index: Index
    weight: Weight
    salt: Salt
    count: Annotated[int, Meta(ge=1, le=bounds.MAX_ENTRANTS)]
    root: Hash
    fingerprint: Hash
    path: Path
