"""Client of CC's query interface, standing on the standard library and msgspec alone: signs, asks, and hands back typed replies."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec

from turnout.dialects.csslcloud.proof import sign
from turnout.dialects.csslcloud.replies import AnswerCardReply, LiveCountReply, RollCallPage, RollCallReply, VoteReply
from turnout.kernel.struct_types import know_struct_types

_Reply = TypeVar("_Reply", LiveCountReply, AnswerCardReply, VoteReply, RollCallReply)


class CsslcloudRefused(Exception):
    """The server answered FAIL; the text is its error_msg."""


class CsslcloudClient:
    """Asks as one account. Blocking, and safe to use from several threads.

    base_url: scheme and host of the server, https://… or http://…; userid, api_key: the account's CC id and key; timeout_s: seconds
    without a byte before a call fails; now: Unix seconds. Besides CsslcloudRefused a call raises URLError and msgspec.DecodeError.
    """

    def __init__(self, base_url: str, userid: str, api_key: str, *, timeout_s: float = 10.0, now: Callable[[], float] = time.time) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url starts with http:// or https://")
        know_struct_types()  # a program may have a client in each of its threads
        self._base_url = base_url.rstrip("/")
        self._userid = userid
        self._key = api_key.encode()
        self._timeout_s = timeout_s
        self._now = now

    def signed(self, parameters: Mapping[str, str | int], account: str = "userid") -> dict[str, str]:
        """The parameters with the account's id, `time` and `hash`, ready to be sent in any form. account: what the call names the account's
        id: roll calls `account_id`."""
        values = {account: self._userid, **{name: str(value) for name, value in parameters.items()}}
        at = str(int(self._now()))
        ordered = {name: values[name] for name in sorted(values)}
        return {**ordered, "time": at, "hash": sign(values, at, self._key)}

    def count_viewers(self, liveid: str) -> int:
        """How many different viewers a live has had."""
        reply = self._get("/collect/live/usercount/", {"liveid": liveid}, LiveCountReply)
        if reply.data.livecount is msgspec.UNSET:
            raise msgspec.ValidationError("the reply is OK and has no livecount")
        return reply.data.livecount

    def list_answer_cards(self, roomid: str, liveid: str | None = None, *, page: int = 1, page_length: int = 20) -> AnswerCardReply:
        """One page of a room's answer cards, newest first; page counts from 1."""
        return self._get("/collect/answercard/record", _page_of(roomid, liveid, page, page_length), AnswerCardReply)

    def list_votes(self, roomid: str, liveid: str | None = None, *, page: int = 1, page_length: int = 20) -> VoteReply:
        """One page of a room's votes, newest first; page counts from 1."""
        return self._get("/collect/vote/record", _page_of(roomid, liveid, page, page_length), VoteReply)

    def list_roll_calls(self, live_id: str, *, page_index: int = 1, page_num: int = 50) -> RollCallPage:
        """One page of who was expected or has answered in the roll calls of a live; page_index counts from 1, page_num is at most 500."""
        asked: dict[str, str | int] = {"live_id": live_id, "page_index": page_index, "page_num": page_num}
        reply = self._get("/openapi/collect/rollcall/get", asked, RollCallReply, "account_id")
        if reply.data is None:
            raise msgspec.ValidationError("the reply is OK and has no data")
        return reply.data

    def _get(self, path: str, parameters: Mapping[str, str | int], reply_type: type[_Reply], account: str = "userid") -> _Reply:
        request = Request(f"{self._base_url}{path}?{urlencode(self.signed(parameters, account))}")  # noqa: S310 - the scheme is checked
        try:
            with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310 - the scheme is checked
                body = response.read()
        except HTTPError as error:
            with error:
                body = error.read()
        reply = msgspec.json.decode(body, type=reply_type)
        if reply.result != "OK":
            raise CsslcloudRefused(reply.error_msg)
        return reply


def _page_of(roomid: str, liveid: str | None, page: int, page_length: int) -> dict[str, str | int]:
    parameters: dict[str, str | int] = {"roomid": roomid, "page_size": page, "page_length": page_length}
    return parameters if liveid is None else {**parameters, "liveid": liveid}
