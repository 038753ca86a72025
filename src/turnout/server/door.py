"""Who may open a line, and on which terms: one rule for sockets and for event streams."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

import structlog

from turnout.hub.connection import Connection
from turnout.hub.dispatch import Dispatcher
from turnout.hub.event_stream import Lines
from turnout.hub.hub import Hub
from turnout.hub.keep_alive import KeepAlive
from turnout.hub.rates import Allowance, Rates
from turnout.kernel.errors import NotAllowed
from turnout.kernel.limits import MAX_CONNECTION_BACKLOG_BYTES, MAX_USER_AGENT_LENGTH
from turnout.server.origins import Origins
from turnout.server.proxies import Proxies

log = structlog.get_logger("turnout.lines")

C = TypeVar("C", bound=Connection)


class Visitor(NamedTuple):
    """What the request says that opens a line. peer: address of the machine that connected. Lists: every value of a header, in order."""

    peer: str
    host: str
    origins: list[str]
    forwarded_for: list[str]
    cookies: list[str]
    user_agent: str


@dataclass(frozen=True, slots=True)
class Door:
    """What every line of this process shares.

    rates: how much one connection and one address may do. ping_interval_s: see KeepAlive. backlog_bytes: see Connection.
    close_patience_s: how long an ended connection is waited for.
    """

    hub: Hub
    dispatcher: Dispatcher
    proxies: Proxies
    origins: Origins = field(default_factory=Origins)
    rates: Rates = field(default_factory=lambda: Rates(Allowance(0, 0, 0)))
    ping_interval_s: float = 20.0
    backlog_bytes: int = MAX_CONNECTION_BACKLOG_BYTES
    close_patience_s: float = 2.0
    lines: Lines = field(default_factory=Lines, init=False)
    keep_alive: KeepAlive = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep_alive", KeepAlive(self.ping_interval_s))

    def admit(self, kind: type[C], visitor: Visitor) -> C:
        """A connection for this visitor, not yet open; raises NotAllowed for a page of a foreign origin, and TooManyConnections."""
        if not self.origins.allow(visitor.origins, visitor.host):
            raise NotAllowed("Pages of this origin may not connect here.")
        address = self.proxies.client_address(visitor.peer, visitor.forwarded_for)
        connection = kind(
            self.dispatcher,
            self.hub,
            address=address,
            cookies=_cookies(visitor.cookies),
            user_agent=_kept_user_agent(visitor.user_agent),
            source=self.rates.admit(address),
            backlog_bytes=self.backlog_bytes,
            close_patience_s=self.close_patience_s,
        )
        self.keep_alive.watch(connection)
        return connection

    def left(self, connection: Connection, opened_at: float) -> None:
        """The connection is gone; opened_at: on time.monotonic's clock. One log line."""
        self.keep_alive.forget(connection)
        log.info(
            "connection_ended",
            address=connection.address,
            line=connection.kind,
            code=connection.close_code,
            ending=connection.ending.name if connection.ending else None,
            duration_s=round(time.monotonic() - opened_at, 3),
        )


@lru_cache(maxsize=4096)
def _kept_user_agent(user_agent: str) -> str:
    """Ten thousand phones are of a few hundred models: one text for each."""
    return user_agent[:MAX_USER_AGENT_LENGTH]


def _cookies(headers: Iterable[str]) -> dict[str, str]:
    """Cookies by name; of two with one name the first, which a browser sends for the longer path."""
    cookies: dict[str, str] = {}
    for pair in "; ".join(headers).split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            cookies.setdefault(name, value.strip('"'))
    return cookies
