"""Handlers of answers: the socket for viewers who give them, HTTP for hosts who read and mark them."""

from functools import lru_cache

import msgspec
import sqlalchemy as sa
from litestar import get, post

from turnout.accounts.caller import Caller
from turnout.audience.rules import NotEntered, Seat
from turnout.interactions.handling import AfterText, LiveSessionText, PageLength
from turnout.interactions.survey import actions, queries
from turnout.interactions.survey.actions import SUBMIT, Submit
from turnout.interactions.survey.answer_wire import (
    AnswerMessage,
    MarkRequest,
    SaveDraftMessage,
    SubmissionsReply,
    entries_of,
    read_cursor,
    submissions_reply,
)
from turnout.interactions.survey.api import PATH, READS, SurveyText
from turnout.interactions.survey.rules import NoSuchSurvey
from turnout.interactions.survey.wire import SurveyView
from turnout.kernel.connection import Connection, MessageHandler
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import Kind, QuestionId, SurveyId, ViewerId
from turnout.storage.runtime import Runtime


@get(PATH + "/{survey:str}/submissions", tags=["surveys"], operation_id="listSubmissions", summary="List submissions")
async def list_submissions(
    live_session: LiveSessionText, survey: SurveyText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = 100
) -> SubmissionsReply:
    """Who answered what, in pages ordered by viewer. Those of an anonymous survey are listed once it is closed, without their viewers."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    cursor = None if after is None else read_cursor(runtime.ids, after)

    def read(connection: sa.Connection) -> SubmissionsReply:
        found = queries.list_submissions(connection, caller.account_id, live_session_id, survey_id, cursor, limit)
        forms = queries.list_forms(connection, live_session_id, [survey_id])[survey_id]
        return submissions_reply(runtime.ids, found, forms, limit)

    return await runtime.database.read(read)


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


ROUTES = [list_submissions, mark_answer]


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

    def survey_of(text: str) -> SurveyId:
        try:
            return parse_survey(text)
        except NotFound:
            raise NoSuchSurvey(field="survey") from None

    def on_answer(connection: Connection, message: AnswerMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered
        survey_id = survey_of(message.survey)
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
        survey_id = survey_of(message.survey)
        answers = entries_of(message.answers, parse_question)
        command = actions.SaveDraftAnswers(seat.live_session_id, survey_id, seat.viewer_id, answers, message.id, now())
        submit(actions.SAVE_DRAFT_ANSWERS, command, connection.tell_outcome, lane=seat.live_session_id, order=seat.viewer_id)
        connection.in_flight += 1

    return {AnswerMessage: on_answer, SaveDraftMessage: on_save_draft}
