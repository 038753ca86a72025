"""What the native API answers, as its clients read it: plain structs without the server's parts.

A field a newer server adds is passed over, so an older client goes on working.
"""

from typing import Literal

import msgspec


class Host(msgspec.Struct, frozen=True):
    """A host, by name."""

    id: str
    name: str


class Account(msgspec.Struct, frozen=True):
    """The account of the key."""

    id: str
    name: str


class LiveSession(msgspec.Struct, frozen=True):
    """One broadcast in a room; times are RFC 3339 in UTC."""

    id: str
    room: str
    title: str
    state: Literal["running", "ended"]
    started_at: str
    ended_at: str | None
    host: Host


class Room(msgspec.Struct, frozen=True):
    """A room. code: what viewers type to join; viewer_url: the same as a link."""

    id: str
    code: str
    title: str
    viewer_url: str
    running_live_session: LiveSession | None


class Question(msgspec.Struct, frozen=True):
    """A question. right_options, counts (people per option), answered, right: None where the reader may not know them yet."""

    id: str
    title: str
    multiple: bool
    score: int
    options: list[str]
    right_options: list[int] | None = None
    counts: list[int] | None = None
    answered: int | None = None
    right: int | None = None


class Survey(msgspec.Struct, frozen=True):
    """An answer card. expected, right: None for viewers. closes_at: by its time limit."""

    id: str
    kind: str
    title: str
    state: str
    published: bool
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    closed_by: str | None
    answered: int
    version: int
    questions: list[Question]
    expected: int | None = None
    right: int | None = None


class ViewerName(msgspec.Struct, frozen=True):
    """A viewer, by name."""

    id: str
    name: str


class Answer(msgspec.Struct, frozen=True):
    """One viewer's answer to one question."""

    viewer: ViewerName
    question: str
    choices: list[int]
    answered_at: str


class Presence(msgspec.Struct, frozen=True):
    """A viewer in a live session. connections: open ones."""

    id: str
    name: str
    online: bool
    connections: int


class Presences(msgspec.Struct, frozen=True):
    """The people of a live session, at most 500 of them. online, total: different viewers."""

    viewers: list[Presence]
    online: int
    total: int


class Endpoint(msgspec.Struct, frozen=True):
    """A callback endpoint."""

    id: str
    url: str
    dialect: str


class DeliveryEvent(msgspec.Struct, frozen=True):
    """What a delivery tells. number: within its live session."""

    kind: str
    number: int


class Delivery(msgspec.Struct, frozen=True):
    """One HTTP call owed to one endpoint."""

    id: str
    endpoint: Endpoint
    event: DeliveryEvent
    state: Literal["due", "succeeded", "failed", "cancelled"]
    attempts: int
    next_attempt_at: str | None
    summary: str


class Names(msgspec.Struct, frozen=True):
    """One thing under the names that vendors' interfaces have for it."""

    id: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
