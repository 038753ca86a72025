"""A viewer's line for tests where sockets are blocked: blocking, on the standard library. The counterpart of viewers.Viewer."""

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.harness.viewers import PATIENCE_S, Message


class EventLine:
    """One open line. seen: every message that came, in order. Not for two threads at once."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Opens the stream. headers: further ones of its request, such as Cookie and Origin."""
        self._where = urlsplit(base_url)
        self._path = f"/live/{secrets.token_urlsafe(16)}"
        self.seen: list[Message] = []
        self._fresh: list[Message] = []
        self._ending: Message | None = None
        self._buffer = b""
        self._socket = self._connect()
        lines = [
            f"GET {self._path} HTTP/1.1",
            f"Host: {self._where.netloc}",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._buffer:
            self._read(PATIENCE_S)
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head

    def _connect(self) -> socket.socket:
        return socket.create_connection((self._where.hostname, self._where.port), timeout=PATIENCE_S)

    def post(self, body: str) -> None:
        """Posts messages; they must be taken."""
        content = body.encode()
        head = f"POST {self._path} HTTP/1.1\r\nHost: {self._where.netloc}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        with self._connect() as poster:
            poster.sendall(head.encode() + content)
            answer = b""
            while piece := poster.recv(65_536):
                answer += piece
        assert answer.startswith(b"HTTP/1.1 202 "), answer

    def ask(self, message: Mapping[str, Any]) -> Message:
        """Posts a command and returns the answer to it. News that came before it is passed over."""
        self.post(json.dumps(message))
        return self.wait_for(lambda answer: answer.get("id") == message["id"])

    def wait_for(self, wanted: Callable[[Message], bool], within_s: float = PATIENCE_S) -> Message:
        """The next message of which `wanted` says yes."""
        deadline = time.monotonic() + within_s
        while True:
            while self._fresh:
                message = self._fresh.pop(0)
                if wanted(message):
                    return message
            assert self._ending is None, self._ending
            self._read(deadline - time.monotonic())
            self._take_in()

    def ending(self, within_s: float = PATIENCE_S) -> Message:
        """How the server ended the line, once it has."""
        deadline = time.monotonic() + within_s
        while self._ending is None:
            self._read(deadline - time.monotonic())
            self._take_in()
        return self._ending

    def close(self) -> None:
        """Goes away."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _read(self, within_s: float) -> None:
        if within_s <= 0:
            raise TimeoutError(f"nothing came; last seen: {self.seen[-3:]}")
        self._socket.settimeout(within_s)
        piece = self._socket.recv(262_144)
        assert piece, "the stream ended without a word"
        self._buffer += piece

    def _take_in(self) -> None:
        *events, self._buffer = self._buffer.split(b"\n\n")
        for event in events:
            fields = dict(line.partition(": ")[::2] for line in event.decode().split("\n"))
            if fields.get("event") == "end":
                self._ending = json.loads(fields["data"])
            elif "data" in fields:
                message = json.loads(fields["data"])
                self.seen.append(message)
                self._fresh.append(message)
