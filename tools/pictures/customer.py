"""A customer's system, as the callbacks' pictures need one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

_ONE_IN = 3


class _Receiver(BaseHTTPRequestHandler):
    """On a bad day: it fails the first try of one message in three and takes the second."""

    seen: set[bytes]

    def do_POST(self) -> None:
        """Answers."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fails = body not in self.seen and len(self.seen) % _ONE_IN == 0
        self.seen.add(body)
        answer = b'{"error":"database is locked"}' if fails else b'{"ok":true}'
        self.send_response(503 if fails else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, *details: object) -> None:
        return


@contextmanager
def receiving() -> Iterator[str]:
    """The address of such a receiver."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"seen": set()}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/turnout/callbacks"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
