"""How the client of the native API calls: one kept connection, repeats that create nothing twice, refusals, and lists read page by page."""

import http.client
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from turnout.kernel.struct_types import know_struct_types

T = TypeVar("T")

KEPT_S = 3.0
"""Seconds after which a kept connection is not used again: servers close idle ones, and a request sent at that moment is lost."""

RATE_PATIENCE_S = 10.0
"""Seconds a call waits at most for the key's rate to allow it (429)."""

_PAGE_LENGTH = 500


class NativeRefused(Exception):
    """The server refused. status: HTTP's; code: stable and documented; field: the path of the offending input, where there is one;
    retry_after_s: seconds after which a repeat may help."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" ({field})" if field else ""))
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


class _Reason(msgspec.Struct):
    code: str
    message: str
    field: str | None = None
    retry_after_s: float | None = None


class _Refusal(msgspec.Struct):
    error: _Reason


class _Next(msgspec.Struct):
    next: str | int | None = None


class Calling:
    """One account's calls. Blocking; threads may share it and wait for each other."""

    def __init__(self, base_url: str, api_key: str, *, timeout_s: float = 30.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("base_url is like https://live.example.com, without a path")
        know_struct_types()  # a program may have a client in each of its threads
        self.base_url = f"{parts.scheme}://{parts.netloc}"
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        host, port = parts.hostname, parts.port
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        self._used_at = 0.0
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection. A later call opens another."""
        with self._one_at_a_time:
            self._connection.close()

    def _get(self, path: str, reply: type[T]) -> T:
        return msgspec.json.decode(self._call("GET", path, None, {}), type=reply)

    def _pages(self, path: str, page: type[T], length: int = _PAGE_LENGTH, /, **query: str) -> Iterator[T]:
        """The pages of a list, each read when it is asked for."""
        asked: dict[str, str | int] = {**query, "limit": length}
        while True:
            content = self._call("GET", f"{path}?{urlencode(asked)}", None, {})
            yield msgspec.json.decode(content, type=page)
            following = msgspec.json.decode(content, type=_Next).next
            if following is None:
                return
            asked["after"] = following

    def _post(self, path: str, reply: type[T], body: Mapping[str, Any] | None = None) -> T:
        """Changes something: never sent twice by itself."""
        return msgspec.json.decode(self._call("POST", path, *_json(body)), type=reply)

    def _put(self, path: str, body: Mapping[str, Any] | None, reply: type[T]) -> T:
        return msgspec.json.decode(self._call("PUT", path, *_json(body)), type=reply)

    def _patch(self, path: str, body: Mapping[str, Any], reply: type[T]) -> T:
        return msgspec.json.decode(self._call("PATCH", path, *_json(body)), type=reply)

    def _delete(self, path: str) -> bytes:
        return self._call("DELETE", path, None, {})

    def _create(self, path: str, body: Mapping[str, Any], reply: type[T]) -> T:
        content, headers = _json(body)
        return self._create_raw(path, content or b"", headers["Content-Type"], reply)

    def _create_raw(self, path: str, body: bytes, content_type: str, reply: type[T]) -> T:
        headers = {"Content-Type": content_type, "Idempotency-Key": secrets.token_urlsafe(24)}
        return msgspec.json.decode(self._call("POST", path, body, headers), type=reply)

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        """The body of a good reply; raises NativeRefused. Waits, and asks again, while the key's rate is used up."""
        give_up_at = time.monotonic() + RATE_PATIENCE_S
        while True:
            try:
                return self._call_once(method, path, body, headers)
            except NativeRefused as refusal:
                wait_s = refusal.retry_after_s or 0.0
                if refusal.code != "too_many_requests" or time.monotonic() + wait_s > give_up_at:
                    raise
            time.sleep(wait_s)

    def _call_once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        repeatable = method != "POST" or "Idempotency-Key" in headers
        with self._one_at_a_time:
            try:
                status, content = self._ask(method, path, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()
                if not repeatable:
                    raise
                try:
                    status, content = self._ask(method, path, body, headers)
                except BaseException:
                    self._connection.close()  # else a request half begun would stand in the way of the next one
                    raise
            except BaseException:
                self._connection.close()  # half a reply may be on its way
                raise
        if status < 400:
            return content
        try:
            reason = msgspec.json.decode(content, type=_Refusal).error
        except msgspec.DecodeError:
            raise NativeRefused(status, "unreadable", f"the server answered {status} in a form that is not Turnout's") from None
        raise NativeRefused(status, reason.code, reason.message, reason.field, reason.retry_after_s)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if time.monotonic() - self._used_at > KEPT_S:
            self._connection.close()
        self._connection.request(method, f"/api/v1{path}", body, {**self._headers, **headers})
        with self._connection.getresponse() as response:
            content = response.read()
            self._used_at = time.monotonic()
            return response.status, content


def _json(body: Mapping[str, Any] | None) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    return msgspec.json.encode(body), {"Content-Type": "application/json"}
