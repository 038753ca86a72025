"""The AsyncAPI 3 document of the socket and of the event streams beside it, made of the structs of their messages.

It is written from the server's side, as AsyncAPI has it: what clients say, the server receives.
"""

from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from turnout import __version__
from turnout.announcements.wire import AnnouncementView
from turnout.audience import wire as audience_wire
from turnout.dialects.native.news import SnapshotBody
from turnout.hub import messages as hub_messages
from turnout.hub.dispatch import Ping
from turnout.hub.own import ReadOwn
from turnout.interactions.checkin import wire as checkin_wire
from turnout.interactions.draw import wire as draw_wire
from turnout.interactions.draw.screen_wire import NamesMessage, ReadNamesMessage
from turnout.interactions.survey import answer_wire, tally_wire
from turnout.interactions.survey import wire as survey_wire
from turnout.kernel.connection import AcceptedMessage, RefusedMessage
from turnout.rooms.wire import PublicLiveSession, PublicRoom, PublicStream
from turnout.themes.wire import ThemeView

Struct = type[msgspec.Struct]

TAKEN: dict[Struct, tuple[Struct, ...]] = {
    audience_wire.EnterMessage: (audience_wire.EnteredMessage, audience_wire.WaitingMessage),
    answer_wire.AnswerMessage: (AcceptedMessage,),
    answer_wire.SaveDraftMessage: (AcceptedMessage,),
    checkin_wire.CheckInMessage: (AcceptedMessage,),
    draw_wire.EnterDrawMessage: (AcceptedMessage,),
    draw_wire.FillFormMessage: (AcceptedMessage,),
    ReadOwn: (hub_messages.OwnMessage,),
    audience_wire.WatchMessage: (audience_wire.WatchingMessage,),
    audience_wire.WatchScreenMessage: (audience_wire.WatchingMessage, audience_wire.WaitingMessage),
    ReadNamesMessage: (NamesMessage,),
    checkin_wire.ReadConfirmedMessage: (checkin_wire.ConfirmedMessage,),
    Ping: (hub_messages.PongMessage,),
}
"""Every message a client may say, and what answers it; each may also be refused."""

NEWS: tuple[Struct, ...] = (
    hub_messages.PublicationMessage,
    tally_wire.TallyMessage,
    checkin_wire.CheckInTallyMessage,
    draw_wire.DrawTallyMessage,
    hub_messages.OnlineMessage,
    hub_messages.OwnMessage,
    audience_wire.StartedMessage,
    audience_wire.ThemeMessage,
)
"""What the server says without being asked."""

_OWN = (answer_wire.Own, checkin_wire.OwnCheckIn, draw_wire.OwnDrawView)
_TALLIES = (tally_wire.TallyMessage, checkin_wire.CheckInTallyMessage, draw_wire.DrawTallyMessage)

_RAW: dict[tuple[Struct, str], Struct | tuple[Struct, ...]] = {
    (audience_wire.EnteredMessage, "mine"): _OWN,
    (audience_wire.EnteredMessage, "snapshot"): SnapshotBody,
    (audience_wire.EnteredMessage, "publications"): (hub_messages.PublicationMessage,),
    (audience_wire.EnteredMessage, "tallies"): _TALLIES,
    (audience_wire.WatchingMessage, "snapshot"): SnapshotBody,
    (audience_wire.WatchingMessage, "publications"): (hub_messages.PublicationMessage,),
    (audience_wire.WatchingMessage, "tallies"): _TALLIES,
    (hub_messages.PublicationMessage, "survey"): survey_wire.SurveyView,
    (hub_messages.PublicationMessage, "checkin"): checkin_wire.CheckInView,
    (hub_messages.PublicationMessage, "draw"): draw_wire.DrawView,
    (hub_messages.PublicationMessage, "announcement"): AnnouncementView,
    (hub_messages.PublicationMessage, "live_session"): PublicLiveSession,
    (hub_messages.PublicationMessage, "room"): PublicRoom,
    (hub_messages.PublicationMessage, "stream"): PublicStream,
    (hub_messages.PublicationMessage, "theme"): ThemeView,
    (hub_messages.OwnMessage, "mine"): _OWN,
}
"""What stands in members that are handed on as the bytes they are: such a struct, or a list of such ones."""

_SNAPSHOT_OR_MISSED = {"anyOf": [{"required": ["snapshot"]}, {"required": ["resumed", "publications", "tallies"]}]}
_DESCRIPTION = """What happens in a live session while it happens, for viewers and hosts. docs/socket.md is the whole protocol: how
commands are repeated, how a snapshot and news are put together, when to come back."""
_LINE = (
    "128 random bits or more that the client chooses for each stream: 22 to 64 characters of A-Z a-z 0-9 _ -. Who knows it may speak on it."
)


def asyncapi_document() -> dict[str, Any]:
    """The document as JSON-able values."""
    every: list[Struct] = [answer for possible in TAKEN.values() for answer in possible]
    every += [RefusedMessage, *NEWS]
    sent = list(dict.fromkeys(every))
    messages = {name_of(struct): _message(struct) for struct in [*TAKEN, *sent]}
    messages["end"] = {
        "name": "end",
        "title": "end",
        "summary": _summary(hub_messages.End),
        "payload": _reference(hub_messages.End),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Turnout's socket", "version": __version__, "description": _DESCRIPTION, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/ws",
                "description": "One WebSocket; every message is one JSON object in text.",
                "messages": _named([*TAKEN, *sent]),
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            },
            "events": {
                "address": "/live/{line}",
                "description": "GET: server-sent events, one for each message, and `end` as the last. For networks that block sockets.",
                "parameters": {"line": {"description": _LINE}},
                "messages": {**_named(sent), "end": {"$ref": "#/components/messages/end"}},
                "bindings": {"http": {"bindingVersion": "0.3.0"}},
            },
            "posts": {
                "address": "/live/{line}",
                "description": "POST: one message or an array of them; the reply is 202, the answers come on the stream.",
                "parameters": {"line": {"description": _LINE}},
                "messages": _named(TAKEN),
                "bindings": {"http": {"bindingVersion": "0.3.0"}},
            },
        },
        "operations": {**_operations("socket", "socket"), **_operations("posts", "events"), **_end()},
        "components": {"messages": messages, "schemas": schemas([*TAKEN, *sent, hub_messages.End])},
    }


def name_of(struct: Struct) -> str:
    """A message's `op`; answers and news of one op are one message."""
    tag = struct.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{struct.__name__} is no message: it has no op")
    return tag


def schemas(structs: Iterable[Struct]) -> dict[str, Any]:
    """The JSON schemas of the structs and of all that is in them, by name."""
    inner = [struct for kind in _RAW.values() for struct in (kind if isinstance(kind, tuple) else (kind,))]
    _, found = msgspec.json.schema_components(list(dict.fromkeys([*structs, *inner])), ref_template="#/components/schemas/{name}")
    for (struct, member), kind in _RAW.items():
        properties = found[struct.__name__]["properties"]
        if member not in properties:
            raise KeyError(f"{struct.__name__} has no member {member}")
        properties[member] = {"type": "array", "items": _any_of(kind)} if isinstance(kind, tuple) else _reference(kind)
    for struct in (audience_wire.EnteredMessage, audience_wire.WatchingMessage):
        found[struct.__name__] |= _SNAPSHOT_OR_MISSED
    for schema in found.values():
        if "description" in schema:
            schema["description"] = _plain(schema["description"])
    return found


def raw_members(struct: Struct) -> set[str]:
    """The members of a struct that are handed on as bytes, of which its annotations say nothing."""
    return {name for name, hint in get_type_hints(struct).items() if _has_raw(hint)}


def _has_raw(hint: Any) -> bool:
    return hint is msgspec.Raw or (get_origin(hint) is not None and any(map(_has_raw, get_args(hint))))


def _operations(listens: str, speaks: str) -> dict[str, Any]:
    """What is done on a kind of line. listens: the channel on which clients speak; speaks: the one on which they are answered."""
    found: dict[str, Any] = {}
    for struct, answers in TAKEN.items():
        found[f"{listens}_{name_of(struct)}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{listens}"},
            "summary": _summary(struct),
            "messages": _references(listens, [struct]),
            "reply": {"channel": {"$ref": f"#/channels/{speaks}"}, "messages": _references(speaks, [*answers, RefusedMessage])},
        }
    for struct in NEWS:
        found[f"{speaks}_{name_of(struct)}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{speaks}"},
            "summary": _summary(struct),
            "messages": _references(speaks, [struct]),
        }
    return found


def _end() -> dict[str, Any]:
    channel = {"$ref": "#/channels/events"}
    summary = _summary(hub_messages.End)
    return {
        "events_end": {"action": "send", "channel": channel, "summary": summary, "messages": [{"$ref": "#/channels/events/messages/end"}]}
    }


def _message(struct: Struct) -> dict[str, Any]:
    return {"name": name_of(struct), "title": name_of(struct), "summary": _summary(struct), "payload": _reference(struct)}


def _summary(struct: Struct) -> str:
    return _plain(struct.__doc__ or "")


def _plain(docstring: str) -> str:
    """A docstring as one line, without the word that says where its struct is used."""
    text = " ".join(docstring.removeprefix("socket: ").split())
    return text[:1].upper() + text[1:]


def _any_of(structs: Sequence[Struct]) -> dict[str, Any]:
    references = [_reference(struct) for struct in structs]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _reference(struct: Struct) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _named(structs: Iterable[Struct]) -> dict[str, Any]:
    return {name_of(struct): {"$ref": f"#/components/messages/{name_of(struct)}"} for struct in structs}


def _references(channel: str, structs: Sequence[Struct]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{name_of(struct)}"} for struct in structs]
