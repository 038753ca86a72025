"""Who takes part: gathered when entries end from those present, from a survey or from a check-in; and who may not win."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.audience.rules import ViewerRole
from turnout.interactions.checkin import queries as checkins
from turnout.interactions.draw import entrant_store, tally_store, winner_store
from turnout.interactions.draw.rules import Who
from turnout.interactions.draw.store import DrawRow
from turnout.interactions.lifecycle import State
from turnout.interactions.survey import queries as surveys
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import AccountId, EntrantId, LiveSessionId, RoomId, ViewerId
from turnout.storage.transaction import Tx

STAFF = frozenset({ViewerRole.HOST, ViewerRole.ASSISTANT})
"""Roles that do not take part."""


def check_source(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, draw: DrawRow) -> None:
    """Whether those can win whom the draw is for. Raises InvalidInput, naming the field, for a survey or check-in that is not there, was
    withdrawn or does not know whose answers are whose."""
    try:
        if draw.survey_id is not None:
            survey = surveys.access_survey(connection, account_id, live_session_id, draw.survey_id)
            if survey.anonymous:
                raise InvalidInput("an anonymous survey does not know who answered it", field="survey")
            if survey.state is State.WITHDRAWN:
                raise InvalidInput("it was withdrawn", field="survey")
            if draw.who is Who.ANSWERED_RIGHT and not any(question.rightable for question in survey.questions):
                raise InvalidInput("no answer to it can be right", field="survey")
        if draw.checkin_id is not None:
            checkin = checkins.access_checkin(connection, account_id, live_session_id, draw.checkin_id)
            if checkin.state is State.WITHDRAWN:
                raise InvalidInput("it was withdrawn", field="checkin")
    except NotFound:
        raise InvalidInput(
            "there is no such thing in this live session", field="survey" if draw.survey_id is not None else "checkin"
        ) from None


def gather(tx: Tx, draw: DrawRow) -> None:
    """Puts those into the list who take part without having entered it; nobody more where viewers enter by themselves, or are listed."""
    key = (draw.live_session_id, draw.id)
    allowed = keep_allowed(tx.connection, draw, _takers(tx.connection, draw))
    rows = [(*key, EntrantId(viewer_id), viewer_id, None, "", 1, "", "", tx.now) for viewer_id in allowed]
    tally_store.add_to_tallies(tx, {key: len(entrant_store.insert_people(tx, rows))})


def _takers(connection: sa.Connection, draw: DrawRow) -> Sequence[ViewerId]:
    live_session_id = draw.live_session_id
    if draw.who is Who.PRESENT:
        return audience.list_online_ids(connection, live_session_id)
    if draw.survey_id is not None:
        return surveys.list_answered(connection, live_session_id, draw.survey_id, all_right=draw.who is Who.ANSWERED_RIGHT)
    if draw.checkin_id is not None:
        return checkins.list_confirmed(connection, live_session_id, draw.checkin_id)
    return []


def keep_allowed(connection: sa.Connection, draw: DrawRow, viewer_ids: Collection[ViewerId]) -> list[ViewerId]:
    """Those of these viewers who may win: neither staff nor, where those are out, somebody who has won in the room before."""
    viewers = audience.viewers_of(connection, draw.room_id, viewer_ids)
    before, external_before = won_before(connection, draw.room_id, out=not draw.earlier_winners)
    return [
        viewer_id
        for viewer_id in viewer_ids
        if (viewer := viewers.get(viewer_id)) is not None
        and viewer.role not in STAFF
        and viewer_id not in before
        and (viewer.external_id or "") not in external_before
    ]


def won_before(connection: sa.Connection, room_id: RoomId, *, out: bool) -> tuple[set[ViewerId], set[str]]:
    """Who has won in the room before, by viewer and by external id; nobody unless they are out."""
    people = winner_store.list_people(connection, room_id) if out else []
    return {viewer_id for viewer_id, _ in people if viewer_id is not None}, {external_id for _, external_id in people if external_id}
