"""HTTP handlers of the audience, for hosts: who is there, and who has to go."""

from typing import Annotated

from litestar import delete, get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.audience import queries, removal_actions
from turnout.audience.wire import (
    AttendanceReply,
    BlocksReply,
    RemovedView,
    ViewersReply,
    attendance_reply,
    block_view,
    presence_view,
    removed_view,
)
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import IdForms, Kind, LiveSessionId, RoomId, UnknownId, ViewerId
from turnout.kernel.text import check_text
from turnout.rooms.api import AfterText, LiveSessionText, PageLength, RoomText
from turnout.storage.runtime import Runtime

ViewerText = Annotated[str, Parameter(description="A viewer's id, vw_…")]
SearchText = Annotated[
    str, Parameter(max_length=limits.MAX_NAME_LENGTH, description="Only people with this text in their name or external id")
]

StepSeconds = Annotated[
    int | None, Parameter(ge=1, le=86_400, description="Seconds of a step; left out: as many as make a chart of at most 240 points")
]

_GONE = "gone-"  # before the id in the cursor of a page that ends among those who are gone


@get("/api/v1/live-sessions/{live_session:str}/viewers", tags=["audience"], operation_id="listViewers", summary="List the people")
async def list_viewers(
    live_session: LiveSessionText,
    caller: Caller,
    runtime: Runtime,
    after: AfterText = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
    search: SearchText = "",
) -> ViewersReply:
    """Who is there, with their connections, and who was; the present first, each part in the order of first entries, in pages."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    cursor = None if after is None else _read_cursor(runtime.ids, after)
    wanted = check_text(search, "search", limits.MAX_NAME_LENGTH, may_be_empty=True)
    people = await runtime.database.read(
        lambda connection: queries.list_people(connection, caller.account_id, live_session_id, after=cursor, search=wanted, limit=limit)
    )
    return ViewersReply(
        viewers=[presence_view(runtime.ids, presence) for presence in people.presences],
        online=people.online,
        total=people.total,
        next=None if people.next is None else _cursor_text(runtime.ids, people.next),
    )


@get(
    "/api/v1/live-sessions/{live_session:str}/attendance",
    tags=["audience"],
    operation_id="getAttendance",
    summary="Follow who was there",
)
async def get_attendance(live_session: LiveSessionText, caller: Caller, runtime: Runtime, step_s: StepSeconds = None) -> AttendanceReply:
    """How many viewers were there, step by step, from the start to the end or until now; from every entry and exit, not from samples."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    now = runtime.clock.now()
    # it reads all visits, and every open desk asks again and again: not on the threads that entries and log-ins wait for
    attendance = await runtime.database.read_long(
        lambda connection: queries.follow_attendance(connection, caller.account_id, live_session_id, now, step_s)
    )
    return attendance_reply(attendance)


@post(
    "/api/v1/live-sessions/{live_session:str}/viewers/{viewer:str}/kick",
    tags=["audience"],
    operation_id="kickViewer",
    summary="Kick a viewer",
    status_code=200,
)
async def kick_viewer(live_session: LiveSessionText, viewer: ViewerText, caller: Caller, runtime: Runtime) -> RemovedView:
    """Ends the viewer's connections and lets him in no more until this live session ends. What he has answered stays. Who entered by
    nickname can come back as somebody else; who came from your own login cannot."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    viewer_id = ViewerId(runtime.ids.parse_text(Kind.VIEWER, viewer))
    command = removal_actions.Kick(caller, live_session_id, viewer_id)
    kicked = await runtime.commit.run(removal_actions.KICK, command, lane=live_session_id)
    return removed_view(runtime.ids, kicked)


@post(
    "/api/v1/rooms/{room:str}/viewers/{viewer:str}/block",
    tags=["audience"],
    operation_id="blockViewer",
    summary="Block a viewer",
    status_code=200,
)
async def block_viewer(room: RoomText, viewer: ViewerText, caller: Caller, runtime: Runtime) -> RemovedView:
    """Ends the viewer's connections and lets him into the room no more until unblocked, in no live session. Who came from your own login is
    held by his external id; who entered by nickname can come back as somebody else."""
    command = _change_block(runtime, room, viewer, caller)
    blocked = await runtime.commit.run(removal_actions.BLOCK, command, lane=command.room_id)
    return removed_view(runtime.ids, blocked)


@delete(
    "/api/v1/rooms/{room:str}/viewers/{viewer:str}/block",
    tags=["audience"],
    operation_id="unblockViewer",
    summary="Unblock a viewer",
    status_code=200,
)
async def unblock_viewer(room: RoomText, viewer: ViewerText, caller: Caller, runtime: Runtime) -> RemovedView:
    """Lets the viewer into the room again; not into a live session he was kicked out of."""
    command = _change_block(runtime, room, viewer, caller)
    unblocked = await runtime.commit.run(removal_actions.UNBLOCK, command, lane=command.room_id)
    return removed_view(runtime.ids, unblocked)


@get("/api/v1/rooms/{room:str}/blocks", tags=["audience"], operation_id="listBlocks", summary="List blocked viewers")
async def list_blocks(
    room: RoomText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> BlocksReply:
    """Who is blocked from a room, in the order of first entries, in pages."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    after_id = None if after is None else ViewerId(runtime.ids.parse_text(Kind.VIEWER, after))
    found = await runtime.database.read(lambda connection: queries.list_blocked(connection, caller.account_id, room_id, after_id, limit))
    views = [block_view(runtime.ids, blocked) for blocked in found]
    return BlocksReply(blocks=views, next=views[-1].viewer.id if len(views) == limit else None)


ROUTES = [list_viewers, get_attendance, kick_viewer, block_viewer, unblock_viewer, list_blocks]


def _change_block(runtime: Runtime, room: str, viewer: str, caller: Caller) -> removal_actions.ChangeBlock:
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    return removal_actions.ChangeBlock(caller, room_id, ViewerId(runtime.ids.parse_text(Kind.VIEWER, viewer)))


def _cursor_text(ids: IdForms, cursor: queries.Cursor) -> str:
    return ("" if cursor.online else _GONE) + ids.text(Kind.VIEWER, cursor.viewer_id)


def _read_cursor(ids: IdForms, text: str) -> queries.Cursor:
    try:
        return queries.Cursor(not text.startswith(_GONE), ViewerId(ids.parse_text(Kind.VIEWER, text.removeprefix(_GONE))))
    except UnknownId:
        raise InvalidInput("this is no `next` of a page of people", field="after") from None
