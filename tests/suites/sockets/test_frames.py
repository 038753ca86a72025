"""What a client may and may not send once it has a socket (RFC 6455)."""

import asyncio
from typing import Any

import pytest

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import BINARY, CLOSE, PING, PONG, TEXT, Frame, frame
from turnout.kernel.limits import MAX_SOCKET_MESSAGE_BYTES

SAY = '{"op":"say","id":"a","text":"你好"}'


def _say_of_size(size: int) -> str:
    text = '{"op":"say","id":"a","text":""}'
    return text[:-2] + "x" * (size - len(text)) + text[-2:]


async def test_the_longest_message_is_handled(server: Server) -> None:
    """The limit itself is allowed."""
    client = await server.client()
    client.say(_say_of_size(MAX_SOCKET_MESSAGE_BYTES))

    assert (await client.message())["op"] == "accepted"


async def test_an_oversized_message_ends_the_connection_and_is_not_handled(server: Server) -> None:
    """picows announces 1009 and delivers the frame all the same."""
    client = await server.client()
    client.say(_say_of_size(MAX_SOCKET_MESSAGE_BYTES + 1))

    assert await client.close_code() == 1009
    assert await client.is_hung_up()
    await server.until(lambda: not server.hub.connections)
    assert not server.heard


async def test_an_oversized_message_in_pieces_is_not_handled(server: Server) -> None:
    """Its header alone ends the connection; the frame picows would complete later, and what follows it, reach nobody."""
    client = await server.client()
    long = frame(_say_of_size(MAX_SOCKET_MESSAGE_BYTES + 1))
    client.send(long[:100])
    assert await client.close_code() == 1009
    client.send(long[100:] + frame(SAY))

    assert await client.is_hung_up()
    await server.until(lambda: not server.hub.connections)
    assert not server.heard


async def test_an_oversized_message_behind_the_upgrade_is_not_handled(server: Server) -> None:
    """The same while the socket changes hands."""
    client = await server.client(behind=frame(_say_of_size(MAX_SOCKET_MESSAGE_BYTES + 1)) + frame(SAY))

    assert await client.close_code() == 1009
    assert await client.is_hung_up()
    assert not server.heard


async def test_a_message_before_an_oversized_one_is_handled_or_not_but_not_answered_late(server: Server) -> None:
    """picows announces 1009 before it delivers the frame in front: nothing may be written after that, so it is not handled."""
    client = await server.client()
    client.send(frame(SAY) + frame(_say_of_size(MAX_SOCKET_MESSAGE_BYTES + 1)))

    assert await client.close_code() == 1009
    assert await client.is_hung_up()
    assert not server.heard


async def test_a_client_that_goes_on_sending_reads_why_it_was_ended(server: Server) -> None:
    """Closing at once, with bytes unread, would make the kernel reset the line, maybe before the close frame has arrived: the line stays
    for the patience, and what comes is thrown away."""
    client = await server.client()
    clock = asyncio.get_running_loop().time
    client.say("x" * 8_000_000)

    assert await client.close_code() == 1009
    since = clock()
    assert await client.is_hung_up()
    assert clock() - since > 0.1  # picows alone closes after 10 ms


async def test_a_client_that_is_told_why_may_leave(serve: Any) -> None:
    """The line is not kept longer than the client wants."""
    server = await serve(close_patience_s=60)
    client = await server.client()
    client.say("x" * 70_000)
    assert await client.close_code() == 1009
    await client.leave()

    await server.until(lambda: len(server.closed) == 1)
    assert server.closed[0].close_code == 1009


async def test_binary_is_not_taken(server: Server) -> None:
    """All messages are text."""
    client = await server.client()
    client.send(frame(SAY, BINARY))

    assert await client.close_code() == 1003


@pytest.mark.parametrize("text", [b'{"op":"say","id":"a","text":"\xff"}', b'{"op":"say","id":"a","text":"","unknown":"\xed\xa0\x80"}'])
async def test_text_that_is_not_utf8(server: Server, text: bytes) -> None:
    """Also in a member that nobody reads."""
    client = await server.client()
    client.say(text)

    assert await client.close_code() == 1007
    assert not server.heard


@pytest.mark.parametrize(
    ("rude", "code"),
    [
        (frame(SAY, masked=False), 1002),
        (frame(SAY, 3), 1002),
        (frame(SAY, 11), 1002),
        (frame(SAY, flags=0x40), 1002),
        (frame(SAY, flags=0x20), 1002),
        (frame(SAY, flags=0x10), 1002),
        (frame("x", PING, final=False), 1002),
        (frame("x" * 126, PING), 1002),
        (frame(b"\x03", CLOSE), 1002),
        (frame((1005).to_bytes(2, "big"), CLOSE), 1002),
        (frame(b"\x03\xe8\xff", CLOSE), 1007),
        (frame(SAY, 0), 1002),
        (frame("{", final=False) + frame(SAY), 1002),
        (frame("{", final=False) + frame(SAY, BINARY), 1003),
        (frame('"\xff'.encode("latin-1"), final=False) + frame(b'"', 0), 1007),
        (frame("x" * 40_000, final=False) + frame("x" * 40_000, 0), 1009),
        (frame("x" * 40_000, final=False) + frame("x" * 40_000, 0, final=False), 1009),
    ],
)
async def test_frames_against_the_rules(server: Server, rude: bytes, code: int) -> None:
    """The close code says which rule; neither the frame nor what comes after it is handled."""
    client = await server.client()
    client.send(rude + frame(SAY))

    assert await client.close_code() == code
    assert not server.heard


async def test_a_message_in_fragments_is_handled_as_one(server: Server) -> None:
    """picows does not put fragments together. A ping may come between them, and a character may be cut."""
    client = await server.client()
    data = SAY.encode()
    cut = data.index("你".encode()) + 1
    client.send(frame(data[:5], final=False) + frame(data[5:cut], 0, final=False) + frame("p", PING) + frame(data[cut:], 0))

    assert await client.frame() == Frame(PONG, b"p")
    assert await client.message() == {"op": "accepted", "id": "a"}
    assert [message.text for message in server.heard] == ["你好"]

    client.say(SAY)
    assert (await client.message())["op"] == "accepted"


async def test_ping_is_answered_and_pong_ignored(server: Server) -> None:
    """With the same bytes, up to the longest."""
    client = await server.client()
    client.send(frame("unasked", PONG) + frame(b"", PING) + frame("x" * 125, PING))

    assert await client.frame() == Frame(PONG, b"")
    assert await client.frame() == Frame(PONG, b"x" * 125)


@pytest.mark.parametrize(("payload", "code"), [(b"", 1000), (b"\x03\xe8bye", 1000), (b"\x03\xe9", 1001), (b"\x13\x87", 4999)])
async def test_the_clients_close_is_answered(server: Server, payload: bytes, code: int) -> None:
    """With its own code, and then the line ends; what follows the close frame is not handled."""
    client = await server.client()
    client.send(frame(payload, CLOSE) + frame(SAY))

    assert await client.close_code() == code
    assert await client.is_hung_up()
    await server.until(lambda: len(server.closed) == 1)
    assert not server.heard
    assert server.closed[0].ending is None
    assert server.closed[0].close_code == code


async def test_many_messages_in_one_segment(server: Server) -> None:
    """Each is handled, in order."""
    client = await server.client()
    client.send(b"".join(frame(f'{{"op":"say","id":"{n}","text":"x"}}') for n in range(500)))

    assert [(await client.message())["id"] for _ in range(500)] == [str(n) for n in range(500)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 8_192, 8_193, 65_535, 65_536, 200_000])
async def test_messages_of_every_length_arrive_whole(server: Server, size: int) -> None:
    """The three forms of a frame's length, each followed at once by another frame."""
    client = await server.client()
    client.send(frame('{"op":"listen","id":"a","channel":"c"}'))
    await client.frame()

    server.hub.publish("c", b"x" * size, b"y")
    server.only.send(b"z" * size)
    server.only.send(b"end")

    assert [await client.frame() for _ in range(4)] == [Frame(TEXT, text) for text in (b"x" * size, b"y", b"z" * size, b"end")]


async def test_the_line_may_break_at_any_time(server: Server) -> None:
    """A reset is a close without a frame; writing to such a connection does nothing."""
    client = await server.client()
    connection = server.only
    client.reset()
    await server.until(lambda: not server.hub.connections)
    connection.send(b"late")
    await asyncio.sleep(0)

    assert server.closed == [connection]
    assert connection.close_code is None
