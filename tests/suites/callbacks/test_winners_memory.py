"""However many have won, planning and sending it takes the same memory: a few pages of winners are in hand at a time."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from tests.dialects.volcengine.facts import DRAWN, winner
from tests.suites.callbacks.conftest import World
from tests.suites.callbacks.receiver import Call, Receiver, status
from tests.suites.callbacks.test_winners import RECORD, pages_of
from turnout.callbacks.rules import DeliveryState
from turnout.dialects.contract import Patience
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.native.signing import new_secret
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.dialects.volcengine.callbacks import VolcengineCallbacks
from turnout.interactions.draw.rules import WINNERS_PER_PAGE
from turnout.storage.database import Database

FEW = 4_100
MOST_GROWTH = 4_000_000
"""Bytes. The facts of 30,000 winners alone are twice as many."""

PATIENCE_S = 200


@pytest.fixture
async def world(sqlite_database: Database, receiver: Receiver) -> AsyncIterator[World]:
    """On one engine: what is measured is not the database's."""
    made = World(sqlite_database, receiver)
    patience = Patience(timeout_s=30.0, waits_s=())
    ids = made.runtime.ids
    spoken = (VolcengineCallbacks(ids, patience), QuanshiCallbacks(ids, patience), NativeCallbacks(ids, patience))
    made.dialects = {dialect.name: dialect for dialect in spoken}
    await made.commit.start()
    yield made
    await made.close()


async def most_memory(world: World, winners: int) -> int:
    """Bytes that were in use at most, above those before, while so many were planned, encoded, signed and sent. All of them arrive."""
    for first in range(0, winners, WINNERS_PER_PAGE):
        (facts,) = pages_of([winner(number) for number in range(first, min(winners, first + WINNERS_PER_PAGE))])
        await world.commit.run(RECORD, facts, lane=DRAWN.live_session_id)
        del facts
    arrived = 0
    complete = asyncio.Event()
    fine = status(204)

    async def answer(call: Call, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += call.body.count(b"Viewer ")
        call.body = b""
        if arrived == winners:
            complete.set()
        await fine(call, writer)

    world.receiver.answer(answer)
    gc.collect()
    tracemalloc.start()
    try:
        planner, sender = await world.plan(), await world.send()
        async with asyncio.timeout(PATIENCE_S):
            await complete.wait()
        await world.settled(len(await world.deliveries()), DeliveryState.SUCCEEDED)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    for part in (sender, planner):
        world._stops.remove(part)
        world._nudged.remove(part.on_nudges)
        await part.stop()
    assert arrived == winners
    return most


@pytest.mark.timeout(2 * PATIENCE_S)
@pytest.mark.parametrize(("dialect", "many"), [("volcengine", 100_000), ("quanshi", 30_000), ("native", 30_000)])
async def test_memory_does_not_grow_with_the_winners(world: World, dialect: str, many: int) -> None:
    """100,000 of them in 50 calls take as much as 4,100 in three, the planner's memory and the sender's together."""
    await world.endpoint(dialect=dialect, secret=new_secret().encode())
    await most_memory(world, 1)  # what is loaded once and kept is not counted
    few = await most_memory(world, FEW)
    most = await most_memory(world, many)
    assert most - few < MOST_GROWTH, f"{few:,} bytes with {FEW:,} winners, {most:,} with {many:,}"
