"""A real server over a real SQLite file, with two accounts that have played."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
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
    ANSWER,
    CLOSE_SURVEY,
    CREATE_SURVEY,
    OPEN_SURVEY,
    Answer,
    ChangeSurvey,
    CreateSurvey,
)
from turnout.interactions.survey.rules import QuestionDraft, SurveyDraft
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import AccountId, Kind, SurveyId, ViewerId
from turnout.rooms.actions import CREATE_ROOM, END_LIVE_SESSION, START_LIVE_SESSION, CreateRoom, EndLiveSession, StartLiveSession
from turnout.rooms.rules import LiveSession, Room
from turnout.storage.action import Action
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


class World:
    """The database and the hands that play in it. Every step takes a second of the clock."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.database = SqliteDatabase(path)
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
        survey_id = self.draft(party, live, right, multiple=multiple, publish=publish)
        change = ChangeSurvey(party.caller, live.id, survey_id)
        self.do(OPEN_SURVEY, change)
        with self.database.reading() as connection:
            question_id = surveys.access_survey(connection, party.account_id, live.id, survey_id).questions[0].question_id
        for viewer_id, choices in answers:
            self.do(ANSWER, Answer(live.id, question_id, viewer_id, choices, f"answer-{viewer_id}", self.clock.at + SECOND))
        self.do(CLOSE_SURVEY, change)
        party.cards.append(survey_id)
        return survey_id

    def draft(self, party: Party, live: LiveSession, right: list[int], *, multiple: bool, publish: bool) -> SurveyId:
        """An answer card that was not opened."""
        question = QuestionDraft(title="Which?", options=["w", "x", "y", "z"], right_options=right, multiple=multiple)
        draft = SurveyDraft(title="Card", question=question, publish_on_close=publish)
        return self.do(CREATE_SURVEY, CreateSurvey(party.caller, live.id, draft)).survey_id

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
        """Ann: two rooms; in the first a live session that has ended with three cards and a draft, and one that runs with a card. Bob:
        one of each."""
        ann = self.ann
        room = self.room(ann, "aaaaaaaa")
        first = self.live(ann, room)
        one, two, three = (self.enter(ann, room, name) for name in ("one", "two", "three"))
        self.enter(ann, room, "one")
        self.card(ann, first, [0, 2], [(one, [2, 0]), (two, [1])], multiple=True, publish=True)
        self.card(ann, first, [3], [(three, [3])], multiple=False, publish=False)
        self.card(ann, first, [], [], multiple=False, publish=True)
        self.draft(ann, first, [1], multiple=False, publish=True)
        self.do(END_LIVE_SESSION, EndLiveSession(ann.caller, first.id))
        second = self.live(ann, room)
        self.enter(ann, room, "two")
        self.card(ann, second, [1], [(two, [1])], multiple=False, publish=True)
        self.room(ann, "cccccccc")
        theirs = self.room(self.bob, "bbbbbbbb")
        live = self.live(self.bob, theirs)
        self.card(self.bob, live, [0], [(self.enter(self.bob, theirs, "zed"), [0])], multiple=False, publish=True)


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
    made = World(tmp_path_factory.mktemp("csslcloud") / "turnout.sqlite3")
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
