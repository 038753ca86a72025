"""HTTP handlers of rooms and live sessions."""

from typing import Annotated

from litestar import delete, get, patch, post, put
from litestar.params import Parameter
from msgspec import UNSET, UnsetType

from turnout.accounts.api_keys import hash_secret, new_token
from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import Kind, LiveSessionId, RoomId
from turnout.kernel.instants import instant_of
from turnout.rooms import actions, queries
from turnout.rooms.codes import new_code
from turnout.rooms.passcodes import open_passcode, prove_passcode, seal_passcode
from turnout.rooms.rules import LiveSession, Room, RoomChanges, check_passcode
from turnout.rooms.wire import (
    ChangeRoomRequest,
    CreateRoomRequest,
    LiveSessionsReply,
    LiveSessionView,
    RoomsReply,
    RoomView,
    ScreenLinkReply,
    StartLiveSessionRequest,
    live_session_view,
    room_view,
    screen_link,
)
from turnout.storage.runtime import Runtime

RoomText = Annotated[str, Parameter(description="A room's id, rm_…")]
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]


@post("/api/v1/rooms", tags=["rooms"], operation_id="createRoom", summary="Create a room")
async def create_room(data: CreateRoomRequest, caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomView:
    """A lasting place for live sessions. Send an Idempotency-Key to be safe against repeats."""
    shown = RoomChanges(
        stream_url=data.stream_url,
        stream_origins=data.stream_origins,
        embed_origins=data.embed_origins,
        next_start_at=_next_start(data.next_start_at),
        next_title=data.next_title,
    )
    command = actions.CreateRoom(caller=caller, title=data.title, code=new_code(), shown=shown, once=await once_of_request(request))
    room = await runtime.commit.run(actions.CREATE_ROOM, command, lane=caller.account_id)
    return _view(runtime, request, room, None)


@get("/api/v1/rooms", tags=["rooms"], operation_id="listRooms", summary="List rooms")
async def list_rooms(
    caller: Caller, runtime: Runtime, request: AnyRequest, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> RoomsReply:
    """The account's rooms, newest first, in pages."""
    before = None if after is None else RoomId(runtime.ids.parse_text(Kind.ROOM, after))
    found = await runtime.database.read(lambda connection: queries.list_rooms(connection, caller.account_id, before, limit))
    views = [_view(runtime, request, room, running) for room, running in found]
    return RoomsReply(rooms=views, next=views[-1].id if len(views) == limit else None)


@get("/api/v1/rooms/{room:str}", tags=["rooms"], operation_id="getRoom", summary="Get a room")
async def get_room(room: RoomText, caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomView:
    """One room of the account, with its running live session."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    found, running = await runtime.database.read(lambda connection: queries.find_room(connection, caller.account_id, room_id))
    return _view(runtime, request, found, running)


@patch("/api/v1/rooms/{room:str}", tags=["rooms"], operation_id="changeRoom", summary="Change a room's settings")
async def change_room(room: RoomText, data: ChangeRoomRequest, caller: Caller, runtime: Runtime, request: AnyRequest) -> RoomView:
    """Title, way in, passcode, limit of viewers, stream, sites that may frame the page, and the next live session; what is left out stays.
    Who is in stays in: the way in is looked at when someone enters. After a change of the way in or of the passcode everybody is asked anew
    at the next entry. A new title or stream reaches viewers at once, and what is planned those who wait."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    sealed: bytes | UnsetType | None = UNSET
    proof: str | UnsetType | None = UNSET
    if data.passcode is None:
        sealed = proof = None
    elif data.passcode is not UNSET:
        passcode = check_passcode(data.passcode)
        asked = await runtime.database.read(lambda connection: queries.access_room(connection, caller.account_id, room_id))
        sealed, proof = seal_passcode(runtime.keyring, passcode), prove_passcode(runtime.keyring, asked.code, passcode)
    changes = RoomChanges(
        title=data.title,
        entry=data.entry,
        passcode_proof=proof,
        sealed_passcode=sealed,
        viewer_limit=data.viewer_limit,
        stream_url=data.stream_url,
        stream_origins=data.stream_origins,
        embed_origins=data.embed_origins,
        next_start_at=_next_start(data.next_start_at),
        next_title=data.next_title,
    )
    await runtime.commit.run(actions.CHANGE_ROOM, actions.ChangeRoom(caller, room_id, changes), lane=room_id)
    found, running = await runtime.database.read(lambda connection: queries.find_room(connection, caller.account_id, room_id))
    return _view(runtime, request, found, running)


@put("/api/v1/rooms/{room:str}/screen-link", tags=["rooms"], operation_id="makeScreenLink", summary="Make a screen link")
async def make_screen_link(room: RoomText, caller: Caller, runtime: Runtime, request: AnyRequest) -> ScreenLinkReply:
    """An address that shows the room's big screen without a login, for a projector's computer. Who has it sees what viewers see, the
    names of those in a draw, and of those who have checked in where viewers see the counts, and changes nothing. It is shown this once, and
    works until the next is made or it is ended; the one before stops at once."""
    key = new_token()
    command = actions.SetScreenKey(caller, RoomId(runtime.ids.parse_text(Kind.ROOM, room)), hash_secret(key))
    made = await runtime.commit.run(actions.SET_SCREEN_KEY, command, lane=command.room_id)
    return screen_link(runtime.ids, base_url_of(request, runtime), made, key)


@delete(
    "/api/v1/rooms/{room:str}/screen-link", tags=["rooms"], operation_id="endScreenLink", summary="End the screen link", status_code=204
)
async def end_screen_link(room: RoomText, caller: Caller, runtime: Runtime) -> None:
    """The link works no more, and screens that it opened go dark. No effect where there is none."""
    command = actions.SetScreenKey(caller, RoomId(runtime.ids.parse_text(Kind.ROOM, room)), None)
    await runtime.commit.run(actions.SET_SCREEN_KEY, command, lane=command.room_id)


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
async def list_live_sessions(
    room: RoomText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> LiveSessionsReply:
    """The room's live sessions, newest first, in pages."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    before = None if after is None else LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, after))
    found = await runtime.database.read(
        lambda connection: queries.list_live_sessions(connection, caller.account_id, room_id, before, limit)
    )
    views = [live_session_view(runtime.ids, live_session) for live_session in found]
    return LiveSessionsReply(live_sessions=views, next=views[-1].id if len(views) == limit else None)


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


def _next_start(text: str | UnsetType | None) -> Instant | UnsetType | None:
    return instant_of(text, "next_start_at") if isinstance(text, str) else text


def _view(runtime: Runtime, request: AnyRequest, room: Room, running: LiveSession | None) -> RoomView:
    return room_view(runtime.ids, base_url_of(request, runtime), room, open_passcode(runtime.keyring, room), running)


def base_url_of(request: AnyRequest, runtime: Runtime) -> str:
    """Where the outside reaches this server: the configured address, or else the one this request came to. Without a slash at its end."""
    return (runtime.base_url or str(request.base_url)).rstrip("/")


ROUTES = [
    create_room,
    list_rooms,
    get_room,
    change_room,
    make_screen_link,
    end_screen_link,
    start_live_session,
    list_live_sessions,
    get_live_session,
    end_live_session,
]
