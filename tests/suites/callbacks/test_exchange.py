"""A call over the client's pool without the client's own request: what goes over the wire, and what becomes of the connection."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.suites.callbacks.receiver import Call, Receiver, status
from turnout.callbacks.attempt_rules import NoReply, Reply
from turnout.callbacks.post import Post
from turnout.kernel.ids import AccountId

HEADERS = {"User-Agent": "test", "Content-Type": "text/plain"}


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """A client that may call this machine."""
    started = Post(dangerous_allow_private_callbacks=True)
    await started.start()
    yield started
    await started.stop()


class Counting(Receiver):
    """Counts those who connect."""

    connections = 0

    @override
    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await super()._connected(reader, writer)


async def _more_than_said(_call: Call, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore")


async def _call(post: Post, url: str, headers: dict[str, str] = HEADERS, body: bytes = b"hello") -> Reply | NoReply:
    return await post.post(url, body, headers, 20.0, AccountId(1))


async def test_what_goes_over_the_wire(post: Post, receiver: Receiver) -> None:
    """The path as the URL has it, quoted where it must be; host, length and the attempt's own headers, each once; the body to the byte."""
    answer = await _call(post, receiver.url("/a%2Fb/ü?x=1&y=%20"), body="größe".encode())

    (call,) = receiver.calls
    assert isinstance(answer, Reply)
    assert (call.method, call.path) == ("POST", "/a%2Fb/%C3%BC?x=1&y=%20")
    assert call.body == "größe".encode()
    assert {name.lower(): value for name, value in call.headers.items()} == {
        "host": f"127.0.0.1:{receiver.port}",
        "accept": "*/*",
        "content-length": "7",
        "user-agent": "test",
        "content-type": "text/plain",
    }


async def test_calls_share_connections(post: Post) -> None:
    """One after the other over one connection; after an answer that asks for it, or one with more behind it, over a new one."""
    receiver = Counting()
    await receiver.start()
    for _ in range(3):
        assert isinstance(await _call(post, receiver.url()), Reply)
    connections = receiver.connections
    receiver.answer(status(200, Connection="close"), _more_than_said, status(200))

    answers = [await _call(post, receiver.url()) for _ in range(3)]
    await receiver.stop()

    assert connections == 1
    assert [answer.status for answer in answers if isinstance(answer, Reply)] == [200, 200, 200]
    assert receiver.connections == 3


async def test_calls_at_once_do_not_mix(post: Post, receiver: Receiver) -> None:
    """Every call has the answer to its own."""
    for number in range(50):
        receiver.answer(status(200, str(number).encode()), path=f"/{number}")

    answers = await asyncio.gather(*(_call(post, receiver.url(f"/{number}")) for number in range(50)))

    assert [answer.body for answer in answers if isinstance(answer, Reply)] == [str(number).encode() for number in range(50)]


@pytest.mark.parametrize("header", [("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B: 2", "1"), ("X-A", "1\n"), ("X-A", "\x00"), ("X-A", "1\r")])
async def test_a_header_with_a_line_break_is_not_sent(post: Post, receiver: Receiver, header: tuple[str, str]) -> None:
    """Nobody writes headers of ours into a call."""
    answer = await _call(post, receiver.url(), {**HEADERS, header[0]: header[1]})

    assert isinstance(answer, NoReply)
    assert receiver.calls == []
