"""What the hub itself says, as the AsyncAPI document describes it. It writes these messages by hand: they are the hot ones."""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.hub.reading import ChannelKind


class PongMessage(msgspec.Struct, tag_field="op", tag="pong"):
    """The server is there. now: what time it is there."""

    id: str
    now: str


class OnlineMessage(msgspec.Struct, tag_field="op", tag="online"):
    """How many different viewers are there now: a signal, told at most once a second."""

    viewers: int


class PublicationMessage(msgspec.Struct, tag_field="op", tag="publication"):
    """An event of the live session. position: its number. previous: the position of the publication before it on the same channel. survey,
    checkin, draw, announcement, live_session, room with stream, theme: what it is about, by the kind of event."""

    channel: ChannelKind
    position: int
    previous: int
    kind: str
    at: str
    survey: msgspec.Raw | UnsetType = UNSET
    checkin: msgspec.Raw | UnsetType = UNSET
    draw: msgspec.Raw | UnsetType = UNSET
    announcement: msgspec.Raw | UnsetType = UNSET
    live_session: msgspec.Raw | UnsetType = UNSET
    room: msgspec.Raw | UnsetType = UNSET
    stream: msgspec.Raw | UnsetType = UNSET
    theme: msgspec.Raw | UnsetType = UNSET


class OwnMessage(msgspec.Struct, tag_field="op", tag="own"):
    """What the server holds of the viewer's own answers, confirmations and draws: all of it. With an id it is the answer to `read_own`;
    without one something of it has changed."""

    mine: msgspec.Raw
    id: str | UnsetType = UNSET


class End(msgspec.Struct):
    """The data of the event `end`, the last one of a stream: what a close frame says on a socket."""

    code: int
    reason: str
    may_return: bool
