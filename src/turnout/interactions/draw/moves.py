"""What may be done to a draw in which state, and what follows from the clock. Pure.

    draft ──commit──▶ committed ──open──▶ open ──close──▶ closing ──root──▶ closed ──entropy──▶ drawn

Whatever is not drawn may be cancelled, until the round that decides it is out. What is committed, open or closing when its live session
ends has timed out, and so has what is closed and whose entropy does not come. Nothing leaves drawn, cancelled and timed_out.
"""

from turnout.interactions.draw.rules import TAKES_ENTRIES, DrandUnreachable, DrawNotOpen, DrawState, EntropyKind, NoEntryNeeded, Who
from turnout.interactions.lifecycle import NotADraft, WrongState
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput

UNDER_WAY = frozenset({DrawState.COMMITTED, DrawState.OPEN, DrawState.CLOSING})
"""From the commitment to the root: one draw of a live session at a time. Those whose root is not public yet end with their live session. A
closed draw is decided by itself, also after its live session, since everybody can count on it; and it holds up no other."""

ENTROPY_LATE_S = 10
"""Seconds after the time of its round at which the hosts of a draw are told that no relay has it."""

LIVE_SESSION_ENDED = "the live session ended"
"""Why such a draw timed out."""


class TooLate(Conflict):
    """The time for this form is over."""

    code = "too_late"


def decide_add(state: DrawState, who: Who) -> None:
    """Whether people may be put on the list. Raises WrongState, InvalidInput for a draw without a list."""
    _require("add entrants", state, DrawState.DRAFT)
    if who is not Who.LIST:
        raise InvalidInput("only where those win who are on a list", field="entrants")


def decide_edit(state: DrawState) -> None:
    """Raises NotADraft for what is committed, or was cancelled."""
    if state is not DrawState.DRAFT:
        raise NotADraft


def require_entropy(entropy: EntropyKind, drand_problem: str | None) -> None:
    """Raises DrandUnreachable where drand is to decide and no relay of it answers: a commitment cannot be taken back."""
    if entropy is EntropyKind.DRAND and drand_problem is not None:
        raise DrandUnreachable(
            f"no relay of drand answers, so nothing could decide this draw; try again, or take offline entropy: {drand_problem}"
        )


def decide_commit(state: DrawState) -> None:
    """Raises WrongState."""
    _require("commit", state, DrawState.DRAFT)


def decide_open(state: DrawState, now: Instant, countdown_s: int | None) -> Instant | None:
    """closes_at of a draw opened now, None where the host closes it; raises WrongState."""
    _require("open", state, DrawState.DRAFT, DrawState.COMMITTED)
    return None if countdown_s is None else now + countdown_s * SECOND


def decide_closes_at(state: DrawState, now: Instant, closes_at: Instant | None, countdown_s: int) -> Instant | None:
    """When the countdown ends that a host begins, or None when entries end now: no seconds were asked for, or an earlier countdown is over.
    Raises WrongState, InvalidInput."""
    _require("close", state, DrawState.OPEN)
    if not 0 <= countdown_s <= limits.MAX_TIME_LIMIT_S:
        raise InvalidInput(f"from 0 to {limits.MAX_TIME_LIMIT_S} seconds", field="countdown_s")
    return None if not countdown_s or (closes_at is not None and closes_at <= now) else now + countdown_s * SECOND


def decide_closed_at(now: Instant, closes_at: Instant | None) -> Instant:
    """When entries that end now have ended: with the countdown when that has passed, also when the server was down then."""
    return now if closes_at is None else min(now, closes_at)


def decide_cancel(state: DrawState, decided_at: int | None, now: Instant) -> None:
    """Raises WrongState for what has come to an end, and from the time of its round on (Unix seconds; None offline): whoever knows the
    round knows the winners, and must not be able to wish for others."""
    _require("cancel", state, DrawState.DRAFT, *UNDER_WAY, DrawState.CLOSED)
    if decided_at is not None and now >= decided_at * SECOND:
        raise WrongState("cannot cancel: the round that decides it is out")


def decide_entry(state: DrawState, who: Who, closes_at: Instant | None, received_at: Instant) -> None:
    """Raises NoEntryNeeded, DrawNotOpen. Late means received at or after closes_at (design 3.1)."""
    if who not in TAKES_ENTRIES:
        raise NoEntryNeeded
    if state is not DrawState.OPEN or (closes_at is not None and received_at >= closes_at):
        raise DrawNotOpen


def is_missing(decided_at: int | None, now: Instant) -> bool:
    """Whether entropy is so late that the host should know. decided_at: Unix seconds; relays may take some to have what is out."""
    return decided_at is not None and now >= (decided_at + ENTROPY_LATE_S) * SECOND


def tried_until(decided_at: int) -> Instant:
    """How long relays are asked for the round that is out at decided_at, Unix seconds."""
    return (decided_at + limits.ENTROPY_PATIENCE_S) * SECOND


def may_give_up(state: DrawState, decided_at: int | None, now: Instant) -> bool:
    """Whether nobody need wait any longer for the entropy of a draw. decided_at: Unix seconds; None offline, where it cannot fail to come
    but by a fault."""
    return state is DrawState.CLOSED and (decided_at is None or now >= tried_until(decided_at))


def require_time_for_form(finished_at: Instant, received_at: Instant) -> None:
    """Raises TooLate."""
    if received_at >= finished_at + limits.FORM_DAYS * 86_400 * SECOND:
        raise TooLate


def _require(what: str, state: DrawState, *allowed: DrawState) -> None:
    if state not in allowed:
        raise WrongState(f"cannot {what}: it is {state.value}")
