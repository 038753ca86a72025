"""The native API of callbacks over HTTP, in the test's own process, with callers that a header names."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import sqlalchemy as sa
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning

from tests.suites.callbacks.conftest import ACCOUNT, World
from turnout.accounts.caller import Caller
from turnout.callbacks import store
from turnout.callbacks.api import routes
from turnout.callbacks.delivery_api import DeliveryTerms
from turnout.callbacks.endpoint_terms import EndpointTerms
from turnout.callbacks.feeds import Feeds
from turnout.callbacks.rules import Endpoint
from turnout.kernel.errors import NotFound, TurnoutError
from turnout.kernel.ids import AccountId, EndpointId, Kind, LiveSessionId, RoomId

ENDPOINTS = "/api/v1/callback-endpoints"
STRANGER = AccountId(77)
ROOM = RoomId(31)
"""The one room that the account has."""

Client = httpx.AsyncClient


@asynccontextmanager
async def client_of(
    world: World, *, may_be_private: bool = True, has_mail: bool = True, feeds: Feeds | None = None
) -> AsyncIterator[Client]:
    """A client whose header X-Account says whose API key it has, and X-Role as what it calls. The account's one room is ROOM, and its one
    live session 4."""

    async def caller(request: Request[Any, Any, Any]) -> Caller:
        role = request.headers.get("x-role", "api_key")
        return Caller(AccountId(int(request.headers.get("x-account", ACCOUNT))), None, "", None, role)  # type: ignore[arg-type]

    def sessions_of_room(connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> list[LiveSessionId]:
        require_room(connection, account_id, room_id)
        return [LiveSessionId(4)]

    endpoint_terms = EndpointTerms(world.dialects, require_room, may_be_private=may_be_private, has_mail=has_mail)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)  # as server/app.py does, for the same reason
        app = Litestar(
            route_handlers=routes(endpoint_terms, DeliveryTerms(world.dialects, sessions_of_room), feeds or Feeds(world.runtime)),
            dependencies={"runtime": Provide(lambda: world.runtime, sync_to_thread=False), "caller": Provide(caller)},
            exception_handlers={TurnoutError: _refused},
            openapi_config=None,
        )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://turnout.test") as client:
        yield client


def require_room(_connection: sa.Connection, account_id: AccountId, room_id: RoomId) -> None:
    """Raises NotFound for all but the account's one room."""
    if (account_id, room_id) != (ACCOUNT, ROOM):
        raise NotFound


def _refused(_request: Request[Any, Any, Any], error: TurnoutError) -> Response[dict[str, str | None]]:
    return Response({"code": error.code, "field": error.field}, status_code=error.status)


def asked(**settings: object) -> dict[str, object]:
    """A request for an endpoint."""
    return {"url": "https://example.com/hook", "dialect": "quanshi", **settings}


async def made(api: Client, **settings: object) -> dict[str, Any]:
    """A new endpoint as it is shown."""
    reply = await api.post(ENDPOINTS, json=asked(**settings))
    assert reply.status_code == 201, reply.text
    view: dict[str, Any] = reply.json()
    return view


async def stored(world: World, view: dict[str, Any]) -> Endpoint:
    """The endpoint as it is stored."""
    endpoint_id = EndpointId(world.runtime.ids.parse_text(Kind.ENDPOINT, view["id"]))
    found = await world.database.read(lambda connection: store.load_endpoint(connection, endpoint_id))
    assert found is not None
    return found
