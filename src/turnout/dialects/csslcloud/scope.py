"""What a proven request to CC's query interface may read, and how it says which page it wants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from turnout.dialects.csslcloud.parameters import Refused
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, IdForms, Kind, LiveSessionId, RoomId
from turnout.rooms.queries import access_live_session, access_room
from turnout.rooms.rules import LiveSession, Room

DEFAULT_PAGE = 1
MAX_DIGITS = 9
"""Keeps every number within the 32 bits of a typed client."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a proven request may read, and what it asked for."""

    connection: sa.Connection
    ids: IdForms
    account_id: AccountId
    values: Mapping[str, str]

    def room(self) -> Room:
        """The account's room `roomid`; raises Refused."""
        try:
            room_id = RoomId(self.ids.parse_hex32(Kind.ROOM, self.values["roomid"]))
            return access_room(self.connection, self.account_id, room_id)
        except NotFound:
            raise Refused("roomid not found") from None

    def live_session(self, name: str = "liveid") -> LiveSession:
        """The account's live session that this parameter names; raises Refused."""
        try:
            live_session_id = LiveSessionId(self.ids.parse_hex16(Kind.LIVE_SESSION, self.values[name]))
            return access_live_session(self.connection, self.account_id, live_session_id)
        except NotFound:
            raise Refused(f"{name} not found") from None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. required: parameters that must be there and not be empty; the first of them is the account's id. read: the reply, or raises
    Refused. refuse: the reply of a failure, with the keys of a success, from its reason and the parameters as far as they could be read."""

    required: tuple[str, ...]
    read: Callable[[Scope], msgspec.Struct]
    refuse: Callable[[Refused, Mapping[str, str]], msgspec.Struct]


def read_number(values: Mapping[str, str], name: str, default: int) -> int:
    """A number from 1; absent or empty is the default. Raises Refused."""
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) >= 1):
        raise Refused(f"{name} is invalid")
    return int(text)
