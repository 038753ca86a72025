"""One answer card from the host's form to the viewers' results, over real HTTP and real sockets (issue 2's path)."""

import itertools
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, new_customer, send, until
from tests.harness.viewers import Message, Viewer


def is_news(kind: str) -> Any:
    return lambda message: message.get("op") == "publication" and message["kind"] == kind


def tally_of(answered: int) -> Any:
    return lambda message: message.get("op") == "tally" and message["answered"] == answered


def publications(viewer: Viewer) -> list[Message]:
    return [message for message in viewer.seen if message.get("op") == "publication"]


def test_the_whole_path(customer: Customer) -> None:
    """Room, live session, card, entries, answers, tallies, close, result; host and viewers see the same counts."""
    customer.log_in()
    room = customer.room("Great hall")
    live = customer.live_session(room)
    assert live["title"] == "Great hall"
    host, watching = customer.host_socket(live)
    assert watching["snapshot"]["surveys"] == []
    (vera, entered), (wang, _), (xeno, _) = (customer.viewer(room, name) for name in ("Vera", "  Wang \n Wei ", "Xeno"))
    assert entered["snapshot"]["live_session"]["state"] == "running"
    assert entered["mine"] == []
    people = customer.get(f"/live-sessions/{live['id']}/viewers")
    assert [person["name"] for person in people["viewers"]] == ["Vera", "Wang Wei", "Xeno"]
    assert (people["online"], people["total"]) == (3, 3)
    draft = customer.card(live)
    card = customer.change(live, draft, "open")
    assert (draft["state"], card["state"], card["expected"]) == ("draft", "open", 3)
    opened = vera.wait_for(is_news("survey.opened"))
    question = opened["survey"]["questions"][0]
    assert (question["options"], opened["survey"]["id"]) == (["North", "East", "West"], card["id"])
    for viewer, choice in ((vera, 1), (wang, 0)):
        assert viewer.answer(card, [choice])["op"] == "accepted"
    assert xeno.wait_for(tally_of(2))["survey"] == card["id"]
    for_host = host.wait_for(tally_of(2))
    assert for_host["right"] == 1
    assert for_host["questions"][0]["counts"] == [1, 1, 0]
    closed = customer.change(live, card, "close")
    assert (closed["state"], closed["closed_by"], closed["published"]) == ("settled", "host", True)
    for viewer in (vera, wang, xeno):
        shown = viewer.wait_for(is_news("survey.closed"))["survey"]
        assert shown["questions"][0]["right_options"] == [1]
        assert shown["questions"][0]["counts"] == [1, 1, 0]
        assert (shown["answered"], shown["version"]) == (closed["answered"], closed["version"])
    assert xeno.answer(card, [0])["error"]["code"] == "too_late"
    given = customer.get(f"/live-sessions/{live['id']}/surveys/{card['id']}/submissions")
    assert given["next"] is None
    assert [(submission["viewer"]["name"], submission["answers"]) for submission in given["submissions"]] == [
        ("Vera", [{"question": question["id"], "choices": [1]}]),
        ("Wang Wei", [{"question": question["id"], "choices": [0]}]),
    ]
    assert [(submission["right"], submission["points"]) for submission in given["submissions"]] == [(1, 5), (0, 0)]
    customer.post(f"/live-sessions/{live['id']}/end")
    assert vera.wait_for(is_news("live_session.ended"))["live_session"]["state"] == "ended"
    for viewer in (vera, wang, xeno, host):
        positions = [(message["previous"], message["position"]) for message in publications(viewer)]
        assert all(before[1] == after[0] < after[1] for before, after in itertools.pairwise(positions))


def test_time_limit(customer: Customer) -> None:
    """A card closes by itself at its moment, to the microsecond, and what comes later is too late."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, _ = customer.viewer(room)
    card = customer.opened(live, time_limit_s=1)
    assert viewer.answer(card, [1])["op"] == "accepted"
    closed = viewer.wait_for(is_news("survey.closed"))["survey"]
    assert (closed["closed_by"], closed["closed_at"]) == ("time_limit", card["closes_at"])
    late, _ = customer.viewer(room, "Late")
    assert late.answer(card, [1])["error"]["code"] == "too_late"
    assert customer.survey(live, card)["answered"] == 1


def test_reload_and_restart(customer: Customer, live_server: LiveServer) -> None:
    """With its token a viewer is the same after a reload, and after a restart of the server during which a card's time ran out."""
    room = customer.room()
    live = customer.live_session(room)
    first, entered = customer.viewer(room)
    card = customer.opened(live, time_limit_s=30)
    question = card["questions"][0]["id"]
    assert first.answer(card, [2], "the-answer")["op"] == "accepted"
    first.close()
    token = entered["token"]
    with Viewer(live_server.base_url) as again:
        back = again.enter(room["code"], token=token)
        assert (back["viewer"], back["token"]) == (entered["viewer"], token)
        held = {"survey": card["id"], "submitted": True, "answers": [{"question": question, "choices": [2]}]}
        assert [{name: own[name] for name in held} for own in back["mine"]] == [held]
        people = customer.get(f"/live-sessions/{live['id']}/viewers")
        assert (people["online"], people["total"]) == (1, 1)
        live_server.stop()
        assert again.wait_closed().code == 1012
    live_server.clock.advance(60)
    live_server.start()
    with Viewer(live_server.base_url) as after:
        back = after.enter(room["code"], token=token)
        assert back["viewer"] == entered["viewer"]
        assert back["mine"][0]["answers"] == [{"question": question, "choices": [2]}]
        # what the first process acknowledged is acknowledged again, and not counted again
        assert after.answer(card, [2], "the-answer")["op"] == "accepted"
        assert after.answer(card, [1], "another")["error"]["code"] in ("too_late", "already_answered")
        closed = until(lambda: customer.survey(live, card), lambda survey: survey["state"] == "settled")
        assert (closed["closed_by"], closed["closed_at"], closed["answered"]) == ("time_limit", card["closes_at"], 1)


def test_the_first_entry_repeated(customer: Customer, live_server: LiveServer) -> None:
    """A client that never got its token sends its first entry again, also after a restart: the same viewer."""
    room = customer.room()
    customer.live_session(room)
    entry_id = "k" * 16
    with Viewer(live_server.base_url) as one, Viewer(live_server.base_url) as two:
        first = one.enter(room["code"], "Vera", entry_id=entry_id)
        second = two.enter(room["code"], "Somebody else", entry_id=entry_id)
        assert (second["viewer"], second["token"]) == (first["viewer"], first["token"])
        live_server.stop()
    live_server.start()
    with Viewer(live_server.base_url) as three:
        assert three.enter(room["code"].upper(), "Vera", entry_id=entry_id)["viewer"] == first["viewer"]


def test_tallies_are_coalesced(customer: Customer) -> None:
    """However fast answers come, a card's tally is told at most four times a second, and the last one before its close."""
    room = customer.room()
    live = customer.live_session(room)
    listener, _ = customer.viewer(room, "Listener")
    card = customer.opened(live)
    crowd = [customer.viewer(room, f"V{number}")[0] for number in range(40)]
    began = live_now(listener)
    for viewer in crowd:
        assert viewer.answer(card, [1])["op"] == "accepted"
    customer.change(live, card, "close")
    listener.wait_for(is_news("survey.closed"))
    took_s = live_now(listener) - began
    told = [message for message in listener.seen if message.get("op") == "tally"]
    assert told[-1]["answered"] == len(crowd)
    assert listener.seen.index(told[-1]) < max(place for place, message in enumerate(listener.seen) if message.get("op") == "publication")
    versions = [message["version"] for message in told]
    assert versions == sorted(versions)
    assert len(told) <= 4 * took_s + 3


def live_now(viewer: Viewer) -> float:
    """The server's time in seconds of the day."""
    hours, minutes, seconds = viewer.ask({"op": "ping", "id": "now"})["now"].partition("T")[2].rstrip("Z").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


@pytest.mark.parametrize("with_key", [True, False])
def test_creating_twice(customer: Customer, with_key: bool) -> None:
    """Under one Idempotency-Key a creating call happens once and answers the same; under none it happens as often as it is sent."""
    room = customer.room()
    live = customer.live_session(room)
    card = {"title": "Card", "questions": [{"options": ["A", "B"]}]}
    count = {"/rooms": 2, f"/live-sessions/{live['id']}/surveys": 1}
    for path, body in (("/rooms", {"title": "Once"}), (f"/live-sessions/{live['id']}/surveys", card)):
        headers = {"Idempotency-Key": f"key-of-{path.rpartition('/')[2]}"} if with_key else {}
        first, second = (customer.call("POST", path, body, headers) for _ in range(2))
        assert (first.status, second.status) == (201, 201)
        assert (first.json == second.json) is with_key
        listed = customer.get(path)
        assert len(listed["rooms" if "rooms" in listed else "surveys"]) == count[path] + (0 if with_key else 1)
        if with_key:
            other = customer.call("POST", path, {**body, "title": "Something else"}, headers)
            assert (other.status, other.code) == (409, "idempotency_key_reused")
            assert customer.call("POST", path, body, {"Idempotency-Key": "two words"}).code == "invalid_input"


def test_a_key_belongs_to_its_account(customer: Customer, live_server: LiveServer) -> None:
    """The same key of another account is another key."""
    headers = {"Idempotency-Key": "shared"}
    other = new_customer(live_server)
    first, second = (each.call("POST", "/rooms", {"title": "Mine"}, headers) for each in (customer, other))
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]


def test_one_live_session_at_a_time(customer: Customer) -> None:
    """A second start is refused by name; after the end the next one starts, and the old one's commands are refused by name."""
    room = customer.room()
    live = customer.live_session(room)
    assert customer.call("POST", f"/rooms/{room['id']}/live-sessions", {}).code == "already_running"
    draft = customer.card(live)
    customer.post(f"/live-sessions/{live['id']}/end")
    assert customer.call("POST", f"/live-sessions/{live['id']}/end").code == "live_session_ended"
    assert customer.call("POST", f"/live-sessions/{live['id']}/surveys/{draft['id']}/open").code == "live_session_ended"
    with Viewer(customer.live.base_url) as viewer:
        assert viewer.enter("zzzzzzzz", "Lost")["error"]["code"] == "no_such_room"
        assert viewer.enter(room["code"], "Early")["op"] == "waiting"
    customer.live_session(room)


def test_the_csrf_token(customer: Customer, live_server: LiveServer) -> None:
    """With the cookie a change needs the login's token, and not from somebody else's page."""
    customer.log_in()
    body = {"title": "Room"}
    cookie = {"Cookie": customer.cookie["Cookie"]}
    post = ("POST", "/api/v1/rooms", body)
    assert send(live_server.base_url, *post, cookie).code == "csrf_token_wrong"
    assert send(live_server.base_url, *post, {**customer.cookie, "X-CSRF-Token": "x"}).code == "csrf_token_wrong"
    assert send(live_server.base_url, *post, {**customer.cookie, "Origin": "https://evil.example"}).code == "origin_not_allowed"
    assert send(live_server.base_url, *post, {**customer.cookie, "Origin": live_server.base_url}).status == 201
