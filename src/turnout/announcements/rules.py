"""Announcements: what a host tells everybody in a running live session. Pure."""

from typing import Any

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import NotFound, TooManyRequests
from turnout.kernel.ids import AccountId, AnnouncementId, HostId, LiveSessionId, RoomId
from turnout.kernel.text import check_text

WINDOW: Instant = 60 * SECOND
"""The time over which a live session's announcements are counted."""


class NoSuchAnnouncement(NotFound):
    """There is no such announcement."""


class Announcement(msgspec.Struct, frozen=True):
    """A text for everybody in a live session. host_id, host_name: who made it. withdrawn_at: None while viewers see it."""

    live_session_id: LiveSessionId
    id: AnnouncementId
    account_id: AccountId
    room_id: RoomId
    host_id: HostId
    host_name: str
    text: str
    made_at: Instant
    withdrawn_at: Instant | None = None


class AnnouncementFacts(msgspec.Struct, frozen=True):
    """An announcement at the moment of announcement.made or announcement.withdrawn."""

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    announcement_id: AnnouncementId
    host_id: HostId
    host_name: str
    text: str
    made_at: Instant
    withdrawn_at: Instant | None


def facts_of(announcement: Announcement) -> AnnouncementFacts:
    """The facts an event freezes."""
    members: dict[str, Any] = msgspec.structs.asdict(announcement)
    return AnnouncementFacts(announcement_id=members.pop("id"), **members)


def announcement_of(facts: AnnouncementFacts) -> Announcement:
    """The announcement whose facts they are."""
    members: dict[str, Any] = msgspec.structs.asdict(facts)
    return Announcement(id=members.pop("announcement_id"), **members)


def check_announcement(text: str) -> str:
    """The text without blanks around it; raises InvalidInput when it cannot be one."""
    return check_text(text, "text", limits.MAX_ANNOUNCEMENT_LENGTH)


def check_pace(earlier: list[Instant], now: Instant) -> None:
    """Raises TooManyRequests, with how long to wait, when this live session has as many announcements as a minute may have. earlier: when
    those of the last WINDOW were made, oldest first."""
    if len(earlier) >= limits.ANNOUNCEMENTS_PER_MINUTE:
        first = earlier[-limits.ANNOUNCEMENTS_PER_MINUTE]
        raise TooManyRequests(
            f"at most {limits.ANNOUNCEMENTS_PER_MINUTE} announcements a minute", retry_after_s=max(1, -(-(first + WINDOW - now) // SECOND))
        )
