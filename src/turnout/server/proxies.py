"""Whom a request comes from, behind proxies the operator trusts. One rule for HTTP and for sockets.

Forwarding headers count only when the machine that connected to us is a trusted proxy. X-Forwarded-For is walked from the right: each
trusted proxy vouches for the entry before it, and the first address that is not a trusted proxy is the client. What stands further left
was written by strangers.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog

log = structlog.get_logger("turnout.server")


class Proxies:
    """The trusted proxies of this installation.

    networks: addresses and CIDR networks ("10.0.0.0/8", "::1"); raises ValueError that names the entry which is neither.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in networks:
            try:
                self._networks.append(ip_network(entry))
            except ValueError as error:
                raise ValueError(f"trusted_proxies: {entry!r} is no address or network: {error}") from None
        # proxies are few and connect often
        self.is_trusted = lru_cache(maxsize=1024)(self._is_trusted)
        self._has_warned = False

    def _is_trusted(self, address: str) -> bool:
        """Whether the address is a trusted proxy's; false for what is no address."""
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def client_address(self, peer: str, forwarded_for: Iterable[str]) -> str:
        """The client's address in its usual form.

        peer: address of the machine that connected to us. forwarded_for: the values of all X-Forwarded-For headers, in their order.
        An entry that is no address ends the walk: nothing left of it can be believed.
        """
        client = _usual_form(peer)
        forwarded = ",".join(forwarded_for)
        if forwarded and not self.is_trusted(client):
            self._warn(client)
        for entry in reversed(forwarded.split(",")):
            if not self.is_trusted(client):
                break
            hop = _parse(_without_port(entry.strip()))
            if hop is None:
                break
            client = str(hop)
        return client

    def _warn(self, peer: str) -> None:
        """Says once that a proxy is not trusted, so that everybody behind it shares the limits of one address. Anybody on the internet may
        send such a header; a machine of the operator's network sends it for a reason."""
        address = _parse(peer)
        if not self._has_warned and address is not None and address.is_private:
            self._has_warned = True
            log.warning("forwarded_for_ignored", peer=peer, advice="name the reverse proxy in trusted_proxies")

    def scheme(self, peer: str, own: str, forwarded_proto: Iterable[str]) -> str:
        """The scheme the client used, http or https.

        own: what this connection itself uses. forwarded_proto: the values of all X-Forwarded-Proto headers; the last is the nearest
        proxy's, and the only one a trusted machine is known to have written.
        """
        said = ",".join(forwarded_proto).rpartition(",")[2].strip().lower()
        return said if said in ("http", "https") and self.is_trusted(_usual_form(peer)) else own


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # a dual-stack listener shows IPv4 peers as ::ffff:192.0.2.1
    return getattr(address, "ipv4_mapped", None) or address


def _usual_form(text: str) -> str:
    address = _parse(text)
    return text if address is None else str(address)


def _without_port(entry: str) -> str:
    """192.0.2.1:5000 and [2001:db8::1]:5000 without the port some proxies add."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
