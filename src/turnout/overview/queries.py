"""What goes on in an account's live sessions."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from turnout.interactions.checkin import queries as checkins
from turnout.interactions.draw import queries as draws
from turnout.interactions.survey import queries as surveys
from turnout.kernel import limits
from turnout.kernel.ids import AccountId, Kind, LiveSessionId
from turnout.rooms import queries as rooms
from turnout.rooms.rules import LiveSession, LiveSessionState


class UnderWay(msgspec.Struct, frozen=True):
    """An interaction that is open."""

    kind: Kind
    id: int
    title: str


class Summary(msgspec.Struct, frozen=True):
    """A live session. under_way: what is open, the newest first. drafts: how much is prepared."""

    live_session: LiveSession
    room_title: str
    under_way: list[UnderWay]
    drafts: int


def list_summaries(
    connection: sa.Connection, account_id: AccountId, state: LiveSessionState | None, before: LiveSessionId | None, limit: int
) -> list[Summary]:
    """A page of the account's live sessions, the one started last first."""
    found = rooms.list_of_account(connection, account_id, state, before, limit)
    running = [live_session.id for live_session, _ in found if live_session.state is LiveSessionState.RUNNING]
    under_way, drafts = _under_way(connection, running) if running else ({}, {})
    return [
        Summary(
            live_session=live_session,
            room_title=title,
            under_way=under_way.get(live_session.id, []),
            drafts=drafts.get(live_session.id, 0),
        )
        for live_session, title in found
    ]


def _under_way(
    connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]
) -> tuple[dict[LiveSessionId, list[UnderWay]], dict[LiveSessionId, int]]:
    open_ones: list[tuple[LiveSessionId, UnderWay]] = []
    drafts: dict[LiveSessionId, int] = {}
    for kind, (heads, counts) in (
        (Kind.SURVEY, surveys.list_under_way(connection, live_session_ids)),
        (Kind.CHECKIN, checkins.list_under_way(connection, live_session_ids)),
        (Kind.DRAW, draws.list_under_way(connection, live_session_ids)),
    ):
        open_ones += [(live_session_id, UnderWay(kind, one, title)) for live_session_id, one, title in heads]
        for live_session_id, count in counts.items():
            drafts[live_session_id] = drafts.get(live_session_id, 0) + count
    under_way: dict[LiveSessionId, list[UnderWay]] = {}
    for live_session_id, one in sorted(open_ones, key=lambda each: each[1].id, reverse=True):
        named = under_way.setdefault(live_session_id, [])
        if len(named) < limits.MAX_NAMED_UNDER_WAY:
            named.append(one)
    return under_way, drafts
