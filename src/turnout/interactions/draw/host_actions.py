"""What hosts, the clock and the end of a live session do to draws: batches of one, and barriers in their live session.

Locks are taken in one order: event stream, live session, draw, entrants, tally; by id within each (design 3.1).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from turnout.accounts import audit, idempotency
from turnout.accounts.audit_rules import AuditKind, Fact, Thing
from turnout.accounts.caller import Caller
from turnout.audience import queries as audience
from turnout.interactions.draw import entrant_store, prize_store, store, tally_store
from turnout.interactions.draw.commands import (
    AddEntrants,
    CancelDraw,
    ChangeDraw,
    CloseOverdueDraw,
    CreateDraw,
    DrawCreated,
    EditDraw,
    EntrantsAdded,
)
from turnout.interactions.draw.committing import NOBODY_OF_THIS_ID, Terms, committed, known_viewers
from turnout.interactions.draw.draft_checks import check_because, check_draft, check_entrants, require_same
from turnout.interactions.draw.facts import record
from turnout.interactions.draw.gather import check_source, gather
from turnout.interactions.draw.moves import (
    LIVE_SESSION_ENDED,
    UNDER_WAY,
    decide_add,
    decide_cancel,
    decide_closed_at,
    decide_closes_at,
    decide_edit,
    decide_open,
    require_entropy,
)
from turnout.interactions.draw.rules import AnotherDrawOpen, DrawDraft, DrawState, ListedEntrant, NoSuchDraw, Who
from turnout.interactions.draw.store import DrawRow
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import DrawId, EntrantId, Kind, LiveSessionId, PrizeId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession
from turnout.storage.transaction import Tx


def create_draw(terms: Terms, tx: Tx, commands: Sequence[CreateDraw]) -> Sequence[DrawCreated | TurnoutError]:
    """A draw, a draft unless it is to open at once; refused with InvalidInput naming the field, NoSuchLiveSession, LiveSessionOver,
    AnotherDrawOpen."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, DrawCreated, partial(_create_draw, terms, tx, command))
        for command in commands
    ]


def _create_draw(terms: Terms, tx: Tx, command: CreateDraw) -> DrawCreated:
    caller = command.caller
    rooms.access_live_session(tx.connection, caller.account_id, command.live_session_id)
    tx.lock_streams([command.live_session_id])
    live_session = rooms.access_running(tx.connection, caller.account_id, command.live_session_id)
    draft = check_draft(command.draft)
    draw = DrawRow(
        id=DrawId(tx.new_id()),
        live_session_id=live_session.id,
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        state=DrawState.DRAFT,
        host_id=caller.host_id or live_session.host_id,
        host_name=caller.host_name or live_session.host_name,
        created_at=tx.now,
        **_settings(draft),
    )
    check_source(tx.connection, caller.account_id, live_session.id, draw)
    _require_known(tx, draw, draft)
    store.insert_draw(tx, draw)
    _insert_prizes(tx, draw, draft)
    _add(tx, draw, draft.entrants)
    if command.opens:
        _open(tx, draw, terms, command)
    else:
        record(tx, "draw.drafted", draw, tx.now)
    return DrawCreated(draw.id)


def _settings(draft: DrawDraft) -> dict[str, Any]:
    """What a draw's row has from its draft."""
    return {name: getattr(draft, name) for name in DrawDraft.__struct_fields__ if name not in ("prizes", "entrants")}


def _insert_prizes(tx: Tx, draw: DrawRow, draft: DrawDraft) -> None:
    prizes = [msgspec.structs.replace(prize, id=PrizeId(tx.new_id())) for prize in draft.prizes]
    prize_store.insert_prizes(tx, draw.live_session_id, draw.id, prizes)


def edit_draw(tx: Tx, commands: Sequence[EditDraw]) -> Sequence[None]:
    """Writes a draft anew; refused with InvalidInput naming the field, NoSuchDraw, NotADraft, LiveSessionOver."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        decide_edit(draw.state)
        draft = check_draft(command.draft)
        draw = msgspec.structs.replace(draw, **_settings(draft))
        check_source(tx.connection, draw.account_id, draw.live_session_id, draw)
        _require_known(tx, draw, draft)
        store.save_draw(tx, draw)
        prize_store.delete_prizes(tx, draw.live_session_id, draw.id)
        _insert_prizes(tx, draw, draft)
        key = (draw.live_session_id, draw.id)
        if not command.keeps_list or draw.who is not Who.LIST:
            entered = tally_store.load_tallies(tx.connection, draw.live_session_id, [draw.id])[draw.id].entered
            entrant_store.delete_list(tx, key)
            tally_store.add_to_tallies(tx, {key: -entered})
            _add(tx, draw, draft.entrants)
        elif not draw.weighted and entrant_store.has_weights(tx.connection, key):
            raise InvalidInput("people on its list have weights; give the list anew", field="weighted")
        _require_room_on_list(tx, draw)
        record(tx, "draw.drafted", draw, tx.now)
    return [None] * len(commands)


def _require_known(tx: Tx, draw: DrawRow, draft: DrawDraft) -> None:
    """Raises InvalidInput for preferred winners who can take no part in it, as far as that is known before the list is whole: what comes
    with a draft is the whole list, unless it is as much as may come at once."""
    preferred = draft.preferred
    listed = {one.external_id for one in draft.entrants}
    list_to_come = draw.who is Who.LIST and not 0 < len(draft.entrants) < limits.MAX_ENTRANTS_AT_ONCE
    viewers = audience.viewers_of(tx.connection, draw.room_id, [one.viewer_id for one in preferred if one.viewer_id is not None])
    known = known_viewers(tx, draw, preferred)
    for place, one in enumerate(preferred):
        if one.viewer_id is not None and one.viewer_id not in viewers:
            raise InvalidInput("there is no such viewer in this room", field=f"preferred[{place}].viewer")
        if one.external_id is None or one.external_id in known or one.external_id in listed or list_to_come:
            continue
        missing = "nobody has come to this room under this id" if draw.who is not Who.LIST else NOBODY_OF_THIS_ID
        raise InvalidInput(missing, field=f"preferred[{place}].external_id")


def add_entrants(tx: Tx, commands: Sequence[AddEntrants]) -> Sequence[EntrantsAdded | TurnoutError]:
    """More people for the list of a draft; refused with WrongState, LiveSessionOver, and InvalidInput naming the field."""
    added: list[EntrantsAdded | TurnoutError] = []
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        decide_add(draw.state, draw.who)
        number = _add(tx, draw, check_entrants(command.entrants, weighted=draw.weighted))
        added.append(EntrantsAdded(number, _require_room_on_list(tx, draw)))
        if number:
            record(tx, "draw.drafted", draw, tx.now)
    return added


def _require_room_on_list(tx: Tx, draw: DrawRow) -> int:
    """How many are on the list; raises InvalidInput for too many."""
    entered = tally_store.load_tallies(tx.connection, draw.live_session_id, [draw.id])[draw.id].entered
    most = limits.MAX_WEIGHTED_ENTRANTS if draw.weighted else limits.MAX_ENTRANTS
    if entered > most:
        raise InvalidInput(f"at most {most} people", field="entrants")
    return entered


def _add(tx: Tx, draw: DrawRow, entrants: Sequence[ListedEntrant]) -> int:
    """How many of them were not on the list yet; raises InvalidInput for a viewer that the room does not have, and for who stands there in
    another way."""
    key = (draw.live_session_id, draw.id)
    known = audience.viewers_of(tx.connection, draw.room_id, [one.viewer_id for one in entrants if one.viewer_id is not None])
    new_ids = iter(tx.new_ids(sum(one.viewer_id is None for one in entrants)) if entrants else ())
    rows: dict[tuple[ViewerId | None, str | None], entrant_store.NewEntrant] = {}
    for place, one in enumerate(entrants):
        if one.viewer_id is not None and one.viewer_id not in known:
            raise InvalidInput("there is no such viewer in this room", field=f"entrants[{place}].viewer")
        if (one.viewer_id, one.external_id) not in rows:
            entrant_id = EntrantId(next(new_ids) if one.viewer_id is None else one.viewer_id)
            rows[one.viewer_id, one.external_id] = (
                *key,
                entrant_id,
                one.viewer_id,
                one.external_id,
                one.name,
                one.weight,
                "",
                "",
                tx.now,
            )
    new = {entrant_id for _, _, entrant_id in entrant_store.insert_people(tx, list(rows.values()))}
    if len(new) < len(rows):
        _require_unchanged(tx, draw, entrants, [row for row in rows.values() if row[2] not in new])
    tally_store.add_to_tallies(tx, {key: len(new)})
    return len(new)


def _require_unchanged(tx: Tx, draw: DrawRow, entrants: Sequence[ListedEntrant], again: Sequence[entrant_store.NewEntrant]) -> None:
    """Raises InvalidInput for who stood on the list before with another name or weight."""
    viewers = entrant_store.load_people(tx.connection, [row[:3] for row in again if row[3] is not None])
    others = entrant_store.load_by_external_ids(tx.connection, [(*row[:2], row[4]) for row in again if row[4] is not None])
    stood = {(row.viewer_id, row.external_id): ListedEntrant(*row[1:]) for row in (*viewers.values(), *others.values())}
    for place, one in enumerate(entrants):
        if (one.viewer_id, one.external_id) in stood:
            require_same(stood[one.viewer_id, one.external_id], one, f"entrants[{place}]")


def commit_draw(terms: Terms, tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Makes its rules public, for ever; nobody can enter yet. Refused with WrongState, LiveSessionOver, AnotherDrawOpen, DrandUnreachable,
    InvalidInput."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        _commit(tx, draw, terms, command)
    return [None] * len(commands)


def _commit(tx: Tx, draw: DrawRow, terms: Terms, command: ChangeDraw | CreateDraw) -> DrawRow:
    require_entropy(draw.entropy, command.drand_problem)
    draw = committed(tx, draw, terms)
    if store.find_under_way(tx.connection, draw.live_session_id) is not None:
        raise AnotherDrawOpen
    if not draw.earlier_winners and store.has_closed(tx.connection, draw.live_session_id):
        raise AnotherDrawOpen("another draw waits for what decides it: who wins it is out of this one, and is not known yet")
    check_source(tx.connection, draw.account_id, draw.live_session_id, draw)
    store.save_draw(tx, draw)
    record(tx, "draw.committed", draw, tx.now)
    _note(tx, command.caller, "draw.committed", draw)
    return draw


def open_draw(terms: Terms, tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Takes entries from now on; a draft is committed first, so that its rules are public before anybody enters. Refused as commit_draw."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        _open(tx, draw, terms, command)
    return [None] * len(commands)


def _open(tx: Tx, draw: DrawRow, terms: Terms, command: ChangeDraw | CreateDraw) -> None:
    closes_at = decide_open(draw.state, tx.now, draw.countdown_s)
    if draw.state is DrawState.DRAFT:
        draw = _commit(tx, draw, terms, command)
    draw = msgspec.structs.replace(draw, state=DrawState.OPEN, opened_at=tx.now, closes_at=closes_at)
    store.save_draw(tx, draw)
    record(tx, "draw.opened", draw, tx.now)
    _note(tx, command.caller, "draw.opened", draw)
    if closes_at is not None:
        tx.nudge("due", 0)


def close_draw(tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Ends entries, now or after a countdown that may replace one that is running. Refused with WrongState, InvalidInput."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        closes_at = decide_closes_at(draw.state, tx.now, draw.closes_at, command.countdown_s)
        _note(tx, command.caller, "draw.closed", draw, countdown_s=command.countdown_s)
        if closes_at is None:
            _close(tx, draw)
            continue
        draw = msgspec.structs.replace(draw, closes_at=closes_at)
        store.save_draw(tx, draw)
        record(tx, "draw.counting", draw, tx.now)
        tx.nudge("due", 0)
    return [None] * len(commands)


def close_overdue_draw(tx: Tx, commands: Sequence[CloseOverdueDraw]) -> Sequence[None]:
    """Ends the entries of those of these that still take some."""
    for live_session_id, draw_id in sorted((command.live_session_id, command.draw_id) for command in commands):
        tx.lock_streams([live_session_id])
        draw = store.load_draw(tx.connection, live_session_id, draw_id, lock=True)
        if draw is not None and draw.state is DrawState.OPEN and draw.closes_at is not None and draw.closes_at <= tx.now:
            _close(tx, draw)
    return [None] * len(commands)


def _close(tx: Tx, draw: DrawRow) -> None:
    closed_at = decide_closed_at(tx.now, draw.closes_at)
    draw = msgspec.structs.replace(draw, state=DrawState.CLOSING, closed_at=closed_at, work_since=tx.now)
    gather(tx, draw)
    store.save_draw(tx, draw)
    record(tx, "draw.closing", draw, closed_at)
    tx.nudge("draws", draw.live_session_id)


def cancel_draw(tx: Tx, commands: Sequence[CancelDraw]) -> Sequence[None]:
    """Ends a draw that has no winners yet, for ever; one whose root is public stays public. Refused with WrongState, InvalidInput."""
    for command in commands:
        because = check_because(command.because)
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        decide_cancel(draw.state, draw.decided_at, tx.now)
        # of what is public the paper is still to be made
        work_since = tx.now if draw.state is DrawState.CLOSED else None
        draw = msgspec.structs.replace(draw, state=DrawState.CANCELLED, because=because, finished_at=tx.now, work_since=work_since)
        store.save_draw(tx, draw)
        record(tx, "draw.cancelled", draw, tx.now)
        _note(tx, command.caller, "draw.cancelled", draw, because=because)
        tx.nudge("draws", draw.live_session_id)
    return [None] * len(commands)


@closes_with_live_session
def time_out_draw_of(tx: Tx, live_session: LiveSession) -> None:
    """No draw takes entries in a live session that has ended. What everybody can count on already, since its root is public, is decided."""
    draw_id = store.find_under_way(tx.connection, live_session.id)
    draw = None if draw_id is None else store.load_draw(tx.connection, live_session.id, draw_id, lock=True)
    if draw is not None and draw.state in UNDER_WAY:
        ended = msgspec.structs.replace(draw, state=DrawState.TIMED_OUT, because=LIVE_SESSION_ENDED, finished_at=tx.now, work_since=None)
        store.save_draw(tx, ended)
        record(tx, "draw.timed_out", ended, tx.now)


def _note(tx: Tx, caller: Caller, kind: AuditKind, draw: DrawRow, **facts: Fact) -> None:
    audit.note(tx, caller, kind, Thing(Kind.DRAW, draw.id, draw.title), **facts)


def _lock(tx: Tx, caller: Caller, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawRow:
    """The account's draw, its event stream and itself locked; raises NoSuchLiveSession, NoSuchDraw."""
    live_session = rooms.access_live_session(tx.connection, caller.account_id, live_session_id)
    tx.lock_streams([live_session.id])
    draw = store.load_draw(tx.connection, live_session.id, draw_id, lock=True)
    if draw is None:
        raise NoSuchDraw
    return draw
