"""How lines without a socket end."""

import asyncio
from typing import Any

import pytest

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import frame
from tests.suites.sockets.stream_client import Event, post_request
from turnout.hub.protocol import ENDINGS, NOT_ALLOWED, TOO_SLOW, UNRESPONSIVE
from turnout.kernel.connection import accepted

SAY = '{"op":"say","id":"a","text":"x"}'


# Ends


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
async def test_every_ending_reaches_the_client(server: Server, ending: Any) -> None:
    """Its code, its name and what to do; nothing is sent after it."""
    client = await server.stream()
    connection = server.only
    connection.end(ending)
    connection.send(b"late")
    connection.end(NOT_ALLOWED)

    assert await client.ending() == {"code": ending.code, "reason": ending.name, "may_return": ending.may_return}
    assert await client.is_hung_up()
    assert connection.ending is ending


async def test_a_stop_lets_commands_in_flight_be_answered(serve: Any) -> None:
    """The answer first, then 1012; what is posted meanwhile is not handled, and says so."""
    server = await serve(close_patience_s=30)
    client = await server.stream()
    client.say('{"op":"wait","id":"a"}')
    await server.until(lambda: len(server.waiting) == 1)
    late = await server.connect()
    late.send(post_request(client.name, SAY)[:-5])
    while not server.uvicorn.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)  # one turn, in which uvicorn tells every connection before it waits
    late.send(SAY[-5:].encode())
    assert (await late.response_head())[0] == 404

    connection, command_id = server.waiting.pop()
    connection.acknowledge(accepted(command_id))

    assert await client.message() == {"op": "accepted", "id": "a"}
    assert await client.ending() == {"code": 1012, "reason": "restart", "may_return": True}
    await client.leave()
    await stopping
    assert not server.heard


async def test_a_client_that_reads_nothing_is_cut(serve: Any) -> None:
    """An ended stream is waited for no longer than the patience."""
    server = await serve(backlog_bytes=65_536, close_patience_s=0.1)
    await server.stream(receive_buffer=4_096)
    connection = server.only
    while not connection.ending:
        connection.send(b'"%b"' % (b"x" * 5_000))
        await asyncio.sleep(0)

    assert connection.ending is TOO_SLOW
    await server.until(lambda: len(server.closed) == 1)


async def test_a_client_that_posts_nothing_is_asked_then_ended(serve: Any) -> None:
    """A comment keeps proxies from closing a quiet line, but no client answers it: who is not heard of is taken for gone."""
    server = await serve(ping_interval_s=0.05, close_patience_s=0.05)
    client = await server.stream()

    assert await client.event() == Event("comment", "")
    assert await client.close_code() == 1001
    await server.until(lambda: len(server.closed) == 1)
    assert server.closed[0].ending is UNRESPONSIVE


async def test_a_client_that_posts_stays(serve: Any) -> None:
    """Any message is a sign of life."""
    server = await serve(ping_interval_s=0.1)
    client = await server.stream()
    for number in range(8):
        await asyncio.sleep(0.05)
        client.say(f'{{"op":"ping","id":"{number}"}}')
        assert (await client.message())["op"] == "pong"

    assert len(server.hub.connections) == 1


async def test_nothing_stays_of_streams_that_are_gone(server: Server) -> None:
    """However they went."""
    clients = [await server.stream() for _ in range(12)]
    for client in clients:
        client.say('{"op":"listen","id":"a","channel":"c"}')
        await client.message()
    for number, client in enumerate(clients):
        if number % 3 == 0:
            await client.leave()
        elif number % 3 == 1:
            client.reset()
        else:
            await client.post(b"\xff")
    await server.until(lambda: len(server.closed) == 12)

    assert server.hub.channels == {}
    assert not server.hub.connections
    assert not server.posts._door.lines._streams
    assert not any(server.posts._door.keep_alive._slices)


async def test_sockets_do_not_notice(server: Server) -> None:
    """The same port takes both, and HTTP."""
    stream, socket = await server.stream(), await server.client()
    socket.send(frame(SAY))
    stream.say(SAY)

    assert (await socket.message())["id"] == (await stream.message())["id"] == "a"
