"""A customer's receiver of callbacks: a real HTTP server in a thread, which keeps what it got and answers as it is told."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

PATIENCE_S = 30.0
"""Seconds a test waits for callbacks before it fails."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request. at: the machine's time in seconds since the epoch; headers: names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. wait: called before the answer goes out, such as an Event's wait."""

    status: int = 200
    body: bytes = b"ok"
    wait: Callable[[], object] | None = None


class Receiver:
    """url: where it listens. answer: decides the reply to each request; may be replaced at any time. Safe to read from any thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer: Callable[[Received], Reply] = lambda _received: Reply()
        self._received: list[Received] = []
        self._changed = threading.Condition()

    @property
    def received(self) -> list[Received]:
        """Every request so far, in the order in which their bodies were complete."""
        with self._changed:
            return list(self._received)

    def take(self, received: Received) -> None:
        """Keeps a request."""
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    def wait_until(self, enough: Callable[[list[Received]], bool], within_s: float = PATIENCE_S) -> list[Received]:
        """Everything received, once `enough` says yes; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self._received), within_s):
                raise TimeoutError(f"{len(self._received)} requests came within {within_s:g} s, and that was not enough")
            return list(self._received)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine, until the context ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/callbacks")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="receiver", daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    receiver: Receiver
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()
        self._threads_done = threading.Condition()

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        with self._threads_done:
            self._open.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._threads_done:
            self._open.discard(request)
            self._threads_done.notify_all()

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed while it waited for our reply is nothing to report; an error in a test's `answer` is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @override
    def server_close(self) -> None:
        with self._threads_done:
            for request in self._open:
                with contextlib.suppress(OSError):  # gone already
                    request.shutdown(socket.SHUT_RDWR)  # a connection kept for the next request
            self._threads_done.wait_for(lambda: not self._open, 5.0)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        """Reads, keeps, answers."""
        size = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True  # the caller died on the way
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.path, headers, body, time.time())
        receiver = self.server.receiver
        receiver.take(received)
        reply = receiver.answer(received)
        if reply.wait is not None:
            reply.wait()
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
