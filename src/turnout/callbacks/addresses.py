"""Which addresses callbacks may go to. Pure.

Only globally routable unicast addresses: a customer must not make this server call into the operator's own network, the machine itself
or a cloud's metadata service. Forms that carry an IPv4 address inside an IPv6 one are judged by what they carry. The lists follow the
IANA special-purpose address registries (iana.org/assignments/iana-ipv4-special-registry and -ipv6-, read 2026-01) and are written out,
because what Python's `is_global` says has changed between its versions.
Hosts of URLs are judged as the most lenient reader would read them: some take `2130706433`, `0x7f.1` and `0177.0.0.1` for 127.0.0.1.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from unicodedata import normalize

_BLOCKED_4 = [
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "an address of this host itself"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),  # holds Alibaba's metadata service, 100.100.100.200
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),  # holds most clouds' metadata service, 169.254.169.254
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a protocol address"),  # holds Oracle's metadata service, 192.0.0.192
        ("192.0.2.0/24", "an address for documentation"),
        ("192.31.196.0/24", "a protocol address"),
        ("192.52.193.0/24", "a protocol address"),
        ("192.88.99.0/24", "a relay address"),
        ("192.168.0.0/16", "a private address"),
        ("192.175.48.0/24", "a protocol address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("168.63.129.16/32", "a cloud's service address"),  # Azure's agent and name service, a public number reachable inside only
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
]

_BLOCKED_6 = [
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "an address of this host itself"),
        ("::1/128", "a loopback address"),
        ("64:ff9b:1::/48", "a local translation address"),
        ("100::/64", "a discard address"),
        ("100:0:0:1::/64", "a protocol address"),
        ("2001::/23", "a protocol address"),  # Teredo, ORCHID, benchmarks and others
        ("2001:db8::/32", "an address for documentation"),
        ("2620:4f:8000::/48", "a protocol address"),
        ("3fff::/20", "an address for documentation"),
        ("5f00::/16", "a segment routing address"),
        ("fc00::/7", "a private address"),  # holds Amazon's metadata service, fd00:ec2::254
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
]

_GLOBAL_6 = IPv6Network("2000::/3")  # the only range from which global unicast addresses are given out
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765, never to be seen on a wire, understood by some stacks
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)  # the upper half of the interface id, RFC 5214


def why_blocked(text: str) -> str | None:
    """Why this address is not called, in a few words; None for one that may be. Text that is no address is blocked."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "not an address"
    return _why_4(address) if isinstance(address, IPv4Address) else _why_6(address)


_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain")
_DOTS = str.maketrans("\u3002\uff61", "..")  # which IDNA takes for dots, RFC 3490
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


def why_host_blocked(host: str) -> str | None:
    """Why the host of a URL is not called whatever a name server says of it; None for names that have to be looked up first, and for
    addresses that may be called."""
    text = normalize("NFKC", host).translate(_DOTS).strip("[]").rstrip(".").lower()
    address = _lenient_4(text)
    if address is not None:
        return _why_4(address)
    if ":" in text:
        return why_blocked(text)
    if not all(letter.isalnum() or letter in "-._" for letter in text):
        return "not a name"  # somebody might decode it into one
    if text.rpartition(".")[2] in _LOCAL_NAMES:
        return "a name of this host or its network"
    if not text or _NUMBER.fullmatch(text.rpartition(".")[2]):
        return "not an address"  # no name ends in a number, RFC 1123
    return None


def _lenient_4(text: str) -> IPv4Address | None:
    """The address as inet_aton reads it: one to four numbers, decimal, octal or hexadecimal, the last of which fills what is left."""
    words = text.split(".")
    if len(words) > 4 or not all(_NUMBER.fullmatch(word) for word in words):
        return None
    try:
        numbers = [int(word[2:] or "0", 16) if word[:2] == "0x" else int(word, 8 if word[0] == "0" else 10) for word in words]
    except ValueError:  # an 8 in what begins like an octal number
        return None
    *firsts, last = numbers
    if any(number > 255 for number in firsts) or last >= 256 ** (4 - len(firsts)):
        return None
    return IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(firsts)) + last)


def _why_4(address: IPv4Address) -> str | None:
    return next((reason for network, reason in _BLOCKED_4 if address in network), None)


def _why_6(address: IPv6Address) -> str | None:
    for network, reason in _BLOCKED_6:
        if address in network:
            return reason
    carried = _carried(address)
    if carried is not None:
        reason_4 = _why_4(carried)
        if reason_4 is not None:
            return f"{reason_4} inside an IPv6 address"
    if address in _GLOBAL_6 or address in _NAT64 or address.ipv4_mapped is not None:
        return None
    return "not a globally routable address"


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this IPv6 address may end up at."""
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or address in _COMPATIBLE or address in _TRANSLATED or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    return None
