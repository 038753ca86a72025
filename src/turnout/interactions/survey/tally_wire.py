"""What the socket says about running counts: absolute, and only how many to viewers, who must not know what."""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.interactions.survey.rules import RightNumber, SurveyFacts
from turnout.interactions.survey.wire import counts_of
from turnout.kernel.ids import IdForms, Kind, SurveyId


class QuestionTally(msgspec.Struct, frozen=True):
    """Counts of one question; counts: people per option, or per rating from 1."""

    id: str
    answered: int
    right: int
    to_mark: int
    counts: list[int]


class TallyMessage(msgspec.Struct, frozen=True, tag_field="op", tag="tally"):
    """socket: absolute counts; a higher version replaces a lower one. What follows `answered` is only for hosts."""

    survey: str
    version: int
    answered: int
    right: int | UnsetType = UNSET
    points: int | UnsetType = UNSET
    to_mark: int | UnsetType = UNSET
    right_numbers: list[RightNumber] | UnsetType = UNSET
    questions: list[QuestionTally] | UnsetType = UNSET


def public_tally(ids: IdForms, survey_id: SurveyId, version: int, answered: int) -> TallyMessage:
    """How many have answered; not what."""
    return TallyMessage(survey=ids.text(Kind.SURVEY, survey_id), version=version, answered=answered)


def host_tally(ids: IdForms, facts: SurveyFacts) -> TallyMessage:
    """All counts."""
    return TallyMessage(
        survey=ids.text(Kind.SURVEY, facts.survey_id),
        version=facts.version,
        answered=facts.answered,
        right=facts.right,
        points=facts.points,
        to_mark=facts.to_mark,
        right_numbers=facts.right_numbers,
        questions=[
            QuestionTally(
                id=ids.text(Kind.QUESTION, question.question_id),
                answered=question.answered,
                right=question.right,
                to_mark=question.to_mark,
                counts=counts_of(question),
            )
            for question in facts.questions
        ],
    )
