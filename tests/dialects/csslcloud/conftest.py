"""A real server over a real SQLite file, with two accounts that have played."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
import uvicorn

from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.caller import Caller
from turnout.accounts.secrets import new_account
from turnout.audience.actions import ENTER, Enter
from turnout.dialects.csslcloud.client import CsslcloudClient
from turnout.dialects.csslcloud.proof import DIALECT
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.interactions.survey import queries as surveys
from turnout.interactions.survey.actions import (
    CLOSE_SURVEY,
    CREATE_SURVEY,
    OPEN_SURVEY,
    SUBMIT,
    ChangeSurvey,
    CreateSurvey,
    Submit,
)
from turnout.interactions.survey.question_rules import AnswerEntry
from turnout.interactions.survey.rules import QuestionDraft, QuestionType, SurveyDraft, SurveyFacts, SurveyKind
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import AccountId, Kind, SurveyId, ViewerId
from turnout.rooms.actions import CREATE_ROOM, END_LIVE_SESSION, START_LIVE_SESSION, CreateRoom, EndLiveSession, StartLiveSession
from turnout.rooms.rules import LiveSession, Room
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit, write
from turnout.storage.keyring import Keyring
from turnout.storage.processes import START_PROCESS, StartProcess
from turnout.storage.runtime import Runtime
from turnout.storage.sqlite import SqliteDatabase

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - as in storage.action

START: Instant = 1_767_601_200 * SECOND  # 2026-01-05 16:20:00 in China
QUICK = 1_000_000  # requests a second: a rate that no test but its own reaches


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at: Instant = START

    def now(self) -> Instant:
        """The instant it was set to."""
        return self.at


@dataclass
class Party:
    """An account with what it has played, in CC's forms."""

    account_id: AccountId
    caller: Caller
    userid: str
    key: str
    rooms: list[Room] = field(default_factory=list)
    lives: list[LiveSession] = field(default_factory=list)
    viewers: list[ViewerId] = field(default_factory=list)
    cards: list[SurveyId] = field(default_factory=list)
    votes: list[SurveyId] = field(default_factory=list)


class World:
    """The database and the hands that play in it. Every step takes a second of the clock."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock()
        self.database = database
        self.database.migrate()
        keyring = Keyring(bytes(range(32)))
        commit = GroupCommit(self.database, self.clock, lambda nudges: None)
        self.runtime = Runtime(self.database, commit, keyring, keyring.ids, self.clock, "")
        self.ids = keyring.ids
        self.process_id = self.do(START_PROCESS, StartProcess())
        self.ann = self._party("Ann")
        self.bob = self._party("Bob")
        self._play()

    def do(self, action: Action[C, O], command: C) -> O:
        """One command, a second later."""
        self.clock.at += SECOND
        return write(self.database, self.clock, action, command)

    def roomid(self, room: Room) -> str:
        """CC's form of a room."""
        return self.ids.hex32(Kind.ROOM, room.id).upper()

    def liveid(self, live: LiveSession) -> str:
        """CC's form of a live session."""
        return self.ids.hex16(Kind.LIVE_SESSION, live.id)

    def client(self, port: int, party: Party, *, key: str | None = None, off_s: int = 0) -> CsslcloudClient:
        """A client of a party, whose clock may be off."""
        return CsslcloudClient(f"http://127.0.0.1:{port}", party.userid, key or party.key, now=lambda: self.clock.at // SECOND + off_s)

    def facts(self, party: Party, live: LiveSession, survey_id: SurveyId) -> SurveyFacts:
        """A survey as its host sees it."""
        with self.database.reading() as connection:
            return surveys.access_survey(connection, party.account_id, live.id, survey_id)

    def opened(self, party: Party, live: LiveSession, draft: SurveyDraft) -> SurveyId:
        """A survey that takes answers."""
        survey_id = self.do(CREATE_SURVEY, CreateSurvey(party.caller, live.id, draft)).survey_id
        self.do(OPEN_SURVEY, ChangeSurvey(party.caller, live.id, survey_id))
        return survey_id

    def submit(self, party: Party, live: LiveSession, survey_id: SurveyId, viewer_id: ViewerId, *answers: list[int] | int | None) -> None:
        """Answers the questions in their order: options, a rating, or nothing."""
        entries = [
            AnswerEntry(question.question_id, rating=given) if isinstance(given, int) else AnswerEntry(question.question_id, choices=given)
            for question, given in zip(self.facts(party, live, survey_id).questions, answers, strict=True)
            if given is not None
        ]
        self.do(SUBMIT, Submit(live.id, survey_id, viewer_id, entries, f"answer-{viewer_id}", self.clock.at + SECOND))

    def close(self, party: Party, live: LiveSession, survey_id: SurveyId) -> None:
        """Takes no more answers."""
        self.do(CLOSE_SURVEY, ChangeSurvey(party.caller, live.id, survey_id))

    def card(
        self,
        party: Party,
        live: LiveSession,
        right: list[int],
        answers: Sequence[tuple[ViewerId, list[int]]],
        *,
        multiple: bool,
        publish: bool,
    ) -> SurveyId:
        """An answer card of four options that was opened, answered and closed."""
        survey_id = self.opened(party, live, card_draft(right, multiple=multiple, publish=publish))
        for viewer_id, choices in answers:
            self.submit(party, live, survey_id, viewer_id, choices)
        self.close(party, live, survey_id)
        party.cards.append(survey_id)
        return survey_id

    def vote(self, party: Party, live: LiveSession, title: str, *questions: QuestionDraft, anonymous: bool = False) -> SurveyId:
        """An open vote."""
        draft = SurveyDraft(title=title, questions=list(questions), kind=SurveyKind.VOTE, anonymous=anonymous)
        survey_id = self.opened(party, live, draft)
        party.votes.append(survey_id)
        return survey_id

    def room(self, party: Party, code: str) -> Room:
        """A new room."""
        party.rooms.append(self.do(CREATE_ROOM, CreateRoom(party.caller, f"Room {code}", code)))
        return party.rooms[-1]

    def live(self, party: Party, room: Room) -> LiveSession:
        """A live session that starts."""
        party.lives.append(self.do(START_LIVE_SESSION, StartLiveSession(party.caller, room.id, "Live")))
        return party.lives[-1]

    def enter(self, party: Party, room: Room, name: str) -> ViewerId:
        """A viewer who enters; the same name is the same viewer coming back."""
        entered = self.do(ENTER, Enter(room.code, self.process_id, self.clock.at + SECOND, f"entry-of-somebody-{name}", name))
        if entered.viewer.id not in party.viewers:
            party.viewers.append(entered.viewer.id)
        return entered.viewer.id

    def _party(self, name: str) -> Party:
        command, shown = new_account(self.runtime.keyring, [DIALECT], name=name, host_login=name.lower(), host_name=name)
        created = self.do(CREATE_ACCOUNT, command)
        caller = Caller(created.account_id, created.host_id, name, None, "operator")
        return Party(created.account_id, caller, self.ids.hex16(Kind.ACCOUNT, created.account_id), shown.dialect_keys[DIALECT])

    def _play(self) -> None:
        """Ann: two rooms; in the first a live session that has ended with three cards, a draft and three votes, and one that runs with a
        card and an open vote. Bob: one of each."""
        ann = self.ann
        room = self.room(ann, "aaaaaaaa")
        first = self.live(ann, room)
        one, two, three = (self.enter(ann, room, name) for name in ("one", "two", "three"))
        self.enter(ann, room, "one")
        self.card(ann, first, [0, 2], [(one, [2, 0]), (two, [1])], multiple=True, publish=True)
        self.card(ann, first, [3], [(three, [3])], multiple=False, publish=False)
        self.card(ann, first, [], [], multiple=False, publish=True)
        self.do(CREATE_SURVEY, CreateSurvey(ann.caller, first.id, card_draft([1], multiple=False, publish=True)))
        self._play_votes(first, one, two, three)
        self.do(END_LIVE_SESSION, EndLiveSession(ann.caller, first.id))
        second = self.live(ann, room)
        self.enter(ann, room, "two")
        self.submit(ann, second, self.vote(ann, second, "Now?", QuestionDraft(options=["Yes", "No"])), two, [0])
        self.card(ann, second, [1], [(two, [1])], multiple=False, publish=True)
        self.room(ann, "cccccccc")
        theirs = self.room(self.bob, "bbbbbbbb")
        live = self.live(self.bob, theirs)
        self.vote(self.bob, live, "Bob's", QuestionDraft(options=["bob's one", "bob's two"]))
        self.card(self.bob, live, [0], [(self.enter(self.bob, theirs, "zed"), [0])], multiple=False, publish=True)

    def _play_votes(self, live: LiveSession, one: ViewerId, two: ViewerId, three: ViewerId) -> None:
        """A single choice; an anonymous vote of several questions; a rating alone, which is no vote of CC's."""
        ann = self.ann
        day = QuestionDraft(title="Best day for the test?", options=["Monday", "Wednesday", "Friday"])
        simple = self.vote(ann, live, "Days", day)
        self.submit(ann, live, simple, one, [1])
        self.submit(ann, live, simple, two, [0])
        self.close(ann, live, simple)
        several = self.vote(
            ann,
            live,
            "Evening",
            QuestionDraft(options=["Tea", "Coffee", "Water"], multiple=True),
            QuestionDraft(title="How was it?", type=QuestionType.RATING),
            QuestionDraft(title="Which way home?", options=["Bus", "Train"]),
            anonymous=True,
        )
        self.submit(ann, live, several, one, [2, 0], 5, [1])
        self.submit(ann, live, several, three, None, 4, [1])
        self.close(ann, live, several)
        stars = self.vote(ann, live, "Stars", QuestionDraft(title="How many?", type=QuestionType.RATING))
        self.submit(ann, live, stars, one, 3)
        self.close(ann, live, stars)


def card_draft(right: list[int], *, multiple: bool, publish: bool) -> SurveyDraft:
    """An answer card of four options."""
    question = QuestionDraft(title="Which?", options=["w", "x", "y", "z"], right_options=right, multiple=multiple)
    return SurveyDraft(title="Card", questions=[question], publish_on_close=publish)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: Any


@contextmanager
def serving(app: CsslcloudRoutes) -> Iterator[int]:
    """The application on a free port, over uvicorn; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass(frozen=True)
class Wire:
    """Sends requests byte for byte."""

    port: int

    def send(self, method: str, target: str, body: bytes | None = None, content_type: str | None = None) -> Reply:
        """One request on a connection of its own; the reply must be JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, target, body, {} if content_type is None else {"Content-Type": content_type})
            response = connection.getresponse()
            content = response.read()
            headers = {name.lower(): value for name, value in response.getheaders()}
            assert headers["content-type"] == "application/json"
            return Reply(response.status, headers, json.loads(content))
        finally:
            connection.close()

    def get(self, path: str, parameters: Mapping[str, str]) -> Reply:
        """A GET with a form-style query."""
        return self.send("GET", f"{path}?{urlencode(parameters)}")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What was played; tests only read it, and put its clock back."""
    made = World(SqliteDatabase(tmp_path_factory.mktemp("csslcloud") / "turnout.sqlite3"))
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def port(world: World) -> Iterator[int]:
    """The server's port, with a rate that no test reaches."""
    with serving(CsslcloudRoutes(world.runtime, 600, QUICK)) as port:
        yield port


@pytest.fixture
def wire(port: int) -> Wire:
    """To the server."""
    return Wire(port)


@pytest.fixture
def serve() -> Callable[[CsslcloudRoutes], AbstractContextManager[int]]:
    """Puts an application on a port of its own."""
    return serving
