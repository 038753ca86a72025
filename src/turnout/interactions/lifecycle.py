"""The life every interaction shares.

    draft ──open──▶ open ──close──▶ closed ──settle──▶ settled

Anything before settled may be withdrawn; nothing leaves settled or withdrawn. What stops a move is a Conflict that names the state.
"""

from enum import StrEnum

from turnout.kernel.errors import Conflict


class State(StrEnum):
    """Where an interaction stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What may be done to an interaction."""

    OPEN = "open"
    CLOSE = "close"
    SETTLE = "settle"
    WITHDRAW = "withdraw"


class WrongState(Conflict):
    """The interaction's state does not allow this."""

    code = "wrong_state"


class NotADraft(Conflict):
    """Only a draft can be edited."""

    code = "not_a_draft"


class DraftChanged(Conflict):
    """This draft was changed meanwhile: read it again."""

    code = "draft_changed"


_MOVES: dict[tuple[State, Move], State] = {
    (State.DRAFT, Move.OPEN): State.OPEN,
    (State.OPEN, Move.CLOSE): State.CLOSED,
    (State.CLOSED, Move.SETTLE): State.SETTLED,
    (State.DRAFT, Move.WITHDRAW): State.WITHDRAWN,
    (State.OPEN, Move.WITHDRAW): State.WITHDRAWN,
    (State.CLOSED, Move.WITHDRAW): State.WITHDRAWN,
}


def decide_state(state: State, move: Move) -> State:
    """The state after the move; raises WrongState when the life does not allow it."""
    after = _MOVES.get((state, move))
    if after is None:
        raise WrongState(f"cannot {move.value}: it is {state.value}")
    return after


def require_revision(revision: int, known: int | None) -> None:
    """Raises DraftChanged unless the draft still is what whoever acts on it has seen; None: they do not say."""
    if known is not None and known != revision:
        raise DraftChanged
