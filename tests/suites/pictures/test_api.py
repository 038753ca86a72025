"""Uploading and showing pictures over HTTP, on both databases."""

import asyncio
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.pictures.conftest import SAMPLES, serving_pictures
from tests.suites.server.harness import Customer, Served, create_customer, speak
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import Kind, PictureId
from turnout.pictures import queries
from turnout.pictures.public import PublicPictures
from turnout.pictures.rules import digest_of
from turnout.pictures.store import pictures
from turnout.storage.database import Database
from turnout.storage.files import Files, S3Place, files_in_bucket

PNG = (SAMPLES / "plain.png").read_bytes()
UPLOAD = "/api/v1/pictures"


async def upload(served: Served, customer: Customer, content: bytes = PNG, **headers: str) -> httpx.Response:
    """One upload."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await served.client.post(UPLOAD, content=content, headers={**customer.bearer, **named})


def rows(database: Database) -> list[tuple[int, str]]:
    """Account and digest of every picture."""
    with database.reading() as connection:
        return [(row.account_id, row.digest) for row in connection.execute(sa.select(pictures).order_by(pictures.c.id))]


def kept_files(folder: Path) -> list[Path]:
    """Every file in the folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def code_of(reply: httpx.Response) -> str:
    """The code of a refusal."""
    return str(reply.json()["error"]["code"])


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("plain.png", "image/png"), ("baseline.jpg", "image/jpeg"), ("alpha.webp", "image/webp"), ("moving.gif", "image/gif")],
)
async def test_a_picture_comes_back_as_it_was(served: Served, customer: Customer, name: str, media_type: str) -> None:
    """Uploaded under any type, shown under its own, byte for byte, to a stranger."""
    content = (SAMPLES / name).read_bytes()
    kept = await upload(served, customer, content, content_type="text/html")

    assert kept.status_code == 201
    view = kept.json()
    assert view == {"id": view["id"], "url": f"/pictures/{view['id']}", "width": 31, "height": 17, "bytes": len(content)}
    assert view["id"].startswith("pc_")
    shown = await served.client.get(view["url"])
    assert (shown.status_code, shown.content) == (200, content)
    assert shown.headers["content-type"] == media_type


async def test_a_picture_may_be_kept_for_good_and_runs_nothing(served: Served, customer: Customer) -> None:
    """Immutable, of its own type only, in a sandbox, and embeddable by customers' pages."""
    view = (await upload(served, customer)).json()
    headers = (await served.client.get(view["url"])).headers

    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["content-disposition"] == f'inline; filename="{view["id"]}.png"'
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["etag"] == f'"{digest_of(PNG)[:32]}"'
    assert "set-cookie" not in headers


async def test_known_tags_and_heads(served: Served, customer: Customer) -> None:
    """304 without a body for who has it, the headers alone for HEAD, and nothing else is let through."""
    url = (await upload(served, customer)).json()["url"]
    whole = await served.client.get(url)
    for tag in (whole.headers["etag"], f'"x", W/{whole.headers["etag"]}'):
        unchanged = await served.client.get(url, headers={"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == whole.headers["etag"]
    assert (await served.client.get(url, headers={"If-None-Match": '"x"'})).status_code == 200
    head = await served.client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PNG)))
    for method in ("POST", "PUT", "DELETE"):
        refused = await served.client.request(method, url)
        assert (refused.status_code, code_of(refused), refused.headers["allow"]) == (405, "method_not_allowed", "GET, HEAD")


async def test_the_same_bytes_are_the_same_picture(served: Served, customer: Customer, database: Database) -> None:
    """One after the other and twenty at once: one id, one row; other bytes and another account's are others."""
    first = (await upload(served, customer)).json()
    again = await asyncio.gather(*(upload(served, customer) for _ in range(20)))
    assert {reply.json()["id"] for reply in again} == {first["id"]}
    other = (await upload(served, customer, (SAMPLES / "still.gif").read_bytes())).json()
    stranger = await create_customer(served.runtime.commit, "bob", "Bob Ltd")
    theirs = (await upload(served, stranger)).json()

    assert len({first["id"], other["id"], theirs["id"]}) == 3
    assert len(rows(database)) == 3


async def test_a_repeat_under_one_key(served: Served, customer: Customer) -> None:
    """The first outcome; another picture under the same key is refused."""
    first = await upload(served, customer, idempotency_key="k1")
    assert (await upload(served, customer, idempotency_key="k1")).json() == first.json()
    refused = await upload(served, customer, (SAMPLES / "still.gif").read_bytes(), idempotency_key="k1")
    assert code_of(refused) == "idempotency_key_reused"


async def test_what_is_refused_leaves_nothing(served: Served, customer: Customer, database: Database, folder: Path) -> None:
    """No picture, no proof, too long: each by its own name, without a row or a file."""
    large = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x20\x00\x00\x00\x20\x00" + bytes(20)
    for content, status, code in (
        (b"", 400, "unsupported_picture"),
        (b"<svg/>", 400, "unsupported_picture"),
        (PNG[:60], 400, "unsupported_picture"),
        (large, 400, "picture_too_large"),
        (PNG.ljust(limits.MAX_PICTURE_BYTES + 1, b"\0"), 413, "body_too_large"),
    ):
        refused = await upload(served, customer, content)
        assert (refused.status_code, code_of(refused)) == (status, code)
    assert (await served.client.post(UPLOAD, content=PNG)).status_code == 401
    assert rows(database) == []
    assert kept_files(folder) == []


async def test_the_longest_picture_is_let_through(served: Served, customer: Customer) -> None:
    """Twice what any other body may have; other paths keep their limit."""
    content = PNG.ljust(limits.MAX_PICTURE_BYTES, b"\0")
    assert len(content) > limits.MAX_BODY_BYTES
    view = (await upload(served, customer, content)).json()
    assert view["bytes"] == len(content)
    assert (await served.client.get(view["url"])).content == content
    refused = await served.client.post("/api/v1/login", content=content)
    assert (refused.status_code, code_of(refused)) == (413, "body_too_large")


@pytest.mark.parametrize(
    "path",
    ["/pictures/", "/pictures/pc_0000000000000", "/pictures/x", "/pictures/../secret.key", "/pictures/..%2fsecret.key", "/pictures/%00"],
)
async def test_other_addresses_are_not_found(served: Served, customer: Customer, path: str) -> None:
    """Nothing but an id leads to a file, whatever stands in the path."""
    await upload(served, customer)
    sent = await speak(served.port, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b" 404 " in sent.splitlines()[0]
    assert b"no-store" in sent


async def test_a_room_is_no_picture(served: Served, customer: Customer) -> None:
    """An id of another kind, or of a picture that was never there."""
    view = (await upload(served, customer)).json()
    number = served.runtime.ids.parse_text(Kind.PICTURE, view["id"])
    for text in (served.runtime.ids.text(Kind.ROOM, number), served.runtime.ids.text(Kind.PICTURE, number + 1)):
        assert (await served.client.get(f"/pictures/{text}")).status_code == 404


async def test_a_lost_file_is_told_and_mended(served: Served, customer: Customer, folder: Path) -> None:
    """The row without its bytes is not found; uploading them again brings the picture back under its id."""
    view = (await upload(served, customer)).json()
    (found,) = kept_files(folder)
    found.unlink()
    assert (await served.client.get(view["url"])).status_code == 404
    assert (await upload(served, customer)).json() == view
    assert (await served.client.get(view["url"])).content == PNG


async def test_a_bucket_does_as_well(database: Database, clock: FakeClock, s3_place: S3Place) -> None:
    """The whole way over a real S3-compatible server; what another process uploaded is shown too, and after a restart."""
    async with serving_pictures(database, clock, files_in_bucket(s3_place)) as served:
        customer = await create_customer(served.runtime.commit)
        view = (await upload(served, customer)).json()
        assert (await served.client.get(view["url"])).content == PNG
    async with serving_pictures(database, clock, files_in_bucket(s3_place)) as served:
        assert (await served.client.get(view["url"])).content == PNG


async def test_a_place_that_is_away_refuses_uploads_and_keeps_no_row(sqlite_database: Database, clock: FakeClock) -> None:
    """503 with a wait; no row without bytes."""
    away = S3Place(bucket="b", endpoint="http://127.0.0.1:9", access_key_id="a", secret_access_key="s")
    async with serving_pictures(sqlite_database, clock, files_in_bucket(away)) as served:
        customer = await create_customer(served.runtime.commit)
        refused = await upload(served, customer)
    assert (refused.status_code, code_of(refused), refused.headers["retry-after"]) == (503, "files_unavailable", "5")
    assert rows(sqlite_database) == []


async def test_an_account_has_a_limit(served: Served, customer: Customer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New pictures are refused and leave no file, known ones are still the same."""
    monkeypatch.setattr(limits, "MAX_PICTURES_PER_ACCOUNT", 1)
    first = (await upload(served, customer)).json()
    refused = await upload(served, customer, (SAMPLES / "still.gif").read_bytes())
    assert (refused.status_code, code_of(refused)) == (409, "too_many_pictures")
    assert len(kept_files(folder)) == 1
    assert (await upload(served, customer)).json() == first


async def test_only_ones_own_pictures_can_be_used(served: Served, customer: Customer, database: Database) -> None:
    """Another account's is refused like one that is not there, by the field that names it."""
    own = PictureId(served.runtime.ids.parse_text(Kind.PICTURE, (await upload(served, customer)).json()["id"]))
    stranger = await create_customer(served.runtime.commit, "bob", "Bob Ltd")
    theirs = PictureId(served.runtime.ids.parse_text(Kind.PICTURE, (await upload(served, stranger)).json()["id"]))
    account_id = customer.ids.account_id
    with database.reading() as connection:
        queries.require_pictures(connection, account_id, [])
        queries.require_pictures(connection, account_id, {own})
        for missing in (theirs, PictureId(own + 1000)):
            with pytest.raises(InvalidInput) as refused:
                queries.require_pictures(connection, account_id, {own: "cover", missing: "questions[2].picture"})
            assert refused.value.field == "questions[2].picture"
            with pytest.raises(InvalidInput) as refused:
                queries.require_pictures(connection, account_id, [own, missing], field="pictures")
            assert refused.value.field == "pictures"


class CountingFiles(Files):
    """Files whose reads are counted."""

    reads = 0

    async def get(self, name: str) -> bytes:
        """Slowly, so that many can ask meanwhile."""
        self.reads += 1
        await asyncio.sleep(0.05)
        return await super().get(name)


async def ask(app: PublicPictures, path: str) -> tuple[int, bytes]:
    """One GET of the application itself."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        raise AssertionError("a picture reads nothing")

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    await app({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)  # type: ignore[arg-type]
    return int(str(sent[0]["status"])), bytes(sent[1]["body"])  # type: ignore[call-overload]


async def test_a_hall_reads_a_picture_once(served: Served, customer: Customer, files: Files, folder: Path) -> None:
    """Five hundred at once are one read; the memory has a bound, past which the one asked for longest ago goes."""
    counting = CountingFiles(files._store, folder)
    app = PublicPictures(served.runtime, counting, cache_bytes=len(PNG) + 200)
    first = (await upload(served, customer)).json()["url"]
    second = (await upload(served, customer, (SAMPLES / "still.gif").read_bytes())).json()["url"]

    replies = await asyncio.gather(*(ask(app, first) for _ in range(500)))
    assert set(replies) == {(200, PNG)}
    assert counting.reads == 1
    assert (await ask(app, second))[0] == 200
    await asyncio.gather(ask(app, first), ask(app, second))
    assert counting.reads == 2  # both fit
    third = (await upload(served, customer, (SAMPLES / "lossy.webp").read_bytes())).json()["url"]
    await ask(app, third)  # makes room: the first goes
    await ask(app, third)
    assert counting.reads == 3
    await ask(app, first)
    assert counting.reads == 4


async def test_one_who_leaves_does_not_take_the_picture_away(served: Served, customer: Customer, files: Files, folder: Path) -> None:
    """A cancelled request leaves the read to the others, and a failed read is tried again by the next."""
    counting = CountingFiles(files._store, folder)
    app = PublicPictures(served.runtime, counting)
    path = (await upload(served, customer)).json()["url"]
    leaving, staying = asyncio.create_task(ask(app, path)), asyncio.create_task(ask(app, path))
    await asyncio.sleep(0.02)
    leaving.cancel()
    assert await staying == (200, PNG)
    assert (await asyncio.gather(leaving, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    assert counting.reads == 1
    assert (await ask(app, "/pictures/pc_0000000000000"))[0] == 404
