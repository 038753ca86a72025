"""What is a viewer's own: read by set, told to the other connections, and nothing lost in between."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from tests.suites.hub.lines import Line, connect, disconnect
from turnout.hub.connection import Connection
from turnout.hub.hub import Hub
from turnout.hub.own import VIEWERS_PER_READ, Own
from turnout.kernel.errors import NotFound, TurnoutError

T = TypeVar("T")
LIVE_SESSION = 7


class _Answers:
    """What viewers have answered; reads happen when the test says so, unless it does not care."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.read_by_set: list[list[int]] = []
        self.failing: Exception | None = None
        self.gate: asyncio.Event | None = None

    def own(self, connection: Any, live_session_id: int, viewer_ids: Sequence[int]) -> dict[int, bytes]:
        """See OwnSource."""
        self.read_by_set.append(list(viewer_ids))
        if self.failing is not None:
            raise self.failing
        return {viewer_id: json.dumps([live_session_id, self.held.get(viewer_id, 0)]).encode() for viewer_id in viewer_ids}

    async def read(self, query: Callable[[Any], T]) -> T:
        """See Reader."""
        await asyncio.sleep(0)
        result = query(None)
        if self.gate is not None:
            await self.gate.wait()
        return result


class _Setting:
    def __init__(self) -> None:
        self.hub = Hub()
        self.answers = _Answers()
        self.own = Own(self.answers, self.answers)

    def enter(self, viewer_id: int, live_session_id: int = LIVE_SESSION) -> tuple[Connection, Line]:
        connection, line = connect(self.hub)
        self.own.enter(connection, live_session_id, viewer_id)
        return connection, line

    def seat(self, viewer_id: int, live_session_id: int = LIVE_SESSION) -> tuple[Connection, Line]:
        connection, line = self.enter(viewer_id, live_session_id)
        self.own.entered(connection)
        return connection, line


async def _turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _told(line: Line) -> list[int]:
    return [message["mine"][1] for message in line.take() if message["op"] == "own"]


async def test_who_asks_in_the_same_moment_is_read_together() -> None:
    """A thousand viewers are a few reads, and each gets its own."""
    setting = _Setting()
    setting.answers.held = {number: 2 * number for number in range(1_000)}
    got: dict[int, list[Any]] = {}
    for number in range(1_000):
        setting.own.ask(LIVE_SESSION, number, lambda own, number=number: got.update({number: json.loads(own)}))  # type: ignore[misc]
    await _turns(50)

    assert got == {number: [LIVE_SESSION, 2 * number] for number in range(1_000)}
    assert [len(viewers) for viewers in setting.answers.read_by_set] == [VIEWERS_PER_READ] * (1_000 // VIEWERS_PER_READ)


async def test_live_sessions_take_turns() -> None:
    """A hall that comes back does not keep a small room waiting."""
    setting = _Setting()
    got: list[int] = []
    for number in range(2_000):
        setting.own.ask(LIVE_SESSION, number, lambda own: got.append(LIVE_SESSION))
    setting.own.ask(8, 1, lambda own: got.append(8))
    await _turns(50)

    assert len(got) == 2_001
    assert got.index(8) < 2_000


async def test_other_connections_of_a_viewer_are_told() -> None:
    """Of the same viewer, once for however many changes of a moment; nobody else is."""
    setting = _Setting()
    (_, phone), (_, laptop), (_, stranger) = setting.seat(1), setting.seat(1), setting.seat(2)
    setting.answers.held[1] = 5
    for _ in range(3):
        setting.own.nudge([1, 2, 3])
    await _turns()

    assert (_told(phone), _told(laptop), _told(stranger)) == ([5], [5], [])
    assert setting.answers.read_by_set == [[1]]


async def test_a_viewer_with_one_connection_is_told_only_what_others_did() -> None:
    """Its own answer has been acknowledged on it; a mark is news."""
    setting = _Setting()
    _, phone = setting.seat(1)
    setting.answers.held[1] = 5
    setting.own.nudge([1])
    await _turns()
    assert _told(phone) == []
    setting.own.nudge([1], also_alone=True)
    await _turns()

    assert _told(phone) == [5]


async def test_what_happens_while_something_is_read_is_told_afterwards() -> None:
    """A read that has begun may not have it."""
    setting = _Setting()
    (_, phone), _ = setting.seat(1), setting.seat(1)
    setting.answers.gate = asyncio.Event()
    setting.own.nudge([1])
    await _turns()
    setting.answers.held[1] = 9
    setting.own.nudge([1])
    setting.answers.gate.set()
    await _turns()

    assert _told(phone) == [0, 9]


async def test_what_happens_while_a_viewer_enters_is_told_after_the_answer() -> None:
    """Between the reading of its own answers and the answer to the entry another phone may answer."""
    setting = _Setting()
    _, phone = setting.seat(1)
    laptop_connection, laptop = setting.enter(1)
    setting.answers.held[1] = 4
    setting.own.nudge([1])
    await _turns()
    assert (_told(phone), _told(laptop)) == ([4], [])

    setting.own.entered(laptop_connection)
    await _turns()
    assert _told(laptop) == [4]

    setting.own.entered(laptop_connection)
    await _turns()
    assert _told(laptop) == []


async def test_connections_in_different_live_sessions() -> None:
    """Each is told what is held where it is."""
    setting = _Setting()
    (_, here), (_, there) = setting.seat(1), setting.seat(1, 8)
    setting.own.nudge([1])
    await _turns()

    assert [message["mine"][0] for message in here.take()] == [LIVE_SESSION]
    assert [message["mine"][0] for message in there.take()] == [8]


async def test_nothing_stays_of_who_is_gone() -> None:
    """However far it had come."""
    setting = _Setting()
    (first, _), (second, second_line), (third, _) = setting.seat(1), setting.seat(1), setting.enter(1)
    for connection in (first, third, third):
        setting.own.leave(connection)
        disconnect(connection)
    setting.own.nudge([1])
    await _turns()
    assert _told(second_line) == []
    setting.own.leave(second)

    assert [setting.own._here, setting.own._viewers, setting.own._entering, setting.own._questions] == [{}, {}, {}, {}]


async def test_a_refusal_is_the_answer() -> None:
    """To whoever asked."""
    setting = _Setting()
    setting.answers.failing = NotFound()
    got: list[bytes | TurnoutError] = []
    setting.own.ask(LIVE_SESSION, 1, got.append)
    await _turns()

    assert [type(answer) for answer in got] == [NotFound]


async def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Who asked is refused and may ask again; who is to be told is told once it is back."""
    monkeypatch.setattr("turnout.hub.own._RETRY_S", 0.01)
    setting = _Setting()
    (_, phone), _ = setting.seat(1), setting.seat(1)
    setting.answers.failing = RuntimeError("away")
    got: list[Any] = []
    setting.own.ask(LIVE_SESSION, 1, got.append)
    setting.own.nudge([1])
    await _turns()
    assert [answer.code for answer in got] == ["overloaded"]
    assert "own_unreadable" in caplog.text

    setting.answers.failing = None
    setting.answers.held[1] = 6
    await phone.until("own")
    await setting.own.stop()


async def test_a_stop_answers_who_waits() -> None:
    """Now and later."""
    setting = _Setting()
    got: list[Any] = []
    for number in range(3 * VIEWERS_PER_READ):
        setting.own.ask(LIVE_SESSION, number, got.append)
    await asyncio.sleep(0)
    await setting.own.stop()
    setting.own.ask(LIVE_SESSION, 1, got.append)

    assert len(got) == 3 * VIEWERS_PER_READ + 1
    assert got[-1].code == "overloaded"


async def test_one_who_stumbles_over_the_answer_does_not_keep_the_others_waiting(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in one reply."""
    setting = _Setting()
    got: list[Any] = []

    def stumble(own: bytes | TurnoutError) -> None:
        raise ValueError("a bug")

    setting.own.ask(LIVE_SESSION, 1, stumble)
    setting.own.ask(LIVE_SESSION, 2, got.append)
    await _turns()

    assert len(got) == 1
    assert "own_not_told" in caplog.text
