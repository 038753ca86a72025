"""Answers made by hand that are wrong in one way each: over the real socket, each is refused by its own name, naming the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.kinds import GOOD, all_types, entries, upload, values_of
from tests.flows.live import Customer, LiveServer, new_customer
from tests.harness.viewers import Message, Viewer


@dataclass
class Stage:
    """An open questionnaire with every type of question, and a viewer who has answered nothing."""

    customer: Customer
    room: Any
    live: Any
    survey: Any
    viewer: Viewer


@pytest.fixture(scope="module")
def stage(live_server: LiveServer) -> Iterator[Stage]:
    """The stage; refusals do not change it, so the tests share it."""
    customer = new_customer(live_server)
    room = customer.room()
    live = customer.live_session(room)
    survey = customer.prepare(live, kind="questionnaire", title="All", questions=all_types(upload(customer)))
    viewer, _ = customer.viewer(room)
    yield Stage(customer, room, live, customer.change(live, survey, "open"), viewer)
    for socket in customer.sockets:
        socket.close()


def refusal(message: Message) -> tuple[str, str | None]:
    """Code and field."""
    assert message["op"] == "refused", message
    return message["error"]["code"], message["error"].get("field")


CHOICE, TRUE_FALSE, FREE_FORM, COMBINED, PICTURE_CHOICE, FILL_IN, RATING, NAME, MOBILE, MAIL = range(10)

CASES: list[tuple[str, int, dict[str, Any], str, str]] = [
    # wrong type
    ("choice as text", CHOICE, {"text": "A"}, "wrong_answer_type", "text"),
    ("choice as rating", CHOICE, {"rating": 1}, "wrong_answer_type", "rating"),
    ("choice with text", CHOICE, {"choices": [0, 1], "text": "and more"}, "wrong_answer_type", "text"),
    ("true/false as text", TRUE_FALSE, {"text": "True"}, "wrong_answer_type", "text"),
    ("picture choice as rating", PICTURE_CHOICE, {"rating": 2}, "wrong_answer_type", "rating"),
    ("free form as choice", FREE_FORM, {"choices": [0]}, "wrong_answer_type", "choices"),
    ("fill-in as choice", FILL_IN, {"choices": [0]}, "wrong_answer_type", "choices"),
    ("fill-in as rating", FILL_IN, {"rating": 3}, "wrong_answer_type", "rating"),
    ("combined with a rating", COMBINED, {"choices": [0], "rating": 3}, "wrong_answer_type", "rating"),
    ("rating as choice", RATING, {"choices": [3]}, "wrong_answer_type", "choices"),
    ("rating as text", RATING, {"text": "3"}, "wrong_answer_type", "text"),
    ("name as choice", NAME, {"choices": [0]}, "wrong_answer_type", "choices"),
    ("mobile as rating", MOBILE, {"rating": 5}, "wrong_answer_type", "rating"),
    ("mail as choice", MAIL, {"choices": [0]}, "wrong_answer_type", "choices"),
    # no JSON of the right shape
    ("options as text", CHOICE, {"choices": "A"}, "invalid_input", "choices"),
    ("an option as text", CHOICE, {"choices": ["A"]}, "invalid_input", "choices[0]"),
    ("an option as true", CHOICE, {"choices": [True]}, "invalid_input", "choices[0]"),
    ("half an option", CHOICE, {"choices": [0.5]}, "invalid_input", "choices[0]"),
    ("text as number", FREE_FORM, {"text": 7}, "invalid_input", "text"),
    ("rating as text of a number", RATING, {"rating": "7"}, "invalid_input", "rating"),
    ("half a star", RATING, {"rating": 4.5}, "invalid_input", "rating"),
    # unknown options and ratings
    ("an option too far", CHOICE, {"choices": [0, 4]}, "invalid_choice", "choices"),
    ("an option below", CHOICE, {"choices": [0, -1]}, "invalid_choice", "choices"),
    ("an enormous option", CHOICE, {"choices": [0, 10**15]}, "invalid_choice", "choices"),
    ("an option twice", CHOICE, {"choices": [1, 1]}, "invalid_choice", "choices"),
    ("neither true nor false", TRUE_FALSE, {"choices": [2]}, "invalid_choice", "choices"),
    ("true and false", TRUE_FALSE, {"choices": [0, 1]}, "invalid_choice", "choices"),
    ("a picture that is not there", PICTURE_CHOICE, {"choices": [2]}, "invalid_choice", "choices"),
    ("two of a single choice", COMBINED, {"choices": [0, 1]}, "invalid_choice", "choices"),
    ("a combined option too far", COMBINED, {"choices": [3], "text": "x"}, "invalid_choice", "choices"),
    ("too few", CHOICE, {"choices": [0]}, "too_few_choices", "choices"),
    ("too many", CHOICE, {"choices": [0, 1, 2, 3]}, "too_many_choices", "choices"),
    ("no star", RATING, {"rating": 0}, "invalid_rating", "rating"),
    ("a star too many", RATING, {"rating": 8}, "invalid_rating", "rating"),
    # too long, and not what was asked for
    ("too long a free form", FREE_FORM, {"text": "x" * 2_001}, "answer_too_long", "text"),
    ("too long a fill-in", FILL_IN, {"text": "x" * 201}, "answer_too_long", "text"),
    ("too long a mail address", MAIL, {"text": f"{'x' * 249}@a.com"}, "answer_too_long", "text"),
    ("too long beside options", COMBINED, {"choices": [0], "text": "x" * 501}, "answer_too_long", "text"),
    ("too long a name", NAME, {"text": "x" * 65}, "invalid_name", "text"),
    ("a name of two lines", NAME, {"text": "A\nB"}, "invalid_name", "text"),
    ("a control character", FREE_FORM, {"text": "a\x00b"}, "invalid_text", "text"),
    ("a short mobile number", MOBILE, {"text": "1380013"}, "invalid_mobile", "text"),
    ("a mobile number with letters", MOBILE, {"text": "1380013800A"}, "invalid_mobile", "text"),
    ("a mail address without an at", MAIL, {"text": "wei.example.com"}, "invalid_mail", "text"),
    ("a mail address without a domain", MAIL, {"text": "wei@example"}, "invalid_mail", "text"),
    # empty
    ("nothing at all", CHOICE, {}, "answer_required", None),
    ("no option", CHOICE, {"choices": []}, "answer_required", None),
    ("no text", FREE_FORM, {"text": ""}, "answer_required", None),
    ("blanks", NAME, {"text": "  \n "}, "answer_required", None),
    ("neither option nor text", COMBINED, {"choices": [], "text": " "}, "answer_required", None),
]


@pytest.mark.parametrize(("place", "members", "code", "field"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_bad_answer(stage: Stage, place: int, members: dict[str, Any], code: str, field: str | None) -> None:
    """Refused by name, with the place in the message; and nothing of it is kept."""
    question = stage.survey["questions"][place]["id"]
    found, where = refusal(stage.viewer.submit(stage.survey["id"], [{"question": question, **members}]))
    assert found == code
    if field is None:
        assert where == "answers"
    else:
        assert where == f"answers[0].{field}"
    assert stage.viewer.own() == []
    assert stage.customer.survey(stage.live, stage.survey)["answered"] == 0


def test_half_a_surrogate(stage: Stage) -> None:
    """A text that is no Unicode makes the message none: refused without its id, and the connection goes on."""
    question = stage.survey["questions"][FILL_IN]["id"]
    answers = [{"question": question, "text": "a\ud800b"}]
    stage.viewer.send({"op": "answer", "id": "broken", "survey": stage.survey["id"], "answers": answers})
    refused = stage.viewer.wait_for(lambda message: message["op"] == "refused")
    assert (refused["id"], *refusal(refused)) == (None, "invalid_input", None)
    assert stage.viewer.own() == []


def test_the_place_is_that_of_the_message(stage: Stage) -> None:
    """The third of three answers is named as the third, whatever its place in the survey."""
    questions = [question["id"] for question in stage.survey["questions"]]
    answers = [
        {"question": questions[RATING], "rating": 3},
        {"question": questions[FREE_FORM], "text": "fine"},
        {"question": questions[TRUE_FALSE], "choices": [7]},
    ]
    assert refusal(stage.viewer.submit(stage.survey["id"], answers)) == ("invalid_choice", "answers[2].choices")


def test_one_question_twice(stage: Stage) -> None:
    """Two answers to one question in one submission are none."""
    question = stage.survey["questions"][RATING]["id"]
    answers = [{"question": question, "rating": 3}, {"question": question, "rating": 4}]
    assert refusal(stage.viewer.submit(stage.survey["id"], answers)) == ("answered_twice", "answers[1].question")


def test_what_is_of_another_survey_room_or_nobody(stage: Stage) -> None:
    """Another survey's question, another room's survey and question, and what never was: not found, all alike."""
    customer = stage.customer
    other = customer.opened(stage.live, title="Beside it")
    elsewhere = customer.room("Elsewhere")
    there = customer.opened(customer.live_session(elsewhere))
    mine = stage.survey["questions"][TRUE_FALSE]["id"]
    for question in (
        other["questions"][0]["id"],
        there["questions"][0]["id"],
        "qn_0000000000000",
        "qn_",
        "",
        stage.survey["id"],
        "x" * 500,
    ):
        answers = [{"question": mine, "choices": [0]}, {"question": question, "choices": [0]}]
        assert refusal(stage.viewer.submit(stage.survey["id"], answers)) == ("not_found", "answers[1].question"), question
    for survey in (there["id"], "sv_0000000000000", "", mine, stage.live["id"]):
        assert refusal(stage.viewer.submit(survey, [{"question": mine, "choices": [0]}])) == ("not_found", "survey"), survey
    assert stage.viewer.own() == []


@pytest.mark.parametrize("required", [TRUE_FALSE, FREE_FORM, COMBINED, RATING, MAIL])
def test_a_required_question_left_out_or_empty(stage: Stage, required: int) -> None:
    """Names the question by its place in the survey."""
    customer = stage.customer
    questions = all_types(upload(customer))
    questions[required]["required"] = True
    draft = customer.prepare(stage.live, kind="questionnaire", title="One is required", questions=questions)
    survey = customer.change(stage.live, draft, "open")
    given: list[Any] = list(GOOD)
    given[required] = None
    assert refusal(stage.viewer.submit(survey["id"], entries(survey, *given))) == ("answer_required", f"questions[{required}]")
    empty = {"question": survey["questions"][required]["id"], "choices": None, "text": None}
    refused = stage.viewer.submit(survey["id"], [*entries(survey, *given), empty])
    assert refusal(refused) == ("answer_required", f"questions[{required}]")
    assert stage.viewer.submit(survey["id"], entries(survey, *GOOD))["op"] == "accepted"


def test_late_early_and_withdrawn(stage: Stage) -> None:
    """A draft and a withdrawn survey take no answers, a closed one none any more; drafts of answers alike."""
    customer, live, viewer = stage.customer, stage.live, stage.viewer
    draft = customer.card(live)
    closed = customer.change(live, customer.opened(live), "close")
    withdrawn = customer.change(live, customer.opened(live), "withdraw")
    for survey, code in ((draft, "survey_not_open"), (closed, "too_late"), (withdrawn, "survey_not_open")):
        answers = [{"question": survey["questions"][0]["id"], "choices": [1]}]
        assert refusal(viewer.submit(survey["id"], answers))[0] == code
        assert refusal(viewer.save_draft(survey["id"], answers))[0] == code


def test_late_by_the_clock(stage: Stage, live_server: LiveServer) -> None:
    """What comes at or after the time limit is too late, whether or not the close has been written yet."""
    survey = stage.customer.opened(stage.live, time_limit_s=60)
    try:
        live_server.clock.advance(60)
        assert refusal(stage.viewer.answer(survey, [1]))[0] == "too_late"
    finally:
        live_server.clock.advance(-60)


def test_answered_twice(stage: Stage) -> None:
    """The same again is the first outcome again; another answer, or the same under another id, is refused, and the first one counts."""
    customer, live = stage.customer, stage.live
    survey = customer.change(
        live, customer.prepare(live, kind="questionnaire", title="Once", questions=all_types(upload(customer))), "open"
    )
    viewer, _ = customer.viewer(stage.room, "Once")
    first = entries(survey, *GOOD)
    for _ in range(3):
        assert viewer.submit(survey["id"], first, "the-first")["op"] == "accepted"
    assert refusal(viewer.submit(survey["id"], first, "the-second"))[0] == "already_answered"
    assert refusal(viewer.submit(survey["id"], entries(survey, [2, 3]), "the-first"))[0] == "already_answered"
    assert refusal(viewer.save_draft(survey["id"], first))[0] == "already_answered"
    (own,) = [own for own in viewer.own() if own["survey"] == survey["id"]]
    assert values_of(survey, own["answers"]) == [*GOOD]
    assert customer.survey(live, survey)["answered"] == 1


def test_drafts_are_checked_too(stage: Stage) -> None:
    """What is filled in so far may be incomplete, but not of the wrong type, too long, or of another survey."""
    viewer, survey = stage.viewer, stage.survey
    questions = [question["id"] for question in survey["questions"]]
    bad = [
        ({"question": questions[CHOICE], "text": "A"}, ("wrong_answer_type", "answers[0].text")),
        ({"question": questions[CHOICE], "choices": [9]}, ("invalid_choice", "answers[0].choices")),
        ({"question": questions[FREE_FORM], "text": "x" * 2_001}, ("answer_too_long", "answers[0].text")),
        ({"question": questions[RATING], "rating": 99}, ("invalid_rating", "answers[0].rating")),
        ({"question": "qn_0000000000000", "text": "x"}, ("not_found", "answers[0].question")),
    ]
    for entry, expected in bad:
        assert refusal(viewer.save_draft(survey["id"], [entry])) == expected
    stranger = stage.customer.connect()
    for message in (stranger.submit(survey["id"], []), stranger.save_draft(survey["id"], [])):
        assert refusal(message)[0] == "not_entered"
    assert refusal(stranger.ask({"op": "read_own", "id": "r"}))[0] == "not_entered"


def test_incomplete_drafts_are_kept(stage: Stage) -> None:
    """Too few options, half a number, half a mail address: kept as typed, and shown as not submitted."""
    customer = stage.customer
    viewer, _ = customer.viewer(stage.room, "Slow writer")
    half = ([0], None, "Because", None, None, None, None, None, "1380", "wei@")
    assert viewer.save_draft(stage.survey["id"], entries(stage.survey, *half))["op"] == "accepted"
    (own,) = viewer.own()
    assert (own["submitted"], own["answered_at"]) == (False, None)
    assert values_of(stage.survey, own["answers"]) == [*half]
    assert customer.survey(stage.live, stage.survey)["answered"] == 0
