"""The prizes of our draws as Quanshi's lotteries (contract A.10): `dataType` 7, a start and an end for each prize; the end has its
winners, or none where the draw was cancelled or came to nothing. More winners than one page holds come as further lotteries."""

import msgspec

from turnout.dialects.quanshi.members import china_time, creator_of
from turnout.dialects.quanshi.messages import NOT_YET, Creator, DataType, Lottery, LotteryMessage, MessageType, PrizeState, Winner
from turnout.interactions.draw.rules import DrawFacts, PrizeDrawnFacts, PrizeFacts, WinnerFacts
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
    """The ordering key of each message that an event of these kinds needs: the draw's own, so that its prizes are told in their order. A
    draw that was never opened has no start, and so no end."""
    if event.kind == "draw.prize_drawn":
        page = _pages.decode(event.facts)
        return [f"draw:{page.draw.draw_id}"] * (1 if page.page_id is None else 2)
    facts = _draws.decode(event.facts)
    return [] if facts.opened_at is None else [f"draw:{facts.draw_id}"] * len(facts.prizes)


def lottery_message_of(ids: IdForms, event: Event, place: int) -> LotteryMessage:
    """The message at this place of an event's: about the prize at this place, or, of a page after the first of a prize's winners, its start
    and its end as a lottery of its own. Under the prize's id a receiver would take its end for a repeat and drop it."""
    state = LOTTERY_KINDS[event.kind]
    if state is not PrizeState.ENDED:
        facts = _draws.decode(event.facts)
        return _message(ids, facts, facts.prizes[place], state, event.at, event.at, [])
    page = _pages.decode(event.facts)
    prize = page.draw.prizes[page.prize]
    if page.page_id is not None:
        name = f"{prize.name} ({page.page + 1}/{page.pages})"
        prize = msgspec.structs.replace(prize, prize_id=page.page_id, name=name, count=len(page.winners))
        if place == 0:
            return _message(ids, page.draw, prize, PrizeState.STARTED, event.at, event.at, [])
    ended_at = event.at if page.draw.finished_at is None else page.draw.finished_at
    return _message(ids, page.draw, prize, state, ended_at, event.at, page.winners)


def _message(
    ids: IdForms, facts: DrawFacts, prize: PrizeFacts, state: PrizeState, at: Instant, told_at: Instant, winners: list[WinnerFacts]
) -> LotteryMessage:
    conference_id = str(ids.integer(Kind.ROOM, facts.room_id))
    temp_conference_id = str(ids.integer(Kind.LIVE_SESSION, facts.live_session_id))
    customer_code = str(ids.integer(Kind.ACCOUNT, facts.account_id))
    host_id = ids.integer(Kind.HOST, facts.host_id)
    started = state is PrizeState.STARTED
    return LotteryMessage(
        type=MessageType.STARTED if started else MessageType.ENDED,
        data_type=DataType.LOTTERY,
        temp_conference_id=temp_conference_id,
        conference_id=conference_id,
        host_id=host_id,
        customer_code=customer_code,
        timestamp=told_at // SECOND,
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
        acc_id=ids.passing_hex32(Kind.ENTRY, winner.entrant_id) if came is None else ids.passing_hex32(Kind.VIEWER, came),
        # 0 for who is anonymous, and for who is on a list and has never come
        user_id=0 if came is None or winner.external_id is None else ids.passing_integer(Kind.VIEWER, came),
        name=winner.name,
        client_type=_LIVE,
        role=_ATTENDEE,
        phone=winner.phone,
        email=winner.email,
        group=winner.group,
        **known,
    )
