"""What our own API says about feeds: what is read instead of being sent. Times are RFC 3339 in UTC."""

from collections.abc import Sequence
from typing import Any

import msgspec

from turnout.callbacks.delivery_rules import FeedMessage, FeedPosition
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind


class FeedMessageView(msgspec.Struct, frozen=True):
    """What a call would have posted. id: of the delivery, the same however often it is read. number: 1, 2, 3 … without gaps. kind, at: of
    the event."""

    id: str
    number: int
    kind: str
    at: str
    body: Any


class FeedReply(msgspec.Struct, frozen=True):
    """Messages in the order of their numbers. next: what to send as `after` for those that follow. last: the newest number there is."""

    messages: list[FeedMessageView]
    next: int
    last: int


class AcknowledgeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """endpoint: ep_…. through: the number of a message; it and all before it have been taken in."""

    endpoint: str
    through: int


class FeedPositionReply(msgspec.Struct, frozen=True):
    """How far the feed's receiver has got. last: the newest number there is."""

    acknowledged: int
    last: int


def feed_reply(ids: IdForms, found: Sequence[FeedMessage], after: int, position: FeedPosition) -> FeedReply:
    """A page of a feed that was asked for after this number."""
    messages = [_view(ids, message) for message in found]
    return FeedReply(messages, messages[-1].number if messages else after, position.last)


def position_reply(position: FeedPosition) -> FeedPositionReply:
    """How far a feed's receiver has got."""
    return FeedPositionReply(position.acknowledged, position.last)


def _view(ids: IdForms, message: FeedMessage) -> FeedMessageView:
    body = msgspec.json.decode(message.body)
    return FeedMessageView(ids.text(Kind.DELIVERY, message.delivery_id), message.number, message.kind, rfc3339(message.at), body)
