"""One live session of one room, played through actions alone, on a database and a clock of the test's."""

import itertools
from collections.abc import Sequence
from typing import Any

from tests.fake_clock import FakeClock
from turnout.accounts.actions import CreateAccount
from turnout.accounts.caller import Caller
from turnout.audience.actions import ENTER, LEAVE, Enter, Entered, Leave
from turnout.interactions.survey import queries
from turnout.interactions.survey.actions import (
    ANSWER,
    CLOSE_OVERDUE,
    CREATE_SURVEY,
    OPEN_SURVEY,
    Answer,
    ChangeSurvey,
    CloseOverdue,
    CreateSurvey,
    SurveyRow,
)
from turnout.interactions.survey.answer_store import answers
from turnout.interactions.survey.rules import QuestionDraft, SurveyDraft, SurveyFacts
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.rooms.actions import CREATE_ROOM, START_LIVE_SESSION, CreateRoom, StartLiveSession
from turnout.rooms.codes import new_code
from turnout.rooms.rules import LiveSession, Room
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.database import Database

OPTIONS = ["North", "East", "South", "West"]
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
        return [self.do(ENTER, self.enter_command(fresh_entry_id(), f"Viewer {number}")) for number in range(count)]

    def leave(self, visit_id: int) -> None:
        """A visit ends at this moment."""
        self.do(LEAVE, Leave(self.live.id, visit_id, self.clock.now()))

    def draft(self, right: Sequence[int] = (1,), *, multiple: bool = False, limit_s: int | None = None, publish: bool = True) -> SurveyId:
        """A draft card of four options."""
        question = QuestionDraft("Where?", OPTIONS, list(right), multiple, 10)
        command = CreateSurvey(self.caller, self.live.id, SurveyDraft("Card", question, limit_s, publish))
        return SurveyId(self.do(CREATE_SURVEY, command).survey_id)

    def change_command(self, survey_id: SurveyId) -> ChangeSurvey:
        """To open, close or publish."""
        return ChangeSurvey(self.caller, self.live.id, survey_id)

    def change(self, action: Action[ChangeSurvey, SurveyRow], survey_id: SurveyId) -> SurveyRow:
        """Opens, closes or publishes; raises the refusal."""
        row: SurveyRow = self.do(action, self.change_command(survey_id))
        return row

    def opened(self, right: Sequence[int] = (1,), *, multiple: bool = False, limit_s: int | None = None) -> tuple[SurveyId, QuestionId]:
        """An open card and its question."""
        survey_id = self.draft(right, multiple=multiple, limit_s=limit_s)
        self.change(OPEN_SURVEY, survey_id)
        return survey_id, self.facts(survey_id).questions[0].question_id

    def close_overdue(self, survey_id: SurveyId) -> None:
        """What the timers do."""
        self.do(CLOSE_OVERDUE, CloseOverdue(self.live.id, survey_id))

    def answer_command(
        self,
        question_id: QuestionId,
        viewer_id: ViewerId,
        choices: Sequence[int],
        command_id: str = "c",
        received_at: Instant | None = None,
    ) -> Answer:
        """An answer, received now unless said."""
        received_at = self.clock.now() if received_at is None else received_at
        return Answer(self.live.id, question_id, viewer_id, list(choices), command_id, received_at)

    def answer(self, question_id: QuestionId, viewer_id: ViewerId, choices: Sequence[int], command_id: str = "c") -> str:
        """Answers alone: "accepted", or the refusal's code."""
        return code_of(self.batch([(ANSWER, self.answer_command(question_id, viewer_id, choices, command_id))])[0])

    def facts(self, survey_id: SurveyId) -> SurveyFacts:
        """A survey of this live session as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_survey(connection, self.caller.account_id, self.live.id, survey_id)

    def rows(self, live_session_id: LiveSessionId) -> dict[tuple[QuestionId, ViewerId], tuple[int, str, Instant]]:
        """Every answer that stands: (question, viewer) → mask, command id, answered at. Fails when one viewer has two."""
        statement = answers.select().where(answers.c.live_session_id == live_session_id)
        with self.database.reading() as connection:
            rows = connection.execute(statement).all()
        found = {(QuestionId(row.question_id), ViewerId(row.viewer_id)): (row.choices, row.command_id, row.answered_at) for row in rows}
        assert len(found) == len(rows)
        return found


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
    if isinstance(command, Answer):
        return command.live_session_id, command.viewer_id
    if isinstance(command, CreateRoom):
        return command.caller.account_id, 0
    if isinstance(command, StartLiveSession):
        return command.room_id, 0
    return command.live_session_id, 0


def _ignore(_outcome: object) -> None:
    return None
