"""Facts of a draw, made of its rows: what events freeze, and what every view is made from."""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from turnout.interactions.draw import prize_store, tally_store, winner_store
from turnout.interactions.draw.prize_store import PrizeRow
from turnout.interactions.draw.rules import DrawFacts, DrawState, PrizeFacts, PublicWinner
from turnout.interactions.draw.store import DrawRow
from turnout.interactions.draw.tally_store import Tally
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DrawId, LiveSessionId
from turnout.rooms.queries import find_place
from turnout.storage.transaction import Tx


def facts_of(draw: DrawRow, room_title: str, prizes: Iterable[PrizeRow], tally: Tally, winners: list[PublicWinner]) -> DrawFacts:
    """The draw with its prizes, how many take part, and the winners whom everybody sees."""
    return DrawFacts(
        account_id=draw.account_id,
        room_id=draw.room_id,
        room_title=room_title,
        live_session_id=draw.live_session_id,
        draw_id=draw.id,
        title=draw.title,
        state=draw.state,
        host_id=draw.host_id,
        host_name=draw.host_name,
        host_role="host",
        who=draw.who,
        word=draw.word,
        survey_id=draw.survey_id,
        checkin_id=draw.checkin_id,
        weighted=draw.weighted,
        repeat_winners=draw.repeat_winners,
        earlier_winners=draw.earlier_winners,
        entropy=draw.entropy,
        countdown_s=draw.countdown_s,
        with_list=draw.with_list,
        prizes=[_prize_facts(row) for row in prizes],
        preferred=len(draw.preferred),
        created_at=draw.created_at,
        committed_at=draw.committed_at,
        opened_at=draw.opened_at,
        closes_at=draw.closes_at,
        closed_at=draw.closed_at,
        finished_at=draw.finished_at,
        because=draw.because,
        entered=tally.entered,
        version=tally.version,
        commitment=draw.commitment,
        commitment_sha256=draw.commitment_sha256,
        root=draw.root,
        fingerprint=draw.fingerprint,
        published_at=draw.published_at,
        round=draw.round,
        decided_at=draw.decided_at,
        winners=winners,
        waiting_since=draw.waiting_since,
        waiting_problem=draw.waiting_problem,
        declared=draw.preferred,
    )


def _prize_facts(row: PrizeRow) -> PrizeFacts:
    prize = row.prize
    return PrizeFacts(
        prize_id=prize.id,
        name=prize.name,
        count=prize.count,
        type=prize.type,
        custom=prize.custom,
        batch=prize.batch,
        points=prize.points,
        asks=prize.asks,
        won=row.won,
    )


def load_facts(connection: sa.Connection, live_session_id: LiveSessionId, rows: Sequence[DrawRow]) -> list[DrawFacts]:
    """These draws of a live session as they are now; a fixed number of statements."""
    if not rows:
        return []
    draw_ids = [row.id for row in rows]
    room, _ = find_place(connection, live_session_id)
    prizes = prize_store.load_prizes(connection, live_session_id, draw_ids)
    tallies = tally_store.load_tallies(connection, live_session_id, draw_ids)
    drawn = [prize for row in rows if row.state is DrawState.DRAWN for prize in prizes[row.id]]
    winners = first_winners_of(connection, live_session_id, drawn)
    return [facts_of(row, room.title, prizes[row.id], tallies[row.id], winners.get(row.id, [])) for row in rows]


def first_winners_of(
    connection: sa.Connection, live_session_id: LiveSessionId, prizes: Collection[PrizeRow]
) -> dict[DrawId, list[PublicWinner]]:
    """The first winners of each of these prizes, by place. prizes: all of a draw, in their order: by it and by how many were won it is
    known at which places they stand. Draws without any are left out."""
    keys: list[tuple[LiveSessionId, DrawId, int]] = []
    begins: dict[DrawId, int] = {}
    for row in prizes:
        first = begins.get(row.draw_id, 0)
        keys += [(live_session_id, row.draw_id, place) for place in range(first, first + min(row.won, limits.SHOWN_WINNERS))]
        begins[row.draw_id] = first + row.won
    found: dict[DrawId, list[PublicWinner]] = {}
    for one in sorted(winner_store.load_winners(connection, keys), key=lambda row: (row.draw_id, row.place)):
        found.setdefault(one.draw_id, []).append(PublicWinner(one.prize_id, one.place, one.name))
    return found


def record(tx: Tx, kind: str, draw: DrawRow, at: Instant) -> DrawFacts:
    """Appends an event with what the draw is now, and returns that."""
    facts = load_facts(tx.connection, draw.live_session_id, [draw])[0]
    tx.record(stream_id=draw.live_session_id, account_id=draw.account_id, kind=kind, facts=facts, at=at)
    return facts
