"""Handlers of answers: the socket for viewers who give them, HTTP for hosts who read and mark them."""

from functools import lru_cache
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import get, post
from litestar.di import Provide
from litestar.params import Parameter, QueryParameter

from turnout.accounts.caller import Caller
from turnout.audience.api import SearchText
from turnout.audience.rules import NotEntered, Seat
from turnout.interactions.handling import AfterText, LiveSessionText, PageLength, known_id
from turnout.interactions.survey import actions, queries
from turnout.interactions.survey.actions import SUBMIT, Submit
from turnout.interactions.survey.answer_wire import (
    AnswerMessage,
    MarkRequest,
    SaveDraftMessage,
    SubmissionsReply,
    UnansweredReply,
    entries_of,
    read_place,
    submissions_reply,
    unanswered_reply,
)
from turnout.interactions.survey.api import PATH, READS, SurveyText
from turnout.interactions.survey.filter_rules import Result, Sort, SubmissionFilter
from turnout.interactions.survey.rules import NoSuchQuestion, NoSuchSurvey
from turnout.interactions.survey.wire import SurveyView
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler
from turnout.kernel.documented import FROM_0
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import Kind, QuestionId, SurveyId, ViewerId
from turnout.kernel.text import check_text
from turnout.storage.runtime import Runtime

ResultName = Annotated[Result | None, Parameter(description="right: everything is that can be; wrong: something is not")]
PointsFrom = Annotated[
    int | None,
    QueryParameter(name="points_from", ge=0, le=limits.MAX_POINTS_ASKED, schema_extra=FROM_0, description="The fewest points"),
]
PointsTo = Annotated[
    int | None, QueryParameter(name="points_to", ge=0, le=limits.MAX_POINTS_ASKED, schema_extra=FROM_0, description="The most points")
]
QuestionText = Annotated[str | None, Parameter(description="Only who answered this question, qn_…")]
ChoiceNumber = Annotated[
    int | None,
    Parameter(
        ge=0,
        le=limits.MAX_CHOICE_ASKED,
        schema_extra=FROM_0,
        description="With question: only who chose this option, from 0, or gave this rating",
    ),
]
SortName = Annotated[Sort, Parameter(description="What they are ordered by; an `after` belongs to its order")]
Descending = Annotated[bool, Parameter(description="The largest first")]


async def wanted_submissions(
    runtime: Runtime,
    search: SearchText = "",
    result: ResultName = None,
    points_from: PointsFrom = None,
    points_to: PointsTo = None,
    question: QuestionText = None,
    choice: ChoiceNumber = None,
) -> SubmissionFilter:
    """The submissions that a query asks for. Raises InvalidInput, NoSuchQuestion."""

    def parse_question(text: str) -> QuestionId:
        return QuestionId(runtime.ids.parse_text(Kind.QUESTION, text))

    if choice is not None and question is None:
        raise InvalidInput("a choice needs its question", field="choice")
    return SubmissionFilter(
        search=check_text(search, "search", limits.MAX_NAME_LENGTH, may_be_empty=True),
        result=result,
        points_from=points_from,
        points_to=points_to,
        question=None if question is None else known_id(parse_question, question, NoSuchQuestion, "question"),
        choice=choice,
    )


@get(
    PATH + "/{survey:str}/submissions",
    tags=["surveys"],
    operation_id="listSubmissions",
    summary="List submissions",
    dependencies={"wanted": Provide(wanted_submissions)},
)
async def list_submissions(
    live_session: LiveSessionText,
    survey: SurveyText,
    caller: Caller,
    runtime: Runtime,
    wanted: SubmissionFilter,
    after: AfterText = None,
    limit: PageLength = 100,
    sort: SortName = Sort.VIEWER,
    descending: Descending = False,
) -> SubmissionsReply:
    """Who answered what, in pages ordered by viewer unless you say otherwise. Those of an anonymous survey are listed once it is closed,
    without their viewers, and cannot be picked or ordered."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    place = None if after is None else read_place(runtime.ids, after, sort)
    ordered = msgspec.structs.replace(wanted, sort=sort, descending=descending)

    def read(connection: sa.Connection) -> SubmissionsReply:
        found = queries.list_submissions(connection, caller.account_id, live_session_id, survey_id, place, limit, ordered)
        forms = queries.list_forms(connection, live_session_id, [survey_id])[survey_id]
        return submissions_reply(runtime.ids, found, forms, limit)

    return await runtime.database.read(read)


@get(PATH + "/{survey:str}/unanswered", tags=["surveys"], operation_id="listUnanswered", summary="List who has not answered")
async def list_unanswered(
    live_session: LiveSessionText,
    survey: SurveyText,
    caller: Caller,
    runtime: Runtime,
    after: AfterText = None,
    limit: PageLength = 100,
    search: SearchText = "",
) -> UnansweredReply:
    """Who was there at some moment while the survey was open, or has been until now, and has submitted nothing; in the order of first
    entries, in pages. Not of an anonymous survey."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    cursor = None if after is None else ViewerId(runtime.ids.parse_text(Kind.VIEWER, after))
    wanted = check_text(search, "search", limits.MAX_NAME_LENGTH, may_be_empty=True)
    now = runtime.clock.now()
    found = await runtime.database.read(
        lambda connection: queries.list_unanswered(
            connection, caller.account_id, live_session_id, survey_id, now, search=wanted, after=cursor, limit=limit
        )
    )
    return unanswered_reply(runtime.ids, found, limit)


@post(PATH + "/{survey:str}/marks", tags=["surveys"], operation_id="markAnswer", summary="Mark an answer", status_code=200)
async def mark_answer(live_session: LiveSessionText, survey: SurveyText, data: MarkRequest, caller: Caller, runtime: Runtime) -> SurveyView:
    """Points given by hand to one viewer's answer to one question of a closed exam. A later mark replaces an earlier one, until nothing is
    left to mark and the survey settles."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    command = actions.Mark(
        caller=caller,
        live_session_id=live_session_id,
        survey_id=survey_id,
        viewer_id=ViewerId(runtime.ids.parse_text(Kind.VIEWER, data.viewer)),
        question_id=QuestionId(runtime.ids.parse_text(Kind.QUESTION, data.question)),
        points=data.points,
    )
    return await READS.changed(actions.MARK, command, runtime, survey_id)


ROUTES = [list_submissions, list_unanswered, mark_answer]


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket messages of surveys. The handler of an answer is the hottest code of the product: nothing in it waits or allocates more
    than it must."""

    # a cache keyed by the text alone costs a third of the general one, whose key holds the kind too
    @lru_cache(maxsize=100_000)
    def parse_question(text: str) -> QuestionId:
        return QuestionId(runtime.ids.parse_text(Kind.QUESTION, text))

    @lru_cache(maxsize=10_000)
    def parse_survey(text: str) -> SurveyId:
        return SurveyId(runtime.ids.parse_text(Kind.SURVEY, text))

    submit = runtime.commit.submit
    now = runtime.clock.now

    def on_answer(connection: Connection, message: AnswerMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered
        survey_id = known_id(parse_survey, message.survey, NoSuchSurvey, "survey")
        live_session_id = seat.live_session_id
        viewer_id = seat.viewer_id
        answers = entries_of(message.answers, parse_question)
        command = Submit(live_session_id, survey_id, viewer_id, answers, message.id, now())
        submit(SUBMIT, command, connection.tell_outcome, lane=live_session_id, order=viewer_id)
        connection.in_flight += 1

    def on_save_draft(connection: Connection, message: SaveDraftMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered
        survey_id = known_id(parse_survey, message.survey, NoSuchSurvey, "survey")
        answers = entries_of(message.answers, parse_question)
        command = actions.SaveDraftAnswers(seat.live_session_id, survey_id, seat.viewer_id, answers, message.id, now())
        submit(actions.SAVE_DRAFT_ANSWERS, command, connection.tell_outcome, lane=seat.live_session_id, order=seat.viewer_id)
        connection.in_flight += 1

    return {AnswerMessage: on_answer, SaveDraftMessage: on_save_draft}
