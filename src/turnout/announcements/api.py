"""HTTP handlers of announcements, for hosts."""

from typing import Annotated

from litestar import delete, get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.announcements import actions, queries
from turnout.announcements.wire import AnnouncementsReply, AnnouncementView, MakeAnnouncementRequest, host_view
from turnout.kernel import limits
from turnout.kernel.ids import AnnouncementId, Kind, LiveSessionId
from turnout.rooms.api import AfterText, LiveSessionText, PageLength
from turnout.storage.runtime import Runtime

PATH = "/api/v1/live-sessions/{live_session:str}/announcements"
AnnouncementText = Annotated[str, Parameter(description="An announcement's id, an_…")]


@post(PATH, tags=["announcements"], operation_id="makeAnnouncement", summary="Make an announcement")
async def make_announcement(
    live_session: LiveSessionText, data: MakeAnnouncementRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> AnnouncementView:
    """Everybody in the running live session sees the text at once, and who comes later too, until it is withdrawn. Send an Idempotency-Key
    to be safe against repeats."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    command = actions.MakeAnnouncement(caller, live_session_id, data.text, await once_of_request(request))
    made = await runtime.commit.run(actions.MAKE_ANNOUNCEMENT, command, lane=live_session_id)
    return host_view(runtime.ids, made)


@get(PATH, tags=["announcements"], operation_id="listAnnouncements", summary="List announcements")
async def list_announcements(
    live_session: LiveSessionText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> AnnouncementsReply:
    """All of a live session, the withdrawn ones too, newest first, in pages."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    before = None if after is None else AnnouncementId(runtime.ids.parse_text(Kind.ANNOUNCEMENT, after))
    found = await runtime.database.read(
        lambda connection: queries.list_announcements(connection, caller.account_id, live_session_id, before, limit)
    )
    views = [host_view(runtime.ids, announcement) for announcement in found]
    return AnnouncementsReply(announcements=views, next=views[-1].id if len(views) == limit else None)


@delete(
    PATH + "/{announcement:str}",
    tags=["announcements"],
    operation_id="withdrawAnnouncement",
    summary="Withdraw an announcement",
    status_code=200,
)
async def withdraw_announcement(
    live_session: LiveSessionText, announcement: AnnouncementText, caller: Caller, runtime: Runtime
) -> AnnouncementView:
    """Viewers see it no more. It stays in the host's list, with when it was withdrawn; withdrawing it again changes nothing."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    announcement_id = AnnouncementId(runtime.ids.parse_text(Kind.ANNOUNCEMENT, announcement))
    command = actions.WithdrawAnnouncement(caller, live_session_id, announcement_id)
    withdrawn = await runtime.commit.run(actions.WITHDRAW_ANNOUNCEMENT, command, lane=live_session_id)
    return host_view(runtime.ids, withdrawn)


ROUTES = [make_announcement, list_announcements, withdraw_announcement]
