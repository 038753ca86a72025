"""What may be asked of draws, as commands for group commit, and what comes back."""

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.interactions.draw.rules import DrawDraft, Form, ListedEntrant, WinnerFacts
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DrawId, LiveSessionId, PrizeId, RoomId, ViewerId


class CreateDraw(msgspec.Struct, frozen=True):
    """A new draw in a running live session. opens: commits and takes entries at once; else it is a draft. drand_problem: why no relay of
    drand answers, where one has to; None when one does. once: the idempotency key of the call, if it had one."""

    caller: Caller
    live_session_id: LiveSessionId
    draft: DrawDraft
    opens: bool = False
    drand_problem: str | None = None
    once: idempotency.Once | None = None


class EditDraw(msgspec.Struct, frozen=True):
    """A draft written anew. keeps_list: who is on its list stays, and the draft brings nobody."""

    caller: Caller
    live_session_id: LiveSessionId
    draw_id: DrawId
    draft: DrawDraft
    keeps_list: bool


class AddEntrants(msgspec.Struct, frozen=True):
    """More people for the list of a draft, at most limits.MAX_ENTRANTS_AT_ONCE; who stands there already in the same way is passed
    over."""

    caller: Caller
    live_session_id: LiveSessionId
    draw_id: DrawId
    entrants: list[ListedEntrant]


class ChangeDraw(msgspec.Struct, frozen=True):
    """A host's command to commit, open, or close. countdown_s: of close alone: entries end in so many seconds, 0 for now. drand_problem: as
    CreateDraw's."""

    caller: Caller
    live_session_id: LiveSessionId
    draw_id: DrawId
    countdown_s: int = 0
    drand_problem: str | None = None


class CancelDraw(msgspec.Struct, frozen=True):
    """A host's command to cancel, whatever state it is in before it is drawn. because: shown to everybody."""

    caller: Caller
    live_session_id: LiveSessionId
    draw_id: DrawId
    because: str = ""


class CloseOverdueDraw(msgspec.Struct, frozen=True):
    """Ends entries whose time is over; nothing happens when they have ended already."""

    live_session_id: LiveSessionId
    draw_id: DrawId


class EnterDraw(msgspec.Struct, frozen=True, gc=False):
    """A viewer takes part. word: of a draw that asks for one. salt: of the viewer's own choice, an even number of hex digits. command_id:
    the client's id of this command. received_at: when the server read it."""

    live_session_id: LiveSessionId
    room_id: RoomId
    draw_id: DrawId
    viewer_id: ViewerId
    word: str
    salt: str
    command_id: str
    received_at: Instant


class PublishRoot(msgspec.Struct, frozen=True):
    """The keeper has made the tree of a closing draw. root: hex. total_weight: of all."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    root: str
    count: int
    total_weight: int


class Won(msgspec.Struct, frozen=True):
    """A winner as selected. prize: its place."""

    prize: int
    winner: WinnerFacts


class DecideDraw(msgspec.Struct, frozen=True):
    """The keeper has the entropy and has drawn. winners: in the order of drawing. paper: the proof file."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    winners: list[Won]
    entropy: str  # JSON of the proof's member
    paper: bytes


class GiveUpDraw(msgspec.Struct, frozen=True):
    """Its entropy has not come. because: shown to everybody. paper: the proof file of what stays public."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    because: str
    paper: bytes


class NoteWaiting(msgspec.Struct, frozen=True):
    """The entropy of a closed draw does not come though its time is over. problem: what is wrong, for its host."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    problem: str


class FillForm(msgspec.Struct, frozen=True):
    """A winner gives what a prize asks for; a second time replaces the first. command_id: the client's id of this command."""

    live_session_id: LiveSessionId
    room_id: RoomId
    draw_id: DrawId
    prize_id: PrizeId
    viewer_id: ViewerId
    form: Form
    received_at: Instant
    command_id: str = ""


class DrawCreated(msgspec.Struct, frozen=True):
    """The id of the new draw."""

    draw_id: DrawId


class EntrantsAdded(msgspec.Struct, frozen=True):
    """added: of these; entered: people in the list now."""

    added: int
    entered: int


class InDraw(msgspec.Struct, frozen=True, gc=False):
    """The entry counts, and is durable."""


class FormFilled(msgspec.Struct, frozen=True):
    """It is durable."""


IN_DRAW = InDraw()
FORM_FILLED = FormFilled()
