"""Reading announcements. What belongs to another account is not found."""

import sqlalchemy as sa

from turnout.announcements import store
from turnout.announcements.rules import Announcement, NoSuchAnnouncement
from turnout.kernel import limits
from turnout.kernel.ids import AccountId, AnnouncementId, LiveSessionId
from turnout.rooms.queries import access_live_session


def access_announcement(
    connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, announcement_id: AnnouncementId
) -> Announcement:
    """The account's announcement; raises NoSuchLiveSession, NoSuchAnnouncement."""
    access_live_session(connection, account_id, live_session_id)
    found = store.load_announcement(connection, live_session_id, announcement_id)
    if found is None:
        raise NoSuchAnnouncement
    return found


def list_announcements(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    before: AnnouncementId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[Announcement]:
    """A page of the announcements of the account's live session, newest first; raises NoSuchLiveSession."""
    access_live_session(connection, account_id, live_session_id)
    return store.list_page(connection, live_session_id, before, limit)


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId) -> list[Announcement]:
    """The newest that stand, newest last, for who sits in the live session."""
    return store.list_standing(connection, live_session_id, limits.SNAPSHOT_ANNOUNCEMENTS)
