"""Who listens to what: connections by channel, and writing one publication to all of them.

A channel is a name ("session:<id>", "host:<id>"). A publication is framed once for each kind of line, and the same bytes go to
every connection of that kind.
Concurrency: the event-loop thread only, and nothing here waits. Invariant: a closed connection is in no channel.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from turnout.hub.connection import Connection, Frame
from turnout.hub.protocol import TOO_SLOW, Ending

log = logging.getLogger(__name__)


class Hub:
    """All connections of this process and the channels they are subscribed to."""

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self.ended_too_slow = 0
        """Connections ended because they did not read fast enough, since the start."""
        self._channels: dict[str, dict[Frame, set[Connection]]] = {}
        self._on_closed: list[Callable[[Connection], None]] = []
        self._unflushed: list[Connection] = []

    # Channels

    def subscribe(self, channel: str, connection: Connection) -> None:
        """From now on the connection gets the channel's publications. No effect when it does already, or is closed."""
        if connection.open and channel not in connection.channels:
            connection.channels += (channel,)
            self._channels.setdefault(channel, {}).setdefault(connection.frame, set()).add(connection)

    def unsubscribe(self, channel: str, connection: Connection) -> None:
        """The connection gets no more of the channel's publications. No effect when it got none."""
        if channel in connection.channels:
            connection.channels = tuple(name for name in connection.channels if name != channel)
            kinds = self._channels[channel]
            listeners = kinds[connection.frame]
            listeners.discard(connection)
            if not listeners:
                del kinds[connection.frame]
                if not kinds:
                    del self._channels[channel]

    def listening(self, channel: str) -> list[Connection]:
        """The connections subscribed to the channel."""
        return [connection for listeners in self._channels.get(channel, {}).values() for connection in listeners]

    def listeners(self, channel: str) -> int:
        """How many connections are subscribed to the channel."""
        return sum(map(len, self._channels.get(channel, {}).values()))

    @property
    def channels(self) -> dict[str, int]:
        """Every channel that has listeners, with their number."""
        return {name: self.listeners(name) for name in self._channels}

    def publish(self, channel: str, *payloads: bytes) -> None:
        """Write the messages to every connection of the channel, in this order and in one system call each. A connection with too much
        unsent is ended; the others do not notice."""
        for frame, listeners in self._channels.get(channel, {}).items():
            wire = b"".join(map(frame, payloads))
            # ending or a broken line never changes the set at once: `closed` always comes from a later turn of the loop
            for connection in listeners:
                connection.write(wire)

    def publish_news(self, channel: str, news: Sequence[tuple[object, bytes]]) -> None:
        """Write coalescible messages, each with the key under which a later one replaces it, to every connection of the channel that is
        not behind; one that is behind gets the latest of each key when it has caught up."""
        if not news:
            return
        for frame, listeners in self._channels.get(channel, {}).items():
            wires = [(key, frame(payload)) for key, payload in news]
            together = b"".join(wire for _, wire in wires)
            for connection in listeners:
                connection.write_news(wires, together)

    def end_listeners(self, channel: str, ending: Ending) -> None:
        """End every connection of the channel."""
        for connection in self.listening(channel):
            connection.end(ending)

    # What connections call (connection.Keeper)

    def on_closed(self, callback: Callable[[Connection], None]) -> None:
        """Have `callback` called once for every connection that is gone, after it left all channels."""
        self._on_closed.append(callback)

    def opened(self, connection: Connection) -> None:
        """Keep a connection whose line stands."""
        self.connections.add(connection)
        connection.source.connections += 1

    def closed(self, connection: Connection) -> None:
        """Forget a connection whose line is gone, and tell who asked."""
        if connection in self.connections:
            self.connections.remove(connection)
            connection.source.connections -= 1
        if connection.ending is TOO_SLOW:
            self.ended_too_slow += 1
        for channel in connection.channels:
            self.unsubscribe(channel, connection)
        for callback in self._on_closed:
            try:
                callback(connection)
            except Exception:  # one listener's bug must not keep the others from cleaning up
                log.exception("on_closed_failed")

    def flush_later(self, connection: Connection) -> None:
        """Write the connection's collected answers at the end of this turn of the event loop."""
        if not self._unflushed:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unflushed.append(connection)

    def _flush(self) -> None:
        connections, self._unflushed = self._unflushed, []
        for connection in connections:
            connection.flush()
