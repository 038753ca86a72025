"""Pictures for everybody who knows their address: GET /pictures/pc_…, an ASGI application of its own.

A picture never changes, so browsers keep it for good and this process keeps those asked for lately: when a host opens a card with a
picture to ten thousand phones, its bytes are read once. However many ask at the same time, one read is under way for each picture.
A picture is sent as what its bytes are and nothing else (nosniff, which the server adds everywhere), and may run nothing (sandbox).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import Kind, PictureId
from turnout.pictures import queries
from turnout.pictures.rules import ENDINGS, NoSuchPicture, file_name
from turnout.pictures.wire import PREFIX
from turnout.storage.files import Files, NoSuchFile
from turnout.storage.runtime import Runtime

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

log = structlog.get_logger()


class MethodNotAllowed(InvalidInput):
    """A picture can be read, and nothing else."""

    code = "method_not_allowed"
    status = 405


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture ready to be sent."""

    content: bytes
    etag: bytes
    headers: tuple[Header, ...]


class PublicPictures:
    """Answers everything under /pictures/."""

    def __init__(self, runtime: Runtime, files: Files, cache_bytes: int = limits.PICTURE_CACHE_BYTES) -> None:
        self._runtime = runtime
        self._files = files
        self._cache_bytes = cache_bytes
        self._kept: OrderedDict[PictureId, _Shown] = OrderedDict()  # the one asked for last is last
        self._kept_bytes = 0
        self._under_way: dict[PictureId, asyncio.Task[_Shown]] = {}

    def serves(self, path: str) -> bool:
        """Whether a request for this path belongs here."""
        return path.startswith(PREFIX)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        scope["path_template"] = PREFIX + "{picture}"  # server/front.py: what its log line calls the request
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise MethodNotAllowed
            shown = await self._show(PictureId(self._runtime.ids.parse_text(Kind.PICTURE, scope["path"].removeprefix(PREFIX))))
        except TurnoutError as error:
            await _refuse(send, error)
            return
        if shown.etag in _known_tags(scope):
            unchanged = [header for header in shown.headers if header[0] not in (b"content-type", b"content-length")]
            await _send(send, 304, unchanged, b"")
        else:
            # the HTTP server leaves out the body of a HEAD reply
            await _send(send, 200, shown.headers, shown.content)

    async def _show(self, picture_id: PictureId) -> _Shown:
        """The picture, from memory if it is there. Raises NoSuchPicture, FilesUnavailable."""
        shown = self._kept.get(picture_id)
        if shown is not None:
            self._kept.move_to_end(picture_id)
            return shown
        task = self._under_way.get(picture_id)
        if task is None:
            task = self._under_way[picture_id] = asyncio.create_task(self._load(picture_id))
            task.add_done_callback(lambda done: self._end(picture_id, done))
        return await asyncio.shield(task)  # one who leaves does not take it from the others

    def _end(self, picture_id: PictureId, done: asyncio.Task[_Shown]) -> None:
        del self._under_way[picture_id]
        if not done.cancelled():
            done.exception()  # looked at here, since all who waited for it may have left

    async def _load(self, picture_id: PictureId) -> _Shown:
        picture = await self._runtime.database.read(lambda connection: queries.find_picture(connection, picture_id))
        try:
            content = await self._files.get(file_name(picture.account_id, picture.digest))
        except NoSuchFile:
            log.error("picture_file_missing", picture=self._runtime.ids.text(Kind.PICTURE, picture_id))
            raise NoSuchPicture from None
        etag = f'"{picture.digest[:32]}"'.encode()
        name = f"{self._runtime.ids.text(Kind.PICTURE, picture_id)}.{ENDINGS[picture.media_type]}"
        shown = _Shown(
            content,
            etag,
            (
                (b"content-type", picture.media_type.value.encode()),
                (b"content-length", str(len(content)).encode()),
                (b"content-disposition", f'inline; filename="{name}"'.encode()),
                (b"etag", etag),
                (b"cache-control", b"public, max-age=31536000, immutable"),
                (b"content-security-policy", b"default-src 'none'; sandbox"),
                (b"cross-origin-resource-policy", b"cross-origin"),  # customers' own pages show them too
            ),
        )
        self._keep(picture_id, shown)
        return shown

    def _keep(self, picture_id: PictureId, shown: _Shown) -> None:
        if len(shown.content) > self._cache_bytes:
            return
        self._kept[picture_id] = shown
        self._kept_bytes += len(shown.content)
        while self._kept_bytes > self._cache_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped.content)


def _known_tags(scope: AsgiScope) -> list[bytes]:
    tags = b",".join(bytes(value) for name, value in scope["headers"] if name == b"if-none-match").split(b",")
    return [tag.strip().removeprefix(b"W/") for tag in tags]


async def _refuse(send: Send, error: TurnoutError) -> None:
    body = msgspec.json.encode({"error": {"code": error.code, "message": error.message}})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", b"GET, HEAD"))
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(round(error.retry_after_s)).encode()))
    await _send(send, error.status, headers, body)


async def _send(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
