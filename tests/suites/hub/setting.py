"""A hub, a live session in memory and its feed."""

import asyncio
from typing import Any

from tests.suites.hub.lines import Line, connect
from tests.suites.hub.show import LIVE_SESSION, DirectReader, Show, encode, reply
from turnout.hub.connection import Connection
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.reading import ChannelKind, Since
from turnout.hub.stream import Pace
from turnout.hub.telling import Joiner

NUDGED = Pace(poll_s=1_000, tally_s=0, online_s=0, online_poll_s=1_000, head_poll_s=1_000, idle_s=1_000)


class Setting:
    """A hub, a live session and its feed."""

    def __init__(self, pace: Pace = NUDGED, **parts: Any) -> None:
        self.hub = Hub()
        self.show = Show()
        self.feed = Feed(
            self.hub,
            parts.get("reader") or DirectReader(),
            self.show,
            parts.get("encode") or encode,
            pace,
            max_missed=parts.get("max_missed", 200),
        )

    def join(
        self, connection: Connection, kind: ChannelKind = "session", command_id: str = "c", reply: Any = reply, since: Since | None = None
    ) -> None:
        """Send the command that joins."""
        connection.in_flight += 1
        self.feed.join(LIVE_SESSION, Joiner(connection, kind, command_id, reply, since))

    def joiner(self, connection: Connection) -> Joiner:
        """Somebody who joins for the first time."""
        return Joiner(connection, "session", "c", reply)

    @property
    def following(self) -> int:
        """How many live sessions are followed."""
        return sum(task.get_name().startswith("stream-") for task in asyncio.all_tasks())

    async def listener(self, kind: ChannelKind = "session") -> Line:
        """The line of a new listener that has its snapshot."""
        connection, line = connect(self.hub)
        self.join(connection, kind)
        await line.until("entered")
        return line
