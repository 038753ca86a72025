"""What simulated viewers count by themselves, on a survey small enough to count by hand."""

import random

import pytest

from turnout.client import native_replies
from turnout.rehearsal.answering import answer_all, is_right, lean
from turnout.rehearsal.counting import Combination, RightNumber, Told, count
from turnout.rehearsal.messages import Entry


def question(number: int, kind: str, **more: object) -> native_replies.Question:
    fields: dict[str, object] = {"title": "", "multiple": False, "score": 1, "options": []}
    return native_replies.Question(id=f"qn_{number}", type=kind, **{**fields, **more})  # type: ignore[arg-type]


QUESTIONS = [
    question(1, "choice", options=["A", "B", "C"], multiple=True, right_options=[0, 2], required=True),
    question(2, "rating", scale=3),
    question(3, "fill_in", accepted=["Paris"], right_options=[]),
    question(4, "free_form"),
]


def survey(*, changeable: bool = False) -> native_replies.Survey:
    return native_replies.Survey(
        id="sv_1", kind="exam", title="", state="closed", published=False, opened_at=None, closes_at=None, closed_at=None, closed_by=None,
        answered=0, version=0, questions=QUESTIONS, changeable=changeable,
    )  # fmt: skip


RIGHT = [Entry("qn_1", choices=[2, 0]), Entry("qn_2", rating=3), Entry("qn_3", text=" pARIS ")]
WRONG = [Entry("qn_1", choices=[1]), Entry("qn_3", text="London"), Entry("qn_4", text="because")]


def test_people_options_ratings_and_right_answers_are_counted() -> None:
    """Options in any order are one combination; blanks and capitals of a fill-in do not matter; a question left out counts nobody."""
    counted = count(survey(), [Told([RIGHT], []), Told([WRONG], ["already_answered"]), Told([], ["too_late"])])

    assert (counted.answered, counted.refused, counted.twice) == (2, 2, 0)
    assert counted.refusals == {"already_answered": 1, "too_late": 1}
    choice, rating, fill_in, free_form = counted.questions
    assert (choice.answered, choice.right, choice.counts) == (2, 1, [1, 1, 1])
    assert choice.combinations == [Combination([0, 2], 1), Combination([1], 1)]
    assert (rating.answered, rating.counts, rating.combinations) == (1, [0, 0, 1], [Combination([3], 1)])
    assert (fill_in.answered, fill_in.right) == (2, 1)
    assert (free_form.answered, free_form.counts) == (1, [])
    assert counted.right == 1
    assert counted.right_numbers == [RightNumber(0, 1), RightNumber(2, 1)]


def test_the_first_submission_counts_unless_it_may_be_changed() -> None:
    """Of a changeable survey the last accepted submission counts; elsewhere a second one accepted is told."""
    told = [Told([WRONG, RIGHT], [])]

    assert count(survey(changeable=True), told).questions[0].right == 1
    assert count(survey(changeable=True), told).twice == 0
    assert count(survey(), told).questions[0].right == 0
    assert count(survey(), told).twice == 1


def test_simulated_answers_keep_the_questions_bounds() -> None:
    """Required questions are answered, multiple choices stay between least and most, ratings within the scale."""
    chance = random.Random(1)  # noqa: S311 - a play
    bounded = question(5, "choice", options=list("ABCDE"), multiple=True, least=2, most=3, required=True)
    questions = [*QUESTIONS, bounded]
    leanings = [lean(chance, one) for one in questions]

    for _ in range(300):
        entries = {entry.question: entry for entry in answer_all(chance, questions, leanings, "Lin")}
        assert {"qn_1", "qn_5"} <= entries.keys()
        assert 2 <= len(entries["qn_5"].choices or []) <= 3
        assert all(1 <= (entry.rating or 0) <= 3 for entry in entries.values() if entry.question == "qn_2")


def test_right_is_found_without_the_server() -> None:
    """Exactly the right options are right; where nothing is right there is no judgement."""
    assert is_right(QUESTIONS[0], Entry("qn_1", choices=[2, 0])) is True
    assert is_right(QUESTIONS[0], Entry("qn_1", choices=[0])) is False
    assert is_right(QUESTIONS[2], Entry("qn_3", text="ＰＡＲＩＳ")) is True
    assert is_right(QUESTIONS[3], Entry("qn_4", text="anything")) is None


@pytest.mark.parametrize(("title", "chinese"), [("你觉得这节课怎么样？", True), ("How was this lesson?", False)])
def test_a_question_is_answered_in_its_own_language(title: str, *, chinese: bool) -> None:
    """Opinions and wrong guesses of the crowd are in the language the host asked in."""
    chance = random.Random(1)  # noqa: S311 - a play
    questions = [question(1, "free_form", title=title, required=True), question(2, "fill_in", title=title, accepted=["π"], required=True)]
    leanings = [lean(chance, one) for one in questions]

    said = "".join(entry.text or "" for _ in range(60) for entry in answer_all(chance, questions, leanings))

    assert any("一" <= letter <= "鿿" for letter in said) is chinese
    assert any(letter.isascii() and letter.isalpha() for letter in said) is not chinese
