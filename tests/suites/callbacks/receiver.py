"""A receiver of callbacks on loopback that behaves as told, down to the bytes."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Answer = Callable[["Call", asyncio.StreamWriter], Awaitable[None]]

DRIP_S = 0.02
"""Seconds between the drops of a receiver that drips."""


@dataclass
class Call:
    """One request as it came over the wire, to this receiver."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    receiver: "Receiver"


def status(code: int, body: bytes = b"", /, **headers: str) -> Answer:
    """Answers with this status."""

    async def answer(_call: Call, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


def raw(answered: bytes) -> Answer:
    """Writes these bytes and closes."""

    async def answer(_call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(answered)
        writer.close()

    return answer


async def reset(_call: Call, writer: asyncio.StreamWriter) -> None:
    """Hangs up in the middle of nothing, with a reset."""
    _reset(writer)


def reset_after(answered: bytes) -> Answer:
    """Writes these bytes, and resets the connection once they are away."""

    async def answer(_call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(answered)
        await writer.drain()
        await asyncio.sleep(DRIP_S)  # a reset overtakes what is still on its way
        _reset(writer)

    return answer


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drip(at_once: bytes, drop: bytes = b"x") -> Answer:
    """Writes these bytes, and then one drop after the other for ever, too few to be worth anything and too often to be silence."""

    async def answer(_call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(at_once)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(DRIP_S)

    return answer


def flood(at_once: bytes, wave: bytes) -> Answer:
    """Writes these bytes, and then wave after wave, as fast as they are taken."""

    async def answer(call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(at_once)
        while True:
            writer.write(wave)
            await writer.drain()
            call.receiver.written += len(wave)

    return answer


async def endless(_call: Call, writer: asyncio.StreamWriter) -> None:
    """200, and a body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def dripping(_call: Call, writer: asyncio.StreamWriter) -> None:
    """200 with the first bytes of a long body, and then silence."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthanks")
    await asyncio.Event().wait()


async def silence(_call: Call, _writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.Event().wait()


def gated() -> tuple[asyncio.Event, Answer]:
    """An event, and an answer of 200 that waits for it."""
    released = asyncio.Event()

    async def answer(call: Call, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await status(200)(call, writer)

    return released, answer


class Receiver:
    """Answers the calls to each path with that path's answers in turn, the last one for ever; 204 where there are none. written: bytes with
    which it has flooded its callers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.open = 0
        self.most_open = 0
        self.written = 0
        self._answers: dict[str, list[Answer]] = {}
        self._news = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, hosts: tuple[str, ...] = ("127.0.0.1",), port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listens, on a free port unless one is named. tls: for a receiver that speaks it."""
        self._server = await asyncio.start_server(self._connected, hosts, port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up on everyone."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def url(self, path: str = "/hook") -> str:
        """The URL of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, *answers: Answer, path: str = "/hook") -> None:
        """What to do with the next calls to a path."""
        self._answers[path] = list(answers)

    def calls_to(self, path: str = "/hook") -> list[Call]:
        """The calls a path has had."""
        return [call for call in self.calls if call.path == path]

    async def called(self, count: int, path: str = "/hook") -> list[Call]:
        """Waits until a path has had that many calls."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: len(self.calls_to(path)) >= count)
        return self.calls_to(path)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._serve(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the sender hung up, or the test is over
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":  # the beginning of TLS, which nobody speaks here
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        head = first + await reader.readuntil(b"\r\n\r\n")
        request, *lines = head.decode().split("\r\n")[:-2]
        method, path, _ = request.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers.get("Content-Length", "0")))
        call = Call(method, path, headers, body, self)
        self.calls.append(call)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        async with self._news:
            self._news.notify_all()
        answers = self._answers.get(path, [])
        answer = answers.pop(0) if len(answers) > 1 else answers[0] if answers else status(204)
        try:
            # whoever is told to be silent notices all the same when the sender hangs up
            answering = asyncio.ensure_future(answer(call, writer))
            gone = asyncio.ensure_future(reader.read(1)) if answer in (silence, dripping) else None
            done, pending = await asyncio.wait({answering, gone} if gone else {answering}, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            self.open -= 1
        return not writer.is_closing() and gone is None
