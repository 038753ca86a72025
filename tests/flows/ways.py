"""What tests of ways into a room say and are told."""

import secrets
import time
from typing import Any

import jwt

from tests.flows.live import Customer, Reply
from tests.harness.viewers import Viewer


def code(reply: Any) -> str:
    """What the answer is, or why not."""
    return str(reply["error"]["code"]) if reply["op"] == "refused" else str(reply["op"])


def enter(viewer: Viewer, room: Any, **members: Any) -> Any:
    """Enters with these members of the message."""
    return viewer.ask({"op": "enter", "id": secrets.token_hex(16), "room": room["code"], **members})


def settings(customer: Customer, room: Any, **changes: Any) -> Reply:
    """Changes the room."""
    return customer.call("PATCH", f"/rooms/{room['id']}", changes)


def sign(key: Any, now_s: float | None = None, **claims: Any) -> str:
    """A pass, as a customer makes it."""
    whole = {"sub": "u-1", "name": "Wang Wei", "exp": int(time.time() if now_s is None else now_s) + 600, **claims}
    return jwt.encode(whole, key["key"], algorithm="HS256", headers={"kid": key["kid"]})


def people(customer: Customer, live: Any, query: str = "") -> Any:
    """The list of people."""
    return customer.get(f"/live-sessions/{live['id']}/viewers{query}")
