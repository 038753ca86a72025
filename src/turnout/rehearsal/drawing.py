"""Small pictures for picture questions, drawn here so that a rehearsal needs no files."""

import math
import struct
import zlib

SIDE = 240

_COLOURS = ((27, 94, 140), (196, 98, 45), (46, 125, 86), (122, 84, 160))
_PAPER = (246, 244, 238)
_REACH = SIDE * 0.36  # from the middle to the edge of a shape
_LINES = 4  # of each row of dots: what they say together makes smooth edges


def draw(number: int) -> bytes:
    """A PNG of a circle, a square or a triangle, in turn, each number in its own colour."""
    ink = _COLOURS[number % len(_COLOURS)]
    shades = [bytes(round(p + (i - p) * step / 255) for i, p in zip(ink, _PAPER, strict=True)) for step in range(256)]
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)  # the row's filter: none
        lefts = [SIDE / 2 - _half_width(number % 3, y + (line + 0.5) / _LINES - SIDE / 2) for line in range(_LINES)]
        begins, is_full = math.floor(min(lefts)), math.ceil(max(lefts))
        covered = [sum(min(1.0, max(0.0, x + 1 - left)) for left in lefts) / _LINES for x in range(begins, is_full)]
        edge = [shades[round(255 * share)] for share in covered]
        rows += b"".join((shades[0] * begins, *edge, shades[255] * (SIDE - 2 * is_full), *reversed(edge), shades[0] * begins))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _half_width(shape: int, y: float) -> float:
    """How far the shape reaches to both sides of the middle at this height."""
    if shape == 0:
        return math.sqrt(max(0.0, _REACH * _REACH - y * y))
    if shape == 1:
        return _REACH * 0.9 if abs(y) <= _REACH * 0.9 else 0.0
    return (y + _REACH) * 0.58 if -_REACH <= y <= _REACH * 0.8 else 0.0


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
