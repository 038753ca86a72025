"""Entering: hot, by set. A batch costs a fixed number of statements, however many commands it holds.

Locks are taken in one order: draws (FOR SHARE), entrants, tallies; by id within each (design 3.1).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from turnout.audience import queries as audience
from turnout.audience.rules import Viewer
from turnout.interactions.draw import entrant_store, store, tally_store, winner_store
from turnout.interactions.draw.commands import IN_DRAW, EnterDraw, InDraw
from turnout.interactions.draw.draft_checks import check_salt, is_word
from turnout.interactions.draw.entrant_store import EntrantKey, NewEntrant
from turnout.interactions.draw.gather import STAFF
from turnout.interactions.draw.moves import decide_entry
from turnout.interactions.draw.rules import AlreadyInDraw, MayNotWin, NoSuchDraw, Who, WrongWord
from turnout.interactions.draw.store import Standing
from turnout.interactions.draw.tally_store import DrawKey
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import EntrantId, RoomId, ViewerId
from turnout.storage.transaction import Tx

_Person = tuple[RoomId, ViewerId]


class _Doubt(NamedTuple):
    """A command that may be a repeat. refusal: what becomes of it when it is none."""

    place: int
    key: EntrantKey
    refusal: TurnoutError


class _Room(NamedTuple):
    """Who is who among those who enter, and who of them has won before, where that matters."""

    viewers: dict[_Person, Viewer]
    before: set[_Person]


def enter_draw(tx: Tx, commands: Sequence[EnterDraw]) -> Sequence[InDraw | TurnoutError]:
    """One entry per viewer and draw.

    InDraw: it stands and is durable with this commit; also when the same command is repeated. Refused: NoSuchDraw, InvalidInput for a salt
    that is none, NoEntryNeeded, DrawNotOpen, WrongWord, MayNotWin, and AlreadyInDraw for a second one under another command id.
    """
    asked_of = {(command.live_session_id, command.draw_id) for command in commands}
    standings = {standing[:2]: standing for standing in store.lock_standings(tx, asked_of)}
    room = _load_room(tx, commands, standings)
    outcomes: list[InDraw | TurnoutError] = [IN_DRAW] * len(commands)
    rows: dict[EntrantKey, NewEntrant] = {}
    places: list[int] = []  # of each row
    doubts: list[_Doubt] = []
    for place, command in enumerate(commands):
        viewer_id = command.viewer_id
        standing = standings.get((command.live_session_id, command.draw_id))
        if standing is None:
            outcomes[place] = NoSuchDraw(field="draw")
            continue
        try:
            salt = check_salt(command.salt) if command.salt else ""
        except InvalidInput as no_salt:
            outcomes[place] = no_salt
            continue
        key = (command.live_session_id, command.draw_id, EntrantId(viewer_id))
        refusal = _refusal(standing, command, room)
        if refusal is not None:
            doubts.append(_Doubt(place, key, refusal))
        elif key in rows:
            doubts.append(_Doubt(place, key, AlreadyInDraw()))
        else:
            rows[key] = (*key, viewer_id, None, "", 1, salt, command.command_id, command.received_at)
            places.append(place)
    if rows:
        fresh = entrant_store.insert_entries(tx, sorted(rows.values(), key=lambda row: row[:3]))
        if len(fresh) < len(rows):
            known = set(fresh)
            doubts += [_Doubt(place, key, AlreadyInDraw()) for place, key in zip(places, rows, strict=True) if key not in known]
        _count(tx, fresh)
        tx.nudge_each("own", [key[2] for key in fresh])
    if doubts:
        given = entrant_store.load_commands(tx, {doubt.key for doubt in doubts})
        for doubt in doubts:
            if given.get(doubt.key) != commands[doubt.place].command_id:
                outcomes[doubt.place] = doubt.refusal
    return outcomes


def _load_room(tx: Tx, commands: Sequence[EnterDraw], standings: dict[DrawKey, Standing]) -> _Room:
    viewers = audience.find_viewers(tx.connection, {(command.room_id, command.viewer_id) for command in commands})
    choosy = {key for key, standing in standings.items() if not standing.earlier_winners}
    asked = {(one.room_id, one.viewer_id) for one in commands if (one.live_session_id, one.draw_id) in choosy} if choosy else set()
    return _Room(viewers, _won_before(tx, asked, viewers) if asked else set())


def _won_before(tx: Tx, asked: set[_Person], viewers: dict[_Person, Viewer]) -> set[_Person]:
    """Those who have won in their room before, as viewers or by their external ids on a list."""
    found = {(row.room_id, row.viewer_id) for row in winner_store.find_won(tx.connection, asked) if row.viewer_id is not None}
    named = {(key[0], viewers[key].external_id or ""): key for key in asked if key in viewers and viewers[key].external_id}
    listed = winner_store.find_won_by_external_ids(tx.connection, named)
    return found | {named[row.room_id, row.external_id] for row in listed if row.external_id is not None}


def _refusal(standing: Standing, command: EnterDraw, room: _Room) -> TurnoutError | None:
    try:
        decide_entry(standing.state, standing.who, standing.closes_at, command.received_at)
    except TurnoutError as refusal:
        return refusal
    if standing.who is Who.WORD and not is_word(command.word, standing.word):
        return WrongWord(field="word")
    person = (command.room_id, command.viewer_id)
    viewer = room.viewers.get(person)
    if viewer is None or viewer.role in STAFF or (not standing.earlier_winners and person in room.before):
        return MayNotWin()
    return None


def _count(tx: Tx, fresh: Iterable[EntrantKey]) -> None:
    sums: dict[DrawKey, int] = {}
    for key in fresh:
        sums[key[:2]] = sums.get(key[:2], 0) + 1
    tally_store.add_to_tallies(tx, sums)
