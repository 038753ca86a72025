"""A survey of each kind, with every type of question, as requests of the API; and answers to them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.flows.live import Customer

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01"
    b"\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""A PNG of one pixel."""


def upload(customer: Customer) -> str:
    """The id of a picture of the customer's."""
    reply = customer.call("POST", "/pictures", PICTURE, {"Content-Type": "image/png"})
    assert reply.status == 201, reply
    picture: str = reply.json["id"]
    return picture


def all_types(picture: str) -> list[dict[str, Any]]:
    """A question of each type, without right answers, in the order of the types."""
    return [
        {"type": "choice", "title": "Which?", "options": ["A", "B", "C", "D"], "multiple": True, "least": 2, "most": 3},
        {"type": "true_false", "title": "So?"},
        {"type": "free_form", "title": "Why?"},
        {"type": "combined", "title": "Why, or what else?", "options": ["A", "B", "C"]},
        {"type": "picture_choice", "title": "Which one?", "options": ["A", "B"], "option_pictures": [picture, picture]},
        {"type": "fill_in", "title": "… is the capital."},
        {"type": "rating", "title": "How was it?", "scale": 7},
        {"type": "name", "title": "Your name"},
        {"type": "mobile", "title": "Your number"},
        {"type": "mail", "title": "Your mail address"},
    ]


def exam(picture: str, mark: str = "") -> list[dict[str, Any]]:
    """A question of each type, with whatever can be right; what must not be known too early has `mark` in it where it is a text."""
    questions = all_types(picture)
    questions[0] |= {"right_options": [1, 2], "score": 10}
    questions[1] |= {"right_options": [0], "score": 5}
    questions[2] |= {"score": 20}
    questions[3] |= {"right_options": [2], "score": 10}
    questions[4] |= {"right_options": [1], "score": 5}
    questions[5] |= {"accepted": [f"{mark}Beijing", f"{mark}北京"], "score": 10}
    return questions


def entries(survey: Any, *values: Any) -> list[dict[str, Any]]:
    """Answers to the survey's questions in their order. A value: options, a text, a rating, (options, text), or None for none."""
    found = []
    for question, value in zip(survey["questions"], values, strict=False):
        if isinstance(value, list):
            found.append({"question": question["id"], "choices": value})
        elif isinstance(value, str):
            found.append({"question": question["id"], "text": value})
        elif isinstance(value, int):
            found.append({"question": question["id"], "rating": value})
        elif isinstance(value, tuple):
            found.append({"question": question["id"], "choices": value[0], "text": value[1]})
    return found


def values_of(survey: Any, answers: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What `entries` was given, read back from answers as the server shows them."""
    found = {answer["question"]: answer for answer in answers}
    return [_value(found.get(question["id"])) for question in survey["questions"]]


def _value(answer: Mapping[str, Any] | None) -> Any:
    if answer is None:
        return None
    if "choices" in answer and "text" in answer:
        return (answer["choices"], answer["text"])
    return next(answer[name] for name in ("choices", "text", "rating") if name in answer)


GOOD = ([1, 2], [0], "Because of the north", ([2], "and more"), [1], "beijing", 6, "王伟", "13800138000", "wei@example.com")
"""Answers to all types; those to the exam are right."""
