"""The commitment: the list settled, and the text that says how the draw will be decided, before anybody can enter it."""

import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from turnout.audience import queries as audience
from turnout.interactions.draw import entrant_store, prize_store, tally_store
from turnout.interactions.draw.codes import code_of
from turnout.interactions.draw.entrant_store import EntrantRow
from turnout.interactions.draw.gather import keep_allowed, won_before
from turnout.interactions.draw.moves import decide_commit
from turnout.interactions.draw.rules import DrawState, EntropyKind, PreferredWinner, Prize, Who
from turnout.interactions.draw.store import DrawRow
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import EntrantId, IdForms, Kind, ViewerId
from turnout.proofs import commitment as proofs
from turnout.proofs.drand import RFC9380, Chain
from turnout.storage.transaction import Tx

SEED_BYTES = 32

NOBODY_OF_THIS_ID = "there is nobody of this id, neither in the room nor on the list"
"""Why somebody on a list cannot be preferred."""

_SHORT = 20_000  # people: a list of no more is looked up in the room, and not the room in the list


class Terms(NamedTuple):
    """What commitments need of the server. ids: the forms in which they name things. delay_s: seconds from publishing a list to the round
    that decides it. chain: of which the round is one."""

    ids: IdForms
    delay_s: int
    chain: Chain


def committed(tx: Tx, draw: DrawRow, terms: Terms) -> DrawRow:
    """The draw with its commitment, its list settled; to be saved. Raises WrongState, InvalidInput for an empty list and for a preferred
    winner who is not known."""
    decide_commit(draw.state)
    listed = _settle_list(tx, draw) if draw.who is Who.LIST else 0
    seed = secrets.token_bytes(SEED_BYTES) if draw.entropy is EntropyKind.OFFLINE else None
    text = _text(tx, draw, terms, listed, seed)
    return msgspec.structs.replace(
        draw,
        state=DrawState.COMMITTED,
        committed_at=tx.now,
        seed=seed,
        commitment=text,
        commitment_sha256=proofs.commitment_hash(text).hex(),
    )


def _settle_list(tx: Tx, draw: DrawRow) -> int:
    """Puts viewers in the place of those who are known by an external id and have come to the room, and leaves out who may not win: from
    now on the list is what it is. Returns how many are on it. Of a long list those alone are looked at whom this concerns."""
    key = (draw.live_session_id, draw.id)
    before = tally_store.load_tallies(tx.connection, draw.live_session_id, [draw.id])[draw.id].entered
    known = _who_has_come(tx, draw, before)
    _, external_before = won_before(tx.connection, draw.room_id, out=not draw.earlier_winners)
    concerned = entrant_store.load_by_external_ids(tx.connection, [(*key, external_id) for external_id in {*known, *external_before}])
    there = {row.entrant_id for row in entrant_store.list_viewers(tx.connection, key)}
    fresh: dict[EntrantId, EntrantRow] = {}
    for external_id, row in concerned.items():
        viewer_id = known.get(external_id)
        if viewer_id is not None and EntrantId(viewer_id) not in there:
            fresh[EntrantId(viewer_id)] = EntrantRow(EntrantId(viewer_id), viewer_id, None, row.name, row.weight)
    allowed = {EntrantId(one) for one in keep_allowed(tx.connection, draw, [ViewerId(one) for one in {*there, *fresh}])}
    gone = {row.entrant_id for row in concerned.values()} | (there - allowed)
    come = [row for row in fresh.values() if row.entrant_id in allowed]
    after = before - len(gone) + len(come)
    if not after:
        raise InvalidInput("nobody is on the list", field="entrants")
    entrant_store.delete_people(tx, [(*key, entrant_id) for entrant_id in gone])
    entrant_store.insert_people(tx, [(*key, *row, "", "", tx.now) for row in come])
    tally_store.add_to_tallies(tx, {key: after - before})
    return after


def _who_has_come(tx: Tx, draw: DrawRow, entered: int) -> dict[str, ViewerId]:
    """Viewers of the room by external id: those of a short list, or all there are."""
    if entered > _SHORT:
        return audience.list_external_ids(tx.connection, draw.room_id)
    listed = entrant_store.list_external_ids(tx.connection, (draw.live_session_id, draw.id))
    return audience.find_by_external_ids(tx.connection, draw.room_id, listed)


def _text(tx: Tx, draw: DrawRow, terms: Terms, listed: int, seed: bytes | None) -> str:
    ids = terms.ids
    prizes = [row.prize for row in prize_store.load_prizes(tx.connection, draw.live_session_id, [draw.id])[draw.id]]
    text = ids.text
    promised = proofs.Commitment(
        draw=text(Kind.DRAW, draw.id),
        title=draw.title,
        nonce=secrets.token_hex(32),
        prizes=[proofs.Prize(text(Kind.PRIZE, prize.id), prize.name, prize.count) for prize in prizes],
        who=_who(tx, draw, ids, listed),
        repeat_winners=draw.repeat_winners,
        weighted=draw.weighted,
        preferred=_preferred(tx, draw, ids),
        entropy=_entropy_rule(terms, seed),
    )
    others = {
        "room": text(Kind.ROOM, draw.room_id),
        "live_session": text(Kind.LIVE_SESSION, draw.live_session_id),
        "prizes_detail": [_detail(prize) for prize in prizes],
    }
    return proofs.write_commitment(promised, others)


def _who(tx: Tx, draw: DrawRow, ids: IdForms, listed: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"kind": draw.who.value, "earlier_winners": draw.earlier_winners}
    if draw.who is Who.WORD:
        rule["word"] = draw.word
    if draw.survey_id is not None:
        rule["survey"] = ids.text(Kind.SURVEY, draw.survey_id)
    if draw.checkin_id is not None:
        rule["checkin"] = ids.text(Kind.CHECKIN, draw.checkin_id)
    if draw.who is Who.LIST:
        rule["entrants"] = listed
    if draw.weighted:
        leaves = entrant_store.list_leaves(tx.connection, (draw.live_session_id, draw.id))
        rule["weights_sha256"] = _weights_hash(
            (code_of(ids, entrant_id, viewer_id, one_of_many=True), weight) for entrant_id, viewer_id, weight, _ in leaves
        )
    return rule


def _weights_hash(weights: Iterable[tuple[str, int]]) -> str:
    return sha256("".join(f"{code}\t{weight}\n" for code, weight in sorted(weights)).encode()).hexdigest()


def _entropy_rule(terms: Terms, seed: bytes | None) -> proofs.DrandRule | proofs.OfflineRule:
    if seed is not None:
        return proofs.OfflineRule(sha256(seed).hexdigest())
    chain = terms.chain
    if chain.scheme != RFC9380:
        raise ValueError(f"a commitment knows no chain of the scheme {chain.scheme}")
    return proofs.DrandRule(chain.chain, chain.public_key, "bls-unchained-g1-rfc9380", chain.period_s, chain.genesis, terms.delay_s)


def _detail(prize: Prize) -> dict[str, Any]:
    """What a winner gets; not the batch, which is between the company and its points."""
    detail: dict[str, Any] = {"type": prize.type.value, "asks": [one.value for one in prize.asks]}
    if prize.custom is not None:
        detail["custom"] = prize.custom.value
    if prize.points is not None:
        detail["points"] = prize.points
    return detail


def _preferred(tx: Tx, draw: DrawRow, ids: IdForms) -> list[proofs.Preferred]:
    viewers = known_viewers(tx, draw, draw.preferred)
    named = [(draw.live_session_id, draw.id, one.external_id) for one in draw.preferred if one.external_id is not None]
    entrants = entrant_store.load_by_external_ids(tx.connection, named)
    found: list[proofs.Preferred] = []
    for place, one in enumerate(draw.preferred):
        viewer_id = viewers.get(one.external_id or "") if one.viewer_id is None else one.viewer_id
        listed = entrants.get(one.external_id or "")
        entrant_id = EntrantId(viewer_id) if viewer_id is not None else None if listed is None else listed.entrant_id
        if entrant_id is None:
            raise InvalidInput(NOBODY_OF_THIS_ID, field=f"preferred[{place}].external_id")
        declared = proofs.Preferred(one.prize, code_of(ids, entrant_id, viewer_id))
        if declared in found:
            raise InvalidInput("declared twice for the same prize", field=f"preferred[{place}]")
        found.append(declared)
    return found


def known_viewers(tx: Tx, draw: DrawRow, preferred: Sequence[PreferredWinner]) -> dict[str, ViewerId]:
    """Those of them who have come to the room under their external ids, by these."""
    external_ids = [one.external_id for one in preferred if one.external_id is not None]
    return audience.find_by_external_ids(tx.connection, draw.room_id, external_ids)
