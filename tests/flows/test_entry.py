"""Ways into a room and out of it, over real sockets: settings, passcodes, passes, waiting, kicking, blocking, lists of people."""

import io
import json
import logging
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from tests.flows.live import Customer, LiveServer, new_customer, until
from tests.flows.ways import code, enter, people, settings, sign
from tests.harness.viewers import Viewer
from tests.postgres_server import PostgresServer
from turnout.kernel import limits
from turnout.server.logs import configure_logs

CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"


def test_room_settings(customer: Customer) -> None:
    """Changed one by one, shown to the account, and refused by the name of the field."""
    room = customer.room("Hall")
    assert {name: room[name] for name in ("entry", "passcode", "viewer_limit")} == {"entry": "open", "passcode": None, "viewer_limit": None}
    changed = settings(customer, room, title=" Great hall ", entry="passcode", passcode=" １２34 ", viewer_limit=7)
    assert changed.status == 200
    assert {name: changed.json[name] for name in ("title", "entry", "passcode", "viewer_limit")} == {
        "title": "Great hall",
        "entry": "passcode",
        "passcode": "1234",
        "viewer_limit": 7,
    }
    assert customer.get(f"/rooms/{room['id']}") == changed.json == customer.get("/rooms")["rooms"][0]
    for body, field in (
        ({"title": ""}, "title"),
        ({"passcode": "123"}, "passcode"),
        ({"passcode": None}, "passcode"),
        ({"viewer_limit": 0}, "viewer_limit"),
        ({"viewer_limit": 100_001}, "viewer_limit"),
        ({"viewer_limit": "7"}, "viewer_limit"),
        ({"entry": "closed"}, "entry"),
        ({"code": "abcd2345"}, None),
    ):
        refused = settings(customer, room, **body)
        assert (refused.status, refused.code) == (400, "invalid_input"), body
        assert field is None or refused.json["error"]["field"] == field, refused.body
    assert customer.get(f"/rooms/{room['id']}") == changed.json
    none = settings(customer, room, entry="open", passcode=None, viewer_limit=None)
    assert (none.json["entry"], none.json["passcode"], none.json["viewer_limit"]) == ("open", None, None)


def test_lists_of_rooms_in_pages(customer: Customer) -> None:
    """Rooms, and the live sessions of one, newest first, page by page."""
    rooms = [customer.room(f"Room {number}") for number in range(3)]
    first = customer.get("/rooms?limit=2")
    second = customer.get(f"/rooms?limit=2&after={first['next']}")
    assert [room["id"] for page in (first, second) for room in page["rooms"]] == [room["id"] for room in reversed(rooms)]
    assert second["next"] is None
    path = f"/rooms/{rooms[0]['id']}/live-sessions"
    lives = []
    for _ in range(2):
        live = customer.live_session(rooms[0])
        customer.post(f"/live-sessions/{live['id']}/end")
        lives.append(live["id"])
    first = customer.get(f"{path}?limit=1")
    second = customer.get(f"{path}?limit=1&after={first['next']}")
    assert [live["id"] for page in (first, second) for live in page["live_sessions"]] == lives[::-1]
    assert customer.call("GET", "/rooms?after=nothing").status == 404


def test_a_passcode(customer: Customer) -> None:
    """Nobody is told more than that there is one."""
    room = customer.room()
    customer.live_session(room)
    settings(customer, room, entry="passcode", passcode="open sesame")
    viewer = customer.connect()
    asked = enter(viewer, room, name="Vera")
    assert (code(asked), asked["error"]["field"]) == ("passcode_required", "passcode")
    assert code(enter(viewer, room, name="Vera", passcode="Open Sesame")) == "wrong_passcode"
    entered = enter(viewer, room, name="Vera", passcode="open sesame ")
    assert entered["op"] == "entered"
    assert entered["viewer"] == {"id": entered["viewer"]["id"], "name": "Vera", "role": "attendee"}
    assert "passcode" not in json.dumps(entered)
    assert code(enter(customer.connect(), room, token=entered["token"])) == "entered"


def test_too_many_wrong_passcodes(customer: Customer) -> None:
    """After so many the right one is refused too, with the time to wait."""
    room = customer.room()
    customer.live_session(room)
    settings(customer, room, entry="passcode", passcode="open sesame")
    viewer = customer.connect()
    for _ in range(limits.MAX_PASSCODE_FAILURES):
        assert code(enter(viewer, room, name="Mallory", passcode=secrets.token_hex(4))) == "wrong_passcode"
    refused = enter(viewer, room, name="Mallory", passcode="open sesame")
    assert code(refused) == "too_many_wrong_passcodes"
    assert 0 < refused["error"]["retry_after_s"] <= limits.PASSCODE_FAILURE_WINDOW_S
    other = customer.room()
    customer.live_session(other)
    settings(customer, other, entry="passcode", passcode="open sesame")
    assert code(enter(viewer, other, name="Vera", passcode="open sesame")) == "entered"


def test_a_new_theme_reaches_who_is_not_inside(customer: Customer) -> None:
    """Before a start, before a name is given, before the passcode and on a screen of a room where nothing runs; inside it is news."""
    early, open_one, closed = customer.room("Early"), customer.room("Open"), customer.room("Closed")
    for room in (open_one, closed):
        customer.live_session(room)
    settings(customer, closed, entry="passcode", passcode="open sesame")
    waits, names, asks, inside = (customer.connect() for _ in range(4))
    assert code(enter(waits, early)) == "waiting"
    assert code(enter(names, open_one)) == "name_required"
    assert code(enter(asks, closed, name="Vera", passcode="wrong")) == "wrong_passcode"
    assert code(enter(inside, open_one, name="Wang")) == "entered"
    screen = customer.connect()
    key = customer.call("PUT", f"/rooms/{early['id']}/screen-link").json["screen_url"].partition("#key=")[2]
    assert screen.ask({"op": "watch_screen", "id": "s", "room": early["id"], "key": key})["op"] == "waiting"
    outside = (waits, names, asks, screen)
    plain = [viewer.wait_for(lambda message: message["op"] == "theme")["theme"] for viewer in outside]
    assert plain == [{"name": "", "accent": None, "logo": None}] * 4

    customer.call("PUT", "/account/theme", {"name": "Acme", "accent": "#0a6e54"})

    acme = {"name": "Acme", "accent": "#0a6e54", "logo": None}
    assert [viewer.wait_for(lambda message: message["op"] == "theme")["theme"] for viewer in outside] == [acme] * 4
    assert inside.wait_for(lambda message: message.get("kind") == "theme.changed")["theme"] == acme
    assert code(enter(names, open_one, name="Vera")) == "entered"
    customer.call("PUT", "/account/theme", {"name": "", "accent": None})
    assert names.wait_for(lambda message: "theme" in message)["op"] == "publication"


def test_a_host_who_stood_at_the_door_stands_there_no_more(customer: Customer) -> None:
    """Who was asked for a name and then follows as the host hears of a theme as the host does, not as one outside."""
    customer.log_in()
    room = customer.room("Open")
    live = customer.live_session(room)
    host, outside = customer.connect({"Cookie": customer.cookie["Cookie"]}), customer.connect()
    assert code(enter(host, room)) == "name_required"
    host.wait_for(lambda message: message["op"] == "theme")
    assert code(enter(outside, room)) == "name_required"
    assert host.ask({"op": "watch", "id": "watch", "live_session": live["id"]})["op"] == "watching"
    heard = len(host.seen)
    for name in ("Acme", "Umbrella"):  # the second one is told when the first has been told to everybody
        customer.call("PUT", "/account/theme", {"name": name})
        outside.wait_for(lambda message, name=name: message["op"] == "theme" and message["theme"]["name"] == name)
    assert host.ask({"op": "ping", "id": "after"})["op"] == "pong"
    assert "theme" not in [message["op"] for message in host.seen[heard:]]


def test_a_plan_reaches_who_waits(customer: Customer) -> None:
    """With `waiting`, and again when it changes, on phones and screens; the start takes it away. What is no time to come is refused."""
    room = customer.room("Hall")
    at = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    starts_at = at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    settings(customer, room, next_start_at=at.isoformat(), next_title="Part two")
    viewer, screen = customer.connect(), customer.connect()
    assert enter(viewer, room, name="Vera")["next"] == {"title": "Part two", "starts_at": starts_at}
    key = customer.call("PUT", f"/rooms/{room['id']}/screen-link").json["screen_url"].partition("#key=")[2]
    assert screen.ask({"op": "watch_screen", "id": "s", "room": room["id"], "key": key})["next"]["starts_at"] == starts_at
    for text in ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2026-01-05T08:00:00", "tomorrow"):
        refused = customer.call("PATCH", f"/rooms/{room['id']}", {"next_start_at": text}).json["error"]
        assert (refused["code"], refused["field"]) == ("invalid_input", "next_start_at")
    settings(customer, room, next_title="Part three")
    for line in (viewer, screen):
        told = line.wait_for(lambda message: message["op"] == "theme" and message["next"]["title"] == "Part three")
        assert told["next"]["starts_at"] == starts_at
    settings(customer, room, next_start_at=None)
    for line in (viewer, screen):
        line.wait_for(lambda message: message["op"] == "theme" and message["next"] is None)
    settings(customer, room, next_start_at=at.isoformat())
    customer.live_session(room)
    after = customer.get(f"/rooms/{room['id']}")
    assert (after["next_start_at"], after["next_title"]) == (None, "")


def test_waiting(customer: Customer) -> None:
    """Before the start, and after an end for the next one, on the same connection; rules hold when entering."""
    room = customer.room("Hall")
    settings(customer, room, entry="passcode", passcode="open sesame")
    viewer = customer.connect()
    waiting = enter(viewer, room, name="Vera", passcode="wrong")
    assert (waiting["op"], waiting["room"]) == ("waiting", {"code": room["code"], "title": "Hall"})
    assert waiting["now"]
    assert code(enter(viewer, {"code": "zzzzzzzz"}, name="Vera")) == "no_such_room"
    assert code(enter(viewer, room, name="Vera")) == "waiting", "asking again is no fault"
    live = customer.live_session(room)
    viewer.wait_for(lambda message: message == {"op": "started"}, within_s=5)
    assert code(enter(viewer, room, name="Vera", passcode="wrong")) == "wrong_passcode"
    entered = enter(viewer, room, name="Vera", passcode="open sesame")
    assert entered["op"] == "entered"
    assert code(enter(viewer, room, token=entered["token"])) == "already_entered"
    customer.post(f"/live-sessions/{live['id']}/end")
    viewer.wait_for(lambda message: message.get("kind") == "live_session.ended")
    assert code(enter(viewer, room, token=entered["token"])) == "waiting"
    second = customer.live_session(room)
    viewer.wait_for(lambda message: message == {"op": "started"}, within_s=5)
    again = enter(viewer, room, token=entered["token"])
    assert (again["viewer"], again["snapshot"]["live_session"]["id"]) == (entered["viewer"], second["id"])
    customer.opened(second)
    opened = viewer.wait_for(lambda message: message.get("kind") == "survey.opened")
    assert opened["channel"] == "session"
    customer.post(f"/live-sessions/{second['id']}/end")
    third = customer.live_session(room)
    straight = enter(viewer, room, token=entered["token"])
    assert (straight["op"], straight["snapshot"]["live_session"]["id"]) == ("entered", third["id"])
    viewer.close()
    until(lambda: people(customer, third), lambda seen: seen["online"] == 0)


def test_who_waits_may_go(customer: Customer) -> None:
    """A connection that closed while it waited is forgotten."""
    room = customer.room()
    viewer = customer.connect()
    assert code(enter(viewer, room, name="Vera")) == "waiting"
    viewer.close()
    live = customer.live_session(room)
    assert people(customer, live)["total"] == 0


def test_the_limit_of_viewers(customer: Customer) -> None:
    """As many as allowed, on as many connections as they like."""
    room = customer.room()
    customer.live_session(room)
    settings(customer, room, viewer_limit=2)
    first, second = customer.viewer(room), customer.viewer(room, "Wim")
    assert code(enter(customer.connect(), room, token=first[1]["token"])) == "entered"
    third = customer.connect()
    assert code(enter(third, room, name="Xin")) == "room_full"
    second[0].close()
    until(lambda: code(enter(third, room, name="Xin")), lambda seen: seen == "entered")


def test_kick(customer: Customer) -> None:
    """All connections end with 4003, nothing lets back in until the next live session, and what was answered counts."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, entered = customer.viewer(room)
    second = customer.connect()
    enter(second, room, token=entered["token"])
    bystander, _ = customer.viewer(room, "Wim")
    card = customer.opened(live)
    assert code(viewer.answer(card, [1])) == "accepted"
    path = f"/live-sessions/{live['id']}/viewers/{entered['viewer']['id']}/kick"
    assert customer.post(path)["id"] == entered["viewer"]["id"]
    for line in (viewer, second):
        closed = line.wait_closed()
        assert (closed.code, closed.reason) == (4003, "kicked")
    assert code(enter(customer.connect(), room, token=entered["token"])) == "kicked"
    assert code(bystander.answer(card, [0])) == "accepted"
    seen = people(customer, live)
    kicked = next(person for person in seen["viewers"] if person["id"] == entered["viewer"]["id"])
    assert (kicked["kicked"], kicked["online"], seen["online"]) == (True, False, 1)
    assert customer.change(live, card, "close")["answered"] == 2
    customer.post(f"/live-sessions/{live['id']}/end")
    assert customer.call("POST", path).code == "live_session_ended"
    customer.live_session(room)
    assert code(enter(customer.connect(), room, token=entered["token"])) == "entered"


def test_block(customer: Customer) -> None:
    """Out of the room, whatever pass he comes with, until unblocked; others' rooms and viewers are not found."""
    room = customer.room()
    customer.live_session(room)
    key = customer.post("/account/entry-key")
    viewer = customer.connect()
    entered = enter(viewer, room, **{"pass": sign(key)})
    path = f"/rooms/{room['id']}/viewers/{entered['viewer']['id']}/block"
    assert customer.post(path)["blocked"] is True
    closed = viewer.wait_closed()
    assert (closed.code, closed.reason) == (4003, "blocked")
    assert code(enter(customer.connect(), room, **{"pass": sign(key, name="Somebody else")})) == "blocked"
    listed = customer.get(f"/rooms/{room['id']}/blocks")
    (block,) = listed["blocks"]
    assert (block["viewer"], block["external_id"], listed["next"]) == (
        {"id": entered["viewer"]["id"], "name": "Wang Wei"},
        "u-1",
        None,
    )
    assert block["blocked_by"]["name"] == "Acme host"
    assert customer.call("DELETE", path).json["blocked"] is False
    assert customer.get(f"/rooms/{room['id']}/blocks")["blocks"] == []
    assert code(enter(customer.connect(), room, **{"pass": sign(key)})) == "entered"
    elsewhere = customer.room()
    assert customer.call("POST", path.replace(room["id"], elsewhere["id"])).code == "not_found"


def test_people_and_their_connections(customer: Customer, live_server: LiveServer) -> None:
    """Each connection with its time, address and client; pages and search."""
    room = customer.room()
    live = customer.live_session(room)
    phone = customer.connect({"User-Agent": CHROME})
    entered = enter(phone, room, name="Vera")
    plain = Viewer(live_server.base_url)
    enter(plain, room, token=entered["token"])
    customer.viewer(room, "Wim")
    person = people(customer, live)["viewers"][0]
    assert [(each["address"], each["client"]) for each in person["connections"]] == [
        ("127.0.0.1", "Chrome 131 · Android"),
        ("127.0.0.1", ""),
    ]
    assert all(re.fullmatch(r"\d{4}-.*Z", each["entered_at"]) for each in person["connections"])
    first = people(customer, live, "?limit=1")
    second = people(customer, live, f"?limit=1&after={first['next']}")
    assert [page["viewers"][0]["name"] for page in (first, second)] == ["Vera", "Wim"]
    assert (first["online"], second["next"]) == (2, None)
    assert [each["name"] for each in people(customer, live, "?search=wIM")["viewers"]] == ["Wim"]
    for query in ("?after=nothing", "?limit=0", f"?search={'x' * 65}", "?search=a%00b"):
        assert customer.call("GET", f"/live-sessions/{live['id']}/viewers{query}").status == 400, query
    plain.close()
    until(lambda: people(customer, live)["viewers"][0]["connections"], lambda seen: len(seen) == 1)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged, from every library."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs("debug", "json", stream)
    yield stream
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


def test_nothing_secret_is_logged(customer: Customer, logged: io.StringIO) -> None:
    """Neither passcodes nor passes nor keys nor tokens, whether they were right or wrong."""
    room = customer.room()
    customer.live_session(room)
    settings(customer, room, entry="passcode", passcode="open sesame")
    key = customer.post("/account/entry-key")
    signed = sign(key)
    viewer = customer.connect()
    enter(viewer, room, name="Vera", passcode="wrong sesame")
    enter(viewer, room, **{"pass": signed[:-4] + "AAAA"})
    entered = enter(viewer, room, **{"pass": signed})
    assert entered["op"] == "entered"
    viewer.close()
    output = until(logged.getvalue, lambda text: "connection_ended" in text)
    for secret in ("sesame", signed[-20:], key["key"], entered["token"]):
        assert secret not in output


@pytest.fixture
def two_processes(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[list[LiveServer]]:
    """Two servers over one database."""
    with postgres_server.new_database() as url:
        servers = [LiveServer(tmp_path, url) for _ in range(2)]
        for server in servers:
            server.start()
        try:
            yield servers
        finally:
            for server in servers:
                server.stop()


def test_across_processes(two_processes: list[LiveServer]) -> None:
    """A start, a kick and a block on one process reach the connections of the other; a pass's key made on one is known on the other."""
    here, there = two_processes
    customer = new_customer(here)
    room = customer.room()
    viewer = Viewer(there.base_url)
    assert code(enter(viewer, room, name="Vera")) == "waiting"
    live = customer.live_session(room)
    viewer.wait_for(lambda message: message == {"op": "started"}, within_s=5)
    entered = enter(viewer, room, name="Vera")
    key = customer.post("/account/entry-key")
    signed = Viewer(there.base_url)
    other = enter(signed, room, **{"pass": sign(key)})
    assert other["op"] == "entered", other
    customer.post(f"/live-sessions/{live['id']}/viewers/{entered['viewer']['id']}/kick")
    customer.post(f"/rooms/{room['id']}/viewers/{other['viewer']['id']}/block")
    assert viewer.wait_closed(5).reason == "kicked"
    assert signed.wait_closed(5).reason == "blocked"
    for line in (viewer, signed):
        line.close()
