"""The shapes of ASGI, and a whole reply in one call: for what is answered without the framework."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ACCOUNT_KEY = "turnout.account_id"
"""Where in a scope the account of a proven caller stands, for the log line."""


UNLOGGED_KEY = "turnout.unlogged"
"""Where in a scope stands, as True, that the request gets no line in the log."""

RATE_KEY = "turnout.rate"
"""Where in a scope the headers stand that tell a proven caller how much of its rate is left."""


class Mount(Protocol):
    """An application that answers some paths by itself: a dialect. It limits its requests' bodies itself, in its own error shape."""

    def serves(self, path: str) -> bool:
        """Whether requests for this (decoded) path are its own."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        ...


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header; name in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None


def all_headers(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header, in order; name in lower case."""
    return [bytes(value).decode("latin-1") for key, value in scope["headers"] if key == name]


async def reply(send: Send, status: int, body: bytes, headers: Iterable[Header]) -> None:
    """Sends a whole response."""
    sent = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
