"""What a socket refuses, each by name, and what it lets a client repeat."""

import json
import secrets
import threading
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, until
from tests.harness.frames import Unexpected, frame
from tests.harness.viewers import Viewer
from turnout.kernel import limits
from turnout.kernel.ids import Kind
from turnout.storage.action import Action


def ask_raw(viewer: Viewer, text: str) -> Any:
    """Sends this very text; the refusal that comes back."""
    viewer._socket.sendall(frame(text.encode()))
    return viewer.wait_for(lambda message: message["op"] == "refused")


def code(reply: Any) -> str:
    return str(reply["error"]["code"]) if reply["op"] == "refused" else str(reply["op"])


def test_repeats(customer: Customer) -> None:
    """The same command again gets the first outcome again, also from another connection and after the close; another one is refused."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, entered = customer.viewer(room)
    second = customer.connect()
    assert second.enter(room["code"], token=entered["token"])["viewer"] == entered["viewer"]
    card = customer.opened(live)
    for each in (viewer, viewer, second):
        assert code(each.answer(card, [0], "mine")) == "accepted"
    for each in (viewer, second):
        assert code(each.answer(card, [1], "changed-my-mind")) == "already_answered"
    closed = customer.change(live, card, "close")
    assert code(second.answer(card, [0], "mine")) == "accepted"
    assert code(second.answer(card, [1], "changed-my-mind")) == "too_late"
    assert (closed["answered"], closed["questions"][0]["counts"]) == (1, [1, 0, 0])


def test_refused_answers(customer: Customer) -> None:
    """What is no answer, by name; none of it counts. Letter case of ids makes no difference. (test_bad_answers.py has every type.)"""
    room = customer.room()
    live = customer.live_session(room)
    stranger = customer.connect()
    viewer, _ = customer.viewer(room)
    draft = customer.card(live)
    single = customer.opened(live)
    several = customer.opened(live, question={"multiple": True})
    one = single["questions"][0]["id"]
    assert code(stranger.answer(single, [0])) == "not_entered"
    assert code(viewer.answer(draft, [0])) == "survey_not_open"
    bad = ((single, [0, 1]), (single, [3]), (single, [-1]), (several, [0, 0]), (several, [0, 3]), (several, [2**70]))
    for survey, choices in bad:
        assert code(viewer.answer(survey, choices)) in ("invalid_choice", "invalid_input"), (survey, choices)
    assert code(viewer.answer(single, [])) == "answer_required"
    for unknown in ("", "qn_", "qn_0000000000000", one.replace("qn_", "sv_"), single["id"], "x" * 5000, "qn_\x00", "问题"):
        assert code(viewer.submit(single["id"], [{"question": unknown, "choices": [0]}])) == "not_found", unknown
        assert code(viewer.submit(unknown.replace(single["id"], one), [{"question": one, "choices": [0]}])) == "not_found", unknown
    assert customer.survey(live, single)["answered"] == customer.survey(live, several)["answered"] == 0
    assert code(viewer.submit(single["id"].upper(), [{"question": one.upper(), "choices": [0]}])) == "accepted"


def test_refused_entries(customer: Customer) -> None:
    """Everything that is no entry, by name; the connection may try again, but sits on one seat only."""
    room = customer.room()
    customer.live_session(room)
    viewer = customer.connect()
    assert code(viewer.enter(room["code"], "Vera", entry_id="guessable")) == "invalid_input"
    for name in (None, "", " \t ", "\x00\x07", "x" * (limits.MAX_NAME_LENGTH + 1)):
        assert code(viewer.enter(room["code"], name)) == "name_required", name
    for lost in ("", "        ", "zzzzzzzz", "x" * 9000, "房间", "\x00", "a\x00b", "'; DROP TABLE rooms; --", "%", "\u202e"):
        assert code(viewer.enter(lost, "Vera")) == "no_such_room", lost
    for token in ("", ".", "vw_0000000000000.x", "vw_0000000000000", "é.é", "\x00.\x00", "x" * 9000):
        assert code(viewer.enter(room["code"], token=token)) == "invalid_token", token
    entered = viewer.enter(room["code"], "Vera")
    assert code(entered) == "entered"
    assert code(viewer.enter(room["code"], "Vera")) == "already_entered"
    assert code(viewer.ask({"op": "watch", "id": "w", "live_session": "ls_"})) == "already_entered"
    viewer.close()
    with Viewer(customer.live.base_url) as other:
        text, _, proof = entered["token"].partition(".")
        for forged in (f"{text}.{proof[::-1]}", f"{text}.", f"{text}.{proof}=", f"{text[:-1]}0.{proof}", proof):
            if forged != entered["token"]:
                assert code(other.enter(room["code"], token=forged)) == "invalid_token", forged


MALFORMED = [
    ("", "invalid_input"),
    ("{", "invalid_input"),
    ("null", "invalid_input"),
    ("[]", "invalid_input"),
    ('"enter"', "invalid_input"),
    ("{}", "invalid_input"),
    ('{"op":"enter"}', "invalid_input"),
    ('{"op":"nothing","id":"a"}', "invalid_input"),
    ('{"op":"entered","id":"a"}', "invalid_input"),
    ('{"op":5,"id":"a"}', "invalid_input"),
    ('{"op":"answer","id":"a"}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s"}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":{}}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[5]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":7,"answers":[]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","text":5}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","rating":"5"}]}', "invalid_input"),
    ('{"op":"save_draft","id":"a","survey":"s","answers":[{}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":5,"choices":[0]}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","choices":0}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","choices":["0"]}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","choices":[0.5]}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","choices":[true]}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"q","choices":[1e400]}]}', "invalid_input"),
    ('{"op":"answer","id":"a","survey":"s","answers":[{"question":"\\ud800","choices":[0]}]}', "invalid_input"),
    ('{"op":"answer","id":"","survey":"s","answers":[{"question":"q","choices":[0]}]}', "invalid_input"),
    ('{"op":"answer","id":"a b","survey":"s","answers":[{"question":"q","choices":[0]}]}', "invalid_input"),
    ('{"op":"answer","id":"\\u0000","survey":"s","answers":[{"question":"q","choices":[0]}]}', "invalid_input"),
    ('{"op":"answer","id":null,"survey":"s","answers":[{"question":"q","choices":[0]}]}', "invalid_input"),
    (f'{{"op":"ping","id":"{"x" * 65}"}}', "invalid_input"),
    ("[" * 3000 + "]" * 3000, "invalid_input"),
    ('{"op":"ping","id":"a"} trailing', "invalid_input"),
]


def test_malformed_messages(customer: Customer) -> None:
    """Each gets a named refusal, and the connection goes on."""
    room = customer.room()
    customer.live_session(room)
    viewer, _ = customer.viewer(room)
    for text, expected in MALFORMED:
        assert code(ask_raw(viewer, text)) == expected, text
    assert code(viewer.ask({"op": "ping", "id": "still-here"})) == "pong"


def test_too_many_in_flight(customer: Customer, live_server: LiveServer) -> None:
    """What goes beyond the limit is refused by name at once, while the others wait for the database; afterwards all is well."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, _ = customer.viewer(room)
    card = customer.opened(live)
    answers = [{"question": card["questions"][0]["id"], "choices": [0]}]
    held, go_on = threading.Event(), threading.Event()

    def hold(_tx: Any, commands: Any) -> list[None]:
        held.set()
        assert go_on.wait(20)
        return [None] * len(commands)

    live_session_id = live_server.ids.parse_text(Kind.LIVE_SESSION, live["id"])

    async def keep_the_writer_busy(server: Any) -> None:
        server.runtime.commit.submit(Action("hold", hold), None, lambda _outcome: None, lane=live_session_id)

    live_server.call(keep_the_writer_busy)
    assert held.wait(20)
    sent = [f"c{number}" for number in range(limits.MAX_IN_FLIGHT + 3)]
    for command_id in sent:
        viewer.send({"op": "answer", "id": command_id, "survey": card["id"], "answers": answers})
    refused = [viewer.wait_for(lambda message: message.get("id") in sent) for _ in range(3)]
    assert [(message["id"], code(message)) for message in refused] == [(name, "too_many_in_flight") for name in sent[-3:]]
    go_on.set()
    told = [viewer.wait_for(lambda message: message.get("id") in sent) for _ in sent[:-3]]
    assert [code(message) for message in told] == ["accepted"] + ["already_answered"] * (limits.MAX_IN_FLIGHT - 1)
    assert code(viewer.ask({"op": "ping", "id": "after"})) == "pong"


def test_watching(customer: Customer, live_server: LiveServer) -> None:
    """A host's socket: only with a login's cookie, only one's own live session, and only from our own pages."""
    customer.log_in()
    live = customer.live_session(customer.room())
    cookie = {"Cookie": customer.cookie["Cookie"]}
    watch = {"op": "watch", "id": "w", "live_session": live["id"]}
    for headers in ({}, {"Cookie": "turnout_login="}, {"Cookie": f"turnout_login={secrets.token_urlsafe(32)}"}):
        with Viewer(live_server.base_url, headers=headers) as watcher:
            assert code(watcher.ask(watch)) == "not_logged_in"
    with Viewer(live_server.base_url, headers={"Authorization": customer.key["Authorization"]}) as watcher:
        assert code(watcher.ask(watch)) == "not_logged_in"
    for origin in ("https://evil.example", "null", live_server.base_url + ".evil.example"):
        with pytest.raises(Unexpected, match="403"):
            Viewer(live_server.base_url, headers={**cookie, "Origin": origin})
    with Viewer(live_server.base_url, headers={**cookie, "Origin": live_server.base_url}) as watcher:
        for unknown in ("", "ls_0000000000000", live["room"], "\x00", "x" * 5000):
            assert code(watcher.ask({**watch, "live_session": unknown})) == "not_found", unknown
        watching = watcher.ask(watch)
        assert code(watching) == "watching"
        draft = customer.card(live)
        card = customer.change(live, draft, "open")
        opened = watcher.wait_for(lambda message: message.get("kind") == "survey.opened")
        assert (opened["channel"], opened["survey"]["questions"][0]["right_options"]) == ("host", [1])
        assert opened["survey"] == json.loads(json.dumps(card))


HOSTILE = ["a\x00b", "\x00", 'quo"te', "back\\slash", "{curly}", "'; DROP TABLE rooms; --", "\U0001f600", "\u202eevil", "<script>", "NULL"]


def test_hostile_texts(customer: Customer) -> None:
    """Control characters and quotes in what a host writes are refused by name or come back as they were, on both databases alike."""
    room = customer.room()
    live = customer.live_session(room)
    for text in HOSTILE:
        card = {"title": text, "questions": [{"title": text, "options": [text, "B"]}]}
        replies = [customer.call("POST", "/rooms", {"title": text}), customer.call("POST", f"/live-sessions/{live['id']}/surveys", card)]
        for reply in replies:
            assert reply.status in (201, 400), (text, reply)
            if reply.status == 201:
                assert reply.json["title"] == text
            else:
                assert reply.code == "invalid_input", (text, reply)


def test_leaving_is_noticed(customer: Customer) -> None:
    """A closed connection ends its visit; the viewer is offline once the last one is closed."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, entered = customer.viewer(room)
    second = customer.connect()
    second.enter(room["code"], token=entered["token"])
    path = f"/live-sessions/{live['id']}/viewers"
    assert [(person["online"], len(person["connections"])) for person in customer.get(path)["viewers"]] == [(True, 2)]
    viewer.close()
    until(lambda: customer.get(path), lambda seen: (seen["online"], len(seen["viewers"][0]["connections"])) == (1, 1))
    second.close()
    gone = until(lambda: customer.get(path), lambda seen: seen["online"] == 0)
    assert (gone["total"], gone["viewers"][0]["online"]) == (1, False)
    assert gone["viewers"][0]["exited_at"] is not None
