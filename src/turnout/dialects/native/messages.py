"""What native callbacks say of an event: `data`, made of its frozen facts in the forms our own API has for them.

How a receiver reads the same is receiver.py.
"""

import re
from urllib.parse import urlsplit

import msgspec

from turnout.announcements.rules import AnnouncementFacts, announcement_of
from turnout.announcements.wire import AnnouncementView
from turnout.announcements.wire import host_view as announcement_view
from turnout.audience.rules import ViewerFacts
from turnout.dialects.contract import EndpointFacts
from turnout.interactions.checkin.rules import CheckInFacts
from turnout.interactions.checkin.wire import CheckInView
from turnout.interactions.checkin.wire import host_view as checkin_view
from turnout.interactions.draw.rules import DrawFacts, PrizeDrawnFacts
from turnout.interactions.draw.wire import DrawView, PrizeView, host_prize_view
from turnout.interactions.draw.wire import host_view as draw_view
from turnout.interactions.survey.rules import SurveyFacts
from turnout.interactions.survey.wire import SurveyView, host_view
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import HostId, IdForms, Kind
from turnout.rooms.rules import LiveSession, LiveSessionFacts
from turnout.rooms.wire import HostView, LiveSessionView, live_session_view


class LiveSessionData(msgspec.Struct, frozen=True):
    """A live session as `GET /api/v1/live-sessions/{live_session}` shows it."""

    live_session: LiveSessionView


class SurveyData(msgspec.Struct, frozen=True):
    """A survey as its host sees it at the moment of the event, with right answers and counts. room: rm_…; live_session: ls_…; host: who
    made it. survey.opened_at is null for a draft that was withdrawn."""

    room: str
    live_session: str
    host: HostView
    survey: SurveyView


class CheckInData(msgspec.Struct, frozen=True):
    """A check-in as its host sees it at the moment of the event, with its counts. room: rm_…; live_session: ls_…; host: who made it.
    checkin.opened_at is null for a draft that was withdrawn."""

    room: str
    live_session: str
    host: HostView
    checkin: CheckInView


class DrawData(msgspec.Struct, frozen=True):
    """A draw as its host sees it at the moment of the event. room: rm_…; live_session: ls_…; host: who made it. draw.committed_at is null
    for a draft that was cancelled."""

    room: str
    live_session: str
    host: HostView
    draw: DrawView


class PrizeWinner(msgspec.Struct, frozen=True):
    """A winner, as known when it was drawn. viewer: vw_…, null for who is on the list and has never come. code: in the proof. external_id:
    from the customer's own login, null for a nickname. address, terminal: of the visit; extra, phone: from the pass; "" where not known."""

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
    """One page of the winners of one prize: at most 2,000, in the order of drawing. page: from 0; pages: how many there are, 1 also where
    nobody won."""

    room: str
    live_session: str
    host: HostView
    draw: DrawView
    prize: PrizeView
    page: int
    pages: int
    winners: list[PrizeWinner]


class AnnouncementData(msgspec.Struct, frozen=True):
    """An announcement as its host sees it. room: rm_…; live_session: ls_…; host: who made it, not who withdrew it."""

    room: str
    live_session: str
    host: HostView
    announcement: AnnouncementView


class RemovedViewer(msgspec.Struct, frozen=True):
    """A viewer, vw_…, by name. external_id: from the customer's own login, null for a nickname."""

    id: str
    name: str
    external_id: str | None


class ViewerData(msgspec.Struct, frozen=True):
    """A viewer who was kicked, blocked or unblocked. room: rm_…; live_session: the one that was running, ls_…, null when none was; host:
    who did it."""

    room: str
    live_session: str | None
    host: HostView
    viewer: RemovedViewer


class NamedEndpoint(msgspec.Struct, frozen=True):
    """A callback endpoint, ep_…, by name. host: where it leads, without path and query, which may hold secrets; null for a feed."""

    id: str
    name: str
    dialect: str
    host: str | None


class EndpointData(msgspec.Struct, frozen=True):
    """A callback endpoint. because: why it was disabled, in words, "" for a test; failing_since: of its failures in a row, null where there
    are none; last_explanation: what came of its last attempt, "" where there was none."""

    endpoint: NamedEndpoint
    because: str
    failing_since: str | None
    last_explanation: str


_ADDRESS = re.compile(r"(?<!\S)(https?://[^\s/?#]*)?[/?#]\S*")
"""An address, or the end of one: a redirect's target may hold the secrets of the address that was called."""

_live_session_facts = msgspec.json.Decoder(LiveSessionFacts)
_survey_facts = msgspec.json.Decoder(SurveyFacts)
_checkin_facts = msgspec.json.Decoder(CheckInFacts)
_draw_facts = msgspec.json.Decoder(DrawFacts)
_prize_drawn_facts = msgspec.json.Decoder(PrizeDrawnFacts)
_announcement_facts = msgspec.json.Decoder(AnnouncementFacts)
_viewer_facts = msgspec.json.Decoder(ViewerFacts)
_endpoint_facts = msgspec.json.Decoder(EndpointFacts)


def live_session_data(ids: IdForms, frozen: bytes) -> LiveSessionData:
    """Of the JSON of LiveSessionFacts."""
    facts = _live_session_facts.decode(frozen)
    live_session = LiveSession(
        id=facts.live_session_id,
        room_id=facts.room_id,
        account_id=facts.account_id,
        host_id=facts.host_id,
        host_name=facts.host_name,
        title=facts.title,
        state=facts.state,
        started_at=facts.started_at,
        ended_at=facts.ended_at,
    )
    return LiveSessionData(live_session_view(ids, live_session))


def survey_data(ids: IdForms, frozen: bytes) -> SurveyData:
    """Of the JSON of SurveyFacts."""
    facts = _survey_facts.decode(frozen)
    return SurveyData(
        room=ids.text(Kind.ROOM, facts.room_id),
        live_session=ids.text(Kind.LIVE_SESSION, facts.live_session_id),
        host=_host(ids, facts.host_id, facts.host_name),
        survey=host_view(ids, facts),
    )


def checkin_data(ids: IdForms, frozen: bytes) -> CheckInData:
    """Of the JSON of CheckInFacts."""
    facts = _checkin_facts.decode(frozen)
    return CheckInData(
        room=ids.text(Kind.ROOM, facts.room_id),
        live_session=ids.text(Kind.LIVE_SESSION, facts.live_session_id),
        host=_host(ids, facts.host_id, facts.host_name),
        checkin=checkin_view(ids, facts),
    )


def draw_data(ids: IdForms, frozen: bytes) -> DrawData:
    """Of the JSON of DrawFacts."""
    facts = _draw_facts.decode(frozen)
    return DrawData(
        room=ids.text(Kind.ROOM, facts.room_id),
        live_session=ids.text(Kind.LIVE_SESSION, facts.live_session_id),
        host=_host(ids, facts.host_id, facts.host_name),
        draw=draw_view(ids, facts),
    )


def prize_drawn_data(ids: IdForms, frozen: bytes) -> PrizeDrawnData:
    """Of the JSON of PrizeDrawnFacts."""
    facts = _prize_drawn_facts.decode(frozen)
    draw = facts.draw
    return PrizeDrawnData(
        room=ids.text(Kind.ROOM, draw.room_id),
        live_session=ids.text(Kind.LIVE_SESSION, draw.live_session_id),
        host=_host(ids, draw.host_id, draw.host_name),
        draw=draw_view(ids, draw),
        prize=host_prize_view(ids, draw.prizes[facts.prize]),
        page=facts.page,
        pages=facts.pages,
        winners=[
            PrizeWinner(
                viewer=None if winner.viewer_id is None else ids.passing_text(Kind.VIEWER, winner.viewer_id),
                code=winner.code,
                external_id=winner.external_id,
                name=winner.name,
                preferred=winner.preferred,
                address=winner.address,
                terminal=winner.terminal,
                extra=winner.extra,
                phone=winner.phone,
            )
            for winner in facts.winners
        ],
    )


def announcement_data(ids: IdForms, frozen: bytes) -> AnnouncementData:
    """Of the JSON of AnnouncementFacts."""
    facts = _announcement_facts.decode(frozen)
    return AnnouncementData(
        room=ids.text(Kind.ROOM, facts.room_id),
        live_session=ids.text(Kind.LIVE_SESSION, facts.live_session_id),
        host=_host(ids, facts.host_id, facts.host_name),
        announcement=announcement_view(ids, announcement_of(facts)),
    )


def viewer_data(ids: IdForms, frozen: bytes) -> ViewerData:
    """Of the JSON of ViewerFacts."""
    facts = _viewer_facts.decode(frozen)
    return ViewerData(
        room=ids.text(Kind.ROOM, facts.room_id),
        live_session=None if facts.live_session_id is None else ids.text(Kind.LIVE_SESSION, facts.live_session_id),
        host=_host(ids, facts.host_id, facts.host_name),
        viewer=RemovedViewer(ids.text(Kind.VIEWER, facts.viewer_id), facts.name, facts.external_id),
    )


def endpoint_data(ids: IdForms, frozen: bytes) -> EndpointData:
    """Of the JSON of EndpointFacts."""
    facts = _endpoint_facts.decode(frozen)
    return EndpointData(
        endpoint=NamedEndpoint(
            id=ids.text(Kind.ENDPOINT, facts.endpoint_id),
            name=facts.name,
            dialect=facts.dialect,
            host=urlsplit(facts.url).hostname,
        ),
        because=facts.because,
        failing_since=None if facts.failing_since is None else rfc3339(facts.failing_since),
        last_explanation=_ADDRESS.sub(r"\1…", facts.last_explanation),
    )


def _host(ids: IdForms, host_id: HostId, name: str) -> HostView:
    return HostView(id=ids.text(Kind.HOST, host_id), name=name)
