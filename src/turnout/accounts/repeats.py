"""The idempotency key of an HTTP request."""

from typing import Any

from litestar import Request

from turnout.accounts.idempotency import Once, once_of

AnyRequest = Request[Any, Any, Any]
"""A request of ours, whoever sent it."""


async def once_of_request(request: AnyRequest) -> Once | None:
    """The Once of a creating request, None without an Idempotency-Key header; raises InvalidInput for a key we cannot keep."""
    return once_of(request.headers.get("idempotency-key"), request.method, request.url.path, await request.body())
