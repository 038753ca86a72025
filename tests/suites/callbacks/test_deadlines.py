"""Calls that may take only so long: what asyncio.timeout promises, with one timer for all of one limit."""

import asyncio

import pytest

from turnout.callbacks.deadlines import Deadlines

SOON = 0.01
LATE = 30.0


async def _hang(deadlines: Deadlines, seconds: float) -> str:
    try:
        with deadlines.within(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return "over"
    return "ended"


async def test_a_block_that_takes_too_long_is_ended() -> None:
    """It raises TimeoutError, and the task is not left as one that is being cancelled."""
    with pytest.raises(TimeoutError), Deadlines().within(SOON):
        await asyncio.Event().wait()

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_of_many_is_ended_in_its_turn() -> None:
    """Also those that joined while the first one's timer was running, and those of another limit."""
    deadlines = Deadlines()
    first = [asyncio.create_task(_hang(deadlines, SOON)) for _ in range(3)]
    other = asyncio.create_task(_hang(deadlines, SOON / 2))
    await asyncio.gather(*first)
    later = [asyncio.create_task(_hang(deadlines, SOON)) for _ in range(3)]

    assert await asyncio.gather(*first, other, *later) == ["over"] * 7


async def test_one_that_ends_in_time_leaves_nothing_behind() -> None:
    """Neither a block that waits nor, when its timer has rung, a line for its limit; the next one is ended all the same."""
    deadlines = Deadlines()
    with deadlines.within(SOON):
        pass

    assert await _hang(deadlines, SOON) == "over"
    assert not deadlines._lines


async def test_a_cancellation_stays_one() -> None:
    """Whoever cancels the task sees it cancelled, not a timeout."""
    deadlines = Deadlines()
    task = asyncio.create_task(_hang(deadlines, LATE))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    deadlines.close()


async def test_an_error_of_the_block_goes_through() -> None:
    """As it is."""
    deadlines = Deadlines()
    with pytest.raises(ValueError, match="of the block"), deadlines.within(LATE):
        raise ValueError("of the block")
    deadlines.close()


async def test_a_closed_one_rings_no_more() -> None:
    """A block under way when it is closed ends by itself only: one of its own limit, set later, comes first."""
    deadlines, later = Deadlines(), Deadlines()
    task = asyncio.create_task(_hang(deadlines, SOON))
    await asyncio.sleep(0)
    deadlines.close()

    assert await _hang(later, 2 * SOON) == "over"
    assert not task.done()
    task.cancel()
