"""Many quiet sockets of one room, on one thread: they enter, listen, count what comes, and come back.

Frames are counted by their headers alone; what an entry brought is kept as a hash, so that ten thousand snapshots can be compared.
"""

import base64
import hashlib
import json
import multiprocessing
import os
import secrets
import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection

_READ_SIZE = 262_144
_MASK = b"\x00\x00\x00\x00"  # a mask of zeros is one too, and leaves the payload as it is

Greeting = Callable[["Listener"], bytes | None]
"""The first message of a connection; None when it says nothing."""


class Listener:
    """One connection. entered: the moment its first answer came, 0 until then. frames: text messages since `reset`."""

    __slots__ = ("_buffer", "_upgraded", "entered", "entry_id", "entry_text", "file", "frames", "position", "token")

    def __init__(self) -> None:
        self.file: socket.socket | None = None
        self.entry_id = secrets.token_hex(12)
        self.token: str | None = None
        self.position: tuple[str, int] | None = None
        self.begin()

    def begin(self) -> None:
        """Forgets the last connection."""
        self._buffer = b""
        self._upgraded = False
        self.entered = 0.0
        self.frames = 0
        self.entry_text = b""

    def say(self, message: Mapping[str, object]) -> None:
        """Sends a message."""
        _send(self, json.dumps(message).encode())

    def hear(self, data: bytes) -> bool:
        """Takes what was read; says whether the upgrade has just been answered. Raises ValueError for another answer."""
        buffer = self._buffer + data if self._buffer else data
        just = False
        if not self._upgraded:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = buffer
                return False
            if not buffer.startswith(b"HTTP/1.1 101"):
                raise ValueError(buffer[:200].decode("latin-1"))
            self._upgraded = just = True
            buffer = buffer[end + 4 :]
        at = 0
        while len(buffer) - at >= 2:
            size, header = buffer[at + 1] & 127, 2
            if size == 126:
                if len(buffer) - at < 4:
                    break
                size, header = int.from_bytes(buffer[at + 2 : at + 4], "big"), 4
            elif size == 127:
                if len(buffer) - at < 10:
                    break
                size, header = int.from_bytes(buffer[at + 2 : at + 10], "big"), 10
            if len(buffer) - at < header + size:
                break
            if buffer[at] == 0x81:
                self.frames += 1
                if not self.entered:
                    self.entered = time.monotonic()
                    self.entry_text = buffer[at + header : at + header + size]
            elif buffer[at] == 0x89:
                _send(self, buffer[at + header : at + header + size], 0x8A)
            elif buffer[at] == 0x88:
                raise ValueError(f"ended with {int.from_bytes(buffer[at + header : at + header + 2], 'big')}")
            at += header + size
        self._buffer = buffer[at:]
        return just


class Crowd:
    """So many listeners on ws://127.0.0.1:port/path. greeting: what each says first, where it says anything."""

    def __init__(self, size: int, port: int, path: str, greeting: Greeting) -> None:
        self.listeners = [Listener() for _ in range(size)]
        self._port, self._path, self._greeting = port, path, greeting
        self._poller = select.epoll()
        self._by_file: dict[int, Listener] = {}

    def connect(self, at_once: int = 256, within_s: float = 120.0, *, answered: bool = True) -> float:
        """Everybody connects, so many at a time; returns the seconds until the last was upgraded, or `answered` its greeting."""
        began = time.monotonic()
        waiting = list(self.listeners)
        pending: set[Listener] = set()
        while waiting or pending:
            while waiting and len(pending) < at_once:
                listener = waiting.pop()
                self._open(listener)
                pending.add(listener)
            for listener, upgraded in self._read(0.05):
                if upgraded and (message := self._greeting(listener)) is not None:
                    _send(listener, message)
                if listener.entered or (upgraded and not answered):
                    pending.discard(listener)
            if time.monotonic() - began > within_s:
                raise TimeoutError(f"{len(pending) + len(waiting)} of {len(self.listeners)} connections were not made in {within_s:.0f} s")
        return time.monotonic() - began

    def listen(self, seconds: float) -> int:
        """Listens for a while; returns the messages that came."""
        for listener in self.listeners:
            listener.frames = 0
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)
        return sum(listener.frames for listener in self.listeners)

    def close(self) -> None:
        """Cuts every connection."""
        for listener in self.listeners:
            if listener.file is not None:
                listener.file.close()
                listener.file = None
        self._by_file.clear()

    def _open(self, listener: Listener) -> None:
        listener.begin()
        file = socket.create_connection(("127.0.0.1", self._port))
        file.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        file.sendall(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        file.setblocking(False)
        listener.file = file
        self._by_file[file.fileno()] = listener
        self._poller.register(file.fileno(), select.EPOLLIN)

    def _read(self, seconds: float) -> Sequence[tuple[Listener, bool]]:
        heard = []
        for number, _ in self._poller.poll(seconds, 4096):
            listener = self._by_file[number]
            data = listener.file.recv(_READ_SIZE) if listener.file else b""
            if not data:
                raise ConnectionError("the server closed a connection")
            heard.append((listener, listener.hear(data)))
        return heard


class CrowdElsewhere:
    """A crowd in a process of its own: a process may not have the files of several. It answers pings at any time. Close it."""

    def __init__(self, size: int, port: int, path: str, greeting: Greeting) -> None:
        forking = multiprocessing.get_context("fork")  # a greeting is a closure
        self._pipe, theirs = forking.Pipe()
        self._process = forking.Process(target=_run_crowd, args=(Crowd(size, port, path, greeting), theirs), daemon=True)
        self._process.start()

    def connect(self, *, answered: bool) -> float:
        """See Crowd.connect."""
        return float(self._ask("connect", {"answered": answered}))

    def listen(self, seconds: float) -> int:
        """See Crowd.listen."""
        return int(self._ask("listen", {"seconds": seconds}))

    def close(self) -> None:
        """Cuts every connection."""
        self._process.terminate()
        self._process.join()

    def _ask(self, name: str, arguments: dict[str, object]) -> float:
        self._pipe.send((name, arguments))
        reply = self._pipe.recv()
        if isinstance(reply, BaseException):
            raise reply
        return float(reply)


def _run_crowd(crowd: Crowd, pipe: Connection) -> None:
    try:
        while True:
            if pipe.poll():
                name, arguments = pipe.recv()
                pipe.send(getattr(crowd, name)(**arguments))
            else:
                crowd.listen(0.1)
    except Exception as error:  # noqa: BLE001 - whoever asks next hears it
        pipe.send(error)


def _send(listener: Listener, message: bytes, kind: int = 0x81) -> None:
    if listener.file is None:
        raise ValueError("not connected")
    size = len(message)
    header = bytes((kind, 0x80 | size)) if size < 126 else bytes((kind, 0xFE)) + size.to_bytes(2, "big")
    listener.file.sendall(header + _MASK + message)


def enter_room(code: str) -> Greeting:
    """Enters Turnout's room: by name first, later with the token and the position of the last entry."""

    def greet(listener: Listener) -> bytes:
        message: dict[str, object] = {"op": "enter", "id": listener.entry_id, "room": code}
        if listener.token is None:
            message["name"] = "Viewer"
        else:
            message |= {"id": secrets.token_hex(12), "token": listener.token}
            if listener.position is not None:
                message |= {"epoch": listener.position[0], "position": listener.position[1]}
        return json.dumps(message).encode()

    return greet


def take_seat(listener: Listener) -> str:
    """Keeps what the entry answered (token and position), and returns a hash of the snapshot in it. Raises ValueError for a refusal."""
    entered = json.loads(listener.entry_text)
    if entered.get("op") != "entered":
        raise ValueError(listener.entry_text[:200].decode())
    listener.token = entered["token"]
    snapshot = entered.get("snapshot")
    if snapshot is None:
        return f"resumed {json.dumps(entered['publications'])}"
    listener.position = (snapshot["epoch"], snapshot["position"])
    return hashlib.sha256(json.dumps(snapshot["surveys"], sort_keys=True).encode()).hexdigest()
