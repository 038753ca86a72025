"""What happens to a client that does not read: it costs a bounded number of bytes, and nobody else notices."""

from typing import Any

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import CLOSE, PING, frame
from turnout.hub.protocol import TOO_SLOW

BOUND = 65_536


async def _slow_and_quick(server: Server, line: str = "socket") -> tuple[Any, Any]:
    """Two clients that listen to the channel "c"; the first has a small receive buffer, and is not read."""
    slow = await server.line(line, receive_buffer=4_096)
    quick = await server.line(line)
    for client in (slow, quick):
        client.say('{"op":"listen","id":"a","channel":"c"}')
        await client.message()
    return slow, quick


async def test_who_does_not_read_is_ended_and_the_others_do_not_notice(serve: Any, line: str) -> None:
    """Past the bound the connection ends with 4001, which says that the client may return."""
    server = await serve(backlog_bytes=BOUND, close_patience_s=5)
    slow, quick = await _slow_and_quick(server, line)
    connections = list(server.hub.connections)
    sent = 0
    while not any(connection.ending for connection in connections):
        sent += 1
        server.hub.publish("c", b'{"number":%d,"filling":"%b"}' % (sent, b"x" * 5_000))
        assert (await quick.message())["number"] == sent
        assert sent < 10_000, "a client that reads nothing is never ended"

    (ended,) = [connection for connection in connections if connection.ending]
    assert ended.ending is TOO_SLOW
    server.hub.publish("c", b'{"number":0}')
    assert (await quick.message())["number"] == 0
    # it is ended instead of being sent the one too many, and gets all before that
    assert [(await slow.message())["number"] for _ in range(sent - 1)] == list(range(1, sent))
    assert await slow.close_code() == 4001
    await slow.leave()
    await server.until(lambda: len(server.closed) == 1)
    assert server.hub.ended_too_slow == 1
    assert server.hub.channels == {"c": 1}


async def test_the_unsent_bytes_stay_below_the_bound(serve: Any, line: str) -> None:
    """However much is published to who does not read."""
    server = await serve(backlog_bytes=BOUND, close_patience_s=0.2)
    _, quick = await _slow_and_quick(server, line)
    most = 0
    while not server.closed:
        server.hub.publish("c", b'{"filling":"%b"}' % (b"x" * 5_000))
        most = max(most, *(connection._line.get_write_buffer_size() for connection in server.hub.connections))
        await quick.message()

    assert BOUND // 2 < most <= BOUND


async def test_news_that_is_repeated_anyway_is_dropped_first(serve: Any, line: str) -> None:
    """Who is behind by more than half the bound is spared coalescible news, is not ended for it, and gets the latest of each key in the
    end."""
    server = await serve(backlog_bytes=BOUND)
    slow, quick = await _slow_and_quick(server, line)
    last = 3_000
    for number in range(1, last + 1):
        server.hub.publish_news("c", [(number % 2, b'{"number":%d,"filling":"%b"}' % (number, b"x" * 5_000))])
        assert (await quick.message())["number"] == number

    seen: list[int] = []
    while not {last - 1, last} <= set(seen):
        seen.append((await slow.message())["number"])

    for key in (0, 1):
        of_key = [number for number in seen if number % 2 == key]
        assert of_key == sorted(set(of_key)), "never an older one after a newer one"
    assert len(seen) < last
    assert len(server.hub.connections) == 2


async def test_pings_without_reading_end_the_connection(serve: Any) -> None:
    """Pongs count like everything else."""
    server = await serve(backlog_bytes=BOUND, close_patience_s=0.2)
    client = await (await server.connect(receive_buffer=4_096)).upgrade()
    connection = server.only
    pings = frame("x" * 125, PING) * 1_000
    while not server.closed:
        client.send(pings)
        server.changed.clear()
        await server.changed.wait() if connection.ending else await client.writer.drain()

    assert connection.ending is TOO_SLOW


async def test_a_snapshot_longer_than_the_bound_does_not_end_its_connection(serve: Any, line: str) -> None:
    """make_room allows for it, and for the news that comes while it is being read."""
    server = await serve(backlog_bytes=BOUND)
    slow, _ = await _slow_and_quick(server, line)
    for connection in server.hub.connections:
        connection.make_room(8_000_000)
        connection.send(b'{"filling":"%b"}' % (b"x" * 8_000_000))
    server.hub.publish("c", b'{"after":true}')

    assert len((await slow.message())["filling"]) == 8_000_000
    assert await slow.message() == {"after": True}


async def test_who_says_goodbye_and_reads_nothing_is_cut(serve: Any) -> None:
    """What is unsent is not waited for longer than the patience."""
    server = await serve(backlog_bytes=BOUND, close_patience_s=0.1)
    slow, quick = await _slow_and_quick(server)
    for _ in range(2_000):
        server.hub.publish_news("c", [("key", b'"%b"' % (b"x" * 5_000))])
        await quick.frame()
    slow.send(frame(b"", CLOSE))

    await server.until(lambda: len(server.closed) == 1)
    assert server.closed[0].ending is None


async def test_a_line_that_breaks_while_it_is_written_to(server: Server) -> None:
    """Publishing goes on, to whoever is left."""
    clients = [await server.client() for _ in range(5)]
    for client in clients:
        client.say('{"op":"listen","id":"a","channel":"c"}')
        await client.message()
    for client in clients[:4]:
        client.reset()
    for number in range(50):
        server.hub.publish("c", b'{"number":%d}' % number)
        assert (await clients[4].message())["number"] == number
    await server.until(lambda: len(server.closed) == 4)

    assert server.hub.channels == {"c": 1}


async def test_answers_to_a_closed_connection_are_counted_and_dropped(server: Server) -> None:
    """A command in flight outlives its connection."""
    client = await server.client()
    client.say('{"op":"wait","id":"a"}')
    await server.until(lambda: len(server.waiting) == 1)
    connection, command_id = server.waiting.pop()
    client.send(frame(b"", CLOSE))
    await server.until(lambda: len(server.closed) == 1)

    connection.acknowledge(command_id.encode())

    assert connection.in_flight == 0
