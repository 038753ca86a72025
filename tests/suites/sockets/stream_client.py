"""A client on an event stream: one connection that reads events, and another that posts."""

import asyncio
import contextlib
import json
import secrets
import socket
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event as the server sent it. kind: "message" unless it says otherwise; "comment" for a comment."""

    kind: str
    text: str


def post_request(name: str, body: bytes | str, headers: dict[str, str] | None = None, *, host: str = "turnout.test") -> bytes:
    """The bytes of a post to a line."""
    if isinstance(body, str):
        body = body.encode()
    fields = {"Host": host, "Content-Type": "text/plain", "Content-Length": str(len(body))} | (headers or {})
    head = "\r\n".join([f"POST /live/{name} HTTP/1.1", *(f"{field}: {value}" for field, value in fields.items()), "\r\n"])
    return head.encode() + body


def stream_request(name: str, headers: dict[str, str] | None = None, *, host: str = "turnout.test", version: str = "1.1") -> bytes:
    """The bytes of a request for an event stream."""
    fields = {"Host": host, "Accept": "text/event-stream"} | (headers or {})
    return "\r\n".join([f"GET /live/{name} HTTP/{version}", *(f"{field}: {value}" for field, value in fields.items()), "\r\n"]).encode()


class Poster:
    """An HTTP connection that stays open for posts."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def status(self) -> int:
        """Of the next answer; its body is read."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length: "):
                self.body = await self._reader.readexactly(int(line[16:]))
        return int(head.split(b" ")[1])


class StreamClient:
    """One line. name: which it is."""

    def __init__(self, port: int, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.head = b""
        self._port = port
        self._reader = reader
        self._writer = writer
        self._poster: Poster | None = None
        self._said: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()

    @classmethod
    async def open(
        cls, port: int, name: str = "", headers: dict[str, str] | None = None, *, receive_buffer: int | None = None, version: str = "1.1"
    ) -> "StreamClient":
        """A line whose stream has begun. receive_buffer: the kernel's, in bytes, for a client that is to fall behind soon."""
        name = name or secrets.token_urlsafe(16)
        line = socket.socket()
        if receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=line, limit=2**16 if receive_buffer is None else 2**10)
        writer.write(stream_request(name, headers, version=version))
        client = cls(port, name, reader, writer)
        client.head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in client.head.partition(b"\r\n")[0]
        assert await client.event() == Event("comment", "")
        return client

    def say(self, text: bytes | str) -> None:
        """Post one message, or whatever it is; the posts arrive in the order of the calls."""
        self._said.append(asyncio.get_running_loop().create_task(self._say(text)))

    async def _say(self, text: bytes | str) -> None:
        async with self._turn:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.post(text)

    async def post(self, body: bytes | str, headers: dict[str, str] | None = None) -> int:
        """Post, and the status of the answer."""
        if self._poster is None:
            self._poster = Poster(*await asyncio.open_connection("127.0.0.1", self._port))
        self._poster.writer.write(post_request(self.name, body, headers))
        return await self._poster.status()

    @property
    def refusal(self) -> dict[str, Any]:
        """The error of the last post's answer."""
        assert self._poster is not None
        error: dict[str, Any] = json.loads(self._poster.body)["error"]
        return error

    async def event(self) -> Event:
        """The next event or comment; raises asyncio.IncompleteReadError when the server closes first."""
        lines: list[str] = []
        block = b""
        while not block.endswith(b"\n\n"):
            try:
                block += await self._reader.readuntil(b"\n\n")
            except asyncio.LimitOverrunError as error:
                block += await self._reader.readexactly(error.consumed)
        lines = block[:-2].decode().split("\n")
        if lines == [":"]:
            return Event("comment", "")
        fields = dict(line.split(": ", 1) for line in lines)
        assert set(fields) <= {"event", "data"}
        return Event(fields.get("event", "message"), fields["data"])

    async def message(self) -> dict[str, Any]:
        """The JSON of the next event, which must be a message."""
        event = await self.event()
        while event.kind == "comment":
            event = await self.event()
        assert event.kind == "message", event
        message: dict[str, Any] = json.loads(event.text)
        return message

    async def ending(self) -> dict[str, Any]:
        """What the next event says, which must be the end."""
        event = await self.event()
        while event.kind == "comment":
            event = await self.event()
        assert event.kind == "end", event
        ending: dict[str, Any] = json.loads(event.text)
        return ending

    async def close_code(self) -> int:
        """The code of the next event, which must be the end."""
        code: int = (await self.ending())["code"]
        return code

    async def is_hung_up(self) -> bool:
        """Wait for the end of what the server sends; whether nothing came before it."""
        try:
            return not await self._reader.read()
        except ConnectionResetError:
            return True

    def send(self, data: bytes) -> None:
        """Send these bytes behind the request for the stream."""
        self._writer.write(data)

    def reset(self) -> None:
        """Break the line as a crash would."""
        self._writer.transport.abort()

    async def leave(self) -> None:
        """Close the line."""
        for task in self._said:
            task.cancel()
        await asyncio.gather(*self._said, return_exceptions=True)
        for writer in [self._writer] + ([self._poster.writer] if self._poster else []):
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
