"""The door of a room, as a stranger first sees it, written into the room's page: a name can be typed before any of the page's code has
come, which on a slow network is a second later.

The build draws it in each language (web/prerender.js) and leaves it in .vite; a build without it serves the page as it is. The page's code
takes over what stands there, or clears it away for who is known (web/src/main.ts).
"""

import html
import re
from pathlib import Path
from typing import Final

import msgspec

_PLACE: Final = b'<div id="app"></div>'
_MARK: Final = re.compile(rb"turnout-door-name|/turnout-door-logo")
"""What the build has written in the place of the account's name and of the address of its logo."""


class _Logo(msgspec.Struct, frozen=True):
    url: str


class _Theme(msgspec.Struct, frozen=True):
    name: str
    logo: _Logo | None


class _Told(msgspec.Struct, frozen=True):
    theme: _Theme


class EntryForms:
    """root: the folder of the built app."""

    def __init__(self, root: Path) -> None:
        notes = root / ".vite"
        self._drawn = {tuple(path.name.split(".")[1:3]): path.read_bytes() for path in notes.glob("door.*.*.html")}
        self._guard = (notes / "door.head.html").read_bytes() if self._drawn else b""

    def put(self, page: bytes, language: str, told: bytes) -> bytes:
        """The page with the door in it, under the mark of the account. told: what a room tells its pages (RoomPage); a code without a room
        has nothing to tell, and no door."""
        if not told:
            return page
        theme = msgspec.json.decode(told, type=_Told).theme
        door = self._drawn.get((language, "logo" if theme.logo else "name" if theme.name else "plain"))
        if door is None:
            return page
        # both at once: a name may look like the place of a logo
        door = _MARK.sub(lambda found: html.escape(theme.name if found[0].endswith(b"name") else _address(theme)).encode(), door)
        # before everything else that is fetched, since the door is not shown until it has run
        return page.replace(b"<title>", self._guard + b"<title>", 1).replace(_PLACE, door, 1)


def _address(theme: _Theme) -> str:
    return "" if theme.logo is None else theme.logo.url
