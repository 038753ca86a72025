"""Big screens: what a room's screen link opens, what it does not, and when it ends."""

import json
import secrets
from typing import Any

import pytest

from tests.flows.live import Customer
from tests.flows.parties import Party
from tests.flows.test_unpublished import QUESTION, QUESTION_RESULT, SURVEY
from tests.harness.viewers import Viewer
from turnout.kernel import limits


def link(customer: Customer, room: Any) -> tuple[str, str]:
    """A new screen link of the room: its address, and the key in it."""
    reply = customer.call("PUT", f"/rooms/{room['id']}/screen-link")
    assert reply.status == 200, reply
    url = str(reply.json["screen_url"])
    return url, url.partition("#key=")[2]


def watch(screen: Viewer, room: Any, key: str, **more: Any) -> Any:
    return screen.ask({"op": "watch_screen", "id": secrets.token_hex(4), "room": room["id"], "key": key, **more})


def test_a_link_shows_what_viewers_see(customer: Customer) -> None:
    """Without a login: the code to join while nothing runs, the public view while a live session does, thanks when it is over."""
    room = customer.room("Hall")
    customer.call("PUT", "/account/theme", {"accent": "#0a6e54"})
    url, key = link(customer, room)
    assert url == f"{customer.live.base_url}/screen/{room['id']}#key={key}"
    assert customer.get(f"/rooms/{room['id']}")["screen_link_at"] is not None
    screen = customer.connect()
    waiting = watch(screen, room, key)
    assert (waiting["op"], waiting["room"], waiting["viewer_url"]) == (
        "waiting",
        {"code": room["code"], "title": "Hall"},
        f"/r/{room['code']}",
    )
    assert "last" not in waiting
    assert waiting["theme"] == {"name": "", "accent": "#0a6e54", "logo": None}
    live = customer.live_session(room, "Monday")
    screen.wait_for(lambda message: message["op"] == "started")
    watching = watch(screen, room, key)
    assert (watching["op"], watching["viewer_url"]) == ("watching", f"/r/{room['code']}")
    viewer, _ = customer.viewer(room, "Vera")
    customer.card(live, title="a draft nobody opened")
    card = customer.opened(live)
    opened = screen.wait_for(lambda message: message.get("kind") == "survey.opened")
    assert (set(opened["survey"]), set(opened["survey"]["questions"][0])) == (SURVEY, QUESTION)
    assert viewer.answer(card, [1])["op"] == "accepted"
    tally = screen.wait_for(lambda message: message["op"] == "tally")
    assert set(tally) == {"op", "survey", "version", "answered"}
    customer.change(live, card, "close")
    published = screen.wait_for(
        lambda message: message.get("kind") in ("survey.closed", "survey.published") and message["survey"]["published"]
    )
    assert set(published["survey"]["questions"][0]) == QUESTION | QUESTION_RESULT
    again = customer.connect()
    back = watch(again, room, key, epoch=watching["snapshot"]["epoch"], position=published["position"])
    assert (back["resumed"], back["publications"]) == (True, [])
    customer.post(f"/live-sessions/{live['id']}/end")
    screen.wait_for(lambda message: message.get("kind") == "live_session.ended")
    over = watch(screen, room, key)
    assert (over["op"], over["last"]["title"], over["last"]["viewers"], over["last"]["answers"]) == ("waiting", "Monday", 1, 1)
    customer.live_session(room, "Tuesday")
    screen.wait_for(lambda message: message["op"] == "started")
    assert watch(screen, room, key)["snapshot"]["live_session"]["title"] == "Tuesday"


def test_results_stay_hidden_until_they_are_published(customer: Customer) -> None:
    """What the host has not published is in no byte a screen receives, before the close and after it, and by a login neither."""
    room = customer.room()
    live = customer.live_session(room)
    customer.log_in()
    _, key = link(customer, room)
    by_key, by_login = customer.connect(), customer.connect({"Cookie": customer.cookie["Cookie"]})
    watch(by_key, room, key)
    by_login.ask({"op": "watch_screen", "id": "w", "room": room["id"]})
    viewer, _ = customer.viewer(room)
    card = customer.opened(live, publish_on_close=False)
    viewer.answer(card, [1])
    customer.change(live, card, "close")
    for screen in (by_key, by_login):
        closed = screen.wait_for(lambda message: message.get("kind") == "survey.closed")
        assert (set(closed["survey"]), set(closed["survey"]["questions"][0])) == (SURVEY, QUESTION)
        assert not any("right_options" in str(message) or "counts" in str(message.get("survey", "")) for message in screen.seen)


@pytest.mark.parametrize("running", [True, False], ids=["running", "waiting"])
def test_a_newer_link_ends_the_older(customer: Customer, running: bool) -> None:
    """Made anew or ended: screens that the old link opened are put out at once, also those that wait, and it opens nothing more."""
    room = customer.room()
    if running:
        customer.live_session(room)
    _, first = link(customer, room)
    screen = customer.connect()
    assert watch(screen, room, first)["op"] == ("watching" if running else "waiting")
    _, second = link(customer, room)
    ended = screen.wait_closed()
    assert (ended.code, ended.reason) == (4003, "not_allowed")
    assert watch(customer.connect(), room, first)["error"]["code"] == "invalid_screen_key"
    screen = customer.connect()
    assert watch(screen, room, second)["op"] == ("watching" if running else "waiting")
    assert customer.call("DELETE", f"/rooms/{room['id']}/screen-link").status == 204
    assert screen.wait_closed().code == 4003
    assert watch(customer.connect(), room, second)["error"]["code"] == "invalid_screen_key"
    assert watch(customer.connect(), room, "")["error"]["code"] == "invalid_screen_key"
    assert customer.get(f"/rooms/{room['id']}")["screen_link_at"] is None


def test_a_screen_takes_no_part(customer: Customer) -> None:
    """It is no viewer: it counts as nobody present, answers nothing, enters nothing, and opens no other room and no host's view."""
    room, other = customer.room(), customer.room()
    live = customer.live_session(room)
    customer.live_session(other)
    card = customer.opened(live)
    _, key = link(customer, room)
    screen = customer.connect()
    watch(screen, room, key)
    for message in (
        {"op": "answer", "survey": card["id"], "answers": []},
        {"op": "read_own"},
        {"op": "check_in", "checkin": "ci_0000000000000"},
        {"op": "enter_draw", "draw": "dr_0000000000000"},
    ):
        assert screen.ask({"id": "x", **message})["error"]["code"] == "not_entered"
    for message in ({"op": "enter", "room": room["code"], "name": "Vera"}, {"op": "watch", "live_session": live["id"]}):
        assert screen.ask({"id": "unguessable-entry-id", **message})["error"]["code"] == "already_entered"
    assert watch(customer.connect(), other, key)["error"]["code"] == "invalid_screen_key"
    assert customer.connect().ask({"op": "watch", "id": "w", "live_session": live["id"], "key": key})["error"]["code"] == "not_logged_in"
    viewer, _ = customer.viewer(room)
    assert viewer.ask({"op": "watch_screen", "id": "s", "room": room["id"], "key": key})["error"]["code"] == "already_entered"
    assert viewer.ask({"op": "read_names", "id": "n", "draw": "dr_0000000000000", "of": "winners"})["error"]["code"] == "not_entered"
    people = customer.get(f"/live-sessions/{live['id']}/viewers")
    assert (people["online"], people["total"]) == (1, 1)


def test_the_key_is_kept_as_a_hash(customer: Customer) -> None:
    """Neither the API nor the database says a key again; the API shows when the link was made."""
    room = customer.room()
    _, key = link(customer, room)
    told = customer.get(f"/rooms/{room['id']}")
    assert key not in str(told)
    assert "screen_key_hash" not in told
    runtime = customer.live.server.runtime
    found = customer.live.call(lambda _server: runtime.database.read(lambda c: c.exec_driver_sql("SELECT * FROM rooms").fetchall()))
    assert found
    assert key not in str(found)


def test_names_of_a_draw(customer: Customer) -> None:
    """A screen reads who won, page by page, only names; of a draw that is not over, nobody."""
    room = customer.room()
    live = customer.live_session(room)
    for name in ("Ann", "Bo", "Cy"):
        customer.viewer(room, name)
    base = f"/live-sessions/{live['id']}/draws"
    body = {"title": "Raffle", "prizes": [{"name": "Cup", "count": 2}], "who": "present", "entropy": "offline"}
    draw = customer.post(base, body)
    _, key = link(customer, room)
    screen = customer.connect()
    watch(screen, room, key)
    names = {"op": "read_names", "id": "n", "draw": draw["id"], "of": "winners"}
    assert screen.ask(names)["error"]["code"] == "not_found"
    customer.post(f"{base}/{draw['id']}/commit")
    assert screen.ask(names)["names"] == []
    customer.post(f"{base}/{draw['id']}/open")
    customer.post(f"{base}/{draw['id']}/close")
    drawn = screen.wait_for(lambda message: message.get("kind") == "draw.drawn")["draw"]
    told = screen.ask(names)
    assert told["names"] == [{"prize": winner["prize"], "name": winner["name"]} for winner in drawn["winners"]]
    assert (len(told["names"]), told["next"]) == (2, None)
    assert [name["name"] for name in screen.ask({**names, "after": 0})["names"]] == [told["names"][1]["name"]]
    assert {name["name"] for name in screen.ask({**names, "of": "entrants"})["names"]} == {"Ann", "Bo", "Cy"}


def test_names_in_pages(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody once, over as many pages as there are; where a page ends says nothing of who stands there, and a place that is none is
    refused by name."""
    room = customer.room()
    live = customer.live_session(room)
    base = f"/live-sessions/{live['id']}/draws"
    listed = [{"external_id": f"staff-{number}", "name": f"Name {number}"} for number in range(5)]
    body = {"title": "Raffle", "prizes": [{"name": "Cup", "count": 3}], "who": "list", "entropy": "offline", "entrants": listed}
    draw = customer.post(base, {**body, "open": True})
    _, key = link(customer, room)
    screen = customer.connect()
    watch(screen, room, key)
    customer.post(f"{base}/{draw['id']}/close")
    screen.wait_for(lambda message: message.get("kind") == "draw.drawn")
    runtime = customer.live.server.runtime
    kept = customer.live.call(lambda _server: runtime.database.read(lambda c: c.exec_driver_sql("SELECT * FROM draw_entrants").fetchall()))
    numbers = {number for row in kept for number in row if isinstance(number, int) and number > len(kept)}
    monkeypatch.setattr(limits, "MAX_PAGE_LENGTH", 2)
    for of, count in (("winners", 3), ("entrants", 5)):
        asked = {"op": "read_names", "id": "n", "draw": draw["id"], "of": of}
        page = screen.ask(asked)
        names = [name["name"] for name in page["names"]]
        while page["next"] is not None:
            assert page["next"] not in numbers
            page = screen.ask({**asked, "after": page["next"]})
            names += [name["name"] for name in page["names"]]
        assert len(set(names)) == len(names) == count
        for after in (-1, 2**53, 2**63, 10**30, "1"):
            refused = screen.ask({**asked, "after": after})
            assert (refused["error"]["code"], refused["error"]["field"]) == ("invalid_input", "after"), after


def test_a_wall_of_those_who_check_in(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, the latest first and only the newest of many; nobody where the counts are the host's alone, and no draft."""
    room = customer.room()
    live = customer.live_session(room)
    base = f"/live-sessions/{live['id']}/checkins"
    checkin = customer.post(base, {"title": "Morning", "show_counts": True, "draft": True})
    quiet = customer.post(base, {"title": "Evening", "draft": True})
    _, key = link(customer, room)
    screen = customer.connect()
    watch(screen, room, key)
    wall = {"op": "read_confirmed", "id": "n", "checkin": checkin["id"]}
    assert screen.ask(wall)["error"]["code"] == "not_found"
    viewers = {name: customer.viewer(room, name)[0] for name in ("Ann", "Bo", "Cy")}
    customer.post(f"{base}/{checkin['id']}/open")
    assert screen.ask(wall)["names"] == []
    for viewer in viewers.values():
        viewer.check_in(checkin)
    assert screen.ask(wall) == {"op": "confirmed", "id": "n", "names": ["Cy", "Bo", "Ann"]}
    monkeypatch.setattr(limits, "WALL_NAMES", 2)
    assert screen.ask(wall)["names"] == ["Cy", "Bo"]
    assert viewers["Ann"].ask(wall)["error"]["code"] == "not_entered"
    customer.post(f"{base}/{checkin['id']}/close")
    assert screen.ask(wall)["names"] == ["Cy", "Bo"]
    customer.post(f"{base}/{quiet['id']}/open")
    viewers["Bo"].check_in(quiet)
    assert screen.ask({**wall, "checkin": quiet["id"]})["names"] == []
    customer.post(f"{base}/{quiet['id']}/withdraw")
    assert screen.ask({**wall, "checkin": quiet["id"]})["error"]["code"] == "not_found"


def test_a_list_without_names(customer: Customer) -> None:
    """Whoever has the link reads no employee's or phone number: who is on an imported list without a name has none on the wall either."""
    room = customer.room()
    live = customer.live_session(room)
    base = f"/live-sessions/{live['id']}/draws"
    draw = customer.post(base, {"title": "Raffle", "prizes": [{"name": "Cup", "count": 3}], "who": "list", "entropy": "offline"})
    listed = [{"external_id": "13800138000"}, {"external_id": "staff-1025"}, {"external_id": "staff-7", "name": "Li Na"}]
    customer.post(f"{base}/{draw['id']}/entrants", {"entrants": listed})
    _, key = link(customer, room)
    screen = customer.connect()
    watch(screen, room, key)
    for step in ("commit", "open", "close"):
        customer.post(f"{base}/{draw['id']}/{step}")
    screen.wait_for(lambda message: message.get("kind") == "draw.drawn")
    for of in ("winners", "entrants"):
        told = screen.ask({"op": "read_names", "id": "n", "draw": draw["id"], "of": of})
        assert sorted(name["name"] for name in told["names"]) == ["", "", "Li Na"]
    assert "13800138000" not in json.dumps(screen.seen)
    assert "staff-" not in json.dumps(screen.seen)


def screen_elsewhere(ann: Party, bob: Party) -> None:
    """For test_isolation.py: neither a login nor a key of bob's opens a screen of ann's, and his screens read no names of hers."""
    base_url = ann.customer.live.base_url
    key = bob.customer.call("PUT", f"/rooms/{bob.room['id']}/screen-link").json["screen_url"].partition("#key=")[2]
    cases = (
        ({"Cookie": bob.customer.cookie["Cookie"]}, {}, "no_such_room"),
        ({}, {}, "not_logged_in"),
        ({}, {"key": key}, "invalid_screen_key"),
        ({"Cookie": bob.customer.cookie["Cookie"]}, {"key": key}, "invalid_screen_key"),
    )
    for headers, proof, code in cases:
        with Viewer(base_url, headers=headers) as screen:
            for room in ann.ids["room"]:
                refused = screen.ask({"op": "watch_screen", "id": "s", "room": room, **proof})
                assert (refused["op"], refused["error"]["code"]) == ("refused", code)
                assert not ann.leaks_into(json.dumps(screen.seen).replace(room, ""))
    with Viewer(base_url) as screen:
        assert screen.ask({"op": "watch_screen", "id": "s", "room": bob.room["id"], "key": key})["op"] == "watching"
        for draw in ann.ids["draw"]:
            refused = screen.ask({"op": "read_names", "id": "n", "draw": draw, "of": "winners"})
            assert (refused["op"], refused["error"]["code"]) == ("refused", "not_found")
        for checkin in ann.ids["checkin"]:
            refused = screen.ask({"op": "read_confirmed", "id": "n", "checkin": checkin})
            assert (refused["op"], refused["error"]["code"]) == ("refused", "not_found")
        assert not ann.leaks_into(json.dumps(screen.seen))
