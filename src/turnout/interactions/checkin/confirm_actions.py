"""Confirming: hot, by set. A batch costs a fixed number of statements, however many commands it holds.

Locks are taken in one order: check-ins (FOR SHARE), confirmations, people, tallies; by id within each (design 3.1).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from turnout.interactions.checkin import people_store, store, tally_store
from turnout.interactions.checkin.commands import CONFIRMED, Confirm, Confirmed
from turnout.interactions.checkin.people_store import ConfirmationKey, NewConfirmation
from turnout.interactions.checkin.rules import AlreadyCheckedIn, NoSuchCheckIn, decide_open_for_confirming, expects_entrant
from turnout.interactions.checkin.store import Standing
from turnout.interactions.checkin.tally_store import Added, CheckInKey
from turnout.interactions.lifecycle import State
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.storage.transaction import Tx

_FOR_EVER: Instant = 2**63


class _Doubt(NamedTuple):
    """A command that may be a repeat. refusal: what becomes of it when it is none."""

    place: int
    key: ConfirmationKey
    refusal: TurnoutError


def confirm(tx: Tx, commands: Sequence[Confirm]) -> Sequence[Confirmed | TurnoutError]:
    """One confirmation per viewer and check-in.

    Confirmed: it stands and is durable with this commit; also when the same command is repeated. Refused: NoSuchCheckIn, CheckInNotOpen,
    TooLate, and AlreadyCheckedIn for a second one under another command id.
    """
    asked_of = {(command.live_session_id, command.checkin_id) for command in commands}
    standings = {standing[:2]: standing for standing in store.lock_standings(tx, asked_of)}
    takes_until = {key: _takes_until(standing) for key, standing in standings.items()}
    outcomes: list[Confirmed | TurnoutError] = [CONFIRMED] * len(commands)
    rows: dict[ConfirmationKey, NewConfirmation] = {}
    places: list[int] = []  # of each row
    doubts: list[_Doubt] = []
    for place, command in enumerate(commands):
        live_session_id = command.live_session_id
        checkin_id = command.checkin_id
        viewer_id = command.viewer_id
        received_at = command.received_at
        until = takes_until.get((live_session_id, checkin_id))
        if until is None:
            outcomes[place] = NoSuchCheckIn(field="checkin")
            continue
        key = (live_session_id, checkin_id, viewer_id)
        if received_at >= until:
            doubts.append(_Doubt(place, key, _refusal(standings[live_session_id, checkin_id], received_at)))
        elif key in rows:
            doubts.append(_Doubt(place, key, AlreadyCheckedIn()))
        else:
            rows[key] = (live_session_id, checkin_id, viewer_id, command.command_id, received_at)
            places.append(place)
    if rows:
        fresh = people_store.insert_confirmations(tx, sorted(rows.values()))
        if len(fresh) < len(rows):
            known = set(fresh)
            doubts += [_Doubt(place, key, AlreadyCheckedIn()) for place, key in zip(places, rows, strict=True) if key not in known]
        _count(tx, fresh, standings)
        tx.nudge_each("own", [key[2] for key in fresh])
    if doubts:
        given = people_store.load_commands(tx, {doubt.key for doubt in doubts})
        for doubt in doubts:
            if given.get(doubt.key) != commands[doubt.place].command_id:
                outcomes[doubt.place] = doubt.refusal
    return outcomes


def _takes_until(standing: Standing) -> Instant:
    if standing.state is not State.OPEN:
        return 0
    return _FOR_EVER if standing.closes_at is None else standing.closes_at


def _refusal(standing: Standing, received_at: Instant) -> TurnoutError:
    try:
        decide_open_for_confirming(standing.state, standing.closes_at, received_at)
    except TurnoutError as refusal:
        return refusal
    raise AssertionError("what is open takes confirmations")


def _count(tx: Tx, fresh: Sequence[ConfirmationKey], standings: dict[CheckInKey, Standing]) -> None:
    """Counts new confirmations, each as that of somebody expected or not."""
    expected = people_store.load_expected(tx, fresh)
    sums: dict[CheckInKey, list[int]] = {}
    strangers: list[ConfirmationKey] = []
    for key in fresh:
        if key in expected:
            _add(sums, key[:2], confirmed=expected[key])
        else:
            strangers.append(key)
    if strangers:
        _count_strangers(tx, strangers, standings, sums)
    tally_store.add_to_tallies(tx, {key: Added(*counts) for key, counts in sums.items()})


def _count_strangers(
    tx: Tx, strangers: Iterable[ConfirmationKey], standings: dict[CheckInKey, Standing], sums: dict[CheckInKey, list[int]]
) -> None:
    """Those who were in no count until now: their visit had ended by mistake, they are on no list, or they came late and are not
    expected."""
    counted = {key: _is_expected(standings[key[:2]]) for key in sorted(strangers)}
    inserted = set(people_store.insert_people(tx, [(*key, None, "", is_expected) for key, is_expected in counted.items()]))
    missed = counted.keys() - inserted
    # another writer has counted their entry in between
    counted |= people_store.load_expected(tx, missed) if missed else {}
    for key, is_expected in counted.items():
        _add(sums, key[:2], confirmed=is_expected, expected=is_expected and key in inserted)


def _is_expected(standing: Standing) -> bool:
    return expects_entrant(standing.state, standing.expects, standing.late)


def _add(sums: dict[CheckInKey, list[int]], key: CheckInKey, *, confirmed: bool, expected: bool = False) -> None:
    counts = sums.get(key)
    if counts is None:
        counts = sums[key] = [0, 0, 0]
    counts[0] += expected
    counts[1 if confirmed else 2] += 1
