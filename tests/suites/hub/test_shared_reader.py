"""Many queries of one moment are one read, and fail each for itself."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from turnout.hub.reading import SharedReader
from turnout.kernel.errors import NotFound

T = TypeVar("T")


class _Database:
    """Counts its reads; one query in it may spoil a read."""

    def __init__(self) -> None:
        self.reads = 0
        self.under_way = 0
        self.most = 0

    async def read(self, query: Callable[[Any], T]) -> T:
        """See Reader."""
        self.reads += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            return query(self.reads)
        finally:
            self.under_way -= 1


def _refuse(_connection: Any) -> None:
    raise NotFound


def _break(_connection: Any) -> None:
    raise ValueError("a bug")


async def test_queries_of_one_moment_are_one_read() -> None:
    """Each gets its own result, of the same moment."""
    database = _Database()
    reader = SharedReader(database)

    results = await asyncio.gather(*(reader.read(lambda moment, number=number: (number, moment)) for number in range(20)))  # type: ignore[misc]

    assert results == [(number, 1) for number in range(20)]
    assert await reader.read(lambda moment: moment) == 2


async def test_a_refusal_is_for_who_asked() -> None:
    """The others do not notice."""
    database = _Database()
    reader = SharedReader(database)

    results = await asyncio.gather(reader.read(lambda _: 1), reader.read(_refuse), reader.read(lambda _: 2), return_exceptions=True)

    assert (results[0], type(results[1]), results[2]) == (1, NotFound, 2)
    assert database.reads == 1


async def test_a_bug_is_for_who_asked() -> None:
    """It may have spoilt the transaction, so the others are read again without it."""
    database = _Database()
    reader = SharedReader(database)

    results = await asyncio.gather(reader.read(lambda _: 1), reader.read(_break), reader.read(lambda _: 2), return_exceptions=True)

    assert (results[0], type(results[1]), results[2]) == (1, ValueError, 2)


async def test_reads_under_way_are_bounded() -> None:
    """In number and in length; nobody is forgotten."""
    database = _Database()
    reader = SharedReader(database, at_once=2, most=3)

    assert await asyncio.gather(*(reader.read(lambda _, number=number: number) for number in range(50))) == list(range(50))  # type: ignore[misc]
    assert database.most == 2
    assert database.reads == 17


async def test_who_has_gone_is_not_read_for() -> None:
    """And does not keep the others from their results."""
    database = _Database()
    reader = SharedReader(database, at_once=1)
    asked: list[str] = []
    first = asyncio.ensure_future(reader.read(lambda _: asked.append("first")))
    gone = asyncio.ensure_future(reader.read(lambda _: asked.append("gone")))
    last = asyncio.ensure_future(reader.read(lambda _: asked.append("last")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(first, last)

    assert asked == ["first", "last"]
    with pytest.raises(asyncio.CancelledError):
        await gone
