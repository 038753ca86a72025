"""The limit for answers: sockets, JSON, one durable row per submission, and nothing else.

Speaks the same messages as Turnout and writes with the same trick (one transaction for everything that waits, acknowledgements after the
commit), with picows and the database's driver as bare as they come. It has no rules, no accounts, no tallies and no events: what Turnout
reaches of its speed is what those cost. sqlite.py and postgres.py beside this file bring the writing.
"""

import asyncio
import queue
import signal
import threading
import time
from collections.abc import Callable

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from typing_extensions import override

Row = tuple[int, int, str, int]
"""Survey, viewer, answers as JSON, and the nanosecond they came."""

Write = Callable[[list[Row]], None]
"""Writes rows in one transaction that is durable when it returns. Called on one thread."""


class Enter(msgspec.Struct, tag_field="op", tag="enter"):
    """A viewer comes in."""

    id: str
    room: str


class Entry(msgspec.Struct):
    """What a viewer answers to one question."""

    question: str
    choices: list[int]


class Answer(msgspec.Struct, tag_field="op", tag="answer"):
    """A viewer answers a survey, `sv_` and its number in the plan."""

    id: str
    survey: str
    answers: list[Entry]


_decode = msgspec.json.Decoder(Enter | Answer).decode
_encode = msgspec.json.Encoder().encode

Waiting = tuple[Row, WSTransport, str]


class GroupCommit:
    """Everything that waits goes into one transaction; the next batch forms while this one commits. open_writer: called on the thread that
    writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, open_writer: Callable[[], Write]) -> None:
        self._loop, self._open_writer = loop, open_writer
        self._waiting: list[Waiting] = []
        self._busy = False
        self._batches: queue.SimpleQueue[list[Waiting]] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def submit(self, row: Row, transport: WSTransport, command: str) -> None:
        """Have the row written and its command acknowledged."""
        self._waiting.append((row, transport, command))
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        if self._waiting:
            batch, self._waiting = self._waiting, []
            self._batches.put(batch)
        else:
            self._busy = False

    def _run(self) -> None:
        write = self._open_writer()
        while True:
            batch = self._batches.get()
            write([row for row, _, _ in batch])
            self._loop.call_soon_threadsafe(self._acknowledge, batch)

    def _acknowledge(self, batch: list[Waiting]) -> None:
        for _, transport, command in batch:
            transport.send(WSMsgType.TEXT, b'{"op":"accepted","id":"%b"}' % command.encode())
        self._next()


class Viewer(WSListener):
    """One connection."""

    def __init__(self, number: int, writer: GroupCommit) -> None:
        self._number, self._writer = number, writer

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            message = _decode(frame.get_payload_as_memoryview())
            if isinstance(message, Answer):
                answers = _encode([entry.choices for entry in message.answers]).decode()
                self._writer.submit((int(message.survey[3:]), self._number, answers, time.time_ns()), transport, message.id)
            else:
                transport.send(WSMsgType.TEXT, b'{"op":"entered","id":"%b"}' % message.id.encode())


async def _serve(port: int, open_writer: Callable[[], Write]) -> None:
    loop = asyncio.get_running_loop()
    writer = GroupCommit(loop, open_writer)
    viewers = iter(range(1, 1_000_000))

    def listen(_request: WSUpgradeRequest) -> Viewer:
        return Viewer(next(viewers), writer)

    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    server = await ws_create_server(listen, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await stopping.wait()
    server.close()


def serve(port: int, open_writer: Callable[[], Write]) -> None:
    """Serves until SIGTERM."""
    uvloop.run(_serve(port, open_writer))
