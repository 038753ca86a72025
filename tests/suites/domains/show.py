"""One live session of one room, played through actions alone, on a database and a clock of the test's."""

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.domains.papers import CARD, Paper
from turnout.accounts.actions import CreateAccount
from turnout.accounts.caller import Caller
from turnout.audience.actions import ENTER, LEAVE, Enter, Entered, Leave
from turnout.interactions.checkin.actions import Confirm
from turnout.interactions.draw.actions import EnterDraw
from turnout.interactions.survey import actions as surveys
from turnout.interactions.survey import queries
from turnout.interactions.survey.actions import ChangeSurvey, CloseOverdue, CreateSurvey, SaveDraftAnswers, Submit
from turnout.interactions.survey.answer_store import submissions
from turnout.interactions.survey.rules import AnswerEntry, SurveyDraft, SurveyFacts
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.rooms.actions import CREATE_ROOM, START_LIVE_SESSION, CreateRoom, StartLiveSession
from turnout.rooms.codes import new_code
from turnout.rooms.rules import LiveSession, Room
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.database import Database

PROCESS = 1
"""Whose heartbeat vouches for the visits; nobody looks at it here."""

Command = tuple[Action[Any, Any], Any]

_serial = itertools.count(1)


def fresh_entry_id() -> str:
    """The id of a first entry that no other test uses."""
    return f"first-entry-{next(_serial):012}"


class Show:
    """A room with a running live session. writer: carries out what the test says; a test with several writers makes more."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.writer = BatchWriter(database, 0, clock)
        self.caller = Caller(AccountId(next(_serial)), HostId(1), "Host Lin", None, "operator")
        self.room: Room = self.do(CREATE_ROOM, CreateRoom(self.caller, "Room", new_code()))
        self.live: LiveSession
        self.start()

    def close(self) -> None:
        """Closes the writer's connection."""
        self.writer.close()

    def batch(self, commands: Sequence[Command]) -> list[Any]:
        """Carries out the commands in one transaction, as group commit would; outcomes and refusals in order."""
        waiting = [(action, command, _ignore, *lane_of(command)) for action, command in commands]
        return list(self.writer.write(waiting)[0])

    def do(self, action: Action[Any, Any], command: Any) -> Any:
        """One command in a transaction of its own; raises its refusal."""
        outcome = self.batch([(action, command)])[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def start(self) -> None:
        """The room's next live session."""
        self.live = self.do(START_LIVE_SESSION, StartLiveSession(self.caller, self.room.id, ""))

    def enter_command(self, entry_id: str, name: str | None = "Vera", viewer_id: ViewerId | None = None) -> Enter:
        """An entry at this moment."""
        return Enter(self.room.code, PROCESS, self.clock.now(), entry_id, name, viewer_id)

    def enter(self, count: int = 1) -> list[Entered]:
        """New viewers who enter."""
        return self.batch([(ENTER, self.enter_command(fresh_entry_id(), f"Viewer {number}")) for number in range(count)])

    def viewers(self, count: int) -> list[ViewerId]:
        """New viewers who enter, by their ids."""
        return [entered.viewer.id for entered in self.enter(count)]

    def leave(self, viewer_id: ViewerId, visit_id: int) -> None:
        """A visit ends at this moment."""
        self.do(LEAVE, Leave(self.live.id, viewer_id, visit_id, self.clock.now()))

    def draft(self, draft: Paper | SurveyDraft = CARD) -> SurveyId:
        """A draft."""
        command = CreateSurvey(self.caller, self.live.id, draft.draft if isinstance(draft, Paper) else draft)
        return SurveyId(self.do(surveys.CREATE_SURVEY, command).survey_id)

    def change_command(self, survey_id: SurveyId) -> ChangeSurvey:
        """To open, close, publish, settle or withdraw."""
        return ChangeSurvey(self.caller, self.live.id, survey_id)

    def change(self, action: Action[ChangeSurvey, SurveyFacts], survey_id: SurveyId) -> SurveyFacts:
        """Opens, closes, publishes, settles or withdraws; raises the refusal."""
        facts: SurveyFacts = self.do(action, self.change_command(survey_id))
        return facts

    def opened(self, draft: Paper | SurveyDraft = CARD) -> tuple[SurveyId, list[QuestionId]]:
        """An open survey and its questions."""
        survey_id = self.draft(draft)
        self.change(surveys.OPEN_SURVEY, survey_id)
        return survey_id, self.questions(survey_id)

    def questions(self, survey_id: SurveyId) -> list[QuestionId]:
        """The ids of a survey's questions."""
        return [question.question_id for question in self.facts(survey_id).questions]

    def close_overdue(self, survey_id: SurveyId) -> None:
        """What the timers do."""
        self.do(surveys.CLOSE_OVERDUE, CloseOverdue(self.live.id, survey_id))

    def submit_command(
        self,
        survey_id: SurveyId,
        viewer_id: ViewerId,
        answers: Sequence[tuple[QuestionId, dict[str, Any]]],
        command_id: str = "c",
        received_at: Instant | None = None,
    ) -> Submit:
        """A submission, received now unless said. answers: question, and choices, text, rating."""
        entries = [AnswerEntry(question_id, **given) for question_id, given in answers]
        return Submit(self.live.id, survey_id, viewer_id, entries, command_id, self._at(received_at))

    def choose_command(
        self, survey_id: SurveyId, question_id: QuestionId, viewer_id: ViewerId, choices: Sequence[int], command_id: str = "c"
    ) -> Submit:
        """Options of one question."""
        return self.submit_command(survey_id, viewer_id, [(question_id, {"choices": list(choices)})], command_id)

    def submit(
        self, survey_id: SurveyId, viewer_id: ViewerId, answers: Sequence[tuple[QuestionId, dict[str, Any]]], command_id: str = "c"
    ) -> str:
        """Submits alone: "accepted", or the refusal's code."""
        return code_of(self.batch([(surveys.SUBMIT, self.submit_command(survey_id, viewer_id, answers, command_id))])[0])

    def save_command(
        self,
        survey_id: SurveyId,
        viewer_id: ViewerId,
        answers: Sequence[tuple[QuestionId, dict[str, Any]]],
        command_id: str = "d",
        received_at: Instant | None = None,
    ) -> SaveDraftAnswers:
        """Answers to be saved, received now unless said."""
        entries = [AnswerEntry(question_id, **given) for question_id, given in answers]
        return SaveDraftAnswers(self.live.id, survey_id, viewer_id, entries, command_id, self._at(received_at))

    def facts(self, survey_id: SurveyId) -> SurveyFacts:
        """A survey of this live session as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_survey(connection, self.caller.account_id, self.live.id, survey_id)

    def own(self, viewer_id: ViewerId) -> list[queries.OwnSubmission]:
        """What is held of one viewer."""
        with self.database.reading() as connection:
            return queries.list_own(connection, self.live.id, [viewer_id]).get(viewer_id, [])

    def rows(self, table: sa.Table = submissions, live_session_id: LiveSessionId | None = None) -> list[dict[str, Any]]:
        """Every row that a table has of this live session, or of another."""
        condition = table.c.live_session_id == (live_session_id or self.live.id)
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(table.select().where(condition)).mappings()]

    def _at(self, received_at: Instant | None) -> Instant:
        return self.clock.now() if received_at is None else received_at


def code_of(outcome: object) -> str:
    """The code of a refusal, or "accepted"; raises what is neither."""
    if isinstance(outcome, TurnoutError):
        return outcome.code
    if isinstance(outcome, BaseException):
        raise outcome
    return "accepted"


def lane_of(command: Any) -> tuple[int, int]:
    """Lane and order as the handlers choose them."""
    if isinstance(command, (Enter, CreateAccount)):
        return 0, 0
    if isinstance(command, (Submit, SaveDraftAnswers, Confirm, EnterDraw)):
        return command.live_session_id, command.viewer_id
    if isinstance(command, CreateRoom):
        return command.caller.account_id, 0
    if isinstance(command, StartLiveSession):
        return command.room_id, 0
    return command.live_session_id, 0


def _ignore(_outcome: object) -> None:
    return None
