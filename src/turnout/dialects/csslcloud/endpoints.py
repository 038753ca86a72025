"""What each call of CC's query interface reads and answers, once the caller is known (contract 3.2, 3.9). Runs on database threads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from turnout.audience.queries import count_viewers
from turnout.dialects.csslcloud.parameters import Refused
from turnout.dialects.csslcloud.replies import (
    UNPUBLISHED,
    AnswerCard,
    AnswerCardReply,
    LiveCount,
    LiveCountReply,
    PublishData,
    ReplyData,
    china_time,
)
from turnout.interactions.survey.queries import AnswerCardRecord, list_answer_cards
from turnout.interactions.survey.rules import TooManyAnswers
from turnout.kernel import limits
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, IdForms, Kind, LiveSessionId, RoomId
from turnout.rooms.queries import access_live_session, access_room
from turnout.rooms.rules import LiveSession, Room

DEFAULT_PAGE = 1
DEFAULT_PAGE_LENGTH = 20
_MAX_DIGITS = 9  # keeps every number within the 32 bits of a typed client


@dataclass(frozen=True, slots=True)
class Scope:
    """What a proven request may read, and what it asked for."""

    connection: sa.Connection
    ids: IdForms
    account_id: AccountId
    values: Mapping[str, str]

    def room(self) -> Room:
        """The account's room `roomid`; raises Refused."""
        try:
            room_id = RoomId(self.ids.parse_hex32(Kind.ROOM, self.values["roomid"]))
            return access_room(self.connection, self.account_id, room_id)
        except NotFound:
            raise Refused("roomid not found") from None

    def live_session(self) -> LiveSession:
        """The account's live session `liveid`; raises Refused."""
        try:
            live_session_id = LiveSessionId(self.ids.parse_hex16(Kind.LIVE_SESSION, self.values["liveid"]))
            return access_live_session(self.connection, self.account_id, live_session_id)
        except NotFound:
            raise Refused("liveid not found") from None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. required: parameters that must be there and not be empty. read: the reply, or raises Refused. refuse: the reply of a
    failure, with the keys of a success, from its reason and the parameters as far as they could be read."""

    required: tuple[str, ...]
    read: Callable[[Scope], msgspec.Struct]
    refuse: Callable[[Refused, Mapping[str, str]], msgspec.Struct]


def read_live_count(scope: Scope) -> LiveCountReply:
    """/collect/live/usercount/: different viewers over the whole live."""
    live_session = scope.live_session()
    return LiveCountReply("OK", LiveCount(count_viewers(scope.connection, live_session.id)), "")


def refuse_live_count(refused: Refused, values: Mapping[str, str]) -> LiveCountReply:
    """The failure of /collect/live/usercount/."""
    return LiveCountReply("FAIL", LiveCount(), refused.text, _reason(refused))


def read_answer_cards(scope: Scope) -> AnswerCardReply:
    """/collect/answercard/record: the cards of a room, or of one live in it, newest first."""
    page = _number(scope.values, "page_size", DEFAULT_PAGE)
    length = min(_number(scope.values, "page_length", DEFAULT_PAGE_LENGTH), limits.MAX_PAGE_LENGTH)
    room = scope.room()
    live_session_id = None
    if scope.values.get("liveid"):
        live_session = scope.live_session()
        if live_session.room_id != room.id:
            raise Refused("liveid not found")
        live_session_id = live_session.id
    try:
        total, cards = list_answer_cards(scope.connection, scope.account_id, room.id, live_session_id, (page - 1) * length, length)
    except TooManyAnswers:
        raise Refused("page_length is too large") from None
    return AnswerCardReply("OK", [_card(scope.ids, card) for card in cards], page, length, -(-total // length), "")


def refuse_answer_cards(refused: Refused, values: Mapping[str, str]) -> AnswerCardReply:
    """The failure of /collect/answercard/record, with the page as it was asked for."""
    page = _echo(values.get("page_size", ""), DEFAULT_PAGE)
    length = _echo(values.get("page_length", ""), DEFAULT_PAGE_LENGTH)
    return AnswerCardReply("FAIL", [], page, length, 0, refused.text, _reason(refused))


ENDPOINTS: Mapping[str, Endpoint] = {
    "/collect/live/usercount": Endpoint(("userid", "liveid"), read_live_count, refuse_live_count),
    "/collect/answercard/record": Endpoint(("userid", "roomid"), read_answer_cards, refuse_answer_cards),
}
"""By path without a trailing slash."""


def _card(ids: IdForms, card: AnswerCardRecord) -> AnswerCard:
    return AnswerCard(
        PublishData(
            qvote_id=ids.hex32(Kind.SURVEY, card.survey_id),
            uid=ids.hex32(Kind.HOST, card.host_id),
            style=int(card.multiple),
            count=card.option_count,
            publish_time=china_time(card.opened_at),
            liveid=ids.hex16(Kind.LIVE_SESSION, card.live_session_id),
            correct=card.right_options or UNPUBLISHED,
        ),
        [
            ReplyData(uid=ids.hex32(Kind.VIEWER, viewer_id), choice=choices, reply_time=china_time(answered_at))
            for viewer_id, choices, answered_at in card.answers
        ],
    )


def _reason(refused: Refused) -> str | msgspec.UnsetType:
    return refused.text if refused.proof else msgspec.UNSET


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    """A number from 1; absent or empty is the default. Raises Refused."""
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) >= 1):
        raise Refused(f"{name} is invalid")
    return int(text)


def _echo(text: str, default: int) -> int:
    """A number as it was asked for, whatever its worth; the default when it is no number."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS else default
