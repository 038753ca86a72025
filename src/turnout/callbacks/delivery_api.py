"""HTTP handlers of deliveries: looking at them, and sending them again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from litestar import get, post
from litestar.params import Parameter, QueryParameter

from turnout.accounts.caller import Caller
from turnout.callbacks import queries
from turnout.callbacks.delivery_rules import Asked, Filter, check_kind, known_kinds, span_of
from turnout.callbacks.delivery_wire import (
    DeliveriesReply,
    DeliveryCountsView,
    DeliveryInspection,
    DeliveryView,
    RedeliverMissingRequest,
    RedeliverRequest,
    RedeliveryReply,
    deliveries_reply,
    delivery_counts_view,
    delivery_inspection,
    delivery_view,
)
from turnout.callbacks.naming import asked_by, asked_id
from turnout.callbacks.redelivery_actions import BEGIN_REDELIVERY, REDELIVER, BeginRedelivery, Redeliver, redelivery_of
from turnout.callbacks.rules import Delivery, DeliveryState, IsFeed
from turnout.dialects.contract import DISABLED, TESTED, CallbackDialect
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId, Kind, RoomId
from turnout.kernel.instants import instant_of
from turnout.storage.runtime import Runtime


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What compose hands in. dialects: those with callbacks, by name. sessions_of_room: the ids of all live sessions of the account's room;
    raises NotFound where the account has no such room."""

    dialects: Mapping[str, CallbackDialect]
    sessions_of_room: Callable[[sa.Connection, AccountId, RoomId], Sequence[int]]


EndpointText = Annotated[str, Parameter(description="A callback endpoint's id, ep_…")]
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
DeliveryText = Annotated[str, Parameter(description="A delivery's id, dl_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]
OfEndpoint = Annotated[str | None, QueryParameter(name="endpoint", description="Only those of this endpoint, ep_…")]
OfRoom = Annotated[str | None, QueryParameter(name="room", description="Only those for events of live sessions in this room, rm_…")]
OfLiveSession = Annotated[str | None, QueryParameter(name="live_session", description="Only those for events of this live session, ls_…")]
InState = Annotated[Asked | None, QueryParameter(name="state", description="Only those that stand here; due: waiting, retrying or sending")]
OfKind = Annotated[str | None, QueryParameter(name="kind", description="Only those for events of this kind, such as survey.closed")]
FromTime = Annotated[str | None, QueryParameter(name="from", description="Only those made at this time or later, RFC 3339")]
ToTime = Annotated[str | None, QueryParameter(name="to", description="Only those made before this time, RFC 3339")]


@get("/api/v1/callbacks/deliveries", tags=["callbacks"], operation_id="listAllDeliveries", summary="List the account's deliveries")
async def list_all_deliveries(
    caller: Caller,
    runtime: Runtime,
    delivery_terms: DeliveryTerms,
    endpoint: OfEndpoint = None,
    room: OfRoom = None,
    live_session: OfLiveSession = None,
    standing: InState = None,
    kind: OfKind = None,
    from_: FromTime = None,
    to: ToTime = None,
    after: AfterText = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
) -> DeliveriesReply:
    """What is or was to be sent, newest first, in pages; only those for which all that is asked holds."""
    ids = runtime.ids
    after_id = None if after is None else DeliveryId(asked_id(ids, Kind.DELIVERY, after, "after"))
    room_id = None if room is None else RoomId(asked_id(ids, Kind.ROOM, room, "room"))
    stream_id = None if live_session is None else asked_id(ids, Kind.LIVE_SESSION, live_session, "live_session")
    asked = Filter(
        account_id=caller.account_id,
        endpoint_id=None if endpoint is None else EndpointId(asked_id(ids, Kind.ENDPOINT, endpoint, "endpoint")),
        state=standing,
        kind=None if kind is None else check_kind(kind, known_kinds(delivery_terms.dialects.values()), "kind"),
        from_at=None if from_ is None else instant_of(from_, "from"),
        to_at=None if to is None else instant_of(to, "to"),
    )

    def look(connection: sa.Connection) -> list[Delivery]:
        with asked_by("room"):
            streams = None if room_id is None else set(delivery_terms.sessions_of_room(connection, caller.account_id, room_id))
        if stream_id is not None:
            streams = {stream_id} if streams is None else streams & {stream_id}
        return queries.list_filtered(connection, asked.of_streams(streams), after_id, limit)

    # what no index knows of may be few among millions
    rare = standing is not None or kind is not None or room is not None or live_session is not None
    found = await (runtime.database.read_long(look) if rare else runtime.database.read(look))
    return deliveries_reply(ids, found, limit, runtime.clock.now())


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
    after_id = None if after is None else DeliveryId(asked_id(runtime.ids, Kind.DELIVERY, after, "after"))
    found = await runtime.database.read(
        lambda connection: queries.list_deliveries(connection, caller.account_id, stream_id, after_id, limit)
    )
    return deliveries_reply(runtime.ids, found, limit, runtime.clock.now())


@get("/api/v1/deliveries/{delivery:str}", tags=["callbacks"], operation_id="getDelivery", summary="Get a delivery with its attempts")
async def get_delivery(delivery: DeliveryText, caller: Caller, runtime: Runtime) -> DeliveryInspection:
    """One delivery with the body that is sent and every attempt that is kept."""
    delivery_id = DeliveryId(runtime.ids.parse_text(Kind.DELIVERY, delivery))
    found, body, made = await runtime.database.read(lambda connection: queries.inspect_delivery(connection, caller.account_id, delivery_id))
    return delivery_inspection(runtime.ids, found, body, made, runtime.clock.now())


@get(
    "/api/v1/callback-endpoints/{endpoint:str}/deliveries/counts",
    tags=["callbacks"],
    operation_id="countDeliveries",
    summary="Count an endpoint's deliveries",
)
async def count_deliveries(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> DeliveryCountsView:
    """How many deliveries of an endpoint wait, are being sent, have succeeded and have failed."""
    endpoint_id = EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, endpoint))
    counts = await runtime.database.read_long(lambda connection: queries.count_of_endpoint(connection, caller.account_id, endpoint_id))
    return delivery_counts_view(counts)


@post(
    "/api/v1/deliveries/{delivery:str}/redeliver",
    tags=["callbacks"],
    operation_id="redeliver",
    summary="Send a delivery again",
    status_code=200,
)
async def redeliver(delivery: DeliveryText, caller: Caller, runtime: Runtime) -> DeliveryView:
    """A delivery that has succeeded or failed becomes due again, with the same id, the same body (a signature within it is new) and new
    patience."""
    command = Redeliver(caller.account_id, DeliveryId(runtime.ids.parse_text(Kind.DELIVERY, delivery)), by=caller)
    found = await runtime.commit.run(REDELIVER, command, lane=caller.account_id)
    return delivery_view(runtime.ids, found, runtime.clock.now())


@post(
    "/api/v1/callback-endpoints/{endpoint:str}/redeliver",
    tags=["callbacks"],
    operation_id="redeliverRange",
    summary="Send an endpoint's deliveries of a time again",
    status_code=202,
)
async def redeliver_range(
    data: RedeliverRequest, endpoint: EndpointText, caller: Caller, runtime: Runtime, delivery_terms: DeliveryTerms
) -> RedeliveryReply:
    """What was made for the endpoint in this time and has failed (or, if asked, succeeded) becomes due again, one after the other in the
    background; the reply says how many they are now. For operators."""
    from_at, to_at = span_of(data.from_, data.to)
    states = tuple(DeliveryState(state) for state in dict.fromkeys(data.states))
    if not states:
        raise InvalidInput("failed, succeeded or both", field="states")
    known = known_kinds(delivery_terms.dialects.values())
    kinds = tuple(check_kind(kind, known, f"kinds[{place}]") for place, kind in enumerate(data.kinds))
    endpoint_id = EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, endpoint))
    command = BeginRedelivery(caller.account_id, endpoint_id, False, from_at, to_at, states, kinds, by=caller)
    return await _begin(command, caller, runtime)


@post(
    "/api/v1/callback-endpoints/{endpoint:str}/redeliver-missing",
    tags=["callbacks"],
    operation_id="redeliverMissing",
    summary="Send an endpoint what it never got",
    status_code=202,
)
async def redeliver_missing(
    data: RedeliverMissingRequest, endpoint: EndpointText, caller: Caller, runtime: Runtime, delivery_terms: DeliveryTerms
) -> RedeliveryReply:
    """The deliveries that the endpoint as it is now should have for the events of this time, and has not, are made in the background: it
    was added later, or wanted other kinds then. The reply says of how many events of its kinds it has none. For operators."""
    from_at, to_at = span_of(data.from_, data.to)
    endpoint_id = EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, endpoint))
    found = await runtime.database.read(lambda connection: queries.access_endpoint(connection, caller.account_id, endpoint_id))
    dialect = delivery_terms.dialects.get(found.dialect)
    kinds = found.kinds or (() if dialect is None else dialect.kinds)
    # what concerns endpoints themselves is news at its time or never
    wanted = tuple(kind for kind in kinds if kind not in (TESTED, DISABLED))
    return await _begin(BeginRedelivery(caller.account_id, endpoint_id, True, from_at, to_at, (), wanted, by=caller), caller, runtime)


async def _begin(command: BeginRedelivery, caller: Caller, runtime: Runtime) -> RedeliveryReply:
    caller.require_operator()

    def count(connection: sa.Connection) -> int:
        endpoint = queries.access_endpoint(connection, caller.account_id, command.endpoint_id)
        if endpoint.is_feed and not command.missing:
            raise IsFeed("a feed is read again by asking for what comes after an earlier number")
        return queries.count_redelivery(connection, redelivery_of(command))

    counted = await runtime.database.read_long(count)
    if counted:
        await runtime.commit.run(BEGIN_REDELIVERY, command, lane=caller.account_id)
    return RedeliveryReply(counted)


HANDLERS = [list_all_deliveries, list_deliveries, get_delivery, count_deliveries, redeliver, redeliver_range, redeliver_missing]
"""They need `delivery_terms`, `runtime` and `caller`."""
