"""What travels on the socket, as a viewer reads and writes it."""

from typing import Any

import msgspec

from turnout.client import native_replies

Shown = native_replies.Survey | native_replies.CheckIn | native_replies.Draw
"""What a viewer may do something about."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a viewer answers to one question: choices (option numbers from 0), text or rating, as the question wants it."""

    question: str
    choices: list[int] | None = None
    text: str | None = None
    rating: int | None = None


class OwnMark(msgspec.Struct, frozen=True):
    """Points a host gave by hand."""

    question: str
    points: int


class OwnResult(msgspec.Struct, frozen=True):
    """How a viewer did, once it is published. to_mark: answers nobody has marked yet."""

    right: int
    points: int
    to_mark: int
    marks: list[OwnMark]


class OwnPrize(msgspec.Struct, frozen=True):
    """A prize this viewer has won."""

    prize: str


class Own(msgspec.Struct, frozen=True):
    """What the server holds of this viewer for one survey: the submission, or draft answers; or for a check-in or a draw, whichever of the
    three has a name."""

    survey: str = ""
    checkin: str = ""
    draw: str = ""
    submitted: bool = False
    answers: list[Entry] = []
    answered_at: str | None = None
    result: OwnResult | None = None
    prizes: list[OwnPrize] = []

    @property
    def about(self) -> str:
        """The id of the survey, check-in or draw."""
        return self.survey or self.checkin or self.draw


class Snapshot(msgspec.Struct, frozen=True):
    """All there is to see on entering. position: number of the last event in it."""

    epoch: str
    position: int
    surveys: list[native_replies.Survey]
    checkins: list[native_replies.CheckIn] = []
    draws: list[native_replies.Draw] = []
    announcements: list[native_replies.Announcement] = []

    @property
    def shown(self) -> list[Shown]:
        """All that is shown."""
        return [*self.surveys, *self.checkins, *self.draws]


class Publication(msgspec.Struct, frozen=True, tag_field="op", tag="publication"):
    """An event. previous: position of the publication before it on this channel."""

    position: int
    previous: int
    kind: str
    survey: native_replies.Survey | None = None
    checkin: native_replies.CheckIn | None = None
    draw: native_replies.Draw | None = None
    announcement: native_replies.Announcement | None = None
    live_session: Any = None


class Tally(msgspec.Struct, frozen=True, tag_field="op", tag="tally"):
    """How many have answered."""

    survey: str
    version: int
    answered: int


class CheckInTally(msgspec.Struct, frozen=True, tag_field="op", tag="checkin_tally"):
    """How many have confirmed."""

    checkin: str


class DrawTally(msgspec.Struct, frozen=True, tag_field="op", tag="draw_tally"):
    """How many have entered."""

    draw: str


class Entered(msgspec.Struct, frozen=True, tag_field="op", tag="entered"):
    """The seat is taken. Without a snapshot the viewer goes on from the position it named, with the publications it missed."""

    id: str
    viewer: native_replies.ViewerName
    token: str
    mine: list[Own]
    snapshot: Snapshot | None = None
    resumed: bool = False
    publications: list[Publication] = []
    tallies: list[Tally | CheckInTally | DrawTally] = []


class Waiting(msgspec.Struct, frozen=True, tag_field="op", tag="waiting"):
    """The room has no running live session yet."""

    id: str


class Started(msgspec.Struct, frozen=True, tag_field="op", tag="started"):
    """The live session has begun: enter again."""


class ThemeNews(msgspec.Struct, frozen=True, tag_field="op", tag="theme"):
    """How the room looks from outside."""


class OwnNews(msgspec.Struct, frozen=True, tag_field="op", tag="own"):
    """What the server holds of this viewer has changed."""

    mine: list[Own]
    id: str | None = None


class Accepted(msgspec.Struct, frozen=True, tag_field="op", tag="accepted"):
    """The command's effect is durable."""

    id: str


class Reason(msgspec.Struct, frozen=True):
    """Why a command was refused."""

    code: str
    message: str
    field: str | None = None
    retry_after_s: float | None = None


class Refused(msgspec.Struct, frozen=True, tag_field="op", tag="refused"):
    """The command changed nothing."""

    id: str | None
    error: Reason


class Online(msgspec.Struct, frozen=True, tag_field="op", tag="online"):
    """How many are present."""

    viewers: int


class Pong(msgspec.Struct, frozen=True, tag_field="op", tag="pong"):
    """The server is there."""

    id: str


Message = (
    Entered | Waiting | Started | ThemeNews | OwnNews | Accepted | Refused | Publication | Tally | CheckInTally | DrawTally | Online | Pong
)


class Enter(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="op", tag="enter"):
    """A viewer enters a room: for the first time with a name, later with the token, and with where it was, so that it can go on there."""

    id: str
    room: str
    name: str | None = None
    token: str | None = None
    passcode: str | None = None
    epoch: str | None = None
    position: int | None = None


class Answer(msgspec.Struct, frozen=True, tag_field="op", tag="answer"):
    """A viewer answers a survey."""

    id: str
    survey: str
    answers: list[Entry]


class SaveDraft(msgspec.Struct, frozen=True, tag_field="op", tag="save_draft"):
    """A viewer has filled in a part."""

    id: str
    survey: str
    answers: list[Entry]


class CheckIn(msgspec.Struct, frozen=True, tag_field="op", tag="check_in"):
    """A viewer confirms a check-in."""

    id: str
    checkin: str


class EnterDraw(msgspec.Struct, frozen=True, tag_field="op", tag="enter_draw"):
    """A viewer takes part in a draw."""

    id: str
    draw: str
    word: str
    salt: str


class ReadOwn(msgspec.Struct, frozen=True, tag_field="op", tag="read_own"):
    """A viewer asks what the server holds of it."""

    id: str


decode = msgspec.json.Decoder(Message).decode
encode = msgspec.json.Encoder().encode
