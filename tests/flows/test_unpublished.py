"""An answer key never leaves the server before its time (promise 5): every byte a viewer receives, by a list of what may be in it."""

from typing import Any

import pytest

from tests.flows.live import Customer, send
from tests.harness.viewers import Message, Viewer

SURVEY = {
    "id",
    "kind",
    "title",
    "state",
    "published",
    "opened_at",
    "closes_at",
    "closed_at",
    "closed_by",
    "answered",
    "version",
    "questions",
}
QUESTION = {"id", "type", "title", "multiple", "score", "options"}
RESULT = {"right_options", "counts", "answered", "right"}
"""What a question has besides, once it is published."""
MESSAGES = {
    "entered": {"op", "id", "viewer", "token", "now", "mine", "snapshot"},
    "publication": {"op", "channel", "position", "previous", "kind", "at", "survey", "live_session"},
    "tally": {"op", "survey", "version", "answered"},
    "online": {"op", "viewers"},
    "accepted": {"op", "id"},
    "refused": {"op", "id", "error"},
    "pong": {"op", "id", "now"},
}
SNAPSHOT = {"epoch", "position", "room", "live_session", "surveys"}


def check(message: Message, published: set[str]) -> None:
    """Fails for a field that a viewer's message has no business to have. published: the surveys whose result may be there."""
    assert set(message) <= MESSAGES[message["op"]], message
    surveys: list[Any] = []
    if message["op"] == "publication":
        assert message["channel"] == "session"
        surveys = [message["survey"]] if "survey" in message else []
    if message["op"] == "entered":
        assert set(message["snapshot"]) == SNAPSHOT
        assert set(message["snapshot"]["room"]) == {"code", "title"}
        surveys = message["snapshot"]["surveys"]
    for survey in surveys:
        assert set(survey) == SURVEY, survey
        assert survey["state"] != "draft"
        for question in survey["questions"]:
            assert set(question) == (QUESTION | RESULT if survey["published"] else QUESTION), question
        assert not survey["published"] or survey["id"] in published


def next_news(viewer: Viewer, kind: str) -> Message:
    return viewer.wait_for(lambda message: message.get("kind") == kind)


@pytest.mark.parametrize("closed_by", ["host", "live_session_end"])
def test_nothing_before_publishing(customer: Customer, closed_by: str) -> None:
    """Draft, opening, answers, close, joining, coming back: neither right options nor counts; then published, and all of it."""
    room = customer.room()
    live = customer.live_session(room)
    (vera, entered), (wang, _) = customer.viewer(room, "Vera"), customer.viewer(room, "Wang")
    viewers = [vera, wang]
    draft = customer.card(live, title="Hidden draft")
    card = customer.opened(live, publish_on_close=False, question={"right_options": [2]})
    question = card["questions"][0]["id"]
    for viewer, choice in ((vera, 2), (wang, 1)):
        assert viewer.answer(question, [choice])["op"] == "accepted"
    viewers.append(customer.viewer(room, "Joins while open")[0])
    if closed_by == "host":
        customer.change(live, card, "close")
    else:
        customer.post(f"/live-sessions/{live['id']}/end")
    assert next_news(vera, "survey.closed")["survey"]["published"] is False
    if closed_by == "host":
        viewers.append(customer.viewer(room, "Joins after the close")[0])
        back = customer.connect()
        assert back.enter(room["code"], token=entered["token"])["mine"] == [{"question": question, "choices": [2]}]
        viewers.append(back)
    for viewer in viewers:
        viewer.ask({"op": "ping", "id": "flush"})
        for message in viewer.seen:
            check(message, published=set())
    shown = customer.change(live, card, "publish")
    assert shown["published"] is True
    for viewer in viewers:
        result = next_news(viewer, "survey.published")["survey"]["questions"][0]
        assert (result["right_options"], result["counts"], result["answered"], result["right"]) == ([2], [0, 1, 1], 2, 1)
        for message in viewer.seen:
            check(message, published={card["id"]})
            assert draft["id"] not in str(message)
            assert "Hidden draft" not in str(message)


def test_not_while_it_takes_answers(customer: Customer) -> None:
    """An open card, and a draft, cannot be published."""
    live = customer.live_session(customer.room())
    for card in (customer.card(live), customer.opened(live)):
        reply = customer.call("POST", f"/live-sessions/{live['id']}/surveys/{card['id']}/publish")
        assert (reply.status, reply.code) == (409, "not_publishable")


def test_what_strangers_may_read(customer: Customer) -> None:
    """The pages, and every route without a proof, say nothing of a card."""
    room = customer.room("Name of the room")
    live = customer.live_session(room)
    card = customer.opened(live, title="Name of the card")
    for path in (f"/r/{room['code']}", f"/api/v1/live-sessions/{live['id']}/surveys/{card['id']}", "/healthz", "/readyz"):
        body = send(customer.live.base_url, "GET", path).body
        assert b"Name of" not in body
        assert card["id"].encode() not in body
