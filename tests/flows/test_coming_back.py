"""Clients that come back, and what a viewer's other devices learn: over the real server, on sockets and where sockets are blocked."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, until
from tests.harness.event_line import EventLine
from tests.harness.message_schemas import check_messages
from tests.harness.viewers import Viewer


@pytest.fixture
def open_line(live_server: LiveServer) -> Iterator[Callable[[], EventLine]]:
    """Opens event streams, and closes them after the test."""
    lines: list[EventLine] = []

    def open_one() -> EventLine:
        lines.append(EventLine(live_server.base_url))
        return lines[-1]

    yield open_one
    for line in lines:
        line.close()
        check_messages(line.seen)


def _come_back(customer: Customer, room: Any, entered: Any, position: int, changes: Mapping[str, Any]) -> tuple[Viewer, Any]:
    """On a new connection, with the token and how far the client had got."""
    viewer = customer.connect()
    said = {"op": "enter", "id": secrets.token_hex(8), "room": room["code"], "token": entered["token"]}
    told = viewer.ask({**said, "epoch": entered["snapshot"]["epoch"], "position": position, **changes})
    assert told["op"] == "entered", told
    return viewer, told


def test_who_comes_back_is_told_what_it_missed(customer: Customer) -> None:
    """The publications since, the tallies of what is open, and its own answers; a snapshot where the position is of no use."""
    room = customer.room()
    live = customer.live_session(room)
    first = customer.opened(live, title="x" * 150)
    for _ in range(4):
        customer.opened(live, title="x" * 150)
    viewer, entered = customer.viewer(room)
    other, _ = customer.viewer(room, "Otto")
    assert viewer.answer(first, [0])["op"] == "accepted"
    position = entered["snapshot"]["position"]
    viewer.close()
    second = customer.opened(live)
    assert other.answer(second, [1])["op"] == "accepted"
    customer.change(live, first, "close")

    def returned() -> Any:
        return _come_back(customer, room, entered, position, {})[1]

    back = until(returned, lambda told: len(told.get("publications", ())) == 2)
    assert back["resumed"] is True
    assert "snapshot" not in back
    assert [(told["kind"], told["survey"]["id"]) for told in back["publications"]] == [
        ("survey.opened", second["id"]),
        ("survey.closed", first["id"]),
    ]
    assert [told["previous"] for told in back["publications"]] == [position, back["publications"][0]["position"]]
    assert {tally["survey"]: tally["answered"] for tally in back["tallies"]}[second["id"]] == 1
    assert [(own["survey"], own["submitted"]) for own in back["mine"]] == [(first["id"], True)]
    for changes in ({"epoch": "another"}, {"position": 10**9}, {"position": -1}, {"epoch": None}):
        _, told = _come_back(customer, room, entered, position, changes)
        assert "resumed" not in told
        assert told["snapshot"]["position"] >= back["publications"][-1]["position"]


def test_who_comes_back_after_a_restart_is_told_what_it_missed(live_server: LiveServer, customer: Customer) -> None:
    """From the event log: the process that told it then is gone."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, entered = customer.viewer(room)
    for _ in range(6):
        customer.opened(live, title="x" * 150)
    seen = [viewer.wait_for(lambda message: message["op"] == "publication") for _ in range(4)]
    live_server.stop()
    live_server.start()
    _, back = _come_back(customer, room, entered, seen[-1]["position"], {})

    first, second = back["publications"]
    assert first["previous"] == seen[-1]["position"]
    assert second["previous"] == first["position"]


def test_a_host_comes_back(customer: Customer) -> None:
    """With the host's publications and tallies."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    for _ in range(5):
        card = customer.opened(live, title="x" * 150)
    host, watching = customer.host_socket(live)
    viewer, _ = customer.viewer(room)
    host.close()
    assert viewer.answer(card, [1])["op"] == "accepted"
    customer.change(live, card, "close")
    again = customer.connect({"Cookie": customer.cookie["Cookie"]})
    head = watching["snapshot"]
    back = again.ask({"op": "watch", "id": "w", "live_session": live["id"], "epoch": head["epoch"], "position": head["position"]})

    (closed,) = [told for told in back["publications"] if told["kind"] == "survey.closed"] or [
        again.wait_for(lambda message: message.get("kind") == "survey.closed")
    ]
    assert closed["survey"]["questions"][0]["counts"] == [0, 1, 0]
    (tally,) = [tally for tally in back["tallies"] if tally["survey"] == card["id"]]
    assert tally["right"] == 1


def test_a_viewers_other_devices_learn_of_its_answers(customer: Customer) -> None:
    """At once, and only its own; and whoever asks is told."""
    room = customer.room()
    live = customer.live_session(room)
    card = customer.opened(live)
    phone, entered = customer.viewer(room)
    laptop = customer.connect()
    assert laptop.enter(room["code"], token=entered["token"])["op"] == "entered"
    stranger, _ = customer.viewer(room, "Otto")
    assert phone.answer(card, [2])["op"] == "accepted"

    told = laptop.wait_for(lambda message: message["op"] == "own")

    assert "id" not in told
    assert [(own["survey"], own["submitted"], own["answers"][0]["choices"]) for own in told["mine"]] == [(card["id"], True, [2])]
    assert phone.own() == laptop.own() == told["mine"]
    assert stranger.own() == []
    assert not [message for message in stranger.seen if message["op"] == "own" and "id" not in message]
    assert customer.connect().ask({"op": "read_own", "id": "r"})["error"]["code"] == "not_entered"


def test_where_sockets_are_blocked(customer: Customer, live_server: LiveServer, open_line: Callable[[], EventLine]) -> None:
    """The same messages over an event stream and posts: enter, answer, hear the close, come back and be resumed, stop."""
    room = customer.room()
    live = customer.live_session(room)
    card = customer.opened(live)
    for _ in range(4):
        customer.opened(live, title="x" * 150)
    line = open_line()
    entered = line.ask({"op": "enter", "id": secrets.token_hex(16), "room": room["code"], "name": "Vera"})
    assert entered["snapshot"]["surveys"]
    answer = {"op": "answer", "survey": card["id"], "answers": [{"question": card["questions"][0]["id"], "choices": [1]}]}
    assert line.ask({**answer, "id": "mine"})["op"] == "accepted"
    customer.change(live, card, "close")
    closed = line.wait_for(lambda message: message.get("kind") == "survey.closed")
    assert closed["survey"]["answered"] == 1
    line.close()
    missed = customer.opened(live)
    again = open_line()
    head = entered["snapshot"]
    said = {"op": "enter", "room": room["code"], "token": entered["token"], "epoch": head["epoch"], "position": closed["position"]}
    back = again.ask({**said, "id": "back"})
    assert [told["survey"]["id"] for told in back["publications"]] == [missed["id"]]
    assert again.ask({**answer, "id": "mine"})["op"] == "accepted"  # the same command again is the same outcome
    people = customer.get(f"/live-sessions/{live['id']}/viewers")["viewers"]
    assert [(person["name"], len(person["connections"])) for person in people] == [("Vera", 1)]
    stopping = threading.Thread(target=live_server.stop)
    stopping.start()
    assert again.ending() == {"code": 1012, "reason": "restart", "may_return": True}
    stopping.join()
    live_server.start()


def test_a_kicked_viewer_is_told_on_a_stream_too(customer: Customer, open_line: Callable[[], EventLine]) -> None:
    """With the code and the reason of the socket."""
    room = customer.room()
    live = customer.live_session(room)
    line = open_line()
    entered = line.ask({"op": "enter", "id": secrets.token_hex(16), "room": room["code"], "name": "Vera"})
    customer.post(f"/live-sessions/{live['id']}/viewers/{entered['viewer']['id']}/kick")

    assert line.ending() == {"code": 4003, "reason": "kicked", "may_return": False}


@pytest.mark.parametrize("kind", ["socket", "events"])
def test_a_flood_is_refused_by_name(customer: Customer, open_line: Callable[[], EventLine], kind: str) -> None:
    """More than one connection may say; afterwards it is heard again."""
    line: Any = customer.connect() if kind == "socket" else open_line()
    pings = [{"op": "ping", "id": f"p{number}"} for number in range(700)]
    if kind == "socket":
        for ping in pings:
            line.send(ping)
    else:
        for start in range(0, 700, 350):
            line.post(json.dumps(pings[start : start + 350]))
    answers = [line.wait_for(lambda message: str(message.get("id", "")).startswith("p")) for _ in pings]
    refused = [answer for answer in answers if answer["op"] == "refused"]

    assert {answer["error"]["code"] for answer in refused} == {"too_many_requests"}
    assert 400 <= len(answers) - len(refused) < 700
    assert until(lambda: line.ask({"op": "ping", "id": "after"})["op"], lambda op: op == "pong") == "pong"
