"""What the client reads of announcements, of attendance, and of all live sessions of an account."""

from typing import Literal

import msgspec


class Host(msgspec.Struct, frozen=True):
    """A host, by name."""

    id: str
    name: str


class Announcement(msgspec.Struct, frozen=True):
    """A text for everybody in a live session. text: "" to viewers once it is withdrawn; host: to hosts only."""

    id: str
    text: str
    made_at: str
    withdrawn_at: str | None = None
    host: Host | None = None


class Peak(msgspec.Struct, frozen=True):
    """The most viewers who were there at once, and the first moment of that."""

    viewers: int
    at: str


class AttendancePoint(msgspec.Struct, frozen=True):
    """One step. at: its beginning; online: different viewers there then; most: at any moment of it; entered, left: how often somebody came
    or went in it."""

    at: str
    online: int
    most: int
    entered: int
    left: int


class Attendance(msgspec.Struct, frozen=True):
    """Who was there. viewers: different ones altogether; online: at the end."""

    since: str
    until: str
    step_s: int
    viewers: int
    online: int
    peak: Peak | None
    points: list[AttendancePoint]


class UnderWay(msgspec.Struct, frozen=True):
    """A survey, check-in or draw that is open."""

    id: str
    title: str


class Summary(msgspec.Struct, frozen=True):
    """A live session with its figures. viewers: different ones altogether. under_way: what is open; drafts: how much is prepared."""

    id: str
    room: str
    room_title: str
    title: str
    state: Literal["running", "ended"]
    started_at: str
    ended_at: str | None
    host: Host
    online: int
    viewers: int
    peak: Peak | None
    under_way: list[UnderWay]
    drafts: int


class Planned(msgspec.Struct, frozen=True):
    """What is planned for a room's next live session. title: empty where it has none yet."""

    room: str
    room_title: str
    title: str
    starts_at: str
