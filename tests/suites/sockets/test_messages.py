"""From text to handler, and what comes back, on either kind of line."""

import asyncio
import json
from typing import Any

import picows
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.suites.sockets.conftest import Say, Server
from turnout.hub.dispatch import Dispatcher
from turnout.hub.protocol import SocketRoute
from turnout.hub.rates import UNCOUNTED
from turnout.kernel.clock import SystemClock
from turnout.kernel.connection import accepted
from turnout.kernel.limits import MAX_IN_FLIGHT


async def test_ping_says_the_time(server: Server, line: str) -> None:
    """The hub's one own message."""
    client = await server.line(line)
    client.say('{"op":"ping","id":"a-1"}')

    pong = await client.message()

    assert (pong["op"], pong["id"]) == ("pong", "a-1")
    assert pong["now"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "command_id", "field"),
    [
        ("", None, None),
        ("{", None, None),
        ("[" * 65_000, None, None),
        ('{"op":"say","id":"a","text":' + '{"a":' * 10_000 + "}" * 10_000 + "}", None, "text"),
        ("7", None, None),
        ("{}", None, None),
        ('{"op":"unheard_of","id":"a"}', "a", "op"),
        ('{"op":7,"id":"a"}', "a", "op"),
        ('{"op":"say","text":"x"}', None, None),
        ('{"op":"say","id":"","text":"x"}', None, "id"),
        ('{"op":"say","id":7,"text":"x"}', None, "id"),
        ('{"op":"say","id":"a b","text":"x"}', None, "id"),
        ('{"op":"say","id":"a\\n","text":"x"}', None, "id"),
        ('{"op":"say","id":"ä","text":"x"}', None, "id"),
        ('{"op":"say","id":"\\"","text":"x"}', None, "id"),
        ('{"op":"say","id":"' + "a" * 65 + '","text":"x"}', None, "id"),
        ('{"op":"say","id":"a-_Z9","text":7}', "a-_Z9", "text"),
        ('{"op":"say","id":"a"}', "a", None),
    ],
)
async def test_a_message_that_cannot_be_understood_is_refused(
    server: Server, line: str, text: str, command_id: str | None, field: str | None
) -> None:
    """With invalid_input, the id when there is one, and the field; the connection lives on."""
    client = await server.line(line)
    client.say(text)
    client.say('{"op":"say","id":"after","text":"x"}')

    refused = await client.message()

    assert (refused["op"], refused["id"], refused["error"]["code"]) == ("refused", command_id, "invalid_input")
    assert refused["error"].get("field") == field
    assert refused["error"]["message"]
    assert (await client.message())["id"] == "after"
    assert [message.id for message in server.heard] == ["after"]


async def test_what_a_handler_raises_is_answered(server: Server, line: str) -> None:
    """A TurnoutError is the refusal; a bug is `internal`, and does not end the connection."""
    client = await server.line(line)
    client.say('{"op":"fail","id":"a","how":"conflict"}')
    client.say('{"op":"fail","id":"b","how":"bug"}')

    first, second = await client.message(), await client.message()

    assert first == {"op": "refused", "id": "a", "error": {"code": "conflict", "message": "Not now.", "field": "how"}}
    assert (second["id"], second["error"]["code"]) == ("b", "internal")
    assert "a bug" not in json.dumps(second)


async def test_too_many_commands_in_flight_are_refused(server: Server, line: str) -> None:
    """Until one of them has been answered."""
    client = await server.line(line)
    for number in range(MAX_IN_FLIGHT + 1):
        client.say(f'{{"op":"wait","id":"{number}"}}')

    refused = await client.message()
    assert (refused["id"], refused["error"]["code"]) == (str(MAX_IN_FLIGHT), "too_many_in_flight")

    connection, command_id = server.waiting.pop(0)
    connection.acknowledge(accepted(command_id))
    assert await client.message() == {"op": "accepted", "id": "0"}
    client.say('{"op":"wait","id":"again"}')
    await server.until(lambda: len(server.waiting) == MAX_IN_FLIGHT)
    assert connection.in_flight == MAX_IN_FLIGHT


@pytest.mark.parametrize("left", [0, 3])
async def test_acknowledgements_of_one_turn_are_written_together(server: Server, line: str, left: int) -> None:
    """One system call for a connection that had many commands in one commit, in the order of the acknowledgements; what is said after
    them comes after them."""
    client = await server.line(line)
    for number in range(10):
        client.say(f'{{"op":"wait","id":"{number}"}}')
    await server.until(lambda: len(server.waiting) == 10)
    connection = server.only
    written: list[bytes] = []
    write = connection._write

    def spy(wire: bytes) -> None:
        written.append(wire)
        write(wire)

    connection._write = spy

    for _ in range(10 - left):
        _, command_id = server.waiting.pop(0)
        connection.acknowledge(accepted(command_id))
    assert [(await client.message())["id"] for _ in range(10 - left)] == [str(number) for number in range(10 - left)]
    assert len(written) == 1

    connection.in_flight += 2
    connection.acknowledge(accepted("x"))
    connection.send(b'{"op":"news"}')
    assert [(await client.message())["op"] for _ in range(2)] == ["accepted", "news"]


async def test_the_librarys_own_client(server: Server) -> None:
    """Another WebSocket implementation understands ours."""
    heard: asyncio.Queue[Any] = asyncio.Queue()

    class Listener(picows.WSListener):
        @override
        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            if frame.msg_type is picows.WSMsgType.TEXT:
                heard.put_nowait(json.loads(frame.get_payload_as_bytes()))

    transport, _ = await picows.ws_connect(Listener, f"ws://127.0.0.1:{server.port}/ws")
    transport.send(picows.WSMsgType.TEXT, b'{"op":"say","id":"a","text":"x"}')
    assert await heard.get() == {"op": "accepted", "id": "a"}
    transport.send_close(picows.WSCloseCode.OK)
    await transport.wait_disconnected()

    assert transport.close_handshake is not None
    assert transport.close_handshake.recv is not None
    assert transport.close_handshake.recv.code == picows.WSCloseCode.OK


class _Sink:
    """Takes what a dispatcher says in place of a connection."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.credit = 1
        self.source = UNCOUNTED
        self.said: list[bytes] = []

    def send(self, said: bytes) -> None:
        self.said.append(said)


_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_json = st.recursive(_plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
_nearly = st.fixed_dictionaries({"op": st.sampled_from(["say", "ping", "x"]) | _json, "id": st.text(max_size=70) | _json, "text": _json})


@given(st.text() | _json.map(json.dumps) | _nearly.map(json.dumps))
def test_any_text_gets_exactly_one_answer(text: str) -> None:
    """Whatever arrives, nothing is raised and the answer is JSON."""
    sink: Any = _Sink()
    dispatch = Dispatcher([SocketRoute(Say, lambda connection, message: connection.send(accepted(message.id)))], SystemClock())

    dispatch(sink, text)

    (said,) = sink.said
    assert json.loads(said)["op"] in ("accepted", "refused", "pong")


async def test_two_routes_of_one_tag_are_an_error() -> None:
    """Which of them is meant could not be told."""

    class Another(Say, tag="say"):
        pass

    with pytest.raises(TypeError):
        Dispatcher([SocketRoute(Say, lambda *_: None), SocketRoute(Another, lambda *_: None)], SystemClock())


async def test_messages_of_two_clients_stay_apart(server: Server, line: str) -> None:
    """Each answer goes to who asked."""
    first, second = await server.line(line), await server.line(line)
    for number in range(20):
        first.say(f'{{"op":"say","id":"f{number}","text":"x"}}')
        second.say(f'{{"op":"say","id":"s{number}","text":"x"}}')

    assert [(await first.message())["id"] for _ in range(20)] == [f"f{number}" for number in range(20)]
    assert [(await second.message())["id"] for _ in range(20)] == [f"s{number}" for number in range(20)]
