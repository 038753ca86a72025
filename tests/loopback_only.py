"""Tests talk to this machine only: any other address is refused before a packet leaves."""

import ipaddress
import sys
from collections.abc import Sequence

_LOCAL_NAMES = {"", "localhost", "0.0.0.0", "::"}


class NetworkBlocked(RuntimeError):
    """A test tried to reach another machine, or to look up its name."""


def install() -> None:
    """Blocks connecting and name look-ups beyond loopback for the rest of this Python process."""
    sys.addaudithook(_check)


def _check(happening: str, details: Sequence[object]) -> None:
    if happening in ("socket.connect", "socket.sendto"):
        address = details[1]
        if isinstance(address, tuple) and not _is_local(str(address[0])):
            raise NetworkBlocked(f"{happening} to {address!r}: tests stay on this machine")
    elif happening in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = details[0].decode() if isinstance(details[0], bytes) else details[0]
        if isinstance(host, str) and not _is_local(host) and not _is_address(host):
            raise NetworkBlocked(f"look-up of {host!r}: tests stay on this machine")


def _is_local(host: str) -> bool:
    return host in _LOCAL_NAMES or (_is_address(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
