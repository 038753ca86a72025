"""Handlers of surveys: HTTP for hosts, the socket for viewers' answers."""

from functools import lru_cache
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.audience.rules import NotEntered, Seat
from turnout.interactions.survey import actions, queries
from turnout.interactions.survey.rules import NoSuchQuestion
from turnout.interactions.survey.wire import (
    AnswerMessage,
    AnswersReply,
    CreateSurveyRequest,
    SurveysReply,
    SurveyView,
    answers_reply,
    host_view,
)
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler, acknowledging
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import Kind, LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime

_PATH = "/api/v1/live-sessions/{live_session:str}/surveys"
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
SurveyText = Annotated[str, Parameter(description="A survey's id, sv_…")]


@post(_PATH, tags=["surveys"], operation_id="createSurvey", summary="Prepare an answer card")
async def create_survey(
    live_session: LiveSessionText, data: CreateSurveyRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> SurveyView:
    """A draft: viewers see it once it is opened. Send an Idempotency-Key to be safe against repeats."""
    command = actions.CreateSurvey(
        caller=caller,
        live_session_id=LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)),
        draft=data.draft(),
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.CREATE_SURVEY, command, lane=command.live_session_id)
    return await _survey(caller, runtime, command.live_session_id, created.survey_id)


@get(_PATH, tags=["surveys"], operation_id="listSurveys", summary="List surveys")
async def list_surveys(live_session: LiveSessionText, caller: Caller, runtime: Runtime) -> SurveysReply:
    """The newest 500 surveys of a live session, drafts included, newest first."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    found = await runtime.database.read(lambda connection: queries.list_surveys(connection, caller.account_id, live_session_id))
    return SurveysReply(surveys=[host_view(runtime.ids, facts) for facts in found])


@get(_PATH + "/{survey:str}", tags=["surveys"], operation_id="getSurvey", summary="Get a survey with its counts")
async def get_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """One survey, complete."""
    live_session_id, survey_id = _ids(runtime, live_session, survey)
    return await _survey(caller, runtime, live_session_id, survey_id)


@post(_PATH + "/{survey:str}/open", tags=["surveys"], operation_id="openSurvey", summary="Open a survey", status_code=200)
async def open_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """Viewers can answer from now on, until it is closed or its time is over."""
    return await _change(actions.OPEN_SURVEY, live_session, survey, caller, runtime)


@post(_PATH + "/{survey:str}/close", tags=["surveys"], operation_id="closeSurvey", summary="Close a survey", status_code=200)
async def close_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """No more answers; the counts are final."""
    return await _change(actions.CLOSE_SURVEY, live_session, survey, caller, runtime)


@post(_PATH + "/{survey:str}/publish", tags=["surveys"], operation_id="publishSurvey", summary="Publish the result", status_code=200)
async def publish_survey(live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime) -> SurveyView:
    """Viewers see the right options and the counts of a closed survey."""
    return await _change(actions.PUBLISH_SURVEY, live_session, survey, caller, runtime)


@get(_PATH + "/{survey:str}/answers", tags=["surveys"], operation_id="listAnswers", summary="List answers")
async def list_answers(
    live_session: LiveSessionText,
    survey: SurveyText,
    caller: Caller,
    runtime: Runtime,
    after: Annotated[str | None, Parameter(description="`next` of the page before")] = None,
    limit: Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH)] = 100,
) -> AnswersReply:
    """Who answered what, in pages ordered by viewer."""
    live_session_id, survey_id = _ids(runtime, live_session, survey)
    after_id = None if after is None else ViewerId(runtime.ids.parse_text(Kind.VIEWER, after))
    found = await runtime.database.read(
        lambda connection: queries.list_answers(connection, caller.account_id, live_session_id, survey_id, after_id, limit)
    )
    return answers_reply(runtime.ids, found, limit)


async def _change(
    action: Action[actions.ChangeSurvey, actions.SurveyRow], live_session: str, survey: str, caller: Caller, runtime: Runtime
) -> SurveyView:
    live_session_id, survey_id = _ids(runtime, live_session, survey)
    command = actions.ChangeSurvey(caller=caller, live_session_id=live_session_id, survey_id=survey_id)
    await runtime.commit.run(action, command, lane=live_session_id)
    return await _survey(caller, runtime, live_session_id, survey_id)


async def _survey(caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, survey_id: SurveyId) -> SurveyView:
    facts = await runtime.database.read(lambda connection: queries.access_survey(connection, caller.account_id, live_session_id, survey_id))
    return host_view(runtime.ids, facts)


def _ids(runtime: Runtime, live_session: str, survey: str) -> tuple[LiveSessionId, SurveyId]:
    return (
        LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)),
        SurveyId(runtime.ids.parse_text(Kind.SURVEY, survey)),
    )


ROUTES = [create_survey, list_surveys, get_survey, open_survey, close_survey, publish_survey, list_answers]


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket messages of surveys. The handler of an answer is the hottest code of the product: nothing in it waits or allocates more
    than it must."""

    # a cache keyed by the text alone costs a third of the general one, whose key holds the kind too
    @lru_cache(maxsize=100_000)
    def parse(text: str) -> QuestionId:
        return QuestionId(runtime.ids.parse_text(Kind.QUESTION, text))

    submit = runtime.commit.submit
    now = runtime.clock.now

    def on_answer(connection: Connection, message: AnswerMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered
        try:
            question_id = parse(message.question)
        except NotFound:
            raise NoSuchQuestion(field="question") from None
        live_session_id = seat.live_session_id
        viewer_id = seat.viewer_id
        command = actions.Answer(live_session_id, question_id, viewer_id, message.choices, message.id, now())
        submit(actions.ANSWER, command, acknowledging(connection, message.id), lane=live_session_id, order=viewer_id)
        connection.in_flight += 1

    return {AnswerMessage: on_answer}
