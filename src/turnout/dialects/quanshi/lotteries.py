"""The prizes of our draws as Quanshi's lotteries (contract A.10): `dataType` 7, a start for each prize and an end for each page of its
winners, or one end without winners where the draw was cancelled or came to none."""

import msgspec

from turnout.dialects.quanshi.members import china_time, creator_of
from turnout.dialects.quanshi.messages import NOT_YET, Creator, DataType, Lottery, LotteryMessage, MessageType, PrizeState, Winner
from turnout.interactions.draw.rules import DrawFacts, PrizeDrawnFacts, WinnerFacts
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms, Kind

LOTTERY_KINDS = {
    "draw.opened": PrizeState.STARTED,
    "draw.prize_drawn": PrizeState.ENDED,
    "draw.cancelled": PrizeState.CANCELLED,
    "draw.timed_out": PrizeState.TIMED_OUT,
}
"""The kinds of events of which lotteries are told."""

_LIVE = 1000  # a clientType
_ATTENDEE = "0"  # a role; hosts and assistants do not take part
_draws = msgspec.json.Decoder(DrawFacts)
_pages = msgspec.json.Decoder(PrizeDrawnFacts)


def lottery_keys(event: Event) -> list[str]:
    """The ordering key of each message that an event of these kinds needs, in the order of the prizes. A draw that was never opened has no
    start, and so no end."""
    if event.kind == "draw.prize_drawn":
        page = _pages.decode(event.facts)
        return [f"prize:{page.draw.prizes[page.prize].prize_id}"]
    facts = _draws.decode(event.facts)
    return [] if facts.opened_at is None else [f"prize:{prize.prize_id}" for prize in facts.prizes]


def lottery_message_of(ids: IdForms, event: Event, place: int) -> LotteryMessage:
    """The message about the prize at this place of an event's; of a page of winners there is one prize alone."""
    state = LOTTERY_KINDS[event.kind]
    if state is not PrizeState.ENDED:
        return _message(ids, _draws.decode(event.facts), place, state, event.at, event.at // SECOND, [])
    page = _pages.decode(event.facts)
    ended_at = event.at if page.draw.finished_at is None else page.draw.finished_at
    # pages are told within one second, under one identity: a receiver that takes the timestamp with it keeps all of them
    return _message(ids, page.draw, page.prize, state, ended_at, event.at // SECOND + page.page, page.winners)


def _message(
    ids: IdForms, facts: DrawFacts, place: int, state: PrizeState, at: Instant, timestamp: int, winners: list[WinnerFacts]
) -> LotteryMessage:
    conference_id = str(ids.integer(Kind.ROOM, facts.room_id))
    temp_conference_id = str(ids.integer(Kind.LIVE_SESSION, facts.live_session_id))
    customer_code = str(ids.integer(Kind.ACCOUNT, facts.account_id))
    host_id = ids.integer(Kind.HOST, facts.host_id)
    started = state is PrizeState.STARTED
    prize = facts.prizes[place]
    return LotteryMessage(
        type=MessageType.STARTED if started else MessageType.ENDED,
        data_type=DataType.LOTTERY,
        temp_conference_id=temp_conference_id,
        conference_id=conference_id,
        host_id=host_id,
        customer_code=customer_code,
        timestamp=timestamp,
        data=Lottery(
            prize_id=ids.integer(Kind.PRIZE, prize.prize_id),
            prize_title=prize.name,
            prize_number=prize.count,
            prize_state=state,
            temp_conf_id=temp_conference_id,
            customer_code=customer_code,
            creator=creator_of(facts.host_name, facts.host_role, host_id, temp_conference_id),
            conference_id=conference_id,
            create_date=china_time(facts.created_at),
            end_date=NOT_YET if started else china_time(at),
            winners=[Winner(user=_user(ids, winner)) for winner in winners],
        ),
    )


def _user(ids: IdForms, winner: WinnerFacts) -> Creator:
    """A winner as the vendor writes a live viewer. Of the customer's own people viewerId is the customer's own id."""
    known = {} if winner.external_id is None else {"viewer_id": winner.external_id}
    came = winner.viewer_id
    return Creator(
        temp_user_id="",
        acc_id=ids.hex32(Kind.ENTRY, winner.entrant_id) if came is None else ids.hex32(Kind.VIEWER, came),
        # 0 for who is anonymous, and for who is on a list and has never come
        user_id=0 if came is None or winner.external_id is None else ids.integer(Kind.VIEWER, came),
        name=winner.name,
        client_type=_LIVE,
        role=_ATTENDEE,
        phone=winner.phone,
        email=winner.email,
        group=winner.group,
        **known,
    )
