"""What the native API answers, as its clients read it: plain structs without the server's parts.

A field a newer server adds is passed over, so an older client goes on working.
"""

from typing import Any, Literal

import msgspec

from turnout.dialects.native.delivery_replies import Delivery as Delivery
from turnout.dialects.native.draw_replies import Draw as Draw
from turnout.dialects.native.draw_replies import DrawCommitment as DrawCommitment
from turnout.dialects.native.draw_replies import DrawEntrant as DrawEntrant
from turnout.dialects.native.draw_replies import DrawWinner as DrawWinner
from turnout.dialects.native.draw_replies import EntrantsAdded as EntrantsAdded
from turnout.dialects.native.draw_replies import Prize as Prize
from turnout.dialects.native.endpoint_replies import Endpoint as Endpoint
from turnout.dialects.native.live_replies import Announcement as Announcement
from turnout.dialects.native.live_replies import Attendance as Attendance
from turnout.dialects.native.live_replies import Host as Host
from turnout.dialects.native.live_replies import Summary as Summary


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
    """A room. code: what viewers type to join; viewer_url: the same as a link. entry: open, passcode or token. stream_url: of the HLS
    playlist viewers watch; stream_origins: where its segments come from besides. embed_origins: sites that may frame the viewers' page.
    next_start_at, next_title: what is planned for its next live session."""

    id: str
    code: str
    title: str
    viewer_url: str
    running_live_session: LiveSession | None
    entry: str = "open"
    passcode: str | None = None
    viewer_limit: int | None = None
    screen_link_at: str | None = None
    stream_url: str | None = None
    stream_origins: list[str] = []
    embed_origins: list[str] = []
    next_start_at: str | None = None
    next_title: str = ""


class Logo(msgspec.Struct, frozen=True):
    """The picture of a theme. url: its path on the server."""

    id: str
    url: str


class Theme(msgspec.Struct, frozen=True):
    """How an account looks to its viewers. accent: #rrggbb; None where it is the product's own, like logo."""

    name: str
    accent: str | None
    logo: Logo | None


class ScreenLink(msgspec.Struct, frozen=True):
    """A room's new screen link. screen_url holds its secret key."""

    screen_url: str
    made_at: str


class Question(msgspec.Struct, frozen=True):
    """A question. picture, pictures (of the options, [] when none has one): paths on the server. right_options, accepted, counts (people
    per option, or per rating from 1), answered, right: None where the reader may not know them yet; by_hand, to_mark: None for viewers."""

    id: str
    type: str
    title: str
    multiple: bool
    score: int
    options: list[str]
    required: bool = False
    picture: str | None = None
    pictures: list[str | None] = []
    least: int | None = None
    most: int | None = None
    scale: int = 5
    verify: bool = True
    right_options: list[int] | None = None
    accepted: list[str] | None = None
    counts: list[int] | None = None
    answered: int | None = None
    right: int | None = None
    by_hand: bool | None = None
    to_mark: int | None = None


class RightNumber(msgspec.Struct, frozen=True):
    """How many people (count) answered so many questions right (number)."""

    number: int
    count: int


class Survey(msgspec.Struct, frozen=True):
    """A survey. kind: answer_card, vote, questionnaire or exam. closes_at: by its time limit. right, right_numbers: None for viewers until
    published; expected and what follows it: None for viewers. to_mark: answers nobody has marked yet. settled_by: close, marking, host."""

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
    cover: str | None = None
    anonymous: bool = False
    changeable: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    right: int | None = None
    right_numbers: list[RightNumber] | None = None
    expected: int | None = None
    points: int | None = None
    to_mark: int | None = None
    settled_by: str | None = None
    template: str | None = None
    revision: int | None = None
    created_at: str | None = None
    time_limit_s: int | None = None
    publish_on_close: bool | None = None


class ViewerName(msgspec.Struct, frozen=True):
    """A viewer, by name."""

    id: str
    name: str


class Answer(msgspec.Struct, frozen=True):
    """What one viewer answered to one question; what the question does not ask for is None."""

    question: str
    choices: list[int] | None = None
    text: str | None = None
    rating: int | None = None


class Mark(msgspec.Struct, frozen=True):
    """Points that a host gave by hand."""

    question: str
    points: int


class Submission(msgspec.Struct, frozen=True):
    """Everything one viewer answered to one survey. viewer, answered_at: None for an anonymous one. right: right answers."""

    viewer: ViewerName | None
    answers: list[Answer]
    answered_at: str | None
    right: int
    points: int
    to_mark: int
    marks: list[Mark]


class CheckIn(msgspec.Struct, frozen=True):
    """A check-in. expected: people who are; confirmed: those of them who have; rate: the same in whole percent; unexpected: people who have
    confirmed and are not expected. expects: present or list; late: counted or not_expected."""

    id: str
    title: str
    state: str
    time_limit_s: int | None
    show_counts: bool
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    closed_by: str | None
    expected: int | None = None
    confirmed: int | None = None
    rate: int | None = None
    unexpected: int | None = None
    version: int | None = None
    expects: str | None = None
    late: str | None = None
    created_at: str | None = None


class Unanswered(msgspec.Struct, frozen=True):
    """Somebody who was there and has not answered. external_id: from the customer's own login."""

    viewer: ViewerName
    external_id: str | None


class CheckInPerson(msgspec.Struct, frozen=True):
    """Somebody who is expected at a check-in, or has confirmed it. viewer: None for who is on the list and has never come."""

    viewer: ViewerName | None
    external_id: str | None
    name: str
    expected: bool
    confirmed_at: str | None


class Picture(msgspec.Struct, frozen=True):
    """An uploaded picture. id: for questions, options and covers; url: where it can be seen."""

    id: str
    url: str
    width: int
    height: int
    bytes: int


class Connection(msgspec.Struct, frozen=True):
    """One open connection of a viewer. client: browser and system in short."""

    entered_at: str
    address: str
    client: str


class Presence(msgspec.Struct, frozen=True):
    """A viewer in a live session. role: host, assistant, guest or attendee. connections: open ones. external_id, group: from the customer's
    own login. exited_at: None while online."""

    id: str
    name: str
    role: str
    online: bool
    connections: list[Connection]
    entered_at: str
    exited_at: str | None
    external_id: str | None = None
    group: str | None = None
    phone: str | None = None
    email: str | None = None
    extra: dict[str, Any] | None = None
    kicked: bool = False
    blocked: bool = False


class Presences(msgspec.Struct, frozen=True):
    """The people of a live session. online, total: different viewers."""

    viewers: list[Presence]
    online: int
    total: int


class Removed(msgspec.Struct, frozen=True):
    """A viewer who was kicked, blocked or unblocked."""

    id: str
    name: str
    role: str
    external_id: str | None
    blocked: bool


class Block(msgspec.Struct, frozen=True):
    """Who is blocked from a room, since when, and by whom."""

    viewer: ViewerName
    external_id: str | None
    blocked_at: str
    blocked_by: Host | None


class EntryKey(msgspec.Struct, frozen=True):
    """A key with which the customer's own login signs passes; kid: what their header names."""

    kid: str
    key: str
    created_at: str


class TemplateHead(msgspec.Struct, frozen=True):
    """A template without its questions."""

    id: str
    name: str
    tags: list[str]
    kind: str
    title: str
    question_count: int


class Template(msgspec.Struct, frozen=True):
    """A template. questions: as create_survey takes them."""

    id: str
    name: str
    tags: list[str]
    kind: str
    title: str
    questions: list[dict[str, Any]]
    question_count: int
    time_limit_s: int | None
    publish_on_close: bool
    anonymous: bool
    changeable: bool
    shuffle_questions: bool
    shuffle_options: bool
    cover: str | None


class Imported(msgspec.Struct, frozen=True):
    """A template of a file. id: None while nothing is kept."""

    id: str | None
    name: str
    kind: str
    title: str
    question_count: int


class ImportFault(msgspec.Struct, frozen=True):
    """What is wrong with a file, and where."""

    row: int | None
    column: str | None
    code: str
    message: str


class Import(msgspec.Struct, frozen=True):
    """What a file holds, whether it is in the question bank now, and what is wrong with it."""

    kept: bool
    templates: list[Imported]
    errors: list[ImportFault]


class Names(msgspec.Struct, frozen=True):
    """One thing under the names that vendors' interfaces have for it."""

    id: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    volcengine: dict[str, str | int] = {}
