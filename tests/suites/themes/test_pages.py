"""What a room asks of its pages: exact policies, the theme in the head, and both anew as soon as they change."""

import asyncio
import html
import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Customer, Served
from tests.suites.themes.conftest import INDEX, LANGUAGES
from turnout.kernel.errors import Overloaded
from turnout.server.static import CONTENT_SECURITY_POLICY
from turnout.storage.action import Action
from turnout.storage.transaction import Tx
from turnout.themes.pages import KEPT_S

PLAYED = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
REST = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors"


def _change_unheard(tx: Tx, commands: Sequence[None]) -> Sequence[None]:
    tx.connection.exec_driver_sql("UPDATE rooms SET embed_origins = 'https://www.example.com'")
    return commands


_UNHEARD: Action[None, None] = Action("change_unheard", _change_unheard)
"""A change after which nobody is nudged."""


async def make_room(served: Served, customer: Customer, **settings: Any) -> Any:
    """A room."""
    reply = await served.client.post("/api/v1/rooms", json={"title": "Hall", **settings}, headers=customer.bearer)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def change(served: Served, customer: Customer, room: Any, **settings: Any) -> httpx.Response:
    """Changes its settings."""
    return await served.client.patch(f"/api/v1/rooms/{room['id']}", json=settings, headers=customer.bearer)


async def page(served: Served, room: Any, kind: str = "r") -> httpx.Response:
    """One of its pages."""
    return await served.client.get(f"/{kind}/{room['code']}")


def policy(reply: httpx.Response) -> str:
    """Of a page; there is one and no second."""
    (found,) = reply.headers.get_list("content-security-policy")
    return found


def told(reply: httpx.Response) -> Any:
    """What stands in the page's head."""
    found = re.search(r'<meta name="turnout-room" content="([^"<>]*)" /></head>', reply.text)
    assert found, reply.text
    return json.loads(html.unescape(found[1]))


async def test_a_room_without_either_is_like_any_page(served: Served, customer: Customer) -> None:
    """Nobody frames it, it connects to us alone; only the frame of its stream may be framed, by ourselves."""
    room = await make_room(served, customer)

    assert policy(await page(served, room)) == CONTENT_SECURITY_POLICY
    assert policy(await page(served, room, "stream")) == f"{PLAYED} media-src 'self' blob:; connect-src 'self'; {REST} 'self'"
    assert told(await page(served, room)) == {"theme": {"name": "", "accent": None, "logo": None}, "embed": []}


async def test_the_policy_is_exactly_the_rooms(served: Served, customer: Customer) -> None:
    """The page is framed by the sites named; the stream's frame also by us, and connects to the stream's hosts, which the page does not."""
    room = await make_room(
        served,
        customer,
        stream_url="https://cdn.example.com/a.m3u8",
        stream_origins=["https://segments.example.com:8443"],
        embed_origins=["https://www.example.com", "https://intra.example.com"],
    )
    sites = "https://www.example.com https://intra.example.com"
    hosts = "https://cdn.example.com https://segments.example.com:8443"

    assert policy(await page(served, room)) == f"{PLAYED} connect-src 'self'; {REST} {sites}"
    assert (
        policy(await page(served, room, "stream"))
        == f"{PLAYED} media-src 'self' blob: {hosts}; connect-src 'self' {hosts}; {REST} 'self' {sites}"
    )
    assert told(await page(served, room))["embed"] == sites.split()
    assert "cdn.example.com" not in (await page(served, room, "stream")).text, "where the stream is, only who has entered is told"


async def test_other_pages_are_framed_by_nobody(served: Served, customer: Customer) -> None:
    """The console above all; and a code that is none."""
    await make_room(served, customer, embed_origins=["https://www.example.com"])
    for path in ("/", "/console/rooms", "/screen/rm_1", "/r/22222222", "/r/nothing", "/r/a/b", "/favicon.ico"):
        assert policy(await served.client.get(path)) == CONTENT_SECURITY_POLICY, path
    assert (await served.client.get("/console/rooms")).content == INDEX
    assert "turnout-room" not in (await served.client.get("/r/22222222")).text


async def test_a_change_is_seen_at_the_next_request(served: Served, customer: Customer) -> None:
    """By another tag, so that no browser goes on with a page it has under an earlier policy; unchanged it is not sent again."""
    room = await make_room(served, customer)
    first = await page(served, room)
    again = await served.client.get(f"/r/{room['code']}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, policy(again)) == (304, CONTENT_SECURITY_POLICY)
    assert (await change(served, customer, room, embed_origins=["https://www.example.com"])).status_code == 200

    after = await served.client.get(f"/r/{room['code']}", headers={"if-none-match": first.headers["etag"]})
    assert after.status_code == 200
    assert policy(after).endswith("frame-ancestors https://www.example.com")
    reply = await served.client.put("/api/v1/account/theme", json={"accent": "#1F4FD8"}, headers=customer.bearer)
    assert reply.json() == {"name": "", "accent": "#1f4fd8", "logo": None}
    assert told(await page(served, room))["theme"]["accent"] == "#1f4fd8"


async def test_what_another_process_changed_is_seen_soon(served: Served, customer: Customer, clock: FakeClock) -> None:
    """A change of which this process hears nothing."""
    room = await make_room(served, customer)
    await page(served, room)
    await served.runtime.commit.run(_UNHEARD, None, lane=0)
    assert policy(await page(served, room)) == CONTENT_SECURITY_POLICY, "it is kept for a moment: this test would see nothing else"
    clock.advance(KEPT_S)

    assert policy(await page(served, room)).endswith("frame-ancestors https://www.example.com")


async def test_what_an_account_writes_stays_in_its_place(served: Served, customer: Customer) -> None:
    """A name that looks like markup is text in the head of the page."""
    room = await make_room(served, customer)
    name = '"><script>alert(1)</script> \\u0000 &quot; 大学'
    await served.client.put("/api/v1/account/theme", json={"name": name}, headers=customer.bearer)

    reply = await page(served, room)
    assert told(reply)["theme"]["name"] == name
    assert reply.text.count("<script") == 1, "the one before the form"


async def test_many_ask_at_once(served: Served, customer: Customer) -> None:
    """Everybody gets the same page, also as the code is typed on a phone."""
    room = await make_room(served, customer, embed_origins=["https://www.example.com"])
    typed = room["code"].upper()
    found = await asyncio.gather(*(served.client.get(f"/r/{typed[:4]}-{typed[4:]}") for _ in range(50)))

    assert {policy(reply) for reply in found} == {f"{PLAYED} connect-src 'self'; {REST} https://www.example.com"}


@pytest.mark.parametrize("error", [Overloaded(retry_after_s=1), ConnectionError("the database restarts")], ids=["behind", "gone"])
async def test_a_database_that_does_not_answer(
    served: Served, customer: Customer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Changes nothing in a page that was asked for before. Of another one nobody knows who may frame it: everybody may frame what is said
    instead, which tries again by itself. A server that is behind fills no log with it."""
    known, unknown = [await make_room(served, customer, embed_origins=["https://www.example.com"]) for _ in range(2)]
    before = await page(served, known)
    clock.advance(KEPT_S)

    async def fail(_query: object) -> None:
        raise error

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(served.runtime.database, "read", fail)
        same, other = await page(served, known), await page(served, unknown, "stream")

    assert (same.status_code, policy(same), same.content) == (200, policy(before), before.content)
    assert (other.status_code, other.headers["retry-after"], other.headers["cache-control"]) == (503, "5", "no-store")
    assert policy(other) == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    assert '<meta http-equiv="refresh" content="5">' in other.text
    levels = [(line["event"], line["log_level"]) for line in logs if line["event"].startswith("room_page")]
    assert levels == [("room_page_kept", "warning"), ("room_page_unknown", "warning" if isinstance(error, Overloaded) else "error")]
    assert policy(await page(served, unknown)).endswith("frame-ancestors https://www.example.com"), "as soon as it answers"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_form_to_enter_comes_with_the_page(served: Served, customer: Customer, language: str) -> None:
    """In the reader's language, which the page says itself, and under the account's name as soon as it has one; the frame of the stream,
    the screen and a room that is not there have none."""
    room = await make_room(served, customer)
    reader = {"accept-language": language}

    async def read(path: str) -> httpx.Response:
        return await served.client.get(path, headers=reader)

    first = await read(f"/r/{room['code']}")
    assert f'<html lang="{language}">' in first.text
    assert '<head><script src="/assets/known.js"></script><title>' in first.text
    assert f'<div id="app">{language}</div>' in first.text
    assert (await served.client.put("/api/v1/account/theme", json={"name": "Söhne"}, headers=customer.bearer)).is_success
    second = await read(f"/r/{room['code']}")
    assert f'<div id="app">{language} Söhne</div>' in second.text
    assert second.headers["etag"] != first.headers["etag"]
    for path in (f"/stream/{room['code']}", f"/screen/{room['id']}", "/r/aaaa2222"):
        other = await read(path)
        assert '<div id="app"></div>' in other.text
        assert "known.js" not in other.text
