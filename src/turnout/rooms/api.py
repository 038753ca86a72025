"""HTTP handlers of rooms and live sessions."""

from typing import Annotated

from litestar import get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.kernel.ids import Kind, LiveSessionId, RoomId
from turnout.rooms import actions, queries
from turnout.rooms.codes import new_code
from turnout.rooms.wire import (
    CreateRoomRequest,
    LiveSessionsReply,
    LiveSessionView,
    RoomsReply,
    RoomView,
    StartLiveSessionRequest,
    live_session_view,
    room_view,
)
from turnout.storage.runtime import Runtime

RoomText = Annotated[str, Parameter(description="A room's id, rm_…")]
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]


@post("/api/v1/rooms", tags=["rooms"], operation_id="createRoom", summary="Create a room")
async def create_room(data: CreateRoomRequest, caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomView:
    """A lasting place for live sessions. Send an Idempotency-Key to be safe against repeats."""
    command = actions.CreateRoom(caller=caller, title=data.title, code=new_code(), once=await once_of_request(request))
    room = await runtime.commit.run(actions.CREATE_ROOM, command, lane=caller.account_id)
    return room_view(runtime.ids, base_url_of(request, runtime), room, None)


@get("/api/v1/rooms", tags=["rooms"], operation_id="listRooms", summary="List rooms")
async def list_rooms(caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomsReply:
    """The account's newest 500 rooms, newest first."""
    found = await runtime.database.read(lambda connection: queries.list_rooms(connection, caller.account_id))
    base_url = base_url_of(request, runtime)
    return RoomsReply(rooms=[room_view(runtime.ids, base_url, room, running) for room, running in found])


@get("/api/v1/rooms/{room:str}", tags=["rooms"], operation_id="getRoom", summary="Get a room")
async def get_room(room: RoomText, caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomView:
    """One room of the account, with its running live session."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    found, running = await runtime.database.read(lambda connection: queries.find_room(connection, caller.account_id, room_id))
    return room_view(runtime.ids, base_url_of(request, runtime), found, running)


@post("/api/v1/rooms/{room:str}/live-sessions", tags=["live sessions"], operation_id="startLiveSession", summary="Start a live session")
async def start_live_session(
    room: RoomText, data: StartLiveSessionRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> LiveSessionView:
    """Viewers can enter from now on. A room has at most one running live session."""
    command = actions.StartLiveSession(
        caller=caller,
        room_id=RoomId(runtime.ids.parse_text(Kind.ROOM, room)),
        title=data.title,
        once=await once_of_request(request),
    )
    live_session = await runtime.commit.run(actions.START_LIVE_SESSION, command, lane=command.room_id)
    return live_session_view(runtime.ids, live_session)


@get("/api/v1/rooms/{room:str}/live-sessions", tags=["live sessions"], operation_id="listLiveSessions", summary="List live sessions")
async def list_live_sessions(room: RoomText, caller: Caller, runtime: Runtime) -> LiveSessionsReply:
    """The room's newest 500 live sessions, newest first."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    found = await runtime.database.read(lambda connection: queries.list_live_sessions(connection, caller.account_id, room_id))
    return LiveSessionsReply(live_sessions=[live_session_view(runtime.ids, live_session) for live_session in found])


@get("/api/v1/live-sessions/{live_session:str}", tags=["live sessions"], operation_id="getLiveSession", summary="Get a live session")
async def get_live_session(live_session: LiveSessionText, caller: Caller, runtime: Runtime) -> LiveSessionView:
    """One live session of the account."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    found = await runtime.database.read(lambda connection: queries.access_live_session(connection, caller.account_id, live_session_id))
    return live_session_view(runtime.ids, found)


@post(
    "/api/v1/live-sessions/{live_session:str}/end",
    tags=["live sessions"],
    operation_id="endLiveSession",
    summary="End a live session",
    status_code=200,
)
async def end_live_session(live_session: LiveSessionText, caller: Caller, runtime: Runtime) -> LiveSessionView:
    """Ends it for everyone; what is still open in it closes with it."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    command = actions.EndLiveSession(caller=caller, live_session_id=live_session_id)
    found = await runtime.commit.run(actions.END_LIVE_SESSION, command, lane=live_session_id)
    return live_session_view(runtime.ids, found)


def base_url_of(request: AnyRequest, runtime: Runtime) -> str:
    """Where the outside reaches this server: the configured address, or else the one this request came to. Without a slash at its end."""
    return (runtime.base_url or str(request.base_url)).rstrip("/")


ROUTES = [create_room, list_rooms, get_room, start_live_session, list_live_sessions, get_live_session, end_live_session]
