"""Order within an activity, independence between activities and endpoints, and bounds of concurrency."""

from tests.suites.callbacks.conftest import World, closing, opening
from tests.suites.callbacks.receiver import Call, gated, silence, status
from turnout import client
from turnout.callbacks.rules import DeliveryState
from turnout.dialects.contract import Patience


def told(calls: list[Call]) -> list[tuple[int, int]]:
    """(surveyId, type) of calls, in order."""
    messages = [client.decode_quanshi(call.body) for call in calls]
    return [(message.data[0].survey_id, message.type) for message in messages]


async def test_an_end_waits_for_its_start(world: World) -> None:
    """While the start has to be tried again its end is held back, and another activity is not."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(60.0,)))
    world.receiver.answer(status(500), status(200))
    await world.endpoint()
    await world.plan()
    sender = await world.send()
    await world.record(opening(5))
    await world.receiver.called(1)
    await world.quiet()
    await world.record(closing(5), opening(6), closing(6))

    deliveries = await world.settled(2)
    assert [delivery.state.value for delivery in deliveries] == ["due", "due", "succeeded", "succeeded"]
    assert deliveries[1].attempts_made == 0

    world.clock.advance(60)
    sender.wake()
    await world.settled(4)

    order = told(world.receiver.calls)
    first = order[0][0]
    assert [kind for survey, kind in order if survey == first] == [1, 1, 2]
    assert [kind for survey, kind in order if survey != first] == [1, 2]


async def test_an_end_goes_out_after_a_parked_start(world: World) -> None:
    """A start that has failed for good holds back nothing."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(0.0,)))
    world.receiver.answer(status(500), status(500), status(200))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing())

    deliveries = await world.settled(2)

    assert [delivery.state for delivery in deliveries] == [DeliveryState.FAILED, DeliveryState.SUCCEEDED]
    assert [kind for _, kind in told(world.receiver.calls)] == [1, 1, 2]


async def test_a_hanging_endpoint_delays_nobody(world: World) -> None:
    """Far more deliveries than attempts may be under way hang at one endpoint; another gets all of its own meanwhile, and the database is
    free to be written."""
    world.speaking(Patience(timeout_s=60.0, waits_s=()))
    world.receiver.answer(silence, path="/hanging")
    hanging = await world.endpoint("/hanging")
    prompt = await world.endpoint("/prompt")
    await world.plan()
    sender = await world.send(attempts_per_endpoint=4)
    await world.record(*(opening(survey) for survey in range(100, 140)))

    deliveries = await world.settled(40)

    states = {endpoint.id: {one.state for one in deliveries if one.endpoint_id == endpoint.id} for endpoint in (hanging, prompt)}
    assert states == {hanging.id: {DeliveryState.DUE}, prompt.id: {DeliveryState.SUCCEEDED}}
    assert len(world.receiver.calls_to("/hanging")) == 4
    await world.kill(sender)


async def test_attempts_per_endpoint_are_bounded(world: World) -> None:
    """Of many due deliveries at once so many are under way, and all get through."""
    released, gate = gated()
    world.receiver.answer(gate)
    await world.endpoint()
    await world.record(*(opening(survey) for survey in range(100, 130)))
    await world.plan()
    await world.planned()
    sender = await world.send(attempts_per_endpoint=3)
    await world.receiver.called(3)
    sender.wake()
    await world.record(opening(130))
    await world.planned()
    assert world.receiver.open == 3

    released.set()
    deliveries = await world.settled(31)

    assert world.receiver.most_open == 3
    assert {delivery.state for delivery in deliveries} == {DeliveryState.SUCCEEDED}


async def test_each_endpoint_gets_its_own_delivery(world: World) -> None:
    """An event goes to every endpoint of its account and to nobody else's."""
    await world.endpoint("/first")
    await world.endpoint("/second")
    await world.endpoint("/foreign", account=77)
    await world.plan()
    await world.send()
    await world.record(opening(), opening(live_session=8, account=77))

    await world.settled(3)

    assert [len(world.receiver.calls_to(path)) for path in ("/first", "/second", "/foreign")] == [1, 1, 1]
