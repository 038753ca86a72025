"""What a page will need next, written into its head: without it a browser learns of each chunk only from the one before, and each of those
turns costs a phone on a slow network another way to the server and back.

Read from the notes that the build leaves in .vite/manifest.json. A build without them serves the plain page.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LANGUAGES = ("zh-CN", "en")
"""Of the pages, the first for whoever speaks none of them (web/src/i18n)."""

_AREAS = {"/r/": ("src/viewer/ViewerPage.vue", "viewer"), "/screen/": ("src/screen/ScreenPage.vue", "screen")}
"""Pages that strangers open on networks nobody has chosen; the console is opened from a warm cache."""

_LANGUAGE = re.compile(rb'<html lang="[^"]*"')

Manifest = Mapping[str, Mapping[str, Any]]
Variant = tuple[str, str]
"""The beginning of a page's path, and a language."""


def variant_of(path: str, accept_language: str | None) -> Variant | None:
    """Which page is asked for, in the language the reader's browser asks for first of those there are; None where nothing is hinted."""
    start = next((start for start in _AREAS if path.startswith(start)), None)
    if start is None:
        return None
    for part in (accept_language or "").lower().split(","):
        tag = part.strip()
        if tag.startswith("zh"):
            return start, "zh-CN"
        if tag.startswith("en"):
            return start, "en"
    return start, LANGUAGES[0]


def hinted_pages(root: Path, index: bytes) -> dict[Variant, bytes]:
    """The page with its hints, for each page and language."""
    try:
        manifest: Manifest = json.loads((root / ".vite" / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return {}
    found: dict[Variant, bytes] = {}
    for start, (page, words) in _AREAS.items():
        for language in LANGUAGES:
            names = (page, f"src/i18n/{language}/{words}.ts")
            if all(name in manifest for name in names):
                hinted = index.replace(b"</head>", _links(manifest, names, index) + b"</head>", 1)
                found[start, language] = _LANGUAGE.sub(f'<html lang="{language}"'.encode(), hinted, count=1)
    return found


def _links(manifest: Manifest, names: tuple[str, ...], index: bytes) -> bytes:
    lines = []
    for file in dict.fromkeys(file for name in names for file in _files(manifest, name, set())):
        if f"/{file}".encode() not in index:
            kind = "stylesheet" if file.endswith(".css") else "modulepreload"
            lines.append(f'  <link rel="{kind}" crossorigin href="/{file}">\n  ')
    return "".join(lines).encode()


def _files(manifest: Manifest, name: str, seen: set[str]) -> Iterator[str]:
    """The chunk, its styles, and those of everything it imports at once."""
    if name in seen or name not in manifest:
        return
    seen.add(name)
    chunk = manifest[name]
    yield from (chunk["file"], *chunk.get("css", ()))
    for imported in chunk.get("imports", ()):
        yield from _files(manifest, imported, seen)
