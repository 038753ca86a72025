"""A customer's web site: what it serves is put into it, and what was asked for can be looked at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override


@dataclass
class Site:
    """files: media type and content by path; a path that is missing is answered with 404. asked: paths with their queries, in order."""

    port: int
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Another site than 127.0.0.1 in a browser's eyes."""
        return f"http://localhost:{self.port}"

    def page(self, path: str, html: str) -> str:
        """Puts a page there; its address."""
        self.files[path] = ("text/html; charset=utf-8", html.encode())
        return self.origin + path


@contextmanager
def serving_site() -> Iterator[Site]:
    """A site while the context is open."""
    site = Site(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = site.files.get(self.path.split("?")[0])
            media_type, content = found or ("text/plain", b"there is nothing here")
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
