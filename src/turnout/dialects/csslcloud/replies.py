"""The replies of CC's query interface, for both ends of the wire (contract 2.2-2.5, 3.2, 3.8, 3.9, 3.13).

Members stand in the order of the vendor's examples. `reason` is there only when the proof failed; that text and key were seen on
the vendor's live service, `error_msg` is the key of its document.
"""

from typing import Literal

import msgspec

from turnout.kernel.clock import CHINA, Instant, to_datetime

Result = Literal["OK", "FAIL"]

UNPUBLISHED = [-1]
"""`correct` while the right options are not published, and where there are none."""


class LiveCount(msgspec.Struct):
    """How many different viewers a live has had; absent on failure, where `data` is {}."""

    livecount: int | msgspec.UnsetType = msgspec.UNSET


class LiveCountReply(msgspec.Struct):
    """Reply of /collect/live/usercount/."""

    result: Result
    data: LiveCount
    error_msg: str
    reason: str | msgspec.UnsetType = msgspec.UNSET


class PublishData(msgspec.Struct):
    """An answer card. style: 0 single choice, 1 multiple. count: number of options. correct: right options from 0, or [-1]."""

    qvote_id: str
    uid: str
    style: int
    count: int
    publish_time: str
    liveid: str
    correct: list[int]


class ReplyData(msgspec.Struct):
    """One student's answer: options from 0, and when, in China time. uid, reply_time: "" where the card was anonymous."""

    uid: str
    choice: list[int]
    reply_time: str


class AnswerCard(msgspec.Struct):
    """An answer card with its answers."""

    publish_data: PublishData
    reply_data: list[ReplyData]


class AnswerCardReply(msgspec.Struct):
    """Reply of /collect/answercard/record. page_size is the number of the page, from 1; page_length the entries per page."""

    result: Result
    data: list[AnswerCard]
    page_size: int
    page_length: int
    page_count: int
    error_msg: str
    reason: str | msgspec.UnsetType = msgspec.UNSET


class VoteReplyData(msgspec.Struct):
    """One vote cast: options from 0. uid, uname: "" where the vote was anonymous."""

    uid: str
    choices: list[int]
    uname: str


class VotePublishData(msgspec.Struct):
    """A vote. style: 0 single choice, 1 multiple. choices: the texts of its options."""

    style: int
    choices: list[str]
    publish_time: str
    roomid: str
    vote_id: str
    title: str
    uid: str
    liveid: str
    uname: str


class Vote(msgspec.Struct):
    """A vote with the votes cast."""

    reply_data: list[VoteReplyData]
    publish_data: VotePublishData


class VoteReply(msgspec.Struct):
    """Reply of /collect/vote/record. page_size is the number of the page, from 1; page_length the entries per page."""

    page_length: int
    page_count: int
    data: list[Vote]
    result: Result
    page_size: int
    error_msg: str
    reason: str | msgspec.UnsetType = msgspec.UNSET


class RollCallEntry(msgspec.Struct):
    """One person in one roll call. roll_call_status: 1 answered, 0 not. confirm_time: when, in China time, "" when not."""

    live_id: str
    roll_call_id: str
    user_id: str
    user_name: str
    roll_call_status: int
    confirm_time: str
    user_role: str = ""


class RollCallPage(msgspec.Struct):
    """A page of roll calls. total: of entries; size: entries per page; current: number of the page, from 1."""

    total: int
    size: int
    current: int
    data: list[RollCallEntry]


class RollCallReply(msgspec.Struct, rename={"error_msg": "errorMsg"}):
    """Reply of /openapi/collect/rollcall/get. error: null on success; data: null on failure."""

    result: Result
    error: str | None
    data: RollCallPage | None
    error_msg: str


class Failure(msgspec.Struct):
    """Reply where no endpoint answers: wrong path, too large a body."""

    result: Result
    data: dict[str, str]
    error_msg: str


def china_time(at: Instant) -> str:
    """yyyy-MM-dd HH:mm:ss in China time, whole seconds, no zone."""
    return to_datetime(at, CHINA).strftime("%Y-%m-%d %H:%M:%S")
