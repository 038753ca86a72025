"""A connection where sockets are blocked: an HTTP response that never ends, as server-sent events, and requests beside it.

What the server says goes down the response; what the client says comes in posts to the same line's name (server/posts.py). The response has
neither a length nor chunks: it ends with its line, so that it is written once for everybody, and proxies of either HTTP version pass it on.
Invariant: a line's name leads to its latest stream; the one before it has been ended.
"""

import asyncio

import msgspec
from typing_extensions import override

from turnout.hub.connection import Connection
from turnout.hub.protocol import NORMAL, NOT_UTF8, Ending, event_frame

_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


class EventStream(Connection, asyncio.Protocol):
    """One stream of one client, and the protocol of its transport."""

    __slots__ = Connection.SLOTS

    kind = "events"
    frame = staticmethod(event_frame)

    def start(self, line: asyncio.Transport, head: bytes) -> None:
        """Take the transport over and begin the response. head: its status line and headers."""
        # the comment is there for proxies that hold back a head until something follows it
        line.write(head + b":\n\n")
        self._begin(line)

    def hear(self, body: bytes) -> bool:
        """Handle the body of a post: one message or an array of them. False when the stream takes no more: the client must come back."""
        if not self.open or self._last_words is not None:
            return False
        self.heard = True
        try:
            text = body.decode()
        except UnicodeDecodeError:
            self.end(NOT_UTF8)
            return False
        for message in _messages(text):
            if not self.open:
                return False  # a message before this one has ended it
            self._dispatch(self, message)
        return True

    @override
    def ping(self) -> None:
        self.write(b":\n\n")

    @override
    def _say_goodbye(self, ending: Ending) -> None:
        may_return = b"true" if ending.may_return else b"false"
        goodbye = b'event: end\ndata: {"code":%d,"reason":"%b","may_return":%b}\n\n'
        self._write(goodbye % (ending.code, ending.name.encode(), may_return))
        self._line.close()

    # What the transport calls

    @override
    def data_received(self, data: bytes) -> None:
        """Nothing may follow the request on this line; what does is thrown away."""

    @override
    def eof_received(self) -> bool:
        """The client is gone."""
        if self.close_code is None:
            self.close_code = NORMAL.code
        return False

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()

    @override
    def pause_writing(self) -> None:
        self._pause()

    @override
    def resume_writing(self) -> None:
        self._resume()


class Lines:
    """The event streams of this process by their lines' names."""

    def __init__(self) -> None:
        self._streams: dict[str, EventStream] = {}

    def find(self, name: str) -> EventStream | None:
        """The stream of this line, if it is here."""
        return self._streams.get(name)

    def add(self, name: str, stream: EventStream) -> None:
        """From now on the name means this stream; one that had it before is ended: its client has opened another in its place."""
        earlier = self._streams.get(name)
        self._streams[name] = stream
        if earlier is not None:
            earlier.end(NORMAL)

    def remove(self, name: str, stream: EventStream) -> None:
        """The stream is gone. Its name stays when it means a later one."""
        if self._streams.get(name) is stream:
            del self._streams[name]


def _messages(text: str) -> list[str]:
    """The messages in the body of a post. What is no array of JSON values is one message, for the dispatcher to refuse."""
    if not text.lstrip().startswith("["):
        return [text]
    try:
        return [bytes(raw).decode() for raw in _decode_list(text)]
    except (msgspec.DecodeError, RecursionError):
        return [text]
