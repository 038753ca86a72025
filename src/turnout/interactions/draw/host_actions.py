"""What hosts, the clock and the end of a live session do to draws: batches of one, and barriers in their live session.

Locks are taken in one order: event stream, live session, draw, entrants, tally; by id within each (design 3.1).
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from turnout.accounts import idempotency
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
    EntrantsAdded,
)
from turnout.interactions.draw.committing import Terms, committed, known_viewers
from turnout.interactions.draw.draft_checks import check_because, check_draft, check_entrants
from turnout.interactions.draw.facts import record
from turnout.interactions.draw.gather import check_source, gather
from turnout.interactions.draw.moves import (
    ENDS_WITH_LIVE_SESSION,
    LIVE_SESSION_ENDED,
    decide_add,
    decide_cancel,
    decide_closed_at,
    decide_closes_at,
    decide_open,
)
from turnout.interactions.draw.rules import AnotherDrawOpen, DrawState, ListedEntrant, NoSuchDraw, PreferredWinner, Who
from turnout.interactions.draw.store import DrawRow
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId, PrizeId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession, LiveSessionOver, LiveSessionState
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
    live_session = _running(tx, caller, command.live_session_id)
    draft = check_draft(command.draft)
    draw = DrawRow(
        id=DrawId(tx.new_id()),
        live_session_id=live_session.id,
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        title=draft.title,
        state=DrawState.DRAFT,
        host_id=caller.host_id or live_session.host_id,
        host_name=caller.host_name or live_session.host_name,
        who=draft.who,
        word=draft.word,
        survey_id=draft.survey_id,
        checkin_id=draft.checkin_id,
        weighted=draft.weighted,
        preferred=draft.preferred,
        repeat_winners=draft.repeat_winners,
        earlier_winners=draft.earlier_winners,
        entropy=draft.entropy,
        countdown_s=draft.countdown_s,
        with_list=draft.with_list,
        created_at=tx.now,
    )
    check_source(tx.connection, caller.account_id, live_session.id, draw)
    _require_known(tx, draw, draft.preferred)
    store.insert_draw(tx, draw)
    prizes = [msgspec.structs.replace(prize, id=PrizeId(tx.new_id())) for prize in draft.prizes]
    prize_store.insert_prizes(tx, draw.live_session_id, draw.id, prizes)
    _add(tx, draw, draft.entrants)
    if command.opens:
        _open(tx, draw, terms)
    return DrawCreated(draw.id)


def _running(tx: Tx, caller: Caller, live_session_id: LiveSessionId) -> LiveSession:
    live_session = rooms.access_live_session(tx.connection, caller.account_id, live_session_id)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    return live_session


def _require_known(tx: Tx, draw: DrawRow, preferred: Sequence[PreferredWinner]) -> None:
    """Raises InvalidInput for who can take no part in it, as far as that is known before the list is whole."""
    viewers = audience.viewers_of(tx.connection, draw.room_id, [one.viewer_id for one in preferred if one.viewer_id is not None])
    known = known_viewers(tx, draw, preferred)
    for place, one in enumerate(preferred):
        if one.viewer_id is not None and one.viewer_id not in viewers:
            raise InvalidInput("there is no such viewer in this room", field=f"preferred[{place}].viewer")
        if one.external_id is not None and one.external_id not in known and draw.who is not Who.LIST:
            raise InvalidInput("nobody has come to this room under this id", field=f"preferred[{place}].external_id")


def add_entrants(tx: Tx, commands: Sequence[AddEntrants]) -> Sequence[EntrantsAdded | TurnoutError]:
    """More people for the list of a draft; refused with WrongState, and InvalidInput naming the field."""
    added: list[EntrantsAdded | TurnoutError] = []
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        decide_add(draw.state, draw.who)
        number = _add(tx, draw, check_entrants(command.entrants, weighted=draw.weighted))
        tally = tally_store.load_tallies(tx.connection, draw.live_session_id, [draw.id])[draw.id]
        most = limits.MAX_WEIGHTED_ENTRANTS if draw.weighted else limits.MAX_ENTRANTS
        if tally.entered > most:
            raise InvalidInput(f"at most {most} people", field="entrants")
        added.append(EntrantsAdded(number, tally.entered))
    return added


def _add(tx: Tx, draw: DrawRow, entrants: Sequence[ListedEntrant]) -> int:
    """How many of them were not on the list yet; raises InvalidInput for a viewer that the room does not have."""
    key = (draw.live_session_id, draw.id)
    known = audience.viewers_of(tx.connection, draw.room_id, [one.viewer_id for one in entrants if one.viewer_id is not None])
    new_ids = iter(tx.new_ids(sum(one.viewer_id is None for one in entrants)) if entrants else ())
    rows: list[entrant_store.NewEntrant] = []
    for place, one in enumerate(entrants):
        if one.viewer_id is not None and one.viewer_id not in known:
            raise InvalidInput("there is no such viewer in this room", field=f"entrants[{place}].viewer")
        entrant_id = EntrantId(next(new_ids) if one.viewer_id is None else one.viewer_id)
        rows.append((*key, entrant_id, one.viewer_id, one.external_id, one.name, one.weight, "", "", tx.now))
    number = len(entrant_store.insert_people(tx, rows))
    tally_store.add_to_tallies(tx, {key: number})
    return number


def commit_draw(terms: Terms, tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Makes its rules public, for ever; nobody can enter yet. Refused with WrongState, LiveSessionOver, AnotherDrawOpen, InvalidInput."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        _running(tx, command.caller, command.live_session_id)
        _commit(tx, draw, terms)
    return [None] * len(commands)


def _commit(tx: Tx, draw: DrawRow, terms: Terms) -> DrawRow:
    draw = committed(tx, draw, terms)
    if store.find_under_way(tx.connection, draw.live_session_id) is not None:
        raise AnotherDrawOpen
    check_source(tx.connection, draw.account_id, draw.live_session_id, draw)
    store.save_draw(tx, draw)
    record(tx, "draw.committed", draw, tx.now)
    return draw


def open_draw(terms: Terms, tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Takes entries from now on; a draft is committed first, so that its rules are public before anybody enters. Refused as commit_draw."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        _running(tx, command.caller, command.live_session_id)
        _open(tx, draw, terms)
    return [None] * len(commands)


def _open(tx: Tx, draw: DrawRow, terms: Terms) -> None:
    closes_at = decide_open(draw.state, tx.now, draw.countdown_s)
    if draw.state is DrawState.DRAFT:
        draw = _commit(tx, draw, terms)
    draw = msgspec.structs.replace(draw, state=DrawState.OPEN, opened_at=tx.now, closes_at=closes_at)
    store.save_draw(tx, draw)
    record(tx, "draw.opened", draw, tx.now)
    if closes_at is not None:
        tx.nudge("due", 0)


def close_draw(tx: Tx, commands: Sequence[ChangeDraw]) -> Sequence[None]:
    """Ends entries, now or after a countdown that may replace one that is running. Refused with WrongState, InvalidInput."""
    for command in commands:
        draw = _lock(tx, command.caller, command.live_session_id, command.draw_id)
        closes_at = decide_closes_at(draw.state, tx.now, draw.closes_at, command.countdown_s)
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
        tx.nudge("draws", draw.live_session_id)
    return [None] * len(commands)


@closes_with_live_session
def time_out_draw_of(tx: Tx, live_session: LiveSession) -> None:
    """No draw takes entries in a live session that has ended. What everybody can count on already, since its root is public, is decided."""
    draw_id = store.find_under_way(tx.connection, live_session.id)
    draw = None if draw_id is None else store.load_draw(tx.connection, live_session.id, draw_id, lock=True)
    if draw is not None and draw.state in ENDS_WITH_LIVE_SESSION:
        ended = msgspec.structs.replace(draw, state=DrawState.TIMED_OUT, because=LIVE_SESSION_ENDED, finished_at=tx.now, work_since=None)
        store.save_draw(tx, ended)
        record(tx, "draw.timed_out", ended, tx.now)


def _lock(tx: Tx, caller: Caller, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawRow:
    """The account's draw, its event stream and itself locked; raises NoSuchLiveSession, NoSuchDraw."""
    live_session = rooms.access_live_session(tx.connection, caller.account_id, live_session_id)
    tx.lock_streams([live_session.id])
    draw = store.load_draw(tx.connection, live_session.id, draw_id, lock=True)
    if draw is None:
        raise NoSuchDraw
    return draw
