"""What our own API and socket say about viewers."""

from typing import Annotated

import msgspec

from turnout.audience.rules import Presence
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind

CommandIdText = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_COMMAND_ID_LENGTH)]


class EnterMessage(msgspec.Struct, frozen=True, tag_field="op", tag="enter"):
    """socket: a viewer enters a room. room: its join code. token: from an earlier entry; else name, and an id nobody can guess."""

    id: CommandIdText
    room: str
    name: str | None = None
    token: str | None = None


class WatchMessage(msgspec.Struct, frozen=True, tag_field="op", tag="watch"):
    """socket: a host follows a live session of the account; the login's cookie came with the upgrade request."""

    id: CommandIdText
    live_session: str


class ViewerView(msgspec.Struct, frozen=True):
    """A viewer, by name."""

    id: str
    name: str


class EnteredMessage(msgspec.Struct, frozen=True, tag_field="op", tag="entered"):
    """socket: the seat is taken. token: keeps it across reloads and restarts. now: the server's time. mine: the viewer's own answers."""

    id: str
    viewer: ViewerView
    token: str
    now: str
    mine: msgspec.Raw
    snapshot: msgspec.Raw


class WatchingMessage(msgspec.Struct, frozen=True, tag_field="op", tag="watching"):
    """socket: the host follows the live session."""

    id: str
    now: str
    snapshot: msgspec.Raw


class PresenceView(msgspec.Struct, frozen=True):
    """A viewer in a live session. connections: open ones; exited_at: null while online."""

    id: str
    name: str
    online: bool
    connections: int
    entered_at: str
    exited_at: str | None


class ViewersReply(msgspec.Struct, frozen=True):
    """The people of a live session, the present first (at most 500). online, total: different viewers."""

    viewers: list[PresenceView]
    online: int
    total: int


def presence_view(ids: IdForms, presence: Presence) -> PresenceView:
    """For the host."""
    return PresenceView(
        id=ids.text(Kind.VIEWER, presence.viewer_id),
        name=presence.name,
        online=presence.connections > 0,
        connections=presence.connections,
        entered_at=rfc3339(presence.entered_at),
        exited_at=None if presence.exited_at is None else rfc3339(presence.exited_at),
    )
