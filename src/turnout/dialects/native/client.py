"""Client of the native API, standing on the standard library and msgspec alone: one kept connection, typed replies.

```python
client = NativeClient("http://127.0.0.1:8080", "tk_…")  # close it, or use it in a with statement
room = client.create_room("Product training")
live_session = client.start_live_session(room.id)
card = client.create_answer_card(live_session.id, "Warm-up", ["Yes", "No"])
client.open_survey(live_session.id, card.id)
```
"""

import http.client
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from turnout.dialects.native import replies

T = TypeVar("T")

KEPT_S = 3.0
"""Seconds after which a kept connection is not used again: servers close idle ones, and a request sent at that moment is lost."""

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


class _Rooms(msgspec.Struct):
    rooms: list[replies.Room]


class _Surveys(msgspec.Struct):
    surveys: list[replies.Survey]


class _Answers(msgspec.Struct):
    answers: list[replies.Answer]
    next: str | None


class _Endpoints(msgspec.Struct):
    endpoints: list[replies.Endpoint]


class _Deliveries(msgspec.Struct):
    deliveries: list[replies.Delivery]
    next: str | None


class NativeClient:
    """Calls as one account. Blocking; threads may share it and wait for each other.

    base_url: scheme and host of the server; api_key: tk_…; timeout_s: seconds without a byte before a call fails. Besides NativeRefused a
    call raises OSError and http.client.HTTPException (the server cannot be reached) and msgspec.DecodeError (it is no Turnout).
    What creates carries an Idempotency-Key, so a repeat after a broken connection creates nothing twice.
    """

    def __init__(self, base_url: str, api_key: str, *, timeout_s: float = 30.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("base_url is like https://live.example.com, without a path")
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

    def get_account(self) -> replies.Account:
        """The account of the key."""
        return self._get("/account", replies.Account)

    def get_names(self, any_id: str) -> replies.Names:
        """What each vendor calls the thing with this id of ours."""
        return self._get(f"/ids/{any_id}", replies.Names)

    def create_room(self, title: str) -> replies.Room:
        """A new room."""
        return self._create("/rooms", {"title": title}, replies.Room)

    def list_rooms(self) -> list[replies.Room]:
        """The newest rooms, newest first."""
        return self._get("/rooms", _Rooms).rooms

    def get_room(self, room: str) -> replies.Room:
        """A room with its running live session."""
        return self._get(f"/rooms/{room}", replies.Room)

    def start_live_session(self, room: str, title: str = "") -> replies.LiveSession:
        """The room's next live session; title: the room's when empty."""
        return self._create(f"/rooms/{room}/live-sessions", {"title": title}, replies.LiveSession)

    def end_live_session(self, live_session: str) -> replies.LiveSession:
        """Ends a running live session."""
        return self._post(f"/live-sessions/{live_session}/end", replies.LiveSession)

    def list_viewers(self, live_session: str) -> replies.Presences:
        """Who is and was there."""
        return self._get(f"/live-sessions/{live_session}/viewers", replies.Presences)

    def create_answer_card(
        self,
        live_session: str,
        title: str,
        options: Sequence[str],
        *,
        question: str = "",
        right_options: Sequence[int] = (),
        multiple: bool = False,
        score: int = 0,
        time_limit_s: int | None = None,
        publish_on_close: bool = True,
    ) -> replies.Survey:
        """A draft of an answer card. right_options: numbers from 0. time_limit_s: seconds from opening to the automatic close."""
        body = {
            "kind": "answer_card",
            "title": title,
            "question": {
                "title": question,
                "options": list(options),
                "right_options": list(right_options),
                "multiple": multiple,
                "score": score,
            },
            "time_limit_s": time_limit_s,
            "publish_on_close": publish_on_close,
        }
        return self._create(f"/live-sessions/{live_session}/surveys", body, replies.Survey)

    def list_surveys(self, live_session: str) -> list[replies.Survey]:
        """The newest surveys of a live session, drafts included, newest first."""
        return self._get(f"/live-sessions/{live_session}/surveys", _Surveys).surveys

    def get_survey(self, live_session: str, survey: str) -> replies.Survey:
        """A survey with its counts."""
        return self._get(f"/live-sessions/{live_session}/surveys/{survey}", replies.Survey)

    def open_survey(self, live_session: str, survey: str) -> replies.Survey:
        """Viewers can answer from now on."""
        return self._post(f"/live-sessions/{live_session}/surveys/{survey}/open", replies.Survey)

    def close_survey(self, live_session: str, survey: str) -> replies.Survey:
        """No more answers; the counts are final."""
        return self._post(f"/live-sessions/{live_session}/surveys/{survey}/close", replies.Survey)

    def publish_survey(self, live_session: str, survey: str) -> replies.Survey:
        """Viewers see the right options and the counts."""
        return self._post(f"/live-sessions/{live_session}/surveys/{survey}/publish", replies.Survey)

    def list_answers(self, live_session: str, survey: str) -> Iterator[replies.Answer]:
        """Every answer to a survey, read page by page."""
        query: dict[str, str | int] = {"limit": _PAGE_LENGTH}
        while True:
            page = self._get(f"/live-sessions/{live_session}/surveys/{survey}/answers?{urlencode(query)}", _Answers)
            yield from page.answers
            if page.next is None:
                return
            query["after"] = page.next

    def create_callback_endpoint(self, url: str, dialect: str, *, secret: str | None = None) -> replies.Endpoint:
        """Events from now on are sent to this URL in the dialect's form, signed when there is a secret."""
        return self._create("/callback-endpoints", {"url": url, "dialect": dialect, "secret": secret}, replies.Endpoint)

    def list_callback_endpoints(self) -> list[replies.Endpoint]:
        """The account's endpoints, oldest first."""
        return self._get("/callback-endpoints", _Endpoints).endpoints

    def remove_callback_endpoint(self, endpoint: str) -> None:
        """Nothing more is sent to it."""
        self._call("DELETE", f"/callback-endpoints/{endpoint}", None, {})

    def list_deliveries(self, live_session: str) -> Iterator[replies.Delivery]:
        """What was or is to be sent for a live session, newest event first, read page by page."""
        query: dict[str, str | int] = {"limit": _PAGE_LENGTH}
        while True:
            page = self._get(f"/live-sessions/{live_session}/deliveries?{urlencode(query)}", _Deliveries)
            yield from page.deliveries
            if page.next is None:
                return
            query["after"] = page.next

    def _get(self, path: str, reply: type[T]) -> T:
        return msgspec.json.decode(self._call("GET", path, None, {}), type=reply)

    def _post(self, path: str, reply: type[T]) -> T:
        return msgspec.json.decode(self._call("POST", path, None, {}), type=reply)

    def _create(self, path: str, body: Mapping[str, Any], reply: type[T]) -> T:
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_urlsafe(24)}
        return msgspec.json.decode(self._call("POST", path, msgspec.json.encode(body), headers), type=reply)

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        """The body of a good reply; raises NativeRefused."""
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
