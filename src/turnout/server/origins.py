"""Whose pages may use this server with a visitor's cookies. One rule for HTTP and for sockets.

A browser says with `Origin` which page sends a request, and sends cookies along whatever page that is.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit


class Origins:
    """The origins allowed besides the host that was asked itself.

    base_url: this installation's address, "" when it is not set. allowed: further origins. Raises ValueError that names what is no origin.
    """

    def __init__(self, base_url: str = "", allowed: Iterable[str] = ()) -> None:
        self._origins = set()
        for entry in (base_url, *allowed):
            if entry:
                origin = usual_form(entry)
                if origin is None:
                    raise ValueError(f"allowed_origins: {entry!r} is no origin such as https://example.com")
                self._origins.add(origin)

    def allow(self, origin_headers: Sequence[str], host: str) -> bool:
        """Whether a request with these Origin headers and this Host header may be trusted with cookies.

        Without an Origin yes: it comes from a program, not from a page. "null", several, or what is no web origin: no.
        """
        if not origin_headers:
            return True
        origin = usual_form(origin_headers[0]) if len(origin_headers) == 1 else None
        if origin is None:
            return False
        scheme, _, _ = origin.partition("://")
        # the scheme is not compared: behind a proxy that ends TLS we do not always know our own
        return origin in self._origins or origin == usual_form(f"{scheme}://{host}")


def usual_form(url: str) -> str | None:
    """scheme://host[:port] in lower case, without a default port; None for what is not http or https."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{name}" + ("" if port in (None, default) else f":{port}")
