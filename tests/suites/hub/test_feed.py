"""What listeners are told, when, and how often the database is asked."""

import asyncio

from tests.suites.hub.lines import connect
from tests.suites.hub.setting import Setting
from tests.suites.hub.show import LIVE_SESSION, Show, encode, reply
from turnout.hub.hub import Hub
from turnout.hub.reading import Snapshot
from turnout.hub.stream import Pace
from turnout.hub.telling import Joiner, Reading, Telling


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
    """Also before its event was told: the host's snapshot is never taken from memory."""
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
        for _ in range(12):
            await asyncio.sleep(0)
        messages += viewer.take()

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
