"""What the keeper does to draws whose entries have ended: the root, the winners, or the end of patience. Batches of one; a repeat changes
nothing.

Locks are taken in one order: event stream, draw, winners; by id within each (design 3.1).
"""

from collections.abc import Sequence

import msgspec

from turnout.audience import queries as audience
from turnout.interactions.draw import paper_store, prize_store, store, tally_store, winner_store
from turnout.interactions.draw.commands import DecideDraw, GiveUpDraw, NoteWaiting, PublishRoot, Won
from turnout.interactions.draw.facts import record
from turnout.interactions.draw.moves import may_give_up
from turnout.interactions.draw.rules import WINNERS_PER_PAGE, DrawFacts, DrawState, PrizeDrawnFacts
from turnout.interactions.draw.store import DrawRow
from turnout.kernel.ids import DrawId, LiveSessionId, PrizeId
from turnout.proofs import drand
from turnout.proofs.commitment import DrandRule, commitment_hash, read_commitment
from turnout.proofs.drawing import chain_of, round_of
from turnout.proofs.entrants import fingerprint_of
from turnout.storage.transaction import Tx


def publish_root(tx: Tx, commands: Sequence[PublishRoot]) -> Sequence[None]:
    """Makes the root public, and with it the round that decides: from now on nobody can change anything."""
    for command in commands:
        draw = _lock(tx, command.live_session_id, command.draw_id)
        if draw is None or draw.state is not DrawState.CLOSING:
            continue
        entered = tally_store.load_tallies(tx.connection, draw.live_session_id, [draw.id])[draw.id].entered
        if command.count != entered:
            raise RuntimeError(f"the tree of draw {draw.id} has {command.count} leaves, and {entered} take part")
        published_at = tx.now // 1000
        rule = read_commitment(draw.commitment).entropy
        number = round_of(rule, published_at) if isinstance(rule, DrandRule) else None
        root = bytes.fromhex(command.root)
        fingerprint = fingerprint_of(commitment_hash(draw.commitment), root, command.count, command.total_weight, published_at)
        closed = msgspec.structs.replace(
            draw,
            state=DrawState.CLOSED,
            root=command.root,
            fingerprint=fingerprint.hex(),
            published_at=published_at,
            round=number,
            decided_at=drand.time_of(chain_of(rule), number) if isinstance(rule, DrandRule) and number is not None else None,
            work_since=tx.now,
        )
        store.save_draw(tx, closed)
        record(tx, "draw.closed", closed, tx.now)
        tx.nudge("draws", draw.live_session_id)
    return [None] * len(commands)


def decide_draw(tx: Tx, commands: Sequence[DecideDraw]) -> Sequence[None]:
    """The winners, once and for ever, with the proof that they are those."""
    for command in commands:
        draw = _lock(tx, command.live_session_id, command.draw_id)
        if draw is None or draw.state is not DrawState.CLOSED:
            continue
        key = (draw.live_session_id, draw.id)
        prizes = [row.prize.id for row in prize_store.load_prizes(tx.connection, draw.live_session_id, [draw.id])[draw.id]]
        winner_store.insert_winners(tx, key, draw.room_id, [(prizes[one.prize], one.winner) for one in command.winners])
        of_prize: list[list[Won]] = [[one for one in command.winners if one.prize == place] for place in range(len(prizes))]
        prize_store.save_won(tx, *key, [(prize_id, len(won)) for prize_id, won in zip(prizes, of_prize, strict=True)])
        paper_store.insert_paper(tx, key, command.paper)
        drawn = msgspec.structs.replace(draw, state=DrawState.DRAWN, finished_at=tx.now, entropy_found=command.entropy, work_since=None)
        store.save_draw(tx, drawn)
        facts = record(tx, "draw.drawn", drawn, tx.now)
        for place, won in enumerate(of_prize):
            _record_pages(tx, facts, place, won)
        _nudge_winners(tx, draw, command.winners)
    return [None] * len(commands)


def _record_pages(tx: Tx, facts: DrawFacts, place: int, won: Sequence[Won]) -> None:
    """An event for each page of the winners of a prize; one without any where nobody won."""
    bare = msgspec.structs.replace(facts, winners=[])
    pages = max(1, -(-len(won) // WINNERS_PER_PAGE))
    page_ids = [None, *map(PrizeId, tx.new_ids(pages - 1))]
    for page, page_id in enumerate(page_ids):
        winners = [one.winner for one in won[page * WINNERS_PER_PAGE : (page + 1) * WINNERS_PER_PAGE]]
        of_page = PrizeDrawnFacts(
            room_id=bare.room_id, draw=bare, prize=place, page=page, pages=pages, winners=winners, page_id=page_id, title=bare.title
        )
        tx.record(stream_id=facts.live_session_id, account_id=facts.account_id, kind="draw.prize_drawn", facts=of_page, at=tx.now)


def _nudge_winners(tx: Tx, draw: DrawRow, won: Sequence[Won]) -> None:
    """So that each is told what is his own, also who has come since the list was settled."""
    viewer_ids = {one.winner.viewer_id for one in won if one.winner.viewer_id is not None}
    external_ids = [one.winner.external_id for one in won if one.winner.viewer_id is None and one.winner.external_id is not None]
    if external_ids:
        viewer_ids |= set(audience.find_by_external_ids(tx.connection, draw.room_id, external_ids).values())
    if viewer_ids:
        tx.nudge_each("marked", sorted(viewer_ids))


def note_waiting(tx: Tx, commands: Sequence[NoteWaiting]) -> Sequence[None]:
    """So that hosts know what they wait for; nothing changes where they know it already."""
    for command in commands:
        draw = _lock(tx, command.live_session_id, command.draw_id)
        if draw is None or draw.state is not DrawState.CLOSED or draw.waiting_problem == command.problem:
            continue
        waiting = msgspec.structs.replace(draw, waiting_since=draw.waiting_since or tx.now, waiting_problem=command.problem)
        store.save_draw(tx, waiting)
        record(tx, "draw.waiting", waiting, tx.now)
    return [None] * len(commands)


def give_up_draw(tx: Tx, commands: Sequence[GiveUpDraw]) -> Sequence[None]:
    """Ends a draw whose entropy has not come in time, and keeps the paper of what stays public; of one that was cancelled after its root
    was published it only keeps that."""
    for command in commands:
        draw = _lock(tx, command.live_session_id, command.draw_id)
        if draw is None:
            continue
        key = (draw.live_session_id, draw.id)
        if draw.state is DrawState.CANCELLED and draw.work_since is not None:
            paper_store.insert_paper(tx, key, command.paper)
            store.save_draw(tx, msgspec.structs.replace(draw, work_since=None))
        elif may_give_up(draw.state, draw.decided_at, tx.now):
            paper_store.insert_paper(tx, key, command.paper)
            ended = msgspec.structs.replace(draw, state=DrawState.TIMED_OUT, because=command.because, finished_at=tx.now, work_since=None)
            store.save_draw(tx, ended)
            record(tx, "draw.timed_out", ended, tx.now)
    return [None] * len(commands)


def _lock(tx: Tx, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawRow | None:
    tx.lock_streams([live_session_id])
    return store.load_draw(tx.connection, live_session_id, draw_id, lock=True)
