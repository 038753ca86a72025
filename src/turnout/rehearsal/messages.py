"""What travels on the socket, as a viewer reads and writes it."""

from typing import Any

import msgspec

from turnout.client import native_replies


class Snapshot(msgspec.Struct, frozen=True):
    """All there is to see on entering. position: number of the last event in it."""

    epoch: str
    position: int
    surveys: list[native_replies.Survey]


class MyAnswer(msgspec.Struct, frozen=True):
    """An answer the server holds of this viewer."""

    question: str
    choices: list[int]


class Entered(msgspec.Struct, frozen=True, tag_field="op", tag="entered"):
    """The seat is taken."""

    id: str
    viewer: native_replies.ViewerName
    token: str
    mine: list[MyAnswer]
    snapshot: Snapshot


class Accepted(msgspec.Struct, frozen=True, tag_field="op", tag="accepted"):
    """The command's effect is durable."""

    id: str


class Reason(msgspec.Struct, frozen=True):
    """Why a command was refused."""

    code: str
    message: str
    retry_after_s: float | None = None


class Refused(msgspec.Struct, frozen=True, tag_field="op", tag="refused"):
    """The command changed nothing."""

    id: str | None
    error: Reason


class Publication(msgspec.Struct, frozen=True, tag_field="op", tag="publication"):
    """An event. previous: position of the publication before it on this channel."""

    position: int
    previous: int
    kind: str
    survey: native_replies.Survey | None = None
    live_session: Any = None


class Tally(msgspec.Struct, frozen=True, tag_field="op", tag="tally"):
    """How many have answered."""

    survey: str
    version: int
    answered: int


class Online(msgspec.Struct, frozen=True, tag_field="op", tag="online"):
    """How many are present."""

    viewers: int


class Pong(msgspec.Struct, frozen=True, tag_field="op", tag="pong"):
    """The server is there."""

    id: str


Message = Entered | Accepted | Refused | Publication | Tally | Online | Pong


class Enter(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="op", tag="enter"):
    """A viewer enters a room: for the first time with a name, later with the token."""

    id: str
    room: str
    name: str | None = None
    token: str | None = None


class Answer(msgspec.Struct, frozen=True, tag_field="op", tag="answer"):
    """A viewer answers a question."""

    id: str
    question: str
    choices: list[int]


decode = msgspec.json.Decoder(Message).decode
encode = msgspec.json.Encoder().encode
