"""From an HTTP request to a socket: who is let in, and what must not get lost on the way."""

import asyncio
from typing import Any

import pytest

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import frame, upgrade_request
from turnout.server.proxies import Proxies


async def test_frames_in_the_segment_of_the_upgrade_are_handled(server: Server) -> None:
    """A client need not wait for the 101: uvicorn alone would drop what comes with the request."""
    client = await server.client(behind=frame('{"op":"say","id":"a","text":"1"}') + frame('{"op":"say","id":"b","text":"2"}'))

    assert [await client.message() for _ in range(2)] == [{"op": "accepted", "id": "a"}, {"op": "accepted", "id": "b"}]
    assert [message.text for message in server.heard] == ["1", "2"]


@pytest.mark.parametrize("cut", [1, 2, 5, 7, 20])
async def test_a_frame_cut_by_the_end_of_the_segment_is_handled_once(server: Server, cut: int) -> None:
    """The first bytes of a frame come with the request, the rest later."""
    whole = frame('{"op":"say","id":"a","text":"1"}') + frame('{"op":"say","id":"b","text":"2"}')
    client = await server.client(behind=whole[:cut])
    client.send(whole[cut:])

    assert [(await client.message())["id"] for _ in range(2)] == ["a", "b"]
    assert len(server.heard) == 2


async def test_much_behind_the_upgrade_is_handled(server: Server) -> None:
    """More than the first read buffer holds."""
    client = await server.client(behind=b"".join(frame(f'{{"op":"say","id":"{n}","text":"{"x" * 900}"}}') for n in range(30)))

    assert [(await client.message())["id"] for _ in range(30)] == [str(n) for n in range(30)]


async def test_an_upgrade_request_in_pieces(server: Server) -> None:
    """Segments end where they like."""
    client = await server.connect()
    for byte in upgrade_request() + frame('{"op":"ping","id":"a"}'):
        client.send(bytes([byte]))
        await asyncio.sleep(0)

    assert (await client.response_head())[0] == 101
    assert (await client.message())["op"] == "pong"


async def test_upgrade_on_a_connection_that_served_http(server: Server) -> None:
    """HTTP and sockets share the port, and one TCP connection may do first the one, then the other."""
    client = await server.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: turnout.test\r\n\r\n")
    status, _ = await client.response_head()
    assert status == 200
    assert await client.reader.readexactly(2) == b"ok"

    await client.upgrade(behind=frame('{"op":"ping","id":"a"}'))

    assert (await client.message())["id"] == "a"


async def test_an_upgrade_behind_an_unanswered_request_is_hung_up(server: Server) -> None:
    """The HTTP answer would otherwise land among the frames."""
    client = await server.connect()
    client.send(b"GET /stuck HTTP/1.1\r\nHost: turnout.test\r\n\r\n")
    await server.stuck.wait()
    client.send(upgrade_request())

    assert await client.is_hung_up()
    assert not server.hub.connections


@pytest.mark.parametrize(
    ("path", "headers", "status", "said"),
    [
        ("/elsewhere", {}, 404, b"not_found"),
        ("/ws/", {}, 404, b"not_found"),
        ("/ws", {"Sec-WebSocket-Version": "99"}, 400, b"version"),
        ("/ws", {"Sec-WebSocket-Key": "short"}, 400, b"key"),
        ("/ws", {"Content-Length": "3"}, 400, b"body"),
        ("/ws", {"X-Long": "x" * 17_000}, 400, b"too long"),
        ("/ws", {"Origin": "https://evil.test"}, 403, b"not_allowed"),
        ("/ws", {"Origin": "null"}, 403, b"not_allowed"),
        ("/ws", {"Origin": "https://turnout.test.evil.test"}, 403, b"not_allowed"),
        ("/ws", {"Origin": "https://turnout.test:444"}, 403, b"not_allowed"),
        ("/ws", {"Origin": "file://turnout.test"}, 403, b"not_allowed"),
        ("/ws", {"Origin": "https://[turnout.test"}, 403, b"not_allowed"),
    ],
)
async def test_refused_upgrades(server: Server, path: str, headers: dict[str, str], status: int, said: bytes) -> None:
    """A refused upgrade is an HTTP answer that says why, and leaves nothing behind; frames sent with it reach nobody."""
    client = await server.connect()
    client.send(upgrade_request(path, headers) + frame('{"op":"say","id":"a","text":"1"}'))

    found, _ = await client.response_head()
    body = await client.reader.read()

    assert (found, said in body) == (status, True)
    assert not server.hub.connections
    assert not server.heard


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://turnout.test"},
        {"Origin": "http://turnout.test:80"},
        {"Origin": "HTTPS://TURNOUT.test"},
        {"Origin": "https://console.example:8443"},
        {"Origin": "https://app.example"},
        {"Connection": "keep-alive, Upgrade"},  # as Firefox sends it
    ],
)
async def test_granted_upgrades(serve: Any, headers: dict[str, str]) -> None:
    """Pages of the host asked, of base_url and of allowed_origins may open sockets, and programs that send no Origin."""
    server = await serve(base_url="https://app.example/turnout", allowed_origins=["https://console.example:8443"])
    client = await server.client(headers=headers, path="/ws?from=test", behind=frame('{"op":"ping","id":"a"}'))

    assert (await client.message())["op"] == "pong"


async def test_the_connection_knows_cookies_and_address(server: Server) -> None:
    """What the upgrade request says of the client. An address in a header counts for nothing without a trusted proxy."""
    await server.client(headers={"Cookie": 'turnout_login=abc; other="d=e"; turnout_login=later; broken', "X-Forwarded-For": "203.0.113.9"})

    assert server.only.cookies == {"turnout_login": "abc", "other": "d=e"}
    assert server.only.address == "127.0.0.1"


async def test_the_address_behind_a_trusted_proxy(serve: Any) -> None:
    """X-Forwarded-For is walked from the right, past trusted proxies."""
    server = await serve(proxies=Proxies(["127.0.0.0/8", "10.0.0.0/8"]))
    await server.client(headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.1.2.3"})

    assert server.only.address == "203.0.113.9"
