"""What everybody may read of a draw without a login, and why it may be refused."""

import msgspec

from turnout.interactions.draw.rules import DrawFacts, DrawState
from turnout.kernel.clock import SECOND, rfc3339
from turnout.kernel.errors import Conflict, NotFound
from turnout.kernel.ids import IdForms, Kind

_MILLISECOND = SECOND // 1000


class NotDrawnYet(Conflict):
    """This draw has no proof yet: it is not drawn."""

    code = "not_drawn_yet"


class ListNotClosed(Conflict):
    """Nobody stands in the list of this draw yet: its entries have not ended."""

    code = "list_not_closed"


class NoProof(Conflict):
    """This draw ended before its list was published, so there is nothing to prove."""

    code = "no_proof"


class NotAnEntrant(NotFound):
    """Nobody of this code stands in the list of this draw."""

    code = "not_an_entrant"


class CommitmentText(msgspec.Struct, frozen=True):
    """The very text that was hashed. sha256: of its UTF-8 bytes, hex."""

    text: str
    sha256: str


class PublicDraw(msgspec.Struct, frozen=True):
    """What a draw has published so far. count, root, fingerprint, published_at: from the end of its entries on. round, decided_at: the
    round of drand that decides it and when that is out; null of an offline one. docs/draw.md says what all this is."""

    draw: str
    title: str
    state: DrawState
    commitment: CommitmentText
    count: int | None
    root: str | None
    fingerprint: str | None
    published_at: str | None
    round: int | None
    decided_at: str | None


def public_draw(ids: IdForms, facts: DrawFacts) -> PublicDraw:
    """As it is told. facts: of a draw whose commitment is public."""
    return PublicDraw(
        draw=ids.text(Kind.DRAW, facts.draw_id),
        title=facts.title,
        state=facts.state,
        commitment=CommitmentText(facts.commitment, facts.commitment_sha256),
        count=facts.entered if facts.root else None,
        root=facts.root or None,
        fingerprint=facts.fingerprint or None,
        published_at=None if facts.published_at is None else rfc3339(facts.published_at * _MILLISECOND),
        round=facts.round,
        decided_at=None if facts.decided_at is None else rfc3339(facts.decided_at * SECOND),
    )


def unproven(facts: DrawFacts) -> Conflict:
    """Why this draw has no proof file."""
    if not facts.root and facts.state in (DrawState.CANCELLED, DrawState.TIMED_OUT):
        return NoProof()
    if facts.state in (DrawState.CANCELLED, DrawState.TIMED_OUT):
        return NotDrawnYet("this draw came to no winners; the file that says so is being written, ask again in a second")
    return NotDrawnYet(f"this draw has no proof yet: its state is {facts.state}")
