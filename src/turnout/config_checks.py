"""What values of the configuration look like. Pure."""

import base64
import binascii
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from msgspec import Meta

SECRET_BYTES = 32
"""Length of the installation's secret."""


def key(description: str, unit: str = "") -> Meta:
    """What a key means and the unit of its value, for docs/operate.md."""
    return Meta(description=description, extra={"unit": unit})


def is_origin(text: str) -> bool:
    """Whether this is a scheme and a host alone, like https://live.example.com."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError for a port that is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}" and "@" not in text


def is_relay(text: str) -> bool:
    """Whether this is a URL to which a path can be added, like https://api.drand.sh or http://10.0.0.7:8080/drand."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError for a port that is no number
    except ValueError:
        return False
    plain = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text == plain and "@" not in text and text.isprintable()


def is_provider(text: str) -> bool:
    """Whether this is a URL like https://login.example.com/tenant; in the clear only to this machine."""
    if not is_relay(text):
        return False
    parts = urlsplit(text)
    return parts.scheme == "https" or parts.hostname == "localhost" or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_proxy(text: str) -> bool:
    """Whether this is an HTTP proxy with its port, like http://proxy.example.com:3128."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port is not None and text == f"http://{parts.netloc}"
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Whether this is a CIDR network, or one address."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def decode_secret(text: str) -> bytes | None:
    """The bytes of an installation's secret in base64; None for anything else."""
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == SECRET_BYTES else None
