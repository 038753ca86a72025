"""The receiving end: verify and decode a native callback in one call. Needs nothing of the server but this package's structs, and the
package cryptography where messages are signed by ed25519.

    from turnout.client import receive_native

    message = receive_native(headers, body, "whsec_…")
    match message.data:
        case NativeSurveyData(survey=survey) if message.kind == "survey.closed": …

Answer with any 2xx within the endpoint's timeout (20 s unless it says otherwise). A message may come twice: `message.id` is its key. What a
newer server adds to a message is passed over; a kind this version does not know comes with a dict as its `data`, so acknowledge what you do
not need.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from turnout.dialects.native.replies import Announcement, CheckIn, Draw, Host, LiveSession, Prize, Survey
from turnout.dialects.native.signing import TOLERANCE_S, verify
from turnout.kernel.errors import InvalidInput


class Unreadable(InvalidInput):
    """This is no native callback."""

    code = "unreadable_callback"


class LiveSessionData(msgspec.Struct, frozen=True):
    """Of live_session.started and live_session.ended."""

    live_session: LiveSession


class SurveyData(msgspec.Struct, frozen=True):
    """Of survey.opened, closed, published, settled and withdrawn: the survey as its host sees it at that moment. room: rm_…; live_session:
    ls_…; host: who made it."""

    room: str
    live_session: str
    host: Host
    survey: Survey


class CheckInData(msgspec.Struct, frozen=True):
    """Of checkin.opened, closed and withdrawn: the check-in as its host sees it at that moment. room: rm_…; live_session: ls_…; host: who
    made it."""

    room: str
    live_session: str
    host: Host
    checkin: CheckIn


class DrawData(msgspec.Struct, frozen=True):
    """Of draw.committed, opened, closed, drawn, cancelled and timed_out: the draw as its host sees it at that moment. room: rm_…;
    live_session: ls_…; host: who made it."""

    room: str
    live_session: str
    host: Host
    draw: Draw


class PrizeWinner(msgspec.Struct, frozen=True):
    """A winner, as known when it was drawn. viewer: vw_…, None for who is on the list and has never come. code: in the proof. external_id:
    from the customer's own login, None for a nickname. The rest is "" where not known."""

    viewer: str | None
    code: str
    external_id: str | None
    name: str
    preferred: bool
    address: str
    terminal: str
    extra: str
    phone: str


class PrizeDrawnData(msgspec.Struct, frozen=True):
    """Of draw.prize_drawn: one page of the winners of one prize, in the order of drawing. page: from 0, of pages."""

    room: str
    live_session: str
    host: Host
    draw: Draw
    prize: Prize
    page: int
    pages: int
    winners: list[PrizeWinner]


class RemovedViewer(msgspec.Struct, frozen=True):
    """A viewer, vw_…, by name. external_id: from the customer's own login, None for a nickname."""

    id: str
    name: str
    external_id: str | None = None


class AnnouncementData(msgspec.Struct, frozen=True):
    """Of announcement.made and withdrawn. live_session: ls_…; host: who made it, not who withdrew it."""

    room: str
    live_session: str
    host: Host
    announcement: Announcement


class ViewerData(msgspec.Struct, frozen=True):
    """Of viewer.kicked, blocked and unblocked. live_session: ls_…, None when none was running; host: who did it."""

    room: str
    live_session: str | None
    host: Host
    viewer: RemovedViewer


class NamedEndpoint(msgspec.Struct, frozen=True):
    """A callback endpoint, ep_…, by name. host: where it leads, None for a feed."""

    id: str
    name: str
    dialect: str
    host: str | None = None


class EndpointData(msgspec.Struct, frozen=True):
    """Of callback_endpoint.tested and callback_endpoint.disabled. because: why it was disabled, in words. failing_since: RFC 3339."""

    endpoint: NamedEndpoint
    because: str = ""
    failing_since: str | None = None
    last_explanation: str = ""


Content = (
    LiveSessionData | SurveyData | CheckInData | DrawData | PrizeDrawnData | AnnouncementData | ViewerData | EndpointData | dict[str, Any]
)
"""The `data` of a message; a dict for a kind this version does not know."""


class Message(msgspec.Struct, frozen=True):
    """One callback. id: dl_…, the same however often it comes. kind: `survey.closed`. at: when it happened, RFC 3339 in UTC."""

    id: str
    kind: str
    at: str
    data: Content


class _Body(msgspec.Struct):
    type: str
    timestamp: str
    data: msgspec.Raw


_bodies = msgspec.json.Decoder(_Body)
_anything = msgspec.json.Decoder(dict[str, Any])
_contents: dict[str, msgspec.json.Decoder[Any]] = {  # by family, or by kind where one is unlike its family
    "live_session": msgspec.json.Decoder(LiveSessionData),
    "survey": msgspec.json.Decoder(SurveyData),
    "checkin": msgspec.json.Decoder(CheckInData),
    "draw": msgspec.json.Decoder(DrawData),
    "draw.prize_drawn": msgspec.json.Decoder(PrizeDrawnData),
    "announcement": msgspec.json.Decoder(AnnouncementData),
    "viewer": msgspec.json.Decoder(ViewerData),
    "callback_endpoint": msgspec.json.Decoder(EndpointData),
}
_KINDS = {
    "live_session": ("started", "ended"),
    "survey": ("opened", "closed", "published", "settled", "withdrawn"),
    "checkin": ("opened", "closed", "withdrawn"),
    "draw": ("committed", "opened", "closed", "drawn", "prize_drawn", "cancelled", "timed_out"),
    "announcement": ("made", "withdrawn"),
    "viewer": ("kicked", "blocked", "unblocked"),
    "callback_endpoint": ("tested", "disabled"),
}


def receive(
    headers: Mapping[str, str], body: bytes, secrets: str | Sequence[str], *, now_s: float | None = None, tolerance_s: float = TOLERANCE_S
) -> Message:
    """The message in a callback's raw body, its signature verified.

    secrets: the endpoint's `whsec_…`, or the `whpk_…` of its private key; several while it changes. now_s: the receiver's Unix time, the
    machine's when absent. tolerance_s: how far the attempt's timestamp may be from it. Raises signing.WrongSignature, Unreadable,
    InvalidInput for a secret that is none, and ed25519.Unavailable.
    """
    keys = [secrets] if isinstance(secrets, str) else secrets
    message_id = verify(keys, headers, body, time.time() if now_s is None else now_s, tolerance_s)
    return decode(body, message_id)


def decode(body: bytes | Mapping[str, Any], message_id: str = "") -> Message:
    """The message in a body, unverified: for what was read from a feed, where it is an object already. message_id: the feed's. Raises
    Unreadable."""
    try:
        found = _bodies.decode(body if isinstance(body, bytes) else msgspec.json.encode(body))
        family, _, what = found.type.partition(".")
        decoder = _contents.get(found.type, _contents[family]) if what in _KINDS.get(family, ()) else _anything
        return Message(message_id, found.type, found.timestamp, decoder.decode(found.data))
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from None
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None
