"""The built web app: read into memory at the start, so that a request is one look into a dictionary and no path can lead outside it.

Paths of the app's own router (/, /r/…, /stream/…, /screen/…, /console/…, /proof/…) get index.html. Assets carry a hash of their
content in their name and may be kept for a year; everything else is asked for again and answered with 304 when it has not changed.

The pages of a room, /r/<code> and the frame in it that plays its stream, /stream/<code>, are the room's: who may frame them and what they
may connect to stands in their policy, and how they look in their head, so that they look so from the first moment.
"""

import gzip
import hashlib
import html
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import structlog
from typing_extensions import override

from turnout.kernel.errors import NotFound, TurnoutError
from turnout.server import hints
from turnout.server.asgi import Header, Receive, Scope, Send, header, reply
from turnout.server.entry_form import EntryForms
from turnout.server.errors import MethodNotAllowed, encode_error

WEB_ROOT = Path(__file__).with_name("web")
"""Where `make web` puts the built app."""

_APP_PATH = re.compile(r"/(?:|(?:r|stream|screen)/.*|(?:console|proof)(?:/.*)?)\Z", re.DOTALL)
_ROOM_PATH = re.compile(r"/(r|stream)/([^/]+)/?\Z")
_COMPRESSIBLE = re.compile(r"text/|application/(?:json|javascript|manifest\+json)|image/svg")
_LEAST_COMPRESSED = 512  # shorter files gain nothing
_YEAR = b"public, max-age=31536000, immutable"
_NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Turnout</title>
<p>The server is running, but its web pages have not been built. Run <code>make web</code> and start it again.</p></html>
"""

# While nobody can say who may frame a room's page. A frame that refuses to show it would stay so until somebody loads its page anew, so
# everybody may frame this one, which does nothing but try again.
_TRY_AGAIN_S = 5
_NOT_NOW = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="{_TRY_AGAIN_S}">
<title>Turnout</title><p>This page cannot be shown right now. It tries again by itself.</p>
<p lang="zh-CN">页面暂时无法显示，稍后会自动重试。</p></html>
""".encode()
_NOT_NOW_HEADERS: list[Header] = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"retry-after", str(_TRY_AGAIN_S).encode()),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"),
]

# Placed by a customer's page, so it must not be asked for at each of that page's views, nor stay old for long.
_EMBED_SCRIPT = "/embed.js"
_MINUTES = b"public, max-age=300, stale-while-revalidate=86400"

_ROOMS_KEPT = 1_000
"""Pages of rooms that are kept compressed."""

log = structlog.get_logger("turnout.server")


def content_security_policy(frame_ancestors: str = "'none'", media: str = "", connections: str = "") -> str:
    """Scripts and everything else only from ourselves; the component library writes style attributes and elements. frame_ancestors: who may
    frame the page. media, connections: what else may be played and fetched, each with a blank before it."""
    media_src = f" media-src 'self'{media};" if media else ""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
        f"{media_src} connect-src 'self'{connections}; object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {frame_ancestors}"
    )


CONTENT_SECURITY_POLICY = content_security_policy()
_POLICY: Header = (b"content-security-policy", CONTENT_SECURITY_POLICY.encode())


class RoomPage(Protocol):
    """What a room asks of its pages; equal ones get the same page. stream_origins: hosts that its stream comes from besides this one.
    frame_origins: sites that may frame the pages. told: JSON for their head, empty where there is nothing to tell."""

    @property
    def stream_origins(self) -> tuple[str, ...]: ...
    @property
    def frame_origins(self) -> tuple[str, ...]: ...
    @property
    def told(self) -> bytes: ...
    @override
    def __hash__(self) -> int: ...


FindRoomPage = Callable[[str], Awaitable[RoomPage]]
"""Called with the code in the address, as it was typed."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    compressed: bytes | None
    etag: bytes
    headers: tuple[Header, ...]


class Pages:
    """Answers GET and HEAD for everything that is neither the API nor a dialect, each with its policy. root: the folder of the built app;
    it may be missing. find_room: None where there are no rooms."""

    def __init__(self, root: Path = WEB_ROOT, find_room: FindRoomPage | None = None) -> None:
        self._files = _read_files(root)
        self._index = self._files.get("/index.html")
        self._find_room = find_room
        self._forms = EntryForms(root)
        self._page_of_room = lru_cache(maxsize=_ROOMS_KEPT)(self._make_page_of_room)
        pages = {} if self._index is None else hints.hinted_pages(root, self._index.body)
        self._hinted = {variant: _hinted_file(self._index, body) for variant, body in pages.items() if self._index is not None}

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
            file = await self._of_room(path, file, None if variant is None else variant[1])
            if file is None:
                await _send(scope, send, 503, _NOT_NOW, _NOT_NOW_HEADERS)
                return
        if file is None:
            status, body, headers = encode_error(NotFound())
            await _send(scope, send, status, body, [*headers, _POLICY])
        elif scope["method"] not in ("GET", "HEAD"):
            status, body, headers = encode_error(MethodNotAllowed())
            await reply(send, status, body, [*headers, _POLICY, (b"allow", b"GET, HEAD")])
        else:
            await _send_file(scope, send, file)

    async def _of_room(self, path: str, index: _File, language: str | None) -> _File | None:
        """The page as the room at this path wants it; None where nobody can say. language: of the page's hints, None where it has none."""
        found = _ROOM_PATH.match(path)
        if found is None or self._find_room is None:
            return index
        try:
            page = await self._find_room(found[2])
        except TurnoutError as error:
            log.warning("room_page_unknown", error=error.code)
            return None
        except Exception:
            log.exception("room_page_unknown")
            return None
        return self._page_of_room(page, index, language, plays=found[1] == "stream")

    def _make_page_of_room(self, page: RoomPage, index: _File, language: str | None, *, plays: bool) -> _File:
        frames = " ".join([*(["'self'"] if plays else []), *page.frame_origins]) or "'none'"
        origins = "".join(f" {origin}" for origin in page.stream_origins)
        # the player hands the browser what it has fetched as a blob
        policy = content_security_policy(frames, f" blob:{origins}", origins) if plays else content_security_policy(frames)
        told = f'<meta name="turnout-room" content="{html.escape(page.told.decode())}" />'.encode() if page.told else b""
        body = index.body.replace(b"</head>", told + b"</head>", 1)
        return _make_file(body if language is None else self._forms.put(body, language, page.told), index.headers, policy.encode())

    async def _say_not_built(self, scope: Scope, send: Send) -> None:
        await _send(
            scope, send, 503, _NOT_BUILT, [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"), _POLICY]
        )


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
    hashed = path.relative_to(root).parts[0] == "assets"
    is_embed_script = path == root / _EMBED_SCRIPT.strip("/")
    headers = [
        (b"content-type", (media_type + ("; charset=utf-8" if media_type.startswith("text/") else "")).encode()),
        (b"cache-control", _YEAR if hashed else _MINUTES if is_embed_script else b"no-cache"),
    ]
    if _COMPRESSIBLE.match(media_type) is not None and len(body) >= _LEAST_COMPRESSED:
        headers.append((b"vary", b"accept-encoding"))
    if is_embed_script:
        headers.append((b"cross-origin-resource-policy", b"cross-origin"))
    return _make_file(body, tuple(headers), _POLICY[1])


def _make_file(body: bytes, headers: tuple[Header, ...], policy: bytes) -> _File:
    compressed = gzip.compress(body, 9, mtime=0) if (b"vary", b"accept-encoding") in headers else None
    # with the policy in it: a browser must not go on with a page it has under an earlier one
    etag = f'"{hashlib.sha256(body + policy).hexdigest()[:32]}"'.encode()
    kept = tuple(header for header in headers if header[0] != _POLICY[0])
    return _File(body, compressed, etag, (*kept, (_POLICY[0], policy)))


def _hinted_file(index: _File, body: bytes) -> _File:
    """A page made of index.html, one for each language."""
    return _make_file(body, (*index.headers, (b"vary", b"accept-language")), _POLICY[1])


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
