"""The door that the build has drawn, written into a room's page under the account's mark."""

import json
from pathlib import Path

import pytest

from turnout.server.entry_form import EntryForms

INDEX = b'<html lang="en"><head><title>Turnout</title></head><body>\n<div id="app"></div></body></html>'
DRAWN = {
    "plain": "<b>plain</b>",
    "name": "<b>turnout-door-name</b>",
    "logo": '<img src="/turnout-door-logo" alt="turnout-door-name">',
}


def told(name: str = "", logo: str | None = None) -> bytes:
    """What a room tells its pages, by its account's name and the address of its logo."""
    theme = {"name": name, "accent": None, "logo": None if logo is None else {"id": "pic_1", "url": logo}}
    return json.dumps({"theme": theme, "embed": []}).encode()


@pytest.fixture
def forms(tmp_path: Path) -> EntryForms:
    """In English alone."""
    notes = tmp_path / ".vite"
    notes.mkdir()
    (notes / "door.head.html").write_text("<script></script>")
    for mark, drawn in DRAWN.items():
        (notes / f"door.en.{mark}.html").write_text(f'<div id="app">{drawn}</div>')
    return EntryForms(tmp_path)


@pytest.mark.parametrize(
    ("room", "inside"),
    [
        (told(), "<b>plain</b>"),
        (told("Acme & Söhne"), "<b>Acme &amp; Söhne</b>"),
        (told('"><script>alert(1)</script>'), "<b>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</b>"),
        (told('"onerror="x', "/pictures/a"), '<img src="/pictures/a" alt="&quot;onerror=&quot;x">'),
        (told("", "/pictures/a"), '<img src="/pictures/a" alt="">'),
        (told("/turnout-door-logo", "/pictures/a"), '<img src="/pictures/a" alt="/turnout-door-logo">'),
    ],
)
def test_the_door_wears_the_mark(forms: EntryForms, room: bytes, inside: str) -> None:
    """A name is text, whatever stands in it; the guard stands in the head."""
    page = forms.put(INDEX, "en", room).decode()

    assert page == f'<html lang="en"><head><script></script><title>Turnout</title></head><body>\n<div id="app">{inside}</div></body></html>'


@pytest.mark.parametrize(("language", "room"), [("en", b""), ("zh-CN", told())])
def test_no_door(forms: EntryForms, language: str, room: bytes) -> None:
    """None for a code without a room, and none that was not drawn."""
    assert forms.put(INDEX, language, room) == INDEX


def test_a_build_without_forms(tmp_path: Path) -> None:
    """Serves the page as it is."""
    assert EntryForms(tmp_path).put(INDEX, "en", told()) == INDEX
