"""HTTP handlers of the question bank."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.interactions.question_bank import actions, queries
from turnout.interactions.question_bank.rules import TemplateDraft
from turnout.interactions.question_bank.wire import (
    FromSurveyRequest,
    FromTemplateRequest,
    TemplateRequest,
    TemplatesReply,
    TemplateView,
    head_view,
    template_view,
)
from turnout.interactions.survey import queries as survey_queries
from turnout.interactions.survey.wire import SurveyView, host_view
from turnout.kernel import limits
from turnout.kernel.ids import Kind, LiveSessionId, SurveyId, TemplateId
from turnout.storage.runtime import Runtime

PATH = "/api/v1/templates"
TemplateText = Annotated[str, Parameter(description="A template's id, tp_…")]


@post(PATH, tags=["question bank"], operation_id="createTemplate", summary="Keep a template")
async def create_template(data: TemplateRequest, caller: Caller, runtime: Runtime, request: AnyRequest) -> TemplateView:
    """A survey for later, in the account's question bank. Send an Idempotency-Key to be safe against repeats."""
    command = actions.KeepTemplates(caller=caller, drafts=[data.template(runtime.ids)], once=await once_of_request(request))
    return await _keep(caller, runtime, command)


@get(PATH, tags=["question bank"], operation_id="listTemplates", summary="List templates")
async def list_templates(
    caller: Caller,
    runtime: Runtime,
    search: Annotated[str, Parameter(description="Words that its name, tags, title or questions hold, all of them")] = "",
    after: Annotated[str | None, Parameter(description="`next` of the page before")] = None,
    limit: Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")] = 50,
) -> TemplatesReply:
    """The account's templates without their questions, newest first, in pages."""
    before = None if after is None else TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, after))
    found = await runtime.database.read(
        lambda connection: queries.list_templates(connection, caller.account_id, search=search, before=before, limit=limit)
    )
    views = [head_view(runtime.ids, head) for head in found]
    return TemplatesReply(templates=views, next=views[-1].id if len(views) == limit else None)


@get(PATH + "/{template:str}", tags=["question bank"], operation_id="getTemplate", summary="Get a template")
async def get_template(template: TemplateText, caller: Caller, runtime: Runtime) -> TemplateView:
    """One template, complete."""
    return await _read(caller, runtime, TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, template)))


@put(PATH + "/{template:str}", tags=["question bank"], operation_id="editTemplate", summary="Edit a template")
async def edit_template(template: TemplateText, data: TemplateRequest, caller: Caller, runtime: Runtime) -> TemplateView:
    """The whole template anew. Surveys made from it before stay as they are."""
    command = actions.EditTemplate(
        caller=caller, template_id=TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, template)), draft=data.template(runtime.ids)
    )
    return template_view(runtime.ids, await runtime.commit.run(actions.EDIT_TEMPLATE, command, lane=caller.account_id))


@delete(PATH + "/{template:str}", tags=["question bank"], operation_id="deleteTemplate", summary="Delete a template")
async def delete_template(template: TemplateText, caller: Caller, runtime: Runtime) -> None:
    """Takes it out of the question bank. Surveys made from it stay."""
    command = actions.DeleteTemplate(caller=caller, template_id=TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, template)))
    await runtime.commit.run(actions.DELETE_TEMPLATE, command, lane=caller.account_id)


@post(PATH + "/from-survey", tags=["question bank"], operation_id="keepSurvey", summary="Keep a survey as a template")
async def keep_survey(data: FromSurveyRequest, caller: Caller, runtime: Runtime, request: AnyRequest) -> TemplateView:
    """What a survey asks, whatever has become of it; not its answers. Send an Idempotency-Key to be safe against repeats."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, data.live_session))
    survey_id = SurveyId(runtime.ids.parse_text(Kind.SURVEY, data.survey))
    asked = await runtime.database.read(
        lambda connection: survey_queries.access_draft(connection, caller.account_id, live_session_id, survey_id)
    )
    draft = TemplateDraft(survey=asked, name=data.name, tags=data.tags)
    command = actions.KeepTemplates(caller=caller, drafts=[draft], once=await once_of_request(request))
    return await _keep(caller, runtime, command)


@post(
    "/api/v1/live-sessions/{live_session:str}/surveys/from-template",
    tags=["question bank"],
    operation_id="createSurveyFromTemplate",
    summary="Prepare a survey from a template",
)
async def create_survey_from_template(
    live_session: Annotated[str, Parameter(description="A live session's id, ls_…")],
    data: FromTemplateRequest,
    caller: Caller,
    runtime: Runtime,
    request: AnyRequest,
) -> SurveyView:
    """A draft with the template's questions and settings. Send an Idempotency-Key to be safe against repeats."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    command = actions.CreateFromTemplate(
        caller=caller,
        live_session_id=live_session_id,
        template_id=TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, data.template)),
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.CREATE_FROM_TEMPLATE, command, lane=live_session_id)
    facts = await runtime.database.read(
        lambda connection: survey_queries.access_survey(connection, caller.account_id, live_session_id, created.survey_id)
    )
    return host_view(runtime.ids, facts)


async def _keep(caller: Caller, runtime: Runtime, command: actions.KeepTemplates) -> TemplateView:
    kept = await runtime.commit.run(actions.KEEP_TEMPLATES, command, lane=caller.account_id)
    return await _read(caller, runtime, kept.template_ids[0])


async def _read(caller: Caller, runtime: Runtime, template_id: TemplateId) -> TemplateView:
    found = await runtime.database.read(lambda connection: queries.access_template(connection, caller.account_id, template_id))
    return template_view(runtime.ids, found)


ROUTES = [create_template, list_templates, get_template, edit_template, delete_template, keep_survey, create_survey_from_template]
