"""Lines without a socket: the stream, the posts beside it, and how they end. What is said on them is in test_messages.py."""

import asyncio
import json
import secrets
import time
from typing import Any

import pytest

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.stream_client import post_request, stream_request
from turnout.hub.event_stream import EventStream
from turnout.hub.protocol import NOT_ALLOWED
from turnout.kernel.limits import MAX_SOCKET_MESSAGE_BYTES
from turnout.server import posts
from turnout.server.asgi import UNLOGGED_KEY
from turnout.server.proxies import Proxies

SAY = '{"op":"say","id":"a","text":"x"}'


# The stream


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_the_head_keeps_proxies_from_holding_back(server: Server, version: str) -> None:
    """No length, no chunks: the stream ends with its connection, whatever version of HTTP a proxy speaks."""
    client = await server.stream(version=version)
    head = client.head.decode().lower()

    assert "content-type: text/event-stream" in head
    assert "x-accel-buffering: no" in head
    assert "cache-control: no-store, no-transform" in head
    assert "connection: close" in head
    assert "content-length" not in head
    assert "transfer-encoding" not in head


async def test_publications_are_framed_for_each_kind_of_line(server: Server) -> None:
    """The same messages, in the same order, to sockets and streams of one channel."""
    socket, stream = await server.line("socket"), await server.line("events")
    for client in (socket, stream):
        client.say('{"op":"listen","id":"a","channel":"c"}')
        await client.message()
    server.hub.publish("c", b'{"n":1}', b'{"n":2}')
    server.hub.publish_news("c", [("key", b'{"n":3}')])

    for client in (socket, stream):
        assert [(await client.message())["n"] for _ in range(3)] == [1, 2, 3]
    assert server.hub.channels == {"c": 2}


@pytest.mark.parametrize(
    ("name", "headers", "status", "code"),
    [
        ("short", {}, 404, "not_found"),
        ("x" * 65, {}, 404, "not_found"),
        ("x" * 21 + "%41", {}, 404, "not_found"),
        ("x" * 22, {"Origin": "https://evil.test"}, 403, "not_allowed"),
        ("x" * 22, {"Origin": "null"}, 403, "not_allowed"),
    ],
)
async def test_refused_streams(server: Server, name: str, headers: dict[str, str], status: int, code: str) -> None:
    """An HTTP answer that says why; nothing is left behind."""
    client = await server.connect()
    client.send(stream_request(name, headers))

    found, _ = await client.response_head()
    body = await client.reader.read()

    assert (found, json.loads(body)["error"]["code"]) == (status, code)
    assert not server.hub.connections
    assert not server.uvicorn.server_state.connections


async def test_the_stream_knows_cookies_address_and_browser(serve: Any) -> None:
    """As a socket does."""
    server = await serve(proxies=Proxies(["127.0.0.0/8"]))
    await server.stream(headers={"Cookie": "turnout_login=abc", "X-Forwarded-For": "203.0.113.9", "User-Agent": "Phone/1"})

    assert server.only.cookies == {"turnout_login": "abc"}
    assert server.only.address == "203.0.113.9"
    assert server.only.user_agent == "Phone/1"


async def test_a_stream_on_a_connection_that_served_http(server: Server) -> None:
    """A browser asks for it on whatever connection it has."""
    client = await server.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: turnout.test\r\n\r\n")
    assert (await client.response_head())[0] == 200
    assert await client.reader.readexactly(2) == b"ok"
    client.send(stream_request("x" * 22))

    assert (await client.response_head())[0] == 200
    assert len(server.hub.connections) == 1


async def test_a_request_in_pieces_and_what_follows_it(server: Server) -> None:
    """Segments end where they like; what is sent behind the request is thrown away."""
    client = await server.connect()
    for byte in stream_request("x" * 22):
        client.send(bytes([byte]))
        await asyncio.sleep(0)
    client.send(post_request("x" * 22, SAY) + b"nonsense")

    assert (await client.response_head())[0] == 200
    assert await client.reader.readexactly(3) == b":\n\n"
    server.only.send(b'{"n":1}')
    assert await client.reader.readexactly(15) == b'data: {"n":1}\n\n'
    assert not server.heard


async def test_a_post_in_the_segment_of_the_stream_is_not_answered_there(server: Server) -> None:
    """Its answer would land among the events."""
    client = await server.connect()
    client.send(stream_request("x" * 22) + post_request("x" * 22, SAY))

    assert (await client.response_head())[0] == 200
    server.only.send(b'{"n":1}')
    assert await client.reader.readexactly(18) == b':\n\ndata: {"n":1}\n\n'


async def test_a_stream_behind_an_unanswered_request_is_hung_up(server: Server) -> None:
    """That answer would land among the events, too."""
    client = await server.connect()
    client.send(b"GET /stuck HTTP/1.1\r\nHost: turnout.test\r\n\r\n")
    await server.stuck.wait()
    client.send(stream_request("x" * 22))

    assert await client.is_hung_up()
    assert not server.hub.connections


async def test_a_later_stream_takes_the_lines_name(server: Server) -> None:
    """A browser that lost the first one opens it again by itself; the old one is ended, and its end does not take the name away."""
    name = secrets.token_urlsafe(16)
    first = await server.stream(name=name)
    second = await server.stream(name=name)

    assert await first.ending() == {"code": 1000, "reason": "normal", "may_return": True}
    assert await first.is_hung_up()
    await server.until(lambda: len(server.closed) == 1)
    second.say(SAY)
    assert (await second.message())["id"] == "a"


# Posts


async def test_a_post_of_several_messages(server: Server) -> None:
    """Handled in their order; the answers come on the stream, and the reply says that they will."""
    client = await server.stream()
    status = await client.post("[" + ",".join(f'{{"op":"say","id":"{number}","text":"x"}}' for number in range(100)) + "]")

    assert status == 202
    assert [(await client.message())["id"] for _ in range(100)] == [str(number) for number in range(100)]
    assert [message.id for message in server.heard] == [str(number) for number in range(100)]


async def test_messages_of_a_post_are_refused_one_by_one(server: Server) -> None:
    """What is wrong with one of them is not the others' fault."""
    client = await server.stream()
    assert await client.post(f'[{SAY},7,{{"op":"no","id":"b"}},{{"op":"ping","id":"c"}}]') == 202
    assert await client.post(" []") == 202

    answers = [await client.message() for _ in range(4)]

    assert [(answer["op"], answer["id"]) for answer in answers] == [("accepted", "a"), ("refused", None), ("refused", "b"), ("pong", "c")]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({"Origin": "https://evil.test"}, 403, "origin_not_allowed"), ({"Origin": "null"}, 403, "origin_not_allowed")],
)
async def test_refused_posts(server: Server, headers: dict[str, str], status: int, code: str) -> None:
    """From somebody else's page."""
    client = await server.stream()

    assert await client.post(SAY, headers) == status
    assert client.refusal["code"] == code
    assert not server.heard


async def test_posts_to_no_line(server: Server) -> None:
    """404 says that the client must open its line again: it was never here, has ended, or is another process's."""
    client = await server.stream()
    await client.post(SAY)
    for name in ("y" * 22, "short", client.name[:-1]):
        poster = await server.connect()
        poster.send(post_request(name, SAY))
        status, _ = await poster.response_head()
        assert status == 404
    client.reset()
    await server.until(lambda: len(server.closed) == 1)

    assert await client.post(SAY) == 404
    assert client.refusal["code"] == "no_such_line"
    assert len(server.heard) == 1


async def test_other_methods(server: Server) -> None:
    """Only GET and POST mean something here."""
    client = await server.connect()
    client.send(b"DELETE /live/" + b"x" * 22 + b" HTTP/1.1\r\nHost: turnout.test\r\n\r\n")

    assert (await client.response_head())[0] == 405


async def test_a_page_of_an_allowed_origin_may_read_the_answers(serve: Any) -> None:
    """A browser keeps them from pages of other origins otherwise; a text/plain post needs no permission before."""
    server = await serve(allowed_origins=["https://console.example"])
    client = await server.stream(headers={"Origin": "https://console.example"})
    poster = await server.connect()
    poster.send(post_request(client.name, SAY, {"Origin": "https://console.example"}))
    status, head = await poster.response_head()

    assert status == 202
    for answer in (client.head, head):
        assert b"access-control-allow-origin: https://console.example" in answer.lower()
        assert b"access-control-allow-credentials: true" in answer.lower()


async def test_the_longest_post(server: Server) -> None:
    """As long as the longest message on a socket."""
    client = await server.stream()
    body = '{"op":"say","id":"a","text":"%s"}'
    assert await client.post(body % ("x" * (MAX_SOCKET_MESSAGE_BYTES - len(body) + 2))) == 202

    assert (await client.message())["op"] == "accepted"


async def test_a_post_that_is_taken_wants_no_line_in_the_log(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a message on a socket gets none; one that is refused is logged like any request."""
    scopes: list[Any] = []
    posts = server.posts

    class Watching:
        serves = staticmethod(posts.serves)

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scopes.append(scope)
            await posts(scope, receive, send)

    monkeypatch.setattr(server, "posts", Watching())
    client = await server.stream()
    assert await client.post(SAY.encode()) == 202
    client.name = "x" * len(client.name)
    assert await client.post(SAY.encode()) == 404

    assert [scope.get(UNLOGGED_KEY, False) for scope in scopes] == [True, False]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_post_that_is_too_long_ends_the_line(server: Server, chunked: bool) -> None:
    """With 1009, as a message on a socket does; whether its length was announced or not."""
    client = await server.stream()
    poster = await server.connect()
    body = b"x" * (MAX_SOCKET_MESSAGE_BYTES + 1)
    if chunked:
        head = f"POST /live/{client.name} HTTP/1.1\r\nHost: turnout.test\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        poster.send(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    else:
        poster.send(post_request(client.name, body))

    assert (await poster.response_head())[0] == 413
    assert await client.ending() == {"code": 1009, "reason": "too_long", "may_return": False}
    assert not server.heard


async def test_a_post_that_is_not_utf8_ends_the_line(server: Server) -> None:
    """With 1007."""
    client = await server.stream()
    assert await client.post(b'{"op":"say","id":"a","text":"\xff"}') == 404

    assert await client.close_code() == 1007
    assert not server.heard


async def test_posts_at_the_same_time(server: Server) -> None:
    """On connections of their own: every message is handled once, whichever comes first."""
    client = await server.stream()
    posters = [await server.connect() for _ in range(20)]
    for number, poster in enumerate(posters):
        poster.send(post_request(client.name, f'{{"op":"say","id":"{number}","text":"x"}}'))
    statuses = [(await poster.response_head())[0] for poster in posters]

    assert statuses == [202] * 20
    assert sorted([int((await client.message())["id"]) for _ in range(20)]) == list(range(20))


async def test_a_post_whose_line_ends_while_it_is_read(server: Server) -> None:
    """It is not handled, and says so: the client sends its commands again on the next line."""
    client = await server.stream()
    poster = await server.connect()
    request = post_request(client.name, SAY)
    poster.send(request[:-5])
    while not server.uvicorn.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0)
    server.only.end(NOT_ALLOWED)
    poster.send(request[-5:])

    assert (await poster.response_head())[0] == 404
    assert not server.heard


async def test_a_client_that_leaves_in_the_middle_of_a_post(server: Server) -> None:
    """Half a message is none."""
    client = await server.stream()
    poster = await server.connect()
    poster.send(post_request(client.name, SAY)[:-5])
    while not server.uvicorn.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0)
    poster.reset()
    client.say('{"op":"ping","id":"b"}')

    assert (await client.message())["id"] == "b"
    assert not server.heard


async def test_a_body_in_many_parts_costs_what_one_costs() -> None:
    """A part that comes is not paid for again with each that follows."""
    parts = iter([b" "] * (MAX_SOCKET_MESSAGE_BYTES - 1))

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        return {"type": "http.request", "body": part or b"1", "more_body": part is not None}

    began = time.process_time()
    body = await posts._read_body({"headers": []}, receive, EventStream.__new__(EventStream))

    assert body is not None
    assert len(body) == MAX_SOCKET_MESSAGE_BYTES
    assert time.process_time() - began < 5
