"""Channels and connections, without a feed."""

import asyncio

import pytest

from tests.suites.hub.lines import connect, disconnect
from turnout.hub.connection import Connection
from turnout.hub.hub import Hub
from turnout.hub.protocol import NOT_ALLOWED


async def test_publications_reach_the_subscribed() -> None:
    """Each channel its own, in order, until unsubscribed; subscribing twice is once."""
    hub = Hub()
    (first, first_line), (second, second_line) = connect(hub), connect(hub)
    hub.subscribe("a", first)
    hub.subscribe("a", first)
    hub.subscribe("a", second)
    hub.subscribe("b", second)
    hub.publish("a", b'{"n":1}', b'{"n":2}')
    hub.publish("b", b'{"n":3}')
    hub.publish("c", b'{"n":4}')
    hub.unsubscribe("a", second)
    hub.unsubscribe("a", second)
    hub.publish("a", b'{"n":5}')

    assert [message["n"] for message in first_line.take()] == [1, 2, 5]
    assert [message["n"] for message in second_line.take()] == [1, 2, 3]
    assert hub.channels == {"a": 1, "b": 1}
    assert hub.listeners("c") == 0


async def test_a_closed_connection_is_in_no_channel() -> None:
    """Nor can it be subscribed again."""
    hub = Hub()
    connection, _ = connect(hub)
    hub.subscribe("a", connection)
    hub.subscribe("b", connection)
    disconnect(connection)
    hub.subscribe("a", connection)

    assert hub.channels == {}
    assert hub.connections == set()
    assert connection.channels == ()


async def test_everyone_who_asked_hears_that_a_connection_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    """Once, after it left its channels, whatever another one's callback does."""
    hub = Hub()
    heard: list[tuple[Connection, int]] = []

    def stumble(connection: Connection) -> None:
        raise ValueError("a bug")

    hub.on_closed(stumble)
    hub.on_closed(lambda connection: heard.append((connection, hub.listeners("a"))))
    connection, _ = connect(hub)
    hub.subscribe("a", connection)
    disconnect(connection)

    assert heard == [(connection, 0)]
    assert "on_closed_failed" in caplog.text


async def test_ending_listeners_of_a_channel() -> None:
    """Those, and no others."""
    hub = Hub()
    (_, other_line), (listener, line) = connect(hub), connect(hub)
    hub.subscribe("a", listener)
    hub.end_listeners("a", NOT_ALLOWED)

    assert line.closed_with == (4003, "not_allowed")
    assert other_line.closed_with is None
    disconnect(listener)


async def test_news_goes_with_the_answer_that_is_due() -> None:
    """One system call for both; of news that is repeated meanwhile the latest; an event does not wait, and comes after the news."""
    hub = Hub()
    connection, line = connect(hub)
    hub.subscribe("a", connection)
    connection.in_flight = 1
    for number in range(3):
        hub.publish_news("a", [("n", b'{"n":%d}' % number)])
    assert line.take() == []
    connection.acknowledge(b'{"op":"accepted"}')
    assert line.take() == [{"n": 2}, {"op": "accepted"}]

    connection.in_flight = 1
    hub.publish_news("a", [("n", b'{"n":3}')])
    hub.publish("a", b'{"event":1}')
    assert line.take() == [{"n": 3}, {"event": 1}]
    hub.publish_news("a", [("n", b'{"n":4}')])
    connection.send(b'{"op":"pong"}')
    assert line.take() == [{"n": 4}, {"op": "pong"}]


async def test_news_comes_after_the_answers_that_were_collected_before_it() -> None:
    """A tally is of no use before the snapshot that has its survey."""
    hub = Hub()
    connection, line = connect(hub)
    hub.subscribe("a", connection)
    connection.in_flight = 3
    hub.publish_news("a", [("n", b'{"n":0}')])
    connection.acknowledge(b'{"op":"entered"}')
    hub.publish_news("a", [("n", b'{"n":1}')])
    connection.acknowledge(b'{"op":"accepted"}')
    await asyncio.sleep(0)

    assert line.take() == [{"n": 0}, {"op": "entered"}, {"n": 1}, {"op": "accepted"}]
    assert connection.in_flight == 1
