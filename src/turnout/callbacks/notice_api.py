"""HTTP handlers of notices."""

from typing import Annotated

from litestar import get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.callbacks import notices
from turnout.callbacks.naming import asked_by, asked_id
from turnout.callbacks.notice_wire import NoticesReply, notices_reply
from turnout.kernel import limits
from turnout.kernel.ids import Kind, NoticeId
from turnout.storage.runtime import Runtime

NoticeText = Annotated[str, Parameter(description="A notice's id, nt_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]


@get("/api/v1/notices", tags=["callbacks"], operation_id="listNotices", summary="List notices")
async def list_notices(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> NoticesReply:
    """What this server has to tell the account's people, until one of them dismisses it; newest first, in pages."""
    after_id = None if after is None else NoticeId(asked_id(runtime.ids, Kind.NOTICE, after, "after"))
    with asked_by("after"):
        found = await runtime.database.read(lambda connection: notices.list_notices(connection, caller.account_id, after_id, limit))
    return notices_reply(runtime.ids, found, limit)


@post("/api/v1/notices/{notice:str}/dismiss", tags=["callbacks"], operation_id="dismissNotice", summary="Dismiss a notice", status_code=204)
async def dismiss_notice(notice: NoticeText, caller: Caller, runtime: Runtime) -> None:
    """It is shown no more, to nobody of the account. For operators."""
    caller.require_operator()
    command = notices.DismissNotice(caller.account_id, NoticeId(runtime.ids.parse_text(Kind.NOTICE, notice)))
    await runtime.commit.run(notices.DISMISS_NOTICE, command, lane=caller.account_id)


HANDLERS = (list_notices, dismiss_notice)
