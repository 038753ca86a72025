"""Viewers and their visits. Pure."""

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotLoggedIn
from turnout.kernel.ids import AccountId, LiveSessionId, RoomId, ViewerId

MIN_ENTRY_ID_LENGTH = 16
"""Characters of the id of a first entry: it is how a repeated entry finds its viewer again, so it must not be guessable."""


class InvalidToken(NotLoggedIn):
    """This token does not open this room; enter with a name."""

    code = "invalid_token"


class NameRequired(InvalidInput):
    """Say your name, from 1 to 64 characters."""

    code = "name_required"


class NotEntered(Conflict):
    """Enter the room first."""

    code = "not_entered"


class AlreadyEntered(Conflict):
    """This connection has entered already."""

    code = "already_entered"


class Viewer(msgspec.Struct, frozen=True):
    """One audience member in a room."""

    id: ViewerId
    room_id: RoomId
    name: str


class Seat(msgspec.Struct, frozen=True):
    """Who sits on a connection, and where; made by an entry and held by the connection."""

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    viewer_id: ViewerId
    visit_id: int
    entered_at: Instant


class HostSeat(msgspec.Struct, frozen=True):
    """A host who follows a live session on a connection, for as long as the login of this token (hashed) stands."""

    live_session_id: LiveSessionId
    token_hash: str


class Presence(msgspec.Struct, frozen=True):
    """A viewer in a live session, for the host. connections: open visits. entered_at: first entry. exited_at: last exit, None while
    present."""

    viewer_id: ViewerId
    name: str
    connections: int
    entered_at: Instant
    exited_at: Instant | None


def check_name(name: str | None) -> str:
    """The name with single blanks and no control characters; raises NameRequired."""
    if name is None:
        raise NameRequired(field="name")
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not 0 < len(clean) <= limits.MAX_NAME_LENGTH:
        raise NameRequired(field="name")
    return clean


def check_entry_id(entry_id: str) -> str:
    """The id of a first entry; raises InvalidInput when a stranger could guess it."""
    if len(entry_id) < MIN_ENTRY_ID_LENGTH:
        raise InvalidInput(f"a first entry needs a random id of at least {MIN_ENTRY_ID_LENGTH} characters", field="id")
    return entry_id
