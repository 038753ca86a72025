"""Small pictures for picture questions, drawn here so that a rehearsal needs no files."""

import struct
import zlib

SIDE = 96

_COLOURS = ((27, 94, 140), (196, 98, 45), (46, 125, 86), (122, 84, 160))


def draw(number: int) -> bytes:
    """A PNG of a circle, a square or a triangle, in turn, each number in its own colour."""
    ink, paper = _COLOURS[number % len(_COLOURS)], (246, 244, 238)
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)  # the row's filter: none
        for x in range(SIDE):
            rows.extend(ink if _is_inside(number % 3, x - SIDE / 2, y - SIDE / 2) else paper)
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _is_inside(shape: int, x: float, y: float) -> bool:
    reach = SIDE * 0.36
    if shape == 0:
        return x * x + y * y <= reach * reach
    if shape == 1:
        return abs(x) <= reach * 0.9 and abs(y) <= reach * 0.9
    return -reach <= y <= reach * 0.8 and abs(x) <= (y + reach) * 0.58


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
