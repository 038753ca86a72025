"""Picking and ordering submissions against the same done by hand, on both databases."""

import random
from collections.abc import Callable

import pytest

from tests.suites.domains.show import Show
from turnout.interactions.survey import queries
from turnout.interactions.survey.actions import CLOSE_SURVEY
from turnout.interactions.survey.filter_rules import Place, Result, Sort, SubmissionFilter
from turnout.interactions.survey.queries import SubmissionGiven
from turnout.interactions.survey.rules import NoSuchQuestion, QuestionDraft, QuestionType, SurveyDraft, SurveyKind
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import QuestionId, SurveyId

EXAM = SurveyDraft(
    title="Exam",
    kind=SurveyKind.EXAM,
    questions=[
        QuestionDraft(title="?", options=["A", "B", "C"], right_options=[1], score=10, required=False, multiple=True),
        QuestionDraft(title="?", type=QuestionType.COMBINED, options=["A", "B"], right_options=[0], score=5, required=False),
        QuestionDraft(title="?", type=QuestionType.RATING, scale=5, required=False, score=0),
    ],
)


def given(show: Show, survey_id: SurveyId, wanted: SubmissionFilter, page: int) -> list[SubmissionGiven]:
    """All that is wanted, page by page."""
    found: list[SubmissionGiven] = []
    after: Place | None = None
    with show.database.reading() as connection:
        while True:
            some = queries.list_submissions(connection, show.caller.account_id, show.live.id, survey_id, after, page, wanted)
            found += some
            if len(some) < page:
                return found
            after = some[-1].place


def mask(value: object) -> int:
    """The options in a value, or the rating."""
    if isinstance(value, tuple):
        return int(value[0])
    return value if isinstance(value, int) else 0


@pytest.fixture
def taken(show: Show) -> tuple[SurveyId, list[QuestionId], list[SubmissionGiven]]:
    """An exam, its questions, and all that was submitted to it."""
    survey_id, questions = show.opened(EXAM)
    chance = random.Random(4)  # noqa: S311 - a play, not a secret
    for number, viewer_id in enumerate(show.viewers(24)):
        answers = [
            (questions[0], {"choices": sorted(chance.sample(range(3), chance.randint(1, 3)))}),
            (questions[1], {"choices": [chance.randrange(2)], "text": "so"}),
            (questions[2], {"rating": chance.randint(1, 5)}),
        ]
        perfect = [(questions[0], {"choices": [1]}), (questions[1], {"choices": [0], "text": "so"})]
        show.clock.advance(chance.choice([0, 1]))
        given_now = chance.sample(answers, chance.randint(1, 3)) if number % 5 else perfect
        assert show.submit(survey_id, viewer_id, given_now) == "accepted"
    return survey_id, questions, given(show, survey_id, SubmissionFilter(), 500)


CASES: list[tuple[SubmissionFilter, Callable[[SubmissionGiven], bool]]] = [
    (SubmissionFilter(search="viewer 1"), lambda one: "Viewer 1" in one.viewer_name),
    (SubmissionFilter(search="%"), lambda _: False),
    (SubmissionFilter(result=Result.RIGHT), lambda one: one.number_right == 2),
    (SubmissionFilter(result=Result.WRONG), lambda one: one.number_right < 2),
    (SubmissionFilter(points_from=5, points_to=10), lambda one: 5 <= one.points <= 10),
    (SubmissionFilter(points_from=15), lambda one: one.points == 15),
    (SubmissionFilter(search="2", result=Result.WRONG), lambda one: "2" in one.viewer_name and one.number_right < 2),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_what_is_picked(show: Show, taken: tuple[SurveyId, list[QuestionId], list[SubmissionGiven]], number: int) -> None:
    """Each filter shows what the same test by hand leaves, in pages of any length."""
    survey_id, _, everybody = taken
    wanted, passes = CASES[number]
    expected = [one for one in everybody if passes(one)]
    assert number == 1 or 0 < len(expected) < len(everybody)

    assert given(show, survey_id, wanted, 3) == expected
    assert given(show, survey_id, wanted, 500) == expected


def test_who_chose_an_option(show: Show, taken: tuple[SurveyId, list[QuestionId], list[SubmissionGiven]]) -> None:
    """Of a choice, a choice with a text, a rating; and who answered a question at all."""
    survey_id, questions, everybody = taken
    for place, question in enumerate(questions):
        answered = [one for one in everybody if one.values[place] is not None]
        assert 0 < len(answered) < len(everybody)
        assert given(show, survey_id, SubmissionFilter(question=question), 4) == answered
        for choice in range(7):
            expected = [one for one in everybody if mask(one.values[place]) >> choice & 1]
            assert given(show, survey_id, SubmissionFilter(question=question, choice=choice), 4) == expected
    with pytest.raises(NoSuchQuestion):
        given(show, survey_id, SubmissionFilter(question=QuestionId(questions[-1] + 1000)), 9)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("descending", [False, True])
def test_orders(show: Show, taken: tuple[SurveyId, list[QuestionId], list[SubmissionGiven]], sort: Sort, descending: bool) -> None:
    """Every order, both ways, with many equals, shows each submission once however small the pages are."""
    survey_id, _, everybody = taken
    key: Callable[[SubmissionGiven], tuple[int, ...]] = {
        Sort.VIEWER: lambda one: (one.place.id,),
        Sort.ANSWERED_AT: lambda one: (one.answered_at or 0, one.place.id),
        Sort.POINTS: lambda one: (one.points, one.place.id),
        Sort.RIGHT: lambda one: (one.number_right, one.place.id),
    }[sort]
    expected = [one.viewer_id for one in sorted(everybody, key=key, reverse=descending)]

    for page in (1, 5, 500):
        assert [one.viewer_id for one in given(show, survey_id, SubmissionFilter(sort=sort, descending=descending), page)] == expected


def test_who_has_not_answered(show: Show) -> None:
    """Who was there while it was open and has submitted nothing: not who left before or came after it."""
    before, *others = show.enter(5)
    show.leave(before.viewer.id, before.seat.visit_id)
    show.clock.advance(1)
    survey_id, (question, *_) = show.opened(EXAM)
    show.clock.advance(1)
    late = show.viewers(1)[0]
    assert show.submit(survey_id, others[1].viewer.id, [(question, {"choices": [0]})]) == "accepted"
    show.clock.advance(1)
    show.change(CLOSE_SURVEY, survey_id)
    show.clock.advance(1)
    show.viewers(1)

    def names(search: str = "", limit: int = 500) -> list[int]:
        found: list[int] = []
        with show.database.reading() as connection:
            while True:
                page = queries.list_unanswered(
                    connection,
                    show.caller.account_id,
                    show.live.id,
                    survey_id,
                    show.clock.now(),
                    search=search,
                    after=found[-1] if found else None,  # type: ignore[arg-type]
                    limit=limit,
                )
                found += [viewer.id for viewer in page]
                if len(page) < limit:
                    return found

    expected = [others[0].viewer.id, others[2].viewer.id, others[3].viewer.id, late]
    assert names() == names(limit=1) == expected
    assert names("Viewer 3") == [others[2].viewer.id]


def test_ballots_are_not_picked(show: Show) -> None:
    """Of an anonymous survey nobody may pick or order ballots, nor ask who has cast none."""
    secret = SurveyDraft(title="Vote", kind=SurveyKind.VOTE, anonymous=True, questions=[QuestionDraft(title="?", options=["A", "B"])])
    survey_id, (question,) = show.opened(secret)
    show.submit(survey_id, show.viewers(1)[0], [(question, {"choices": [0]})])
    show.change(CLOSE_SURVEY, survey_id)
    key = (show.caller.account_id, show.live.id, survey_id)
    with show.database.reading() as connection:
        for wanted in (SubmissionFilter(search="V"), SubmissionFilter(question=question), SubmissionFilter(sort=Sort.POINTS)):
            with pytest.raises(InvalidInput):
                queries.list_submissions(connection, *key, None, 9, wanted)
        with pytest.raises(InvalidInput):
            queries.list_unanswered(connection, *key, show.clock.now())
        assert len(queries.list_submissions(connection, *key)) == 1
