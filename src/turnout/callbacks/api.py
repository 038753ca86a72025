"""HTTP handlers of callback endpoints and deliveries."""

from collections.abc import Mapping
from typing import Annotated

from litestar import Router, delete, get, post
from litestar.di import Provide
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.callbacks import actions, queries
from turnout.callbacks.rules import check_dialect, check_secret, check_url
from turnout.callbacks.wire import (
    CreateEndpointRequest,
    DeliveriesReply,
    DeliveryInspection,
    DeliveryView,
    EndpointsReply,
    EndpointView,
    deliveries_reply,
    delivery_inspection,
    delivery_view,
    endpoint_view,
    endpoints_reply,
)
from turnout.dialects.contract import CallbackDialect
from turnout.kernel import limits
from turnout.kernel.ids import DeliveryId, EndpointId, Kind
from turnout.storage.runtime import Runtime

CallbackDialects = Mapping[str, CallbackDialect]
"""The dialects that have callbacks, by name."""

EndpointText = Annotated[str, Parameter(description="A callback endpoint's id, ep_…")]
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
DeliveryText = Annotated[str, Parameter(description="A delivery's id, dl_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]


@post("/api/v1/callback-endpoints", tags=["callbacks"], operation_id="createCallbackEndpoint", summary="Add a callback endpoint")
async def create_endpoint(
    data: CreateEndpointRequest, caller: Caller, runtime: Runtime, callback_dialects: CallbackDialects, request: AnyRequest
) -> EndpointView:
    """Events from now on are sent to this URL in the dialect's form. For operators. Send an Idempotency-Key to be safe against repeats."""
    caller.require_operator()
    check_url(data.url)
    check_dialect(data.dialect, data.options, callback_dialects)
    secret = None
    if data.secret is not None:
        check_secret(data.secret)
        secret = runtime.keyring.seal(data.secret.encode(), actions.SECRET_PURPOSE)
    command = actions.CreateEndpoint(
        account_id=caller.account_id,
        url=data.url,
        dialect=data.dialect,
        secret=secret,
        options=data.options,
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.CREATE_ENDPOINT, command, lane=caller.account_id)
    return endpoint_view(runtime.ids, created)


@get("/api/v1/callback-endpoints", tags=["callbacks"], operation_id="listCallbackEndpoints", summary="List callback endpoints")
async def list_endpoints(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> EndpointsReply:
    """The account's callback endpoints, oldest first, in pages."""
    after_id = None if after is None else EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, after))
    found = await runtime.database.read(lambda connection: queries.list_endpoints(connection, caller.account_id, after_id, limit))
    return endpoints_reply(runtime.ids, found, limit)


@delete(
    "/api/v1/callback-endpoints/{endpoint:str}",
    tags=["callbacks"],
    operation_id="removeCallbackEndpoint",
    summary="Remove a callback endpoint",
)
async def remove_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> None:
    """Nothing more is sent to it, and what was due is cancelled. For operators."""
    caller.require_operator()
    command = actions.RemoveEndpoint(caller.account_id, EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, endpoint)))
    await runtime.commit.run(actions.REMOVE_ENDPOINT, command, lane=caller.account_id)


@get("/api/v1/live-sessions/{live_session:str}/deliveries", tags=["callbacks"], operation_id="listDeliveries", summary="List deliveries")
async def list_deliveries(
    live_session: LiveSessionText,
    caller: Caller,
    runtime: Runtime,
    after: AfterText = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
) -> DeliveriesReply:
    """What is or was to be sent for a live session, newest event first, in pages."""
    stream_id = runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)
    after_id = None if after is None else DeliveryId(runtime.ids.parse_text(Kind.DELIVERY, after))
    found = await runtime.database.read(
        lambda connection: queries.list_deliveries(connection, caller.account_id, stream_id, after_id, limit)
    )
    return deliveries_reply(runtime.ids, found, limit)


@get("/api/v1/deliveries/{delivery:str}", tags=["callbacks"], operation_id="getDelivery", summary="Get a delivery with its attempts")
async def get_delivery(delivery: DeliveryText, caller: Caller, runtime: Runtime) -> DeliveryInspection:
    """One delivery with the body that is sent and every attempt."""
    delivery_id = DeliveryId(runtime.ids.parse_text(Kind.DELIVERY, delivery))
    found, body, made = await runtime.database.read(lambda connection: queries.inspect_delivery(connection, caller.account_id, delivery_id))
    return delivery_inspection(runtime.ids, found, body, made)


@post(
    "/api/v1/deliveries/{delivery:str}/redeliver",
    tags=["callbacks"],
    operation_id="redeliver",
    summary="Send a failed delivery again",
    status_code=200,
)
async def redeliver(delivery: DeliveryText, caller: Caller, runtime: Runtime) -> DeliveryView:
    """A failed delivery becomes due again, with the same body and new patience."""
    command = actions.Redeliver(caller.account_id, DeliveryId(runtime.ids.parse_text(Kind.DELIVERY, delivery)))
    found = await runtime.commit.run(actions.REDELIVER, command, lane=caller.account_id)
    return delivery_view(runtime.ids, found)


def routes(dialects: CallbackDialects) -> list[Router]:
    """The handlers, for a server that speaks these dialects. They also need `runtime` and `caller`."""
    handlers = [create_endpoint, list_endpoints, remove_endpoint, list_deliveries, get_delivery, redeliver]

    def callback_dialects() -> CallbackDialects:
        return dialects

    return [Router(path="/", route_handlers=handlers, dependencies={"callback_dialects": Provide(callback_dialects, sync_to_thread=False)})]
