"""What clients on event streams say: POST /live/<name>, with the messages of the socket, one or an array of them.

The reply says only that the messages were taken; their answers come on the stream.
"""

from turnout.hub.event_stream import EventStream
from turnout.hub.protocol import TOO_LONG
from turnout.kernel.errors import NotFound
from turnout.kernel.limits import MAX_SOCKET_MESSAGE_BYTES
from turnout.server.asgi import UNLOGGED_KEY, Header, Receive, Scope, Send, all_headers, header, reply
from turnout.server.auth import OriginNotAllowed
from turnout.server.door import Door
from turnout.server.errors import MethodNotAllowed, body_too_large
from turnout.server.event_streams import PREFIX, allow_origin, read_name

_PREFIX = PREFIX.decode()


class NoSuchLine(NotFound):
    """There is no such line here; open it again."""

    code = "no_such_line"


class Posts:
    """Answers everything under /live/ but the streams themselves, which server/sockets.py keeps from here."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def serves(self, path: str) -> bool:
        """Whether a request for this path belongs here."""
        return path.startswith(_PREFIX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        scope["path_template"] = _PREFIX + "{line}"  # the log shall not have the name: who knows it may speak on the line
        if scope["method"] != "POST":
            raise MethodNotAllowed
        origins = all_headers(scope, b"origin")
        if not self._door.origins.allow(origins, header(scope, b"host") or ""):
            raise OriginNotAllowed
        found = read_name(scope["path"])
        stream = self._door.lines.find(found[1]) if found else None
        if stream is None:
            raise NoSuchLine
        body = await _read_body(scope, receive, stream)
        if body is None or not stream.hear(body):
            raise NoSuchLine
        # as on a socket: a line with moment and address, beside the database's own log, would tell whose anonymous ballot it was
        scope[UNLOGGED_KEY] = True
        headers: list[Header] = [(b"cache-control", b"no-store")]
        for line in allow_origin(origins).splitlines():
            name, _, value = line.partition(b": ")
            headers.append((name, value))
        await reply(send, 202, b"", headers)


async def _read_body(scope: Scope, receive: Receive, stream: EventStream) -> bytes | None:
    """The body; None when the client went away. One that is too long ends the line, as a message that is too long ends a socket."""
    announced = header(scope, b"content-length")
    left = MAX_SOCKET_MESSAGE_BYTES
    if announced is not None and announced.isdecimal() and int(announced) > left:
        left = -1
    parts: list[bytes] = []
    while left >= 0:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        left -= len(parts[-1])
        if left >= 0 and not message.get("more_body", False):
            return b"".join(parts)
    stream.end(TOO_LONG)
    raise body_too_large(MAX_SOCKET_MESSAGE_BYTES)
