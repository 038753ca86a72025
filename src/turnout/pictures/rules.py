"""Pictures: what may be one, told by its own bytes, and where its bytes are kept. Pure.

Nothing is decoded: the media type and the dimensions stand in a header of fixed form, and a few comparisons read it; whether a file was cut
off, its kind's end tells. What a picture claims to be beyond that is for the browser that draws it, which gets it under the type found here
and as nothing else.
"""

import hashlib
from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, PictureId


class MediaType(StrEnum):
    """What a picture may be. SVG is not among them: it is a program."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"


ENDINGS = {MediaType.PNG: "png", MediaType.JPEG: "jpg", MediaType.WEBP: "webp", MediaType.GIF: "gif"}
"""What a file of each type is called by those who save it."""


class UnsupportedPicture(InvalidInput):
    """This is no PNG, JPEG, WebP or GIF picture."""

    code = "unsupported_picture"


class PictureTooLarge(InvalidInput):
    """The picture is too large."""

    code = "picture_too_large"


class TooManyPictures(Conflict):
    """The account has as many pictures as it may have."""

    code = "too_many_pictures"


class NoSuchPicture(NotFound):
    """There is no such picture."""


class Sketch(msgspec.Struct, frozen=True):
    """What the first bytes say."""

    media_type: MediaType
    width: int
    height: int


class Picture(msgspec.Struct, frozen=True):
    """A picture of an account. digest: SHA-256 of its bytes, 64 hex digits: the same bytes are the same picture. size: in bytes."""

    id: PictureId
    account_id: AccountId
    digest: str
    media_type: MediaType
    width: int
    height: int
    size: int
    created_at: Instant


def digest_of(content: bytes) -> str:
    """The digest of a picture's bytes."""
    return hashlib.sha256(content).hexdigest()


def file_name(account_id: AccountId, digest: str) -> str:
    """Where the bytes are kept: one folder for each account, in 256 parts."""
    return f"{account_id}/{digest[:2]}/{digest}"


def look_at(content: bytes) -> Sketch:
    """Type and dimensions of a picture. Raises UnsupportedPicture and PictureTooLarge."""
    if len(content) > limits.MAX_PICTURE_BYTES:
        raise PictureTooLarge(f"a picture has at most {limits.MAX_PICTURE_BYTES} bytes")
    for media_type, begins, measure, is_whole in _KINDS:
        if content.startswith(begins):
            measured = measure(content)
            if measured is None:
                raise UnsupportedPicture("the picture's header cannot be read")
            width, height = measured
            if not (1 <= width <= limits.MAX_PICTURE_SIDE and 1 <= height <= limits.MAX_PICTURE_SIDE):
                raise PictureTooLarge(f"{width} × {height} pixels; from 1 to {limits.MAX_PICTURE_SIDE} on each side")
            if not is_whole(content):
                raise UnsupportedPicture("the picture is cut off: its end is missing")
            return Sketch(media_type, width, height)
    raise UnsupportedPicture


def _big(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length], "big")


def _little(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length], "little")


def _measure_png(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    return _big(content, 16, 4), _big(content, 20, 4)


def _is_whole_png(content: bytes) -> bool:
    return content.rfind(_PNG_END, 33) >= 0


def _measure_gif(content: bytes) -> tuple[int, int] | None:
    if len(content) < 13 or content[3:6] not in (b"87a", b"89a"):
        return None
    return _little(content, 6, 2), _little(content, 8, 2)


def _is_whole_gif(content: bytes) -> bool:
    return content.rstrip(b"\0").endswith(b";")  # some programs fill up with zeros


def _measure_webp(content: bytes) -> tuple[int, int] | None:
    if len(content) < 30 or content[8:12] != b"WEBP":
        return None
    match content[12:16]:
        case b"VP8 ":
            if content[23:26] != b"\x9d\x01\x2a":
                return None
            return _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF
        case b"VP8L":
            if content[20] != 0x2F:
                return None
            packed = _little(content, 21, 4)
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
        case _:
            return None


def _is_whole_webp(content: bytes) -> bool:
    return 22 <= _little(content, 4, 4) <= len(content) - 8


_PNG_END = b"\0\0\0\0IEND\xae\x42\x60\x82"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those three are tables and extensions, no frames
_SEGMENTS = 4_096  # more than any camera writes before the frame; a file made of padding shall not keep us reading


_SCAN = 0xDA


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment of a JPEG, to the one after which the picture's own bytes begin."""
    at = 2
    for _ in range(_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        length = _big(content, at + 2, 2)
        yield marker, at, length
        if marker <= 0x01 or 0xD0 <= marker <= _SCAN or length < 2:  # picture bytes, or no segment at all
            return
        at += 2 + length


def _measure_jpeg(content: bytes) -> tuple[int, int] | None:
    for marker, at, length in _segments(content):
        if marker in _FRAME_MARKERS:
            return (_big(content, at + 7, 2), _big(content, at + 5, 2)) if length >= 8 and at + 9 <= len(content) else None
    return None


def _is_whole_jpeg(content: bytes) -> bool:
    # looked for after the first scan alone: a small picture within the file's head has an end of its own
    return any(marker == _SCAN and content.find(b"\xff\xd9", at) >= 0 for marker, at, _ in _segments(content))


_KINDS: tuple[tuple[MediaType, bytes, Callable[[bytes], tuple[int, int] | None], Callable[[bytes], bool]], ...] = (
    (MediaType.PNG, b"\x89PNG\r\n\x1a\n", _measure_png, _is_whole_png),
    (MediaType.JPEG, b"\xff\xd8\xff", _measure_jpeg, _is_whole_jpeg),
    (MediaType.GIF, b"GIF8", _measure_gif, _is_whole_gif),
    (MediaType.WEBP, b"RIFF", _measure_webp, _is_whole_webp),
)
