"""The client's calls about callback endpoints and notices."""

from collections.abc import Iterator
from typing import Any

import msgspec

from turnout.dialects.native import endpoint_replies as replies
from turnout.dialects.native.calling import Calling


class _Endpoints(msgspec.Struct):
    endpoints: list[replies.Endpoint]


class _Notices(msgspec.Struct):
    notices: list[replies.Notice]


class EndpointCalls(Calling):
    """Where the account is told, and how."""

    def create_endpoint(self, url: str | None, dialect: str, *, secret: str | None = None, **settings: Any) -> replies.Endpoint:
        """Events from now on are sent to this URL in the dialect's form; None: they are kept in a feed. secret: None lets the server make
        one, which is then in the reply, this once; a feed has none. settings: name, room, kinds, options, headers, timeout_s, waits_s,
        native_tail, calls_per_minute, concurrency, ordering, notify, client_certificate."""
        body = {"url": url, "dialect": dialect, "secret": secret, **settings}
        return self._create("/callback-endpoints", body, replies.Endpoint)

    def list_endpoints(self) -> list[replies.Endpoint]:
        """The account's endpoints, oldest first."""
        return [endpoint for page in self._pages("/callback-endpoints", _Endpoints) for endpoint in page.endpoints]

    def get_endpoint(self, endpoint: str) -> replies.Endpoint:
        """One endpoint, and how it has been doing."""
        return self._get(f"/callback-endpoints/{endpoint}", replies.Endpoint)

    def update_endpoint(self, endpoint: str, **settings: Any) -> replies.Endpoint:
        """Changes settings; what is not said stays, None means what a new one has. Also url and secret."""
        return self._patch(f"/callback-endpoints/{endpoint}", settings, replies.Endpoint)

    def rotate_secret(self, endpoint: str, *, secret: str | None = None, overlap_s: int | None = None) -> replies.Endpoint:
        """A new secret. The one before signs too for overlap_s seconds, a day when not said. secret: as in create_endpoint."""
        body = {"secret": secret} if overlap_s is None else {"secret": secret, "overlap_s": overlap_s}
        return self._post(f"/callback-endpoints/{endpoint}/rotate-secret", replies.Endpoint, body)

    def pause_endpoint(self, endpoint: str) -> replies.Endpoint:
        """What is due to it waits."""
        return self._post(f"/callback-endpoints/{endpoint}/pause", replies.Endpoint)

    def resume_endpoint(self, endpoint: str) -> replies.Endpoint:
        """What waited is sent, also after the server disabled it."""
        return self._post(f"/callback-endpoints/{endpoint}/resume", replies.Endpoint)

    def test_endpoint(self, endpoint: str) -> replies.TestCall:
        """Sends it a test call, in a moment."""
        return self._post(f"/callback-endpoints/{endpoint}/test", replies.TestCall)

    def get_endpoint_health(self, endpoint: str, days: int = 2) -> replies.EndpointHours:
        """How it has been doing, hour by hour."""
        return self._get(f"/callback-endpoints/{endpoint}/health?days={days}", replies.EndpointHours)

    def remove_endpoint(self, endpoint: str) -> None:
        """Nothing more is sent to it."""
        self._delete(f"/callback-endpoints/{endpoint}")

    def list_notices(self) -> Iterator[replies.Notice]:
        """What the server has to tell the account's people and nobody dismissed, newest first, read page by page."""
        for page in self._pages("/notices", _Notices):
            yield from page.notices

    def dismiss_notice(self, notice: str) -> None:
        """It is shown no more."""
        self._call("POST", f"/notices/{notice}/dismiss", None, {})
