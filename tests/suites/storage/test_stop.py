"""A stop ends, whatever the database does."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from turnout.kernel.errors import Overloaded
from turnout.storage import group_commit, sqlite
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.transaction import Tx


def _nothing(tx: Tx, commands: Sequence[int]) -> Sequence[int]:
    return commands


NOTHING: Action[int, int] = Action("nothing", _nothing)


async def test_a_lock_held_by_another_process_does_not_hold_up_a_stop(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    """What cannot be written when the patience is over is refused, which is honest: nothing was done. Before the stop it waits."""
    monkeypatch.setattr(group_commit, "STOP_PATIENCE_S", 0.0)
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout=50", *sqlite._PRAGMAS[1:]))
    database = sqlite.SqliteDatabase(sqlite_path)
    commit = GroupCommit(database, clock, lambda nudges: None)
    await commit.start()
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    waiting = asyncio.ensure_future(commit.run(NOTHING, 1, lane=1))
    await asyncio.sleep(0)
    assert not waiting.done()
    commit.give_up_soon()
    with pytest.raises(Overloaded):
        await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(commit.stop(), 10)

    other.close()
    database.close()


async def test_long_reads_leave_the_others_their_threads(database: Database) -> None:
    """However many vendor queries run, a host's short read does not wait for them."""
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_connection: object) -> None:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)

    long = [asyncio.ensure_future(database.read_long(wait)) for _ in range(20)]
    assert await asyncio.wait_for(database.read(lambda connection: 7), 5) == 7
    assert not any(task.done() for task in long)
    go_on.set()
    await asyncio.gather(*long)
