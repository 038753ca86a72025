"""What our own socket tells: snapshots, publications, tallies, made of the domains' views. The hub adds positions and carries bytes."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from turnout.announcements import queries as announcements
from turnout.announcements import wire as announcements_wire
from turnout.announcements.rules import AnnouncementFacts, announcement_of
from turnout.audience import queries as audience
from turnout.interactions.checkin import queries as checkins
from turnout.interactions.checkin import wire as checkin_wire
from turnout.interactions.checkin.rules import CheckInFacts
from turnout.interactions.draw import queries as draws
from turnout.interactions.draw import wire as draw_wire
from turnout.interactions.draw.rules import DrawFacts
from turnout.interactions.survey import queries as surveys
from turnout.interactions.survey import wire as survey_wire
from turnout.interactions.survey.answer_wire import own_views
from turnout.interactions.survey.rules import SettledBy, SurveyFacts
from turnout.interactions.survey.tally_wire import host_tally, public_tally
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms, LiveSessionId, SurveyId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms import wire as rooms_wire
from turnout.rooms.rules import LiveSession, LiveSessionFacts, RoomFacts
from turnout.themes import queries as themes
from turnout.themes import wire as themes_wire
from turnout.themes.rules import Theme

ChannelKind = Literal["session", "host"]

UNTOLD = ("draw.prize_drawn",)
"""Kinds of events with much in them of which the socket tells nothing: their facts need not be read."""

_encode = msgspec.json.Encoder().encode


class TallyNews(msgspec.Struct, frozen=True):
    """A tally that changed, as whole messages for each kind of channel; key: the survey's, check-in's or draw's id."""

    key: int
    version: int
    session: bytes | None
    host: bytes | None


class SnapshotBody(msgspec.Struct, frozen=True):
    """All a listener needs to begin. position: the number of the last event in it."""

    epoch: str
    position: int
    room: rooms_wire.PublicRoom
    stream: rooms_wire.PublicStream | None
    theme: themes_wire.ThemeView
    live_session: rooms_wire.PublicLiveSession
    surveys: list[survey_wire.SurveyView]
    checkins: list[checkin_wire.CheckInView]
    draws: list[draw_wire.DrawView]
    announcements: list[announcements_wire.AnnouncementView]


class News:
    """Reads and encodes for the feed."""

    def __init__(self, ids: IdForms) -> None:
        self._ids = ids

    def snapshot(self, connection: sa.Connection, live_session_id: LiveSessionId, kind: ChannelKind, epoch: str, position: int) -> bytes:
        """The JSON of a live session as viewers or hosts see it; raises NoSuchLiveSession."""
        room, live_session = rooms.find_place(connection, live_session_id)
        hosts = kind == "host"
        view = survey_wire.host_view if hosts else survey_wire.public_view
        checkin_view = checkin_wire.host_view if hosts else checkin_wire.public_view
        draw_view = draw_wire.host_view if hosts else draw_wire.public_view
        announcement_view = announcements_wire.host_view if hosts else announcements_wire.public_view
        return _encode(
            SnapshotBody(
                epoch=epoch,
                position=position,
                room=rooms_wire.public_room(room),
                stream=rooms_wire.public_stream(room),
                theme=themes_wire.theme_view(self._ids, themes.find_theme(connection, room.account_id)),
                live_session=rooms_wire.public_live_session(self._ids, live_session),
                surveys=[view(self._ids, facts) for facts in surveys.list_for_snapshot(connection, live_session_id, drafts=hosts)],
                checkins=[
                    checkin_view(self._ids, facts) for facts in checkins.list_for_snapshot(connection, live_session_id, drafts=hosts)
                ],
                draws=[draw_view(self._ids, facts) for facts in draws.list_for_snapshot(connection, live_session_id, drafts=hosts)],
                announcements=[announcement_view(self._ids, one) for one in announcements.list_for_snapshot(connection, live_session_id)],
            )
        )

    def own(self, connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Sequence[ViewerId]) -> dict[ViewerId, bytes]:
        """The JSON list of what is held of each of these viewers' answers, confirmations and draws, [] where that is nothing; a fixed
        number of statements."""
        held = surveys.list_own(connection, live_session_id, viewer_ids)
        forms = surveys.list_forms(connection, live_session_id, {own.survey_id for each in held.values() for own in each})
        confirmed = checkins.list_own(connection, live_session_id, viewer_ids)
        drawn = draws.list_own(connection, live_session_id, viewer_ids)
        own: dict[ViewerId, bytes] = {}
        for viewer_id in viewer_ids:
            views: list[msgspec.Struct] = [*own_views(self._ids, held.get(viewer_id, ()), forms)]
            views += [checkin_wire.own_checkin(self._ids, one) for one in confirmed.get(viewer_id, ())]
            views += [draw_wire.own_draw(self._ids, one) for one in drawn.get(viewer_id, ())]
            own[viewer_id] = _encode(views)
        return own

    def tallies(
        self, connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int], *, for_hosts: bool
    ) -> Sequence[TallyNews]:
        """The tallies whose version is not the known one. for_hosts: with the counts only hosts see, which cost several times more."""
        changed = [*self._checkin_tallies(connection, live_session_id, known), *self._draw_tallies(connection, live_session_id, known)]
        if not for_hosts:
            heads = surveys.list_changed_heads(connection, live_session_id, known)
            return changed + [self._tally_news(survey_id, version, answered, None) for survey_id, version, answered in heads]
        return changed + [
            self._tally_news(facts.survey_id, facts.version, facts.answered, _encode(host_tally(self._ids, facts)))
            for facts in surveys.list_changed(connection, live_session_id, known)
        ]

    def _checkin_tallies(self, connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]) -> list[TallyNews]:
        found: list[TallyNews] = []
        for checkin_id, show_counts, (version, *counts) in checkins.list_changed(connection, live_session_id, known):
            message = _encode(checkin_wire.tally_message(self._ids, checkin_id, version, *counts))
            found.append(TallyNews(key=checkin_id, version=version, session=message if show_counts else None, host=message))
        return found

    def _draw_tallies(self, connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]) -> list[TallyNews]:
        found: list[TallyNews] = []
        for draw_id, version, entered in draws.list_changed(connection, live_session_id, known):
            message = _encode(draw_wire.tally_message(self._ids, draw_id, version, entered))
            found.append(TallyNews(key=draw_id, version=version, session=message, host=message))
        return found

    def _tally_news(self, survey_id: SurveyId, version: int, answered: int, host: bytes | None) -> TallyNews:
        session = _encode(public_tally(self._ids, survey_id, version, answered))
        return TallyNews(key=survey_id, version=version, session=session, host=host)

    def online(self, connection: sa.Connection, live_session_id: LiveSessionId) -> int:
        """Different viewers who are present."""
        return audience.count_online(connection, live_session_id)

    def count_answers(self, connection: sa.Connection, live_session_id: LiveSessionId) -> int:
        """Submissions to all surveys of a live session."""
        return sum(answered for _, _, answered in surveys.list_changed_heads(connection, live_session_id, {}))

    def publication(self, event: Event) -> dict[str, bytes]:
        """The members of the event's publication on each kind of channel; a kind that is missing does not get the event."""
        match event.kind:
            case "survey.drafted" | "survey.opened" | "survey.closed" | "survey.published" | "survey.settled" | "survey.withdrawn":
                return self._survey_publication(event.kind, _survey_facts.decode(event.facts))
            case "checkin.drafted" | "checkin.opened" | "checkin.closed" | "checkin.withdrawn":
                return self._checkin_publication(_checkin_facts.decode(event.facts))
            case (
                "draw.drafted"
                | "draw.committed"
                | "draw.opened"
                | "draw.counting"
                | "draw.closing"
                | "draw.closed"
                | "draw.drawn"
                | "draw.cancelled"
                | "draw.timed_out"
            ):
                return self._draw_publication(_draw_facts.decode(event.facts))
            case "draw.waiting":
                return {"host": self._draw_publication(_draw_facts.decode(event.facts))["host"]}
            case "announcement.made" | "announcement.withdrawn":
                announcement = announcement_of(_announcement_facts.decode(event.facts))
                return {
                    "session": b'"announcement":' + _encode(announcements_wire.public_view(self._ids, announcement)),
                    "host": b'"announcement":' + _encode(announcements_wire.host_view(self._ids, announcement)),
                }
            case "live_session.ended":
                member = b'"live_session":' + _encode(self._live_session(_live_session_facts.decode(event.facts)))
                return {"session": member, "host": member}
            case "room.changed":
                facts = _room_facts.decode(event.facts)
                stream = b',"stream":' + _encode(rooms_wire.public_stream(facts))
                member = b'"room":' + _encode(rooms_wire.public_room(facts)) + stream
                return {"session": member, "host": member}
            case "theme.changed":
                member = b'"theme":' + _encode(themes_wire.theme_view(self._ids, _theme_facts.decode(event.facts)))
                return {"session": member, "host": member}
            case _:
                return {}

    def _survey_publication(self, kind: str, survey: SurveyFacts) -> dict[str, bytes]:
        if kind == "survey.settled" and survey.settled_by is SettledBy.CLOSE:
            return {}  # the publication of the close has said so
        members = {"host": b'"survey":' + _encode(survey_wire.host_view(self._ids, survey))}
        if survey_wire.was_opened(survey):
            members["session"] = b'"survey":' + _encode(survey_wire.public_view(self._ids, survey))
        return members

    def _checkin_publication(self, checkin: CheckInFacts) -> dict[str, bytes]:
        members = {"host": b'"checkin":' + _encode(checkin_wire.host_view(self._ids, checkin))}
        if checkin.opened_at is not None:
            members["session"] = b'"checkin":' + _encode(checkin_wire.public_view(self._ids, checkin))
        return members

    def _draw_publication(self, draw: DrawFacts) -> dict[str, bytes]:
        members = {"host": b'"draw":' + _encode(draw_wire.host_view(self._ids, draw))}
        if draw_wire.is_public(draw):
            members["session"] = b'"draw":' + _encode(draw_wire.public_view(self._ids, draw))
        return members

    def _live_session(self, facts: LiveSessionFacts) -> rooms_wire.PublicLiveSession:
        return rooms_wire.public_live_session(
            self._ids,
            LiveSession(
                id=facts.live_session_id,
                room_id=facts.room_id,
                account_id=facts.account_id,
                host_id=facts.host_id,
                host_name=facts.host_name,
                title=facts.title,
                state=facts.state,
                started_at=facts.started_at,
                ended_at=facts.ended_at,
            ),
        )


_announcement_facts = msgspec.json.Decoder(AnnouncementFacts)
_checkin_facts = msgspec.json.Decoder(CheckInFacts)
_draw_facts = msgspec.json.Decoder(DrawFacts)
_survey_facts = msgspec.json.Decoder(SurveyFacts)
_room_facts = msgspec.json.Decoder(RoomFacts)
_theme_facts = msgspec.json.Decoder(Theme)
_live_session_facts = msgspec.json.Decoder(LiveSessionFacts)
