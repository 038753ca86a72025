"""Proof files on their way out: a part at a time, each read once for all who wait, and never more than some of them in memory."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from tests.fake_clock import FakeClock
from turnout.interactions.draw import queries
from turnout.interactions.draw.proof_api import ProofFiles
from turnout.kernel.errors import Overloaded
from turnout.kernel.ids import DrawId, LiveSessionId
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime

LIVE = LiveSessionId(1)
PART = 10


class Papers:
    """Stands for the rows. files: by draw. asked: for which parts. gate: open when reading may go on. busy: how many reads are refused."""

    def __init__(self) -> None:
        self.files = {1: b"0123456789abcdefghij", 2: b"0123456789abc", 3: b"x" * 100}
        self.asked: list[tuple[int, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.busy = 0

    def load(self, _connection: object, _live_session_id: LiveSessionId, draw_id: DrawId, part: int) -> bytes:
        """As queries.load_paper_part."""
        self.asked.append((draw_id, part))
        assert self.gate.wait(20)
        if self.busy:
            self.busy -= 1
            raise Overloaded(retry_after_s=0.001)
        if self.files[draw_id] == b"broken":
            raise RuntimeError("the disk")
        return self.files[draw_id][part * PART : (part + 1) * PART]


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Papers:
    """In the place of the rows."""
    made = Papers()
    monkeypatch.setattr(queries, "load_paper_part", made.load)
    return made


@pytest.fixture
async def runtime(sqlite_database: Database, clock: FakeClock, papers: Papers) -> AsyncIterator[Runtime]:
    """With a database of which nothing is asked."""
    keyring = Keyring(bytes(32))
    yield Runtime(sqlite_database, GroupCommit(sqlite_database, clock, lambda _nudges: None), keyring, keyring.ids, clock, "")
    papers.gate.set()


async def download(files: ProofFiles, runtime: Runtime, papers: Papers, draw: int) -> list[bytes]:
    """The parts, as they come."""
    return [part async for part in files.parts(runtime, LIVE, DrawId(draw), len(papers.files[draw]))]


async def test_parts_are_the_file(runtime: Runtime, papers: Papers) -> None:
    """Also where the last one is short; nothing behind it is asked for."""
    files = ProofFiles()
    assert await download(files, runtime, papers, 1) == [b"0123456789", b"abcdefghij"]
    assert await download(files, runtime, papers, 2) == [b"0123456789", b"abc"]
    assert papers.asked == [(1, 0), (1, 1), (2, 0), (2, 1)]


async def test_each_is_read_once_for_all_who_wait(runtime: Runtime, papers: Papers) -> None:
    """Also when one of them leaves, and for who comes later."""
    files = ProofFiles()
    papers.gate.clear()
    waiting = [asyncio.create_task(download(files, runtime, papers, 1)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting.pop(0).cancel()
    papers.gate.set()
    for found in [*await asyncio.gather(*waiting), await download(files, runtime, papers, 1)]:
        assert b"".join(found) == papers.files[1]
    assert papers.asked == [(1, 0), (1, 1)]


async def test_no_more_than_so_many_are_kept(runtime: Runtime, papers: Papers) -> None:
    """Those used longest ago make room; a file longer than all that are kept comes whole."""
    files = ProofFiles(most=3)
    assert b"".join(await download(files, runtime, papers, 3)) == papers.files[3]
    assert len(files._kept) == 3
    papers.asked.clear()
    await download(files, runtime, papers, 1)
    await download(files, runtime, papers, 1)
    assert papers.asked == [(1, 0), (1, 1)]


async def test_a_busy_database_delays_it(runtime: Runtime, papers: Papers) -> None:
    """Half a file helps nobody."""
    papers.busy = 3
    assert b"".join(await download(ProofFiles(), runtime, papers, 2)) == papers.files[2]


async def test_a_failure_is_not_remembered(runtime: Runtime, papers: Papers) -> None:
    """Whoever waits is cut off, and the next one tries again."""
    files, whole = ProofFiles(), papers.files[1]
    papers.files[1] = b"broken"
    with pytest.raises(RuntimeError):
        await download(files, runtime, papers, 1)
    papers.files[1] = whole
    assert b"".join(await download(files, runtime, papers, 1)) == whole
