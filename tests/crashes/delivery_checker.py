"""What must be true of callbacks after any number of kills, said by SQL over the database and by what the receivers remember.

Nothing of turnout's own statements is used for the SQL: only the tables' names, so that a mistake in one cannot hide in the other.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from tests.harness.server import Installation
from turnout.client import identity_of_quanshi, receive_native, receive_quanshi
from turnout.compose import open_database
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import IdForms, Kind

_EVENTS = "SELECT stream_id, number, kind, facts FROM events WHERE kind IN ('survey.opened', 'survey.closed') ORDER BY stream_id, number"
_ENDPOINTS = "SELECT id, url FROM endpoints"
_DELIVERIES = "SELECT id, endpoint_id, stream_id, event_number, state FROM deliveries"
_ATTEMPTS = "SELECT delivery_id, number, outcome, started_at, explanation FROM attempts ORDER BY delivery_id, number"
_FEED_NUMBERS = "SELECT feed_number FROM deliveries WHERE feed_number IS NOT NULL ORDER BY feed_number"
_UNFINISHED = "SELECT (SELECT count(*) FROM unplanned) + (SELECT count(*) FROM deliveries WHERE finished_at IS NULL)"

_QUANSHI_KINDS = {1: "survey.opened", 2: "survey.closed"}
_UNCERTAIN = ("abandoned", "timed_out", "broken")  # outcomes after which a receiver may have acknowledged all the same
_LEASE_S = 2.0 + 15.0 + 8.0  # of the drill's endpoints: their timeout, the margin, and a machine with other things to do

Row = tuple[Any, ...]
FEED = "/feed"
"""What stands in for the path of the endpoint that has none."""

_IN_ORDER_OF_LIVE_SESSION = ("/in_order", FEED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A request as one of the receivers had it. at: seconds since the epoch. acknowledged: whether it was answered with 200."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    acknowledged: bool


@dataclass(slots=True)
class Told:
    """A delivery as it should have been and as the receiver had it. receipts: in order, as places in the whole."""

    event: Row
    path: str
    state: str
    attempts: list[Row] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    """Everything that is judged. told: (survey, kind) of what the API acknowledged. killed_at: seconds since the epoch."""

    unfinished: int
    events: list[Row]
    endpoints: dict[int, str]
    deliveries: list[Row]
    attempts: list[Row]
    feed_numbers: list[int]
    receipts: Sequence[Receipt]
    told: Iterable[tuple[str, str]]
    killed_at: Sequence[float]


class DeliveryChecker:
    """Looks at one installation whose server runs. secrets: of the endpoint at each path."""

    def __init__(self, installation: Installation, secrets: Mapping[str, str]) -> None:
        self._installation = installation
        self._secrets = secrets
        self._ids: IdForms = installation.ids

    def wait_finished(self, within_s: float, meanwhile: Callable[[], None]) -> None:
        """Returns when nothing is left to plan, to send or to read, or when the time is over. meanwhile: done again and again."""
        deadline = time.monotonic() + within_s
        while self._rows(_UNFINISHED)[0][0][0] and time.monotonic() < deadline:
            meanwhile()
            time.sleep(0.1)  # not our process, so nothing tells

    def gather(self, receipts: Sequence[Receipt], told: Iterable[tuple[str, str]], killed_at: Sequence[float]) -> Evidence:
        """What there is to judge, the database's part of it from one snapshot."""
        unfinished, events, endpoints, deliveries, attempts, numbers = self._rows(
            _UNFINISHED, _EVENTS, _ENDPOINTS, _DELIVERIES, _ATTEMPTS, _FEED_NUMBERS
        )
        paths = {row[0]: urlsplit(row[1]).path or FEED for row in endpoints}
        fed = [row[0] for row in numbers]
        return Evidence(unfinished[0][0], events, paths, deliveries, attempts, fed, receipts, told, killed_at)

    def check(self, evidence: Evidence) -> list[str]:
        """What is wrong, in words; nothing when every event owed was delivered or has visibly failed, repeats came under one id and only
        after a kill, and the order was kept."""
        wrong = [f"{evidence.unfinished} events or deliveries are still waiting"] if evidence.unfinished else []
        happened = {(self._survey(event), event[2]) for event in evidence.events}
        wrong += [f"{survey} was acknowledged as {kind} and there is no event" for survey, kind in set(evidence.told) - happened]
        if evidence.feed_numbers != list(range(1, len(evidence.feed_numbers) + 1)):
            wrong.append(f"the feed's numbers are {evidence.feed_numbers}")
        deliveries, unowed = _match(evidence)
        wrong += unowed
        wrong += self._match_receipts(evidence, deliveries)
        for one in deliveries.values():
            wrong += _check_delivery(one, evidence)
        return wrong + _check_order(deliveries, self._order_key)

    def _match_receipts(self, evidence: Evidence, deliveries: Mapping[int, Told]) -> list[str]:
        """Gives each receipt to its delivery, and says which have none, and which repeats are not the same bytes."""
        wrong: list[str] = []
        by_event = {(one.path, self._survey(one.event), one.event[2]): delivery_id for delivery_id, one in deliveries.items()}
        bodies: dict[int, set[bytes]] = defaultdict(set)
        for place, receipt in enumerate(evidence.receipts):
            try:
                found = self._identify(receipt, by_event)
            except (ValueError, TurnoutError) as error:
                wrong.append(f"a receiver could not read what came to {receipt.path}: {error!r}")
                continue
            if found is None or found not in deliveries or deliveries[found].path != receipt.path:
                wrong.append(f"what came to {receipt.path} at {receipt.at} belongs to no delivery of its endpoint")
                continue
            deliveries[found].receipts.append(place)
            bodies[found].add(receipt.body)
        return wrong + [f"delivery {found} came in {len(texts)} versions" for found, texts in bodies.items() if len(texts) > 1]

    def _identify(self, receipt: Receipt, by_event: Mapping[tuple[str, str, str], int]) -> int | None:
        """The id of the delivery this is: from the message's id where the dialect has one, else by what it is about."""
        if receipt.path == FEED:
            return self._ids.parse_text(Kind.DELIVERY, receipt.headers["webhook-id"])
        secret = self._secrets[receipt.path]
        if "webhook-id" in receipt.headers:
            return self._ids.parse_text(Kind.DELIVERY, receive_native(receipt.headers, receipt.body, secret, now_s=receipt.at).id)
        message = receive_quanshi(receipt.headers, receipt.body, secret.encode(), now_s=receipt.at)
        ((_, number, kind),) = identity_of_quanshi(message)
        return by_event.get((receipt.path, self._ids.text(Kind.SURVEY, self._ids.parse_integer(Kind.SURVEY, number)), _QUANSHI_KINDS[kind]))

    def _survey(self, event: Row) -> str:
        return self._ids.text(Kind.SURVEY, json.loads(event[3])["survey_id"])

    def _order_key(self, one: Told) -> object:
        return one.path, one.event[0], None if one.path in _IN_ORDER_OF_LIVE_SESSION else self._survey(one.event)

    def _rows(self, *statements: str) -> list[list[Row]]:
        """The rows of each statement, all of one snapshot."""
        database = open_database(self._installation.config)
        try:
            with database.reading() as connection:
                return [[tuple(row) for row in connection.execute(sa.text(statement))] for statement in statements]
        finally:
            database.close()


def _match(evidence: Evidence) -> tuple[dict[int, Told], list[str]]:
    """The deliveries by id with their events, and what is wrong about which there are: each event is owed to each endpoint, once."""
    wrong: list[str] = []
    events = {event[:2]: event for event in evidence.events}
    found: dict[int, Told] = {}
    for delivery_id, endpoint_id, stream_id, number, state in evidence.deliveries:
        if (stream_id, number) not in events:
            wrong.append(f"delivery {delivery_id} is for no event that is owed")
            continue
        found[delivery_id] = Told(events[stream_id, number], evidence.endpoints[endpoint_id], state)
    for delivery_id, *attempt in evidence.attempts:
        if delivery_id in found:
            found[delivery_id].attempts.append(tuple(attempt))
    counted = Counter((one.path, *one.event[:2]) for one in found.values())
    for path in evidence.endpoints.values():
        for stream_id, number, kind, _ in evidence.events:
            deliveries = counted[path, stream_id, number]
            if deliveries != 1:
                wrong.append(f"{kind}, event {number} of {stream_id}, has {deliveries} deliveries to {path}")
    return found, wrong


def _check_delivery(one: Told, evidence: Evidence) -> list[str]:
    """What is wrong with a delivery by itself: its end, its attempts, and how often its receiver had it."""
    name = f"{one.event[2]}, event {one.event[1]} of {one.event[0]}, to {one.path}"
    outcomes = [attempt[1] for attempt in one.attempts]
    acknowledged = sum(evidence.receipts[place].acknowledged for place in one.receipts)
    wrong: list[str] = []
    if one.state not in ("succeeded", "failed"):
        wrong.append(f"{name} ended as {one.state}")
    if one.state == "succeeded" and not acknowledged:
        wrong.append(f"{name} counts as delivered, and its receiver never acknowledged it")
    if one.state == "failed" and acknowledged:
        wrong.append(f"{name} counts as failed, and its receiver acknowledged it")
    if one.state == "failed" and one.path != "/refusing":
        wrong.append(f"{name} failed at a receiver that refuses nothing: {one.attempts}")
    if [attempt[0] for attempt in one.attempts] != list(range(1, len(one.attempts) + 1)):
        wrong.append(f"{name} has attempts {[attempt[0] for attempt in one.attempts]}")
    wrong += [f"attempt {attempt[0]} of {name} is {attempt[1]} without a word" for attempt in one.attempts if not attempt[3]]
    if len(one.receipts) > (1 if one.path == FEED else len(outcomes)):
        wrong.append(f"{name} came {len(one.receipts)} times in {len(outcomes)} attempts")
    uncertain = sum(outcome in _UNCERTAIN for outcome in outcomes)
    if acknowledged > (one.state == "succeeded") + uncertain:
        wrong.append(f"{name} was acknowledged {acknowledged} times, and its attempts were {outcomes}")
    for number, outcome, started_at, _ in one.attempts:
        since_s = [killed_at - started_at / 1_000_000 for killed_at in evidence.killed_at]
        if outcome == "abandoned" and not any(-1.0 <= passed <= _LEASE_S for passed in since_s):
            wrong.append(f"attempt {number} of {name} was abandoned, and nobody had killed its sender")
    return wrong


def _check_order(deliveries: Mapping[int, Told], key_of: Any) -> list[str]:
    """What came too early: of those that must follow each other, every receipt of one precedes every receipt of the next, also where one
    has failed."""
    by_key: dict[object, list[Told]] = defaultdict(list)
    for one in deliveries.values():
        by_key[key_of(one)].append(one)
    wrong: list[str] = []
    for chain in by_key.values():
        last, before = -1, 0
        for one in sorted(chain, key=lambda told: told.event[1]):
            if one.receipts and min(one.receipts) < last:
                wrong.append(f"event {one.event[1]} of {one.event[0]} came to {one.path} before {before} was done with")
            if one.receipts:
                last, before = max(last, *one.receipts), one.event[1]
    return wrong
