"""Creating requests sent twice: over HTTP, with an action that creates hosts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar import post

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Customer, Served, create_customer, serving
from turnout.accounts import actions, queries
from turnout.accounts.caller import Caller
from turnout.accounts.idempotency import Once, once
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.accounts.rules import Host
from turnout.accounts.store import idempotency_keys
from turnout.kernel import limits
from turnout.kernel.ids import AccountId
from turnout.storage.database import Database
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Tx


class HostBody(msgspec.Struct):
    """A host to create. lane: so that a test can use several writers."""

    login: str
    lane: int = 0


class CreateHostOnce(msgspec.Struct):
    """The command of a creating call."""

    account_id: AccountId
    login: str
    once: Once | None


def create_host_once(tx: Tx, commands: Sequence[CreateHostOnce]) -> Sequence[Host]:
    """As the domains do it: the whole use case inside `once`."""
    return [once(tx, command.account_id, command.once, Host, partial(_create, tx, command)) for command in commands]


def _create(tx: Tx, command: CreateHostOnce) -> Host:
    return actions.create_host(tx, [actions.CreateHost(command.account_id, command.login, "Bob", "host", "x")])[0]


CREATE_HOST_ONCE = Action("create_host_once", create_host_once)


@post("/api/v1/test-hosts")
async def create_test_host(data: HostBody, caller: Caller, runtime: Runtime, request: AnyRequest) -> Host:
    """A creating handler."""
    command = CreateHostOnce(caller.account_id, data.login, await once_of_request(request))
    return await runtime.commit.run(CREATE_HOST_ONCE, command, lane=data.lane)


@pytest.fixture
async def served(database: Database, clock: FakeClock) -> AsyncIterator[Served]:
    """A server with that handler."""
    async with serving(database, clock, handlers=[create_test_host]) as running:
        yield running


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account on that server."""
    return await create_customer(served.runtime.commit)


async def create(served: Served, customer: Customer, key: str | None, login: str, lane: int = 0) -> httpx.Response:
    """Asks for a host."""
    headers = customer.bearer if key is None else {**customer.bearer, "idempotency-key": key}
    return await served.client.post("/api/v1/test-hosts", json={"login": login, "lane": lane}, headers=headers)


async def logins_of(served: Served, customer: Customer) -> list[str]:
    """The login names of the account's hosts."""
    hosts = await served.runtime.database.read(lambda c: queries.list_hosts(c, customer.ids.account_id))
    return [host.login for host in hosts]


async def test_a_repeat_gets_the_first_reply_also_after_a_restart(database: Database, clock: FakeClock) -> None:
    """The reply is the same to the byte, although time has gone on, and one host exists."""
    async with serving(database, clock, handlers=[create_test_host]) as served:
        customer = await create_customer(served.runtime.commit)
        first = await create(served, customer, "k1", "bob")
        clock.advance(3_600)
        second = await create(served, customer, "k1", "bob")
    async with serving(database, clock, handlers=[create_test_host]) as served:
        third = await create(served, customer, "k1", "bob")
        assert first.status_code == second.status_code == third.status_code == 201
        assert first.content == second.content == third.content
        assert await logins_of(served, customer) == ["ada", "bob"]


async def test_without_a_key_a_repeat_is_another_request(served: Served, customer: Customer) -> None:
    """The negative control: nothing but the key makes the difference."""
    assert (await create(served, customer, None, "bob")).status_code == 201
    assert (await create(served, customer, None, "bob")).json()["error"]["code"] == "login_taken"


async def test_a_key_used_for_another_body_conflicts(served: Served, customer: Customer) -> None:
    """It is a mistake of the caller's, and nothing is made."""
    await create(served, customer, "k1", "bob")
    reply = await create(served, customer, "k1", "carol")
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert await logins_of(served, customer) == ["ada", "bob"]


async def test_repeats_at_the_same_moment_make_one(served: Served, customer: Customer) -> None:
    """Ten at once, spread over the writers: one creation, ten equal replies."""
    # the lane is part of the body, and so of the fingerprint; commands of one body go to different writers only through the action
    runtime, asked = served.runtime, Once("k1", "same")
    command = CreateHostOnce(customer.ids.account_id, "bob", asked)
    outcomes = await asyncio.gather(*(runtime.commit.run(CREATE_HOST_ONCE, command, lane=lane) for lane in range(10)))
    assert len(set(outcomes)) == 1
    replies = await asyncio.gather(*(create(served, customer, "k2", "carol") for _ in range(10)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    assert await logins_of(served, customer) == ["ada", "bob", "carol"]


async def test_keys_belong_to_their_account(served: Served, customer: Customer) -> None:
    """Another customer's request under the same key is their own."""
    other = await create_customer(served.runtime.commit, login="eve", name="Eve Ltd")
    await create(served, customer, "k1", "bob")
    assert (await create(served, other, "k1", "dan")).status_code == 201
    assert await logins_of(served, other) == ["eve", "dan"]


async def test_a_refused_request_frees_its_key(served: Served, customer: Customer) -> None:
    """Nothing was made, so trying again under the key is trying for the first time."""
    assert (await create(served, customer, "k1", "ada")).status_code == 409
    assert (await create(served, customer, "k1", "bob")).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ü", "k" * (limits.MAX_IDEMPOTENCY_KEY_LENGTH + 1)])
async def test_a_key_we_cannot_keep_is_refused(served: Served, customer: Customer, key: str) -> None:
    """Rather than being cut or ignored."""
    headers = [(b"authorization", customer.bearer["authorization"].encode()), (b"idempotency-key", key.encode())]
    reply = await served.client.post("/api/v1/test-hosts", json={"login": "bob"}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["field"]) == (400, "Idempotency-Key")
    assert await logins_of(served, customer) == ["ada"]


async def test_old_keys_are_forgotten(served: Served, customer: Customer, clock: FakeClock) -> None:
    """After their days, when others are made; until then a key holds."""
    for number in range(3):
        await create(served, customer, f"old{number}", f"old{number}")
    clock.advance(limits.IDEMPOTENCY_KEY_DAYS * 86_400 - 60)
    assert (await create(served, customer, "young", "young")).status_code == 201
    assert (await create(served, customer, "old0", "old0")).status_code == 201
    assert await kept_keys(served) == {"old0", "old1", "old2", "young"}
    clock.advance(120)
    assert (await create(served, customer, "new", "new")).status_code == 201

    assert await kept_keys(served) == {"young", "new"}
    assert (await create(served, customer, "old0", "old0")).json()["error"]["code"] == "login_taken"


async def kept_keys(served: Served) -> set[str]:
    """The keys in the table."""
    return set(await served.runtime.database.read(lambda c: c.execute(sa.select(idempotency_keys.c.key)).scalars().all()))
