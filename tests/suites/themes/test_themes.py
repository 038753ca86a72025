"""An account's theme over HTTP, on both databases, and the events by which who watches is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.suites.server.harness import Customer, Served, create_customer, log_in
from tests.suites.themes.test_pages import change, make_room
from turnout.kernel.events import Event
from turnout.kernel.ids import Kind
from turnout.storage.action import Action
from turnout.storage.event_log import read_events
from turnout.storage.transaction import Tx

SAMPLES = Path(__file__).parents[1] / "pictures" / "samples"
THEME = "/api/v1/account/theme"
NONE = {"name": "", "accent": None, "logo": None}


def _make_host(tx: Tx, commands: Sequence[None]) -> Sequence[None]:
    tx.connection.exec_driver_sql("UPDATE hosts SET role = 'host'")
    return commands


_MAKE_HOST: Action[None, None] = Action("make_host", _make_host)
"""Nobody is an operator any more."""


async def put(served: Served, customer: Customer, **theme: Any) -> httpx.Response:
    """Sets the theme."""
    return await served.client.put(THEME, json=theme, headers=customer.bearer)


async def upload(served: Served, customer: Customer, name: str) -> str:
    """A picture's id."""
    reply = await served.client.post("/api/v1/pictures", content=(SAMPLES / name).read_bytes(), headers=customer.bearer)
    return str(reply.json()["id"])


async def start(served: Served, customer: Customer, room: Any) -> str:
    """A running live session's id."""
    reply = await served.client.post(f"/api/v1/rooms/{room['id']}/live-sessions", json={}, headers=customer.bearer)
    return str(reply.json()["id"])


def told(served: Served, live_session: str) -> list[Event]:
    """The events of a live session after its start."""
    stream = served.runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)
    with served.runtime.database.reading() as connection:
        return read_events(connection, stream, 1, 100)


async def test_a_host_looks_and_changes_nothing(served: Served, customer: Customer) -> None:
    """The look of the whole account is its operators' to set."""
    csrf = (await log_in(served)).json()["csrf_token"]
    changed = await served.client.put(THEME, json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada")
    await served.runtime.commit.run(_MAKE_HOST, None, lane=0)

    refused = await served.client.put(THEME, json={"name": "Mine"}, headers={"X-CSRF-Token": csrf})

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert (await served.client.get(THEME)).json() == {**NONE, "name": "Ada"}


@pytest.mark.parametrize("name", ["plain.png", "baseline.jpg", "alpha.webp"])
async def test_a_theme_is_kept_and_taken_away(served: Served, customer: Customer, name: str) -> None:
    """Name, colour and logo of each kind; what a later one leaves out is gone."""
    assert (await served.client.get(THEME, headers=customer.bearer)).json() == NONE
    logo = await upload(served, customer, name)
    kept = await put(served, customer, name="  Acme ", accent="#1F4FD8", logo=logo)

    assert (kept.status_code, kept.json()) == (200, {"name": "Acme", "accent": "#1f4fd8", "logo": {"id": logo, "url": f"/pictures/{logo}"}})
    assert (await served.client.get(THEME, headers=customer.bearer)).json() == kept.json()
    assert (await put(served, customer, name="Acme")).json() == {**NONE, "name": "Acme"}
    assert (await put(served, customer)).json() == NONE


@pytest.mark.parametrize(
    ("theme", "field"),
    [
        ({"accent": "red"}, "accent"),
        ({"accent": "#fff"}, "accent"),
        ({"accent": "#1f4fd8\n"}, "accent"),
        ({"accent": "#1f4fd8;x"}, "accent"),
        ({"accent": "url(x)"}, "accent"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"logo": "pc_nothing"}, "logo"),
        ({"logo": "https://example.com/a.png"}, "logo"),
    ],
)
async def test_what_is_no_theme(served: Served, customer: Customer, theme: dict[str, str], field: str) -> None:
    """Refused by its field, and the theme before stays."""
    before = (await put(served, customer, name="Before")).json()
    reply = await put(served, customer, **theme)

    assert (reply.status_code, reply.json()["error"]["field"]) == (400, field)
    assert (await served.client.get(THEME, headers=customer.bearer)).json() == before


async def test_a_logo_is_the_accounts_own_and_does_not_move(served: Served, customer: Customer) -> None:
    """Another account's picture is not found, and a GIF is no logo; SVG is refused where pictures are uploaded."""
    other = await create_customer(served.runtime.commit, "bob", "Bob Ltd")
    theirs = await upload(served, other, "plain.png")
    moving = await upload(served, customer, "moving.gif")
    for logo in (theirs, moving):
        reply = await put(served, customer, logo=logo)
        assert (reply.status_code, reply.json()["error"]["field"]) == (400, "logo")
    drawn = await served.client.post("/api/v1/pictures", content=b'<svg xmlns="http://www.w3.org/2000/svg"/>', headers=customer.bearer)
    assert drawn.json()["error"]["code"] == "unsupported_picture"


async def test_themes_are_apart(served: Served, customer: Customer) -> None:
    """One account's theme is nothing to another's."""
    other = await create_customer(served.runtime.commit, "bob", "Bob Ltd")
    await put(served, customer, name="Acme")

    assert (await served.client.get(THEME, headers=other.bearer)).json() == NONE


async def test_each_running_live_session_of_the_account_is_told_once(served: Served, customer: Customer) -> None:
    """And no other: those that are over, and those of others; a theme that is the same tells nothing."""
    other = await create_customer(served.runtime.commit, "bob", "Bob Ltd")
    first, second, over = [await start(served, customer, await make_room(served, customer)) for _ in range(3)]
    theirs = await start(served, other, await make_room(served, other))
    await served.client.post(f"/api/v1/live-sessions/{over}/end", headers=customer.bearer)
    for _ in range(2):
        await put(served, customer, accent="#1f4fd8")

    assert [[event.kind for event in told(served, one)] for one in (first, second, over, theirs)] == [
        ["theme.changed"],
        ["theme.changed"],
        ["live_session.ended"],
        [],
    ]


async def test_what_viewers_see_of_a_room_is_told(served: Served, customer: Customer) -> None:
    """A new stream or title, to the live session that runs; what viewers do not see, and what stays the same, is told to nobody."""
    room = await make_room(served, customer)
    running = await start(served, customer, room)
    for settings in (
        {"stream_url": "/hls/a.m3u8"},
        {"stream_url": "/hls/a.m3u8"},
        {"viewer_limit": 5, "embed_origins": ["https://www.example.com"]},
        {"title": "Great hall"},
        {"stream_url": None},
    ):
        assert (await change(served, customer, room, **settings)).status_code == 200

    assert [event.kind for event in told(served, running)] == ["room.changed"] * 3


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"stream_url": "javascript:alert(1)"}, "stream_url"),
        ({"stream_url": "https://example.com/\r\nset-cookie: a=b"}, "stream_url"),
        ({"stream_origins": ["https://*.example.com"]}, "stream_origins[0]"),
        ({"embed_origins": ["https://a.example", "https://b.example; script-src *"]}, "embed_origins[1]"),
        ({"embed_origins": ["*"]}, "embed_origins[0]"),
        ({"embed_origins": [f"https://{n}.example" for n in range(21)]}, "embed_origins"),
    ],
)
async def test_hostile_addresses(served: Served, customer: Customer, settings: dict[str, Any], field: str) -> None:
    """Refused by their field, at once when a room is made and when it is changed; nothing of them is kept."""
    room = await make_room(served, customer)
    made = await served.client.post("/api/v1/rooms", json={"title": "Hall", **settings}, headers=customer.bearer)
    changed = await change(served, customer, room, **settings)

    for reply in (made, changed):
        assert (reply.status_code, reply.json()["error"]["field"]) == (400, field)
    rooms = (await served.client.get("/api/v1/rooms", headers=customer.bearer)).json()["rooms"]
    assert [(one["stream_url"], one["stream_origins"], one["embed_origins"]) for one in rooms] == [(None, [], [])]
