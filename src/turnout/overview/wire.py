"""What our own API says of all live sessions of an account."""

import msgspec

from turnout.audience.wire import PeakView, peak_view
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind
from turnout.overview.figures import Figures
from turnout.overview.queries import Summary
from turnout.rooms.rules import Room
from turnout.rooms.wire import LiveSessionView, live_session_view


class UnderWayView(msgspec.Struct, frozen=True):
    """A survey, sv_…, check-in, ci_…, or draw, dr_…, that is open."""

    id: str
    title: str


class LiveSessionSummaryView(LiveSessionView, frozen=True):
    """A live session with its figures. viewers: different ones altogether; online: of those now. peak: null where nobody ever stayed.
    under_way: the newest 10 of what is open; drafts: how much is prepared; both empty once it has ended."""

    room_title: str
    online: int
    viewers: int
    peak: PeakView | None
    under_way: list[UnderWayView]
    drafts: int


class PlannedView(msgspec.Struct, frozen=True):
    """What is planned for a room's next live session. room: rm_…. title: "" where it has none yet."""

    room: str
    room_title: str
    title: str
    starts_at: str


class LiveSessionSummariesReply(msgspec.Struct, frozen=True):
    """A page of an account's live sessions, the one started last first. next: what the next page is asked for with, null on the last.
    planned: on every page, the 50 live sessions that are to begin soonest, with those whose time passed in the last 24 hours."""

    live_sessions: list[LiveSessionSummaryView]
    planned: list[PlannedView]
    next: str | None


def planned_view(ids: IdForms, room: Room) -> PlannedView:
    """For the account's own people and systems. room: with a planned start."""
    return PlannedView(ids.text(Kind.ROOM, room.id), room.title, room.next_title, rfc3339(room.next_start_at or 0))


def summary_view(ids: IdForms, summary: Summary, figures: Figures) -> LiveSessionSummaryView:
    """For the account's own people and systems."""
    most, at = figures.peak or (0, None)
    return LiveSessionSummaryView(
        **msgspec.structs.asdict(live_session_view(ids, summary.live_session)),
        room_title=summary.room_title,
        online=figures.online,
        viewers=figures.viewers,
        peak=peak_view(most, at),
        under_way=[UnderWayView(ids.text(Kind(one.kind), one.id), one.title) for one in summary.under_way],
        drafts=summary.drafts,
    )
