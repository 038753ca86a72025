"""Rooms and live sessions: what they are, and what a live session's facts are. Pure."""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound, NotLoggedIn
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.kernel.text import check_line
from turnout.rooms.addresses import check_origins, check_stream_url, origin_of

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters of a join code: no 0, 1, i, l, o, which people mistake for one another."""

CODE_LENGTH = 8
"""Letters in a join code: 31^8, about 8.5e11 codes."""


class LiveSessionState(StrEnum):
    """A live session runs from its start to its end."""

    RUNNING = "running"
    ENDED = "ended"


class NoSuchRoom(NotFound):
    """There is no such room."""

    code = "no_such_room"


class InvalidScreenKey(NotLoggedIn):
    """This screen link does not open this room: a newer one was made, or it was ended."""

    code = "invalid_screen_key"


class NoSuchLiveSession(NotFound):
    """There is no such live session."""


class AlreadyRunning(Conflict):
    """This room has a running live session already."""

    code = "already_running"


class LiveSessionOver(Conflict):
    """The live session has ended."""

    code = "live_session_ended"


class Entry(StrEnum):
    """How viewers get into a room. open: by a name. passcode: by a name and the passcode. token: only from the customer's own login, with a
    signed pass. A pass opens a room of any kind."""

    OPEN = "open"
    PASSCODE = "passcode"
    TOKEN = "token"  # noqa: S105 - a way in, no secret


class Room(msgspec.Struct, frozen=True):
    """A lasting place with settings; hosts many live sessions. code: what people type to join.

    passcode_proof: what a passcode is compared with (passcodes.prove_passcode). sealed_passcode: the passcode itself, to be shown to hosts.
    viewer_limit: different viewers who may be present at once. entry_version: grows with every change of who gets in, so that a viewer who
    was let in under an earlier one is asked again. stream_url: of an HLS playlist, None where there is no stream. stream_origins: where its
    segments come from besides. embed_origins: the sites that may frame the viewers' page. screen_key_hash: of the key in the room's screen
    link, made at screen_link_at. next_start_at, next_title: what the host has planned for its next live session; the title may be empty.
    """

    id: RoomId
    account_id: AccountId
    code: str
    title: str
    created_at: Instant
    entry: Entry = Entry.OPEN
    passcode_proof: str | None = None
    sealed_passcode: bytes | None = None
    viewer_limit: int | None = None
    entry_version: int = 0
    screen_key_hash: str | None = None
    screen_link_at: Instant | None = None
    stream_url: str | None = None
    stream_origins: tuple[str, ...] = ()
    embed_origins: tuple[str, ...] = ()
    next_start_at: Instant | None = None
    next_title: str = ""


class RoomChanges(msgspec.Struct, frozen=True):
    """What a host changes about a room; what is not set stays. passcode: None takes it away. sealed_passcode, passcode_proof: of the new
    passcode, where there is one."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    entry: Entry | msgspec.UnsetType = msgspec.UNSET
    passcode_proof: str | msgspec.UnsetType | None = msgspec.UNSET
    sealed_passcode: bytes | msgspec.UnsetType | None = msgspec.UNSET
    viewer_limit: int | msgspec.UnsetType | None = msgspec.UNSET
    stream_url: str | msgspec.UnsetType | None = msgspec.UNSET
    stream_origins: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    embed_origins: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    next_start_at: Instant | msgspec.UnsetType | None = msgspec.UNSET
    next_title: str | msgspec.UnsetType = msgspec.UNSET


class RoomFacts(msgspec.Struct, frozen=True):
    """What viewers see of a room, at the moment of room.changed."""

    account_id: AccountId
    room_id: RoomId
    code: str
    title: str
    stream_url: str | None


class LiveSession(msgspec.Struct, frozen=True):
    """One broadcast in a room. host_id, host_name: who runs it, as they were called at its start."""

    id: LiveSessionId
    room_id: RoomId
    account_id: AccountId
    host_id: HostId
    host_name: str
    title: str
    state: LiveSessionState
    started_at: Instant
    ended_at: Instant | None


class LiveSessionFacts(msgspec.Struct, frozen=True):
    """A live session at the moment of live_session.started or live_session.ended."""

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    host_id: HostId
    host_name: str
    title: str
    state: LiveSessionState
    started_at: Instant
    ended_at: Instant | None


def facts_of(live_session: LiveSession) -> LiveSessionFacts:
    """The facts an event freezes."""
    return LiveSessionFacts(
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        live_session_id=live_session.id,
        host_id=live_session.host_id,
        host_name=live_session.host_name,
        title=live_session.title,
        state=live_session.state,
        started_at=live_session.started_at,
        ended_at=live_session.ended_at,
    )


def room_facts(room: Room) -> RoomFacts:
    """The facts an event freezes."""
    return RoomFacts(account_id=room.account_id, room_id=room.id, code=room.code, title=room.title, stream_url=room.stream_url)


def stream_origins_of(room: Room) -> tuple[str, ...]:
    """The hosts besides this server that the room's stream comes from, the playlist's first; none without a stream."""
    if room.stream_url is None:
        return ()
    first = origin_of(room.stream_url)
    return tuple(dict.fromkeys([*([] if first is None else [first]), *room.stream_origins]))


def check_title(title: str) -> str:
    """The title without blanks around it; raises InvalidInput when it cannot be one."""
    return check_line(title, "title", limits.MAX_TITLE_LENGTH)


def normal_passcode(text: str) -> str:
    """A passcode as it is compared: one Unicode form, without blanks around it, so that a phone's full-width digits are digits."""
    return unicodedata.normalize("NFKC", text).strip()


def check_passcode(text: str) -> str:
    """A new passcode in its normal form; raises InvalidInput when it is too short, too long or cannot be typed."""
    passcode = normal_passcode(text)
    if not limits.MIN_PASSCODE_LENGTH <= len(passcode) <= limits.MAX_PASSCODE_LENGTH:
        raise InvalidInput(f"a passcode has {limits.MIN_PASSCODE_LENGTH} to {limits.MAX_PASSCODE_LENGTH} characters", field="passcode")
    if not passcode.isprintable():
        raise InvalidInput("a passcode has no control characters", field="passcode")
    return passcode


def _check_next_start(at: Instant, now: Instant) -> None:
    if at < now:
        raise InvalidInput("a time to come, or null for none", field="next_start_at")
    if at > now + limits.MAX_DAYS_AHEAD * 24 * 3600 * SECOND:
        raise InvalidInput(f"within {limits.MAX_DAYS_AHEAD} days", field="next_start_at")


def is_planned(room: Room, now: Instant) -> bool:
    """Whether the room's next live session has a time, one that is not long past."""
    return room.next_start_at is not None and room.next_start_at >= planned_since(now)


def planned_since(now: Instant) -> Instant:
    """The earliest planned start that is still of interest."""
    return now - limits.PLANNED_KEPT_H * 3600 * SECOND


def decide_settings(room: Room, changes: RoomChanges, now: Instant) -> Room:
    """The room with its new settings; raises InvalidInput naming the field. A planned start that stays as it was may have passed."""
    given = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not msgspec.UNSET}
    if "title" in given:
        given["title"] = check_title(given["title"])
    limit = given.get("viewer_limit")
    if limit is not None and not 1 <= limit <= limits.MAX_VIEWER_LIMIT:
        raise InvalidInput(f"from 1 to {limits.MAX_VIEWER_LIMIT}, or null for no limit", field="viewer_limit")
    if "stream_url" in given:
        given["stream_url"] = check_stream_url(given["stream_url"])
    for field in ("stream_origins", "embed_origins"):
        if field in given:
            given[field] = check_origins(given[field], field)
    if "next_title" in given:
        given["next_title"] = check_line(given["next_title"], "next_title", limits.MAX_TITLE_LENGTH, may_be_empty=True)
    after = msgspec.structs.replace(room, **given)
    if after.next_start_at is not None and after.next_start_at != room.next_start_at:
        _check_next_start(after.next_start_at, now)
    if after.entry is Entry.PASSCODE and after.passcode_proof is None:
        raise InvalidInput("entry by passcode needs a passcode", field="passcode")
    if (after.entry, after.passcode_proof) != (room.entry, room.passcode_proof):
        after = msgspec.structs.replace(after, entry_version=room.entry_version + 1)
    return after


def read_code(text: str) -> str:
    """A join code as a person typed it, in its stored form: without blanks and dashes, in lower case. Raises NoSuchRoom for what cannot
    be one."""
    code = text.replace("-", "").replace(" ", "").lower()
    if len(code) != CODE_LENGTH or not all(letter in CODE_ALPHABET for letter in code):
        raise NoSuchRoom(field="room")
    return code
