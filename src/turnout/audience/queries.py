"""Reading the audience."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.audience import store
from turnout.audience.rules import Presence
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, LiveSessionId, RoomId, ViewerId
from turnout.rooms.queries import access_live_session, list_room_ids


def count_viewers(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers over the whole live session; coming back does not count again."""
    return store.count_viewers(connection, live_session_id)


def count_online(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers who are present."""
    return store.count_online(connection, live_session_id)


def count_present_between(connection: sa.Connection, live_session_id: LiveSessionId, opened_at: Instant, closed_at: Instant) -> int:
    """Different viewers who were present at any moment from opened_at to closed_at."""
    return store.count_present_between(connection, live_session_id, opened_at, closed_at)


def list_presences(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId) -> tuple[list[Presence], int, int]:
    """The people of the account's live session (the first 500), how many are online, and how many have been there; raises
    NoSuchLiveSession."""
    live_session = access_live_session(connection, account_id, live_session_id)
    people = store.list_presences(connection, live_session.room_id, live_session_id, limits.MAX_PAGE_LENGTH)
    return people, store.count_online(connection, live_session_id), store.count_viewers(connection, live_session_id)


def access_viewer(connection: sa.Connection, account_id: AccountId, viewer_id: ViewerId) -> None:
    """Raises NotFound unless this is a viewer of one of the account's rooms. Looks into each of them: not for a hot path."""
    if not store.load_viewers(connection, [(room_id, viewer_id) for room_id in list_room_ids(connection, account_id)]):
        raise NotFound


def names_of(connection: sa.Connection, room_id: RoomId, viewer_ids: Sequence[ViewerId]) -> dict[ViewerId, str]:
    """The names of viewers of a room."""
    found = store.load_viewers(connection, sorted({(room_id, viewer_id) for viewer_id in viewer_ids})) if viewer_ids else {}
    return {viewer_id: viewer.name for (_, viewer_id), viewer in found.items()}
