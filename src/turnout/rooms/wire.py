"""What our own API says about rooms and live sessions."""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.ids import IdForms, Kind
from turnout.rooms.rules import Entry, LiveSession, LiveSessionState, Room, RoomFacts, is_planned


class CreateRoomRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new room. stream_url and what follows: as in a change of its settings."""

    title: str
    stream_url: str | None = None
    stream_origins: list[str] = []
    embed_origins: list[str] = []
    next_start_at: str | None = None
    next_title: str = ""


class ChangeRoomRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a room; what is left out stays. passcode: 4 to 32 characters, null for none. viewer_limit: different viewers who
    may be present at once, 1 to 100,000, null for no limit. stream_url: of an HLS playlist, https or a path of this server, null for none.
    stream_origins: where its segments come from besides. embed_origins: the sites that may frame the viewers' page. next_start_at: when the
    next live session is to begin, within a year, null for none. next_title: what it is to be called. Its start clears both."""

    title: str | UnsetType = UNSET
    entry: Entry | UnsetType = UNSET
    passcode: str | UnsetType | None = UNSET
    viewer_limit: int | UnsetType | None = UNSET
    stream_url: str | UnsetType | None = UNSET
    stream_origins: list[str] | UnsetType = UNSET
    embed_origins: list[str] | UnsetType = UNSET
    next_start_at: str | UnsetType | None = UNSET
    next_title: str | UnsetType = UNSET


class StartLiveSessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new live session. title: when empty the one that was planned, else the room's."""

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
    """A page of a room's live sessions, newest first. next: what the next page is asked for with, null on the last."""

    live_sessions: list[LiveSessionView]
    next: str | None


class RoomView(msgspec.Struct, frozen=True):
    """A room. code: what people type to join; viewer_url: where a link or a QR code leads. passcode: asked for while entry is passcode,
    null where there is none. viewer_limit: different viewers who may be present at once, null for no limit. stream_url: of the HLS playlist
    viewers watch, null for none. stream_origins: where its segments come from besides. embed_origins: the sites that may frame the viewers'
    page. screen_link_at: when its screen link was made, null where there is none. next_start_at, next_title: what is planned for its next
    live session, null and empty where nothing is."""

    id: str
    code: str
    title: str
    viewer_url: str
    created_at: str
    entry: Entry
    passcode: str | None
    viewer_limit: int | None
    screen_link_at: str | None
    stream_url: str | None
    stream_origins: list[str]
    embed_origins: list[str]
    next_start_at: str | None
    next_title: str
    running_live_session: LiveSessionView | None


class ScreenLinkReply(msgspec.Struct, frozen=True):
    """A new screen link: an address that shows the room's big screen without a login. It is shown this once."""

    screen_url: str
    made_at: str


class RoomsReply(msgspec.Struct, frozen=True):
    """A page of an account's rooms, newest first. next: what the next page is asked for with, null on the last."""

    rooms: list[RoomView]
    next: str | None


class PublicRoom(msgspec.Struct, frozen=True):
    """A room as its viewers see it."""

    code: str
    title: str


class PublicStream(msgspec.Struct, frozen=True):
    """The stream viewers watch. url: of its HLS playlist, https or a path of this server."""

    url: str


class PublicNext(msgspec.Struct, frozen=True):
    """What is planned for a room's next live session. title: "" where it has none yet."""

    title: str
    starts_at: str


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


def room_view(ids: IdForms, base_url: str, room: Room, passcode: str | None, running: LiveSession | None) -> RoomView:
    """For the account's own people and systems. base_url: without a slash at its end. passcode: the room's, opened."""
    return RoomView(
        id=ids.text(Kind.ROOM, room.id),
        code=room.code,
        title=room.title,
        viewer_url=f"{base_url}/r/{room.code}",
        created_at=rfc3339(room.created_at),
        entry=room.entry,
        passcode=passcode,
        viewer_limit=room.viewer_limit,
        screen_link_at=None if room.screen_link_at is None else rfc3339(room.screen_link_at),
        stream_url=room.stream_url,
        stream_origins=list(room.stream_origins),
        embed_origins=list(room.embed_origins),
        next_start_at=None if room.next_start_at is None else rfc3339(room.next_start_at),
        next_title=room.next_title,
        running_live_session=None if running is None else live_session_view(ids, running),
    )


def screen_link(ids: IdForms, base_url: str, room: Room, key: str) -> ScreenLinkReply:
    """The key stands in the fragment, which browsers send to nobody."""
    return ScreenLinkReply(f"{base_url}/screen/{ids.text(Kind.ROOM, room.id)}#key={key}", rfc3339(room.screen_link_at or 0))


def public_room(room: Room | RoomFacts) -> PublicRoom:
    """For viewers."""
    return PublicRoom(code=room.code, title=room.title)


def public_stream(room: Room | RoomFacts) -> PublicStream | None:
    """For viewers."""
    return None if room.stream_url is None else PublicStream(url=room.stream_url)


def public_next(room: Room, now: Instant) -> PublicNext | None:
    """For viewers."""
    return PublicNext(title=room.next_title, starts_at=rfc3339(room.next_start_at or 0)) if is_planned(room, now) else None


def public_live_session(ids: IdForms, live_session: LiveSession) -> PublicLiveSession:
    """For viewers."""
    return PublicLiveSession(
        id=ids.text(Kind.LIVE_SESSION, live_session.id),
        title=live_session.title,
        state=live_session.state,
        started_at=rfc3339(live_session.started_at),
        ended_at=None if live_session.ended_at is None else rfc3339(live_session.ended_at),
    )
