"""The limit for answers: sockets, JSON, one durable row per answer, and nothing else.

Speaks the same messages as Turnout and writes with the same trick (one transaction for everything that waits, acknowledgements after the
commit), with picows and sqlite3 as bare as they come. It has no rules, no accounts, no tallies and no events: what Turnout reaches of
its speed is what those cost. Run: python -m benchmarks.limits.answers PORT FOLDER
"""

import asyncio
import queue
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from typing_extensions import override

_TABLE = """create table if not exists answers(
  question integer, viewer integer, choices text, at integer, primary key(question, viewer)) without rowid"""


class Enter(msgspec.Struct, tag_field="op", tag="enter"):
    """A viewer comes in."""

    id: str
    room: str


class Answer(msgspec.Struct, tag_field="op", tag="answer"):
    """A viewer answers a question, `qn_` and its number in the plan."""

    id: str
    question: str
    choices: list[int]


_decode = msgspec.json.Decoder(Enter | Answer).decode

Row = tuple[int, int, str, int]


class GroupCommit:
    """Everything that waits goes into one transaction; the next batch forms while this one commits."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: Path) -> None:
        self._loop, self._path = loop, path
        self._waiting: list[tuple[Row, WSTransport, str]] = []
        self._busy = False
        self._batches: queue.SimpleQueue[list[tuple[Row, WSTransport, str]]] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def submit(self, row: Row, transport: WSTransport, command: str) -> None:
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

    def _write(self) -> None:
        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=full")
        database.execute(_TABLE)
        while True:
            batch = self._batches.get()
            database.execute("begin immediate")
            database.executemany("insert or ignore into answers values(?,?,?,?)", [row for row, _, _ in batch])
            database.execute("commit")
            self._loop.call_soon_threadsafe(self._acknowledge, batch)

    def _acknowledge(self, batch: list[tuple[Row, WSTransport, str]]) -> None:
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
                choices = msgspec.json.encode(message.choices).decode()
                self._writer.submit((int(message.question[3:]), self._number, choices, time.time_ns()), transport, message.id)
            else:
                transport.send(WSMsgType.TEXT, b'{"op":"entered","id":"%b"}' % message.id.encode())


async def _serve(port: int, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    writer = GroupCommit(loop, folder / "limit.db")
    viewers = iter(range(1, 1_000_000))

    def listen(_request: WSUpgradeRequest) -> Viewer:
        return Viewer(next(viewers), writer)

    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    server = await ws_create_server(listen, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await stopping.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
