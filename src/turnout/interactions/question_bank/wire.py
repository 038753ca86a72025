"""What our own API says about templates. A template is written as the survey it makes, with a name and tags beside it."""

import msgspec

from turnout.interactions.question_bank.rules import Template, TemplateDraft, TemplateHead
from turnout.interactions.question_bank.sheet_rules import Fault
from turnout.interactions.survey.rules import SurveyKind
from turnout.interactions.survey.wire import CreateSurveyRequest, QuestionRequest
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind, PictureId


class TemplateRequest(CreateSurveyRequest, frozen=True, forbid_unknown_fields=True):
    """A template to keep: a survey, and what it is found by. name: the survey's title where it is left out."""

    name: str = ""
    tags: list[str] = msgspec.field(default_factory=list)

    def template(self, ids: IdForms) -> TemplateDraft:
        """The same in the domain's words; raises InvalidInput for a text that is no picture's id."""
        return TemplateDraft(survey=self.draft(ids), name=self.name, tags=self.tags)


class FromSurveyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A survey of the account to keep as a template."""

    live_session: str
    survey: str
    name: str = ""
    tags: list[str] = []


class FromTemplateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The template to make a survey from."""

    template: str


class TemplateView(msgspec.Struct, frozen=True):
    """A template, complete. Its members from title to cover are those of a survey to create."""

    id: str
    name: str
    tags: list[str]
    title: str
    kind: SurveyKind
    questions: list[QuestionRequest]
    time_limit_s: int | None
    publish_on_close: bool
    anonymous: bool
    changeable: bool
    shuffle_questions: bool
    shuffle_options: bool
    cover: str | None
    question_count: int
    created_at: str
    updated_at: str


class TemplateHeadView(msgspec.Struct, frozen=True):
    """A template without its questions."""

    id: str
    name: str
    tags: list[str]
    kind: SurveyKind
    title: str
    question_count: int
    created_at: str
    updated_at: str


class TemplatesReply(msgspec.Struct, frozen=True):
    """One page of the account's templates, newest first. next: the value of `after` for the page that follows, null on the last."""

    templates: list[TemplateHeadView]
    next: str | None


class ImportedTemplate(msgspec.Struct, frozen=True):
    """A template that a file holds. id: null while nothing is kept."""

    id: str | None
    name: str
    kind: SurveyKind
    title: str
    question_count: int


class ImportFault(msgspec.Struct, frozen=True):
    """What is wrong with a file. row: from 1, the head of a sheet being row 1; of a JSON file the number of the template. column: as the
    file names it, of a JSON file the path of the field. Both are null for what concerns all."""

    row: int | None
    column: str | None
    code: str
    message: str


class ImportReply(msgspec.Struct, frozen=True):
    """What a file holds; of a template whose kind is none only the fault. kept: whether it is in the question bank now; it is not when
    anything is wrong, nor on a dry run."""

    kept: bool
    templates: list[ImportedTemplate]
    errors: list[ImportFault]


class TemplateFile(msgspec.Struct, frozen=True):
    """A JSON file of templates."""

    templates: list[TemplateRequest]


def request_of(ids: IdForms, draft: TemplateDraft) -> TemplateRequest:
    """The template as the API would be given it."""
    survey = draft.survey
    return TemplateRequest(
        name=draft.name,
        tags=draft.tags,
        title=survey.title,
        kind=survey.kind,
        questions=[
            QuestionRequest(
                title=question.title,
                type=question.type,
                options=question.options,
                option_pictures=[_picture(ids, picture) for picture in question.option_pictures],
                right_options=question.right_options,
                accepted=question.accepted,
                multiple=question.multiple,
                least=question.least,
                most=question.most,
                required=question.required,
                score=question.score,
                scale=question.scale,
                verify=question.verify,
                picture=_picture(ids, question.picture),
            )
            for question in survey.questions
        ],
        time_limit_s=survey.time_limit_s,
        publish_on_close=survey.publish_on_close,
        anonymous=survey.anonymous,
        changeable=survey.changeable,
        shuffle_questions=survey.shuffle_questions,
        shuffle_options=survey.shuffle_options,
        cover=_picture(ids, survey.cover),
    )


def _picture(ids: IdForms, picture_id: PictureId | None) -> str | None:
    return None if picture_id is None else ids.text(Kind.PICTURE, picture_id)


def template_view(ids: IdForms, template: Template) -> TemplateView:
    """For the account's own people and systems."""
    written = request_of(ids, TemplateDraft(survey=template.survey, name=template.name, tags=template.tags))
    return TemplateView(
        id=ids.text(Kind.TEMPLATE, template.id),
        question_count=len(template.survey.questions),
        created_at=rfc3339(template.created_at),
        updated_at=rfc3339(template.updated_at),
        **msgspec.structs.asdict(written),
    )


def head_view(ids: IdForms, head: TemplateHead) -> TemplateHeadView:
    """For the account's own people and systems."""
    return TemplateHeadView(
        id=ids.text(Kind.TEMPLATE, head.id),
        name=head.name,
        tags=head.tags,
        kind=head.kind,
        title=head.title,
        question_count=head.question_count,
        created_at=rfc3339(head.created_at),
        updated_at=rfc3339(head.updated_at),
    )


def imported(ids: IdForms, drafts: list[TemplateDraft], template_ids: list[int]) -> list[ImportedTemplate]:
    """What a file holds; template_ids: of what is kept, else empty."""
    return [
        ImportedTemplate(
            id=ids.text(Kind.TEMPLATE, template_ids[place]) if template_ids else None,
            name=draft.name,
            kind=draft.survey.kind,
            title=draft.survey.title,
            question_count=len(draft.survey.questions),
        )
        for place, draft in enumerate(drafts)
    ]


def import_faults(faults: list[Fault]) -> list[ImportFault]:
    """The same for the reply."""
    return [ImportFault(row=fault.row, column=fault.column, code=fault.code, message=fault.message) for fault in faults]
