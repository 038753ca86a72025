"""Who comes back is told what it missed, or gets a snapshot, whichever is less and right."""

from typing import Any

import pytest

from tests.suites.hub.lines import Line, connect, disconnect
from tests.suites.hub.setting import NUDGED, Setting
from tests.suites.hub.show import LIVE_SESSION, NOTED
from turnout.hub.backlog import Backlog
from turnout.hub.protocol import RESTART
from turnout.hub.reading import ChannelKind, Since
from turnout.hub.stream import Pace
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId


async def _return(setting: Setting, position: int, kind: ChannelKind = "session", epoch: str = "e1") -> dict[str, Any]:
    """The answer to a client that had got so far."""
    connection, line = connect(setting.hub)
    setting.join(connection, kind, since=Since(epoch, position))
    return next(message for message in await line.until("entered") if message["op"] == "entered")


async def _told(setting: Setting, line: Line) -> None:
    """Wait until the listener has been told the newest event."""
    setting.feed.nudge("stream", LIVE_SESSION)
    position = 0
    while position < len(setting.show.log):
        position = max([position, *(message.get("position", 0) for message in await line.until("publication"))])


def _positions(entered: dict[str, Any]) -> list[tuple[int, int]]:
    return [(publication["position"], publication["previous"]) for publication in entered["publications"]]


def _busy(setting: Setting, events: int) -> None:
    """A session of long snapshots, with so many events."""
    for _ in range(events):
        setting.show.open()
    for survey in setting.show.surveys.values():
        survey["title"] = "x" * 1_000


async def test_from_memory() -> None:
    """Only what came after the position, in order, each after the one before; and where the tallies stand."""
    setting = Setting()
    _busy(setting, 5)
    line = await setting.listener()
    for _ in range(3):
        setting.show.open()
    setting.show.answer(1)
    await _told(setting, line)

    entered = await _return(setting, 6)

    assert _positions(entered) == [(7, 6), (8, 7)]
    assert (entered["resumed"], "snapshot" in entered) == (True, False)
    assert {tally["survey"]: tally["answered"] for tally in entered["tallies"]}[1] == 1
    assert setting.show.snapshots_read == ["session"]
    await setting.feed.stop()


async def test_nothing_was_missed() -> None:
    """An empty list of publications, without reading anything."""
    setting = Setting()
    _busy(setting, 5)
    await setting.listener()
    setting.show.failing = RuntimeError("the database is away")

    assert (await _return(setting, 5))["publications"] == []
    await setting.feed.stop()


async def test_from_the_log_after_a_restart() -> None:
    """A process that has just begun finds in the event log what its predecessor told."""
    setting = Setting()
    _busy(setting, 6)

    assert _positions(await _return(setting, 4)) == [(5, 4), (6, 5)]
    assert _positions(await _return(setting, 1)) == [(2, 1), (3, 2), (4, 3), (5, 4), (6, 5)]
    assert _positions(await _return(setting, 3)) == [(4, 3), (5, 4), (6, 5)]
    await setting.feed.stop()


async def test_the_log_is_read_once_for_all_who_come_back_together() -> None:
    """Ten thousand at once after a restart."""
    setting = Setting()
    _busy(setting, 6)
    read: list[int] = []
    events = setting.show.events
    setting.show.events = lambda connection, stream_id, after: (read.append(after), events(connection, stream_id, after))[1]  # type: ignore[method-assign, func-returns-value]
    lines = [connect(setting.hub) for _ in range(50)]
    for number, (connection, _) in enumerate(lines):
        setting.join(connection, since=Since("e1", number % 6))
    for _, line in lines:
        await line.until("entered")

    assert read == [0]
    await setting.feed.stop()


async def test_what_follows_fits_what_was_resumed_from_the_log() -> None:
    """The last event before the restart was not for this channel: the next publication's predecessor must not lie above the client."""
    setting = Setting()
    _busy(setting, 3)
    setting.show.change(1, NOTED)
    setting.show.change(1, NOTED)
    connection, line = connect(setting.hub)
    setting.join(connection, since=Since("e1", 2))
    (entered, *_) = await line.until("entered")
    assert _positions(entered) == [(3, 2)]
    setting.show.open()
    setting.feed.nudge("stream", LIVE_SESSION)

    (publication,) = [message for message in await line.until("publication") if message["op"] == "publication"]

    assert (publication["position"], publication["previous"]) == (6, 3)
    await setting.feed.stop()


@pytest.mark.parametrize(
    ("position", "epoch"), [(1_000_000, "e1"), (7, "e1"), (6, "another"), (-1, "e1"), (-(2**70), "e1"), (2**70, "e1"), (2, "e1")]
)
async def test_a_snapshot_instead(position: int, epoch: str) -> None:
    """For a position of the future, of another epoch, that never was, or too long ago."""
    setting = Setting(max_missed=3)
    _busy(setting, 6)

    entered = await _return(setting, position, epoch=epoch)

    assert entered["snapshot"]["position"] == 6
    assert "resumed" not in entered
    await setting.feed.stop()


async def test_a_snapshot_when_it_is_shorter() -> None:
    """Many events of few surveys."""
    setting = Setting()
    key = setting.show.open()
    line = await setting.listener()
    for number in range(20):
        setting.show.change(key, "survey.edited", title=f"edition {number}")
    await _told(setting, line)

    assert (await _return(setting, 1))["snapshot"]["position"] == 21
    assert _positions(await _return(setting, 21)) == []
    await setting.feed.stop()


async def test_a_log_with_a_hole_is_not_told_from() -> None:
    """What was missed cannot be known."""
    setting = Setting()
    _busy(setting, 6)
    events = setting.show.events
    setting.show.events = lambda connection, stream_id, after: [  # type: ignore[method-assign]
        event for event in events(connection, stream_id, after) if event.number != 4
    ]

    assert (await _return(setting, 2))["snapshot"]["position"] == 6
    assert (await _return(setting, 2))["snapshot"]["position"] == 6
    assert _positions(await _return(setting, 4)) == [(5, 4), (6, 5)]
    await setting.feed.stop()


async def test_a_position_we_have_not_reached_is_waited_for() -> None:
    """Another process told it: ours reads on until it is there too, and goes on from there."""
    setting = Setting()
    _busy(setting, 3)
    await setting.listener()
    for _ in range(4):
        setting.show.open()  # nobody nudges

    connection, line = connect(setting.hub)
    setting.join(connection, since=Since("e1", 5))
    entered, *news = await line.until("publication")

    assert _positions(entered) == []
    assert [message["position"] for message in news if message["op"] == "publication"] == [6, 7]
    await setting.feed.stop()


async def test_a_host_resumes_with_what_hosts_are_told() -> None:
    """Publications of the host's channel, and tallies with everything, though no host listened when they changed."""
    setting = Setting()
    _busy(setting, 3)
    line = await setting.listener()
    setting.show.answer(2)
    setting.feed.nudge("tally", LIVE_SESSION)
    await line.until("tally")
    setting.show.change(1, NOTED)

    entered = await _return(setting, 2, "host")

    assert [(publication["position"], publication["channel"]) for publication in entered["publications"]] == [(3, "host")]
    assert {tally["survey"]: tally["answered"] for tally in entered["tallies"]} == {1: 0, 2: 1, 3: 0}
    await setting.feed.stop()


async def test_listeners_learn_of_another_epoch_without_anybody_joining() -> None:
    """The head of the log is looked at from time to time."""
    setting = Setting(Pace(poll_s=0.01, tally_s=0, online_s=0, online_poll_s=1_000, head_poll_s=0.02, idle_s=1_000))
    setting.show.open()
    line = await setting.listener()
    setting.show.restore()
    while line.closed_with is None:
        line.arrived.clear()
        await line.arrived.wait()

    assert line.closed_with == (RESTART.code, RESTART.name)
    await setting.feed.stop()


async def test_what_was_done_when_joined_is_done_once() -> None:
    """on_joined comes after the answer."""
    setting = Setting()
    connection, line = connect(setting.hub)
    seen: list[int] = []
    connection.in_flight += 1
    joiner = setting.joiner(connection)._replace(on_joined=lambda: seen.append(len(line.take())))
    setting.feed.join(LIVE_SESSION, joiner)
    while not seen:
        line.arrived.clear()
        await line.arrived.wait()

    assert seen[0] >= 1
    assert len(seen) == 1
    await setting.feed.stop()


async def test_who_left_before_it_was_answered_is_not_attached() -> None:
    """A client that came back may have gone again."""
    setting = Setting(NUDGED)
    _busy(setting, 3)
    connection, line = connect(setting.hub)
    setting.join(connection, since=Since("e1", 1))
    disconnect(connection)
    await setting.listener()

    assert line.take() == []
    assert setting.hub.listeners(f"session:{LIVE_SESSION}") == 1
    await setting.feed.stop()


def _event(number: int) -> Event:
    return Event(LIVE_SESSION, number, AccountId(1), "survey.opened", 1_767_600_000_000_000 + number, b"{}")


def test_a_backlog_is_bounded() -> None:
    """By number and by bytes; what is gone raises the floor."""
    few, short = Backlog("session", max_events=3), Backlog("session", max_bytes=600)
    for backlog in (few, short):
        backlog.begin(10)
        for number in range(11, 21):
            backlog.add(_event(number), b'"x":"' + b"x" * 100 + b'"')

    assert (few.floor, len(few.missed(17))) == (17, 3)
    assert short.floor == 17
    few.extend_back(15, [(_event(16), b""), (_event(17), b"")])
    assert few.floor == 17, "there is no room for more"
