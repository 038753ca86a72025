"""How connections end when nobody did anything wrong: the server stops, the client is gone, the server has had enough."""

import asyncio
import gc
import weakref
from typing import Any

import pytest

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import CLOSE, PING, PONG, frame
from turnout.hub.connection import Connection
from turnout.hub.protocol import ENDINGS, NOT_ALLOWED, UNRESPONSIVE
from turnout.kernel.connection import accepted


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
async def test_every_ending_reaches_the_client(server: Server, ending: Any) -> None:
    """Its code and its name; nothing is sent after it."""
    client = await server.client()
    connection = server.only
    connection.end(ending)
    connection.send(b"late")
    connection.end(NOT_ALLOWED)

    last = await client.frame()
    client.send(frame(last.payload[:2], CLOSE))

    assert (last.opcode, last.code, last.payload[2:].decode()) == (CLOSE, ending.code, ending.name)
    assert await client.is_hung_up()
    assert connection.ending is ending


async def test_a_client_that_does_not_answer_the_close_frame_is_cut(serve: Any) -> None:
    """After the patience, also while it goes on talking."""
    server = await serve(close_patience_s=0.05)
    client = await server.client()
    server.only.end(NOT_ALLOWED)
    client.say('{"op":"say","id":"a","text":"x"}')
    await server.until(lambda: len(server.closed) == 1)

    assert await client.close_code() == 4003
    assert not server.heard


async def test_a_stop_tells_clients_to_come_back(server: Server) -> None:
    """1012, to every one, and the server is gone soon after, whether they answer or not."""
    polite, silent = await server.client(), await server.client()
    stopping = asyncio.create_task(server.stop())

    assert await polite.close_code() == 1012
    polite.send(frame((1012).to_bytes(2, "big"), CLOSE))
    assert await silent.close_code() == 1012
    await stopping
    assert not server.hub.connections


async def test_a_stop_lets_commands_in_flight_be_answered(serve: Any) -> None:
    """The answer first, then 1012; what is sent meanwhile is not handled."""
    server = await serve(close_patience_s=30)
    client = await server.client()
    client.say('{"op":"wait","id":"a"}')
    await server.until(lambda: len(server.waiting) == 1)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)  # one turn, in which uvicorn tells every connection before it waits
    client.say('{"op":"say","id":"late","text":"x"}')
    client.send(frame("still there?", PING))
    assert (await client.frame()).opcode == PONG

    connection, command_id = server.waiting.pop()
    connection.acknowledge(accepted(command_id))

    assert await client.message() == {"op": "accepted", "id": "a"}
    assert await client.close_code() == 1012
    client.send(frame((1012).to_bytes(2, "big"), CLOSE))
    await stopping
    assert not server.heard


async def test_a_stop_does_not_wait_for_ever_for_an_answer(serve: Any) -> None:
    """The patience bounds that too."""
    server = await serve(close_patience_s=0.05)
    client = await server.client()
    client.say('{"op":"wait","id":"a"}')
    await server.until(lambda: len(server.waiting) == 1)

    await server.stop()

    assert await client.close_code() == 1012


async def test_a_silent_client_is_pinged_then_ended(serve: Any) -> None:
    """With 1001, so that it returns if it still lives."""
    server = await serve(ping_interval_s=0.05, close_patience_s=0.05)
    client = await server.client()

    assert (await client.frame()).opcode == PING
    assert await client.close_code() == 1001
    await server.until(lambda: len(server.closed) == 1)
    assert server.closed[0].ending is UNRESPONSIVE


async def test_a_client_that_answers_pings_stays(serve: Any) -> None:
    """A pong is a sign of life."""
    server = await serve(ping_interval_s=0.05)
    client = await server.client()
    for _ in range(5):
        assert await client.frame() == (PING, b"")
        client.send(frame(b"", PONG))

    assert len(server.hub.connections) == 1


async def test_nothing_stays_of_connections_that_are_gone(server: Server) -> None:
    """No subscriber, no object, one call of on_closed each, however they went."""
    gone: list[weakref.ref[Connection]] = []
    server.hub.on_closed(lambda connection: gone.append(weakref.ref(connection)))
    clients = [await server.client() for _ in range(30)]
    for client in clients:
        for channel in ("c", "d"):
            client.say(f'{{"op":"listen","id":"a","channel":"{channel}"}}')
            await client.message()
    assert server.hub.channels == {"c": 30, "d": 30}
    for number, client in enumerate(clients):
        if number % 3 == 0:
            client.send(frame(b"", CLOSE))
        elif number % 3 == 1:
            client.reset()
        else:
            client.say("x" * 70_000)
    await server.until(lambda: len(gone) == 30)

    assert server.hub.channels == {}
    assert not server.hub.connections
    assert not server.uvicorn.server_state.connections
    server.closed.clear()
    gc.collect()
    assert [connection for connection in gone if connection() is not None] == []


async def test_the_http_side_of_a_socket_is_freed_at_once(server: Server) -> None:
    """Ten thousand sockets must not carry ten thousand HTTP parsers until the garbage collector comes."""
    client = await server.connect()
    connections = server.uvicorn.server_state.connections
    while not connections:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0)
    http = weakref.ref(next(iter(connections)))
    gc.disable()
    try:
        await client.upgrade(behind=frame('{"op":"ping","id":"a"}'))
        await client.message()
        assert http() is None
    finally:
        gc.enable()
