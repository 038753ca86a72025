"""What tests of two-step login do again and again."""

import base64
from typing import Any

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.fake_clock import FakeClock
from tests.suites.server.harness import PASSWORD, Served, log_in
from turnout.kernel.clock import SECOND


def code_of(secret: str, clock: FakeClock, *, steps: int = 0) -> str:
    """What an app that was given this secret shows, so many steps later."""
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303 - the algorithm of the RFC
    return totp.generate(clock.now() // SECOND + 30 * steps).decode()


def wrong_code(secret: str, clock: FakeClock) -> str:
    """Six digits that no app shows just now."""
    shown = {code_of(secret, clock, steps=steps) for steps in range(-2, 3)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in shown)


async def logged_in(served: Served) -> dict[str, str]:
    """Logs in by password alone; the headers of what follows."""
    return {"x-csrf-token": (await log_in(served)).json()["csrf_token"]}


async def ask(served: Served, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    """A request below /login."""
    return await served.client.post(f"/api/v1/login/{path}", json=body, headers=headers)


async def turned_on(served: Served, clock: FakeClock) -> tuple[str, list[str], dict[str, str]]:
    """The secret, the recovery codes, and the headers of the login that turned it on. The code that did it is used up."""
    csrf = await logged_in(served)
    begun = await ask(served, "two-step", {"password": PASSWORD}, csrf)
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    confirmed = await ask(served, "two-step/confirm", {"code": code_of(secret, clock)}, csrf)
    assert confirmed.status_code == 200, confirmed.text
    clock.advance(60)
    return secret, confirmed.json()["recovery_codes"], csrf


async def ticket(served: Served) -> str:
    """What the password alone gets."""
    reply = await log_in(served)
    assert reply.status_code == 200, reply.text
    assert "set-cookie" not in reply.headers
    found: str = reply.json()["ticket"]
    return found


async def by_code(served: Served, ticket_text: str, **proof: str) -> httpx.Response:
    """The second step."""
    return await served.client.post("/api/v1/login/code", json={"ticket": ticket_text, **proof})
