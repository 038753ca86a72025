"""What our own API and socket say about draws.

Two views of one draw: the host's is complete; the public one begins with the commitment and leaves out what only prepares it. What a winner
has filled in is in neither.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from turnout.audience.wire import CommandIdText
from turnout.interactions.draw.codes import code_of
from turnout.interactions.draw.moves import tried_until
from turnout.interactions.draw.queries import EntrantEntry, OwnDraw, WinnerEntry
from turnout.interactions.draw.rules import (
    CustomKind,
    DrawFacts,
    DrawState,
    EntropyKind,
    FormField,
    PrizeFacts,
    PrizeType,
    Who,
)
from turnout.kernel.clock import SECOND, Instant, rfc3339
from turnout.kernel.ids import DrawId, IdForms, Kind, ViewerId

_MILLISECOND = SECOND // 1_000


class PrizeView(msgspec.Struct, frozen=True):
    """A prize. won: how many were drawn, 0 before. batch: only in the host's view."""

    id: str
    name: str
    count: int
    type: PrizeType
    custom: CustomKind | None
    points: int | None
    asks: list[FormField]
    won: int
    batch: str | UnsetType = UNSET


class PublicWinnerView(msgspec.Struct, frozen=True):
    """A winner as everybody sees one. prize: pz_…"""

    prize: str
    name: str


class PreferredView(msgspec.Struct, frozen=True):
    """A winner declared beforehand. prize: its place in prizes, from 0. viewer: vw_…, or external_id: from the customer's own login."""

    prize: int
    viewer: str | None
    external_id: str | None


class EntropyWaitingView(msgspec.Struct, frozen=True):
    """The randomness that decides a draw should be there and is not. since: when that was first noticed. until: so long the relays are
    asked; then the draw has timed out. problem: what each relay answered last."""

    since: str
    until: str
    problem: str


class DrawView(msgspec.Struct, frozen=True):
    """A draw. preferred: how many winners were declared beforehand. closes_at: of a countdown that runs. entered: people who take part,
    while entries are taken those who have entered so far; version: of this count, a higher one replaces a lower one. commitment: the text
    that was hashed, "" in a draft. root, fingerprint: "" before the list is closed. published_at: when the root became public. round,
    decided_at: the drand round that decides, and when it is out; null offline. because: why it was cancelled or timed out. winners: the
    first of each prize, in the order of drawing; empty before. proof: the page of the proof, null until the list is closed. survey,
    checkin, countdown_s, with_list, created_at, preferred_winners, entropy_waiting and batch of prizes are only in the host's view;
    entropy_waiting: null unless no relay of drand has the round that is out."""

    id: str
    title: str
    state: DrawState
    who: Who
    word: str
    weighted: bool
    repeat_winners: bool
    earlier_winners: bool
    entropy: EntropyKind
    prizes: list[PrizeView]
    preferred: int
    committed_at: str | None
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    finished_at: str | None
    because: str
    entered: int
    version: int
    commitment: str
    commitment_sha256: str
    root: str
    fingerprint: str
    published_at: str | None
    round: int | None
    decided_at: str | None
    winners: list[PublicWinnerView]
    proof: str | None
    survey: str | UnsetType | None = UNSET
    checkin: str | UnsetType | None = UNSET
    countdown_s: int | UnsetType | None = UNSET
    with_list: bool | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    preferred_winners: list[PreferredView] | UnsetType = UNSET
    entropy_waiting: EntropyWaitingView | UnsetType | None = UNSET


class DrawsReply(msgspec.Struct, frozen=True):
    """One page of a live session's draws, newest first. next: the value of `after` for the page that follows, null on the last."""

    draws: list[DrawView]
    next: str | None


class EntrantsAddedReply(msgspec.Struct, frozen=True):
    """added: of these; who stood on the list already is passed over. entered: people on the list now."""

    added: int
    entered: int


class DrawEntrantView(msgspec.Struct, frozen=True):
    """Somebody who takes part. viewer: vw_…, null for who is on the list and has never come. external_id: from the customer's own login.
    code: in the proof."""

    viewer: str | None
    external_id: str | None
    name: str
    weight: int
    code: str


class DrawEntrantsReply(msgspec.Struct, frozen=True):
    """One page of entrants. next: the value of `after` for the page that follows, null on the last."""

    entrants: list[DrawEntrantView]
    next: str | None


class WinnerForm(msgspec.Struct, frozen=True):
    """What a winner has given; "" for what was not asked for."""

    name: str
    phone: str
    address: str


class DrawWinnerView(msgspec.Struct, frozen=True):
    """A winner as the host sees one. place: in the order of drawing, from 0, over the whole draw. prize: pz_… viewer: vw_…, null for who
    has never come. preferred: declared beforehand. form: null until it is filled in."""

    place: int
    prize: str
    viewer: str | None
    external_id: str | None
    name: str
    preferred: bool
    form: WinnerForm | None
    filled_at: str | None


class DrawWinnersReply(msgspec.Struct, frozen=True):
    """One page of winners, in the order of drawing. next: the value of `after` for the page that follows, null on the last."""

    winners: list[DrawWinnerView]
    next: int | None


class EnterDrawMessage(msgspec.Struct, frozen=True, tag_field="op", tag="enter_draw", gc=False):
    """socket: a viewer takes part in a draw. word: where it asks for one. salt: random hex digits of the viewer's own, which go into the
    list and, offline, into the outcome."""

    id: CommandIdText
    draw: str
    word: str = ""
    salt: str = ""


class FillFormMessage(msgspec.Struct, frozen=True, tag_field="op", tag="fill_form"):
    """socket: a winner gives what a prize, pz_…, asks for; a second time replaces the first."""

    id: CommandIdText
    draw: str
    prize: str
    name: str = ""
    phone: str = ""
    address: str = ""


class OwnPrizeView(msgspec.Struct, frozen=True):
    """A prize, pz_…, that the viewer has won. filled: what it asks for is given."""

    prize: str
    filled: bool


class OwnDrawView(msgspec.Struct, frozen=True):
    """What is held of the viewer in a draw. entered: by himself. code: the viewer's in the list and the proof."""

    draw: str
    entered: bool
    code: str
    prizes: list[OwnPrizeView]


class DrawTallyMessage(msgspec.Struct, frozen=True, tag_field="op", tag="draw_tally"):
    """socket: how many have entered a draw; a higher version replaces a lower one."""

    draw: str
    version: int
    entered: int


def host_view(ids: IdForms, facts: DrawFacts) -> DrawView:
    """All of a draw but its people."""
    return msgspec.structs.replace(
        public_view(ids, facts),
        prizes=[host_prize_view(ids, prize) for prize in facts.prizes],
        survey=None if facts.survey_id is None else ids.text(Kind.SURVEY, facts.survey_id),
        checkin=None if facts.checkin_id is None else ids.text(Kind.CHECKIN, facts.checkin_id),
        countdown_s=facts.countdown_s,
        with_list=facts.with_list,
        created_at=rfc3339(facts.created_at),
        preferred_winners=[PreferredView(one.prize, _viewer(ids, one.viewer_id), one.external_id) for one in facts.declared],
        entropy_waiting=_waiting_view(facts),
    )


def _waiting_view(facts: DrawFacts) -> EntropyWaitingView | None:
    if facts.state is not DrawState.CLOSED or facts.waiting_since is None or facts.decided_at is None:
        return None
    return EntropyWaitingView(rfc3339(facts.waiting_since), rfc3339(tried_until(facts.decided_at)), facts.waiting_problem)


def public_view(ids: IdForms, facts: DrawFacts) -> DrawView:
    """What every viewer may see of a draw that is committed."""
    draw = ids.text(Kind.DRAW, facts.draw_id)
    return DrawView(
        id=draw,
        title=facts.title,
        state=facts.state,
        who=facts.who,
        word=facts.word,
        weighted=facts.weighted,
        repeat_winners=facts.repeat_winners,
        earlier_winners=facts.earlier_winners,
        entropy=facts.entropy,
        prizes=[_prize_view(ids, prize) for prize in facts.prizes],
        preferred=facts.preferred,
        committed_at=_time(facts.committed_at),
        opened_at=_time(facts.opened_at),
        closes_at=_time(facts.closes_at),
        closed_at=_time(facts.closed_at),
        finished_at=_time(facts.finished_at),
        because=facts.because,
        entered=facts.entered,
        version=facts.version,
        commitment=facts.commitment,
        commitment_sha256=facts.commitment_sha256,
        root=facts.root,
        fingerprint=facts.fingerprint,
        published_at=None if facts.published_at is None else rfc3339(facts.published_at * _MILLISECOND),
        round=facts.round,
        decided_at=None if facts.decided_at is None else rfc3339(facts.decided_at * SECOND),
        winners=[PublicWinnerView(ids.text(Kind.PRIZE, winner.prize_id), winner.name) for winner in facts.winners],
        proof=f"/proof/{draw}" if facts.root else None,
    )


def host_prize_view(ids: IdForms, prize: PrizeFacts) -> PrizeView:
    """All of a prize."""
    return msgspec.structs.replace(_prize_view(ids, prize), batch=prize.batch)


def _prize_view(ids: IdForms, prize: PrizeFacts) -> PrizeView:
    return PrizeView(
        id=ids.text(Kind.PRIZE, prize.prize_id),
        name=prize.name,
        count=prize.count,
        type=prize.type,
        custom=prize.custom,
        points=prize.points,
        asks=prize.asks,
        won=prize.won,
    )


def is_public(facts: DrawFacts) -> bool:
    """Whether viewers may know of it: from its commitment on."""
    return facts.committed_at is not None


def tally_message(ids: IdForms, draw_id: DrawId, version: int, entered: int) -> DrawTallyMessage:
    """Where the count stands."""
    return DrawTallyMessage(draw=ids.text(Kind.DRAW, draw_id), version=version, entered=entered)


def own_draw(ids: IdForms, own: OwnDraw) -> OwnDrawView:
    """For the viewer himself."""
    return OwnDrawView(
        draw=ids.text(Kind.DRAW, own.draw_id),
        entered=own.entered,
        code=code_of(ids, own.entrant_id, own.viewer_id),
        prizes=[OwnPrizeView(ids.text(Kind.PRIZE, prize.prize_id), prize.filled) for prize in own.won],
    )


def entrants_reply(ids: IdForms, found: Sequence[EntrantEntry], limit: int) -> DrawEntrantsReply:
    """One page; a full one says where the next begins."""
    following = ids.text(Kind.ENTRY, found[-1].cursor) if len(found) == limit else None
    return DrawEntrantsReply(
        entrants=[DrawEntrantView(_viewer(ids, one.viewer_id), one.external_id, one.name, one.weight, one.code) for one in found],
        next=following,
    )


def winners_reply(ids: IdForms, found: Sequence[WinnerEntry], limit: int) -> DrawWinnersReply:
    """One page; a full one says where the next begins."""
    return DrawWinnersReply(winners=[winner_view(ids, one) for one in found], next=found[-1].place if len(found) == limit else None)


def winner_view(ids: IdForms, winner: WinnerEntry) -> DrawWinnerView:
    """A winner with his form, for the host."""
    form = winner.form
    return DrawWinnerView(
        place=winner.place,
        prize=ids.text(Kind.PRIZE, winner.prize),
        viewer=_viewer(ids, winner.viewer_id),
        external_id=winner.external_id,
        name=winner.name,
        preferred=winner.preferred,
        form=None if form is None else WinnerForm(form.name, form.phone, form.address),
        filled_at=_time(winner.filled_at),
    )


def _viewer(ids: IdForms, viewer_id: ViewerId | None) -> str | None:
    return None if viewer_id is None else ids.text(Kind.VIEWER, viewer_id)


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
