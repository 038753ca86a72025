"""Compares what the API says of a survey with what the viewers know of it."""

from collections.abc import Collection, Sequence

from turnout.client import native_replies
from turnout.rehearsal.counting import RightNumber, Told
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.messages import Entry

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

    def expect_people(self, title: str, what: str, found: object, expected: int | Sequence[int], others: int) -> None:
        """The same of numbers of people, to each of which so many others may have come: adds a sentence when the server's are lower, or
        higher by more."""
        if not others:
            self.expect(title, what, found, expected)
        elif not _holds(found, expected, others):
            self.add(f"{title}: {what}: the server says {found}, the viewers {expected}, and there were {others} others")


def _holds(found: object, expected: int | Sequence[int], others: int) -> bool:
    if isinstance(found, int) and isinstance(expected, int):
        return 0 <= found - expected <= others
    if not isinstance(found, list) or isinstance(expected, int):
        return False
    return len(found) == len(expected) and all(_holds(one, other, others) for one, other in zip(found, expected, strict=True))


def check_survey(
    problems: Problems,
    crowd: Crowd,
    survey: native_replies.Survey,
    submissions: Sequence[native_replies.Submission],
    others: Collection[str],
) -> None:
    """A closed survey's tallies, its rows, and what the viewers were shown in the end, against what the viewers counted. Of answers that
    only a host can judge nothing is right yet.

    others: ids of people in the room who are no viewers of ours. What they submitted is counted from the rows; of an anonymous survey,
    whose rows name nobody, each number may be higher by as many people as they are.
    """
    title = survey.title
    count = crowd.count(survey, _told_of(others, submissions))
    unseen = len(others) if survey.anonymous else 0
    problems.expect_people(title, "people who could answer", survey.expected, len(crowd.entered), len(others))
    problems.expect_people(title, "people who answered", survey.answered, count.answered, unseen)
    problems.expect(title, "people of whom two submissions were accepted", count.twice, 0)
    problems.expect(title, "submissions listed", len(submissions), survey.answered if unseen else count.answered)
    for number, (question, counted) in enumerate(zip(survey.questions, count.questions, strict=True), 1):
        place = f"{title}, question {number}"
        problems.expect_people(place, "people who answered", question.answered, counted.answered, unseen)
        problems.expect_people(place, "people per option", question.counts, counted.counts, unseen)
        problems.expect_people(place, "people who answered right", question.right, counted.right, unseen)
        listed = sum(answer.question == question.id for submission in submissions for answer in submission.answers)
        problems.expect(place, "answers listed", listed, question.answered if unseen else counted.answered)
    problems.expect_people(title, "people who answered everything right", survey.right, count.right, unseen)
    if count.right_numbers:
        found = {one.number: one.count for one in survey.right_numbers or []}
        expected = {one.number: one.count for one in count.right_numbers}
        numbers = sorted({*found, *expected})
        what = f"people with {', '.join(map(str, numbers))} right answers"
        problems.expect_people(
            title, what, [found.get(number, 0) for number in numbers], [expected.get(number, 0) for number in numbers], unseen
        )
    if survey.anonymous:
        problems.expect(title, "submissions that name a viewer", sum(submission.viewer is not None for submission in submissions), 0)
    else:
        _check_own(problems, crowd, survey, submissions)
    _check_shown(problems, crowd, survey)


def _told_of(others: Collection[str], submissions: Sequence[native_replies.Submission]) -> list[Told]:
    """What became of others' submissions, as far as the rows name them."""
    return [
        Told(accepted=[[Entry(answer.question, answer.choices, answer.text, answer.rating) for answer in submission.answers]], refusals=[])
        for submission in submissions
        if submission.viewer is not None and submission.viewer.id in others
    ]


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
