"""HTTP handlers of callback endpoints."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.callbacks import actions, endpoint_queries, queries
from turnout.callbacks.endpoint_rules import check_dialect, check_overlap
from turnout.callbacks.endpoint_terms import EndpointTerms, Sealing, extras_of, open_secret
from turnout.callbacks.endpoint_wire import (
    ChangeEndpointRequest,
    CreateEndpointRequest,
    EndpointHoursReply,
    EndpointsReply,
    EndpointView,
    NewEndpointView,
    RotateSecretRequest,
    TestedView,
    endpoint_view,
    endpoints_reply,
    hours_reply,
    new_endpoint_view,
    tested_view,
)
from turnout.callbacks.naming import asked_id
from turnout.callbacks.rules import Endpoint, IsFeed
from turnout.dialects.contract import CallbackDialect
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import AccountId, EndpointId, Kind, RoomId
from turnout.storage.runtime import Runtime

EndpointText = Annotated[str, Parameter(description="A callback endpoint's id, ep_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]
Days = Annotated[int, Parameter(ge=1, le=limits.MAX_HEALTH_DAYS, description="Days to look back")]

_PATH = "/api/v1/callback-endpoints/{endpoint:str}"


@post("/api/v1/callback-endpoints", tags=["callbacks"], operation_id="createCallbackEndpoint", summary="Add a callback endpoint")
async def create_endpoint(
    data: CreateEndpointRequest, caller: Caller, runtime: Runtime, endpoint_terms: EndpointTerms, request: AnyRequest
) -> NewEndpointView:
    """Events from now on are sent to this URL in the dialect's form, or kept for its receiver in a feed. The secret is in this reply when
    this server made it, and never again. For operators. Send an Idempotency-Key to be safe against repeats."""
    caller.require_operator()
    dialect = check_dialect(data.dialect, options := data.options or {}, endpoint_terms.dialects)
    is_feed = data.url is None
    secret = dialect.new_secret() if data.secret is None and not is_feed else data.secret
    sealing = Sealing(endpoint_terms, runtime, dialect, secret, is_feed=is_feed)
    command = actions.CreateEndpoint(
        account_id=caller.account_id,
        url=sealing.url(data.url),
        dialect=dialect.name,
        secret=sealing.secret(),
        options=options,
        settings=sealing.settings(data),
        once=await once_of_request(request),
        by=caller,
    )
    await _require_room(runtime, endpoint_terms, caller.account_id, command.settings.room_id)
    created = await runtime.commit.run(actions.CREATE_ENDPOINT, command, lane=caller.account_id)
    # of a repeat, the first one's: whoever asks again did not get the first reply
    made = open_secret(runtime.keyring, created) if data.secret is None else None
    return new_endpoint_view(runtime.ids, created, extras_of(runtime, created, None), made)


@get("/api/v1/callback-endpoints", tags=["callbacks"], operation_id="listCallbackEndpoints", summary="List callback endpoints")
async def list_endpoints(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> EndpointsReply:
    """The account's callback endpoints, oldest first, in pages."""
    after_id = None if after is None else EndpointId(asked_id(runtime.ids, Kind.ENDPOINT, after, "after"))
    found = await runtime.database.read(lambda connection: endpoint_queries.list_endpoints(connection, caller.account_id, after_id, limit))
    views = [endpoint_view(runtime.ids, endpoint, extras_of(runtime, endpoint, health)) for endpoint, health in found]
    return endpoints_reply(views, limit)


@get(_PATH, tags=["callbacks"], operation_id="getCallbackEndpoint", summary="Get a callback endpoint")
async def get_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> EndpointView:
    """One callback endpoint with its settings and how it has been doing."""
    return await _shown(runtime, caller.account_id, _parse(runtime, endpoint))


@patch(_PATH, tags=["callbacks"], operation_id="changeCallbackEndpoint", summary="Change a callback endpoint")
async def change_endpoint(
    endpoint: EndpointText, data: ChangeEndpointRequest, caller: Caller, runtime: Runtime, endpoint_terms: EndpointTerms
) -> EndpointView:
    """What is left out stays, null means what a new endpoint has. Kinds and room choose among events from now on; all else goes for what
    is sent from now on, except that a message that was sent once keeps its body. For operators."""
    caller.require_operator()
    endpoint_id = _parse(runtime, endpoint)
    present, dialect = await _load(runtime, endpoint_terms, caller.account_id, endpoint_id)
    secret = open_secret(runtime.keyring, present) if data.secret is msgspec.UNSET else data.secret
    changes = Sealing(endpoint_terms, runtime, dialect, secret, is_feed=present.is_feed).changes(data)
    await _require_room(runtime, endpoint_terms, caller.account_id, changes.room_id)
    command = actions.ChangeEndpoint(caller.account_id, endpoint_id, changes, by=caller)
    await runtime.commit.run(actions.CHANGE_ENDPOINT, command, lane=caller.account_id)
    return await _shown(runtime, caller.account_id, endpoint_id)


@post(
    f"{_PATH}/rotate-secret",
    tags=["callbacks"],
    operation_id="rotateCallbackSecret",
    summary="Give a callback endpoint a new secret",
    status_code=200,
)
async def rotate_secret(
    endpoint: EndpointText, data: RotateSecretRequest, caller: Caller, runtime: Runtime, endpoint_terms: EndpointTerms
) -> NewEndpointView:
    """Calls are signed with the new secret at once, and with the one before too until the overlap ends, where the dialect can sign twice.
    The new secret is in this reply when this server made it, and never again. For operators."""
    caller.require_operator()
    check_overlap(data.overlap_s)
    endpoint_id = _parse(runtime, endpoint)
    present, dialect = await _load(runtime, endpoint_terms, caller.account_id, endpoint_id)
    if present.is_feed:
        raise IsFeed("a feed has no secret: its receiver asks with an API key")
    secret = dialect.new_secret() if data.secret is None else data.secret
    sealed = Sealing(endpoint_terms, runtime, dialect, secret).secret()
    if sealed is None:
        raise InvalidInput(f"is needed: the dialect {dialect.name} makes none", field="secret")
    command = actions.RotateSecret(caller.account_id, endpoint_id, sealed, data.overlap_s, by=caller)
    rotated = await runtime.commit.run(actions.ROTATE_SECRET, command, lane=caller.account_id)
    health = await runtime.database.read(lambda connection: endpoint_queries.load_health(connection, endpoint_id))
    return new_endpoint_view(runtime.ids, rotated, extras_of(runtime, rotated, health), secret if data.secret is None else None)


@post(f"{_PATH}/pause", tags=["callbacks"], operation_id="pauseCallbackEndpoint", summary="Pause a callback endpoint", status_code=200)
async def pause_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> EndpointView:
    """What is due to it waits, and what happens from now on too, until it is resumed. For operators."""
    return await _hold(runtime, caller, endpoint, held=True)


@post(
    f"{_PATH}/resume",
    tags=["callbacks"],
    operation_id="resumeCallbackEndpoint",
    summary="Resume a paused or disabled callback endpoint",
    status_code=200,
)
async def resume_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> EndpointView:
    """Whatever waited is sent now. An endpoint that this server disabled is enabled, its failures are forgotten, and the notice about it is
    dismissed. For operators."""
    return await _hold(runtime, caller, endpoint, held=False)


@post(f"{_PATH}/test", tags=["callbacks"], operation_id="testCallbackEndpoint", summary="Try a callback endpoint", status_code=200)
async def test_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> TestedView:
    """Records an event that goes to this endpoint alone, whatever kinds it wants; its delivery comes in a moment, and waits while the
    endpoint is paused or disabled. For operators."""
    caller.require_operator()
    command = actions.TestEndpoint(caller.account_id, _parse(runtime, endpoint))
    number = await runtime.commit.run(actions.TEST_ENDPOINT, command, lane=caller.account_id)
    return tested_view(runtime.ids, command.account_id, command.endpoint_id, number)


@get(f"{_PATH}/health", tags=["callbacks"], operation_id="getCallbackEndpointHealth", summary="See how a callback endpoint has been doing")
async def get_health(endpoint: EndpointText, caller: Caller, runtime: Runtime, days: Days = 2) -> EndpointHoursReply:
    """Accepted and failed attempts, hour by hour."""
    endpoint_id = _parse(runtime, endpoint)
    since = runtime.clock.now() - days * 86_400 * SECOND
    health, hours = await runtime.database.read(
        lambda connection: endpoint_queries.inspect_health(connection, caller.account_id, endpoint_id, since)
    )
    return hours_reply(health, hours)


@delete(_PATH, tags=["callbacks"], operation_id="removeCallbackEndpoint", summary="Remove a callback endpoint")
async def remove_endpoint(endpoint: EndpointText, caller: Caller, runtime: Runtime) -> None:
    """Nothing more is sent to it, and what was due is cancelled. For operators."""
    caller.require_operator()
    command = actions.RemoveEndpoint(caller.account_id, _parse(runtime, endpoint), by=caller)
    await runtime.commit.run(actions.REMOVE_ENDPOINT, command, lane=caller.account_id)


async def _hold(runtime: Runtime, caller: Caller, endpoint: str, *, held: bool) -> EndpointView:
    caller.require_operator()
    command = actions.HoldEndpoint(caller.account_id, _parse(runtime, endpoint), held, by=caller)
    await runtime.commit.run(actions.HOLD_ENDPOINT, command, lane=caller.account_id)
    return await _shown(runtime, caller.account_id, command.endpoint_id)


async def _shown(runtime: Runtime, account_id: AccountId, endpoint_id: EndpointId) -> EndpointView:
    found, health = await runtime.database.read(lambda connection: endpoint_queries.inspect_endpoint(connection, account_id, endpoint_id))
    return endpoint_view(runtime.ids, found, extras_of(runtime, found, health))


async def _load(runtime: Runtime, terms: EndpointTerms, account_id: AccountId, endpoint_id: EndpointId) -> tuple[Endpoint, CallbackDialect]:
    found = await runtime.database.read(lambda connection: queries.access_endpoint(connection, account_id, endpoint_id))
    return found, check_dialect(found.dialect, found.options, terms.dialects)


async def _require_room(runtime: Runtime, terms: EndpointTerms, account_id: AccountId, room_id: RoomId | msgspec.UnsetType | None) -> None:
    if room_id is None or room_id is msgspec.UNSET:
        return
    wanted = room_id
    try:
        await runtime.database.read(lambda connection: terms.require_room(connection, account_id, wanted))
    except NotFound:
        raise NotFound("there is no such room", field="room") from None


def _parse(runtime: Runtime, endpoint: str) -> EndpointId:
    return EndpointId(runtime.ids.parse_text(Kind.ENDPOINT, endpoint))


HANDLERS = (
    create_endpoint,
    list_endpoints,
    get_endpoint,
    change_endpoint,
    rotate_secret,
    pause_endpoint,
    resume_endpoint,
    test_endpoint,
    get_health,
    remove_endpoint,
)
