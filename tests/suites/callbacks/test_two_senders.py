"""Two processes send from one PostgreSQL: counts show that nothing goes out twice, except after one of them was killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from tests.suites.callbacks.conftest import World, closing, opening
from tests.suites.callbacks.receiver import Answer, Call, Receiver, status
from turnout.callbacks.claim_actions import Claimed
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Ordering, Outcome
from turnout.callbacks.sender import Sender
from turnout.dialects.contract import CallbackDialect, Patience
from turnout.storage.database import Database
from turnout.storage.postgres import PostgresDatabase

PATHS = {"/free": Ordering.FREE, "/chained": Ordering.DIALECT, "/in_order": Ordering.LIVE_SESSION}
LIVE_SESSIONS = range(100, 110)
SURVEYS = 10  # in each live session, each opened and closed
OWED = len(PATHS) * len(LIVE_SESSIONS) * SURVEYS * 2


@pytest.fixture
def database(postgres_database: Database) -> Database:
    """Of the first process."""
    return postgres_database


@pytest.fixture
def other_database(postgres_url: str) -> Iterator[Database]:
    """The same PostgreSQL, with connections of its own."""
    database = PostgresDatabase(postgres_url)
    yield database
    database.close()


@pytest.fixture
async def other(world: World, other_database: Database, receiver: Receiver) -> AsyncIterator[World]:
    """The second process."""
    made = World(other_database, receiver, world.clock)
    await made.commit.start()
    yield made
    await made.close()


def counting(sender: Sender) -> Counter[int]:
    """How many attempts a sender begins of which delivery, from now on."""
    begun: Counter[int] = Counter()
    begin = sender._send

    async def count_and_send(claimed: Claimed, dialect: CallbackDialect, lease_until: float) -> None:
        begun[claimed.delivery_id] += 1
        await begin(claimed, dialect, lease_until)

    sender._send = count_and_send  # type: ignore[method-assign]  # to look, and not to change
    return begun


def refusing_some_once() -> Answer:
    """Refuses the first attempt of each message whose length is a multiple of three."""
    seen: set[bytes] = set()

    async def answer(call: Call, writer: asyncio.StreamWriter) -> None:
        refused = len(call.body) % 3 == 0 and call.body not in seen
        seen.add(call.body)
        await status(500 if refused else 200)(call, writer)

    return answer


async def owe(world: World) -> None:
    """Endpoints for each ordering, and their deliveries of every live session, planned."""
    for path, ordering in PATHS.items():
        await world.endpoint(path, ordering=ordering)
    events = [
        [event for number in range(SURVEYS) for event in (opening(1000 * session + number, live_session=session),
                                                          closing(1000 * session + number, live_session=session))]
        for session in LIVE_SESSIONS
    ]  # fmt: skip
    await asyncio.gather(*(world.record(*one) for one in events))


async def told(world: World) -> list[tuple[Delivery, bytes | None, list[Attempt]]]:
    """Every delivery with its body and its attempts."""
    return [await world.inspect(one.id) for session in LIVE_SESSIONS for one in await world.deliveries(session)]


def out_of_order(calls: list[Call], found: list[tuple[Delivery, bytes | None, list[Attempt]]]) -> list[tuple[str, int, int]]:
    """Calls that came after one of a later event which had to wait for them: path, live session and number of the event."""
    of = {(urlsplit(delivery.endpoint_url).path, body): delivery for delivery, body, _ in found}
    latest: dict[tuple[object, ...], int] = {}
    wrong = []
    for call in calls:
        delivery = of[call.path, call.body]
        number = delivery.event_number
        chain = {"/free": number, "/chained": (number - 1) // 2, "/in_order": 0}[call.path]
        key = (call.path, delivery.stream_id, chain)
        if latest.setdefault(key, number) > number:
            wrong.append((call.path, delivery.stream_id, number))
        latest[key] = max(latest[key], number)
    return wrong


async def test_nothing_is_sent_twice(world: World, other: World) -> None:
    """With two planners and two senders and a receiver that refuses some: each delivery has as many calls as attempts, one of them
    acknowledged, in the order its endpoint has, and both processes did their share."""
    other.dialects = world.speaking(Patience(timeout_s=20.0, waits_s=(0.0,)))
    for path in PATHS:
        world.receiver.answer(refusing_some_once(), path=path)
    begun = [counting(await one.send()) for one in (world, other)]
    for one in (world, other):
        await one.plan()
    await owe(world)
    await world.settled(OWED)

    found = await told(world)
    calls = Counter((call.path, call.body) for call in world.receiver.calls)
    attempts = [attempt for *_, tries in found for attempt in tries]
    assert len(found) == OWED == len(calls)
    assert {delivery.state for delivery, _, _ in found} == {DeliveryState.SUCCEEDED}
    assert {attempt.outcome for attempt in attempts} == {Outcome.ACCEPTED, Outcome.REJECTED}
    refused = sum(attempt.outcome is Outcome.REJECTED for attempt in attempts)
    assert refused > OWED // 10
    assert len(world.receiver.calls) == len(attempts) == OWED + refused
    assert max(calls.values()) == 2
    assert out_of_order(world.receiver.calls, found) == []
    assert min(sum(mine.values()) for mine in begun) > OWED // 10, "one of the two did next to nothing"
    assert sum((mine for mine in begun), Counter()) == Counter({delivery.id: len(tries) for delivery, _, tries in found})


async def test_after_a_kill_only_what_was_under_way_is_sent_again(world: World, other: World) -> None:
    """One of the two dies with calls under way: the other sends those again once their leases have run out, and no others."""
    answered, waiting, held = 0, 0, asyncio.Event()

    async def answer(call: Call, writer: asyncio.StreamWriter) -> None:
        nonlocal answered, waiting
        answered += 1
        if answered > OWED // 3:
            waiting += 1
            await held.wait()
        await status(200)(call, writer)

    other.dialects = world.speaking(Patience(timeout_s=20.0, waits_s=(0.0,)))
    for path in PATHS:
        world.receiver.answer(answer, path=path)
    await world.plan()
    await owe(world)
    await world.planned()
    doomed, survivor = await world.send(), await other.send()
    # more calls wait than the survivor has under way: some are the doomed one's, and have come
    await world.until(lambda _connection: bool(doomed._under_way) and 0 < len(survivor._under_way) < waiting)
    await world.kill(doomed)
    held.set()
    await survivor.stop()  # so that none of its own calls is under way when time passes

    world.clock.advance(60)
    await other.send()
    await other.settled(OWED)

    found = await told(world)
    calls = Counter((call.path, call.body) for call in world.receiver.calls)
    abandoned = {delivery.id for delivery, _, tries in found if any(attempt.outcome is Outcome.ABANDONED for attempt in tries)}
    repeated = [one for one, count in calls.items() if count > 1]
    assert {delivery.state for delivery, _, _ in found} == {DeliveryState.SUCCEEDED}
    assert {len(tries) for delivery, _, tries in found if delivery.id not in abandoned} == {1}
    assert {len(tries) for delivery, _, tries in found if delivery.id in abandoned} == {2}
    assert len(calls) == OWED
    assert 0 < len(repeated) <= len(abandoned) < OWED // 3
    assert max(calls.values()) == 2
    assert out_of_order(world.receiver.calls, found) == []
