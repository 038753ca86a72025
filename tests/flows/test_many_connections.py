"""Two tabs, two phones, one viewer: whatever they send at once, one submission counts, and each of them learns of it."""

import threading
from typing import Any

import pytest

from tests.flows.kinds import GOOD, all_types, entries, upload, values_of
from tests.flows.live import Customer
from tests.harness.viewers import Message, Viewer


def tabs(customer: Customer, room: Any, count: int) -> list[Viewer]:
    """So many connections of one viewer: the first enters by name, the others with its token."""
    first, entered = customer.viewer(room)
    others = []
    for _ in range(count - 1):
        tab = customer.connect()
        again = tab.enter(room["code"], token=entered["token"])
        assert again["viewer"] == entered["viewer"]
        others.append(tab)
    return [first, *others]


def own_news(survey: Any, *, submitted: bool) -> Any:
    """A message without an id in which this survey is submitted, or saved."""

    def wanted(message: Message) -> bool:
        return message.get("op") == "own" and "id" not in message and (survey["id"], submitted) in told(message)

    return wanted


def told(message: Message) -> list[tuple[str, bool]]:
    return [(own["survey"], own["submitted"]) for own in message["mine"]]


def test_what_one_tab_does_the_other_learns(customer: Customer) -> None:
    """Answers kept on the phone appear on the laptop; submitting there ends them on the phone; nobody else hears of either."""
    room = customer.room()
    live = customer.live_session(room)
    phone, laptop = tabs(customer, room, 2)
    stranger, _ = customer.viewer(room, "Wang")
    survey = customer.change(live, customer.prepare(live, kind="questionnaire", title="All", questions=all_types(upload(customer))), "open")

    assert phone.save_draft(survey["id"], entries(survey, *GOOD[:3]))["op"] == "accepted"

    (kept,) = laptop.wait_for(own_news(survey, submitted=False))["mine"]
    assert values_of(survey, kept["answers"])[:3] == [*GOOD[:3]]

    assert laptop.submit(survey["id"], entries(survey, *GOOD))["op"] == "accepted"

    (given,) = phone.wait_for(own_news(survey, submitted=True))["mine"]
    assert values_of(survey, given["answers"]) == [*GOOD]
    assert phone.own() == laptop.own() == [given]
    assert phone.submit(survey["id"], entries(survey, *GOOD))["error"]["code"] == "already_answered"
    assert phone.save_draft(survey["id"], entries(survey, *GOOD))["error"]["code"] == "already_answered"
    stranger.ask({"op": "ping", "id": "flush"})
    assert not [message for message in stranger.seen if message["op"] == "own"]
    assert customer.survey(live, survey)["answered"] == 1


@pytest.mark.parametrize(("anonymous", "changeable"), [(False, False), (False, True), (True, False)])
def test_all_at_once(customer: Customer, changeable: bool, anonymous: bool) -> None:
    """Eight connections answer in one moment, each something else: one counts, of a changeable survey the last; the counts are its own."""
    room = customer.room()
    live = customer.live_session(room)
    crowd = tabs(customer, room, 8)
    question = {"type": "choice", "title": "Which?", "options": [f"Option {number}" for number in range(8)]}
    draft = customer.prepare(live, kind="vote", title="Race", questions=[question], changeable=changeable, anonymous=anonymous)
    survey = customer.change(live, draft, "open")
    ready = threading.Barrier(len(crowd))
    outcomes: list[str] = []

    def answer(number: int) -> None:
        ready.wait()
        message = crowd[number].answer(survey, [number])
        outcomes.append(message["op"] if message["op"] == "accepted" else message["error"]["code"])

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(len(crowd))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("accepted") == (8 if changeable else 1), outcomes
    assert set(outcomes) <= {"accepted", "already_answered"}
    seen = customer.survey(live, survey)
    assert (seen["answered"], sum(seen["questions"][0]["counts"])) == (1, 1)
    customer.change(live, survey, "close")
    (submission,) = customer.get(f"/live-sessions/{live['id']}/surveys/{survey['id']}/submissions")["submissions"]
    (chosen,) = submission["answers"][0]["choices"]
    assert seen["questions"][0]["counts"][chosen] == 1
    if not anonymous:
        assert {tuple(own["answers"][0]["choices"]) for tab in crowd for own in tab.own()} == {(chosen,)}


def test_a_changed_answer_moves_the_counts(customer: Customer) -> None:
    """Each tab sees the other's change; a repeat of the earlier command changes nothing back."""
    room = customer.room()
    live = customer.live_session(room)
    phone, laptop = tabs(customer, room, 2)
    question = {"type": "rating", "title": "How was it?", "scale": 5}
    draft = customer.prepare(live, kind="vote", title="Changeable", questions=[question], changeable=True)
    survey = customer.change(live, draft, "open")
    stars = survey["questions"][0]["id"]
    assert phone.submit(survey["id"], [{"question": stars, "rating": 2}], "first")["op"] == "accepted"
    laptop.wait_for(own_news(survey, submitted=True))
    assert laptop.submit(survey["id"], [{"question": stars, "rating": 5}], "second")["op"] == "accepted"
    changed = phone.wait_for(lambda message: message.get("op") == "own" and message["mine"][0]["answers"][0].get("rating") == 5)
    assert changed["mine"][0]["submitted"]
    assert customer.survey(live, survey)["questions"][0]["counts"] == [0, 0, 0, 0, 1]
    closed = customer.change(live, survey, "close")
    assert (closed["answered"], closed["questions"][0]["counts"]) == (1, [0, 0, 0, 0, 1])
    assert phone.submit(survey["id"], [{"question": stars, "rating": 1}], "third")["error"]["code"] == "too_late"


def test_marks_reach_whoever_is_marked(customer: Customer) -> None:
    """Once the result is published, points given by hand are told on every connection of the viewer who got them, and on no other."""
    room = customer.room()
    live = customer.live_session(room)
    phone, laptop = tabs(customer, room, 2)
    other, _ = customer.viewer(room, "Wang")
    question = {"type": "free_form", "title": "Why?", "score": 10}
    survey = customer.change(live, customer.prepare(live, kind="exam", title="Why", questions=[question]), "open")
    why = survey["questions"][0]["id"]
    for viewer in (phone, other):
        assert viewer.submit(survey["id"], [{"question": why, "text": "because"}])["op"] == "accepted"
    closed = customer.change(live, survey, "close")
    assert (closed["state"], closed["to_mark"], closed["published"]) == ("closed", 2, True)
    base = f"/live-sessions/{live['id']}/surveys/{survey['id']}"
    first, second = customer.get(f"{base}/submissions")["submissions"]
    vera = first if first["viewer"]["name"] == "Vera" else second
    customer.post(f"{base}/marks", {"viewer": vera["viewer"]["id"], "question": why, "points": 10})
    for tab in (phone, laptop):
        told = tab.wait_for(lambda message: message.get("op") == "own" and message["mine"][0].get("result", {}).get("points") == 10)
        assert told["mine"][0]["result"] == {"right": 1, "points": 10, "to_mark": 0, "marks": [{"question": why, "points": 10}]}
    other.ask({"op": "ping", "id": "flush"})
    assert not [message for message in other.seen if message["op"] == "own" and message["mine"][0].get("result", {}).get("marks")]
    wang = second if vera is first else first
    settled = customer.post(f"{base}/marks", {"viewer": wang["viewer"]["id"], "question": why, "points": 4})
    assert (settled["state"], settled["settled_by"], settled["points"], settled["right"]) == ("settled", "marking", 14, 1)
    assert settled["right_numbers"] == [{"number": 0, "count": 1}, {"number": 1, "count": 1}]
    told = phone.wait_for(lambda message: message.get("kind") == "survey.settled")
    assert told["survey"]["right_numbers"] == settled["right_numbers"]
