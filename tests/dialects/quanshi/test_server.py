"""Callbacks of the whole server: all four kinds of survey with every type of question, from real answers to a real receiver."""

import json
from typing import Any

from tests.dialects.quanshi.contract import check_message
from tests.flows.kinds import GOOD, all_types, entries, exam, upload
from tests.flows.live import Customer, send
from tests.harness.receiver import Received, Receiver, receiving
from turnout.client import quanshi_messages, receive_quanshi
from turnout.kernel.ids import Kind

SECRET = "a secret of callbacks"


def listen(customer: Customer, receiver: Receiver, path: str, **options: bool) -> None:
    """An endpoint of the customer's at this path of the receiver."""
    endpoint = {"url": f"{receiver.url}/{path}", "dialect": "quanshi", "secret": SECRET, "options": options}
    customer.post("/callback-endpoints", endpoint)


def messages(received: list[Received], path: str, survey_id: int | None = None) -> list[Any]:
    """What came to this path, each checked against the documented schema and read by our own client."""
    found = []
    for one in received:
        if one.path.endswith(f"/{path}"):
            message = json.loads(one.body)
            legacy = message.pop("type ", None)
            assert legacy in (None, message["type"])
            check_message(message)
            read = receive_quanshi(one.headers, one.body, SECRET.encode())
            assert read.data[0].survey_id == message["data"][0]["surveyId"]
            if survey_id in (None, message["data"][0]["surveyId"]):
                found.append(message)
    return found


def number_of(customer: Customer, survey: Any) -> int:
    """surveyId."""
    ids = customer.live.ids
    return ids.integer(Kind.SURVEY, ids.parse_text(Kind.SURVEY, survey["id"]))


def played(customer: Customer, live_session: Any, viewers: list[Any], survey: Any, *answers: tuple[Any, ...]) -> Any:
    """The survey opened, answered by each viewer in turn, and closed."""
    opened = customer.change(live_session, survey, "open")
    for viewer, values in zip(viewers, answers, strict=False):
        told = viewer.submit(opened["id"], entries(opened, *values))
        assert told["op"] == "accepted", told
    return customer.change(live_session, survey, "close")


def test_all_kinds_at_start_and_end(customer: Customer) -> None:
    """Every documented key with its JSON type in each of the eight messages, and the values that real answers made."""
    with receiving() as receiver:
        listen(customer, receiver, "plain")
        listen(customer, receiver, "legacy", legacy_type_key=True)
        room = customer.room("Hall")
        live_session = customer.live_session(room)
        viewers = [customer.viewer(room, name)[0] for name in ("Ann", "Bob", "Cid")]
        picture = upload(customer)
        titles = {"title": "T", "cover": picture}
        card = customer.prepare(
            live_session,
            kind="answer_card",
            questions=[{**all_types(picture)[4], "right_options": [1], "score": 5, "picture": picture}],
            **titles,
        )
        vote = customer.prepare(
            live_session, kind="vote", questions=[all_types(picture)[index] for index in (0, 4, 6)], anonymous=True, **titles
        )
        asked = customer.prepare(live_session, kind="questionnaire", questions=all_types(picture), publish_on_close=False, **titles)
        test = customer.prepare(live_session, kind="exam", questions=exam(picture), **titles)
        played(customer, live_session, viewers, card, ([1],), ([0],))
        played(customer, live_session, viewers, vote, ([0, 1], [1], 7), ([0, 1], None, 2), (None, None, 7))
        played(customer, live_session, viewers, asked, GOOD, (None, None, "only this"))
        played(customer, live_session, viewers, test, GOOD, ([1, 2], [1], None, ([], "words"), [0], "Shanghai"))
        received = receiver.wait_until(lambda found: len(found) == 16)

    ids = {name: number_of(customer, survey) for name, survey in (("card", card), ("vote", vote), ("asked", asked), ("test", test))}
    assert [len(messages(received, path)) for path in ("plain", "legacy")] == [8, 8]
    ends = {}
    for data_type, name in enumerate(ids, start=1):
        start, end = messages(received, "plain", ids[name])
        assert [(one["type"], one["dataType"]) for one in (start, end)] == [(1, data_type), (2, data_type)]
        ends[name] = end["data"][0]
        assert ends[name]["surveyCover"] == start["data"][0]["surveyCover"]
    shown = send(customer.live.base_url, "GET", ends["card"]["surveyCover"].removeprefix(customer.live.base_url))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    _check_card_and_vote(ends["card"], ends["vote"])
    _check_questionnaire(ends["asked"])
    _check_exam(ends["test"])


def _check_card_and_vote(card: Any, vote: Any) -> None:
    assert (card["questionType"], card["stage"], card["totalScore"], card["rightRate"]) == (5, 3, 5, 50)
    assert card["rightCountList"] == [{"number": 0, "count": 1}, {"number": 1, "count": 1}]
    (question,) = card["questionList"]
    assert question["questionImage"] == card["surveyCover"] == question["optionList"][0]["questionImage"]
    assert (vote["incognito"], vote["questionType"], vote["answerCount"], vote["rightCountList"]) == (1, 4, 3, [])
    assert [question["answerCountList"] for question in vote["questionList"]] == [
        [{"indexStr": [0, 1], "count": 2, "value": ""}],
        [{"indexStr": [1], "count": 1, "value": ""}],
        [{"indexStr": [], "count": 1, "value": "2"}, {"indexStr": [], "count": 2, "value": "7"}],
    ]


def _check_questionnaire(asked: Any) -> None:
    assert (asked["stage"], asked["incognito"], asked["answerCount"], asked["totalScore"]) == (2, 0, 2, 0)
    assert [question["questionType"] for question in asked["questionList"]] == [member.value for member in quanshi_messages.QuestionType]
    assert [question["answerCount"] for question in asked["questionList"]] == [1, 1, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [question["verify"] for question in asked["questionList"]] == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert {question["answerValue"] for question in asked["questionList"]} == {""}


def _check_exam(test: Any) -> None:
    assert (test["answerCount"], test["allCount"], test["rightCount"], test["totalScore"]) == (2, 3, 0, 60)  # the essay is not marked yet
    questions = test["questionList"]
    assert [question["answerValue"] for question in questions] == ["B,C", "True", "", "C", "B", "Beijing,北京", "", "", "", ""]
    assert [question["rightCount"] for question in questions] == [2, 1, 0, 1, 1, 1, 0, 0, 0, 0]
    assert [question["score"] for question in questions] == [10, 5, 20, 10, 5, 10, 0, 0, 0, 0]
    assert questions[3]["answerCountList"] == [
        {"indexStr": [], "count": 1, "value": ""},
        {"indexStr": [2], "count": 1, "value": ""},
    ]
    assert test["rightCountList"] == [{"number": 1, "count": 1}, {"number": 5, "count": 1}]


def test_marking_repeats_the_end_for_who_asks(customer: Customer) -> None:
    """The end goes out at the close with the counts of that moment; the last mark settles, and only the endpoint that asked hears again."""
    with receiving() as receiver:
        listen(customer, receiver, "again", repeat_end_on_settle=True)
        listen(customer, receiver, "once")
        room = customer.room("Hall")
        live_session = customer.live_session(room)
        viewer, entered = customer.viewer(room, "Ann")
        picture = upload(customer)
        test = customer.prepare(live_session, kind="exam", title="Exam", questions=exam(picture))
        unmarked = customer.prepare(live_session, kind="exam", title="Left", questions=[exam(picture)[2]])
        played(customer, live_session, [viewer], test, GOOD)
        played(customer, live_session, [viewer], unmarked, ("words",))
        received = receiver.wait_until(lambda found: len(found) == 8)
        before = messages(received, "again", number_of(customer, test))[-1]["data"][0]
        base = f"/live-sessions/{live_session['id']}/surveys"
        mark = {"viewer": entered["viewer"]["id"], "question": test["questions"][2]["id"], "points": 20}
        customer.post(f"{base}/{test['id']}/marks", mark)
        customer.post(f"{base}/{unmarked['id']}/settle")
        received = receiver.wait_until(lambda found: len(found) == 10)

    start, end, again = messages(received, "again", number_of(customer, test))
    assert [one["type"] for one in (start, end, again)] == [1, 2, 2]
    assert again["timestamp"] >= end["timestamp"]
    after = again["data"][0]
    assert (before["rightCount"], after["rightCount"]) == (0, 1)
    assert (before["rightCountList"], after["rightCountList"]) == ([{"number": 5, "count": 1}], [{"number": 6, "count": 1}])
    assert (after["endDate"], after["questionList"][2]["rightCount"]) == (before["endDate"], 1)
    assert len(messages(received, "again", number_of(customer, unmarked))) == 3
    assert [len(messages(received, "once", number_of(customer, survey))) for survey in (test, unmarked)] == [2, 2]


def test_an_open_survey_that_is_withdrawn_ends(customer: Customer) -> None:
    """A start is followed by an end, not published and without answers; a draft and a closed survey say nothing more."""
    with receiving() as receiver:
        listen(customer, receiver, "plain", repeat_end_on_settle=True)
        room = customer.room("Hall")
        live_session = customer.live_session(room)
        viewer, _ = customer.viewer(room, "Ann")
        taken_back, draft, last = (customer.card(live_session, title=title) for title in ("open", "draft", "last"))
        essay = {"type": "free_form", "title": "Why?", "score": 5}
        closed = customer.prepare(live_session, kind="exam", title="closed, and not settled before it is marked", questions=[essay])
        opened = customer.change(live_session, taken_back, "open")
        assert viewer.answer(opened, [1])["op"] == "accepted"
        customer.change(live_session, taken_back, "withdraw")
        customer.change(live_session, draft, "withdraw")
        played(customer, live_session, [viewer], closed, ("words",))
        customer.change(live_session, closed, "withdraw")
        played(customer, live_session, [viewer], last, ([1],))
        received = receiver.wait_until(lambda found: len(found) == 6)

    start, end = messages(received, "plain", number_of(customer, taken_back))
    survey = end["data"][0]
    assert (start["type"], end["type"], survey["surveyState"], survey["stage"], survey["answerCount"]) == (1, 2, 2, 2, 0)
    assert messages(received, "plain", number_of(customer, draft)) == []
    assert [one["type"] for one in messages(received, "plain", number_of(customer, closed))] == [1, 2]


def test_a_survey_of_the_question_bank_names_its_template(customer: Customer) -> None:
    """templateId is the integer form of the template's id."""
    with receiving() as receiver:
        listen(customer, receiver, "plain")
        live_session = customer.live_session(customer.room("Hall"))
        question = {"title": "Which?", "options": ["A", "B"], "right_options": [0]}
        template = customer.post("/templates", {"kind": "answer_card", "title": "Kept", "questions": [question]})
        survey = customer.post(f"/live-sessions/{live_session['id']}/surveys/from-template", {"template": template["id"]})
        customer.change(live_session, survey, "open")
        received = receiver.wait_until(lambda found: len(found) == 1)

    ids = customer.live.ids
    (start,) = messages(received, "plain")
    assert start["data"][0]["templateId"] == ids.integer(Kind.TEMPLATE, ids.parse_text(Kind.TEMPLATE, template["id"])) > 0
