"""A viewer's (or a host's) socket for tests: blocking, on the standard library."""

import contextlib
import http.client
import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override

from tests.harness.frames import CLOSE, PING, PONG, TEXT, FrameReader, frame, upgrade_request

PATIENCE_S = 60.0
"""Seconds a test waits for a message before it fails."""

Message = dict[str, Any]


class Closed(Exception):
    """The server ended the connection. code: of its close frame, None when it went without one."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"closed: {code} {reason}")
        self.code = code
        self.reason = reason


class Viewer:
    """One open socket. seen: every message that came, in order. Not for two threads at once."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Connects and upgrades. headers: further ones of the upgrade request, such as Cookie and Origin."""
        where = urlsplit(base_url)
        self.seen: list[Message] = []
        self._fresh: list[Message] = []
        self._reader = FrameReader()
        self._closed: Closed | None = None
        self._socket = socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(upgrade_request(base_url, headers))
            while not self._reader.opened:
                self._read(PATIENCE_S)
                if self._closed is not None:
                    raise self._closed
        except BaseException:
            self._socket.close()
            raise

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends one message and waits for nothing."""
        self._socket.sendall(frame(json.dumps(message).encode()))

    def receive(self, within_s: float = PATIENCE_S) -> Message:
        """The next message; raises Closed, or TimeoutError."""
        return self.wait_for(lambda _message: True, within_s)

    def wait_for(self, wanted: Callable[[Message], bool], within_s: float = PATIENCE_S) -> Message:
        """The next message of which `wanted` says yes; those before it are passed over (they stay in `seen`)."""
        deadline = time.monotonic() + within_s
        while True:
            while self._fresh:
                message = self._fresh.pop(0)
                if wanted(message):
                    return message
            if self._closed is not None:
                raise self._closed
            self._read(deadline - time.monotonic())

    def ask(self, message: Mapping[str, Any]) -> Message:
        """Sends a command and returns the answer to it: entered, accepted, refused … News that came before it is passed over."""
        self.send(message)
        return self.wait_for(lambda answer: answer.get("id") == message["id"] and "op" in answer)

    def enter(
        self, room_code: str, name: str | None = None, *, token: str | None = None, entry_id: str | None = None, **more: Any
    ) -> Message:
        """Enters the room by name, or again by token. more: further members. The answer: entered, waiting, or refused."""
        message: Message = {"op": "enter", "id": entry_id or secrets.token_hex(16), "room": room_code, **more}
        if name is not None:
            message["name"] = name
        if token is not None:
            message["token"] = token
        return self.ask(message)

    def submit(self, survey: str, answers: Sequence[Mapping[str, Any]], command_id: str | None = None) -> Message:
        """Answers a survey, given by its id. The answer: accepted, or refused."""
        return self.ask({"op": "answer", "id": command_id or secrets.token_hex(8), "survey": survey, "answers": list(answers)})

    def save_draft(self, survey: str, answers: Sequence[Mapping[str, Any]], command_id: str | None = None) -> Message:
        """Saves what is filled in so far. The answer: accepted, or refused."""
        return self.ask({"op": "save_draft", "id": command_id or secrets.token_hex(8), "survey": survey, "answers": list(answers)})

    def answer(self, survey: Mapping[str, Any], choices: Sequence[int], command_id: str | None = None) -> Message:
        """Answers a survey of one question, given as a view of it, with these options. The answer: accepted, or refused."""
        return self.submit(survey["id"], [{"question": survey["questions"][0]["id"], "choices": list(choices)}], command_id)

    def check_in(self, checkin: Mapping[str, Any], command_id: str | None = None) -> Message:
        """Confirms a check-in, given as a view of it. The answer: accepted, or refused."""
        return self.ask({"op": "check_in", "id": command_id or secrets.token_hex(8), "checkin": checkin["id"]})

    def enter_draw(self, draw: Mapping[str, Any], command_id: str | None = None, **given: str) -> Message:
        """Enters a draw, given as a view of it; given: word, salt. The answer: accepted, or refused."""
        return self.ask({"op": "enter_draw", "id": command_id or secrets.token_hex(8), "draw": draw["id"], **given})

    def fill_form(self, draw: Mapping[str, Any], prize: str, **form: str) -> Message:
        """Gives what a prize asks for. The answer: accepted, or refused."""
        return self.ask({"op": "fill_form", "id": secrets.token_hex(8), "draw": draw["id"], "prize": prize, **form})

    def own(self) -> list[Message]:
        """What the server holds of this viewer's answers, confirmations and draws, as it says when asked."""
        told = self.ask({"op": "read_own", "id": secrets.token_hex(8)})
        assert told["op"] == "own", told
        found: list[Message] = told["mine"]
        return found

    def wait_closed(self, within_s: float = PATIENCE_S) -> Closed:
        """How the server ended the connection, once it has; what comes before that is read."""
        deadline = time.monotonic() + within_s
        while self._closed is None:
            self._read(deadline - time.monotonic())
        return self._closed

    def close(self) -> None:
        """Goes away, with a close frame where the connection still stands."""
        if self._closed is None:
            with contextlib.suppress(OSError):
                self._socket.sendall(frame((1000).to_bytes(2, "big"), CLOSE))
        self._socket.close()

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _read(self, within_s: float) -> None:
        """Takes in what comes next from the wire; raises TimeoutError."""
        if within_s <= 0:
            raise TimeoutError(f"nothing came; last seen: {self.seen[-3:]}")
        self._socket.settimeout(within_s)
        try:
            piece = self._socket.recv(262_144)
        except ConnectionError:
            piece = b""
        if not piece:
            self._closed = self._closed or Closed(None)
            return
        for opcode, payload in self._reader.feed(piece):
            if opcode == TEXT:
                message = json.loads(payload)
                self.seen.append(message)
                self._fresh.append(message)
            elif opcode == PING:
                self._socket.sendall(frame(payload, PONG))
            elif opcode == CLOSE:
                self._closed = Closed(int.from_bytes(payload[:2], "big") if payload else None, payload[2:].decode())
                with contextlib.suppress(OSError):
                    self._socket.sendall(frame(payload[:2], CLOSE))  # as browsers do; the server waits for it a little


class StreamViewer(Viewer):
    """A viewer where sockets are blocked: an event stream, and a post for each message (docs/socket.md)."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Opens a line of a name of its own. headers: further ones of the stream's request."""
        where = urlsplit(base_url)
        self.seen: list[Message] = []
        self._fresh: list[Message] = []
        self._closed: Closed | None = None
        self._path = f"/live/{secrets.token_urlsafe(16)}"
        self._where = (where.hostname or "", where.port)
        self._stream = b""
        self._socket = socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S)
        fields = {"Host": where.netloc, "Accept": "text/event-stream", **(headers or {})}
        self._socket.sendall("\r\n".join([f"GET {self._path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items()), "\r\n"]).encode())
        while b"\r\n\r\n" not in self._stream:
            self._stream += self._socket.recv(65_536)
        head, _, self._stream = self._stream.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head

    @override
    def send(self, message: Mapping[str, Any]) -> None:
        connection = http.client.HTTPConnection(*self._where, timeout=PATIENCE_S)
        connection.request("POST", self._path, json.dumps(message).encode(), {"Content-Type": "text/plain"})
        assert connection.getresponse().status == 202
        connection.close()

    @override
    def close(self) -> None:
        self._socket.close()

    @override
    def _read(self, within_s: float) -> None:
        if within_s <= 0:
            raise TimeoutError(f"nothing came; last seen: {self.seen[-3:]}")
        self._socket.settimeout(within_s)
        piece = self._socket.recv(262_144)
        if not piece:
            self._closed = self._closed or Closed(None)
            return
        *events, self._stream = (self._stream + piece).split(b"\n\n")
        for event in events:
            fields = dict(line.split(": ", 1) for line in event.decode().split("\n") if not line.startswith(":"))
            if fields.get("event") == "end":
                ending = json.loads(fields["data"])
                self._closed = Closed(ending["code"], ending["reason"])
            elif fields:
                self.seen.append(json.loads(fields["data"]))
                self._fresh.append(self.seen[-1])
