"""A stream outlives what goes wrong, and ends when nobody needs it."""

import asyncio

import pytest

from tests.suites.hub.lines import connect, disconnect
from tests.suites.hub.setting import Setting
from tests.suites.hub.show import LIVE_SESSION, SteppedReader, encode
from turnout.hub.protocol import RESTART
from turnout.hub.stream import Pace
from turnout.kernel.errors import NotFound
from turnout.kernel.events import Event


async def test_an_event_that_cannot_be_encoded_becomes_a_gap() -> None:
    """The next publication names a predecessor nobody has, so that everybody fetches a snapshot; the stream goes on."""

    def stumble(event: Event) -> dict[str, bytes]:
        if event.number == 2:
            raise ValueError("a bug")
        return encode(event)

    setting = Setting(encode=stumble)
    viewer = await setting.listener()
    for _ in range(3):
        setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)

    seen = [message for message in await viewer.until("publication") if message["op"] == "publication"]

    assert [(message["position"], message["previous"]) for message in seen] == [(1, 0), (3, 2)]
    await setting.feed.stop()


async def test_events_that_are_gone_from_the_log_become_a_gap() -> None:
    """The log starts later than we are: listeners are told, joiners are served."""
    setting = Setting()
    viewer = await setting.listener()
    for _ in range(3):
        setting.show.open()
    log, setting.show.log = setting.show.log, []
    setting.show.events = lambda connection, stream_id, after: [event for event in log if event.number > max(after, 2)]  # type: ignore[method-assign]
    setting.feed.nudge("stream", LIVE_SESSION)

    (seen,) = [message for message in await viewer.until("publication") if message["op"] == "publication"]

    assert (seen["position"], seen["previous"]) == (3, 2)
    await setting.feed.stop()


async def test_a_snapshot_ahead_of_a_log_without_events_is_served() -> None:
    """Whoever listened before sees the gap with the next publication."""
    setting = Setting()
    viewer = await setting.listener()
    for _ in range(3):
        setting.show.open()
    log = list(setting.show.log)
    setting.show.events = lambda connection, stream_id, after: [event for event in setting.show.log if event.number > max(after, 3)]  # type: ignore[method-assign]
    setting.feed.nudge("stream", LIVE_SESSION)
    connection, line = connect(setting.hub)
    setting.join(connection, "host")

    assert (await line.until("entered"))[0]["snapshot"]["position"] == len(log)
    setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)
    (seen,) = [message for message in await viewer.until("publication") if message["op"] == "publication"]
    assert (seen["position"], seen["previous"]) == (4, 3)
    await setting.feed.stop()


async def test_a_restored_history_sends_everybody_away() -> None:
    """Under another epoch positions mean nothing: 1012, and who joins begins anew."""
    setting = Setting()
    setting.show.open()
    viewer = await setting.listener()
    setting.show.epoch = "e2"
    setting.show.log.clear()

    host = await setting.listener("host")

    assert viewer.closed_with == (RESTART.code, RESTART.name)
    assert host.closed_with is None
    await setting.feed.stop()


async def test_a_refusal_of_the_source_is_the_joiners_answer() -> None:
    """And the stream of a live session that does not exist ends at once."""
    setting = Setting()
    setting.show.failing = NotFound()
    connection, line = connect(setting.hub)
    setting.join(connection, command_id="mine")

    (refused,) = await line.until("refused")

    assert (refused["id"], refused["error"]["code"]) == ("mine", "not_found")
    assert connection.in_flight == 0
    await asyncio.sleep(0)
    assert setting.following == 0


async def test_a_database_that_is_away_is_overloaded_and_the_stream_goes_on() -> None:
    """Joiners may try again; listeners get their news once it is back."""
    setting = Setting()
    viewer = await setting.listener()
    setting.show.failing = RuntimeError("the database is away")
    connection, line = connect(setting.hub)
    setting.join(connection, "host")
    (refused,) = await line.until("refused")
    assert refused["error"]["code"] == "overloaded"

    setting.show.failing = None
    setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)
    await viewer.until("publication")
    setting.join(connection, "host")
    await line.until("entered")
    await setting.feed.stop()


async def test_a_reply_that_cannot_be_built_is_refused_alone() -> None:
    """The others of the same turn get theirs."""

    def stumble(snapshot: bytes) -> bytes:
        raise ValueError("a bug")

    setting = Setting()
    (unlucky, unlucky_line), (lucky, lucky_line) = connect(setting.hub), connect(setting.hub)
    setting.join(unlucky, reply=stumble)
    setting.join(lucky)

    assert (await unlucky_line.until("refused"))[0]["error"]["code"] == "internal"
    await lucky_line.until("entered")
    assert setting.hub.listeners(f"session:{LIVE_SESSION}") == 1
    await setting.feed.stop()


async def test_a_stream_without_listeners_ends() -> None:
    """Some time after the last has gone, and not before."""
    setting = Setting(Pace(poll_s=0.01, tally_s=0.01, online_poll_s=0.01, idle_s=0.05))
    connection, line = connect(setting.hub)
    clock = asyncio.get_running_loop().time
    since = clock()  # the stream counts from its last look at a listener, which may lie before the listener went
    setting.join(connection)
    await line.until("entered")
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == f"stream-{LIVE_SESSION}"]
    disconnect(connection)
    await task

    assert clock() - since >= 0.05
    assert setting.following == 0
    await setting.listener()
    assert setting.following == 1
    await setting.feed.stop()


async def test_who_left_before_the_snapshot_came_is_not_attached() -> None:
    """A reading takes time, and clients do not wait."""
    reader = SteppedReader()
    setting = Setting(reader=reader)
    connection, line = connect(setting.hub)
    setting.join(connection)
    await asyncio.sleep(0)
    disconnect(connection)
    for _ in range(5):
        reader.step()
        await asyncio.sleep(0)

    assert line.take() == []
    assert setting.hub.channels == {}
    assert connection.in_flight == 0
    await setting.feed.stop()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_a_stop_answers_who_waits(turns: int) -> None:
    """At whatever moment it comes; who joins later is refused as well."""
    reader = SteppedReader()
    setting = Setting(reader=reader)
    connection, line = connect(setting.hub)
    setting.join(connection)
    for _ in range(turns):
        await asyncio.sleep(0)
    await setting.feed.stop()
    setting.join(connection)

    assert [message["error"]["code"] for message in line.take()] == ["overloaded", "overloaded"]
    assert connection.in_flight == 0
    assert setting.following == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("stream-")]
