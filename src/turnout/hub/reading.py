"""What the feed needs from outside, and hands it in: reading, encoding. compose implements it over the domains."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from turnout.kernel.events import Event

T = TypeVar("T")

ChannelKind = Literal["session", "host"]
"""session: the public stream of a live session; host: the host's view of it."""

CHANNEL_KINDS: tuple[ChannelKind, ...] = ("session", "host")

EventEncoder = Callable[[Event], dict[str, bytes]]
"""The members a publication of this event has on each kind of channel, as JSON members without braces: {"session": b'"survey":{…}'}.
b"" is a publication without further members; a kind that is missing does not get the event. Called once per event, on the event loop."""


class Snapshot(NamedTuple):
    """All a listener needs to begin. position: number of the last event it contains. body: a JSON object that names both."""

    epoch: str
    position: int
    body: bytes


class TallyNews(NamedTuple):
    """A tally that changed. key: the interaction's id. version: grows with every change. session, host: the whole message
    {"op":"tally",…} for each kind of channel; None where it is not shown."""

    key: int
    version: int
    session: bytes | None
    host: bytes | None


class Reader(Protocol):
    """Runs queries off the event loop: storage's Database."""

    async def read(self, query: Callable[[Any], T]) -> T:
        """What `query` returns for a read connection on which everything read belongs to one moment (a snapshot transaction)."""
        ...


class FeedSource(Protocol):
    """Reads what the feed tells. Every method runs on a database thread, with a read connection; several calls of one stream's turn share
    a connection, and so a moment."""

    def events(self, connection: Any, stream_id: int, after: int) -> Sequence[Event]:
        """The events after that number, in order, without gaps; it may return fewer than there are."""
        ...

    def snapshot(self, connection: Any, live_session_id: int, channel_kind: ChannelKind) -> tuple[str, int, bytes]:
        """epoch, position and body (see Snapshot). A TurnoutError it raises refuses those who wanted to join."""
        ...

    def tallies(self, connection: Any, live_session_id: int, known: Mapping[int, int]) -> Sequence[TallyNews]:
        """The tallies whose version is above the one in `known` (key → version), of closed interactions too: a final tally is told even
        when the close was committed before the tally was read."""
        ...

    def online(self, connection: Any, live_session_id: int) -> int:
        """How many viewers are there now."""
        ...
