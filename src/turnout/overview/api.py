"""The HTTP handler of the overview, for hosts and the customer's systems."""

from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter, QueryParameter

from turnout.accounts.caller import Caller
from turnout.kernel import limits
from turnout.kernel.ids import Kind, LiveSessionId
from turnout.overview.figures import KeptFigures
from turnout.overview.queries import list_summaries
from turnout.overview.wire import LiveSessionSummariesReply, planned_view, summary_view
from turnout.rooms.api import AfterText
from turnout.rooms.queries import list_planned
from turnout.rooms.rules import LiveSessionState
from turnout.storage.runtime import Runtime

StateName = Annotated[LiveSessionState | None, QueryParameter(name="state", description="Only those that run, or that have ended")]
SummariesLength = Annotated[int, Parameter(ge=1, le=limits.MAX_SUMMARIES, description="Entries in the page")]


def routes(kept: KeptFigures) -> list[Any]:
    """The handler, with the figures that its process keeps."""

    @get("/api/v1/live-sessions", tags=["live sessions"], operation_id="listSummaries", summary="List all live sessions with their figures")
    async def list_all(
        caller: Caller, runtime: Runtime, wanted: StateName = None, after: AfterText = None, limit: SummariesLength = 20
    ) -> LiveSessionSummariesReply:
        """The live sessions of all rooms, the one started last first, in pages: who is there, who was, what is open; and which are planned.
        How many are and were there may be as of 3 seconds ago."""
        now = runtime.clock.now()
        before = None if after is None else LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, after))
        found, planned = await runtime.database.read(
            lambda connection: (
                list_summaries(connection, caller.account_id, wanted, before, limit),
                list_planned(connection, caller.account_id, now, limits.MAX_SUMMARIES),
            )
        )
        figures = await kept.of(runtime.database, [summary.live_session for summary in found])
        views = [summary_view(runtime.ids, summary, figures[summary.live_session.id]) for summary in found]
        plans = [planned_view(runtime.ids, room) for room in planned]
        return LiveSessionSummariesReply(live_sessions=views, planned=plans, next=views[-1].id if len(views) == limit else None)

    return [list_all]
