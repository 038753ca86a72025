"""What our own API and socket say about answers: a viewer's own, and everybody's for the host.

An answer names its question and has what the question asks for: `choices` (option numbers from 0), `text`, `rating`, or choices and text.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from turnout.audience.rules import Viewer
from turnout.audience.wire import CommandIdText, ViewerView
from turnout.interactions.survey.filter_rules import Place, Sort
from turnout.interactions.survey.queries import OwnResult, OwnSubmission, SubmissionGiven
from turnout.interactions.survey.rules import AnswerEntry, AnswerValue, NoSuchQuestion, QuestionType, options_of
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import IdForms, Kind, QuestionId, SurveyId, UnknownId

_BALLOT = "bt_"  # ballots have no id of ours: theirs are random, and mean nothing but a place in this list

Forms = Sequence[tuple[QuestionId, QuestionType]]
"""The questions of a survey, in order: what tells an option's mask from a rating's."""


class AnswerMember(msgspec.Struct, frozen=True, gc=False):
    """An answer to one question as a viewer sends it. choices: option numbers from 0."""

    question: str
    choices: list[int] | None = None
    text: str | None = None
    rating: int | None = None


class AnswerMessage(msgspec.Struct, frozen=True, tag_field="op", tag="answer", gc=False):
    """socket: all that a viewer answers to a survey, given at once."""

    id: CommandIdText
    survey: str
    answers: list[AnswerMember]


class SaveDraftMessage(msgspec.Struct, frozen=True, tag_field="op", tag="save_draft", gc=False):
    """socket: what a viewer has filled in so far; it replaces what was saved before."""

    id: CommandIdText
    survey: str
    answers: list[AnswerMember]


class AnswerView(msgspec.Struct, frozen=True):
    """An answer to one question, with what the question asks for."""

    question: str
    choices: list[int] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    rating: int | UnsetType = UNSET


class MarkView(msgspec.Struct, frozen=True):
    """Points that a host gave by hand."""

    question: str
    points: int


class OwnResultView(msgspec.Struct, frozen=True):
    """How a viewer did. right: right answers. to_mark: answers nobody has marked yet."""

    right: int
    points: int
    to_mark: int
    marks: list[MarkView]


class Own(msgspec.Struct, frozen=True):
    """What the server holds of a viewer's answers to one survey: what was submitted, or what was saved. answers: none for an anonymous
    survey. result: once it is published, where anything can be right."""

    survey: str
    submitted: bool
    answers: list[AnswerView]
    answered_at: str | None
    result: OwnResultView | UnsetType = UNSET


class SubmissionView(msgspec.Struct, frozen=True):
    """Everything one viewer answered. viewer, answered_at: null for an anonymous survey. to_mark: answers nobody has marked yet."""

    viewer: ViewerView | None
    answers: list[AnswerView]
    answered_at: str | None
    right: int
    points: int
    to_mark: int
    marks: list[MarkView]


class SubmissionsReply(msgspec.Struct, frozen=True):
    """One page of submissions. next: the value of `after` for the page that follows, null on the last."""

    submissions: list[SubmissionView]
    next: str | None


class UnansweredView(msgspec.Struct, frozen=True):
    """Somebody who was there and has not answered. external_id: from the customer's own login, null for a nickname."""

    viewer: ViewerView
    external_id: str | None


class UnansweredReply(msgspec.Struct, frozen=True):
    """A page of who was there while a survey was open and has not answered. next: the value of `after` for the page that follows, null on
    the last."""

    viewers: list[UnansweredView]
    next: str | None


class MarkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points for one viewer's answer to one question, from 0 to the question's score."""

    viewer: str
    question: str
    points: int


def entries_of(members: list[AnswerMember], parse: Callable[[str], QuestionId]) -> list[AnswerEntry]:
    """The same in the domain's words. parse: finds the id of a question's text; raises NoSuchQuestion, naming the member."""
    entries = []
    for place, member in enumerate(members):
        try:
            question_id = parse(member.question)
        except NotFound:
            raise NoSuchQuestion(field=f"answers[{place}].question") from None
        entries.append(AnswerEntry(question_id, member.choices, member.text, member.rating))
    return entries


def answer_views(ids: IdForms, forms: Forms, values: Sequence[AnswerValue]) -> list[AnswerView]:
    """What was answered, without the questions that were not."""
    return [
        _answer_view(ids.text(Kind.QUESTION, question_id), type_, value)
        for (question_id, type_), value in zip(forms, values, strict=False)  # values: none at all for an anonymous survey
        if value is not None
    ]


def _answer_view(question: str, type_: QuestionType, value: AnswerValue) -> AnswerView:
    if isinstance(value, tuple):
        mask, text = value
        return AnswerView(question, choices=options_of(mask) or UNSET, text=text or UNSET)
    if isinstance(value, str):
        return AnswerView(question, text=value)
    mask = value or 0
    return AnswerView(question, rating=mask.bit_length() - 1) if type_ is QuestionType.RATING else AnswerView(question, options_of(mask))


def own_view(ids: IdForms, own: OwnSubmission, forms: Forms) -> Own:
    """For the viewer whose answers these are."""
    return Own(
        survey=ids.text(Kind.SURVEY, own.survey_id),
        submitted=own.submitted,
        answers=answer_views(ids, forms, own.values),
        answered_at=None if own.answered_at is None else rfc3339(own.answered_at),
        result=UNSET if own.result is None else _own_result(ids, own.result),
    )


def _own_result(ids: IdForms, result: OwnResult) -> OwnResultView:
    return OwnResultView(result.number_right, result.points, result.to_mark, _marks(ids, result.marks))


def own_views(ids: IdForms, held: Sequence[OwnSubmission], forms: Mapping[SurveyId, Forms]) -> list[Own]:
    """All that is held of one viewer. forms: of the surveys that a snapshot shows."""
    return [own_view(ids, own, forms[own.survey_id]) for own in held]


def submission_view(ids: IdForms, given: SubmissionGiven, forms: Forms) -> SubmissionView:
    """A submission as its host sees it."""
    viewer = None
    if given.viewer_id is not None:
        viewer = ViewerView(id=ids.text(Kind.VIEWER, given.viewer_id), name=given.viewer_name)
    return SubmissionView(
        viewer=viewer,
        answers=answer_views(ids, forms, given.values),
        answered_at=None if given.answered_at is None else rfc3339(given.answered_at),
        right=given.number_right,
        points=given.points,
        to_mark=given.to_mark,
        marks=_marks(ids, given.marks),
    )


def submissions_reply(ids: IdForms, found: Sequence[SubmissionGiven], forms: Forms, limit: int) -> SubmissionsReply:
    """One page; a full one says where the next begins."""
    following = _place_text(ids, found[-1]) if len(found) == limit else None
    return SubmissionsReply(submissions=[submission_view(ids, given, forms) for given in found], next=following)


def _place_text(ids: IdForms, given: SubmissionGiven) -> str:
    if given.viewer_id is None:
        return f"{_BALLOT}{given.place.id:016x}"
    viewer = ids.text(Kind.VIEWER, given.viewer_id)
    return viewer if given.place.value is None else f"{given.place.value}-{viewer}"


def read_place(ids: IdForms, after: str, sort: Sort) -> Place:
    """The place behind the `next` of a page of submissions in this order; raises UnknownId."""
    if sort is not Sort.VIEWER:
        value, _, viewer = after.partition("-")
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise UnknownId
        return Place(int(value), ids.parse_text(Kind.VIEWER, viewer))
    if not after.startswith(_BALLOT):
        return Place(None, ids.parse_text(Kind.VIEWER, after))
    digits = after.removeprefix(_BALLOT)
    if len(digits) != 16 or not set(digits) <= set("0123456789abcdef") or digits[0] > "7":
        raise UnknownId
    return Place(None, int(digits, 16))


def unanswered_reply(ids: IdForms, found: Sequence[Viewer], limit: int) -> UnansweredReply:
    """One page; a full one says where the next begins."""
    views = [UnansweredView(ViewerView(ids.text(Kind.VIEWER, viewer.id), viewer.name), viewer.external_id) for viewer in found]
    return UnansweredReply(views, views[-1].viewer.id if len(views) == limit else None)


def _marks(ids: IdForms, marks: Mapping[QuestionId, int]) -> list[MarkView]:
    return [MarkView(ids.text(Kind.QUESTION, question_id), points) for question_id, points in marks.items()]
