"""Every kind of native callback: what it means, the JSON Schema of its body, and an example that is made as every body is made.

A kind of event that is not here is not sent. docs/dialects/native.md lists them; a test keeps the two equal, and finds kinds that are
recorded and missing.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from turnout.dialects.contract import DISABLED, TESTED
from turnout.dialects.native import kind_examples as examples
from turnout.dialects.native.messages import (
    AnnouncementData,
    CheckInData,
    DrawData,
    EndpointData,
    LiveSessionData,
    PrizeDrawnData,
    SurveyData,
    ViewerData,
    announcement_data,
    checkin_data,
    draw_data,
    endpoint_data,
    live_session_data,
    prize_drawn_data,
    survey_data,
    viewer_data,
)
from turnout.kernel.clock import rfc3339
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class MessageKind(msgspec.Struct, frozen=True):
    """A kind of callback. name: the event's, and the body's `type`. content: the struct of `data`; make: it, of the JSON of the facts.
    facts: those of the example."""

    name: str
    description: str
    content: type[msgspec.Struct]
    make: Callable[[IdForms, bytes], msgspec.Struct]
    facts: msgspec.Struct

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the whole body. What a later version adds to a body is allowed by it."""
        return _schema(self)

    @property
    def example(self) -> dict[str, Any]:
        """A body, as JSON values."""
        event = examples.event_of(self.name, self.facts)
        body: dict[str, Any] = msgspec.json.decode(encode_body(examples.IDS, event))
        return body


class _Body(msgspec.Struct):
    type: str
    timestamp: str
    data: msgspec.Struct


def encode_body(ids: IdForms, event: Event) -> bytes:
    """The body of the callback of an event. Raises KeyError for a kind that is not sent."""
    return _encode(_Body(event.kind, rfc3339(event.at), KINDS[event.kind].make(ids, event.facts)))


_encode = msgspec.json.Encoder().encode


def _schema(kind: MessageKind) -> dict[str, Any]:
    (data,), found = msgspec.json.schema_components([kind.content], ref_template="#/$defs/{name}")
    return {
        "$schema": SCHEMA_DIALECT,
        "title": kind.name,
        "description": kind.description,
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.name},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened, RFC 3339 in UTC."},
            "data": data,
        },
        "$defs": {name: _on_one_line(schema) for name, schema in found.items()},
    }


def _on_one_line(schema: dict[str, Any]) -> dict[str, Any]:
    if "description" not in schema:
        return schema
    return {**schema, "description": " ".join(schema["description"].split())}


def _live_session(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, LiveSessionData, live_session_data, facts)


def _survey(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, SurveyData, survey_data, facts)


def _checkin(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, CheckInData, checkin_data, facts)


def _draw(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, DrawData, draw_data, facts)


def _announcement(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, AnnouncementData, announcement_data, facts)


def _viewer(name: str, description: str) -> MessageKind:
    return MessageKind(name, description, ViewerData, viewer_data, examples.VIEWER)


def _endpoint(name: str, description: str, facts: msgspec.Struct) -> MessageKind:
    return MessageKind(name, description, EndpointData, endpoint_data, facts)


KINDS: Mapping[str, MessageKind] = {
    kind.name: kind
    for kind in (
        _live_session("live_session.started", "A host has started a live session in a room.", examples.RUNNING),
        _live_session("live_session.ended", "A live session has ended; what was open in it was closed just before.", examples.ENDED),
        _survey("survey.opened", "An answer card, vote, questionnaire or exam has been opened and takes answers.", examples.OPENED),
        _survey(
            "survey.closed",
            "A survey takes no more answers: closed by its host, its time limit or the end of its live session. Its counts are complete.",
            examples.CLOSED,
        ),
        _survey("survey.published", "A host has shown right answers and counts to the viewers, after the close.", examples.PUBLISHED),
        _survey(
            "survey.settled",
            "Nothing about a survey changes any more. It comes right after `survey.closed`, or later, once everything is marked by hand.",
            examples.SETTLED,
        ),
        _survey("survey.withdrawn", "A host has taken a survey back, a draft too; it shows no counts.", examples.WITHDRAWN),
        _checkin("checkin.opened", "A check-in has been opened: viewers are asked to confirm that they are here.", examples.CHECKIN_OPENED),
        _checkin(
            "checkin.closed",
            "A check-in takes no more confirmations: its host, its time limit or its live session's end closed it. Its counts are final.",
            examples.CHECKIN_CLOSED,
        ),
        _checkin("checkin.withdrawn", "A host has taken a check-in back, a draft too; it shows no counts.", examples.CHECKIN_WITHDRAWN),
        _draw("draw.committed", "How a draw will be decided is public: its prizes, rules and preferred winners.", examples.DRAW_COMMITTED),
        _draw("draw.opened", "A draw has been opened: where viewers enter, they can.", examples.DRAW_OPENED),
        _draw(
            "draw.closed",
            "Who takes part in a draw is fixed and published, before the randomness that decides exists: note the fingerprint.",
            examples.DRAW_CLOSED,
        ),
        _draw("draw.drawn", "A draw is decided; `draw.prize_drawn` has the winners of each prize.", examples.DRAW_DRAWN),
        MessageKind(
            "draw.prize_drawn",
            "The winners of one prize, at most 2,000 of them in one message. What they fill in is read by `GET …/winners`.",
            PrizeDrawnData,
            prize_drawn_data,
            examples.PRIZE_DRAWN,
        ),
        _draw(
            "draw.cancelled",
            "A host has cancelled a draw, a draft too; once committed it stays public as cancelled.",
            examples.DRAW_CANCELLED,
        ),
        _draw(
            "draw.timed_out",
            "A draw came to nothing: its live session ended while it took entries, or its randomness never came.",
            examples.DRAW_TIMED_OUT,
        ),
        _announcement("announcement.made", "A host has told everybody in a live session something.", examples.ANNOUNCED),
        _announcement("announcement.withdrawn", "A host has taken an announcement back: viewers see it no more.", examples.UNANNOUNCED),
        _viewer("viewer.kicked", "A host has sent a viewer out of a live session, and he is let in no more until it ends."),
        _viewer("viewer.blocked", "A host has blocked a viewer from a room."),
        _viewer("viewer.unblocked", "A host lets a blocked viewer into a room again."),
        _endpoint(
            DISABLED,
            "Nothing more is sent to a callback endpoint, which took nothing for days or wants no more (410). What is due to it waits.",
            examples.DISABLED,
        ),
        _endpoint(TESTED, "Somebody tries this callback endpoint; only that endpoint gets it.", examples.TESTED),
    )
}
"""By name."""

CHOOSABLE: tuple[str, ...] = tuple(name for name in KINDS if name != TESTED)
"""The kinds an endpoint may choose among; a test comes whatever it chose."""


@cache
def described() -> tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...]:
    """Name, description, schema and example of every kind; made once, since none of it ever changes."""
    return tuple((kind.name, kind.description, kind.schema, kind.example) for kind in KINDS.values())
