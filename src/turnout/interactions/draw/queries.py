"""Reading draws."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.audience.rules import EntrantFacts
from turnout.interactions.draw import entrant_store, form_store, paper_store, prize_store, store, tally_store, winner_store
from turnout.interactions.draw.codes import code_of, entrant_of
from turnout.interactions.draw.commands import Won
from turnout.interactions.draw.entrant_store import EntrantRow
from turnout.interactions.draw.facts import load_facts
from turnout.interactions.draw.rules import (
    DrawFacts,
    DrawState,
    EntropyKind,
    Form,
    NoSuchDraw,
    Who,
    Whose,
    WinnerFacts,
    is_public,
    may_show_names,
)
from turnout.interactions.draw.store import DrawRow
from turnout.interactions.draw.winner_store import WonRow
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, DrawId, EntrantId, IdForms, LiveSessionId, PrizeId, RoomId, ViewerId
from turnout.proofs.entrants import Entrant
from turnout.proofs.papers import WinnerPaper
from turnout.rooms.queries import access_live_session

CLOSING_PAGE = 10_000
"""People in a page of a list that is being closed."""


class EntrantEntry(msgspec.Struct, frozen=True):
    """Somebody who takes part. cursor: `after` for the page that begins behind it. viewer_id: None for who is on the list and was no viewer
    when the draw was committed. name: the viewer's, or the list's. code: in the proof."""

    cursor: int
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    weight: int
    code: str


class WinnerEntry(msgspec.Struct, frozen=True):
    """A winner as hosts read it. place: in the order of drawing, and `after` for the page behind it. form: None where nothing was given."""

    place: int
    prize: PrizeId
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    preferred: bool
    form: Form | None
    filled_at: Instant | None


class OwnPrize(msgspec.Struct, frozen=True):
    """A prize that a viewer has won. filled: whether what it asks for was given."""

    prize_id: PrizeId
    filled: bool


class ScreenName(NamedTuple):
    """Somebody in a draw, as a hall reads it. cursor: the page behind it begins after it. prize_id: what was won. name: "" for who is on a
    list without one; an external id is nothing for a hall."""

    cursor: int
    prize_id: PrizeId | None
    name: str


class OwnDraw(msgspec.Struct, frozen=True):
    """What is held of a viewer in one draw. entered: by his own tap or word. entrant_id, viewer_id: what his code is made of (codes.py);
    viewer_id is None for who stands there by the list's external id."""

    draw_id: DrawId
    entered: bool
    won: list[OwnPrize]
    entrant_id: EntrantId
    viewer_id: ViewerId | None


class Work(msgspec.Struct, frozen=True):
    """A draw that the keeper has something to do for: one that is closing or closed, or one that was cancelled after its root was published
    and whose paper is not kept yet. published_at: Unix milliseconds; decided_at: Unix seconds. seed: of an offline one. work_since: since
    when there is something to do."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    state: DrawState
    entropy: EntropyKind
    with_list: bool
    commitment: str
    root: str
    published_at: int | None
    round: int | None
    decided_at: int | None
    seed: bytes | None
    work_since: Instant


def access_draw(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawFacts:
    """The account's draw; raises NoSuchLiveSession, NoSuchDraw."""
    return load_facts(connection, live_session_id, [_access(connection, account_id, live_session_id, draw_id)])[0]


def _access(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawRow:
    access_live_session(connection, account_id, live_session_id)
    row = store.load_draw(connection, live_session_id, draw_id)
    if row is None:
        raise NoSuchDraw
    return row


def access_anywhere(connection: sa.Connection, account_id: AccountId, draw_id: DrawId) -> None:
    """Raises NotFound unless the account has this draw in some live session."""
    row = store.load_by_id(connection, draw_id)
    if row is None or row.account_id != account_id:
        raise NotFound


def access_prize_anywhere(connection: sa.Connection, account_id: AccountId, prize_id: PrizeId) -> None:
    """Raises NotFound unless a draw of the account has this prize."""
    draw_id = prize_store.find_draw(connection, prize_id)
    if draw_id is None:
        raise NotFound
    access_anywhere(connection, account_id, draw_id)


def is_entrant(connection: sa.Connection, live_session_id: LiveSessionId, draw_id: DrawId, entrant_id: EntrantId) -> bool:
    """Whether this entrant takes part, whoever asks."""
    return bool(entrant_store.load_people(connection, [(live_session_id, draw_id, entrant_id)]))


def list_draws(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    *,
    before: DrawId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[DrawFacts]:
    """One page of the draws of the account's live session, newest first, drafts and cancelled ones included; raises NoSuchLiveSession.
    before: the last one of the page before."""
    access_live_session(connection, account_id, live_session_id)
    return load_facts(connection, live_session_id, store.list_draws(connection, live_session_id, before, limit))


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, *, drafts: bool) -> list[DrawFacts]:
    """The newest draws of a live session, for a snapshot of it, the cancelled ones too: by when they were made with drafts, by when they
    were committed without. The one under way is always among them."""
    rows = store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_DRAWS, drafts=drafts)
    return load_facts(connection, live_session_id, rows)


def list_entrants(
    connection: sa.Connection,
    ids: IdForms,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    draw_id: DrawId,
    *,
    after: int | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[EntrantEntry]:
    """One page of who takes part, by entrant. after: the cursor of the last of the page before. Raises NoSuchLiveSession, NoSuchDraw."""
    draw = _access(connection, account_id, live_session_id, draw_id)
    rows = entrant_store.list_people(connection, (live_session_id, draw_id), after=after, limit=limit)
    viewers = audience.viewers_of(connection, draw.room_id, [row.viewer_id for row in rows if row.viewer_id is not None])
    found: list[EntrantEntry] = []
    for row in rows:
        viewer = None if row.viewer_id is None else viewers.get(row.viewer_id)
        found.append(
            EntrantEntry(
                cursor=row.entrant_id,
                viewer_id=row.viewer_id,
                external_id=row.external_id if viewer is None else viewer.external_id,
                name=row.name if viewer is None else viewer.name,
                weight=row.weight,
                code=code_of(ids, row.entrant_id, row.viewer_id),
            )
        )
    return found


def list_winners(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    draw_id: DrawId,
    *,
    after: int | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[WinnerEntry]:
    """One page of the winners with what they gave, in the order of drawing. after: the place of the last of the page before. Raises
    NoSuchLiveSession, NoSuchDraw."""
    _access(connection, account_id, live_session_id, draw_id)
    key = (live_session_id, draw_id)
    rows = winner_store.list_winners(connection, key, after=after, limit=limit)
    forms = form_store.load_forms(connection, [(*key, row.prize_id, row.entrant_id) for row in rows])
    found: list[WinnerEntry] = []
    for row in rows:
        form, filled_at = forms.get((*key, row.prize_id, row.entrant_id), (None, None))
        found.append(WinnerEntry(row.place, row.prize_id, row.viewer_id, row.external_id, row.name, row.preferred, form, filled_at))
    return found


def list_screen_names(
    connection: sa.Connection,
    live_session_id: LiveSessionId,
    draw_id: DrawId,
    of: Whose,
    *,
    after: int | None,
    limit: int,
) -> list[ScreenName]:
    """A page of the names a hall may read: winners once it is drawn, who takes part once entries have ended; before, nobody. Raises
    NoSuchDraw, also for a draft."""
    row = store.load_draw(connection, live_session_id, draw_id)
    if row is None or not is_public(row.state):
        raise NoSuchDraw(field="draw")
    if not may_show_names(row.state, of):
        return []
    key = (live_session_id, draw_id)
    if of == "winners":
        won = winner_store.list_winners(connection, key, after=after, limit=limit)
        return [ScreenName(one.place, one.prize_id, one.name) for one in won]
    people = entrant_store.list_people(connection, key, after=after, limit=limit)
    viewers = audience.viewers_of(connection, row.room_id, [one.viewer_id for one in people if one.viewer_id is not None])
    names = [(one, viewers.get(one.viewer_id) if one.viewer_id is not None else None) for one in people]
    return [ScreenName(one.entrant_id, None, viewer.name if viewer else one.name) for one, viewer in names]


def list_own(connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Iterable[ViewerId]) -> dict[ViewerId, list[OwnDraw]]:
    """What these viewers have entered by themselves and won, of the draws that a snapshot shows, by draw; viewers without any are left
    out. A fixed number of statements, however many viewers."""
    wanted = list(viewer_ids)
    rows = store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_DRAWS, drafts=False) if wanted else []
    if not rows:
        return {}
    draw_ids = [row.id for row in rows]
    entered = set(entrant_store.list_own(connection, live_session_id, draw_ids, wanted))
    shown = {row.id for row in rows if row.state is DrawState.DRAWN}
    won = _own_won(connection, rows[0].room_id, wanted, listed=any(row.who is Who.LIST for row in rows)) if shown else []
    here = [(viewer_id, row) for viewer_id, row in won if row.live_session_id == live_session_id and row.draw_id in shown]
    filled = form_store.load_forms(connection, [row[1:5] for _, row in here])
    people: dict[tuple[DrawId, ViewerId], OwnDraw] = {
        (draw_id, viewer_id): OwnDraw(draw_id, True, [], EntrantId(viewer_id), viewer_id) for draw_id, viewer_id in entered
    }
    for viewer_id, row in here:
        one = people.setdefault((row.draw_id, viewer_id), OwnDraw(row.draw_id, False, [], row.entrant_id, row.viewer_id))
        one.won.append(OwnPrize(row.prize_id, row[1:5] in filled))
    own: dict[ViewerId, list[OwnDraw]] = {}
    for (_, viewer_id), one in sorted(people.items()):
        one.won.sort(key=lambda prize: prize.prize_id)
        own.setdefault(viewer_id, []).append(one)
    return own


def _own_won(connection: sa.Connection, room_id: RoomId, viewer_ids: Sequence[ViewerId], *, listed: bool) -> list[tuple[ViewerId, WonRow]]:
    """What these viewers have won in the room; listed: also under their external ids, before they came."""
    rows = winner_store.find_won(connection, [(room_id, viewer_id) for viewer_id in viewer_ids])
    found = [(row.viewer_id, row) for row in rows if row.viewer_id is not None]
    if listed:
        viewers = audience.viewers_of(connection, room_id, viewer_ids)
        named = {viewer.external_id: viewer_id for viewer_id, viewer in viewers.items() if viewer.external_id is not None}
        by_name = winner_store.find_won_by_external_ids(connection, [(room_id, external_id) for external_id in named])
        found += [(named[row.external_id], row) for row in by_name if row.viewer_id is None and row.external_id is not None]
    return found


def list_under_way(
    connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]
) -> tuple[list[tuple[LiveSessionId, DrawId, str]], dict[LiveSessionId, int]]:
    """Of these live sessions: live session, id and title of what is committed, open, or not decided yet, and how many drafts each has."""
    return store.list_under_way(connection, live_session_ids, (DrawState.COMMITTED, DrawState.OPEN, DrawState.CLOSING, DrawState.CLOSED))


def list_changed(connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]) -> list[tuple[DrawId, int, int]]:
    """(draw, version, entered) of the tallies whose version is not the known one; none of a draft or a cancelled one."""
    return [head for head in tally_store.load_heads(connection, live_session_id) if known.get(head[0]) != head[1]]


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open draw's countdown is over; None when none is running."""
    return store.next_due(connection)


def list_due(connection: sa.Connection, now: Instant) -> list[tuple[LiveSessionId, DrawId]]:
    """Open draws whose countdown is over, longest overdue first."""
    return store.list_due(connection, now, limits.MAX_PAGE_LENGTH)


def list_working(connection: sa.Connection, *, after: tuple[Instant, DrawId] | None = None) -> list[Work]:
    """One page of what the keeper has to do, longest waiting first. after: work_since and draw of the last of the page before."""
    return [
        Work(
            live_session_id=row.live_session_id,
            draw_id=row.id,
            state=row.state,
            entropy=row.entropy,
            with_list=row.with_list,
            commitment=row.commitment,
            root=row.root,
            published_at=row.published_at,
            round=row.round,
            decided_at=row.decided_at,
            seed=row.seed,
            work_since=row.work_since or 0,
        )
        for row in store.list_at_work(connection, after, limits.MAX_PAGE_LENGTH)
    ]


def list_for_closing(
    connection: sa.Connection, ids: IdForms, live_session_id: LiveSessionId, draw_id: DrawId, after: EntrantId | None = None
) -> tuple[list[Entrant], EntrantId | None]:
    """A page of those who take part, as proofs.entrants wants them, and the last one of it: `after` for the page that follows; None on the
    last. For read_long: of a large list, so many that others get their turn in between."""
    rows = entrant_store.list_leaves(connection, (live_session_id, draw_id), after=after, limit=CLOSING_PAGE)
    page = [Entrant(code_of(ids, entrant_id, viewer_id, one_of_many=True), weight, salt) for entrant_id, viewer_id, weight, salt in rows]
    return page, rows[-1][0] if len(rows) == CLOSING_PAGE else None


def complete_winners(
    connection: sa.Connection, ids: IdForms, live_session_id: LiveSessionId, draw_id: DrawId, picked: Sequence[WinnerPaper]
) -> list[Won]:
    """The winners that a proof names, in its order, with who they are and how they came. Large, and it reads User-Agents: for read_long.
    Raises NoSuchDraw."""
    draw = store.load_draw(connection, live_session_id, draw_id)
    if draw is None:
        raise NoSuchDraw
    keys = {(live_session_id, draw_id, entrant_of(ids, one.code)[0]) for one in picked}
    people = entrant_store.load_people(connection, keys)
    viewer_ids = {row.viewer_id for row in people.values() if row.viewer_id is not None}
    came = audience.facts_of(connection, draw.room_id, live_session_id, viewer_ids)
    found: list[Won] = []
    for place, one in enumerate(picked):
        person = people[entrant_of(ids, one.code)[0]]
        viewer = None if person.viewer_id is None else came.get(person.viewer_id)
        found.append(Won(one.prize, _winner(place, one, person, viewer)))
    return found


def _winner(place: int, picked: WinnerPaper, person: EntrantRow, viewer: EntrantFacts | None) -> WinnerFacts:
    listed = WinnerFacts(
        place=place,
        index=picked.index,
        code=picked.code,
        entrant_id=person.entrant_id,
        viewer_id=person.viewer_id,
        external_id=person.external_id,
        name=person.name,
        preferred=picked.preferred,
    )
    if viewer is None:
        return listed
    return msgspec.structs.replace(
        listed,
        external_id=viewer.external_id or None,
        name=viewer.name,
        address=viewer.address,
        terminal=viewer.terminal,
        extra=viewer.extra,
        phone=viewer.phone,
        email=viewer.email,
        group=viewer.group,
    )


def find_public(connection: sa.Connection, draw_id: DrawId) -> tuple[DrawFacts, int | None]:
    """A draw whose commitment is public, whoever asks, and how long its proof file is, once there is one. Raises NoSuchDraw, also for a
    draft and for one cancelled as a draft."""
    row = store.load_by_id(connection, draw_id)
    if row is None or row.committed_at is None:
        raise NoSuchDraw
    facts = load_facts(connection, row.live_session_id, [row])[0]
    return facts, paper_store.paper_bytes(connection, (row.live_session_id, row.id))


def load_paper_part(connection: sa.Connection, live_session_id: LiveSessionId, draw_id: DrawId, part: int) -> bytes:
    """One part of a draw's proof file, from 0. Raises LookupError for one that it has not."""
    return paper_store.load_part(connection, (live_session_id, draw_id), part)
