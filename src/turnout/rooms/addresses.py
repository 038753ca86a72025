"""Where a room's stream comes from and which sites may frame its page. Pure.

What passes here stands in a policy the server sends with a page: nothing in it can end a directive, a header or a line.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput

_LETTERS = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+\Z")
"""What an address consists of (RFC 3986), without `#`: what is behind it is for a page, and a stream is none."""

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def check_stream_url(text: str | None) -> str | None:
    """The address of an HLS playlist: https, http on this machine alone, or a path of this server. None and "" mean no stream. Raises
    InvalidInput naming the field."""
    field = "stream_url"
    text = (text or "").strip()
    if not text:
        return None
    if len(text) > limits.MAX_STREAM_URL_LENGTH:
        raise InvalidInput(f"at most {limits.MAX_STREAM_URL_LENGTH} characters", field=field)
    if not _LETTERS.match(text):
        raise InvalidInput("only the letters of an address; write others in percent form, and leave out what follows a #", field=field)
    if text.startswith("/"):
        if text.startswith("//"):
            raise InvalidInput("a path begins with one slash; begin other addresses with https://", field=field)
        return text
    parts = _split(text, field)
    return f"{_origin_of(parts, field)}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def check_origins(texts: Sequence[str], field: str) -> tuple[str, ...]:
    """Origins such as https://www.example.com in their usual form, each once. Raises InvalidInput naming the field and the number."""
    if len(texts) > limits.MAX_ORIGINS_PER_ROOM:
        raise InvalidInput(f"at most {limits.MAX_ORIGINS_PER_ROOM}", field=field)
    found: dict[str, None] = {}
    for number, text in enumerate(texts):
        here = f"{field}[{number}]"
        if len(text) > limits.MAX_ORIGIN_LENGTH or not _LETTERS.match(text.strip()):
            raise InvalidInput("an origin is like https://www.example.com", field=here)
        parts = _split(text.strip(), here)
        if parts.path not in ("", "/") or parts.query:
            raise InvalidInput("scheme and host alone, without a path", field=here)
        found[_origin_of(parts, here)] = None
    return tuple(found)


def origin_of(stream_url: str | None) -> str | None:
    """Where a stream's playlist comes from, when that is not this server. stream_url: checked."""
    if stream_url is None or stream_url.startswith("/"):
        return None
    scheme, rest = stream_url.split("://", 1)
    return f"{scheme}://{rest.split('/', 1)[0]}"


def _split(text: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise InvalidInput("this is no address", field=field) from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise InvalidInput("begins with https://", field=field)
    if "@" in parts.netloc:
        raise InvalidInput("without a name and password", field=field)
    return parts


def _origin_of(parts: SplitResult, field: str) -> str:
    host = parts.hostname or ""
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            raise InvalidInput("this is no address", field=field) from None
        if address.scope_id is not None:
            raise InvalidInput("without the name of a network card", field=field)
        host = f"[{address.compressed}]"
    elif len(host) > 253 or not _NAME.match(host):
        raise InvalidInput("a host's name in full, without a *; write names in other scripts in their xn-- form", field=field)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InvalidInput("https; http only for localhost", field=field)
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, default) else f":{parts.port}")
