"""The built web app: read into memory at the start, so that a request is one look into a dictionary and no path can lead outside it.

Paths of the app's own router (/, /r/…, /screen/…, /console/…, /proof/…) get index.html. Assets carry a hash of their content in their name
and may be kept for a year; everything else is asked for again and answered with 304 when it has not changed.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from turnout.kernel.errors import NotFound
from turnout.server import hints
from turnout.server.asgi import Header, Receive, Scope, Send, header, reply
from turnout.server.errors import MethodNotAllowed, encode_error

WEB_ROOT = Path(__file__).with_name("web")
"""Where `make web` puts the built app."""

_APP_PATH = re.compile(r"/(?:|(?:r|screen)/.*|(?:console|proof)(?:/.*)?)\Z", re.DOTALL)
_COMPRESSIBLE = re.compile(r"text/|application/(?:json|javascript|manifest\+json)|image/svg")
_LEAST_COMPRESSED = 512  # shorter files gain nothing
_YEAR = b"public, max-age=31536000, immutable"
_NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Turnout</title>
<p>The server is running, but its web pages have not been built. Run <code>make web</code> and start it again.</p></html>
"""

# Scripts and everything else only from ourselves; the component library writes style attributes and elements.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    compressed: bytes | None
    etag: bytes
    headers: tuple[Header, ...]


class Pages:
    """Answers GET and HEAD for everything that is neither the API nor a dialect. root: the folder of the built app; it may be missing."""

    def __init__(self, root: Path = WEB_ROOT) -> None:
        self._files = _read_files(root)
        self._index = self._files.get("/index.html")
        pages = {} if self._index is None else hints.hinted_pages(root, self._index.body)
        self._hinted = {variant: _made_file(self._index, body) for variant, body in pages.items() if self._index is not None}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        path: str = scope["path"]
        file = self._files.get(path)
        if file is None and _APP_PATH.match(path):
            variant = hints.variant_of(path, header(scope, b"accept-language"))
            file = self._index if variant is None else self._hinted.get(variant, self._index)
            if file is None:
                await self._say_not_built(scope, send)
                return
        if file is None:
            status, body, headers = encode_error(NotFound())
            await _send(scope, send, status, body, headers)
        elif scope["method"] not in ("GET", "HEAD"):
            status, body, headers = encode_error(MethodNotAllowed())
            await reply(send, status, body, [*headers, (b"allow", b"GET, HEAD")])
        else:
            await _send_file(scope, send, file)

    async def _say_not_built(self, scope: Scope, send: Send) -> None:
        await _send(scope, send, 503, _NOT_BUILT, [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")])


def _read_files(root: Path) -> dict[str, _File]:
    home = root.resolve()
    found = sorted(path for path in root.rglob("*") if path.is_file() and path.resolve().is_relative_to(home))
    # the build leaves notes for its own tools in .vite
    wanted = [path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts)]
    return {f"/{path.relative_to(root).as_posix()}": _read_file(root, path) for path in wanted}


def _read_file(root: Path, path: Path) -> _File:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in (".js", ".mjs"):
        media_type = "text/javascript"  # the machine's table may say otherwise, and browsers then refuse the module
    is_text = _COMPRESSIBLE.match(media_type) is not None
    hashed = path.relative_to(root).parts[0] == "assets"
    headers = [
        (b"content-type", (media_type + ("; charset=utf-8" if media_type.startswith("text/") else "")).encode()),
        (b"cache-control", _YEAR if hashed else b"no-cache"),
    ]
    compressed = gzip.compress(body, 9, mtime=0) if is_text and len(body) >= _LEAST_COMPRESSED else None
    if compressed is not None:
        headers.append((b"vary", b"accept-encoding"))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    return _File(body, compressed, etag, tuple(headers))


def _made_file(index: _File, body: bytes) -> _File:
    """A page made of index.html, one of several under the same address."""
    headers = tuple((name, value) for name, value in index.headers if name != b"vary")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    return _File(body, gzip.compress(body, 9, mtime=0), etag, (*headers, (b"vary", b"accept-encoding, accept-language")))


async def _send_file(scope: Scope, send: Send, file: _File) -> None:
    headers = [*file.headers]
    body, etag = file.body, file.etag
    if file.compressed is not None and _takes_gzip(header(scope, b"accept-encoding")):
        # another encoding is another representation, so it has another tag
        body, etag = file.compressed, etag[:-1] + b'-gzip"'
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"etag", etag))
    known = (header(scope, b"if-none-match") or "").encode("latin-1")
    if etag in [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]:
        await send({"type": "http.response.start", "status": 304, "headers": [h for h in headers if h[0] != b"content-type"]})
        await send({"type": "http.response.body", "body": b""})
        return
    await _send(scope, send, 200, body, headers)


async def _send(scope: Scope, send: Send, status: int, body: bytes, headers: list[Header]) -> None:
    # uvicorn leaves out the body of a HEAD reply; the length is that of the GET
    await reply(send, status, body, headers)


def _takes_gzip(accept_encoding: str | None) -> bool:
    for part in (accept_encoding or "").split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
