"""What hosts, the clock and the end of a live session do to check-ins: batches of one, and barriers in their live session.

Locks are taken in one order: event stream, live session, check-in, people, tally; by id within each (design 3.1).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from turnout.accounts import audit, idempotency
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.audience import queries as audience
from turnout.interactions.checkin import people_store, store, tally_store
from turnout.interactions.checkin.commands import ChangeCheckIn, CheckInCreated, CloseOverdueCheckIn, CreateCheckIn, EditCheckIn
from turnout.interactions.checkin.entrants import recognise
from turnout.interactions.checkin.facts import load_facts
from turnout.interactions.checkin.people_store import NewPerson
from turnout.interactions.checkin.rules import (
    AnotherCheckInOpen,
    CheckInClosedBy,
    CheckInDraft,
    Expects,
    LiveSessionOver,
    NoSuchCheckIn,
    check_draft,
    decide_closed_at,
    decide_edit,
    decide_open,
    decide_withdraw,
)
from turnout.interactions.checkin.store import CheckInRow
from turnout.interactions.checkin.tally_store import Added
from turnout.interactions.lifecycle import Move, State, decide_state
from turnout.kernel.clock import Instant
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import CheckInId, Kind, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession
from turnout.storage.transaction import Tx


def create_checkin(tx: Tx, commands: Sequence[CreateCheckIn]) -> Sequence[CheckInCreated | TurnoutError]:
    """A check-in, open at once unless it is to be a draft; refused with InvalidInput naming the field, NoSuchLiveSession, LiveSessionOver,
    AnotherCheckInOpen."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, CheckInCreated, partial(_create_checkin, tx, command))
        for command in commands
    ]


def _create_checkin(tx: Tx, command: CreateCheckIn) -> CheckInCreated:
    caller = command.caller
    rooms.access_live_session(tx.connection, caller.account_id, command.live_session_id)
    tx.lock_streams([command.live_session_id])
    live_session = rooms.access_running(tx.connection, caller.account_id, command.live_session_id)
    draft = check_draft(command.draft)
    checkin = CheckInRow(
        id=CheckInId(tx.new_id()),
        live_session_id=live_session.id,
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        state=State.DRAFT,
        host_id=caller.host_id or live_session.host_id,
        host_name=caller.host_name or live_session.host_name,
        created_at=tx.now,
        **_settings(draft),
    )
    store.insert_checkin(tx, checkin)
    _insert_list(tx, checkin, draft)
    if command.opens:
        _open(tx, checkin, caller)
    else:
        _record(tx, "checkin.drafted", checkin, tx.now)
    return CheckInCreated(checkin.id)


def _settings(draft: CheckInDraft) -> dict[str, Any]:
    """What a check-in's row has from its draft."""
    return {name: getattr(draft, name) for name in CheckInDraft.__struct_fields__ if name != "people"}


def _insert_list(tx: Tx, checkin: CheckInRow, draft: CheckInDraft) -> None:
    people = _list_rows(tx, checkin, draft)
    people_store.insert_list(tx, people)
    tally_store.add_to_tallies(tx, {(checkin.live_session_id, checkin.id): Added(expected=len(people))})


def edit_checkin(tx: Tx, commands: Sequence[EditCheckIn]) -> Sequence[None]:
    """Writes a draft anew; refused with InvalidInput naming the field, NoSuchCheckIn, NotADraft, LiveSessionOver."""
    for command in commands:
        checkin = _lock(tx, command)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        decide_edit(checkin.state)
        keeps_list = command.keeps_list and checkin.expects is Expects.LIST and command.draft.expects is Expects.LIST
        draft = check_draft(command.draft, keeps_list=keeps_list)
        checkin = msgspec.structs.replace(checkin, **_settings(draft))
        store.save_checkin(tx, checkin)
        if not keeps_list:
            key = (checkin.live_session_id, checkin.id)
            tally_store.add_to_tallies(tx, {key: Added(expected=-people_store.delete_list(tx, key))})
            _insert_list(tx, checkin, draft)
        _record(tx, "checkin.drafted", checkin, tx.now)
    return [None] * len(commands)


def _list_rows(tx: Tx, checkin: CheckInRow, draft: CheckInDraft) -> list[NewPerson]:
    """The list's rows; raises InvalidInput for a viewer that the room does not have."""
    named = [person.viewer_id for person in draft.people if person.viewer_id is not None]
    known = audience.names_of(tx.connection, checkin.room_id, named)
    rows: dict[tuple[ViewerId | None, str | None], NewPerson] = {}
    for place, person in enumerate(draft.people):
        if person.viewer_id is not None and person.viewer_id not in known:
            raise InvalidInput("there is no such viewer in this room", field=f"people[{place}].viewer")
        if (person.viewer_id, person.external_id) in rows:
            continue
        person_id = tx.new_id() if person.viewer_id is None else person.viewer_id
        row = (checkin.live_session_id, checkin.id, person_id, person.external_id, person.name, True)
        rows[person.viewer_id, person.external_id] = row
    return list(rows.values())


def open_checkin(tx: Tx, commands: Sequence[ChangeCheckIn]) -> Sequence[CheckInRow | TurnoutError]:
    """Takes confirmations from now on, until the time limit where there is one. Refused with WrongState, LiveSessionOver,
    AnotherCheckInOpen."""
    opened: list[CheckInRow | TurnoutError] = []
    for command in commands:
        checkin = _lock(tx, command)
        rooms.access_running(tx.connection, command.caller.account_id, command.live_session_id)
        opened.append(_open(tx, checkin, command.caller))
    return opened


def _open(tx: Tx, checkin: CheckInRow, caller: Caller) -> CheckInRow:
    closes_at = decide_open(checkin.state, tx.now, checkin.time_limit_s)
    if store.find_open(tx.connection, checkin.live_session_id) is not None:
        raise AnotherCheckInOpen
    # waits for the entries under way: each is present now, or finds the check-in open
    if rooms.hold_running(tx.connection, checkin.room_id) is None:
        raise LiveSessionOver
    checkin = msgspec.structs.replace(checkin, state=State.OPEN, opened_at=tx.now, closes_at=closes_at)
    store.save_checkin(tx, checkin)
    if checkin.expects is Expects.PRESENT:
        _expect_present(tx, checkin)
    else:
        _expect_list(tx, checkin)
    _record(tx, "checkin.opened", checkin, tx.now)
    audit.note(tx, caller, "checkin.opened", _thing(checkin))
    tx.nudge("due", 0)
    return checkin


def _expect_present(tx: Tx, checkin: CheckInRow) -> None:
    key = (checkin.live_session_id, checkin.id)
    present = audience.list_online_ids(tx.connection, checkin.live_session_id)
    people_store.insert_list(tx, [(*key, viewer_id, None, "", True) for viewer_id in present])
    tally_store.add_to_tallies(tx, {key: Added(expected=len(present))})


def _expect_list(tx: Tx, checkin: CheckInRow) -> None:
    """Finds those on the list who have been in the room before; who enters later is found then (entrants.py)."""
    awaited = people_store.list_awaited(tx.connection, (checkin.live_session_id, checkin.id))
    known = audience.find_by_external_ids(tx.connection, checkin.room_id, [person.external_id for person in awaited])
    added = recognise(tx, [(person, known[person.external_id]) for person in awaited if person.external_id in known])
    tally_store.add_to_tallies(tx, added)


def close_checkin(tx: Tx, commands: Sequence[ChangeCheckIn]) -> Sequence[CheckInRow | TurnoutError]:
    """Takes no more confirmations; the counts are frozen with the event. Refused with WrongState."""
    closed: list[CheckInRow | TurnoutError] = []
    for command in commands:
        closed.append(_close(tx, checkin := _lock(tx, command), CheckInClosedBy.HOST))
        audit.note(tx, command.caller, "checkin.closed", _thing(checkin))
    return closed


def close_overdue_checkin(tx: Tx, commands: Sequence[CloseOverdueCheckIn]) -> Sequence[None]:
    """Closes what is still open of these."""
    for live_session_id, checkin_id in sorted((command.live_session_id, command.checkin_id) for command in commands):
        tx.lock_streams([live_session_id])
        checkin = store.load_checkin(tx.connection, live_session_id, checkin_id, lock=True)
        if checkin is not None and checkin.state is State.OPEN and checkin.closes_at is not None and checkin.closes_at <= tx.now:
            _close(tx, checkin, CheckInClosedBy.TIME_LIMIT)
    return [None] * len(commands)


@closes_with_live_session
def close_checkin_of(tx: Tx, live_session: LiveSession) -> None:
    """No check-in stays open in a live session that has ended."""
    checkin_id = store.find_open(tx.connection, live_session.id)
    checkin = None if checkin_id is None else store.load_checkin(tx.connection, live_session.id, checkin_id, lock=True)
    if checkin is not None and checkin.state is State.OPEN:
        _close(tx, checkin, CheckInClosedBy.LIVE_SESSION_END)


def _close(tx: Tx, checkin: CheckInRow, closed_by: CheckInClosedBy) -> CheckInRow:
    closed_at = decide_closed_at(checkin.state, tx.now, checkin.closes_at)
    if checkin.closes_at is not None and closed_at >= checkin.closes_at:
        closed_by = CheckInClosedBy.TIME_LIMIT
    state = decide_state(checkin.state, Move.CLOSE)
    checkin = msgspec.structs.replace(checkin, state=state, closed_at=closed_at, closed_by=closed_by)
    store.save_checkin(tx, checkin)
    _record(tx, "checkin.closed", checkin, closed_at)
    return checkin


def withdraw_checkin(tx: Tx, commands: Sequence[ChangeCheckIn]) -> Sequence[CheckInRow | TurnoutError]:
    """Takes a draft or an open check-in back for ever; its confirmations are shown to nobody. Refused with WrongState once closed."""
    withdrawn: list[CheckInRow | TurnoutError] = []
    for command in commands:
        checkin = _lock(tx, command)
        checkin = msgspec.structs.replace(checkin, state=decide_withdraw(checkin.state), withdrawn_at=tx.now)
        store.save_checkin(tx, checkin)
        _record(tx, "checkin.withdrawn", checkin, tx.now)
        audit.note(tx, command.caller, "checkin.withdrawn", _thing(checkin))
        withdrawn.append(checkin)
    return withdrawn


def _lock(tx: Tx, command: ChangeCheckIn | EditCheckIn) -> CheckInRow:
    """The account's check-in, its event stream and itself locked; raises NoSuchLiveSession, NoSuchCheckIn."""
    live_session = rooms.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)
    tx.lock_streams([live_session.id])
    # an opening takes the live session before the check-in, as entries do
    rooms.hold_running(tx.connection, live_session.room_id)
    checkin = store.load_checkin(tx.connection, live_session.id, command.checkin_id, lock=True)
    if checkin is None:
        raise NoSuchCheckIn
    return checkin


def _thing(checkin: CheckInRow) -> Thing:
    return Thing(Kind.CHECKIN, checkin.id, checkin.title)


def _record(tx: Tx, kind: str, checkin: CheckInRow, at: Instant) -> None:
    facts = load_facts(tx.connection, checkin.live_session_id, [checkin])[0]
    tx.record(stream_id=checkin.live_session_id, account_id=checkin.account_id, kind=kind, facts=facts, at=at)
