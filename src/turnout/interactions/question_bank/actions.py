"""What changes the question bank."""

from collections.abc import Sequence
from functools import partial

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.interactions.question_bank import queries, store
from turnout.interactions.question_bank.rules import NoSuchTemplate, Template, TemplateDraft, TooManyTemplates, check_template
from turnout.interactions.survey.commands import CreateSurvey, SurveyCreated
from turnout.interactions.survey.draft_actions import create_survey
from turnout.interactions.survey.draft_rules import places_of_pictures
from turnout.kernel import limits
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, TemplateId
from turnout.pictures import queries as pictures
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class KeepTemplates(msgspec.Struct, frozen=True):
    """New templates, all of them or none. once: the idempotency key of the call, if it had one."""

    caller: Caller
    drafts: list[TemplateDraft]
    once: idempotency.Once | None = None


class EditTemplate(msgspec.Struct, frozen=True):
    """A template written anew, questions and all."""

    caller: Caller
    template_id: TemplateId
    draft: TemplateDraft


class DeleteTemplate(msgspec.Struct, frozen=True):
    """Takes a template out of the bank. Surveys made from it stay."""

    caller: Caller
    template_id: TemplateId


class CreateFromTemplate(msgspec.Struct, frozen=True):
    """A new draft in a running live session, with what a template asks. once: the idempotency key of the call, if it had one."""

    caller: Caller
    live_session_id: LiveSessionId
    template_id: TemplateId
    once: idempotency.Once | None = None


class TemplatesKept(msgspec.Struct, frozen=True):
    """The ids of new templates, in the order of their drafts."""

    template_ids: list[TemplateId]


def keep_templates(tx: Tx, commands: Sequence[KeepTemplates]) -> Sequence[TemplatesKept | TurnoutError]:
    """Refused with InvalidInput naming the field (of the first template that is wrong), TooManyTemplates."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, TemplatesKept, partial(_keep_templates, tx, command))
        for command in commands
    ]


def _keep_templates(tx: Tx, command: KeepTemplates) -> TemplatesKept:
    account_id = command.caller.account_id
    if store.count_templates(tx.connection, account_id) + len(command.drafts) > limits.MAX_TEMPLATES_PER_ACCOUNT:
        raise TooManyTemplates
    made = [_template(tx, command.caller, draft) for draft in command.drafts]
    if made:
        store.insert_templates(tx, made)
    return TemplatesKept([template.id for template in made])


def _template(tx: Tx, caller: Caller, draft: TemplateDraft) -> Template:
    checked = _check(tx, caller, draft)
    return Template(
        id=TemplateId(tx.new_id()),
        account_id=caller.account_id,
        name=checked.name,
        tags=checked.tags,
        survey=checked.survey,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _check(tx: Tx, caller: Caller, draft: TemplateDraft) -> TemplateDraft:
    checked = check_template(draft)
    places = places_of_pictures(checked.survey)
    pictures.require_pictures(tx.connection, caller.account_id, {picture: field for field, picture in places.items()})
    return checked


def edit_template(tx: Tx, commands: Sequence[EditTemplate]) -> Sequence[Template | TurnoutError]:
    """The template as it is now. Refused with NoSuchTemplate, InvalidInput naming the field."""
    return [_edit_template(tx, command) for command in commands]


def _edit_template(tx: Tx, command: EditTemplate) -> Template:
    template = store.load_template(tx.connection, command.caller.account_id, command.template_id, lock=True)
    if template is None:
        raise NoSuchTemplate
    checked = _check(tx, command.caller, command.draft)
    template = msgspec.structs.replace(template, name=checked.name, tags=checked.tags, survey=checked.survey, updated_at=tx.now)
    store.save_template(tx, template)
    return template


def delete_template(tx: Tx, commands: Sequence[DeleteTemplate]) -> Sequence[TurnoutError | None]:
    """Refused with NoSuchTemplate."""
    return [None if store.delete_template(tx, command.caller.account_id, command.template_id) else NoSuchTemplate() for command in commands]


def create_from_template(tx: Tx, commands: Sequence[CreateFromTemplate]) -> Sequence[SurveyCreated | TurnoutError]:
    """A draft; refused with NoSuchTemplate, and as create_survey is."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, SurveyCreated, partial(_create_from_template, tx, command))
        for command in commands
    ]


def _create_from_template(tx: Tx, command: CreateFromTemplate) -> SurveyCreated:
    template = queries.access_template(tx.connection, command.caller.account_id, command.template_id)
    created = create_survey(tx, [CreateSurvey(command.caller, command.live_session_id, template.survey, template_id=template.id)])[0]
    if isinstance(created, TurnoutError):
        raise created
    return created


KEEP_TEMPLATES: Action[KeepTemplates, TemplatesKept] = Action("keep_templates", keep_templates)
EDIT_TEMPLATE: Action[EditTemplate, Template] = Action("edit_template", edit_template)
DELETE_TEMPLATE: Action[DeleteTemplate, None] = Action("delete_template", delete_template)
CREATE_FROM_TEMPLATE: Action[CreateFromTemplate, SurveyCreated] = Action("create_from_template", create_from_template, barrier=True)
