"""A running server with handlers that misbehave on purpose, a mount and a small web app."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from litestar import get, post
from litestar.params import Parameter

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Customer, Served, create_customer, serving
from turnout.accounts.repeats import AnyRequest
from turnout.config import Config
from turnout.kernel.errors import Overloaded
from turnout.server.asgi import ACCOUNT_KEY, Receive, Scope, Send, reply
from turnout.storage.database import Database


class Question(msgspec.Struct):
    """A nested body."""

    title: Annotated[str, msgspec.Meta(max_length=5)]
    options: list[str]
    score: int = 1


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """A body."""

    question: Question


@post("/api/v1/cards")
async def create_card(data: Card) -> Card:
    """Gives back what it got."""
    return data


@get("/api/v1/cards")
async def list_cards(limit: Annotated[int, Parameter(ge=1, le=500)] = 10) -> dict[str, int]:
    """Takes a number."""
    return {"limit": limit}


@get("/api/v1/cards/{card:str}")
async def get_card(card: str, request: AnyRequest) -> dict[str, Any]:
    """Says what it sees of the client."""
    return {"address": request.client.host if request.client else None, "scheme": request.scope["scheme"]}


@get("/api/v1/broken")
async def broken() -> None:
    """Fails in a way nobody foresaw."""
    raise RuntimeError("the secret is 4711")


@get("/api/v1/behind")
async def behind() -> None:
    """Has too much to do."""
    raise Overloaded(retry_after_s=0.5)


class Collect:
    """A dialect: answers /collect/… itself."""

    def serves(self, path: str) -> bool:
        return path.startswith("/collect/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/collect/broken":
            raise RuntimeError("the secret is 4711")
        scope[ACCOUNT_KEY] = 1
        await reply(send, 200, b'{"result":"OK"}', [(b"content-type", b"application/json")])


HANDLERS = [create_card, list_cards, get_card, broken, behind]


@pytest.fixture
def web_root(tmp_path: Path) -> Path:
    """A built web app, with a file beside it that nobody shall get."""
    root = tmp_path / "web"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>Turnout</title>" + " " * 600)
    (root / "assets" / "app-1a2b3c.js").write_text("export const answer = 42;\n" * 100)
    (root / "assets" / "small-1a2b3c.js").write_text("export {};\n")
    (root / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (root / ".vite").mkdir()
    (root / ".vite" / "manifest.json").write_text("{}")
    (tmp_path / "secret.key").write_text("nobody's business")
    (root / "link.txt").symlink_to(tmp_path / "secret.key")
    return root


@pytest.fixture
async def served(sqlite_database: Database, clock: FakeClock, web_root: Path) -> AsyncIterator[Served]:
    """The server."""
    async with serving(sqlite_database, clock, Config(), handlers=HANDLERS, mounts=[Collect()], web_root=web_root) as running:
        yield running


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account on it."""
    return await create_customer(served.runtime.commit)
