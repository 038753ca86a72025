"""One simulated viewer: a real socket, and the patience a good client has.

Purpose: enter a room, keep a picture of its live session, answer, and come back whenever the connection is lost, with the token, with the
position it had reached, and with every command that was not answered, under the same id. Ordering: a viewer's commands are sent in the
order of the calls, and again in that order after it came back. Concurrency: everything on one event loop; one task per viewer. Start and
stop: `start`, `leave`. Invariants: a command's future is done once, with what the server said of it. May import the client and the kernel.
"""

import asyncio
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
import structlog

from turnout.client import native_replies
from turnout.rehearsal import messages
from turnout.rehearsal.line import Line, NotConnected, connect
from turnout.rehearsal.messages import Entry, Own, Shown

log = structlog.get_logger()

FINAL_ENDINGS = frozenset({1002, 1003, 1007, 1009, 4003})
"""Close codes after which a client must not come back (docs/socket.md)."""

PASSING = frozenset({"too_many_in_flight", "too_many_requests", "overloaded", "outcome_unknown", "internal"})
"""Refusals after which the same command is sent again, under the same id (docs/socket.md)."""

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 10.0

State = Literal["outside", "present", "over", "gone"]


class EntryRefused(Exception):
    """The room does not let this viewer in; the text is the refusal's code."""


@dataclass(slots=True)
class Outcome:
    """What became of one command. survey: or check-in or draw. answers: what was sent; is_draft: it was only saved. refusal: the code, None
    when it was accepted."""

    survey: str
    answers: list[Entry]
    is_draft: bool
    refusal: str | None = None
    field: str | None = None


@dataclass(slots=True)
class _Command:
    frame: bytes
    outcome: Outcome
    done: asyncio.Future[Outcome]


def new_id() -> str:
    """A command's id: 32 letters nobody guesses."""
    return secrets.token_hex(16)


def backoff_s(failures: int, chance: random.Random) -> float:
    """How long to wait before the next try after so many that failed: half to all of a time that doubles, so that a crowd that lost its
    server does not come back at one instant."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures, 10)) * chance.uniform(0.5, 1.0)


class Viewer:
    """A viewer of one room. socket_url: ws://…/ws. told: called with each survey, check-in or draw that is new or
    changed, on the event loop. entry_id: of one who may have been there before; None for a new viewer.

    surveys, others: as the viewer sees them, by id; others: check-ins and draws. own: what the server last said it holds of this viewer,
    by id. outcomes: of every command that was answered, in the order of the answers.
    """

    def __init__(
        self,
        socket_url: str,
        room_code: str,
        name: str,
        *,
        chance: random.Random,
        told: Callable[["Viewer", Shown], None],
        passcode: str | None = None,
        entry_id: str | None = None,
    ) -> None:
        self.name = name
        self.chance = chance
        self.id: str | None = None
        self.state: State = "outside"
        self.surveys: dict[str, native_replies.Survey] = {}
        self.others: dict[str, native_replies.CheckIn | native_replies.Draw] = {}
        self.announcements: dict[str, str] = {}
        """What the host has told everybody and not taken back, by id."""
        self.own: dict[str, Own] = {}
        self.positions: dict[str, int] = {}
        """Event number by `kind id` of each publication seen."""
        self.outcomes: list[Outcome] = []
        self.returns = 0
        """Times it came back after losing its connection."""
        self.resumed = 0
        """How many of those it could go on where it was, without a snapshot."""
        self.unreadable = 0
        """Messages that are none of the protocol's."""
        self._socket_url = socket_url
        self._room_code = room_code
        self._passcode = passcode
        self._told = told
        self._token: str | None = None
        self._entry_id = entry_id or new_id()
        self._epoch: str | None = None
        self._position = 0
        self._line: Line | None = None
        self._commands: dict[str, _Command] = {}
        self._inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leaving = asyncio.Event()
        self._retry_after_s = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Enters; returns once the seat is taken. Raises EntryRefused."""
        self._task = asyncio.create_task(self._stay(), name=f"viewer {self.name}")
        await asyncio.shield(self._inside)

    async def leave(self) -> None:
        """Goes, for good; what was not answered stays unanswered."""
        self._leaving.set()
        if self._line is not None:
            self._line.drop()
        if self._task is not None:
            await asyncio.wait([self._task])

    def drop(self) -> None:
        """Loses the connection, as a phone in a lift does."""
        if self._line is not None:
            self._line.drop()

    def answer(self, survey: str, answers: list[Entry]) -> asyncio.Future[Outcome]:
        """Answers under a new id; the future is done when the server has said yes or no, however often the connection is lost before."""
        command_id = new_id()
        return self._hand_in(command_id, messages.Answer(command_id, survey, answers), Outcome(survey, answers, is_draft=False))

    def save_draft(self, survey: str, answers: list[Entry]) -> asyncio.Future[Outcome]:
        """Saves what is filled in so far."""
        command_id = new_id()
        return self._hand_in(command_id, messages.SaveDraft(command_id, survey, answers), Outcome(survey, answers, is_draft=True))

    def check_in(self, checkin: str) -> asyncio.Future[Outcome]:
        """Confirms a check-in."""
        command_id = new_id()
        return self._hand_in(command_id, messages.CheckIn(command_id, checkin), Outcome(checkin, [], is_draft=False))

    def enter_draw(self, draw: str, word: str = "") -> asyncio.Future[Outcome]:
        """Takes part in a draw, with a salt of its own."""
        command_id = new_id()
        return self._hand_in(
            command_id, messages.EnterDraw(command_id, draw, word, secrets.token_hex(8)), Outcome(draw, [], is_draft=False)
        )

    def ask_own(self) -> None:
        """Asks what the server holds of this viewer; `own` has it when the answer has come."""
        self._send(messages.encode(messages.ReadOwn(new_id())))

    @property
    def waiting(self) -> int:
        """Commands the server has not answered yet."""
        return len(self._commands)

    def _hand_in(self, command_id: str, message: msgspec.Struct, outcome: Outcome) -> asyncio.Future[Outcome]:
        command = _Command(messages.encode(message), outcome, asyncio.get_running_loop().create_future())
        self._commands[command_id] = command
        if self.state == "present":
            self._send(command.frame)
        return command.done

    async def _stay(self) -> None:
        failures = 0
        while True:
            try:
                line = await connect(self._socket_url, self._hear)
            except NotConnected as error:
                log.debug("viewer_not_connected", viewer=self.name, error=str(error))
            else:
                self._line = line
                self._send(messages.encode(self._entry()))
                if self._leaving.is_set():
                    line.drop()  # it was told to go while it came back
                code = await line.ended
                self._line = None
                if self.state == "present":
                    failures = 0
                    self.state = "outside"
                if code in FINAL_ENDINGS:
                    self._refuse_entry(f"ended with {code}")
            if self.state in ("over", "gone") or self._leaving.is_set():
                return
            wait_s = max(self._retry_after_s, backoff_s(failures, self.chance))
            failures += 1
            self._retry_after_s = 0.0
            try:
                async with asyncio.timeout(wait_s):
                    await self._leaving.wait()
                return
            except TimeoutError:
                continue

    def _entry(self) -> messages.Enter:
        if self._token is None:
            return messages.Enter(self._entry_id, self._room_code, name=self.name, passcode=self._passcode)
        position = None if self._epoch is None else self._position
        return messages.Enter(new_id(), self._room_code, token=self._token, epoch=self._epoch, position=position)

    def _send(self, frame: bytes) -> None:
        if self._line is not None:
            self._line.send(frame)

    def _hear(self, text: bytes) -> None:
        try:
            message = messages.decode(text)
        except msgspec.DecodeError as error:
            log.error("viewer_cannot_read", viewer=self.name, error=str(error), text=text[:200].decode("utf-8", "replace"))
            self.unreadable += 1
            return
        match message:
            case messages.Entered():
                self._on_entered(message)
            case messages.Accepted():
                self._settle(message.id, None)
            case messages.Refused():
                self._on_refused(message)
            case messages.Publication():
                self._on_publication(message)
            case messages.Tally():
                self._on_tally(message)
            case messages.OwnNews():
                self.own |= {own.about: own for own in message.mine}
            case messages.Started():
                asyncio.get_running_loop().call_later(self.chance.uniform(0, 1), lambda: self._send(messages.encode(self._entry())))
            case _:
                return

    def _on_entered(self, message: messages.Entered) -> None:
        self.returns += self.id is not None
        self.resumed += message.resumed
        self.id = message.viewer.id
        self._token = message.token
        self.own = {own.about: own for own in message.mine}
        self.state = "present"
        if message.snapshot is not None:
            self._epoch, self._position = message.snapshot.epoch, message.snapshot.position
            self.surveys = {survey.id: survey for survey in message.snapshot.surveys}
            others: list[native_replies.CheckIn | native_replies.Draw] = [*message.snapshot.checkins, *message.snapshot.draws]
            self.others = {other.id: other for other in others}
            self.announcements = {announced.id: announced.text for announced in message.snapshot.announcements}
        if not self._inside.done():
            self._inside.set_result(None)
        for command in self._commands.values():
            self._send(command.frame)
        if message.snapshot is not None:
            for shown in message.snapshot.shown:
                self._told(self, shown)
        for publication in message.publications:
            self._on_publication(publication)
        for tally in message.tallies:
            if isinstance(tally, messages.Tally):
                self._on_tally(tally)

    def _on_refused(self, message: messages.Refused) -> None:
        error = message.error
        if self.state != "present":
            if error.code in PASSING:
                self._retry_after_s = error.retry_after_s or 0.0
            elif error.code == "invalid_token" and self._token is not None:
                # another database: the room's people were forgotten
                self._token, self._epoch, self._entry_id = None, None, new_id()
            else:
                self._refuse_entry(error.code)
            self.drop()
        elif message.id is not None and error.code in PASSING and message.id in self._commands:
            asyncio.get_running_loop().call_later(error.retry_after_s or FIRST_WAIT_S, self._repeat, message.id)
        elif message.id is not None:
            self._settle(message.id, error)

    def _repeat(self, command_id: str) -> None:
        command = self._commands.get(command_id)
        if command is not None and self.state == "present":
            self._send(command.frame)

    def _settle(self, command_id: str, refusal: messages.Reason | None) -> None:
        command = self._commands.pop(command_id, None)
        if command is None:
            return  # said twice: the command was sent again after the connection was lost
        if refusal is not None:
            command.outcome.refusal, command.outcome.field = refusal.code, refusal.field
        self.outcomes.append(command.outcome)
        if not command.done.done():
            command.done.set_result(command.outcome)

    def _on_tally(self, message: messages.Tally) -> None:
        survey = self.surveys.get(message.survey)
        if survey is not None and message.version > survey.version:
            self.surveys[survey.id] = msgspec.structs.replace(survey, version=message.version, answered=message.answered)

    def _on_publication(self, message: messages.Publication) -> None:
        if message.position <= self._position:
            return  # the snapshot held it
        if message.previous > self._position:
            self._epoch = None
            self.drop()  # one was missed: come back for a snapshot
            return
        self._position = message.position
        survey = message.survey
        if survey is not None:
            self.positions[f"{message.kind} {survey.id}"] = message.position
            if survey.state == "withdrawn":
                self.surveys.pop(survey.id, None)
                return
            self.surveys[survey.id] = survey
            self._told(self, survey)
        other = message.checkin or message.draw
        if other is not None:
            self.positions[f"{message.kind} {other.id}"] = message.position
            self.others[other.id] = other
            self._told(self, other)
        announced = message.announcement
        if announced is not None and announced.withdrawn_at is None:
            self.announcements[announced.id] = announced.text
        elif announced is not None:
            self.announcements.pop(announced.id, None)
        if message.kind == "live_session.ended":
            self.state = "over"
            self.drop()

    def _refuse_entry(self, reason: str) -> None:
        self.state = "gone"
        if not self._inside.done():
            self._inside.set_exception(EntryRefused(reason))
            self._inside.exception()  # nobody may be waiting for it any more, and that is no error
