"""The built web app: what a browser gets, what it may keep, and that nothing else can be got."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Served, serving, speak
from turnout.server.static import CONTENT_SECURITY_POLICY
from turnout.storage.database import Database


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/r/ab12cd34",
        "/r/a.b",
        "/stream/ab12cd34",
        "/console",
        "/console/",
        "/console/live-sessions/ls_1",
        "/screen/ab12cd34",
        "/proof",
        "/proof/dr_3d8m1x6r0p5hw",
    ],
)
async def test_the_apps_own_paths_get_the_app(served: Served, web_root: Path, path: str) -> None:
    """Asked for again each time, so that a new version is seen at once."""
    reply = await served.client.get(path)
    assert reply.status_code == 200
    assert reply.text == (web_root / "index.html").read_text()
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/app-000000.js",
        "/assets/",
        "/consoles",
        "/proofs",
        "/index",
        "/rooms",
        "/secret.key",
        "/link.txt",
        "/.vite/manifest.json",
        "/web/index.html",
    ],
)
async def test_other_paths_are_not_there(served: Served, path: str) -> None:
    """An asset of an older version above all: the app's page in its place would break in the browser."""
    assert (await served.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.key",
        "/assets/../../secret.key",
        "/%2e%2e/secret.key",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.key",
        "/..%5csecret.key",
        "//etc/passwd",
        "/assets/..%00/x",
    ],
)
async def test_no_path_leads_out_of_the_folder(served: Served, path: str) -> None:
    """Sent byte by byte, since clients tidy such paths up."""
    received = await speak(served.port, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert received.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert b"nobody's business" not in received


async def test_assets_may_be_kept_for_a_year(served: Served) -> None:
    """Their name changes with their content."""
    reply = await served.client.get("/assets/app-1a2b3c.js")
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_text_is_compressed_for_who_takes_it(served: Served, web_root: Path) -> None:
    """Under another tag, and never for who does not ask."""
    path = "/assets/app-1a2b3c.js"
    plain = await served.client.get(path, headers={"accept-encoding": "identity"})
    refused = await served.client.get(path, headers={"accept-encoding": "gzip;q=0, br"})
    packed = await served.client.get(path, headers={"accept-encoding": "br, gzip"})
    source = (web_root / path[1:]).read_bytes()
    assert plain.content == refused.content == packed.content == source
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(gzip.compress(source)) + 32 < len(source)
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert plain.headers["etag"] != packed.headers["etag"]


async def test_what_has_not_changed_is_not_sent_again(served: Served) -> None:
    """304 for its own tag, also a weak one in a list; the whole for any other."""
    first = await served.client.get("/")
    tag = first.headers["etag"]
    for known in (tag, f'"x", W/{tag}'):
        again = await served.client.get("/", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await served.client.get("/", headers={"if-none-match": '"x"'})).status_code == 200


async def test_head_is_get_without_a_body(served: Served) -> None:
    """Monitors ask so."""
    got, head = await served.client.get("/favicon.svg"), await served.client.head("/favicon.svg")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_headers_that_protect_the_pages(served: Served) -> None:
    """Nothing but our own scripts runs, nobody frames us, types are not guessed; the API is not even a page."""
    page = (await served.client.get("/")).headers
    assert page["content-security-policy"] == CONTENT_SECURITY_POLICY
    for part in ("script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "style-src 'self' 'unsafe-inline'"):
        assert part in CONTENT_SECURITY_POLICY
    api = (await served.client.get("/api/v1/cards")).headers
    assert api["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert api["cache-control"] == "no-store"
    dialect = (await served.client.get("/collect/x")).headers
    for headers in (page, api, dialect):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_without_a_built_app_the_server_says_so(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> None:
    """It serves all the rest."""
    async with serving(sqlite_database, clock, web_root=tmp_path / "missing") as served:
        page = await served.client.get("/r/ab12cd34")
        assert page.status_code == 503
        assert "make web" in page.text
        assert (await served.client.get("/healthz")).json() == {"status": "ok"}


async def test_a_page_names_what_it_will_need_next(clock: FakeClock, database: Database, tmp_path: Path) -> None:
    """The viewers' page in the reader's language: its own chunk, its styles and what they import, none of them twice; other pages, and a
    build without notes, are as they are."""
    (tmp_path / ".vite").mkdir()
    # as long as the built one, which is sent compressed
    index = f'<html><head><link rel="modulepreload" crossorigin href="/assets/shared.js"><!--{"." * 1000}--></head></html>'
    (tmp_path / "index.html").write_text(index)
    manifest = {
        "_shared.js": {"file": "assets/shared.js"},
        "src/viewer/ViewerPage.vue": {"file": "assets/viewer.js", "css": ["assets/viewer.css"], "imports": ["_shared.js", "_card.js"]},
        "_card.js": {"file": "assets/card.js", "imports": ["_shared.js"]},
        "src/i18n/zh-CN/viewer.ts": {"file": "assets/zh.js"},
        "src/i18n/en/viewer.ts": {"file": "assets/en.js"},
    }
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    async with serving(database, clock, web_root=tmp_path) as served:
        for language, words in (("en-GB,zh;q=0.5", "en"), ("fr, zh-TW", "zh"), ("", "zh")):
            reply = await served.client.get("/r/ab12cd34", headers={"accept-language": language})
            assert reply.headers["vary"] == "accept-encoding, accept-language"
            links = re.findall(r'<link rel="(\w+)" crossorigin href="/assets/([^"]+)">', reply.text)
            assert sorted(links) == sorted(
                [
                    ("modulepreload", "shared.js"),
                    ("modulepreload", "viewer.js"),
                    ("stylesheet", "viewer.css"),
                    ("modulepreload", "card.js"),
                    ("modulepreload", f"{words}.js"),
                ]
            )
        assert (await served.client.get("/console/rooms")).text == index
        assert (await served.client.get("/screen/rm_1")).text == index
