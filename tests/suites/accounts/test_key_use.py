"""When an API key was last used is kept, and costs next to no writes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import KEYRING, Served, create_customer
from turnout.accounts import key_use, queries
from turnout.accounts.actions import CREATE_API_KEY, CreateApiKey, CreatedAccount
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.key_use import NOTE_KEY_USE, KeyUse, NoteKeyUse
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import ApiKeyId
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.runtime import Runtime


class Keys:
    """An account with two keys, and the process that keeps when they are used."""

    def __init__(self, database: Database, commit: GroupCommit, clock: FakeClock, ids: CreatedAccount, other: ApiKeyId) -> None:
        self.clock = clock
        self.commit = commit
        self.first, self.other = ids.api_key_id, other
        self._account = ids.account_id
        self._database = database
        self.use = KeyUse(Runtime(database, commit, KEYRING, KEYRING.ids, clock, ""))

    def kept(self) -> tuple[Instant | None, Instant | None]:
        """When the first and the other were last used, as it is written."""
        with self._database.reading() as connection:
            found = {key.id: key.last_used_at for key in queries.list_api_keys(connection, self._account)}
        return found[self.first], found[self.other]

    async def until(self, first: Instant | None, other: Instant | None) -> None:
        """Returns once this is written."""
        async with asyncio.timeout(10):
            while self.kept() != (first, other):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.01)


@pytest.fixture
async def keys(database: Database, commit: GroupCommit) -> AsyncIterator[Keys]:
    """Started."""
    ids = (await create_customer(commit)).ids
    other = await commit.run(CREATE_API_KEY, CreateApiKey(ids.account_id, hash_secret(new_api_key()), "other"), lane=0)
    made = Keys(database, commit, FakeClock(), ids, other)
    await made.use.start()
    yield made
    await made.use.stop()


async def test_a_first_use_is_written_at_once_and_later_ones_together(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a key is used, it is written once in WRITE_S; another key is not held back by it."""
    start = keys.clock.now()
    assert keys.kept() == (None, None)
    keys.use.note(keys.first)
    await keys.until(start, None)
    for _ in range(50):
        keys.clock.advance(1)
        keys.use.note(keys.first)
    keys.use.note(keys.other)
    await keys.until(start, start + 50 * SECOND)
    monkeypatch.setattr(key_use, "WRITE_S", 0.05)
    keys.use._poller.wake()
    await keys.until(start + 50 * SECOND, start + 50 * SECOND)


async def test_a_stop_writes_what_is_left(keys: Keys) -> None:
    """Nothing is lost by a restart in order."""
    start = keys.clock.now()
    keys.use.note(keys.first)
    await keys.until(start, None)
    keys.use.note(keys.first)
    later = keys.clock.advance(100)
    keys.use.note(keys.first)
    await asyncio.sleep(0.05)
    assert keys.kept() == (start, None)
    await keys.use.stop()
    assert keys.kept() == (later, None)


async def test_the_latest_of_two_processes_counts(keys: Keys) -> None:
    """What is written later, of an earlier use, takes nothing back; a key that is no more is no fault."""
    now = keys.clock.now()
    for at in (now, now - 60 * SECOND):
        await keys.commit.run(NOTE_KEY_USE, NoteKeyUse(((keys.other, at), (ApiKeyId(7), at))), lane=0)
    assert keys.kept() == (None, now)


async def test_the_list_says_it(served: Served) -> None:
    """The reply that makes a key has null."""
    customer = await create_customer(served.runtime.commit)
    made = (await served.client.post("/api/v1/api-keys", json={"label": "CRM"}, headers=customer.bearer)).json()
    assert made["api_key"]["last_used_at"] is None
    at = served.runtime.clock.now()
    await served.runtime.commit.run(NOTE_KEY_USE, NoteKeyUse(((customer.ids.api_key_id, at),)), lane=0)
    listed = (await served.client.get("/api/v1/api-keys", headers=customer.bearer)).json()["api_keys"]
    assert [(key["label"], key["last_used_at"]) for key in listed] == [("CRM", None), ("first", "2026-01-05T08:00:00.000000Z")]
