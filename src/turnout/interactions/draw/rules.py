"""Draws: who may win what, when entries are taken, and the facts an event freezes. Pure (docs/draw.md, docs/decisions/0015)."""

from enum import StrEnum
from typing import Literal

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, NotFound
from turnout.kernel.ids import AccountId, CheckInId, DrawId, EntrantId, HostId, LiveSessionId, PrizeId, RoomId, SurveyId, ViewerId


class DrawState(StrEnum):
    """committed: its rules are public, and nobody can enter yet. closing: entries have ended and their root is being made. closed: the root
    is public and the entropy does not exist yet. timed_out: it came to no winners, since its live session ended or its entropy never
    came."""

    DRAFT = "draft"
    COMMITTED = "committed"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    DRAWN = "drawn"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


class Who(StrEnum):
    """Who may win: viewers who are present when entries close, who tapped, who said a word, who answered a survey, who answered all of it
    right, who checked in, or those on a list."""

    PRESENT = "present"
    TAP = "tap"
    WORD = "word"
    ANSWERED = "answered"
    ANSWERED_RIGHT = "answered_right"
    CHECKED_IN = "checked_in"
    LIST = "list"


TAKES_ENTRIES = frozenset({Who.TAP, Who.WORD})
"""Where viewers enter by themselves."""


class PrizeType(StrEnum):
    """What is won: something to be sent, something that is not, something of the customer's own kind, a voucher."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    CUSTOM = "custom"
    VOUCHER = "voucher"


class CustomKind(StrEnum):
    """What a custom prize is."""

    COUPON = "coupon"
    POINTS = "points"


class FormField(StrEnum):
    """What a winner is asked for."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


class EntropyKind(StrEnum):
    """Where the randomness comes from: a future drand round, or a seed of the server's together with the entrants' salts, which is
    weaker."""

    DRAND = "drand"
    OFFLINE = "offline"


Whose = Literal["entrants", "winners"]
"""The people of a draw: who takes part, and who has won."""


class DrawNotOpen(Conflict):
    """This draw takes no entries now."""

    code = "draw_not_open"


class AlreadyInDraw(Conflict):
    """You have entered this draw already."""

    code = "already_in_draw"


class WrongWord(Conflict):
    """That is not the word of this draw."""

    code = "wrong_word"


class NoEntryNeeded(Conflict):
    """Nobody enters this draw by himself."""

    code = "no_entry_needed"


class MayNotWin(Conflict):
    """Hosts and assistants, and where earlier winners are out those, do not take part."""

    code = "may_not_win"


class AnotherDrawOpen(Conflict):
    """Another draw is under way in this live session; end its entries or cancel it first."""

    code = "another_draw_open"


class DrandUnreachable(Conflict):
    """No relay of drand answers, so nothing could decide this draw. Try again, or take offline entropy."""

    code = "drand_unreachable"


class NotAWinner(Conflict):
    """You have won nothing in this draw that asks for a form."""

    code = "not_a_winner"


class NoSuchDraw(NotFound):
    """There is no such draw."""


class NoSuchPrize(NotFound):
    """This draw has no such prize."""


class Prize(msgspec.Struct, frozen=True):
    """What may be won, `count` times. custom: of a custom prize alone. batch, points: of points alone; batch: by which the company finds
    them, points: from 1 to 99,999 for each winner. asks: what its winners are asked for. id: 0 in a draft that is not stored yet."""

    name: str
    count: int
    type: PrizeType = PrizeType.PHYSICAL
    custom: CustomKind | None = None
    batch: str = ""
    points: int | None = None
    asks: list[FormField] = []
    id: PrizeId = PrizeId(0)


class PreferredWinner(msgspec.Struct, frozen=True):
    """Somebody who wins this prize whatever is drawn, if he takes part: declared in the commitment. prize: its place. By one of viewer_id
    and external_id."""

    prize: int
    viewer_id: ViewerId | None = None
    external_id: str | None = None


class ListedEntrant(msgspec.Struct, frozen=True):
    """Somebody brought in by the API. By one of viewer_id and external_id, from the customer's own login, who may never have come. name: as
    the list has it, shown for who never came. weight: 0 to 1,000,000; 1 unless the draw is weighted."""

    viewer_id: ViewerId | None = None
    external_id: str | None = None
    name: str = ""
    weight: int = 1


class DrawDraft(msgspec.Struct, frozen=True):
    """A draw as a host wants it.

    prizes: drawn in this order. word: of Who.WORD. survey_id: of ANSWERED and ANSWERED_RIGHT. checkin_id: of CHECKED_IN. entrants: of LIST,
    more may be added until it is committed. repeat_winners: who won an earlier prize of this draw may win again. earlier_winners: who has
    won in this room before may win again. countdown_s: seconds from opening to the close; none: the host closes. with_list: the proof
    carries the whole list (a weighted and an offline one always do).
    """

    title: str
    prizes: list[Prize]
    who: Who = Who.PRESENT
    word: str = ""
    survey_id: SurveyId | None = None
    checkin_id: CheckInId | None = None
    entrants: list[ListedEntrant] = []
    weighted: bool = False
    preferred: list[PreferredWinner] = []
    repeat_winners: bool = False
    earlier_winners: bool = True
    entropy: EntropyKind = EntropyKind.DRAND
    countdown_s: int | None = None
    with_list: bool = False


class PrizeFacts(msgspec.Struct, frozen=True):
    """A prize at the moment of an event. won: how many were drawn; 0 before."""

    prize_id: PrizeId
    name: str
    count: int
    type: PrizeType
    custom: CustomKind | None
    batch: str
    points: int | None
    asks: list[FormField]
    won: int


class PublicWinner(msgspec.Struct, frozen=True):
    """A winner as everybody sees one. place: in the order of drawing, from 0, over the whole draw."""

    prize_id: PrizeId
    place: int
    name: str


class DrawFacts(msgspec.Struct, frozen=True):
    """A draw at the moment of an event, complete enough that nobody who reads the event must look at a live row.

    entered: people in its list; while entries are taken, those who have entered so far. version: of this count. commitment: the text,
    commitment_sha256: its hash, both "" in a draft. root, fingerprint: hex, "" before the list is closed. published_at: when the root
    became public, Unix milliseconds. round: the drand round that decides it, None offline. decided_at: when that round is out, Unix
    seconds. because: of a cancelled or timed out one. waiting_since, waiting_problem: since when its entropy is missing that should be
    there, and what is wrong; for hosts. declared: the preferred winners. winners: of a drawn one, by place, of each prize the first
    limits.SHOWN_WINNERS.
    """

    account_id: AccountId
    room_id: RoomId
    room_title: str
    live_session_id: LiveSessionId
    draw_id: DrawId
    title: str
    state: DrawState
    host_id: HostId
    host_name: str
    host_role: str
    who: Who
    word: str
    survey_id: SurveyId | None
    checkin_id: CheckInId | None
    weighted: bool
    repeat_winners: bool
    earlier_winners: bool
    entropy: EntropyKind
    countdown_s: int | None
    with_list: bool
    prizes: list[PrizeFacts]
    preferred: int
    created_at: Instant
    committed_at: Instant | None
    opened_at: Instant | None
    closes_at: Instant | None
    closed_at: Instant | None
    finished_at: Instant | None
    because: str
    entered: int
    version: int
    commitment: str
    commitment_sha256: str
    root: str
    fingerprint: str
    published_at: int | None
    round: int | None
    decided_at: int | None
    winners: list[PublicWinner] = []
    waiting_since: Instant | None = None
    waiting_problem: str = ""
    declared: list[PreferredWinner] = []


class WinnerFacts(msgspec.Struct, frozen=True):
    """Who won a prize, as it was when it was drawn. place: in the order of drawing, from 0, over the whole draw. index: in the list. code:
    in the proof. viewer_id: None for somebody of a list who has never come. address, terminal, extra, phone: as recorded at entry, "" where
    not known."""

    place: int
    index: int
    code: str
    entrant_id: EntrantId
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    preferred: bool
    address: str = ""
    terminal: str = ""
    extra: str = ""
    phone: str = ""
    email: str = ""
    group: str = ""


class PrizeDrawnFacts(msgspec.Struct, frozen=True):
    """One page of the winners of one prize: at most WINNERS_PER_PAGE, in the order of drawing. prize: its place in draw.prizes. page: from
    0; pages: how many there are, 1 also where nobody won. page_id: of a page after the first, which some contract may have to tell
    under an id of its own. room_id, title: the draw's, where the facts of every kind have them."""

    room_id: RoomId
    draw: DrawFacts
    prize: int
    page: int
    pages: int
    winners: list[WinnerFacts]
    page_id: PrizeId | None = None
    title: str = ""


class Form(msgspec.Struct, frozen=True):
    """What a winner has given; "" for what was not asked for."""

    name: str = ""
    phone: str = ""
    address: str = ""


WINNERS_PER_PAGE = 2_000
"""Winners in one event, and so in one callback: as many as the strictest contract allows."""


def is_public(state: DrawState) -> bool:
    """Whether viewers know of it: what was committed is never taken back."""
    return state is not DrawState.DRAFT


def may_show_names(state: DrawState, of: Whose) -> bool:
    """Whether a hall reads them: winners once they are drawn, who takes part once entries have ended."""
    return state is DrawState.DRAWN or (of == "entrants" and state in (DrawState.CLOSING, DrawState.CLOSED))
