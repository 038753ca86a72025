"""What winners give for their prizes. By set: a batch costs a fixed number of statements.

Locks are taken in one order: draws (FOR SHARE), forms; by id within each (design 3.1).
"""

from collections.abc import Sequence

from turnout.audience import queries as audience
from turnout.interactions.draw import form_store, prize_store, store, winner_store
from turnout.interactions.draw.commands import FORM_FILLED, FillForm, FormFilled
from turnout.interactions.draw.draft_checks import check_form
from turnout.interactions.draw.form_store import FormKey
from turnout.interactions.draw.moves import require_time_for_form
from turnout.interactions.draw.rules import Form, NoSuchDraw, NotAWinner
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import DrawId, EntrantId, LiveSessionId, PrizeId, RoomId, ViewerId
from turnout.storage.transaction import Tx

_Won = dict[tuple[LiveSessionId, DrawId, PrizeId, ViewerId], EntrantId]


def fill_form(tx: Tx, commands: Sequence[FillForm]) -> Sequence[FormFilled | TurnoutError]:
    """FormFilled: what was given stands and is durable with this commit, in place of what was given before. Refused: NoSuchDraw,
    NotAWinner, TooLate, and InvalidInput naming the field."""
    drawn = store.lock_drawn(tx, {(command.live_session_id, command.draw_id) for command in commands})
    asks = prize_store.load_asks(tx, {(command.live_session_id, command.draw_id, command.prize_id) for command in commands})
    won = _load_won(tx, {(command.room_id, command.viewer_id) for command in commands})
    outcomes: list[FormFilled | TurnoutError] = []
    given: list[tuple[FormKey, Form, Instant]] = []
    for command in commands:
        key = (command.live_session_id, command.draw_id)
        asked = asks.get((*key, command.prize_id))
        entrant_id = won.get((*key, command.prize_id, command.viewer_id))
        try:
            if key not in drawn:
                raise NoSuchDraw(field="draw")
            finished_at = drawn[key]
            if finished_at is None or not asked or entrant_id is None:
                raise NotAWinner
            require_time_for_form(finished_at, command.received_at)
            form = check_form(command.form, asked)
        except TurnoutError as refusal:
            outcomes.append(refusal)
            continue
        given.append(((*key, command.prize_id, entrant_id), form, command.received_at))
        outcomes.append(FORM_FILLED)
    form_store.save_forms(tx, given)
    tx.nudge_each("own", [command.viewer_id for command, outcome in zip(commands, outcomes, strict=True) if outcome is FORM_FILLED])
    return outcomes


def _load_won(tx: Tx, people: set[tuple[RoomId, ViewerId]]) -> _Won:
    """What these people have won: as viewers, or by their external ids on a list."""
    viewers = audience.find_viewers(tx.connection, people)
    named = {(key[0], viewer.external_id): key[1] for key, viewer in viewers.items() if viewer.external_id is not None}
    won: _Won = {}
    for row in winner_store.find_won_by_external_ids(tx.connection, named):
        if row.viewer_id is None and row.external_id is not None:
            won[row.live_session_id, row.draw_id, row.prize_id, named[row.room_id, row.external_id]] = row.entrant_id
    for row in winner_store.find_won(tx.connection, people):
        if row.viewer_id is not None:
            won[row.live_session_id, row.draw_id, row.prize_id, row.viewer_id] = row.entrant_id
    return won
