"""HTTP handlers of surveys, for hosts; what concerns answers stands in answer_api.py."""

from typing import Annotated

from litestar import get, post, put
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.interactions.handling import AfterText, HostReads, LiveSessionText, PageLength, live_session_of
from turnout.interactions.survey import actions, queries
from turnout.interactions.survey.rules import SurveyFacts
from turnout.interactions.survey.wire import CopySurveyRequest, CreateSurveyRequest, SurveysReply, SurveyView, host_view
from turnout.kernel import limits
from turnout.kernel.documented import FROM_0
from turnout.kernel.ids import Kind, SurveyId
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime

PATH = "/api/v1/live-sessions/{live_session:str}/surveys"
SurveyText = Annotated[str, Parameter(description="A survey's id, sv_…")]
Revision = Annotated[
    int | None,
    Parameter(
        ge=0,
        schema_extra=FROM_0,
        description="The draft's revision as it was read. One that was changed since is left alone: draft_changed.",
    ),
]

READS: HostReads[SurveyId, SurveyFacts, SurveyView] = HostReads(
    Kind.SURVEY, SurveyId, queries.access_survey, queries.list_surveys, host_view
)
"""How hosts read surveys."""


@post(PATH, tags=["surveys"], operation_id="createSurvey", summary="Prepare a survey")
async def create_survey(
    live_session: LiveSessionText, data: CreateSurveyRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> SurveyView:
    """A draft: viewers see it once it is opened. publish_on_close, true when left out, shows them right answers and counts as soon as it
    closes, in an exam too. Send an Idempotency-Key to be safe against repeats."""
    command = actions.CreateSurvey(
        caller=caller,
        live_session_id=live_session_of(runtime, live_session),
        draft=data.draft(runtime.ids),
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.CREATE_SURVEY, command, lane=command.live_session_id)
    return await READS.one(caller, runtime, command.live_session_id, created.survey_id)


@get(PATH, tags=["surveys"], operation_id="listSurveys", summary="List surveys")
async def list_surveys(
    live_session: LiveSessionText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> SurveysReply:
    """The surveys of a live session, drafts included, newest first, in pages."""
    views, following = await READS.page(caller, runtime, live_session, after, limit)
    return SurveysReply(surveys=views, next=following)


@get(PATH + "/{survey:str}", tags=["surveys"], operation_id="getSurvey", summary="Get a survey with its counts")
async def get_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """One survey, complete."""
    return await READS.one(caller, runtime, *READS.ids(runtime, live_session, survey))


@put(PATH + "/{survey:str}", tags=["surveys"], operation_id="editSurvey", summary="Edit a draft")
async def edit_survey(
    live_session: LiveSessionText,
    survey: SurveyText,
    data: CreateSurveyRequest,
    caller: Caller,
    runtime: Runtime,
    revision: Revision = None,
) -> SurveyView:
    """The whole draft anew, questions and all. What was opened once cannot be edited: withdraw it, or copy it."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    draft = data.draft(runtime.ids)
    command = actions.EditSurvey(caller=caller, live_session_id=live_session_id, survey_id=survey_id, draft=draft, revision=revision)
    await runtime.commit.run(actions.EDIT_SURVEY, command, lane=live_session_id)
    return await READS.one(caller, runtime, live_session_id, survey_id)


@post(PATH + "/{survey:str}/open", tags=["surveys"], operation_id="openSurvey", summary="Open a survey", status_code=200)
async def open_survey(
    live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime, revision: Revision = None
) -> SurveyView:
    """Viewers can answer from now on, until it is closed or its time is over."""
    return await _change(actions.OPEN_SURVEY, live_session, survey, caller, runtime, revision)


@post(PATH + "/{survey:str}/close", tags=["surveys"], operation_id="closeSurvey", summary="Close a survey", status_code=200)
async def close_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """No more answers. It is settled as well, its result fixed for ever, unless there are answers to mark by hand."""
    return await _change(actions.CLOSE_SURVEY, live_session, survey, caller, runtime)


@post(PATH + "/{survey:str}/publish", tags=["surveys"], operation_id="publishSurvey", summary="Publish the result", status_code=200)
async def publish_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """Viewers see the right answers and the counts of a closed survey, and their own results."""
    return await _change(actions.PUBLISH_SURVEY, live_session, survey, caller, runtime)


@post(PATH + "/{survey:str}/settle", tags=["surveys"], operation_id="settleSurvey", summary="Settle a survey", status_code=200)
async def settle_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """The result of a closed survey is fixed for ever; answers nobody has marked count 0 points."""
    return await _change(actions.SETTLE_SURVEY, live_session, survey, caller, runtime)


@post(PATH + "/{survey:str}/withdraw", tags=["surveys"], operation_id="withdrawSurvey", summary="Withdraw a survey", status_code=200)
async def withdraw_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """Takes it back for ever, unless it is settled: it disappears from viewers, and its answers count nowhere."""
    return await _change(actions.WITHDRAW_SURVEY, live_session, survey, caller, runtime)


@post(PATH + "/{survey:str}/copy", tags=["surveys"], operation_id="copySurvey", summary="Copy a survey")
async def copy_survey(
    live_session: LiveSessionText, survey: SurveyText, data: CopySurveyRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> SurveyView:
    """A draft with the same questions and settings, in the live session that the body names. Send an Idempotency-Key to be safe against
    repeats."""
    source_id, source_survey_id = READS.ids(runtime, live_session, survey)
    command = actions.CopySurvey(
        caller=caller,
        live_session_id=live_session_of(runtime, data.live_session),
        source_live_session_id=source_id,
        source_survey_id=source_survey_id,
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.COPY_SURVEY, command, lane=command.live_session_id)
    return await READS.one(caller, runtime, command.live_session_id, created.survey_id)


async def _change(
    action: Action[actions.ChangeSurvey, SurveyFacts],
    live_session: str,
    survey: str,
    caller: Caller,
    runtime: Runtime,
    revision: int | None = None,
) -> SurveyView:
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    command = actions.ChangeSurvey(caller=caller, live_session_id=live_session_id, survey_id=survey_id, revision=revision)
    return host_view(runtime.ids, await runtime.commit.run(action, command, lane=live_session_id))


ROUTES = [
    create_survey,
    list_surveys,
    get_survey,
    edit_survey,
    open_survey,
    close_survey,
    publish_survey,
    settle_survey,
    withdraw_survey,
    copy_survey,
]
