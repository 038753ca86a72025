"""The baseline for answers: what a good team writes first, with FastAPI and the SQLAlchemy ORM, one commit per answer.

Same messages as Turnout, same durability (SQLite, WAL, synchronous=FULL), the same rules of an answer: the viewer has entered, the
question belongs to this room and is open, it is not too late, the choices exist, only the first answer counts (a unique constraint).
Counts are read from the rows and published to the room at most four times a second. One thread writes, as SQLite has
one writer (a pool of them only waits for the lock); two others read. Run: python -m benchmarks.baseline.answers PORT FOLDER PLAN
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.baseline.models import Answer, Base, Room, Survey, Viewer
from benchmarks.plan import OPTIONS, read_plan

T = TypeVar("T")
TALLY_INTERVAL_S = 0.25


class Enter(BaseModel):
    """A viewer comes in."""

    op: Literal["enter"]
    id: str = Field(min_length=16, max_length=64)
    room: str
    name: str = Field(min_length=1, max_length=64)


class QuestionAnswer(BaseModel):
    """What a viewer answers to one question."""

    question: str
    choices: list[int] = Field(min_length=1)


class GiveAnswer(BaseModel):
    """A viewer answers a survey."""

    op: Literal["answer"]
    id: str = Field(min_length=1, max_length=64)
    survey: str
    answers: list[QuestionAnswer] = Field(min_length=1, max_length=1)


Message = TypeAdapter[Enter | GiveAnswer](Annotated[Enter | GiveAnswer, Field(discriminator="op")])


class Refused(Exception):
    """A rule stands against it; the argument is the code."""


def _open(folder: Path) -> Engine:
    engine = create_engine(f"sqlite:///{folder / 'baseline.db'}")

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"pragma {pragma}")

    Base.metadata.create_all(engine)
    return engine


def _prepare(session: Session, plan: Path) -> None:
    for planned in read_plan(plan):
        room = Room(code=planned.code)
        session.add(room)
        session.flush()
        for survey in planned.surveys:
            session.add(
                Survey(room_id=room.id, question=survey.questions[0], state="open", multiple=False, options=list("ABCDEFGH"[:OPTIONS]))
            )
    session.commit()


def enter(session: Session, message: Enter) -> tuple[int, int, list[dict[str, Any]]]:
    """The room, the viewer, and the open surveys."""
    room = session.scalar(select(Room).where(Room.code == message.room))
    if room is None:
        raise Refused("no_such_room")
    viewer = Viewer(room_id=room.id, entry=message.id, name=message.name)
    session.add(viewer)
    session.flush()
    surveys = session.scalars(select(Survey).where(Survey.room_id == room.id, Survey.state == "open")).all()
    snapshot = [{"question": survey.question, "options": survey.options} for survey in surveys]
    viewer_id = viewer.id
    session.commit()
    return room.id, viewer_id, snapshot


def give_answer(session: Session, room_id: int, viewer_id: int, message: GiveAnswer) -> int:
    """Keeps the answer and counts it; the survey's id."""
    survey = session.scalar(select(Survey).where(Survey.question == message.answers[0].question))
    now = datetime.now(UTC).replace(tzinfo=None)
    if survey is None or survey.room_id != room_id or survey.state != "open":
        raise Refused("survey_not_open")
    if survey.closes_at is not None and now >= survey.closes_at:
        raise Refused("too_late")
    if not set(message.answers[0].choices) <= set(range(len(survey.options))) or len(set(message.answers[0].choices)) != len(
        message.answers[0].choices
    ):
        raise Refused("invalid_choice")
    if len(message.answers[0].choices) > 1 and not survey.multiple:
        raise Refused("invalid_choice")
    survey_id = survey.id
    session.add(Answer(survey_id=survey_id, viewer_id=viewer_id, choices=json.dumps(message.answers[0].choices), answered_at=now))
    try:
        session.commit()
    except IntegrityError as error:
        raise Refused("already_answered") from error
    return survey_id


def tallies_of(session: Session, surveys: set[int]) -> list[str]:
    """The messages that tell these surveys' counts."""
    found = session.execute(select(Answer.survey_id, func.count()).where(Answer.survey_id.in_(surveys)).group_by(Answer.survey_id))
    return [json.dumps({"op": "tally", "survey": survey_id, "answered": answered}) for survey_id, answered in found]


class Server:
    """The sockets of every room, and the database thread."""

    def __init__(self, folder: Path, plan: Path) -> None:
        self._sessions = sessionmaker(_open(folder), expire_on_commit=False)
        self._writer, self._readers = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
        self._rooms: defaultdict[int, set[WebSocket]] = defaultdict(set)
        self._changed: defaultdict[int, set[int]] = defaultdict(set)
        with self._sessions() as session:
            _prepare(session, plan)

    async def write(self, work: Callable[..., T], *arguments: object) -> T:
        """Runs it in a session of its own on the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._in_session, work, *arguments)

    async def read(self, work: Callable[..., T], *arguments: object) -> T:
        """Runs it in a session of its own on a reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._in_session, work, *arguments)

    def _in_session(self, work: Callable[..., T], *arguments: object) -> T:
        with self._sessions() as session:
            return work(session, *arguments)

    async def serve(self, socket: WebSocket) -> None:
        """One connection from its first message to its end."""
        await socket.accept()
        room_id = viewer_id = 0
        try:
            while True:
                text = await socket.receive_text()
                try:
                    message = Message.validate_json(text)
                    if isinstance(message, Enter):
                        room_id, viewer_id, snapshot = await self.write(enter, message)
                        self._rooms[room_id].add(socket)
                        await socket.send_text(json.dumps({"op": "entered", "id": message.id, "snapshot": snapshot}))
                        continue
                    if not viewer_id:
                        raise Refused("not_entered")
                    survey_id = await self.write(give_answer, room_id, viewer_id, message)
                    self._changed[room_id].add(survey_id)
                    await socket.send_text(json.dumps({"op": "accepted", "id": message.id}))
                except Refused as refusal:
                    await socket.send_text(json.dumps({"op": "refused", "id": message.id, "error": {"code": str(refusal)}}))
                except ValidationError:
                    await socket.send_text(json.dumps({"op": "refused", "id": None, "error": {"code": "invalid_input"}}))
        except WebSocketDisconnect:
            self._rooms[room_id].discard(socket)

    async def publish(self) -> None:
        """Tells each room its changed counts, until cancelled."""
        while True:
            await asyncio.sleep(TALLY_INTERVAL_S)
            changed, self._changed = self._changed, defaultdict(set)
            for room_id, surveys in changed.items():
                for tally in await self.read(tallies_of, surveys):
                    await asyncio.gather(*(socket.send_text(tally) for socket in tuple(self._rooms[room_id])), return_exceptions=True)


def build_app(folder: Path, plan: Path) -> FastAPI:
    """The application, its tables made and filled."""
    server = Server(folder, plan)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        publishing = asyncio.create_task(server.publish())
        yield
        publishing.cancel()

    app = FastAPI(lifespan=lifespan)
    app.add_api_websocket_route("/ws", server.serve)
    return app


if __name__ == "__main__":
    uvicorn.run(
        build_app(Path(sys.argv[2]), Path(sys.argv[3])), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools",
        log_level="warning", backlog=4096,
    )  # fmt: skip
