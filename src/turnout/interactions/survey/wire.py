"""What our own API and socket say about surveys.

Two views of one survey: the host's is complete; the public one has no drafts, and shows right options and counts once published.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from turnout.audience.wire import CommandIdText, ViewerView
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.queries import AnswerGiven
from turnout.interactions.survey.rules import QuestionDraft, QuestionFacts, SurveyDraft, SurveyFacts, options_of
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind, QuestionId, SurveyId


class AnswerMessage(msgspec.Struct, frozen=True, tag_field="op", tag="answer", gc=False):
    """socket: a viewer's answer. choices: option numbers from 0."""

    id: CommandIdText
    question: str
    choices: list[int]


class QuestionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A choice question to ask. right_options: option numbers from 0."""

    options: list[str]
    title: str = ""
    right_options: list[int] = []
    multiple: bool = False
    score: int = 0


class CreateSurveyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer card to prepare. time_limit_s: seconds from opening to the automatic close."""

    title: str
    question: QuestionRequest
    kind: Literal["answer_card"] = "answer_card"
    time_limit_s: int | None = None
    publish_on_close: bool = True

    def draft(self) -> SurveyDraft:
        """The same in the domain's words."""
        question = self.question
        return SurveyDraft(
            title=self.title,
            question=QuestionDraft(
                title=question.title,
                options=question.options,
                right_options=question.right_options,
                multiple=question.multiple,
                score=question.score,
            ),
            time_limit_s=self.time_limit_s,
            publish_on_close=self.publish_on_close,
        )


class QuestionView(msgspec.Struct, frozen=True):
    """A question. right_options, counts (per option), answered, right: absent from the public view until published."""

    id: str
    type: Literal["choice"]
    title: str
    multiple: bool
    score: int
    options: list[str]
    right_options: list[int] | UnsetType = UNSET
    counts: list[int] | UnsetType = UNSET
    answered: int | UnsetType = UNSET
    right: int | UnsetType = UNSET


class SurveyView(msgspec.Struct, frozen=True):
    """A survey. expected: people who can answer; right: people who answered everything right; these, created_at, time_limit_s and
    publish_on_close only in the host's view."""

    id: str
    kind: Literal["answer_card"]
    title: str
    state: State
    published: bool
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    closed_by: Literal["host", "time_limit", "live_session_end"] | None
    answered: int
    version: int
    questions: list[QuestionView]
    expected: int | UnsetType = UNSET
    right: int | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    time_limit_s: int | UnsetType | None = UNSET
    publish_on_close: bool | UnsetType = UNSET


class SurveysReply(msgspec.Struct, frozen=True):
    """The surveys of a live session, newest first."""

    surveys: list[SurveyView]


class TallyMessage(msgspec.Struct, frozen=True, tag_field="op", tag="tally"):
    """socket: absolute counts; a higher version replaces a lower one. right, questions: only for hosts."""

    survey: str
    version: int
    answered: int
    right: int | UnsetType = UNSET
    questions: "list[QuestionTally] | UnsetType" = UNSET


class QuestionTally(msgspec.Struct, frozen=True):
    """Counts of one question; counts: people per option."""

    id: str
    answered: int
    right: int
    counts: list[int]


class AnswerView(msgspec.Struct, frozen=True):
    """An answer as its host sees it."""

    viewer: ViewerView
    question: str
    choices: list[int]
    answered_at: str


class AnswersReply(msgspec.Struct, frozen=True):
    """One page of answers. next: the value of `after` for the page that follows, null on the last."""

    answers: list[AnswerView]
    next: str | None


class MyAnswer(msgspec.Struct, frozen=True):
    """A viewer's own answer."""

    question: str
    choices: list[int]


def host_view(ids: IdForms, facts: SurveyFacts) -> SurveyView:
    """All of a survey."""
    return _view(ids, facts, host=True)


def public_view(ids: IdForms, facts: SurveyFacts) -> SurveyView:
    """What every viewer may see of an opened survey; right options and counts only once they are published."""
    return _view(ids, facts, host=False)


def _view(ids: IdForms, facts: SurveyFacts, *, host: bool) -> SurveyView:
    draft = facts.state is State.DRAFT
    view = SurveyView(
        id=ids.text(Kind.SURVEY, facts.survey_id),
        kind=facts.kind.value,
        title=facts.title,
        state=facts.state,
        published=facts.published,
        opened_at=None if draft else rfc3339(facts.opened_at),
        closes_at=_time(facts.closes_at),
        closed_at=_time(facts.closed_at),
        closed_by=None if facts.closed_by is None else facts.closed_by.value,
        answered=facts.answered,
        version=facts.version,
        questions=[_question_view(ids, question, complete=host or facts.published) for question in facts.questions],
    )
    if not host:
        return view
    return msgspec.structs.replace(
        view,
        expected=facts.expected,
        right=facts.right,
        created_at=rfc3339(facts.created_at),
        time_limit_s=facts.time_limit_s,
        publish_on_close=facts.publish_on_close,
    )


def _question_view(ids: IdForms, question: QuestionFacts, *, complete: bool) -> QuestionView:
    view = QuestionView(
        id=ids.text(Kind.QUESTION, question.question_id),
        type="choice",
        title=question.title,
        multiple=question.multiple,
        score=question.score,
        options=question.options,
    )
    if not complete:
        return view
    return msgspec.structs.replace(
        view, right_options=question.right_options, counts=_counts(question), answered=question.answered, right=question.right
    )


def _counts(question: QuestionFacts) -> list[int]:
    counts = [0] * len(question.options)
    for combination in question.combinations:
        for index in combination.options:
            counts[index] += combination.count
    return counts


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)


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
        questions=[
            QuestionTally(
                id=ids.text(Kind.QUESTION, question.question_id),
                answered=question.answered,
                right=question.right,
                counts=_counts(question),
            )
            for question in facts.questions
        ],
    )


def answers_reply(ids: IdForms, answers: list[AnswerGiven], limit: int) -> AnswersReply:
    """One page."""
    views = [
        AnswerView(
            viewer=ViewerView(id=ids.text(Kind.VIEWER, given.viewer_id), name=given.viewer_name),
            question=ids.text(Kind.QUESTION, given.question_id),
            choices=given.choices,
            answered_at=rfc3339(given.answered_at),
        )
        for given in answers
    ]
    return AnswersReply(answers=views, next=views[-1].viewer.id if len(views) == limit else None)


def my_answer(ids: IdForms, question_id: QuestionId, choices: int) -> MyAnswer:
    """A viewer's own answer; choices: the mask."""
    return MyAnswer(question=ids.text(Kind.QUESTION, question_id), choices=options_of(choices))
