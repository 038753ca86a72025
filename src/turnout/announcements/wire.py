"""What our own API and socket say about announcements."""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.announcements.rules import Announcement
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind
from turnout.rooms.wire import HostView


class MakeAnnouncementRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text for everybody in the live session, at most 500 characters; line breaks stay."""

    text: str


class AnnouncementView(msgspec.Struct, frozen=True):
    """An announcement. text: "" to viewers once it is withdrawn. withdrawn_at: null while viewers see it. host: who made it; to hosts
    only."""

    id: str
    text: str
    made_at: str
    withdrawn_at: str | None
    host: HostView | UnsetType = UNSET


class AnnouncementsReply(msgspec.Struct, frozen=True):
    """A page of a live session's announcements, newest first. next: what the next page is asked for with, null on the last."""

    announcements: list[AnnouncementView]
    next: str | None


def host_view(ids: IdForms, announcement: Announcement) -> AnnouncementView:
    """All of it."""
    host = HostView(id=ids.text(Kind.HOST, announcement.host_id), name=announcement.host_name)
    return msgspec.structs.replace(_view(ids, announcement, announcement.text), host=host)


def public_view(ids: IdForms, announcement: Announcement) -> AnnouncementView:
    """What every viewer may see: of a withdrawn one that it is gone."""
    return _view(ids, announcement, announcement.text if announcement.withdrawn_at is None else "")


def _view(ids: IdForms, announcement: Announcement, text: str) -> AnnouncementView:
    return AnnouncementView(
        id=ids.text(Kind.ANNOUNCEMENT, announcement.id),
        text=text,
        made_at=rfc3339(announcement.made_at),
        withdrawn_at=None if announcement.withdrawn_at is None else rfc3339(announcement.withdrawn_at),
    )
