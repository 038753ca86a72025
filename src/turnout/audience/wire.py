"""What our own API and socket say about viewers."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from turnout.audience.attendance_rules import Attendance
from turnout.audience.clients import client_of
from turnout.audience.rules import BlockedViewer, Presence, Viewer, ViewerRole, Visit
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind
from turnout.rooms.wire import HostView, PublicNext, PublicRoom
from turnout.themes.wire import ThemeView

CommandIdText = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_COMMAND_ID_LENGTH)]


class EnterMessage(msgspec.Struct, frozen=True, tag_field="op", tag="enter"):
    """socket: a viewer enters a room. room: its join code.

    Who enters: pass_, the customer's signed word; else token, from an earlier entry; else name, with an id nobody can guess.
    passcode: where the room asks for one. extra: the parameter of this name of the link it came by; its first 1,024 characters are kept.
    epoch, position: how far the client has followed the live session already, when it comes back.
    """

    id: CommandIdText
    room: str
    name: str | None = None
    token: str | None = None
    passcode: str | None = None
    pass_: str | None = msgspec.field(default=None, name="pass")
    extra: str | None = None
    epoch: str | None = None
    position: int | None = None


class WatchMessage(msgspec.Struct, frozen=True, tag_field="op", tag="watch"):
    """socket: a host follows a live session of the account; the login's cookie came with the upgrade request. epoch, position: how far the
    page has followed it already."""

    id: CommandIdText
    live_session: str
    epoch: str | None = None
    position: int | None = None


class WatchScreenMessage(msgspec.Struct, frozen=True, tag_field="op", tag="watch_screen"):
    """socket: a room's big screen shows what viewers see. room: rm_…. key: of the room's screen link; without it the host's login counts
    whose cookie came with the upgrade request. epoch, position: how far the page has followed the live session already."""

    id: CommandIdText
    room: str
    key: str | None = None
    epoch: str | None = None
    position: int | None = None


class LastSession(msgspec.Struct, frozen=True):
    """A live session that has ended, for the big screen's thanks. viewers: different people. answers: submissions to its surveys."""

    title: str
    ended_at: str
    viewers: int
    answers: int


class ViewerView(msgspec.Struct, frozen=True):
    """A viewer, by name."""

    id: str
    name: str


class SeatedViewer(msgspec.Struct, frozen=True):
    """The viewer who has entered."""

    id: str
    name: str
    role: ViewerRole


class EnteredMessage(msgspec.Struct, frozen=True, tag_field="op", tag="entered"):
    """socket: the seat is taken. token: keeps it across reloads and restarts. now: the server's time. mine: the viewer's own answers.

    Either snapshot, or resumed, with two lists: the publications the client has missed, in order, and the tallies of what is open.
    """

    id: str
    viewer: SeatedViewer
    token: str
    now: str
    mine: msgspec.Raw
    snapshot: msgspec.Raw | UnsetType = UNSET
    resumed: bool | UnsetType = UNSET
    publications: msgspec.Raw | UnsetType = UNSET
    tallies: msgspec.Raw | UnsetType = UNSET


class WatchingMessage(msgspec.Struct, frozen=True, tag_field="op", tag="watching"):
    """socket: the host, or the big screen, follows the live session. Either snapshot, or resumed with what the page has missed. viewer_url,
    for screens: where the code to join leads; without a host's name, seen from this server, where base_url is not configured."""

    id: str
    now: str
    viewer_url: str | UnsetType = UNSET
    snapshot: msgspec.Raw | UnsetType = UNSET
    resumed: bool | UnsetType = UNSET
    publications: msgspec.Raw | UnsetType = UNSET
    tallies: msgspec.Raw | UnsetType = UNSET


class WaitingMessage(msgspec.Struct, frozen=True, tag_field="op", tag="waiting"):
    """socket: the room has no running live session. The connection stays; `started` comes when there is one, and then one enters again.
    next: what is planned. For screens: viewer_url, as in watching, theme, and last, the live session that ended last."""

    id: str
    room: PublicRoom
    now: str
    next: PublicNext | None
    viewer_url: str | UnsetType = UNSET
    theme: ThemeView | UnsetType = UNSET
    last: LastSession | UnsetType = UNSET


class StartedMessage(msgspec.Struct, frozen=True, tag_field="op", tag="started"):
    """socket: the live session a connection waited for has begun."""


class ThemeMessage(msgspec.Struct, frozen=True, tag_field="op", tag="theme"):
    """socket: how the room looks and what is planned, for viewers who are not inside yet and for screens of a room where nothing runs:
    after each `waiting` and each `enter` that was refused for want of a name or a passcode, and again when it changes."""

    theme: ThemeView
    next: PublicNext | None


class ConnectionView(msgspec.Struct, frozen=True):
    """One open connection of a viewer. client: browser and system in short, "" when it did not say."""

    entered_at: str
    address: str
    client: str


class PresenceView(msgspec.Struct, frozen=True):
    """A viewer in a live session. external_id, phone, email, group, extra: from the customer's own login, null for a nickname.
    entered_at: first entry; exited_at: null while online. connections: the open ones, the oldest first."""

    id: str
    name: str
    role: ViewerRole
    external_id: str | None
    group: str | None
    phone: str | None
    email: str | None
    extra: dict[str, Any] | None
    online: bool
    connections: list[ConnectionView]
    entered_at: str
    exited_at: str | None
    kicked: bool
    blocked: bool


class ViewersReply(msgspec.Struct, frozen=True):
    """A page of the people of a live session, the present first. online, total: different viewers of the whole live session. next: what the
    next page is asked for with, null on the last."""

    viewers: list[PresenceView]
    online: int
    total: int
    next: str | None


class PeakView(msgspec.Struct, frozen=True):
    """The most viewers who were there at once, and the first moment of that."""

    viewers: int
    at: str


class AttendancePointView(msgspec.Struct, frozen=True):
    """One step of the curve. at: its beginning; online: different viewers there then; most: at any moment of it; entered, left: how often
    somebody came or went in it."""

    at: str
    online: int
    most: int
    entered: int
    left: int


class AttendanceReply(msgspec.Struct, frozen=True):
    """Who was there in a live session from its start until its end, or until now. viewers: different ones altogether; online: at the end.
    peak: null where nobody ever stayed."""

    since: str
    until: str
    step_s: int
    viewers: int
    online: int
    peak: PeakView | None
    points: list[AttendancePointView]


class RemovedView(msgspec.Struct, frozen=True):
    """A viewer who was kicked, blocked or unblocked. blocked: from the room, until unblocked."""

    id: str
    name: str
    role: ViewerRole
    external_id: str | None
    blocked: bool


class BlockView(msgspec.Struct, frozen=True):
    """Who is blocked from a room, since when, and who did it."""

    viewer: ViewerView
    external_id: str | None
    blocked_at: str
    blocked_by: HostView | None


class BlocksReply(msgspec.Struct, frozen=True):
    """A page of the blocked viewers of a room. next: what the next page is asked for with, null on the last."""

    blocks: list[BlockView]
    next: str | None


def seated_viewer(ids: IdForms, viewer: Viewer) -> SeatedViewer:
    """For the viewer's own client."""
    return SeatedViewer(id=ids.text(Kind.VIEWER, viewer.id), name=viewer.name, role=viewer.role)


def presence_view(ids: IdForms, presence: Presence) -> PresenceView:
    """For the host."""
    viewer, stay = presence.viewer, presence.stay
    return PresenceView(
        id=ids.text(Kind.VIEWER, viewer.id),
        name=viewer.name,
        role=viewer.role,
        external_id=viewer.external_id,
        group=viewer.group,
        phone=viewer.phone,
        email=viewer.email,
        extra=None if viewer.extra is None else msgspec.json.decode(viewer.extra),
        online=bool(stay.connections),
        connections=[_connection_view(visit) for visit in stay.connections],
        entered_at=rfc3339(stay.entered_at),
        exited_at=None if stay.exited_at is None else rfc3339(stay.exited_at),
        kicked=viewer.kicked_from == presence.live_session_id,
        blocked=viewer.blocked_at is not None,
    )


def _connection_view(visit: Visit) -> ConnectionView:
    return ConnectionView(entered_at=rfc3339(visit.entered_at), address=visit.address, client=client_of(visit.user_agent))


def peak_view(most: int, at: int | None) -> PeakView | None:
    """The peak, where there is one."""
    return None if at is None else PeakView(most, rfc3339(at))


def attendance_reply(attendance: Attendance) -> AttendanceReply:
    """For the host."""
    return AttendanceReply(
        since=rfc3339(attendance.since),
        until=rfc3339(attendance.until),
        step_s=attendance.step_s,
        viewers=attendance.viewers,
        online=attendance.online,
        peak=peak_view(attendance.most, attendance.most_at),
        points=[AttendancePointView(rfc3339(point.at), point.online, point.most, point.entered, point.left) for point in attendance.points],
    )


def removed_view(ids: IdForms, viewer: Viewer) -> RemovedView:
    """For the host who kicked, blocked or unblocked."""
    return RemovedView(
        id=ids.text(Kind.VIEWER, viewer.id),
        name=viewer.name,
        role=viewer.role,
        external_id=viewer.external_id,
        blocked=viewer.blocked_at is not None,
    )


def block_view(ids: IdForms, blocked: BlockedViewer) -> BlockView:
    """For the host."""
    viewer = blocked.viewer
    return BlockView(
        viewer=ViewerView(id=ids.text(Kind.VIEWER, viewer.id), name=viewer.name),
        external_id=viewer.external_id,
        blocked_at=rfc3339(blocked.blocked_at),
        blocked_by=None if blocked.host_id is None else HostView(id=ids.text(Kind.HOST, blocked.host_id), name=blocked.host_name),
    )
