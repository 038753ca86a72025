"""Host names that do not resolve hold up the account they belong to, and nobody else."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.suites.callbacks.conftest import ACCOUNT, World, opening
from tests.suites.callbacks.receiver import Receiver
from turnout.callbacks import delivery_store, patience_rules, post
from turnout.callbacks.attempt_rules import POSTPONED_AGAIN_EXPLANATION, NoReply, Reply
from turnout.callbacks.patience_rules import POSTPONED_WAIT_S
from turnout.callbacks.post import LOOKUPS_AT_ONCE, LOOKUPS_PER_ACCOUNT, Post
from turnout.callbacks.rules import DeliveryState, Outcome
from turnout.dialects.contract import Patience
from turnout.kernel.ids import AccountId

OTHER_ACCOUNT = AccountId(3)
ABRUPT_S = 0.3


class Names:
    """Instead of name servers: names that begin with `slow` hang until released, all others are this machine."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked: list[str] = []

    def look_up(self, host: str, port: int, _family: int) -> list[tuple[Any, ...]]:
        """As post._look_up."""
        self.asked.append(host)
        if host.startswith("slow") and not self.released.wait(60):
            raise AssertionError("never released")
        return list(post.socket.getaddrinfo("127.0.0.1", port, type=post.socket.SOCK_STREAM))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """The names; whatever hangs is released at the end."""
    made = Names()
    monkeypatch.setattr(post, "_look_up", made.look_up)
    yield made
    made.released.set()


@pytest.fixture
async def client(names: Names) -> AsyncIterator[Post]:
    """A started client."""
    made = Post(dangerous_allow_private_callbacks=True)
    await made.start()
    yield made
    names.released.set()
    await made.stop()


async def test_one_account_cannot_take_every_thread(client: Post, names: Names, receiver: Receiver) -> None:
    """With more hanging names than there are threads it gets its two; another account's name is looked up at once."""
    hanging = [
        asyncio.create_task(client.post(f"http://slow{number}.example/", b"", {}, 20.0, ACCOUNT)) for number in range(LOOKUPS_AT_ONCE + 1)
    ]
    await asyncio.sleep(0.1)

    answer = await client.post(receiver.url().replace("127.0.0.1", "good.example"), b"", {}, 5.0, OTHER_ACCOUNT)

    assert isinstance(answer, Reply)
    assert sorted(names.asked) == ["good.example", *sorted(names.asked[:LOOKUPS_PER_ACCOUNT])]
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_who_waits_for_a_thread_is_postponed_and_who_has_one_times_out(client: Post, names: Names) -> None:
    """Only the second is the endpoint's fault. Attempts to one name share one look-up."""
    urls = [f"http://slow{number}.example/" for number in (0, 0, 0, 1, 2)]

    answers = await asyncio.gather(*(client.post(url, b"", {}, ABRUPT_S, ACCOUNT) for url in urls))

    assert answers == [NoReply(Outcome.TIMED_OUT)] * 4 + [NoReply(Outcome.POSTPONED)]
    assert sorted(names.asked) == ["slow0.example", "slow1.example"]


async def test_a_name_two_accounts_share_is_not_held_up_by_the_line_of_one(client: Post, receiver: Receiver) -> None:
    """Who asked first waits in its own line; the other account does not wait with it."""
    url = receiver.url().replace("127.0.0.1", "good.example")
    hanging = [asyncio.create_task(client.post(f"http://slow{number}.example/", b"", {}, 20.0, ACCOUNT)) for number in range(2)]
    await asyncio.sleep(0.1)
    first = asyncio.create_task(client.post(url, b"", {}, 20.0, ACCOUNT))
    await asyncio.sleep(0.1)

    assert isinstance(await client.post(url, b"", {}, 5.0, OTHER_ACCOUNT), Reply)

    assert not first.done()
    for task in (*hanging, first):
        task.cancel()
    await asyncio.gather(*hanging, first, return_exceptions=True)


async def test_a_thread_that_is_free_again_goes_to_who_waits(client: Post, names: Names, receiver: Receiver) -> None:
    """More names than an account may look up at once are looked up one after the other."""
    urls = [receiver.url().replace("127.0.0.1", f"slow{number}.example") for number in range(7)]
    asking = asyncio.gather(*(client.post(url, b"", {}, 20.0, ACCOUNT) for url in urls))
    await asyncio.sleep(0.1)
    assert len(names.asked) == LOOKUPS_PER_ACCOUNT
    names.released.set()

    assert [type(answer) for answer in await asking] == [Reply] * 7


async def test_a_delivery_is_not_postponed_for_ever(world: World, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of others hang at every try of its: in the end it has failed, and says why."""
    monkeypatch.setattr(patience_rules, "POSTPONED_FREE", 1)
    world.speaking(Patience(timeout_s=ABRUPT_S, waits_s=(0.0,)))
    for number in range(LOOKUPS_PER_ACCOUNT):
        await world.endpoint(url=f"http://slow{number}.example/hook")
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.until(lambda _: len(names.asked) == LOOKUPS_PER_ACCOUNT)
    endpoint = await world.endpoint(url=world.receiver.url().replace("127.0.0.1", "good.example"))
    await world.record(opening(6, live_session=9))
    await world.planned()

    def attempts_made(connection: sa.Connection) -> int:
        (one,) = (one for one in delivery_store.list_deliveries(connection, 9, None, 10) if one.endpoint_id == endpoint.id)
        return 0 if one.in_flight else one.attempts_made

    for number in (1, 2, 3):
        await world.until(lambda connection, number=number: attempts_made(connection) >= number)
        world.clock.advance(POSTPONED_WAIT_S)
        sender.wake()
    (delivery,) = (one for one in await world.deliveries(9) if one.endpoint_id == endpoint.id)

    assert delivery.state is DeliveryState.FAILED
    explanations = [attempt.explanation for attempt in await world.attempts(delivery)]
    assert ["does not count" in words for words in explanations] == [True, False, False]
    assert explanations[1:] == [POSTPONED_AGAIN_EXPLANATION] * 2
    assert world.receiver.calls == []


async def test_a_postponed_delivery_keeps_its_patience(world: World, names: Names) -> None:
    """Two names hang and fail, with no patience at all; the third one's delivery waits, and goes out once there is a thread."""
    world.speaking(Patience(timeout_s=ABRUPT_S, waits_s=()))
    for number in range(LOOKUPS_PER_ACCOUNT):
        await world.endpoint(url=f"http://slow{number}.example/hook")
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.until(lambda _: len(names.asked) == LOOKUPS_PER_ACCOUNT)
    await world.endpoint(url=world.receiver.url().replace("127.0.0.1", "good.example"))
    await world.record(opening(6, live_session=9))
    await world.settled(2 * LOOKUPS_PER_ACCOUNT, DeliveryState.FAILED)
    await world.until(lambda _: not sender._under_way)

    (waiting,) = [delivery for delivery in await world.deliveries(9) if "good" in delivery.endpoint_url]
    (attempt,) = await world.attempts(waiting)
    assert (waiting.state, attempt.outcome, world.receiver.calls) == (DeliveryState.DUE, Outcome.POSTPONED, [])
    names.released.set()
    world.clock.advance(POSTPONED_WAIT_S)
    sender.wake()
    await world.settled(1, DeliveryState.SUCCEEDED)

    assert len(world.receiver.calls) == 1
