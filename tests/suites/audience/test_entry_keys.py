"""Entry keys: numbered, sealed, the earlier one working for a day; and how a process reads passes by them."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import msgspec
import pytest
import sqlalchemy as sa

from tests.suites.audience.stage import KEYRING, Stage, write
from turnout.accounts import secrets
from turnout.accounts.member_actions import MAKE_ENTRY_KEY, MakeEntryKey
from turnout.accounts.queries import list_entry_keys
from turnout.accounts.rules import EntryKey
from turnout.accounts.store import entry_keys
from turnout.accounts.wire import kid_of
from turnout.audience.passes import PassReader
from turnout.audience.rules import Signed
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import NotAllowed, TurnoutError
from turnout.storage.batch import BatchWriter
from turnout.storage.group_commit import GroupCommit
from turnout.storage.runtime import Runtime


def make(stage: Stage, *, end_earlier: bool = False) -> tuple[str, EntryKey]:
    """A new key: its text, and as it is kept."""
    text, sealed = secrets.new_entry_key(KEYRING)
    made: list[EntryKey] = stage.do(MAKE_ENTRY_KEY, MakeEntryKey(stage.caller, sealed, end_earlier))
    return text, made[-1]


def working(stage: Stage) -> list[int]:
    """The numbers of the keys that work now."""
    with stage.database.reading() as connection:
        return [key.number for key in list_entry_keys(connection, stage.caller.account_id, stage.clock.now())]


def test_rotation(stage: Stage) -> None:
    """Each key after the first ends a day after the next one was made, and never later than that, however often keys are made."""
    make(stage)
    stage.clock.advance(60)
    make(stage)
    stage.clock.advance(limits.ENTRY_KEY_OVERLAP_S / 2)
    make(stage)
    assert working(stage) == [1, 2, 3]
    stage.clock.advance(limits.ENTRY_KEY_OVERLAP_S / 2 + 1)
    assert working(stage) == [2, 3]
    make(stage, end_earlier=True)
    assert working(stage) == [4]
    stage.clock.advance(10 * limits.ENTRY_KEY_OVERLAP_S)
    assert working(stage) == [4]


def test_a_key_is_kept_sealed(stage: Stage) -> None:
    """What stands in the database is not the key, and opens with the installation's secret alone."""
    text, key = make(stage)
    with stage.database.reading() as connection:
        (kept,) = connection.execute(sa.select(entry_keys.c.key)).scalars()
    assert text.encode() not in bytes(kept)
    assert secrets.open_entry_key(KEYRING, key.sealed) == text


def test_only_operators(stage: Stage) -> None:
    """A host who is none makes no key."""
    host = msgspec.structs.replace(stage.caller, role="host")
    with pytest.raises(NotAllowed):
        stage.do(MAKE_ENTRY_KEY, MakeEntryKey(host, b"sealed"))


def test_two_made_at_once(postgres_stage: Stage) -> None:
    """Through two processes: two keys with two numbers."""
    stage = postgres_stage
    gate = threading.Barrier(2)

    def run(number: int) -> list[int]:
        writer = BatchWriter(stage.database, number, stage.clock)
        gate.wait(20)
        made = [write(writer, [(MAKE_ENTRY_KEY, MakeEntryKey(stage.caller, b"sealed"))])[0][-1].number for _ in range(5)]
        writer.close()
        return made

    with ThreadPoolExecutor(2) as pool:
        numbers = [number for made in pool.map(run, range(2)) for number in made]
    assert sorted(numbers) == list(range(1, 11))


async def test_a_process_reads_passes(stage: Stage, commit: GroupCommit) -> None:
    """Many at once with one look at the keys; a key made a moment ago is known; one that has ended works no longer than its time."""
    runtime = Runtime(stage.database, commit, KEYRING, KEYRING.ids, stage.clock, "")
    reader = PassReader(runtime)
    told: list[Signed | TurnoutError] = []

    def sign(text: str, key: EntryKey, sub: str) -> str:
        claims = {"sub": sub, "name": "Wang", "exp": stage.clock.now() // SECOND + 600}
        return jwt.encode(claims, text, algorithm="HS256", headers={"kid": kid_of(KEYRING.ids, key)})

    async def until(count: int) -> None:
        async with asyncio.timeout(10):
            while len(told) < count:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.01)

    first, first_key = make(stage)
    for number in range(500):
        reader.read(sign(first, first_key, f"u-{number}"), told.append)
    assert told == [], "nothing is believed before the keys were read"
    await until(500)
    assert [signed.external_id for signed in told if isinstance(signed, Signed)] == [f"u-{number}" for number in range(500)]
    reader.read(sign(first, first_key, "at-once"), told.append)
    assert len(told) == 501
    second, second_key = make(stage)
    reader.read(sign(second, second_key, "newer"), told.append)
    await until(502)
    assert isinstance(told[-1], Signed)
    stage.clock.advance(limits.ENTRY_KEY_OVERLAP_S + 1)
    reader.read(sign(first, first_key, "late"), told.append)
    await until(503)
    assert isinstance(told[-1], TurnoutError)
    assert (told[-1].code, told[-1].field) == ("invalid_pass", "pass.kid")


async def test_a_database_that_is_away(stage: Stage, commit: GroupCommit) -> None:
    """The pass is neither believed nor refused: the client is told to come again."""
    runtime = Runtime(stage.database, commit, KEYRING, KEYRING.ids, stage.clock, "")
    text, key = make(stage)
    claims = {"sub": "u-1", "name": "Wang", "exp": int(time.time())}
    signed = jwt.encode(claims, text, algorithm="HS256", headers={"kid": kid_of(KEYRING.ids, key)})

    class Away:
        """A database that does not answer."""

        async def read(self, _query: object) -> object:
            raise ConnectionError("no route")

    told: list[Signed | TurnoutError] = []
    done = asyncio.Event()
    reader = PassReader(Runtime(Away(), commit, KEYRING, KEYRING.ids, runtime.clock, ""))  # type: ignore[arg-type]
    reader.read(signed, lambda outcome: (told.append(outcome), done.set())[0])
    await asyncio.wait_for(done.wait(), 10)
    assert isinstance(told[0], TurnoutError)
    assert told[0].code == "overloaded"
