"""Our draws as Volcengine's real-time lottery callbacks (contracts/volcengine.md).

A `draw.prize_drawn` is one callback: a prize, and at most 2,000 of its winners. All of one draw share an ordering key, so its prizes come
in the order in which they are listed and the pages of each in the order of drawing; draws are independent. The message is made of the
event's frozen facts, its RequestUuid too; Timestamp and Sign are filled in when it is sent for the first time, and anew after somebody has
redelivered it.
"""

import secrets as chance
from collections.abc import Sequence

import msgspec

from turnout.dialects.contract import TESTED, EncodedBody, Options, Part, Patience, Sending
from turnout.dialects.volcengine import signing
from turnout.dialects.volcengine.ids import decimal, request_number
from turnout.dialects.volcengine.messages import AWARD_EVENT, MAIN_ACCOUNT, AwardItemType, AwardMessage, DeliveryMethod, UserAwardInfo
from turnout.dialects.volcengine.sample_call import sample_facts
from turnout.interactions.draw.rules import CustomKind, PrizeDrawnFacts, PrizeType, WinnerFacts
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms, Kind
from turnout.kernel.text import check_text

PATIENCE = Patience(timeout_s=5.0, waits_s=(5.0, 5.0))
"""Contract section 1: three attempts within 25 s."""

ANY_RESPONSE_SUCCEEDS = "any_response_succeeds"
"""The option that takes every answer for an acknowledgement, a 500 or a redirect too: the vendor asks for no more than a response."""

SUB_ACCOUNT_NAME = "sub_account_name"
"""The option that says who created the live rooms, in place of MAIN_ACCOUNT."""

MASK_PHONE = "mask_phone"
"""The option that hides digits of Telephone."""

PRIZE_DRAWN = "draw.prize_drawn"

_SWITCHES = (ANY_RESPONSE_SUCCEEDS, MASK_PHONE)
_ITEM_TYPES = {
    PrizeType.PHYSICAL: AwardItemType.PHYSICAL,
    PrizeType.VIRTUAL: AwardItemType.VIRTUAL,
    PrizeType.CUSTOM: AwardItemType.CUSTOM,
    PrizeType.VOUCHER: AwardItemType.COUPON,
}
_METHODS = {CustomKind.COUPON: DeliveryMethod.COUPON, CustomKind.POINTS: DeliveryMethod.POINTS}
_facts = msgspec.json.Decoder(PrizeDrawnFacts)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class NoSecret(Exception):
    """A callback of this dialect is signed, and its endpoint has no secret."""


class VolcengineCallbacks:
    """The dialect `volcengine` of callbacks.

    ids: the installation's outside ids. patience: the contract's, unless a test or a rehearsal must not wait.
    """

    name = "volcengine"
    heeds_replies = False
    kinds = (PRIZE_DRAWN,)

    def __init__(self, ids: IdForms, patience: Patience = PATIENCE) -> None:
        self.patience = patience
        self._ids = ids

    def check_secret(self, secret: str) -> None:
        """Any secret will do: it is the AccountSecret."""

    def new_secret(self) -> str | None:
        """A random AccountSecret: no callback goes unsigned."""
        return chance.token_hex(16)

    def check_options(self, options: Options) -> None:
        """Raises InvalidInput for anything but a true or false ANY_RESPONSE_SUCCEEDS or MASK_PHONE, or a text as SUB_ACCOUNT_NAME."""
        for name, value in options.items():
            if name == SUB_ACCOUNT_NAME:
                if not isinstance(value, str):
                    raise InvalidInput("a text", field=f"options.{name}")
                check_text(value, f"options.{name}", limits.MAX_NAME_LENGTH)
            elif name not in _SWITCHES:
                known = f"only {ANY_RESPONSE_SUCCEEDS}, {MASK_PHONE} and {SUB_ACCOUNT_NAME}"
                raise InvalidInput(f"volcengine has no such option, {known}", field=f"options.{name[:64]}")
            elif not isinstance(value, bool):
                raise InvalidInput("true or false", field=f"options.{name}")

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        """One callback for a page of a prize's winners, also where nobody won. One for a test."""
        if event.kind == TESTED:
            return (Part(f"test:{event.number}"),)
        if event.kind != PRIZE_DRAWN:
            return ()
        return (Part(f"draw:{_facts.decode(event.facts).draw.draw_id}"),)

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        """The message as UTF-8 JSON with its keys in alphabetical order; Timestamp and Sign are empty."""
        facts = sample_facts(event) if event.kind == TESTED else _facts.decode(event.facts)
        return msgspec.json.encode(self._message(facts, options))

    def finish(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> EncodedBody:
        """The body sent at this second, signed with the newest secret: it has room for one signature."""
        if not secrets:
            raise NoSecret
        members = _members.decode(body)
        members["Timestamp"] = msgspec.Raw(msgspec.json.encode(str(sending.at // SECOND)))
        signed = {name: msgspec.json.decode(members[name], type=str) for name in signing.SIGNED_FIELDS[AWARD_EVENT]}
        members["Sign"] = msgspec.Raw(msgspec.json.encode(signing.sign(secrets[0], signed)))
        return msgspec.json.encode(members)

    def headers(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        """Content-Type alone."""
        return {"Content-Type": "application/json; charset=utf-8"}

    def accepted(self, status: int, body: bytes, options: Options) -> bool:
        """Any 2xx, or with ANY_RESPONSE_SUCCEEDS any answer; its body does not matter."""
        return 200 <= status < 300 or options.get(ANY_RESPONSE_SUCCEEDS) is True

    def _message(self, facts: PrizeDrawnFacts, options: Options) -> AwardMessage:
        draw = facts.draw
        prize = draw.prizes[facts.prize]
        custom = prize.custom if prize.type is PrizeType.CUSTOM else None
        points = custom is CustomKind.POINTS
        masks = options.get(MASK_PHONE) is True
        return AwardMessage(
            account_id=decimal(self._ids, Kind.ACCOUNT, draw.account_id),
            activity_id=decimal(self._ids, Kind.ROOM, draw.room_id),
            activity_name=draw.room_title,
            award_id=decimal(self._ids, Kind.DRAW, draw.draw_id),
            award_item_amounts=str(prize.points) if points and prize.points is not None else "",
            award_item_id=decimal(self._ids, Kind.PRIZE, prize.prize_id),
            award_item_num=prize.batch if points else "",
            award_item_type=_ITEM_TYPES[prize.type],
            award_name=prize.name,
            delivery_method="" if custom is None else _METHODS[custom],
            event_type=AWARD_EVENT,
            name=draw.title,
            request_uuid=f"{AWARD_EVENT}-{request_number(self._ids, prize.prize_id, facts.page)}",
            sign="",
            sub_account_name=str(options.get(SUB_ACCOUNT_NAME) or MAIN_ACCOUNT),
            timestamp="",
            user_infos=[self._user_info(winner, masks=masks) for winner in facts.winners],
        )

    def _user_info(self, winner: WinnerFacts, *, masks: bool) -> UserAwardInfo:
        # who is on a list and has never come is no viewer, but is somebody: an id of his own keeps him apart from the others
        of_viewer = (Kind.ENTRY, winner.entrant_id) if winner.viewer_id is None else (Kind.VIEWER, winner.viewer_id)
        return UserAwardInfo(
            external_id=winner.external_id or "",
            extra=winner.extra,
            is_priority_user="1" if winner.preferred else "0",
            nick_name=winner.name,
            telephone=mask_phone(winner.phone) if masks else winner.phone,
            user_access_ip=winner.address,
            user_agent=winner.terminal,
            user_id=str(self._ids.passing_integer(*of_viewer)),
        )


def mask_phone(phone: str) -> str:
    """The number with asterisks in the place of the four digits before its last four; of one shorter than 11 characters the last two are
    left. "" stays ""."""
    if len(phone) >= 11:
        return f"{phone[:-8]}****{phone[-4:]}"
    return f"****{phone[-2:]}" if phone else ""
