"""What listeners are told, when, and how often the database is asked."""

import asyncio
from typing import Any

import pytest

from tests.suites.hub.lines import connect, disconnect
from tests.suites.hub.show import LIVE_SESSION, DirectReader, Show, SteppedReader, encode, reply
from turnout.hub.connection import Connection
from turnout.hub.feed import Feed, Pace
from turnout.hub.hub import Hub
from turnout.hub.protocol import RESTART
from turnout.hub.reading import ChannelKind, Snapshot
from turnout.hub.telling import Joiner, Reading, Telling
from turnout.kernel.errors import NotFound
from turnout.kernel.events import Event

NUDGED = Pace(poll_s=1_000, tally_s=0, online_poll_s=1_000, idle_s=1_000)


class Setting:
    """A hub, a live session and its feed."""

    def __init__(self, pace: Pace = NUDGED, **parts: Any) -> None:
        self.hub = Hub()
        self.show = Show()
        self.feed = Feed(self.hub, parts.get("reader") or DirectReader(), self.show, parts.get("encode") or encode, pace)

    def join(self, connection: Connection, kind: ChannelKind = "session", command_id: str = "c", reply: Any = reply) -> None:
        """Send the command that joins."""
        connection.in_flight += 1
        self.feed.join(connection, LIVE_SESSION, kind, command_id, reply)

    async def listener(self, kind: ChannelKind = "session") -> Any:
        """The line of a new listener that has its snapshot."""
        connection, line = connect(self.hub)
        self.join(connection, kind)
        await line.until("entered")
        return line


async def test_the_snapshot_is_read_once_per_event_number() -> None:
    """However many join; and again after an event."""
    setting = Setting()
    setting.show.open()
    lines = [connect(setting.hub) for _ in range(100)]
    for connection, _ in lines:
        setting.join(connection)
    for _, line in lines:
        await line.until("entered")
    await setting.listener()
    assert setting.show.snapshots_read == ["session"]

    setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)
    await lines[0][1].until("publication")
    await setting.listener()

    assert setting.show.snapshots_read == ["session", "session"]
    await setting.feed.stop()


async def test_a_host_who_joins_sees_the_newest_draft() -> None:
    """A draft is no event, so the host's snapshot is never taken from memory."""
    setting = Setting()
    await setting.listener("host")
    setting.show.draft()
    connection, line = connect(setting.hub)
    setting.join(connection, "host")

    (entered,) = [message for message in await line.until("entered") if message["op"] == "entered"]

    assert [survey["state"] for survey in entered["snapshot"]["surveys"]] == ["draft"]
    await setting.feed.stop()


async def test_a_publication_says_what_went_before_it() -> None:
    """position and previous, on each kind of channel for itself."""
    setting = Setting()
    viewer, host = await setting.listener("session"), await setting.listener("host")
    key = setting.show.open()
    setting.show.change(key, "survey.noted", notes=1)
    setting.show.change(key, "survey.closed", state="closed")
    setting.feed.nudge("stream", LIVE_SESSION)

    seen = [message for message in await viewer.until("publication") if message["op"] == "publication"]
    at_host = [message for message in await host.until("publication") if message["op"] == "publication"]

    assert [(message["position"], message["previous"], message["kind"]) for message in seen] == [
        (1, 0, "survey.opened"),
        (3, 1, "survey.closed"),
    ]
    assert [(message["position"], message["previous"]) for message in at_host] == [(1, 0), (2, 1), (3, 2)]
    assert seen[0] | {"survey": 0} == {
        "op": "publication",
        "channel": "session",
        "position": 1,
        "previous": 0,
        "kind": "survey.opened",
        "at": "2026-01-05T08:00:00.000001Z",
        "survey": 0,
    }
    assert {message["channel"] for message in at_host} == {"host"}
    await setting.feed.stop()


async def test_the_final_tally_goes_out_before_the_close() -> None:
    """Also when nobody nudged about it, and the interval since the last tally is not over."""
    setting = Setting(Pace(poll_s=1_000, tally_s=1_000, online_poll_s=1_000, idle_s=1_000))
    key = setting.show.open()
    viewer = await setting.listener()
    for _ in range(3):
        setting.show.answer(key)
        setting.feed.nudge("tally", LIVE_SESSION)
    setting.show.change(key, "survey.closed", state="closed")
    setting.feed.nudge("stream", LIVE_SESSION)

    messages = await viewer.until("publication")

    ops = [(message["op"], message.get("answered")) for message in messages if message["op"] != "online"]
    assert ops[:2] == [("tally", 3), ("publication", None)]
    await setting.feed.stop()


async def test_who_learns_of_an_interaction_from_its_event_gets_its_tally_after_it() -> None:
    """Opened and answered within one reading: a tally before the opening alone would be lost on everybody."""
    setting = Setting()
    viewer = await setting.listener()
    key = setting.show.open()
    setting.show.answer(key)
    setting.feed.nudge("stream", LIVE_SESSION)

    messages = await viewer.until("publication")

    assert [message["op"] for message in messages if message["op"] != "online"] == ["tally", "publication", "tally"]
    await setting.feed.stop()


async def test_a_tally_is_not_repeated_with_every_event() -> None:
    """Only what may have gone out before an older event."""
    setting = Setting()
    key = setting.show.open()
    viewer = await setting.listener()
    setting.show.answer(key)
    setting.feed.nudge("tally", LIVE_SESSION)
    await viewer.until("tally")
    for _ in range(2):
        setting.show.open()
        setting.feed.nudge("stream", LIVE_SESSION)
        messages = await viewer.until("publication")

    assert key not in [message["survey"] for message in messages if message["op"] == "tally"]
    await setting.feed.stop()


async def test_one_nudge_is_enough_for_any_number_of_events() -> None:
    """Also when the source gives them in pages."""
    setting = Setting()
    viewer = await setting.listener()
    setting.show.page = 2
    for _ in range(7):
        setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)

    positions: list[int] = []
    while positions[-1:] != [7]:
        positions += [message["position"] for message in await viewer.until("publication") if message["op"] == "publication"]

    assert positions == list(range(1, 8))
    await setting.feed.stop()


async def test_a_joiner_is_attached_in_the_middle_of_what_was_read() -> None:
    """With a snapshot that is ahead of one page of events and behind the next: all up to it is in it, and all after it follows."""
    show, hub = Show(), Hub()
    for _ in range(6):
        show.open()
    telling = Telling(LIVE_SESSION, hub, encode)
    (early, early_line), (late, late_line) = connect(hub), connect(hub)
    early.in_flight = late.in_flight = 1
    at_3, at_5 = (Snapshot("e1", position, b'{"position":%d}' % position) for position in (3, 5))
    assert telling.tell(Reading([], [], {"session": at_3}, None), [Joiner(early, "session", "c", reply)]) == []
    waiting = telling.tell(Reading(show.log[3:4], [], {"session": at_5}, None), [Joiner(late, "session", "c", reply)])
    assert [joiner.connection for joiner in waiting] == [late]
    assert late_line.take() == []
    assert telling.tell(Reading(show.log[4:6], [], {}, None), waiting) == []

    assert [message.get("position") for message in early_line.take()] == [None, 4, 5, 6]
    entered, publication = late_line.take()
    assert (entered["snapshot"]["position"], publication["position"], publication["previous"]) == (5, 6, 5)


async def test_tallies_are_coalesced() -> None:
    """At most one publication per interval, whose counts are the newest; the first does not wait."""
    interval = 0.05
    setting = Setting(Pace(poll_s=1_000, tally_s=interval, online_poll_s=1_000, idle_s=1_000))
    key = setting.show.open()
    viewer = await setting.listener()
    clock = asyncio.get_running_loop().time
    since = clock()
    versions: list[int] = []
    while len(versions) < 4:
        setting.show.answer(key)
        setting.feed.nudge("tally", LIVE_SESSION)
        await asyncio.sleep(0)
        versions += [message["version"] for message in viewer.take() if message["op"] == "tally"]

    assert clock() - since >= 3 * interval
    assert versions == sorted(set(versions))
    assert versions[-1] >= setting.show.surveys[key]["version"] - 3
    await setting.feed.stop()


async def test_what_nobody_nudged_about_is_found_by_polling() -> None:
    """A lost nudge costs time, never news."""
    setting = Setting(Pace(poll_s=0.02, tally_s=0.01, online_poll_s=0.02, idle_s=1_000))
    viewer = await setting.listener()
    key = setting.show.open()
    await viewer.until("publication")
    setting.show.answer(key)
    await viewer.until("tally")
    setting.show.viewers = 3

    (online,) = [message for message in await viewer.until("online") if message["op"] == "online"]

    assert online == {"op": "online", "viewers": 3}
    await setting.feed.stop()


async def test_joiners_get_tallies_newer_than_their_snapshot() -> None:
    """The shared snapshot is as old as the last event; what was counted since follows it at once."""
    setting = Setting()
    first, second = setting.show.open(), setting.show.open()
    viewer = await setting.listener()
    setting.show.answer(second)
    setting.feed.nudge("tally", LIVE_SESSION)
    await viewer.until("tally")
    connection, line = connect(setting.hub)
    setting.join(connection)

    messages = line.take()

    assert [message["op"] for message in messages] == ["entered", "tally", "online"]
    assert (messages[1]["survey"], messages[1]["version"]) == (second, 1)
    assert first not in [message.get("survey") for message in messages]
    assert setting.show.snapshots_read == ["session"]
    await setting.feed.stop()


async def test_the_online_count_is_told_when_it_changes() -> None:
    """And to everyone who joins."""
    setting = Setting()
    setting.show.viewers = 5
    viewer = await setting.listener("host")
    assert viewer.take() in ([], [{"op": "online", "viewers": 5}])
    for count in (6, 6, 7):
        setting.show.viewers = count
        setting.feed.nudge("online", LIVE_SESSION)
        for _ in range(6):
            await asyncio.sleep(0)

    assert [message["viewers"] for message in viewer.take() if message["op"] == "online"] == [6, 7]
    await setting.feed.stop()


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
    assert setting.feed.following == 0


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
    setting.join(connection)
    await line.until("entered")
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == f"stream-{LIVE_SESSION}"]
    clock = asyncio.get_running_loop().time
    since = clock()
    disconnect(connection)
    await task

    assert clock() - since >= 0.05
    assert setting.feed.following == 0
    await setting.listener()
    assert setting.feed.following == 1
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


async def test_leaving_ends_the_publications() -> None:
    """On that channel, for that connection."""
    setting = Setting()
    connection, line = connect(setting.hub)
    setting.join(connection)
    await line.until("entered")
    other = await setting.listener()
    setting.feed.leave(connection, LIVE_SESSION, "session")
    line.take()
    setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)
    await other.until("publication")

    assert line.take() == []
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
    assert setting.feed.following == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("stream-")]
