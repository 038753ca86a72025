"""One open socket of a simulated viewer, in the event loop: cheap enough for hundreds of them beside the server they load."""

import asyncio
from typing import Any, Protocol, cast

import msgspec
from typing_extensions import override

from tests.harness.frames import CLOSE, PING, PONG, TEXT, FrameReader, frame, upgrade_request


class Owner(Protocol):
    """Whose socket it is."""

    def on_open(self, socket: "CrowdSocket") -> None:
        """It is open."""

    def on_message(self, payload: bytes) -> None:
        """A message came."""

    def on_goodbye(self, code: int) -> None:
        """The server closes it, with this code."""

    def on_lost(self, error: Exception) -> None:
        """It is gone, opened or not."""


class CrowdSocket(asyncio.Protocol):
    """Connects, upgrades, and tells its owner."""

    transport: asyncio.Transport

    def __init__(self, owner: Owner, base_url: str) -> None:
        self._owner = owner
        self._base_url = base_url
        self._reader = FrameReader()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's has the methods and not the type
        self.transport.write(upgrade_request(self._base_url))

    @override
    def data_received(self, data: bytes) -> None:
        was_open = self._reader.opened
        frames = self._reader.feed(data)
        if not was_open and self._reader.opened:
            self._owner.on_open(self)
        for opcode, payload in frames:
            if opcode == TEXT:
                self._owner.on_message(payload)
            elif opcode == PING:
                self.transport.write(frame(payload, PONG))
            elif opcode == CLOSE:
                self._owner.on_goodbye(int.from_bytes(payload[:2], "big"))
                self.transport.write(frame(payload[:2], CLOSE))
                self.transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.on_lost(exc or ConnectionResetError("the server went away"))

    def say(self, message: dict[str, Any]) -> None:
        """Sends a message."""
        self.transport.write(frame(msgspec.json.encode(message)))
