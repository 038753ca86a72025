"""Rooms and live sessions: what they are, and what a live session's facts are. Pure."""

from enum import StrEnum

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, NotFound
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.kernel.text import check_text

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


class NoSuchLiveSession(NotFound):
    """There is no such live session."""


class NoLiveSession(Conflict):
    """The host has not started yet."""

    code = "no_live_session"


class AlreadyRunning(Conflict):
    """This room has a running live session already."""

    code = "already_running"


class NotRunning(Conflict):
    """The live session has ended."""

    code = "live_session_ended"


class Room(msgspec.Struct, frozen=True):
    """A lasting place with settings; hosts many live sessions. code: what people type to join."""

    id: RoomId
    account_id: AccountId
    code: str
    title: str
    created_at: Instant


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


def check_title(title: str) -> str:
    """The title without blanks around it; raises InvalidInput when it cannot be one."""
    return check_text(title, "title", limits.MAX_TITLE_LENGTH)


def read_code(text: str) -> str:
    """A join code as a person typed it, in its stored form: without blanks and dashes, in lower case. Raises NoSuchRoom for what cannot
    be one."""
    code = text.replace("-", "").replace(" ", "").lower()
    if len(code) != CODE_LENGTH or not all(letter in CODE_ALPHABET for letter in code):
        raise NoSuchRoom(field="room")
    return code
