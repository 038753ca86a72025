"""What each call of CC's query interface reads and answers, once the caller is known (contract 3.2, 3.8, 3.9, 3.13). Runs on database
threads."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

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
    Vote,
    VotePublishData,
    VoteReply,
    VoteReplyData,
    china_time,
)
from turnout.dialects.csslcloud.roll_calls import read_roll_calls, refuse_roll_calls
from turnout.dialects.csslcloud.scope import DEFAULT_PAGE, MAX_DIGITS, Endpoint, Scope, read_number
from turnout.interactions.survey.queries import QuestionRecord, list_records
from turnout.interactions.survey.question_rules import CHOICE_TYPES
from turnout.interactions.survey.rules import SurveyKind, TooManyAnswers, options_of
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import IdForms, Kind, ViewerId

DEFAULT_PAGE_LENGTH = 20


def read_live_count(scope: Scope) -> LiveCountReply:
    """/collect/live/usercount/: different viewers over the whole live."""
    live_session = scope.live_session()
    return LiveCountReply("OK", LiveCount(count_viewers(scope.connection, live_session.id)), "")


def refuse_live_count(refused: Refused, values: Mapping[str, str]) -> LiveCountReply:
    """The failure of /collect/live/usercount/."""
    return LiveCountReply("FAIL", LiveCount(), refused.text, _reason(refused))


def read_answer_cards(scope: Scope) -> AnswerCardReply:
    """/collect/answercard/record: the cards of a room, or of one live in it, newest first."""
    page = _read_page(scope, SurveyKind.ANSWER_CARD)
    return AnswerCardReply("OK", [_card(scope.ids, record) for record in page.records], page.number, page.length, page.count, "")


def refuse_answer_cards(refused: Refused, values: Mapping[str, str]) -> AnswerCardReply:
    """The failure of /collect/answercard/record, with the page as it was asked for."""
    number, length = _asked_page(values)
    return AnswerCardReply("FAIL", [], number, length, 0, refused.text, _reason(refused))


def read_votes(scope: Scope) -> VoteReply:
    """/collect/vote/record: the votes of a room, or of one live in it, newest first. CC's votes have one question, so one of several is an
    entry for each question that has options; ratings have none and are left out."""
    page = _read_page(scope, SurveyKind.VOTE)
    return VoteReply(page.length, page.count, [_vote(scope.ids, record) for record in page.records], "OK", page.number, "")


def refuse_votes(refused: Refused, values: Mapping[str, str]) -> VoteReply:
    """The failure of /collect/vote/record, with the page as it was asked for."""
    number, length = _asked_page(values)
    return VoteReply(length, 0, [], "FAIL", number, refused.text, _reason(refused))


ENDPOINTS: Mapping[str, Endpoint] = {
    "/collect/live/usercount": Endpoint(("userid", "liveid"), read_live_count, refuse_live_count),
    "/collect/vote/record": Endpoint(("userid", "roomid"), read_votes, refuse_votes),
    "/collect/answercard/record": Endpoint(("userid", "roomid"), read_answer_cards, refuse_answer_cards),
    "/openapi/collect/rollcall/get": Endpoint(("account_id", "live_id"), read_roll_calls, refuse_roll_calls),
}
"""By path without a trailing slash."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it is answered. count: of pages."""

    number: int
    length: int
    count: int
    records: list[QuestionRecord]


def _read_page(scope: Scope, kind: SurveyKind) -> _Page:
    """The page asked for of a room's surveys of this kind, by question; raises Refused."""
    number = read_number(scope.values, "page_size", DEFAULT_PAGE)
    length = min(read_number(scope.values, "page_length", DEFAULT_PAGE_LENGTH), limits.MAX_PAGE_LENGTH)
    room = scope.room()
    live_session_id = None
    if scope.values.get("liveid"):
        live_session = scope.live_session()
        if live_session.room_id != room.id:
            raise Refused("liveid not found")
        live_session_id = live_session.id
    try:
        total, records = list_records(
            scope.connection, scope.account_id, room.id, live_session_id, kind, CHOICE_TYPES, (number - 1) * length, length
        )
    except TooManyAnswers:
        raise Refused("page_length is too large") from None
    return _Page(number, length, -(-total // length), records)


def _asked_page(values: Mapping[str, str]) -> tuple[int, int]:
    """Number and length of the page as they were asked for."""
    return _echo(values.get("page_size", ""), DEFAULT_PAGE), _echo(values.get("page_length", ""), DEFAULT_PAGE_LENGTH)


def _card(ids: IdForms, record: QuestionRecord) -> AnswerCard:
    facts = record.survey.facts
    question = facts.questions[record.place]
    return AnswerCard(
        PublishData(
            qvote_id=ids.hex32(Kind.SURVEY, facts.survey_id),
            uid=ids.hex32(Kind.HOST, facts.host_id),
            style=int(question.multiple),
            count=len(question.options),
            publish_time=china_time(facts.opened_at),
            liveid=ids.hex16(Kind.LIVE_SESSION, facts.live_session_id),
            correct=(question.right_options if facts.published else None) or UNPUBLISHED,
        ),
        [
            ReplyData(uid=_viewer(ids, given.viewer_id), choice=options_of(mask), reply_time=_time(given.answered_at))
            for given in record.survey.submissions
            if isinstance(mask := given.values[record.place], int)
        ],
    )


def _vote(ids: IdForms, record: QuestionRecord) -> Vote:
    facts = record.survey.facts
    question = facts.questions[record.place]
    alone = len(facts.questions) == 1
    return Vote(
        [
            VoteReplyData(uid=_viewer(ids, given.viewer_id), choices=options_of(mask), uname=given.viewer_name)
            for given in record.survey.submissions
            if isinstance(mask := given.values[record.place], int)
        ],
        VotePublishData(
            style=int(question.multiple),
            choices=question.options,
            publish_time=china_time(facts.opened_at),
            roomid=ids.hex32(Kind.ROOM, facts.room_id).upper(),
            vote_id=ids.hex32(Kind.SURVEY, facts.survey_id) if alone else ids.hex32(Kind.QUESTION, question.question_id),
            title=question.title or facts.title,
            uid=ids.hex32(Kind.HOST, facts.host_id),
            liveid=ids.hex16(Kind.LIVE_SESSION, facts.live_session_id),
            uname=facts.host_name,
        ),
    )


def _viewer(ids: IdForms, viewer_id: ViewerId | None) -> str:
    """Who answered; "" for a ballot, of which nobody knows."""
    return "" if viewer_id is None else ids.hex32(Kind.VIEWER, viewer_id)


def _time(answered_at: Instant | None) -> str:
    """When it was answered; "" for a ballot, of which nobody knows."""
    return "" if answered_at is None else china_time(answered_at)


def _reason(refused: Refused) -> str | msgspec.UnsetType:
    return refused.text if refused.proof else msgspec.UNSET


def _echo(text: str, default: int) -> int:
    """A number as it was asked for, whatever its worth; the default when it is no number."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else default
