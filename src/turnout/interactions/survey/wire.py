"""What our own API and socket say about surveys; what is said about answers stands in answer_wire.py, running counts in
tally_wire.py.

Two views of one survey: the host's is complete; the public one has no drafts, and shows right answers and counts once published.
"""

import msgspec
from msgspec import UNSET, UnsetType

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import (
    ClosedBy,
    QuestionDraft,
    QuestionFacts,
    QuestionType,
    RightNumber,
    SettledBy,
    SurveyDraft,
    SurveyFacts,
    SurveyKind,
)
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import IdForms, Kind, PictureId
from turnout.pictures.wire import picture_path


class QuestionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to ask. right_options: option numbers from 0. accepted: forms of a right text, for fill_in. least, most: of a multiple
    choice. scale: the highest rating. verify: check the shape of a name, mobile number or mail address. picture, option_pictures: pc_…"""

    title: str = ""
    type: QuestionType = QuestionType.CHOICE
    options: list[str] = []
    option_pictures: list[str | None] = []
    right_options: list[int] = []
    accepted: list[str] = []
    multiple: bool = False
    least: int | None = None
    most: int | None = None
    required: bool = False
    score: int = 0
    scale: int = 5
    verify: bool = True
    picture: str | None = None

    def draft(self, ids: IdForms, path: str) -> QuestionDraft:
        """The same in the domain's words. path: of this question in the request, for errors."""
        return QuestionDraft(
            title=self.title,
            type=self.type,
            options=self.options,
            option_pictures=[
                read_picture(ids, text, f"{path}.option_pictures[{place}]") for place, text in enumerate(self.option_pictures)
            ],
            right_options=self.right_options,
            accepted=self.accepted,
            multiple=self.multiple,
            least=self.least,
            most=self.most,
            required=self.required,
            score=self.score,
            scale=self.scale,
            verify=self.verify,
            picture=read_picture(ids, self.picture, f"{path}.picture"),
        )


class CreateSurveyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A survey as its host writes it. time_limit_s: seconds from opening to the automatic close. publish_on_close: viewers are shown right
    answers and counts as soon as it closes; true when left out, in an exam too. changeable: answers can be given anew until the close.
    shuffle_questions, shuffle_options: each viewer sees an order of their own. cover: pc_…"""

    title: str
    questions: list[QuestionRequest]
    kind: SurveyKind = SurveyKind.ANSWER_CARD
    time_limit_s: int | None = None
    publish_on_close: bool = True
    anonymous: bool = False
    changeable: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    cover: str | None = None

    def draft(self, ids: IdForms) -> SurveyDraft:
        """The same in the domain's words; raises InvalidInput for a text that is no picture's id."""
        return SurveyDraft(
            title=self.title,
            questions=[question.draft(ids, f"questions[{place}]") for place, question in enumerate(self.questions)],
            kind=self.kind,
            time_limit_s=self.time_limit_s,
            publish_on_close=self.publish_on_close,
            anonymous=self.anonymous,
            changeable=self.changeable,
            shuffle_questions=self.shuffle_questions,
            shuffle_options=self.shuffle_options,
            cover=read_picture(ids, self.cover, "cover"),
        )


class CopySurveyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the copy goes: a running live session of the account."""

    live_session: str


class QuestionView(msgspec.Struct, frozen=True):
    """A question. pictures: of the options, [] when none has one. counts: people per option, or per rating from 1. right_options, accepted,
    counts, answered, right: absent from the public view until published. by_hand, to_mark: only in the host's view."""

    id: str
    type: QuestionType
    title: str
    picture: str | None
    required: bool
    score: int
    options: list[str]
    pictures: list[str | None]
    multiple: bool
    least: int | None
    most: int | None
    scale: int
    verify: bool
    right_options: list[int] | UnsetType = UNSET
    accepted: list[str] | UnsetType = UNSET
    counts: list[int] | UnsetType = UNSET
    answered: int | UnsetType = UNSET
    right: int | UnsetType = UNSET
    by_hand: bool | UnsetType = UNSET
    to_mark: int | UnsetType = UNSET


class SurveyView(msgspec.Struct, frozen=True):
    """A survey. answered: people who submitted. right: people who answered everything right; right_numbers: people by how many of their
    answers are right; both absent from the public view until published. What follows them is only in the host's view: expected: people who
    can answer; points: the sum over all; to_mark: answers not marked yet; template: where it was made from; revision: of the draft."""

    id: str
    kind: SurveyKind
    title: str
    cover: str | None
    state: State
    published: bool
    anonymous: bool
    changeable: bool
    shuffle_questions: bool
    shuffle_options: bool
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    closed_by: ClosedBy | None
    answered: int
    version: int
    questions: list[QuestionView]
    right: int | UnsetType = UNSET
    right_numbers: list[RightNumber] | UnsetType = UNSET
    expected: int | UnsetType = UNSET
    points: int | UnsetType = UNSET
    to_mark: int | UnsetType = UNSET
    settled_by: SettledBy | UnsetType | None = UNSET
    template: str | UnsetType | None = UNSET
    revision: int | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    time_limit_s: int | UnsetType | None = UNSET
    publish_on_close: bool | UnsetType = UNSET


class SurveysReply(msgspec.Struct, frozen=True):
    """One page of a live session's surveys, newest first. next: the value of `after` for the page that follows, null on the last."""

    surveys: list[SurveyView]
    next: str | None


def host_view(ids: IdForms, facts: SurveyFacts) -> SurveyView:
    """All of a survey."""
    return _view(ids, facts, host=True)


def public_view(ids: IdForms, facts: SurveyFacts) -> SurveyView:
    """What every viewer may see of a survey that was opened; results only once they are published, and not of one that was withdrawn."""
    return _view(ids, facts, host=False)


def _is_public(facts: SurveyFacts) -> bool:
    return facts.published and facts.state is not State.WITHDRAWN


def _view(ids: IdForms, facts: SurveyFacts, *, host: bool) -> SurveyView:
    complete = host or _is_public(facts)
    return SurveyView(
        id=ids.text(Kind.SURVEY, facts.survey_id),
        kind=facts.kind,
        title=facts.title,
        cover=_path(ids, facts.cover),
        state=facts.state,
        published=facts.published,
        anonymous=facts.anonymous,
        changeable=facts.changeable,
        shuffle_questions=facts.shuffle_questions,
        shuffle_options=facts.shuffle_options,
        opened_at=rfc3339(facts.opened_at) if was_opened(facts) else None,
        closes_at=_time(facts.closes_at),
        closed_at=_time(facts.closed_at),
        closed_by=facts.closed_by,
        answered=facts.answered,
        version=facts.version,
        questions=[_question_view(ids, question, host=host, complete=complete) for question in facts.questions],
        right=facts.right if complete else UNSET,
        right_numbers=facts.right_numbers if complete else UNSET,
        expected=facts.expected if host else UNSET,
        points=facts.points if host else UNSET,
        to_mark=facts.to_mark if host else UNSET,
        settled_by=facts.settled_by if host else UNSET,
        template=_template(ids, facts) if host else UNSET,
        revision=facts.revision if host else UNSET,
        created_at=rfc3339(facts.created_at) if host else UNSET,
        time_limit_s=facts.time_limit_s if host else UNSET,
        publish_on_close=facts.publish_on_close if host else UNSET,
    )


def _template(ids: IdForms, facts: SurveyFacts) -> str | None:
    return None if facts.template_id is None else ids.text(Kind.TEMPLATE, facts.template_id)


def was_opened(facts: SurveyFacts) -> bool:
    """Whether viewers have ever seen it: a draft that was withdrawn was not."""
    return facts.opened_at != facts.created_at


def _question_view(ids: IdForms, question: QuestionFacts, *, host: bool, complete: bool) -> QuestionView:
    return QuestionView(
        id=ids.text(Kind.QUESTION, question.question_id),
        type=QuestionType(question.type),
        title=question.title,
        picture=_path(ids, question.picture),
        required=question.required,
        score=question.score,
        options=question.options,
        pictures=[_path(ids, picture) for picture in question.option_pictures],
        multiple=question.multiple,
        least=question.least,
        most=question.most,
        scale=question.scale,
        verify=question.verify,
        right_options=question.right_options if complete else UNSET,
        accepted=question.accepted if complete else UNSET,
        counts=counts_of(question) if complete else UNSET,
        answered=question.answered if complete else UNSET,
        right=question.right if complete else UNSET,
        by_hand=question.by_hand if host else UNSET,
        to_mark=question.to_mark if host else UNSET,
    )


def counts_of(question: QuestionFacts) -> list[int]:
    """People per option; per rating, from 1; [] where a question has neither."""
    rating = question.type == QuestionType.RATING
    counts = [0] * (question.scale if rating else len(question.options))
    for combination in question.combinations:
        for option in combination.options:
            counts[option - 1 if rating else option] += combination.count
    return counts


def _path(ids: IdForms, picture_id: PictureId | None) -> str | None:
    return None if picture_id is None else picture_path(ids, picture_id)


def read_picture(ids: IdForms, text: str | None, field: str) -> PictureId | None:
    """The picture with this id; raises InvalidInput for a text that is none."""
    if text is None:
        return None
    try:
        return PictureId(ids.parse_text(Kind.PICTURE, text))
    except NotFound:
        raise InvalidInput("there is no such picture", field=field) from None


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
