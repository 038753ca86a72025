"""Right answers, other people's answers and scores never leave the server before their time, and other people's texts never (promise 5).

Every byte a viewer receives, held against a list of what may be in it; and every route, asked with what a viewer or a stranger has.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.flows.kinds import GOOD, all_types, entries, exam, upload, values_of
from tests.flows.live import Customer, LiveServer, Reply, send
from tests.flows.parties import mark
from tests.flows.walk import body_of, fill, operations, parameters, query_of
from tests.harness.viewers import Message, Viewer

SURVEY = {
    *("id", "kind", "title", "cover", "state", "published", "anonymous", "changeable", "shuffle_questions", "shuffle_options"),
    *("opened_at", "closes_at", "closed_at", "closed_by", "answered", "version", "questions"),
}
SURVEY_RESULT = {"right", "right_numbers"}
"""What a survey has besides, once it is published."""
QUESTION = {
    *("id", "type", "title", "picture", "required", "score", "options", "pictures", "multiple", "least", "most", "scale", "verify"),
}
QUESTION_RESULT = {"right_options", "accepted", "counts", "answered", "right"}
OWN_MEMBERS = {"survey", "submitted", "answers", "answered_at"}
RESULT = {"right", "points", "to_mark", "marks"}
"""Of a viewer's own result, once it is published."""
MESSAGES = {
    "entered": {"op", "id", "viewer", "token", "now", "mine", "snapshot", "resumed", "publications", "tallies"},
    "waiting": {"op", "id", "room", "now", "next"},
    "started": {"op"},
    "theme": {"op", "theme", "next"},
    "publication": {
        "op",
        "channel",
        "position",
        "previous",
        "kind",
        "at",
        "survey",
        "checkin",
        "draw",
        "live_session",
        "room",
        "stream",
        "theme",
    },
    "tally": {"op", "survey", "version", "answered"},
    "checkin_tally": {"op", "checkin", "version", "expected", "confirmed", "rate", "unexpected"},
    "draw_tally": {"op", "draw", "version", "entered"},
    "own": {"op", "id", "mine"},
    "online": {"op", "viewers"},
    "accepted": {"op", "id"},
    "refused": {"op", "id", "error"},
    "pong": {"op", "id", "now"},
}
SNAPSHOT = {"epoch", "position", "room", "stream", "theme", "live_session", "surveys", "checkins", "draws", "announcements"}
ANNOUNCEMENT = {"id", "text", "made_at", "withdrawn_at"}
CHECKIN = {"id", "title", "state", "time_limit_s", "show_counts", "opened_at", "closes_at", "closed_at", "closed_by"}
CHECKIN_COUNTS = {"expected", "confirmed", "rate", "unexpected", "version"}
"""What a check-in has besides, where its host shows the counts."""
DRAW = {
    *("id", "title", "state", "who", "word", "weighted", "repeat_winners", "earlier_winners", "entropy", "prizes", "preferred"),
    *("committed_at", "opened_at", "closes_at", "closed_at", "finished_at", "because", "entered", "version", "commitment"),
    *("commitment_sha256", "root", "fingerprint", "published_at", "round", "decided_at", "winners", "proof"),
}
PRIZE = {"id", "name", "count", "type", "custom", "points", "asks", "won"}


def check(message: Message, published: set[str]) -> None:
    """Fails for a member that a viewer's message has no business to have. published: the surveys whose result may be there."""
    assert set(message) <= MESSAGES[message["op"]], message
    surveys: list[Any] = [message["survey"]] if message["op"] == "publication" and "survey" in message else []
    checkins: list[Any] = [message["checkin"]] if message["op"] == "publication" and "checkin" in message else []
    assert message.get("channel", "session") == "session"
    if "snapshot" in message:
        assert set(message["snapshot"]) == SNAPSHOT
        assert set(message["snapshot"]["room"]) == {"code", "title"}
        surveys = message["snapshot"]["surveys"]
        checkins = message["snapshot"]["checkins"]
        assert all(set(one) == ANNOUNCEMENT for one in message["snapshot"]["announcements"]), message
    for draw in [message["draw"]] if message["op"] == "publication" and "draw" in message else message.get("snapshot", {}).get("draws", ()):
        check_draw(draw)
    for told in (*message.get("publications", ()), *message.get("tallies", ())):
        check(told, published)
    for survey in surveys:
        check_survey(survey, published)
    for checkin in checkins:
        assert set(checkin) == (CHECKIN | CHECKIN_COUNTS if checkin["show_counts"] else CHECKIN), checkin
        assert checkin["state"] != "draft"
    for own in message.get("mine", ()):
        if "checkin" in own:
            assert set(own) == {"checkin", "confirmed_at"}, own
            continue
        if "draw" in own:
            assert set(own) == {"draw", "entered", "code", "prizes"}, own
            assert all(set(prize) == {"prize", "filled"} for prize in own["prizes"]), own
            continue
        assert set(own) - {"result"} == OWN_MEMBERS, own
        assert "result" not in own or (own["survey"] in published and set(own["result"]) == RESULT), own
    if "viewer" in message:
        assert set(message["viewer"]) == {"id", "name", "role"}
    if "room" in message:
        assert set(message["room"]) == {"code", "title"}


def check_draw(draw: Any) -> None:
    """The same for a draw in a message: names of winners are all that there is of people."""
    assert set(draw) == DRAW, draw
    assert draw["state"] != "draft"
    assert all(set(prize) == PRIZE for prize in draw["prizes"]), draw
    assert all(set(winner) == {"prize", "name"} for winner in draw["winners"]), draw
    assert draw["state"] == "drawn" or not draw["winners"]


def check_survey(survey: Any, published: set[str]) -> None:
    """The same for a survey in a message."""
    shown = survey["published"] and survey["state"] != "withdrawn"
    assert set(survey) == (SURVEY | SURVEY_RESULT if shown else SURVEY), survey
    assert survey["state"] != "draft"
    for question in survey["questions"]:
        assert set(question) == (QUESTION | QUESTION_RESULT if shown else QUESTION), question
    assert not survey["published"] or survey["id"] in published


def next_news(viewer: Viewer, kind: str, survey: Any) -> Message:
    return viewer.wait_for(lambda message: message.get("kind") == kind and message.get("survey", {}).get("id") == survey["id"])


@dataclass
class Show:
    """A survey of one kind, those who look on, and words that must not be where they should not. secret: in what is right."""

    customer: Customer
    room: Any
    live: Any
    survey: Any
    secret: str
    texts: dict[str, str]
    """A viewer's name → what that viewer writes into texts."""
    sockets: list[tuple[str, Viewer]] = field(default_factory=list)

    def come(self, name: str, *, by_events: bool = False, **how: Any) -> Viewer:
        """One more socket of this viewer's, or event stream."""
        viewer = self.customer.connect(by_events=by_events)
        assert viewer.enter(self.room["code"], name, **how)["op"] == "entered"
        self.sockets.append((name, viewer))
        return viewer

    def check_all(self, published: set[str]) -> None:
        """Everything that every viewer has received so far."""
        for name, viewer in self.sockets:
            viewer.ask({"op": "ping", "id": "flush"})
            for message in viewer.seen:
                check(message, published)
            seen = json.dumps(viewer.seen, ensure_ascii=False)
            if not published:
                assert self.secret.lower() not in seen.lower()
            for writer, text in self.texts.items():
                assert (writer == name) or text not in seen, f"{name} has seen what {writer} wrote"
                assert (writer == name) or f'"name": "{writer}"' not in seen


def answer_card(_picture: str, _secret: str) -> dict[str, Any]:
    return {"questions": [{"title": "Which?", "options": ["North", "East", "West"], "right_options": [2], "score": 7}]}


def vote(picture: str, _secret: str) -> dict[str, Any]:
    questions = [question for question in all_types(picture) if question["type"] in ("choice", "picture_choice", "rating")]
    return {"questions": questions, "changeable": True}


def questionnaire(picture: str, _secret: str) -> dict[str, Any]:
    return {"questions": all_types(picture), "cover": picture}


def whole_exam(picture: str, secret: str) -> dict[str, Any]:
    return {"questions": exam(picture, secret), "shuffle_questions": True, "shuffle_options": True}


KINDS: dict[str, Any] = {"answer_card": answer_card, "vote": vote, "questionnaire": questionnaire, "exam": whole_exam}


def answers_of(survey: Any, text: str, number: int) -> list[dict[str, Any]]:
    """What this viewer answers; all that is text has `text` in it."""
    if survey["kind"] == "answer_card":
        return entries(survey, [number])
    if survey["kind"] == "vote":
        return entries(survey, [0, number + 1], [number], number + 1)
    given = (
        [0, number + 1],
        [number],
        text,
        ([number], text),
        [number],
        text,
        number + 1,
        text[:20],
        f"1380013800{number}",
        f"{text}@example.com",
    )
    return entries(survey, *given)


@pytest.mark.parametrize("closed_by", ["host", "live_session_end"])
@pytest.mark.parametrize(
    ("kind", "anonymous"),
    [
        ("answer_card", False),
        ("answer_card", True),
        ("vote", False),
        ("vote", True),
        ("questionnaire", False),
        ("questionnaire", True),
        ("exam", False),
    ],
)
def test_nothing_before_publishing(customer: Customer, kind: str, anonymous: bool, closed_by: str) -> None:
    """Draft, opening, answers, answers kept for later, close, marks, joining, coming back: neither what is right, nor counts, nor what
    others wrote, nor how one did oneself; then published, and results, but nobody's texts."""
    secret = mark()
    settings = KINDS[kind](upload(customer), secret)
    if anonymous:
        settings.pop("changeable", None)
    room = customer.room()
    live = customer.live_session(room)
    hidden = customer.card(live, title="Hidden draft")
    show = Show(customer, room, live, None, secret, {"Vera": mark(), "Wang": mark()})
    vera, wang = show.come("Vera"), show.come("Wang", by_events=True)
    draft = customer.prepare(live, kind=kind, title="Shown", publish_on_close=False, anonymous=anonymous, **settings)
    survey = show.survey = customer.change(live, draft, "open")
    token = next(message["token"] for message in vera.seen if message["op"] == "entered")
    if not anonymous:
        assert vera.save_draft(survey["id"], answers_of(survey, show.texts["Vera"], 0))["op"] == "accepted"
    for number, (viewer, text) in enumerate(zip((vera, wang), show.texts.values(), strict=True)):
        assert viewer.submit(survey["id"], answers_of(survey, text, number))["op"] == "accepted"
        assert [own["survey"] for own in viewer.own()] == [survey["id"]]
    show.come("Joins while open")
    if closed_by == "host":
        customer.change(live, survey, "close")
        assert next_news(vera, "survey.closed", survey)["survey"]["published"] is False
        show.come("Joins after the close", by_events=True)
        epoch = next(message["snapshot"]["epoch"] for message in vera.seen if message["op"] == "entered")
        opened = next(message["position"] for message in vera.seen if message.get("kind") == "survey.opened")
        resumed = show.come("Vera", token=token, epoch=epoch, position=opened)
        missed = next(message["publications"] for message in resumed.seen if message["op"] == "entered")
        assert missed[0]["kind"] == "survey.closed"
        if kind == "exam":
            mark_one(show)
        back = show.come("Vera", token=token)
        check_own(back, survey, [] if anonymous else [answers_of(survey, show.texts["Vera"], 0)])
    else:
        customer.post(f"/live-sessions/{live['id']}/end")
        assert next_news(vera, "survey.closed", survey)["survey"]["published"] is False
    show.check_all(published=set())

    assert customer.change(live, survey, "publish")["published"] is True

    for viewer in (vera, wang):
        result = next_news(viewer, "survey.published", survey)["survey"]
        assert result["questions"][0]["counts"]
        assert result["answered"] == 2
    if closed_by == "host":
        assert ["result" in own for own in vera.own()] == ([] if anonymous else [kind in ("answer_card", "exam")])
    show.check_all(published={survey["id"]})
    for _, viewer in show.sockets:
        assert hidden["id"] not in json.dumps(viewer.seen)
        assert "Hidden draft" not in json.dumps(viewer.seen)


def check_own(viewer: Viewer, survey: Any, answers: list[Any]) -> None:
    """A viewer's own answers, without a result. Of an anonymous survey that is closed nobody knows any more who answered it."""
    held = viewer.own()
    assert [(own["survey"], own["submitted"], own.get("result")) for own in held] == [(survey["id"], True, None)] * len(answers)
    assert [values_of(survey, own["answers"]) for own in held] == [values_of(survey, given) for given in answers]


def mark_one(show: Show) -> None:
    """Marks one viewer's free-form answer, and settles the rest."""
    customer, base = show.customer, f"/live-sessions/{show.live['id']}/surveys/{show.survey['id']}"
    submission = customer.get(f"{base}/submissions")["submissions"][0]
    free_form = next(question for question in show.survey["questions"] if question["type"] == "free_form")
    marked = customer.post(f"{base}/marks", {"viewer": submission["viewer"]["id"], "question": free_form["id"], "points": 13})
    assert (marked["state"], marked["to_mark"]) == ("closed", 1)
    assert customer.post(f"{base}/settle")["settled_by"] == "host"


def test_not_while_it_takes_answers(customer: Customer) -> None:
    """An open survey, a draft and a withdrawn one cannot be published."""
    live = customer.live_session(customer.room())
    for card in (customer.card(live), customer.opened(live), customer.change(live, customer.opened(live), "withdraw")):
        reply = customer.call("POST", f"/live-sessions/{live['id']}/surveys/{card['id']}/publish")
        assert (reply.status, reply.code) == (409, "not_publishable")


def test_a_withdrawn_survey_is_shown_to_nobody(customer: Customer) -> None:
    """Viewers are told that it is gone; who comes later never hears of it, and its results are not told even where they were published."""
    room = customer.room()
    live = customer.live_session(room)
    vera, entered = customer.viewer(room, "Vera")
    never_opened = customer.card(live, title="Never opened")
    picture = upload(customer)
    open_one = customer.opened(live, title="Withdrawn while open")
    closed = customer.change(live, customer.prepare(live, kind="exam", title="Closed", questions=exam(picture)), "open")
    for survey, answers in ((open_one, entries(open_one, [1])), (closed, entries(closed, *GOOD))):
        assert vera.submit(survey["id"], answers)["op"] == "accepted"
    closed = customer.change(live, closed, "close")  # published with its close, and not settled: there is something to mark
    assert (closed["published"], closed["state"]) == (True, "closed")
    for survey in (never_opened, open_one, closed):
        customer.change(live, survey, "withdraw")
    for survey in (open_one, closed):
        told = next_news(vera, "survey.withdrawn", survey)["survey"]
        assert told["state"] == "withdrawn"
        assert set(told) == SURVEY
        assert all(set(question) == QUESTION for question in told["questions"])
    assert never_opened["id"] not in json.dumps(vera.seen)
    assert vera.own() == []
    back = customer.connect()
    again = back.enter(room["code"], token=entered["token"])
    assert (again["snapshot"]["surveys"], again["mine"]) == ([], [])


def test_what_strangers_may_read(customer: Customer, live_server: LiveServer) -> None:
    """The pages, and every route asked without a proof, with a viewer's token as a key or as a cookie, say nothing of a survey."""
    secret = mark()
    room = customer.room(f"Room {secret}")
    live = customer.live_session(room)
    survey = customer.change(live, customer.prepare(live, kind="exam", title=secret, questions=exam(upload(customer), secret)), "open")
    viewer, entered = customer.viewer(room, f"V {secret}")
    assert viewer.submit(survey["id"], entries(survey, *GOOD))["op"] == "accepted"
    customer.change(live, survey, "close")
    ids = {
        "room": room["id"],
        "live_session": live["id"],
        "survey": survey["id"],
        "viewer": entered["viewer"]["id"],
        "question": survey["questions"][0]["id"],
    }
    token = entered["token"]
    proofs: list[dict[str, str]] = [{}, {"Authorization": f"Bearer {token}"}, {"Cookie": f"turnout_login={token}"}]
    replies: list[tuple[str, Reply]] = []
    document = send(live_server.base_url, "GET", "/api/openapi.json").json
    for path, method, operation in operations(document):
        names = parameters(operation, "path")
        target = fill(path, names, tuple(ids.get(name, survey["id"]) for name in names)) + query_of(operation)
        body = body_of(operation["operationId"], None)
        replies += [(f"{method} {path}", send(live_server.base_url, method, target, body, headers)) for headers in proofs]
    others = (f"/r/{room['code']}", "/", "/healthz", "/readyz", f"/pictures/{survey['id']}", f"/api/v1/{survey['id']}")
    replies += [(path, send(live_server.base_url, "GET", path)) for path in others]
    for what, reply in replies:
        assert secret.encode() not in reply.body, (what, reply)
        for text in (survey["id"], entered["viewer"]["id"]):
            assert text.encode() not in reply.body, (what, reply)
