"""Winners of draws reach a receiver of Volcengine's callbacks: page by page, signed in the body, and signed anew by a redelivery alone."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.dialects.volcengine.facts import DRAWN, POINTS, page_of, winner
from tests.suites.callbacks.conftest import ACCOUNT, World
from tests.suites.callbacks.receiver import gated, reset, status
from turnout import client
from turnout.callbacks import lease_store
from turnout.callbacks.actions import ROTATE_SECRET, SECRET_PURPOSE, RotateSecret
from turnout.callbacks.delivery_wire import delivery_inspection
from turnout.callbacks.redelivery_actions import REDELIVER, Redeliver
from turnout.callbacks.rules import Delivery, DeliveryState, Endpoint, Outcome
from turnout.dialects.contract import Patience
from turnout.dialects.volcengine.callbacks import PRIZE_DRAWN, VolcengineCallbacks
from turnout.interactions.draw.rules import WINNERS_PER_PAGE, PrizeDrawnFacts, PrizeFacts, WinnerFacts
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import DrawId, Kind, PrizeId, RoomId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

SECRET = b"testAccountSecret0001"


def _record(tx: Tx, commands: Sequence[PrizeDrawnFacts]) -> Sequence[None]:
    for facts in commands:
        draw = facts.draw
        tx.record(stream_id=draw.live_session_id, account_id=draw.account_id, kind=PRIZE_DRAWN, facts=facts, at=tx.now)
    return [None] * len(commands)


RECORD = Action("record_prize_drawn_for_test", _record)


def pages_of(winners: Sequence[WinnerFacts], prize: PrizeFacts = POINTS) -> list[PrizeDrawnFacts]:
    """The winners of a prize as the draw tells them."""
    pages = max(1, -(-len(winners) // WINNERS_PER_PAGE))
    return [
        page_of(list(winners[page * WINNERS_PER_PAGE : (page + 1) * WINNERS_PER_PAGE]), prize=prize, page=page, pages=pages)
        for page in range(pages)
    ]


def another_prize(number: int) -> PrizeFacts:
    """Of the same kind."""
    return msgspec.structs.replace(POINTS, prize_id=PrizeId(number))


async def told(world: World, *facts: PrizeDrawnFacts) -> None:
    """Events of these prizes, in order."""
    for one in facts:
        await world.commit.run(RECORD, one, lane=DRAWN.live_session_id)


@pytest.fixture
async def endpoint(world: World) -> Endpoint:
    """One that speaks Volcengine, with three attempts that follow each other at once; the planner runs."""
    world.dialects = {"volcengine": VolcengineCallbacks(world.runtime.ids, Patience(timeout_s=20.0, waits_s=(0.0, 0.0)))}
    made = await world.endpoint(dialect="volcengine", secret=SECRET)
    await world.plan()
    return made


def messages(world: World) -> list[client.VolcengineAwardMessage]:
    """What has come, its signature verified."""
    now_s = world.clock.now() / SECOND
    return [client.receive_volcengine(call.headers, call.body, SECRET, now_s=now_s) for call in world.receiver.calls]


async def redeliver(world: World, delivery: Delivery) -> None:
    """By hand."""
    await world.commit.run(REDELIVER, Redeliver(ACCOUNT, delivery.id), lane=ACCOUNT)


async def test_4100_winners_come_in_three_calls(world: World, endpoint: Endpoint) -> None:
    """2,000, 2,000 and 100, one after the other in the order of drawing, each under its own RequestUuid, all about the same prize."""
    world.receiver.answer(status(200))
    await told(world, *pages_of([winner(number) for number in range(4_100)]))
    await world.send()
    await world.settled(3, DeliveryState.SUCCEEDED)

    came = messages(world)
    assert [len(message.user_infos) for message in came] == [2_000, 2_000, 100]
    assert [one.nick_name for message in came for one in message.user_infos] == [f"Viewer {number}" for number in range(4_100)]
    assert len({message.request_uuid for message in came}) == 3
    assert len({(message.award_id, message.award_item_id, message.name, message.award_name) for message in came}) == 1
    assert world.receiver.most_open == 1


async def test_a_page_that_fails_holds_back_none_for_ever(world: World, endpoint: Endpoint) -> None:
    """The second call fails: it comes twice more with the very same bytes; when it has failed for good the third page goes."""
    world.receiver.answer(status(200), status(500), reset, status(503), status(200))
    await told(world, *pages_of([winner(number) for number in range(4_100)]))
    await world.send()
    await world.settled(3)

    came = messages(world)
    assert [len(message.user_infos) for message in came] == [2_000, 2_000, 2_000, 2_000, 100]
    first, second, *again, third = [call.body for call in world.receiver.calls]
    assert again == [second, second]
    assert len({first, second, third}) == 3
    deliveries = await world.deliveries()
    assert [(one.state, one.attempts_made) for one in deliveries] == [
        (DeliveryState.SUCCEEDED, 1),
        (DeliveryState.FAILED, 3),
        (DeliveryState.SUCCEEDED, 1),
    ]

    await redeliver(world, deliveries[1])
    await world.settled(3, DeliveryState.SUCCEEDED)
    assert len({one.user_id for message in messages(world) for one in message.user_infos}) == 4_100


async def test_prizes_come_in_their_order(world: World, endpoint: Endpoint) -> None:
    """One after the other, however long the pages of the first are; of one that nobody has won it is told that too. Another draw does not
    wait for them."""
    released, hanging = gated()
    world.receiver.answer(hanging, status(200))
    long, short, nobodys = [winner(number) for number in range(2_001)], [winner(1)], list[WinnerFacts]()
    await told(world, *pages_of(long), *pages_of(short, another_prize(32)), *pages_of(nobodys, another_prize(33)))
    await world.send()
    await world.receiver.called(1)
    (facts,) = pages_of(short, another_prize(34))
    other_draw = msgspec.structs.replace(facts, draw=msgspec.structs.replace(facts.draw, draw_id=DrawId(35)))
    await told(world, other_draw)
    await world.settled(1, DeliveryState.SUCCEEDED)
    assert [len(message.user_infos) for message in messages(world)] == [2_000, 1]
    released.set()
    await world.settled(5, DeliveryState.SUCCEEDED)

    del world.receiver.calls[1]
    prizes = [world.runtime.ids.integer(Kind.PRIZE, number) for number in (31, 31, 32, 33)]
    assert [message.award_item_id for message in messages(world)] == [str(prize) for prize in prizes]
    assert [len(message.user_infos) for message in messages(world)] == [2_000, 1, 1, 0]


async def test_a_redelivery_renews_time_and_signature(world: World, endpoint: Endpoint) -> None:
    """An hour later it has another Timestamp and another Sign, and the RequestUuid and all else of before. What each attempt has sent can
    be seen; the next redelivery does the same."""
    world.receiver.answer(status(500), status(500), status(500), status(200))
    await told(world, *pages_of([winner(1)]))
    await world.send()
    (delivery,) = await world.settled(1, DeliveryState.FAILED)
    world.clock.advance(3_600)
    await redeliver(world, delivery)
    await world.settled(1, DeliveryState.SUCCEEDED)
    world.clock.advance(3_600)
    await redeliver(world, delivery)
    await world.receiver.called(5)
    await world.quiet()

    bodies = [call.body for call in world.receiver.calls]
    assert [bodies.index(body) for body in bodies] == [0, 0, 0, 3, 4]
    decoded: list[dict[str, Any]] = [json.loads(body) for body in (bodies[0], bodies[3], bodies[4])]
    assert [int(one["Timestamp"]) - int(decoded[0]["Timestamp"]) for one in decoded] == [0, 3_600, 7_200]
    for one in decoded[1:]:
        assert {name for name in one if one[name] != decoded[0][name]} == {"Timestamp", "Sign"}
    for body, one in zip((bodies[0], bodies[3], bodies[4]), decoded, strict=True):
        client.receive_volcengine({}, body, SECRET, now_s=int(one["Timestamp"]))
    found, body, attempts = await world.inspect(delivery.id)
    assert body == bodies[4]
    assert [attempt.body for attempt in attempts] == [bodies[0]] * 3 + [bodies[3], None]
    shown = delivery_inspection(world.runtime.ids, found, body, attempts, world.clock.now())
    assert [shown.body if one.body is None else one.body for one in shown.attempts] == [one.decode() for one in bodies]


async def test_a_killed_process_changes_no_byte(world: World, endpoint: Endpoint) -> None:
    """What may have been sent already is sent again as it was, also when the secret has been changed meanwhile."""
    _, answer = gated()
    world.receiver.answer(answer, status(200))
    await told(world, *pages_of([winner(1)]))
    sender = await world.send()
    await world.receiver.called(1)
    await world.kill(sender)
    sealed = world.runtime.keyring.seal(b"another secret", SECRET_PURPOSE)
    await world.commit.run(ROTATE_SECRET, RotateSecret(ACCOUNT, endpoint.id, sealed, 60), lane=ACCOUNT)
    world.clock.advance(3_600)
    await world.send()
    await world.settled(1, DeliveryState.SUCCEEDED)

    first, second = world.receiver.calls
    assert first.body == second.body
    (delivery,) = await world.deliveries()
    assert [attempt.outcome for attempt in await world.attempts(delivery)] == [Outcome.ABANDONED, Outcome.ACCEPTED]
    assert not await world.database.read(lambda connection: lease_store.list_leases(connection))


async def test_who_takes_any_answer_gets_it_once(world: World, endpoint: Endpoint) -> None:
    """An endpoint that counts every answer is not called again after a 500 or a redirect; silence it is."""
    for path, answer in (("/500", status(500)), ("/302", status(302, b"", Location="https://example.com/"))):
        world.receiver.answer(answer, path=path)
        await world.endpoint(path, dialect="volcengine", secret=SECRET, options={"any_response_succeeds": True})
    world.receiver.answer(reset, path="/reset")
    silent = await world.endpoint("/reset", dialect="volcengine", secret=SECRET, options={"any_response_succeeds": True})
    await told(world, *pages_of([winner(1)]))
    await world.send()
    deliveries = await world.settled(4)

    assert {one.state for one in deliveries if one.endpoint_id != silent.id} == {DeliveryState.SUCCEEDED}
    assert [(one.state, one.attempts_made) for one in deliveries if one.endpoint_id == silent.id] == [(DeliveryState.FAILED, 3)]
    assert [call.path for call in world.receiver.calls].count("/500") == 1


async def test_without_a_secret_nothing_is_sent(world: World, endpoint: Endpoint) -> None:
    """It fails visibly, and holds back nothing."""
    await world.endpoint("/unsigned", dialect="volcengine")
    await told(world, *pages_of([winner(1)]))
    await world.send()
    deliveries = await world.settled(2)

    (failed,) = [one for one in deliveries if one.state is DeliveryState.FAILED]
    assert "NoSecret" in failed.last_explanation
    assert [call.path for call in world.receiver.calls] == ["/hook"]


async def test_an_endpoint_of_another_room_hears_nothing(world: World, endpoint: Endpoint) -> None:
    """One of the room's own does."""
    await world.endpoint("/ours", dialect="volcengine", secret=SECRET, room_id=RoomId(3))
    await world.endpoint("/theirs", dialect="volcengine", secret=SECRET, room_id=RoomId(99))
    await told(world, *pages_of([winner(1)]))
    await world.send()
    await world.planned()
    await world.settled(2, DeliveryState.SUCCEEDED)

    assert sorted(call.path for call in world.receiver.calls) == ["/hook", "/ours"]
