"""What our own API says about rooms and live sessions."""

import msgspec

from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind
from turnout.rooms.rules import LiveSession, LiveSessionState, Room


class CreateRoomRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new room."""

    title: str


class StartLiveSessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new live session. title: the room's when empty."""

    title: str = ""


class HostView(msgspec.Struct, frozen=True):
    """A host, by name."""

    id: str
    name: str


class LiveSessionView(msgspec.Struct, frozen=True):
    """One broadcast in a room; times are RFC 3339 in UTC."""

    id: str
    room: str
    title: str
    state: LiveSessionState
    started_at: str
    ended_at: str | None
    host: HostView


class LiveSessionsReply(msgspec.Struct, frozen=True):
    """A room's live sessions, newest first."""

    live_sessions: list[LiveSessionView]


class RoomView(msgspec.Struct, frozen=True):
    """A room. code: what people type to join; viewer_url: where a link or a QR code leads."""

    id: str
    code: str
    title: str
    viewer_url: str
    created_at: str
    running_live_session: LiveSessionView | None


class RoomsReply(msgspec.Struct, frozen=True):
    """An account's rooms, newest first."""

    rooms: list[RoomView]


class PublicRoom(msgspec.Struct, frozen=True):
    """A room as its viewers see it."""

    code: str
    title: str


class PublicLiveSession(msgspec.Struct, frozen=True):
    """A live session as its viewers see it."""

    id: str
    title: str
    state: LiveSessionState
    started_at: str
    ended_at: str | None


def live_session_view(ids: IdForms, live_session: LiveSession) -> LiveSessionView:
    """For the account's own people and systems."""
    return LiveSessionView(
        id=ids.text(Kind.LIVE_SESSION, live_session.id),
        room=ids.text(Kind.ROOM, live_session.room_id),
        title=live_session.title,
        state=live_session.state,
        started_at=rfc3339(live_session.started_at),
        ended_at=None if live_session.ended_at is None else rfc3339(live_session.ended_at),
        host=HostView(id=ids.text(Kind.HOST, live_session.host_id), name=live_session.host_name),
    )


def room_view(ids: IdForms, base_url: str, room: Room, running: LiveSession | None) -> RoomView:
    """For the account's own people and systems. base_url: without a slash at its end."""
    return RoomView(
        id=ids.text(Kind.ROOM, room.id),
        code=room.code,
        title=room.title,
        viewer_url=f"{base_url}/r/{room.code}",
        created_at=rfc3339(room.created_at),
        running_live_session=None if running is None else live_session_view(ids, running),
    )


def public_room(room: Room) -> PublicRoom:
    """For viewers."""
    return PublicRoom(code=room.code, title=room.title)


def public_live_session(ids: IdForms, live_session: LiveSession) -> PublicLiveSession:
    """For viewers."""
    return PublicLiveSession(
        id=ids.text(Kind.LIVE_SESSION, live_session.id),
        title=live_session.title,
        state=live_session.state,
        started_at=rfc3339(live_session.started_at),
        ended_at=None if live_session.ended_at is None else rfc3339(live_session.ended_at),
    )
