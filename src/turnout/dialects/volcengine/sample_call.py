"""What somebody who tries an endpoint is sent: a prize of a draw that never was, which nobody has won.

Room, draw and prize have ids that are never given out; each try has a prize and so a RequestUuid of its own.
"""

import msgspec

from turnout.dialects.contract import EndpointFacts
from turnout.interactions.draw.rules import DrawFacts, DrawState, EntropyKind, PrizeDrawnFacts, PrizeFacts, PrizeType, Who
from turnout.kernel.events import Event
from turnout.kernel.ids import MAX_ID, DrawId, HostId, LiveSessionId, PrizeId, RoomId

TITLE = "Turnout test call"


def sample_facts(event: Event) -> PrizeDrawnFacts:
    """Of an event of the kind TESTED."""
    tried = msgspec.json.decode(event.facts, type=EndpointFacts)
    prize = PrizeFacts(
        prize_id=PrizeId(MAX_ID - event.number),
        name=TITLE,
        count=1,
        type=PrizeType.VIRTUAL,
        custom=None,
        batch="",
        points=None,
        asks=[],
        won=0,
    )
    draw = DrawFacts(
        account_id=tried.account_id,
        room_id=RoomId(MAX_ID),
        room_title=TITLE,
        live_session_id=LiveSessionId(MAX_ID),
        draw_id=DrawId(MAX_ID - event.number),
        title=TITLE,
        state=DrawState.DRAWN,
        host_id=HostId(MAX_ID),
        host_name="Turnout",
        host_role="host",
        who=Who.PRESENT,
        word="",
        survey_id=None,
        checkin_id=None,
        weighted=False,
        repeat_winners=False,
        earlier_winners=True,
        entropy=EntropyKind.DRAND,
        countdown_s=None,
        with_list=False,
        prizes=[prize],
        preferred=0,
        created_at=event.at,
        committed_at=event.at,
        opened_at=event.at,
        closes_at=None,
        closed_at=event.at,
        finished_at=event.at,
        because="",
        entered=0,
        version=0,
        commitment="",
        commitment_sha256="",
        root="",
        fingerprint="",
        published_at=None,
        round=None,
        decided_at=None,
    )
    return PrizeDrawnFacts(room_id=draw.room_id, draw=draw, prize=0, page=0, pages=1, winners=[])
