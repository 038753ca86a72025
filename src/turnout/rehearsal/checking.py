"""Compares what the API says of a survey with what the viewers know of it."""

from collections.abc import Sequence

from turnout.client import native_replies
from turnout.rehearsal.counting import Count, RightNumber
from turnout.rehearsal.crowd import Crowd

MOST_SENTENCES = 200
"""Sentences that are kept: a server that is wrong throughout shall not fill the memory with saying so."""


class Problems:
    """What is not as it should be, in sentences."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """One more."""
        if len(self.sentences) < MOST_SENTENCES:
            self.sentences.append(sentence)

    def expect(self, title: str, what: str, found: object, expected: object) -> None:
        """Adds a sentence unless the two are equal."""
        if found != expected:
            self.add(f"{title}: {what}: the server says {found}, the viewers {expected}")


def check_survey(
    problems: Problems,
    crowd: Crowd,
    survey: native_replies.Survey,
    count: Count,
    submissions: Sequence[native_replies.Submission],
) -> None:
    """A closed survey's tallies, its rows, and what the viewers were shown in the end, against what the viewers counted. Of answers that
    only a host can judge nothing is right yet."""
    title = survey.title
    problems.expect(title, "people who could answer", survey.expected, len(crowd.entered))
    problems.expect(title, "people who answered", survey.answered, count.answered)
    problems.expect(title, "people of whom two submissions were accepted", count.twice, 0)
    problems.expect(title, "submissions listed", len(submissions), count.answered)
    for number, (question, counted) in enumerate(zip(survey.questions, count.questions, strict=True), 1):
        place = f"{title}, question {number}"
        problems.expect(place, "people who answered", question.answered, counted.answered)
        problems.expect(place, "people per option", question.counts, counted.counts)
        problems.expect(place, "people who answered right", question.right, counted.right)
        listed = sum(answer.question == question.id for submission in submissions for answer in submission.answers)
        problems.expect(place, "answers listed", listed, counted.answered)
    problems.expect(title, "people who answered everything right", survey.right, count.right)
    if count.right_numbers:
        found = [RightNumber(one.number, one.count) for one in survey.right_numbers or []]
        problems.expect(title, "people per number of right answers", found, count.right_numbers)
    if survey.anonymous:
        problems.expect(title, "submissions that name a viewer", sum(submission.viewer is not None for submission in submissions), 0)
    else:
        _check_own(problems, crowd, survey, submissions)
    _check_shown(problems, crowd, survey)


def _check_own(problems: Problems, crowd: Crowd, survey: native_replies.Survey, submissions: Sequence[native_replies.Submission]) -> None:
    """Each viewer's own submission is listed with exactly the answers that were accepted."""
    listed = {submission.viewer.id: submission for submission in submissions if submission.viewer is not None}
    wrong = 0
    for viewer in crowd.entered:
        accepted = [
            outcome.answers
            for outcome in viewer.outcomes
            if outcome.survey == survey.id and outcome.refusal is None and not outcome.is_draft
        ]
        submission = listed.get(viewer.id or "")
        if not accepted or submission is None:
            wrong += bool(accepted) or submission is not None
            continue
        expected = {entry.question: entry for entry in accepted[-1 if survey.changeable else 0]}
        found = {answer.question: answer for answer in submission.answers}
        wrong += expected.keys() != found.keys() or any(
            (sorted(entry.choices or []), (entry.text and entry.text.strip()) or None, entry.rating)
            != (sorted(found[question].choices or []), found[question].text or None, found[question].rating)
            for question, entry in expected.items()
        )
    problems.expect(survey.title, "viewers whose answers are listed otherwise than given", wrong, 0)


def _check_shown(problems: Problems, crowd: Crowd, survey: native_replies.Survey) -> None:
    """Every viewer was shown the published counts."""
    if not survey.published:
        return
    expected = [question.counts for question in survey.questions]
    shown = [viewer.surveys[survey.id] for viewer in crowd.entered if survey.id in viewer.surveys]
    wrong = sum([question.counts for question in one.questions] != expected for one in shown)
    problems.expect(survey.title, "viewers shown another result", wrong, 0)


def check_marks(
    problems: Problems,
    survey: native_replies.Survey,
    submissions: Sequence[native_replies.Submission],
    marks: dict[tuple[str, str], int],
) -> None:
    """A settled exam's points and numbers of right answers, recomputed from its submissions; marks: (viewer, question) → points given."""
    problems.expect(survey.title, "state after the last mark", survey.state, "settled")
    if survey.settled_by == "marking":
        problems.expect(survey.title, "answers still to mark", survey.to_mark, 0)
    listed = {
        (submission.viewer.id, mark.question): mark.points
        for submission in submissions
        if submission.viewer is not None
        for mark in submission.marks
    }
    problems.expect(survey.title, "marks given by hand", {key: listed.get(key) for key in marks}, marks)
    problems.expect(survey.title, "points of all submissions", survey.points, sum(submission.points for submission in submissions))
    numbers = [submission.right for submission in submissions]
    expected = [RightNumber(number, numbers.count(number)) for number in sorted(set(numbers))]
    found = [RightNumber(one.number, one.count) for one in survey.right_numbers or []]
    problems.expect(survey.title, "people per number of right answers after marking", found, expected)
